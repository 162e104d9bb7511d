// One simulated world: a fabric with its controllers, somebody who works on it, a network, a watching process, and trouble.
//
//   Report report = run_world({.seed = 7});
//   report.failures            // empty, or what was found, with the seed to find it again
//
// The same seed gives the same world, on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace aci::world {

struct Plan {
  std::uint64_t seed = 1;
  base::Duration trouble{3'600'000};                // the time in which faults happen
  std::function<void(const std::string&)> trace{};  // hears of everything
};

struct Report {
  std::uint64_t seed = 0;
  std::vector<std::string> failures;
  std::map<std::string, std::uint64_t> paths;  // how often each way of the watch was taken, each fault happened
  std::uint64_t changes = 0, events = 0;
  base::Duration virtual_time{0};
};

Report run_world(const Plan& plan);

// Ways of the watch that many worlds together must have taken.
const std::vector<std::string>& paths_wanted();

}  // namespace aci::world
