// Somebody who works on the fabric: tenants, application profiles and EPGs come, change and go; ports and faults too.
#pragma once

#include <string>
#include <vector>

#include "base/rng.hpp"
#include "controller/controller.hpp"
#include "world/network.hpp"

namespace aci::world {

class Workload {
 public:
  Workload(Clockwork& clock, Network& network, controller::Controller& controller, std::uint64_t seed);

  // Works until then; busier in some hours than in others.
  void begin(base::Instant until);
  std::uint64_t done() const { return done_; }

 private:
  void next();
  void work();
  // One write as a user, who logs in where needed; trouble of the controller is his too.
  void post(const std::string& method, const std::string& dn, const std::string& body);
  std::string tenant() { return "W" + std::to_string(rng_.below(6)); }
  std::string mark() { return "m" + std::to_string(++marks_); }

  Clockwork& clock_;
  Network& network_;
  controller::Controller& controller_;
  base::Rng rng_;
  base::Instant until_{};
  std::int64_t pace_ms_;
  std::vector<std::string> cookies_;  // by controller
  std::uint64_t marks_ = 0, done_ = 0;
};

}  // namespace aci::world
