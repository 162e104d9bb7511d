// One fabric, watched: the machine that decides what to ask the controller, when, and what it all means. Floor: watch.
//
// Inputs in, actions out, time passed in; no thread, socket or clock. io/fabric_driver carries the actions out.
//
//   FabricWatch watch(options);
//   watch.start(now);
//   auto id = watch.add(now, {"config", Query::of_class("fvTenant")});
//   for (Action& action : watch.take_actions()) ...          // after every input
//   watch.http_reply(now, wall, send.id, {200, body});       // once per Send
//   watch.channel_open(now, epoch); watch.channel_text(now, wall, epoch, data, size, capacity);
//   if (now >= watch.next_wakeup()) watch.wake(now, wall);
//
// The way to live: login -> channel -> each watch subscribes and lists what is there -> live. Any loss of sight (channel
// closed, subscription refused or expired, an unreadable frame) opens a gap; subscribing anew lists again, what differs
// comes out as events of origin relist, and the gap is closed with their count. Pushes for an id that is not known yet
// are held until the subscribe answer names it.
//
// Every input is legal in every state. Replies of an earlier login are dropped. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/frame.hpp"
#include "model/change.hpp"
#include "model/query.hpp"
#include "watch/mirror.hpp"
#include "watch/session.hpp"

namespace aci::watch {

using WatchId = std::uint32_t;
using RequestId = std::uint64_t;
using Epoch = std::uint64_t;  // rises with each login; a login has at most one channel

// A named query whose changes are wanted.
struct WatchSpec {
  std::string name;
  model::Query query;  // class or object query with its target options; subscription and paging are set by the machine
};

// wanted: waits for its turn; listing: subscribed, reading what is there; live: every change comes; failed: the controller
// refuses the query, tried again every failed_retry.
enum class WatchState { wanted, listing, live, failed };
const char* to_string(WatchState state);

// Actions.
struct Send {
  RequestId id = 0;
  std::size_t controller = 0;  // index into the fabric's controllers
  std::string method, target, body, cookie;
  base::Duration timeout{};
};
struct OpenChannel {
  Epoch epoch = 0;
  std::size_t controller = 0;
  std::string target;  // "/socket<token>", raw
};
struct CloseChannel {
  Epoch epoch = 0;
};
struct Emit {
  model::Event event;  // seq is set by who receives it
  std::vector<WatchId> watches;
};
struct GapClosed {
  model::Gap gap;
  WatchId watch = 0;
};
struct WatchChanged {
  WatchId watch = 0;
  WatchState state = WatchState::wanted;
  base::Error error;  // of a failed one
};
struct SessionChanged {
  SessionState state = SessionState::idle;
  base::Error error;  // why it is waiting or rejected
};
struct Answered {  // to ask()
  std::uint64_t ticket = 0;
  int status = 0;
  base::Result<std::string> body;  // the raw body whatever the status
};
using Action = std::variant<Send, OpenChannel, CloseChannel, Emit, GapClosed, WatchChanged, SessionChanged, Answered>;

struct HttpReply {
  int status = 0;
  std::string body;
};

class FabricWatch {
 public:
  struct Options {
    std::string fabric = "fabric";  // name in events
    std::string user, password;
    Session::Options session;
    std::uint64_t seed = 1;
    base::Duration request_timeout{30'000};
    base::Duration subscription_lifetime{60'000};  // the controller's default; refreshed at a third of it
    base::Duration failed_retry{60'000};
    std::uint32_t page_size = 10'000;
    std::size_t held_max = 100'000;  // frames held for ids that are not known yet; beyond it: a gap
    std::size_t in_flight_max = 4;   // subscribe, list and refresh requests at one time
  };
  explicit FabricWatch(Options options);

  void start(base::Instant now);
  // Closes the channel, logs out and stays idle.
  void stop(base::Instant now);

  WatchId add(base::Instant now, WatchSpec spec);
  void remove(base::Instant now, WatchId watch);

  // Sends one request of the caller's own with the fabric's login; answered by Answered, also when there is no way to send
  // it before `timeout`. Returns the ticket.
  std::uint64_t ask(base::Instant now, std::string method, std::string target, std::string body);

  void http_reply(base::Instant now, base::WallTime wall, RequestId id, base::Result<HttpReply> reply);
  void channel_open(base::Instant now, Epoch epoch);
  void channel_text(base::Instant now, base::WallTime wall, Epoch epoch, const char* data, std::size_t size,
                    std::size_t capacity);
  void channel_closed(base::Instant now, base::WallTime wall, Epoch epoch, const base::Error& why);
  void wake(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;

  // The actions since the last call, in order; `into` is cleared first and its memory reused.
  void take_actions(std::vector<Action>& into);

  // Where it stands.
  struct WatchView {
    WatchId id = 0;
    std::string name;
    WatchState state = WatchState::wanted;
    base::Instant since{}, last_refresh{};
    std::uint64_t pushes = 0;
    base::Error error;
  };
  struct View {
    SessionState session = SessionState::idle;
    base::Instant since{};
    base::Error error;
    bool channel_open = false;
    std::size_t controller = 0, objects = 0;
    std::uint64_t frames = 0, bad_frames = 0, stale_replies = 0;
    std::vector<WatchView> watches;
  };
  View inspect() const;
  bool all_live() const;

 private:
  enum class Kind { login, refresh_token, logout, subscribe, page, refresh, ask };
  struct Pending {
    Kind kind;
    WatchId watch = 0;
    Epoch epoch = 0;
    std::uint64_t ticket = 0;
    std::uint32_t listing = 0;
  };
  struct Watch {
    WatchSpec spec;
    WatchState state = WatchState::wanted;
    base::Instant since{}, last_refresh{}, refresh_at{}, retry_at{};
    std::string subscription;  // id while subscribed
    bool refreshing = false;
    int refresh_misses = 0;
    bool baselined = false;  // has been live once: what a listing finds from then on is relist
    std::optional<Mirror::Listing> listing;
    std::uint32_t next_page = 0;
    std::uint64_t found = 0;  // by the listing that runs
    std::optional<base::WallTime> blind_since;
    std::string blind_reason;
    std::uint64_t pushes = 0;
    base::Error error;
  };
  struct Ask {
    std::uint64_t ticket;
    std::string method, target, body;
    base::Instant deadline;
    bool retried = false;
  };

  void pump(base::Instant now);
  RequestId send(Kind kind, std::string method, std::string target, std::string body, Pending pending);
  void lose(base::Instant now, base::WallTime wall, const base::Error& why);
  void blind(base::Instant now, base::WallTime wall, Watch& watch, const std::string& reason);
  void set_state(base::Instant now, WatchId id, Watch& watch, WatchState state, base::Error error = {});
  void tell_session();
  model::Query listing_query(const Watch& watch, std::uint32_t page, bool subscribe) const;
  void subscribed(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const base::Result<codec::Answer>& answer);
  void listed(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const codec::Answer& answer);
  void refreshed(base::Instant now, base::WallTime wall, Watch& watch, const base::Result<HttpReply>& reply);
  void asked(base::Instant now, base::WallTime wall, Ask ask, base::Result<HttpReply> reply);
  void frame(base::WallTime wall, const codec::Frame& frame);
  void release_held(base::WallTime wall);
  bool subscribing() const;

  Options options_;
  Session session_;
  Mirror mirror_;
  codec::FrameDecoder decoder_;
  std::unordered_map<WatchId, Watch> watches_;
  std::vector<WatchId> order_;                                   // watches in the order they were added
  std::map<std::string, WatchId, std::less<>> by_subscription_;  // found by view: a frame costs no copy of its ids
  std::unordered_map<RequestId, Pending> pending_;
  std::deque<Ask> asks_;                                   // not sent yet
  std::unordered_map<std::uint64_t, Ask> asks_in_flight_;  // by ticket
  std::deque<std::string> held_;
  enum class Channel { none, opening, open } channel_ = Channel::none;
  Epoch epoch_ = 0;
  WatchId next_watch_ = 1;
  RequestId next_request_ = 1;
  std::uint64_t next_ticket_ = 1;
  std::size_t in_flight_ = 0;
  std::uint64_t frames_ = 0, bad_frames_ = 0, stale_replies_ = 0;
  std::vector<Action> actions_;
  std::vector<model::Event> listed_events_;
};

}  // namespace aci::watch
