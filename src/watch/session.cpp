#include "watch/session.hpp"

#include <algorithm>

namespace aci::watch {

using base::Duration;
using base::Instant;

void Session::logged_in(Instant now, const codec::Login& login) {
  open_ = true;
  since_ = now;
  const Duration life = std::min(login.maximum_lifetime, options_.channel_lifetime);
  session_end_ = now + life;
  rollover_at_ = now + life / 10 * 9;
  refreshed(now, login);
}

void Session::refreshed(Instant now, const codec::Login& login) {
  token_ = login.token;
  refreshing_ = false;
  refresh_at_ = now + login.refresh_timeout / 2;
  token_end_ = options_.refreshes ? now + login.refresh_timeout : session_end_;
}

void Session::refresh_failed(Instant now) {
  refreshing_ = false;
  refresh_at_ = now + options_.refresh_retry;
}

void Session::rollover_failed(Instant now) {
  rolling_ = false;
  rollover_at_ = now + std::clamp((session_end_ - now) / 4, Duration{1'000}, Duration{60'000});
}

Session::Due Session::due(Instant now) const {
  if (!open_) return Due::nothing;
  if (options_.refreshes && !refreshing_ && now >= refresh_at_) return Due::refresh;
  return !rolling_ && now >= rollover_at_ ? Due::rollover : Due::nothing;
}

Instant Session::next_wakeup(bool rolls_over) const {
  const Instant at = rolling_ || !rolls_over ? end() : std::min(end(), rollover_at_);
  return options_.refreshes && !refreshing_ ? std::min(at, refresh_at_) : at;
}

}  // namespace aci::watch
