// aciwatch record: what a controller answers and pushes, in a file that `apicsim --replay` plays back.
//
// One JSON object a line, times in seconds from the beginning:
//   {"aciwatch_recording":1,"began":"2026-01-31T12:00:00.000+01:00"}
//   {"at":0.012,"login":{"totalCount":"1","imdata":[...]}}
//   {"at":0.034,"request":"/api/class/fvTenant.json?subscription=yes","status":200,"answer":{...}}
//   {"at":4.119,"frame":{"subscriptionId":["..."],"imdata":[...]}}
//   {"at":9.000,"closed":"why"}
// Tokens, session ids and passwords are replaced before anything is written.
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "codec/answer.hpp"
#include "commands.hpp"
#include "direct.hpp"
#include "io/client.hpp"
#include "io/signer.hpp"
#include "model/class_facts.hpp"
#include "target.hpp"

namespace aciwatch {
namespace {

namespace json = boost::json;
using aci::base::Duration;
using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;
using aci::watch::LoginKind;

constexpr Duration answer_within{120'000};
constexpr Duration refresh_subscriptions_every{20'000};  // they live 60 seconds unless refreshed

struct RecordOptions {
  LoginFlags login;
  std::vector<std::string> targets;
  std::string out, filter;
  bool subtree = false;
  std::uint64_t count = 0;
  double seconds = 0;
};

// Knows what is secret, by name and by what it has seen.
class Scrubber {
 public:
  void hide(std::string_view secret) {
    if (secret.size() >= 8) secrets_.emplace(secret);
  }

  json::value scrubbed(json::value value) {
    collect(value);
    replace(value, "");
    return value;
  }

 private:
  static bool is_secret(std::string_view name) {
    static constexpr std::array<std::string_view, 8> names{"challenge", "hashToken", "password", "pwd",
                                                           "sessionId", "token",     "urlToken", "webToken"};
    return std::binary_search(names.begin(), names.end(), name);
  }
  static bool is_secret_of(std::string_view class_name, std::string_view name) {
    if (is_secret(name)) return true;
    const auto* facts = aci::model::find_class(class_name);
    const auto* property = facts ? facts->property(name) : nullptr;
    return property && property->secret;
  }

  // A secret may be part of something else, as a session's hash is of its DN.
  void collect(const json::value& value) {
    if (value.is_array())
      for (const auto& one : value.as_array()) collect(one);
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.as_object()) {
      if (member.is_string() && is_secret(name)) hide(member.as_string());
      collect(member);
    }
  }

  // The nearest class around is the name before the last but one: {"aaaUser":{"attributes":{"pwd":...}}}.
  void replace(json::value& value, std::string_view class_name) {
    if (value.is_array())
      for (auto& one : value.as_array()) replace(one, class_name);
    if (value.is_string()) value = without_secrets(std::string(value.as_string()));
    if (!value.is_object()) return;
    for (auto& [name, member] : value.as_object()) {
      const std::string_view key = name;
      if (member.is_string() && !member.as_string().empty() && is_secret_of(class_name, key)) member = "removed";
      else replace(member, key == "attributes" || key == "children" ? class_name : key);
    }
  }

  std::string without_secrets(std::string text) const {
    for (const std::string& secret : secrets_)
      for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), "removed");
    return text;
  }

  std::set<std::string> secrets_;
};

class Recorder {
 public:
  explicit Recorder(const RecordOptions& options) : options_(options), refresh_(loop_), keep_(loop_), end_(loop_) {}

