#include "direct.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

#include <aci/credentials.hpp>

namespace aciwatch {

using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;

int exit_code(const Error& error) {
  switch (error.errc) {
    case Errc::invalid: return exit_usage;
    case Errc::auth: return exit_login;
    case Errc::unreachable:
    case Errc::timeout:
    case Errc::closed:
    case Errc::protocol: return exit_unreachable;
    default: return exit_wrong;
  }
}

void complain(const std::string& message) { std::fprintf(stderr, "aciwatch: %s\n", message.c_str()); }

int fail(const Error& error) {
  complain(error.message);
  return exit_code(error);
}

void LoginFlags::add_to(CLI::App& app) {
  app.add_option("-u,--url", url, "controller, as https://apic (else APIC_URL, else URL in credentials.py)");
  app.add_option("-l,--login", login, "user (else APIC_LOGIN, else LOGIN in credentials.py)");
  app.add_option("-p,--password", password, "password (else APIC_PASSWORD, else PASSWORD in credentials.py, else asked for)");
  app.add_flag("--insecure", insecure, "accept any certificate, as a self-signed one (else APIC_VERIFY=no)");
  app.add_option("--ca-file", ca_file, "certificates to trust, PEM")->check(CLI::ExistingFile);
}

Result<void> Direct::open(aci::io::FabricDriver::Handlers handlers) {
  aci::Credentials given;
  given.url = flags_.url;
  given.login = flags_.login;
  given.password = flags_.password;
  given.insecure = flags_.insecure;
  const auto credentials = aci::find_credentials(given);
  if (!credentials) return Error{Errc::invalid, credentials.error};

  auto endpoint = aci::io::Endpoint::parse(credentials.url);
  if (!endpoint) return endpoint.error();
  url_ = endpoint->str();
  aci::io::FabricDriver::Options options;
  options.controllers.push_back(std::move(*endpoint));
  options.tls.verify = !credentials.insecure;
  options.tls.ca_file = flags_.ca_file;
  options.watch.fabric = options.controllers.front().host;
  options.watch.user = credentials.login;
  options.watch.password = credentials.password;
  options.watch.seed = std::random_device{}();
  handlers.on_session = [this](const aci::watch::SessionChanged& change) { session_changed(change); };
  fabric_ = std::make_unique<aci::io::FabricDriver>(loop_, std::move(options), std::move(handlers));
  return {};
}

void Direct::session_changed(const aci::watch::SessionChanged& change) {
  using aci::watch::SessionState;
  if (change.state == SessionState::open) was_open_ = true;
  if (change.state != SessionState::waiting && change.state != SessionState::rejected) return;
  if (change.error.message.empty()) return;
  if (was_open_) {
    complain("lost " + url_ + ": " + change.error.message + "; trying again");
    return;
  }
  Error error = change.error;
  if (error.errc == Errc::auth) {
    error.message = "login to " + url_ + " failed: " + error.message;
  } else {
    error.message = "cannot log in to " + url_ + ": " + error.message;
    if (error.message.find("certificate") != std::string::npos)
      error.message += "; pass --insecure to accept it all the same, or --ca-file FILE with its issuer";
    if (error.errc == Errc::refused) error.errc = Errc::protocol;
  }
  quit(error);
}

int Direct::run() {
  loop_.on_stop_signal([this] { quit(exit_done); });
  fabric_->start();
  if (!code_) loop_.run();
  return code_.value_or(exit_done);
}

void Direct::ask(std::string method, std::string target, std::string body, std::function<int(int, const std::string&)> use) {
  fabric_->ask(std::move(method), std::move(target), std::move(body),
               [this, use = std::move(use)](int status, Result<std::string> answer) {
                 if (answer) quit(use(status, *answer));
                 else quit(answer.error());
               });
}

void Direct::quit(const Error& error) {
  if (!code_) quit(fail(error));
}

void Direct::quit(int code) {
  if (code_) return;
  code_ = code;
  // Behind the handler that asked for it, so that nothing is destroyed under its feet.
  loop_.post([this] { loop_.stop(); });
}

}  // namespace aciwatch
