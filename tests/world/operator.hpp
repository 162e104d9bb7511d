// Somebody who runs the watching process, and changes his mind about what it watches: removes watches, and adds others.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "world/network.hpp"

namespace aci::world {

class Operator {
 public:
  // `all`: what may be watched.
  Operator(Clockwork& clock, Network& network, std::vector<watch::WatchSpec> all, std::uint64_t seed);

  // Works until then.
  void begin(base::Instant until);
  // Some watches are removed while they are not live.
  void notice(const watch::WatchChanged& change);

 private:
  void next();
  void work();

  Clockwork& clock_;
  Network& network_;
  std::vector<watch::WatchSpec> all_;
  base::Rng rng_;
  base::Instant until_{};
  std::int64_t pace_ms_;
  std::uint64_t added_ = 0;
};

}  // namespace aci::world
