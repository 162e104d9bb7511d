// Which controller of the fabric is tried next, and when. Floor: watch.
//
//   Controllers controllers({.count = 3}, seed);
//   if (now >= controllers.try_at()) { login at controllers.current(); controllers.tried(now); }
//   controllers.failed(now, why, served);   // the next try waits, or goes to another controller at once
//
// A controller that fails is passed over for a while, longer each time. While another one is left there is no waiting;
// when all are bad the one whose time is up first is tried, with a backoff that doubles, jittered. Two tries are never
// less than login_pace apart. Thread-safety: one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace aci::watch {

class Controllers {
 public:
  struct Options {
    std::size_t count = 1;
    base::Duration backoff_min{1'000}, backoff_max{30'000};
    base::Duration login_pace{1'000};
    base::Duration stable{30'000};        // a login that served this long does not count as a failure when it ends
    base::Duration reject_delay{60'000};  // after a refused user or password, which no other controller would cure
    base::Duration bad_max{600'000};      // longest time for which a controller is passed over
  };
  Controllers(Options options, std::uint64_t seed);

  std::size_t current() const { return current_; }
  base::Instant try_at() const { return std::max(try_at_, next_allowed_); }

  // Begins anew, at somebody's wish: what was refused before is tried at once.
  void start(base::Instant now) { try_at_ = now; }
  void tried(base::Instant now);
  // The login at current() ended, or never came to be. `served` is how long it was good.
  void failed(base::Instant now, const base::Error& why, base::Duration served);

 private:
  struct Controller {
    base::Instant bad_until{};
    int failures = 0;
  };

  Options options_;
  base::Rng rng_;
  std::vector<Controller> controllers_;
  std::size_t current_ = 0;
  base::Instant try_at_{}, next_allowed_{};
  int rounds_ = 0;  // failures in a row, over all controllers
};

}  // namespace aci::watch
