#include "direct.hpp"

#include <algorithm>
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
  app.add_option(
      "-u,--url", url,
      "controller, as https://apic; several of one fabric with commas between (else APIC_URL, else URL in credentials.py)");
  app.add_option("-l,--login", login, "user (else APIC_LOGIN, else LOGIN in credentials.py)");
  app.add_option("-p,--password", password, "password (else APIC_PASSWORD, else PASSWORD in credentials.py, else asked for)");
  app.add_option("--cert-name", cert_name,
                 "log in with this certificate of the user (else APIC_CERT_NAME, else CERT_NAME in credentials.py)");
  app.add_option("--key", key, "its private key, PEM (else APIC_KEY, else KEY in credentials.py)");
  app.add_option("--app", this->app, "log in as this app with its certificate, instead of a user");
  app.add_flag("--insecure", insecure, "accept any certificate, as a self-signed one (else APIC_VERIFY=no)");
  app.add_option("--ca-file", ca_file, "certificates to trust, PEM")->check(CLI::ExistingFile);
}

Result<aci::io::FabricDriver::Options> find_login(const LoginFlags& flags) {
  const auto wrong = [](const std::string& why) { return Error{Errc::invalid, why}; };
  const bool app = !flags.app.empty();
  if (app && !flags.login.empty()) return wrong("--app and --login are two logins; give one");
  if (!flags.password.empty() && (app || !flags.cert_name.empty() || !flags.key.empty()))
    return wrong("a password and a certificate are two logins; give one");
  aci::Credentials given;
  given.url = flags.url;
  given.login = app ? flags.app : flags.login;
  given.password = flags.password;
  given.cert_name = app && flags.cert_name.empty() ? flags.app : flags.cert_name;
  given.key = flags.key;
  given.insecure = flags.insecure;
  const auto credentials = aci::find_credentials(given);
  if (!credentials) return wrong(credentials.error);

  aci::io::FabricDriver::Options options;
  for (std::size_t at = 0; at <= credentials.url.size();) {
    const auto comma = std::min(credentials.url.find(',', at), credentials.url.size());
    auto endpoint = aci::io::Endpoint::parse(credentials.url.substr(at, comma - at));
    if (!endpoint) return endpoint.error();
    options.controllers.push_back(std::move(*endpoint));
    at = comma + 1;
  }
  options.tls.verify = !credentials.insecure;
  options.tls.ca_file = flags.ca_file;
  options.watch.fabric = options.controllers.front().host;
  options.watch.user = credentials.login;
  options.watch.password = credentials.password;
  options.watch.seed = std::random_device{}();
  auto& controllers = options.watch.controllers;
  controllers.backoff_max = aci::base::Duration{static_cast<std::int64_t>(flags.retry_max * 1000)};
  controllers.backoff_min = std::min(controllers.backoff_min, controllers.backoff_max);
  const bool certificate = !credentials.cert_name.empty() && !credentials.key.empty() && flags.password.empty();
  if (!certificate && (app || !flags.cert_name.empty() || !flags.key.empty()))
    return wrong("a login with a certificate needs its name (--cert-name) and its private key (--key FILE)");
  if (certificate)
    if (const auto used = options.use_certificate(credentials.cert_name, credentials.key, app); !used) return used.error();
  return options;
}

Result<void> Direct::open(aci::io::FabricDriver::Handlers handlers) {
  auto options = find_login(flags_);
  if (!options) return options.error();
  name_ = options->watch.fabric;
  handlers.on_session = [this](const aci::watch::SessionChanged& change) { session_changed(change); };
  fabric_ = std::make_unique<aci::io::FabricDriver>(loop_, std::move(*options), std::move(handlers));
  return {};
}

void Direct::session_changed(const aci::watch::SessionChanged& change) {
  using aci::watch::SessionState;
  if (change.state == SessionState::open) was_open_ = true;
  if (change.state != SessionState::waiting && change.state != SessionState::rejected) return;
  if (change.error.message.empty()) return;
  if (was_open_) {
    complain("lost " + url() + ": " + change.error.message + "; trying again");
    return;
  }
  Error error = change.error;
  if (error.errc == Errc::auth) {
    error.message = "login to " + url() + " failed: " + error.message;
  } else {
    error.message = "cannot log in to " + url() + ": " + error.message;
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
