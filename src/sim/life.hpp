// A fabric that lives a little, for the demo: tenants come and go, a port flaps, a fault is raised and clears. Floor: sim.
//
// A short story told over and over, one step every few seconds, with names that change. Thread-safety: on the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "io/loop.hpp"
#include "model/managed_object.hpp"
#include "sim/apicsim.hpp"

namespace aci::sim {

class Life {
 public:
  explicit Life(Apicsim& sim, std::uint64_t seed = 1);
  void start();
  void stop() { timer_.cancel(); }
  // Does the next step of the story at once.
  void step();

 private:
  void schedule();
  void begin_story();
  void set(std::string class_name, std::vector<model::AttributeView> attributes);

  Apicsim& sim_;
  io::Timer timer_;
  base::Rng rng_;
  std::vector<std::function<void()>> story_;
  std::size_t at_ = 0;
};

}  // namespace aci::sim
