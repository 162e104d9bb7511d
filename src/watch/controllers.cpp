#include "watch/controllers.hpp"

#include <algorithm>

namespace aci::watch {

using base::Duration;
using base::Instant;

Controllers::Controllers(Options options, std::uint64_t seed)
    : options_(options), rng_(seed), controllers_(std::max<std::size_t>(1, options.count)) {}

void Controllers::tried(Instant now) { next_allowed_ = now + options_.login_pace; }

void Controllers::failed(Instant now, const base::Error& why, Duration served) {
  if (why.errc == base::Errc::auth && served.count() == 0) {  // the password is as wrong on the others
    try_at_ = now + options_.reject_delay;
    return;
  }
  Controller& failed = controllers_[current_];
  const bool was_stable = served >= options_.stable;
  if (was_stable) failed.failures = rounds_ = 0;
  const auto backoff = [&](int failures, Duration max) {
    const Duration ceiling = std::min(max, options_.backoff_min * (1 << std::min(failures - 1, 12)));
    return ceiling / 2 + Duration{static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(ceiling.count() / 2 + 1)))};
  };
  try_at_ = now;
  if (why.errc != base::Errc::auth) {  // a session that ran out is not the controller's fault
    failed.bad_until = now + backoff(++failed.failures + 4, options_.bad_max);
    // The next one that nothing is held against; else the one that comes free first.
    std::size_t best = current_;
    for (std::size_t i = 1; i <= controllers_.size(); ++i) {
      const std::size_t candidate = (current_ + i) % controllers_.size();
      const auto rank = [&](std::size_t c) { return std::max(controllers_[c].bad_until, now); };
      if (rank(candidate) < rank(best)) best = candidate;
    }
    const bool fresh = controllers_[best].bad_until <= now;
    current_ = best;
    if (!fresh && !(was_stable && controllers_.size() == 1)) try_at_ = now + backoff(++rounds_, options_.backoff_max);
  } else if (!was_stable) {
    try_at_ = now + backoff(++rounds_, options_.backoff_max);
  }
}

}  // namespace aci::watch
