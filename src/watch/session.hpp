// The life of one login: token, refresh, backoff, choice of the controller. Floor: watch.
//
// A part of FabricWatch, which sends what due() asks for and tells what came of it. Time is passed in, jitter comes from the
// generator given. Thread-safety: one thread.
//
//   idle --start--> logging_in --logged_in--> open --(refresh at half of the token's life)--> open
//        any loss --> waiting (backoff with jitter, 0 for the first try after a stable time) --> logging_in
//        401      --> rejected (no hammering: tried again after reject_delay) --> logging_in
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "codec/answer.hpp"

namespace aci::watch {

enum class SessionState { idle, logging_in, open, waiting, rejected };
const char* to_string(SessionState state);

class Session {
 public:
  struct Options {
    std::size_t controllers = 1;
    base::Duration backoff_min{1'000}, backoff_max{30'000};  // between tries; never more than one login a second
    base::Duration stable{30'000};                           // open this long, the next loss is tried again at once
    base::Duration reject_delay{60'000};
    base::Duration refresh_retry{5'000};  // between tries of a refresh that failed
  };
  Session(Options options, std::uint64_t seed) : options_(options), rng_(seed) {}

  enum class Due { nothing, login, refresh };
  Due due(base::Instant now) const;
  std::optional<base::Instant> next_wakeup() const;

  void start(base::Instant now);
  void stop();

  void login_sent(base::Instant now);
  void refresh_sent() { refreshing_ = true; }
  void logged_in(base::Instant now, const codec::Login& login);
  void refreshed(base::Instant now, const codec::Login& login);
  // The refresh failed; the token is still good until it runs out, when the session is lost.
  void refresh_failed(base::Instant now);
  // Login failed, the channel closed, the controller refused the token: the next try goes to the next controller when it
  // was the controller that failed.
  void lost(base::Instant now, const base::Error& why);

  SessionState state() const { return state_; }
  base::Instant since() const { return since_; }
  const std::string& token() const { return token_; }
  std::size_t controller() const { return controller_; }
  const base::Error& last_error() const { return error_; }
  // True when the session must be made anew: its life or its token's has run out.
  bool expired(base::Instant now) const;

 private:
  void enter(SessionState state, base::Instant now) { state_ = state, since_ = now; }

  Options options_;
  base::Rng rng_;
  SessionState state_ = SessionState::idle;
  base::Instant since_{}, try_at_{}, refresh_at_{}, token_end_{}, session_end_{};
  std::optional<base::Instant> last_login_;
  bool refreshing_ = false;
  std::string token_;
  std::size_t controller_ = 0;
  int failures_ = 0;
  base::Error error_;
};

}  // namespace aci::watch
