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
#include "base/time.hpp"
#include "controller/controller.hpp"

namespace aci::controller {

using SessionId = std::uint64_t;

struct Session {
  SessionId id = 0;
  std::size_t controller = 0;  // where it was made; the others do not know it
  std::string user, user_dn;
  std::string uid;                  // the number that objects written by this user carry
  std::string address;              // of the client that logged in
  std::string challenge;            // what each request must carry beside the token, "" for nothing
  bool for_socket = false;          // its token opens a websocket for signed requests, and is no login
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

  // A channel is closed when it has been open for `channel_lifetime`.
  explicit Sessions(base::Duration channel_lifetime) : channel_lifetime_(channel_lifetime) {}

  // `session` says whose it is, where, and when it ends. Its first token is still to be added. Error 503 when there are
  // too many.
  base::Result<Session*> begin(Session session);
  // A further token of the session.
  void add_token(Session& session, std::string token, base::Instant expires_at);

  // nullptr for an expired token, and for one that this controller did not make.
  Session* find_token(std::size_t controller, std::string_view token);
  // By the first APIC-cookie of the header whose token is valid, and a login's.
  Session* find_cookie(std::size_t controller, std::string_view cookies);

  ChannelId open_channel(base::Instant now, Session& session);
  // False when it is not open.
  bool close_channel(ChannelId channel);
  std::vector<ChannelId> channels() const;
  // nullptr when the channel is not open.
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

 private:
  struct Token {
    SessionId session = 0;
    base::Instant expires_at;
  };
  struct Channel {
    SessionId session = 0;
    base::Instant ends_at;
  };
  using Tokens = std::map<std::string, Token, std::less<>>;

  void forget_token(std::string_view token);
  void close_if_over(SessionId id, std::vector<ChannelId>& closed);

  base::Duration channel_lifetime_;
  SessionId next_session_ = 1;
  ChannelId next_channel_ = 1;
  std::unordered_map<SessionId, Session> sessions_;
  Tokens tokens_;
  std::set<std::pair<base::Instant, std::string>> by_expiry_;  // of tokens
  std::map<ChannelId, Channel> channels_;                      // all live equally long: the oldest end first
  std::vector<std::string> ended_;
};

inline constexpr std::string_view token_cookie = "APIC-cookie";

}  // namespace aci::controller
