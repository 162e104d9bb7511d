// What goes wrong in one world, and when: each kind has its own randomness, so that a new one does not move the others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/rng.hpp"
#include "controller/controller.hpp"
#include "world/checkers.hpp"
#include "world/network.hpp"

namespace aci::world {

class Faults {
 public:
  Faults(Clockwork& clock, Network& network, controller::Controller& controller, Checkers& checkers, std::uint64_t seed);

  // Plans what happens until then.
  void plan(base::Instant until);
  // Puts an end to everything that would go on.
  void heal();
  const std::map<std::string, std::uint64_t>& happened() const { return happened_; }

 private:
  using Deed = std::function<void(base::Rng&)>;
  void kind(const std::string& name, std::uint64_t often, Deed deed);

  Clockwork& clock_;
  Network& network_;
  controller::Controller& controller_;
  Checkers& checkers_;
  std::uint64_t seed_;
  base::Instant until_{};
  std::map<std::string, std::uint64_t> happened_;
};

}  // namespace aci::world