  int run() {
    std::vector<std::string> targets = options_.targets;
    if (targets.empty()) targets = {"fvTenant", "fvAp", "fvAEPg"};
    for (const std::string& target : targets) {
      auto query = parse_target(target, options_.subtree, options_.filter, true);
      if (!query) return fail(query.error());
      query->subscription = true;
      queries_.push_back(query->to_url());
    }
    auto found = find_login(options_.login);
    if (!found) return fail(found.error());
    const auto login = found->watch;
    if (found->controllers.size() > 1) return fail({Errc::invalid, "record watches one controller; give one URL"});
    endpoint_ = found->controllers.front();
    tls_ = found->tls;
    signer_ = found->signer;
    out_.open(options_.out, std::ios::binary | std::ios::trunc);
    if (!out_) return fail({Errc::io, "cannot write " + options_.out});

    began_ = aci::io::Loop::now();
    write({{"aciwatch_recording", 1}, {"began", aci::io::Loop::wall().to_string()}});
    client_ = std::make_unique<aci::io::HttpClient>(loop_, endpoint_, tls_);
    scrubber_.hide(login.password);
    const auto logged_in = [this](int, const std::string& body) { this->logged_in(body); };
    switch (login.login) {
      case LoginKind::password:
        ask("POST", "/api/aaaLogin.json", aci::codec::login_body(login.user, login.password), logged_in);
        break;
      case LoginKind::certificate: ask("GET", "/api/webtokenSession.json", "", logged_in); break;
      case LoginKind::app: ask("POST", "/api/requestAppToken.json", aci::codec::app_token_body(login.user), logged_in); break;
    }
    signs_ = login.login == LoginKind::certificate;  // an app's token is as good as a user's
    loop_.on_stop_signal([this] { quit(exit_done); });
    loop_.run();
    if (!out_.flush()) return fail({Errc::io, "cannot write " + options_.out});
    std::fprintf(stderr, "%llu answers and %llu frames in %s\n", static_cast<unsigned long long>(answers_),
                 static_cast<unsigned long long>(frames_), options_.out.c_str());
    return code_;
  }

 private:
  void write(json::object line) {
    out_ << json::serialize(line) << '\n';
    if (!out_.flush()) quit({Errc::io, "cannot write " + options_.out});
  }

  // A line with its time.
  void note(const char* what, json::value content, json::object more = {}) {
    json::object line{{"at", static_cast<double>((aci::io::Loop::now() - began_).count()) / 1000}};
    for (auto& [name, value] : more) line[name] = std::move(value);
    line[what] = std::move(content);
    write(std::move(line));
  }

  Result<json::value> read(std::string_view text) {
    json::error_code failure;
    json::parse_options deep;
    deep.max_depth = 256;
    auto value = json::parse(text, failure, {}, deep);
    if (failure) return Error{Errc::protocol, "the controller sent what is no JSON: " + failure.message()};
    return scrubber_.scrubbed(std::move(value));
  }

  void ask(std::string method, std::string target, std::string body, std::function<void(int, const std::string&)> use) {
    const auto cookie = cookie_for(method, target, body);
    if (!cookie) return quit(cookie.error());
    aci::io::HttpRequest request{std::move(method), std::move(target), {}, std::move(body)};
    if (!cookie->empty()) request.headers.emplace_back("Cookie", *cookie);
    client_->request(std::move(request), answer_within, [this, use = std::move(use)](Result<aci::io::HttpResponse> response) {
      if (response) use(response->status, response->body);
      else quit(response.error());
    });
  }

  // The token, and where there is none or not it alone the signature.
  Result<std::string> cookie_for(const std::string& method, const std::string& target, const std::string& body) const {
    if (!signer_ || (!signs_ && !cookie_.empty())) return cookie_;
    auto signature = signer_->cookies(method, target, body);
    if (!signature || cookie_.empty()) return signature;
    return cookie_ + "; " + *signature;
  }

  // The session of a login or a refresh.
  std::optional<aci::codec::Login> take_login(const std::string& body) {
    const auto answer = aci::codec::decode_answer(body);
    const auto login = answer ? aci::codec::login_of(*answer) : Result<aci::codec::Login>(answer.error());
    if (!login) {
      quit({login.error().errc == Errc::auth ? Errc::auth : Errc::protocol,
            "login to " + endpoint_.str() + " failed: " + login.error().message});
      return {};
    }
    scrubber_.hide(login->token);
    if (signs_) {  // the token is the channel's, and is not refreshed
      cookie_ = "APIC-WebSocket-Session=" + login->token;
      return *login;
    }
    cookie_ = "APIC-cookie=" + login->token;
    refresh_.after(login->refresh_timeout / 2, [this] {
      ask("GET", "/api/aaaRefresh.json", "", [this](int, const std::string& answer) { take_login(answer); });
    });
    return *login;
  }

