// The service put together: fabrics -> watch -> dispatcher. Floor: service.
//
//   Service service(loop, config, seed, hooks);
//   service.start();
//
// Each event goes to the hooks first, which number it, then to the dispatcher. Baseline events go nowhere, what was there is
// no news, unless the fabric's first_sync is notify. Thread-safety: everything on the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/fabric_driver.hpp"
#include "io/loop.hpp"
#include "io/poster.hpp"
#include "service/config.hpp"
#include "service/dispatcher.hpp"

namespace aci::service {

class Service {
 public:
  // Who else wants to know; each may be empty.
  struct Hooks {
    std::function<void(model::Event&)> on_event;  // sets seq; without it events are counted from 1
    std::function<void(const model::Gap&)> on_gap;
    std::function<void(const relay::Message&, std::string_view receiver)> on_message;  // what the receiver `room` shows
    std::function<void()> on_state;                                                    // a fabric's state changed
    std::function<void(const std::string& line)> log;                                  // one line for people, never a secret
  };
  Service(io::Loop& loop, const Config& config, std::uint64_t seed, Hooks hooks);
  ~Service();

  void start();
  // Saves the states and stops watching; what waits for delivery is still delivered as long as the loop runs.
  void stop();
  // True when nothing waits for delivery.
  bool idle() const;

  struct FabricStatus {
    std::string name, controller;
    watch::FabricWatch::View view;
  };
  std::vector<FabricStatus> fabrics() const;
  std::vector<DestinationStatus> destinations() const { return dispatcher_.status(); }

 private:
  struct Fabric {
    std::string name;
    std::unique_ptr<io::FabricDriver> driver;
    std::string state_file, said;  // said: the problem with it that the log holds already
  };
  void add_fabric(const FabricConfig& config, std::uint64_t seed);
  void restore(Fabric& fabric) const;
  void save_states();
  void log(const std::string& line) const;

  io::Loop& loop_;
  Hooks hooks_;
  io::Poster poster_;
  Dispatcher dispatcher_;
  std::vector<Fabric> fabrics_;
  io::Timer save_;
  std::uint64_t seq_ = 0;
};

}  // namespace aci::service
