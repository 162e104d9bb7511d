// What the direct commands (tail, get, set, delete) share: login flags, one fabric on one loop, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "io/fabric_driver.hpp"

namespace aciwatch {

// Documented exit codes of every command.
enum Exit { exit_done = 0, exit_wrong = 1, exit_usage = 2, exit_login = 3, exit_unreachable = 4 };
int exit_code(const aci::base::Error& error);

// Prints "aciwatch: MESSAGE" in one line on standard error.
void complain(const std::string& message);
// The same for an error, and returns its exit code.
int fail(const aci::base::Error& error);

struct LoginFlags {
  std::string url, login, password, cert_name, key, app, ca_file;
  bool insecure = false;
  double retry_max = 30;  // seconds between two tries at most; for commands that go on
  void add_to(CLI::App& app);
};

// Looks the login up: flags, environment, credentials.py, prompt. Error invalid says what is missing or contradicts itself.
aci::base::Result<aci::io::FabricDriver::Options> find_login(const LoginFlags& flags);

// One fabric for one command: logs in, calls `ready` once, runs until quit().
class Direct {
 public:
  explicit Direct(const LoginFlags& flags) : flags_(flags) {}

  // Looks the login up, makes the driver with these handlers; on_session is set here: the first failure to log in ends the
  // command with its error.
  aci::base::Result<void> open(aci::io::FabricDriver::Handlers handlers);
  // One request with the fabric's login; `use` gets status and body and returns the exit code. A request that could not be
  // sent ends the command with its error.
  void ask(std::string method, std::string target, std::string body,
           std::function<int(int status, const std::string& body)> use);
  // Returns the exit code.
  int run();
  // The first of these calls counts.
  void quit(int code);
  void quit(const aci::base::Error& error);

  aci::io::Loop& loop() { return loop_; }
  aci::io::FabricDriver& fabric() { return *fabric_; }
  // What events call the fabric.
  const std::string& name() const { return name_; }
  // The controller in use.
  std::string url() const { return fabric_->controller().str(); }

 private:
  void session_changed(const aci::watch::SessionChanged& change);

  const LoginFlags& flags_;
  aci::io::Loop loop_;
  std::unique_ptr<aci::io::FabricDriver> fabric_;
  std::string name_;
  bool was_open_ = false;
  std::optional<int> code_;
};

}  // namespace aciwatch
