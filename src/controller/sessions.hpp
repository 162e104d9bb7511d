// Who is logged in: tokens, their life, and the channels that belong to a session. Floor: controller.
//
// A login begins a session with one token. Refreshing gives a further token; the one before stays valid until its own
// time is over. A session ends at its maximum life, with its last token, or by logout, and its channels end with it.
// Facts: protocol of aaaLogin and aaaRefresh as recorded. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "controller/controller.hpp"

namespace aci::controller {

using SessionId = std::uint64_t;

struct Session {
  SessionId id = 0;
  std::size_t controller = 0;  // where it was made; the others do not know it
  std::string user;
  std::string uid;                  // the number that objects written by this user carry
  std::string session_id;           // as the login answer shows it
  base::Instant ends_at;            // refreshing does not move it
  std::int64_t first_login = 0;     // unix seconds
  std::deque<std::string> tokens;   // valid ones, oldest first
  std::vector<ChannelId> channels;  // open ones, newest last
};

class Sessions {
 public:
  // More sessions than this are refused.
  static constexpr std::size_t sessions_max = 100'000;
  // A session that refreshes more often than this within a token's life loses its oldest tokens early.
  static constexpr std::size_t tokens_max = 64;

  explicit Sessions(const Options& options) : options_(options), rng_(options.seed) {}

  // Takes "admin", "apic:local\\admin" and "apic#local\\admin". Errors carry the controller's code and text.
  base::Result<Session*> login(base::Instant now, base::WallTime wall, std::size_t controller, std::string_view user,
                               std::string_view password);
  // A further token of the session; 172 characters of base64 as releases before 5.2 had them, always with '+', '/', '='.
  std::string issue_token(base::Instant now, Session& session);

  // nullptr for an expired token, and for one that this controller did not make.
  Session* find_token(std::size_t controller, std::string_view token);
  // By the first APIC-cookie of the header whose token is valid. The name is matched without regard to case, and what
  // else is in the header is passed over: clients send whole Set-Cookie lines back.
  Session* find_cookie(std::size_t controller, std::string_view cookies);

  ChannelId open_channel(Session& session);
  // False when it is not open.
  bool close_channel(ChannelId channel);
  std::vector<ChannelId> channels() const;
  // nullptr when it is not open.
  const Session* session_of(ChannelId channel) const;

  // Ends a session; the answer is its channels, which are closed.
  std::vector<ChannelId> end(SessionId id);
  // Ends what is over; the answer is the channels that are closed by that.
  std::vector<ChannelId> advance(base::Instant now);
  std::vector<ChannelId> expire_all();
  std::vector<ChannelId> end_all_of(std::size_t controller);
  // The session_id of each that was ended, since the last call.
  std::vector<std::string> take_ended() { return std::exchange(ended_, {}); }
  std::optional<base::Instant> next_wakeup() const;

  std::size_t session_count() const { return sessions_.size(); }
  std::size_t channel_count() const { return channels_.size(); }

  // Random bytes as base64, for ids.
  std::string random_base64(std::size_t bytes);

 private:
  struct Token {
    SessionId session = 0;
    base::Instant expires_at;
  };
  using Tokens = std::map<std::string, Token, std::less<>>;

  void forget_token(std::string_view token);
  void close_if_over(SessionId id, std::vector<ChannelId>& closed);

  const Options& options_;
  base::Rng rng_;
  SessionId next_session_ = 1;
  ChannelId next_channel_ = 1;
  std::unordered_map<SessionId, Session> sessions_;
  Tokens tokens_;
  std::set<std::pair<base::Instant, std::string>> by_expiry_;  // of tokens
  std::map<ChannelId, SessionId> channels_;
  std::vector<std::string> ended_;
};

// How many APIC-cookies the header holds, valid or not.
std::size_t count_token_cookies(std::string_view cookies);

}  // namespace aci::controller
