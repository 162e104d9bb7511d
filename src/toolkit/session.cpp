#include "aci/session.hpp"

#include <ostream>

#include "toolkit/session_core.hpp"

namespace aci {

const char* to_string(Problem problem) {
  switch (problem) {
    case Problem::none: return "none";
    case Problem::invalid: return "invalid";
    case Problem::auth: return "auth";
    case Problem::unreachable: return "unreachable";
    case Problem::timeout: return "timeout";
    case Problem::protocol: return "protocol";
    case Problem::refused: return "refused";
    case Problem::not_found: return "not_found";
    case Problem::overflow: return "overflow";
    case Problem::io: return "io";
    case Problem::closed: return "closed";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const Response& response) {
  out << "<Response [";
  if (response.status() != 0) out << response.status();
  else out << to_string(response.problem());
  return out << "]>";
}

Session::Session(const std::string& urls, std::string user, std::string password, SessionOptions options)
    : core_(std::make_shared<toolkit::SessionCore>(urls, std::move(user), std::move(password), std::move(options))) {}

Session::Session(const Credentials& credentials, SessionOptions options)
    : Session(credentials.url, credentials.login, credentials.password, [&] {
        options.verify = options.verify && !credentials.insecure;
        if (!credentials.cert_name.empty() && !credentials.key.empty()) {
          options.cert_name = credentials.cert_name;
          options.key_file = credentials.key;
        }
        return std::move(options);
      }()) {}

Session::~Session() { close(); }

Response Session::login() { return core_->login(); }
bool Session::logged_in() const { return core_->logged_in(); }
Response Session::get(std::string_view url) { return core_->ask("GET", url, ""); }
Response Session::post(std::string_view url, std::string body) { return core_->ask("POST", url, std::move(body)); }
Response Session::del(std::string_view url) { return core_->ask("DELETE", url, ""); }

bool Session::has_events() const { return get_event_count() > 0; }
std::size_t Session::get_event_count() const { return core_->queues().size(); }
Event Session::get_event() { return wait_event(std::chrono::milliseconds(0)); }
Event Session::wait_event() { return core_->queues().next({.events = true}, {}).event; }
Event Session::wait_event(std::chrono::milliseconds timeout) {
  return core_->queues().next({.events = true}, std::chrono::steady_clock::now() + timeout).event;
}
bool Session::wait(std::chrono::milliseconds timeout) const {
  return core_->queues().wait(std::chrono::steady_clock::now() + timeout);
}

std::optional<Gap> Session::get_gap() { return core_->queues().pop_gap(); }
void Session::on_event(std::function<void(const Event&)> callback) { core_->on_event(std::move(callback)); }
void Session::on_gap(std::function<void(const Gap&)> callback) { core_->on_gap(std::move(callback)); }
std::uint64_t Session::async_wait(std::function<void(Event)> handler) { return core_->queues().async_next(std::move(handler)); }
void Session::cancel_wait(std::uint64_t wait) { core_->queues().cancel(wait); }

SessionView Session::inspect() const { return core_->inspect(); }
void Session::close() { core_->close(); }

}  // namespace aci
