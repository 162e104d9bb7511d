#include "watch/session.hpp"

#include <algorithm>

namespace aci::watch {

using base::Duration;
using base::Instant;

const char* to_string(SessionState state) {
  switch (state) {
    case SessionState::idle: return "idle";
    case SessionState::logging_in: return "logging_in";
    case SessionState::open: return "open";
    case SessionState::waiting: return "waiting";
    case SessionState::rejected: return "rejected";
  }
  return "unknown";
}

void Session::start(Instant now) {
  if (state_ != SessionState::idle) return;
  enter(SessionState::waiting, now);
  try_at_ = now;
}

void Session::stop() { state_ = SessionState::idle; }

Session::Due Session::due(Instant now) const {
  switch (state_) {
    case SessionState::waiting:
    case SessionState::rejected: return now >= try_at_ ? Due::login : Due::nothing;
    case SessionState::open: return !refreshing_ && now >= refresh_at_ ? Due::refresh : Due::nothing;
    default: return Due::nothing;
  }
}

std::optional<Instant> Session::next_wakeup() const {
  switch (state_) {
    case SessionState::waiting:
    case SessionState::rejected: return try_at_;
    case SessionState::open: return std::min({refreshing_ ? token_end_ : refresh_at_, token_end_, session_end_});
    default: return {};
  }
}

bool Session::expired(Instant now) const { return state_ == SessionState::open && (now >= token_end_ || now >= session_end_); }

void Session::login_sent(Instant now) {
  last_login_ = now;
  enter(SessionState::logging_in, now);
}

void Session::logged_in(Instant now, const codec::Login& login) {
  enter(SessionState::open, now);
  // The controller ends a session at its maximum life whatever we refresh; leaving a little earlier keeps the choice ours.
  session_end_ = now + login.maximum_lifetime / 10 * 9;
  refreshed(now, login);
}

void Session::refreshed(Instant now, const codec::Login& login) {
  token_ = login.token;
  refreshing_ = false;
  refresh_at_ = now + login.refresh_timeout / 2;
  token_end_ = now + login.refresh_timeout;
}

void Session::refresh_failed(Instant now) {
  refreshing_ = false;
  refresh_at_ = now + options_.refresh_retry;
}

void Session::lost(Instant now, const base::Error& why) {
  if (state_ == SessionState::idle) return;
  error_ = why;
  refreshing_ = false;
  token_.clear();
  if (why.errc == base::Errc::auth && state_ == SessionState::logging_in) {
    enter(SessionState::rejected, now);
    try_at_ = now + options_.reject_delay;
    return;
  }
  const bool was_stable = state_ == SessionState::open && now - since_ >= options_.stable;
  failures_ = was_stable ? 0 : failures_ + 1;
  if (why.errc != base::Errc::auth) controller_ = (controller_ + 1) % std::max<std::size_t>(1, options_.controllers);
  enter(SessionState::waiting, now);
  Duration delay{0};
  if (failures_ > 0) {
    const Duration ceiling = std::min(options_.backoff_max, options_.backoff_min * (1 << std::min(failures_ - 1, 10)));
    const std::int64_t jitter = static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(ceiling.count() / 2 + 1)));
    delay = ceiling / 2 + Duration{jitter};
  }
  try_at_ = now + delay;
  if (last_login_) try_at_ = std::max(try_at_, *last_login_ + Duration{1'000});
}

}  // namespace aci::watch