  void logged_in(const std::string& body) {
    const auto login = take_login(body);
    if (!login) return;
    if (auto shown = read(body)) note("login", std::move(*shown));
    aci::io::ClientSocket::Handlers on;
    on.on_open = [this] { query_next(); };
    on.on_text = [this](const char* data, std::size_t size) { push({data, size}); };
    on.on_closed = [this](const Error& why) {
      note("closed", json::value(json::string(why.message)));
      quit({Errc::closed, "the controller's channel is gone: " + why.message});
    };
    const std::string target = "/socket" + login->token;
    aci::io::ClientSocketOptions socket;
    if (signs_) {
      auto signature = signer_->cookies("GET", target, "");
      if (!signature) return quit(signature.error());
      socket.cookie = std::move(*signature);
    }
    socket_ = std::make_unique<aci::io::ClientSocket>(loop_, endpoint_, tls_, target, std::move(on), std::move(socket));
  }

  void query_next() {
    if (answers_ == queries_.size()) return all_asked();
    const std::string& target = queries_[answers_];
    ask("GET", target, "", [this, target](int status, const std::string& body) {
      const auto answer = aci::codec::decode_answer(body);
      if (!answer) return quit({Errc::refused, "the controller refuses " + target + ": " + answer.error().message});
      subscriptions_.insert(subscriptions_.end(), answer->subscription_ids.begin(), answer->subscription_ids.end());
      auto shown = read(body);
      if (!shown) return quit(shown.error());
      note("answer", std::move(*shown), {{"request", target}, {"status", status}});
      ++answers_;
      query_next();
    });
  }

  void all_asked() {
    std::fprintf(stderr, "recording %s; Ctrl-C ends it\n", endpoint_.str().c_str());
    keep_subscriptions();
    if (options_.seconds > 0)
      end_.after(Duration{static_cast<std::int64_t>(options_.seconds * 1000)}, [this] { quit(exit_done); });
  }

  void keep_subscriptions() {
    keep_.after(refresh_subscriptions_every, [this] {
      for (const std::string& id : subscriptions_)
        ask("GET", "/api/subscriptionRefresh.json?id=" + id, "", [this](int status, const std::string&) {
          if (status != 200) quit({Errc::refused, "the controller has let go of a subscription"});
        });
      keep_subscriptions();
    });
  }

  void push(std::string_view text) {
    auto frame = read(text);
    if (!frame) return quit(frame.error());
    note("frame", std::move(*frame));
    if (++frames_ == options_.count) quit(exit_done);
  }

  void quit(int code) {
    if (ended_) return;
    ended_ = true;
    code_ = code;
    loop_.post([this] { loop_.stop(); });
  }
  void quit(const Error& error) {
    if (!ended_) quit(fail(error));
  }

  const RecordOptions& options_;
  aci::io::Loop loop_;
  aci::io::Endpoint endpoint_;
  aci::io::TlsClientOptions tls_;
  std::unique_ptr<aci::io::HttpClient> client_;
  std::unique_ptr<aci::io::ClientSocket> socket_;
  aci::io::Timer refresh_, keep_, end_;
  std::ofstream out_;
  std::shared_ptr<const aci::io::Signer> signer_;  // none with a password
  bool signs_ = false;                             // every request
  Scrubber scrubber_;
  aci::base::Instant began_;
  std::string cookie_;
  std::vector<std::string> queries_, subscriptions_;
  std::uint64_t answers_ = 0, frames_ = 0;
  int code_ = exit_done;
  bool ended_ = false;
};

}  // namespace

void add_record(CLI::App& app, int& code) {
  auto options = std::make_shared<RecordOptions>();
  auto* command = app.add_subcommand("record", "what a controller answers and pushes, in a file");
  command->footer(
      "Examples:\n"
      "  aciwatch record --out night.jsonl                     tenants, application profiles and EPGs\n"
      "  aciwatch record --out faults.jsonl faultInst --for 3600\n"
      "  apicsim --replay night.jsonl --speed 10               plays it back, to whoever subscribes\n\n"
      "Tokens, session ids and passwords are removed. Names, addresses and descriptions are not: look at the file before you\n"
      "give it away.\n");
  command->add_option("target", options->targets, "CLASS or DN, several; default fvTenant fvAp fvAEPg")
      ->option_text("[CLASS or DN]...");
  command->add_option("--out", options->out, "the file, which is written anew")->required();
  command->add_option("--filter", options->filter, "only objects that match, in the controller's filter language");
  command->add_flag("--subtree", options->subtree, "also everything below the objects");
  command->add_option("--count", options->count, "end after this many pushed frames");
  command->add_option("--for", options->seconds, "end after this many seconds");
  options->login.add_to(*command);
  command->callback([options, &code] { code = Recorder(*options).run(); });
}

}  // namespace aciwatch
