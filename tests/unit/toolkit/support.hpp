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
  explicit SimulatedFabric(std::uint16_t port = 0, bool tls = true) : SimulatedFabric(options_of(port, tls)) {}
  explicit SimulatedFabric(sim::Apicsim::Options options) {
    sim_ = std::move(*sim::Apicsim::start(loop_, std::move(options)));
    for (std::size_t i = 0; i < sim_->controller_count(); ++i) (url_ += i > 0 ? "," : "") += sim_->url(i);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~SimulatedFabric() {
    loop_.post([this] {
      sim_->stop();
      loop_.stop();
    });
    thread_.join();
  }
  // Of all its controllers, with commas between them.
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
  controller::Status status() {
    controller::Status status;
    with([&](sim::Apicsim& sim) { status = sim.controller().status(); });
    return status;
  }

 private:
  static sim::Apicsim::Options options_of(std::uint16_t port, bool tls) {
    sim::Apicsim::Options options;
    options.port = port;
    options.tls = tls;
    return options;
  }

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

// Asks until it is so; false when that takes too long.
template <class Test>
bool comes_true(Test test) {
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(1ms))
    if (test()) return true;
  return false;
}

// The next gap, waited for; none when it does not come.
inline std::optional<Gap> next_gap(Session& session) {
  std::optional<Gap> gap;
  comes_true([&] { return (gap = session.get_gap()).has_value(); });
  return gap;
}

inline std::string state_of(const Session& session, const std::string& watch) {
  for (const auto& subscription : session.inspect().subscriptions)
    if (subscription.watch == watch) return subscription.state;
  return "";
}

// True as soon as the subscription is in that state.
inline bool reaches(const Session& session, const std::string& watch, const std::string& state) {
  return comes_true([&] { return state_of(session, watch) == state; });
}

inline std::string tenant(const std::string& name, const std::string& descr = "") {
  return R"({"fvTenant":{"attributes":{"name":")" + name + R"(","descr":")" + descr + R"("}}})";
}

}  // namespace aci::toolkit
