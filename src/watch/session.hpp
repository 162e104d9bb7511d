// The life of one login: its token, when to refresh it, when to leave it for a new one. Floor: watch.
//
//   Session session(options);
//   session.logged_in(now, login);
//   if (session.due(now) == Session::Due::refresh) { send it; session.refresh_sent(); }
//   session.refreshed(now, login);                     // the token from now on
//   if (session.due(now) == Session::Due::rollover) make the next login, for this one's life ends soon
//   if (session.expired(now)) it is over
//
// A token is refreshed at half of its life. Refreshing does not prolong the login itself, nor its websocket, which the
// controller ends after a day. Thread-safety: one thread.
#pragma once

#include <string>

#include "base/time.hpp"
#include "codec/answer.hpp"

namespace aci::watch {

class Session {
 public:
  struct Options {
    base::Duration channel_lifetime{86'400'000};
    base::Duration refresh_retry{5'000};  // between tries of a refresh that failed
    bool refreshes = true;                // a token for signed requests cannot be refreshed, it serves for its whole life
  };
  explicit Session(Options options) : options_(options) {}

  void logged_in(base::Instant now, const codec::Login& login);
  void refresh_sent() { refreshing_ = true; }
  void refreshed(base::Instant now, const codec::Login& login);
  // The token is still good until it runs out.
  void refresh_failed(base::Instant now);

  enum class Due { nothing, refresh, rollover };
  Due due(base::Instant now) const;
  bool expired(base::Instant now) const { return open_ && now >= end(); }
  // `rolls_over`: whether it is left for a new one before its end.
  base::Instant next_wakeup(bool rolls_over) const;

  void rollover_began() { rolling_ = true; }
  // Tried again a little later.
  void rollover_failed(base::Instant now);

  bool open() const { return open_; }
  base::Instant since() const { return since_; }
  const std::string& token() const { return token_; }

 private:
  base::Instant end() const { return std::min(token_end_, session_end_); }

  Options options_;
  bool open_ = false, refreshing_ = false, rolling_ = false;
  std::string token_;
  base::Instant since_{}, refresh_at_{}, token_end_{}, rollover_at_{}, session_end_{};
};

}  // namespace aci::watch
