// A simulated controller on a thread of its own, for the tests of the SDK.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "aci/aci.hpp"
#include "sim/apicsim.hpp"

namespace aci::toolkit {

using namespace std::chrono_literals;

inline constexpr auto patience = 20s;  // how long a wait may take before the test fails

class SimulatedFabric {
 public:
  explicit SimulatedFabric(std::uint16_t port = 0, bool tls = true) {
    sim::Apicsim::Options options;
    options.port = port;
    options.tls = tls;
    sim_ = std::move(*sim::Apicsim::start(loop_, std::move(options)));
    url_ = sim_->url();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~SimulatedFabric() {
    loop_.post([this] {
      sim_->stop();
      loop_.stop();
    });
    thread_.join();
  }
  const std::string& url() const { return url_; }

  // Runs on the controller's thread; returns when it has.
  template <class F>
  void with(F work) {
    std::promise<void> done;
    loop_.post([&] {
      work(*sim_);
      sim_->flush();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  io::Loop loop_;
  std::unique_ptr<sim::Apicsim> sim_;
  std::string url_;
  std::thread thread_;
};

inline SessionOptions any_certificate() {
  SessionOptions options;
  options.verify = false;
  options.timeout = 20s;
  return options;
}

// Logged in as admin.
class LoggedIn : public Session {
 public:
  explicit LoggedIn(const SimulatedFabric& fabric, SessionOptions options = any_certificate())
      : Session(fabric.url(), "admin", "password", std::move(options)) {
    login();
  }
};

inline std::string tenant(const std::string& name, const std::string& descr = "") {
  return R"({"fvTenant":{"attributes":{"name":")" + name + R"(","descr":")" + descr + R"("}}})";
}

}  // namespace aci::toolkit
