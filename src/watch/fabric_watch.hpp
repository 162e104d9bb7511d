// One fabric, watched: the machine that decides what to ask the controller, when, and what it all means. Floor: watch.
//
// Inputs in, actions out, time passed in; no thread, socket or clock. io/fabric_driver carries the actions out.
//
//   FabricWatch watch(options);
//   watch.start(now, wall);
//   auto id = watch.add(now, wall, {"config", Query::of_class("fvTenant")});
//   watch.take_actions(actions);                              // after every input
//   watch.http_reply(now, wall, send.id, {200, body});        // once per Send
//   watch.channel_open(now, wall, epoch); watch.channel_text(now, wall, epoch, data, size, capacity);
//   if (now >= watch.next_wakeup()) watch.wake(now, wall);
//
// The way to live: login -> channel -> each watch subscribes and lists what is there -> live. Whatever may have hidden a
// change from a watch opens a gap: a channel lost, a refresh refused or late, a frame that cannot be read, a push for an
// unknown subscription, a node that has rebooted, an audit that found a difference, a standstill of this process. The gap
// is closed by subscribing and listing anew; what differs comes out as events of origin relist, what the controller's own
// records tell of that time as events of origin backfill, then the gap with its count.
//
// Before a login's life ends a second line (login, channel, subscriptions) is made, and the first is left when every
// watch stands on the new one: no gap. Pushes that both bring are told once.
//
// Every input is legal in every state. Replies of an earlier login are dropped. Thread-safety: one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/rng.hpp"
#include "codec/answer.hpp"
#include "codec/frame.hpp"
#include "watch/actions.hpp"
#include "watch/controllers.hpp"
#include "watch/line.hpp"
#include "watch/mirror.hpp"
#include "watch/records.hpp"
#include "watch/watch_index.hpp"

namespace aci::watch {

enum class LoginKind {
  password,     // aaaLogin with user and password
  certificate,  // every request signed, the channel by webtokenSession
  app           // requestAppToken, signed as an app user; from then on as with a password
};

class FabricWatch {
 public:
  struct Options {
    std::string fabric = "fabric";  // name in events
    LoginKind login = LoginKind::password;
    std::string user, password;  // of an app: `user` is its name, "Vendor_App"
    Controllers::Options controllers;
    std::uint64_t seed = 1;
    base::Duration request_timeout{30'000};
    // The controller's default; another one is asked for with refresh-timeout (4.0 and later). Refreshed at a third of it.
    base::Duration subscription_lifetime{60'000};
    base::Duration channel_lifetime{86'400'000};  // the controller ends a websocket after a day
    base::Duration failed_retry{60'000};
    std::uint32_t page_size = 10'000;
    std::size_t held_max = 100'000;  // frames, changes and reads that may wait for an answer; beyond it: a gap

    // Audits, each spread by a fifth; 0 for never.
    base::Duration count_every{900'000};      // objects counted
    base::Duration compare_every{3'600'000};  // objects compared
    base::Duration settle{5'000};             // what differs is drift only when no push has explained it by then
    // A new object's subtree is read after this time where a watch covers what may stand below it; 0 for never.
    base::Duration children_after{6'000};
    base::Duration nodes_every{60'000};  // topSystem is read for watches of what lives on switches; 0 for never
    // DN below which an annotation of ours is changed on a timer, to see the change come back; "" for no canary.
    std::string canary;
    base::Duration canary_every{60'000}, canary_within{5'000};
    // Record logs read after a gap, of which a fabric without the right to read them says so in the gap.
    std::vector<std::string> record_classes{"aaaModLR", "faultRecord", "eventRecord"};
    std::size_t records_max = 10'000;  // per class and gap
    std::uint32_t records_page = 1'000;
  };
  explicit FabricWatch(Options options);

  void start(base::Instant now, base::WallTime wall);
  // Closes the channel, logs out and stays idle.
  void stop(base::Instant now, base::WallTime wall);

  WatchId add(base::Instant now, base::WallTime wall, WatchSpec spec);
  void remove(base::Instant now, base::WallTime wall, WatchId watch);

  // Whoever takes a watch's events cannot take more: its subscription is given up and the mirror keeps what was told last.
  // After resume() it lists anew, and what happened meanwhile comes out as relist, then the gap.
  void pause(base::Instant now, base::WallTime wall, WatchId watch, std::string reason);
  void resume(base::Instant now, base::WallTime wall, WatchId watch);

  // What a restart needs to be one more gap. restore() before start(), with the watches added: those of the same name and
  // query go on, and one that has a new name takes up its query's where nobody else does.
  struct Saved {
    base::WallTime at;
    struct Known {              // a watch that had been read
      std::string name, query;  // query: its URL
      friend bool operator==(const Known&, const Known&) = default;
    };
    std::vector<Known> watches;
    std::vector<model::ManagedObject> objects;
    // Objects that changed while their watch was paused, as it was told them last; no `before`: they were not there.
    struct Unsent {
      std::size_t watch = 0;  // in `watches`
      std::string class_name, dn;
      std::optional<model::Attributes> before;
      friend bool operator==(const Unsent&, const Unsent&) = default;
    };
    std::vector<Unsent> unsent;
  };
  Saved save(base::WallTime wall) const;
  void restore(const Saved& saved);

  // Sends one request of the caller's own with the fabric's login; answered by Answered, also when there is no way to send
  // it before `timeout`. Returns the ticket.
  std::uint64_t ask(base::Instant now, base::WallTime wall, std::string method, std::string target, std::string body);

  void http_reply(base::Instant now, base::WallTime wall, RequestId id, base::Result<HttpReply> reply);
  void channel_open(base::Instant now, base::WallTime wall, Epoch epoch);
  void channel_text(base::Instant now, base::WallTime wall, Epoch epoch, const char* data, std::size_t size,
                    std::size_t capacity);
  // The peer has given a sign of life that is no text: an answered ping.
  void channel_sign(base::Instant now, base::WallTime wall, Epoch epoch);
  void channel_closed(base::Instant now, base::WallTime wall, Epoch epoch, const base::Error& why);
  void wake(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;

  // The actions since the last call, in order; `into` is cleared first and its memory reused.
  void take_actions(std::vector<Action>& into);

  // Where it stands.
  struct WatchView {
    WatchId id = 0;
    std::string name, query;  // query: its URL
    WatchState state = WatchState::wanted;
    base::WallTime since;  // in this state
    std::optional<base::WallTime> last_push, last_refresh;
    std::optional<base::WallTime> last_proof;   // when a listing or an audit last agreed
    std::optional<base::WallTime> blind_since;  // of the gap that is open
    std::uint64_t pushes = 0;
    base::Error error;
  };
  // How often each way was taken since the start.
  struct Counters {
    std::uint64_t frames = 0, bad_frames = 0, stale_replies = 0, unknown_pushes = 0, duplicates = 0;
    std::uint64_t logins = 0, losses = 0, rollovers = 0, standstills = 0;
    std::uint64_t gaps = 0, relisted = 0, backfilled = 0, reads = 0, children_reads = 0;
    std::uint64_t audits = 0, drifts = 0, reboots = 0, canaries = 0;
  };
  struct View {
    SessionState session = SessionState::idle;
    base::WallTime since;
    base::Error error;
    bool channel_open = false;
    std::size_t controller = 0, objects = 0;
    std::string canary;  // "off", "waiting", "proven", "refused: why"
    Counters counters;
    std::vector<WatchView> watches;
  };
  View inspect() const;
  bool all_live() const;

 private:
  enum class Kind {
    login,
    refresh_token,
    logout,
    subscribe,  // answers the first page of a listing too, but for a rollover's
    page,
    refresh,
    count,
    compare,
    read,
    children,
    nodes,
    canary,
    oldest_record,
    records,
    ask
  };
  struct Pending {
    Kind kind = Kind::ask;
    WatchId watch = 0;
    Epoch epoch = 0;
    std::uint64_t number = 0;  // of the listing, the ticket of an ask
    std::string dn;            // of a read
    Moment sent;
  };
  // Those that wait for one another when there are many.
  static bool is_counted(Kind kind);
  // Those that mean nothing without the line they were sent for.
  static bool is_of_the_line(Kind kind);
  // A query read page by page.
  struct Reading {
    Mirror::Listing listing;
    std::uint32_t next_page = 0;
    std::uint64_t received = 0;              // objects, over all pages
    std::uint64_t total = 0, deletions = 0;  // as of the last page
    std::uint32_t turns_back = 0;
  };
  struct OpenGap {
    base::WallTime from;
    std::string reason;
    std::uint64_t found = 0;
    // What was pushed until then, by the controller's clock, has come; unset where pushes may be missing before the last.
    std::optional<base::WallTime> pushed_until;
    std::optional<base::WallTime> to;  // when all has been read again; what is left is to read the records
  };
  struct Audit {
    std::optional<Reading> reading;
    std::vector<std::string> suspects;  // DNs
    bool counting = false, settling = false;
    base::Instant count_at{}, compare_at{}, settle_at{};
  };
  struct Unsent {  // an object told by another watch while this one was paused
    std::string class_name;
    std::optional<model::Attributes> before;
  };
  struct Watch {
    WatchSpec spec;
    model::Query asked;  // what is subscribed to and mirrored: the query without a filter that objects enter and leave
    WatchState state = WatchState::wanted;
    base::WallTime since;
    base::Error error;
    bool begun = false;      // to be read for the first time: may have been told of objects
    bool baselined = false;  // has been read once: what a listing finds from then on is relist
    bool hidden = false;     // the canary
    bool on_nodes = false;   // of what lives on switches
    std::optional<Reading> reading;
    std::optional<OpenGap> gap;
    Audit audit;
    base::Instant retry_at{};  // of a wanted or failed one
    int tries = 0;
    std::uint64_t pushes = 0, deletions = 0;
    std::optional<base::WallTime> last_push, last_refresh, last_proof;
    std::optional<base::WallTime> pushed_until;  // the newest push's time, by the controller's clock
    std::map<std::string, Unsent> unsent;        // by DN
    // By DN: what others' listings found while this one is read for the first time, until its own comes to it.
    std::map<std::string, Unsent> ahead;
    base::Instant agenda_at{};  // where it stands in agenda_
  };
  struct Read {
    std::vector<HeldChange> held;
    std::vector<WatchId> watches;
    bool asked = false;
    std::size_t asked_with = 0;            // held by then
    std::uint32_t asked_with_listing = 0;  // the last that had found it by then
    int times = 0;                         // asked
  };
  // A new object below which the controller may have pushed too little.
  struct Parent {
    std::string dn;
    base::WallTime created;
    base::Instant read_at{}, settle_at{};
    bool asked = false, settling = false;
    std::optional<Mirror::Listing> listing;
    std::vector<model::ManagedObject> suspects;
  };
  struct Node {  // a switch
    std::string last_reboot;
    std::optional<base::WallTime> seen;  // as one that had rebooted then
  };
  struct Ask {
    std::uint64_t ticket = 0;
    std::string method, target, body;
    base::Instant deadline;
    bool retried = false;
  };
  // The records of a gap, read class by class.
  struct History {
    base::WallTime from;
    std::size_t next_class = 0;
    std::uint32_t page = 0;
    std::vector<RecordedChange> changes;
    std::string trouble;  // why it is not complete
    bool unavailable = false;
    std::vector<WatchId> watches;  // whose gaps wait for it
  };

  // fabric_watch.cpp: life and time
  void notice(base::Instant now, base::WallTime wall);
  Moment surely(const Moment& moment, const Moment& before) const { return doubt_ ? doubted(moment, before) : moment; }
  Moment doubted(const Moment& moment, const Moment& before) const;
  void settle_down(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> soonest() const;  // when something will be due
  void pump(base::Instant now, base::WallTime wall);
  std::size_t in_flight_max() const;
  std::size_t refreshes_in_flight_max() const;
  base::Duration spread(base::Duration time);                         // by a fifth, either way
  base::Instant next_turn(base::Instant now, base::Duration period);  // spread; never, of a period of 0
  bool covered(std::string_view class_name, std::string_view dn, const model::Attributes& attributes) const;
  bool known_to_any(std::string_view class_name, std::string_view dn, const model::Attributes& attributes) const;
  void forget_unwatched();

  // fabric_lines.cpp: requests, logins, channels, changing over
  RequestId send(Line& line, Pending pending, std::string method, std::string target, std::string body = {});
  RequestId send_query(Line& line, Pending pending, const model::Query& query);
  void send_login(Line& line);
  void asked(base::Instant now, base::WallTime wall, Ask ask, base::Result<HttpReply> reply);
  static base::Error unexpected(int status);
  Line* line_of(Epoch epoch);
  void pump_line(base::Instant now, base::WallTime wall, Line& line);
  void begin_line(base::Instant now, base::WallTime wall);
  void logged_in(base::Instant now, base::WallTime wall, Line& line, const base::Result<codec::Login>& login);
  void set_session(base::WallTime wall, SessionState state, base::Error error = {});
  void leave(Line& line, bool log_out);
  void log_out(Line& line);
  void retire(std::unique_ptr<Line> line);
  void roll_over(base::Instant now, base::WallTime wall);
  base::Instant swap_due() const;
  void give_up_rollover(base::Instant now);
  void tell_held(base::Instant now);
  void abandon(base::Instant now, base::WallTime wall, const std::string& reason, bool log_out);
  void lose(base::Instant now, base::WallTime wall, const base::Error& why);
  void end(base::Instant now, base::WallTime wall, Line& line, const base::Error& why);  // one of the two above

  // fabric_subscriptions.cpp: the states of watches
  void schedule(WatchId id, Watch& watch);
  void set_state(base::WallTime wall, WatchId id, Watch& watch, WatchState state, base::Error error = {});
  enum class Pushes { came, doubtful };  // those before the last that came
  void blind(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const std::string& reason, base::WallTime from,
             Pushes pushes = Pushes::came);
  base::WallTime seen_until(WatchId id, const Watch& watch, base::WallTime otherwise) const;
  void put_off(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const base::Error& why);
  void subscribed(base::Instant now, base::WallTime wall, Line& line, const Pending& subscribe,
                  const base::Result<codec::Answer>& answer);
  void refreshed(base::Instant now, base::WallTime wall, Line& line, WatchId id, const base::Result<HttpReply>& reply);

  // fabric_pushes.cpp: frames, and who is told
  // True when nothing but time can have made something due: as most frames are.
  bool frame(base::Instant now, base::WallTime wall, Line& line, const codec::Frame& frame);
  void release_held(base::Instant now, Line& line);
  bool seen_on_other_line(const Line& line, const model::Change& change);
  void emit(base::Instant now, model::Event event, std::vector<WatchId> watches, bool is_sequel = false);
  void complete_emit(base::Instant now, WatchId except = 0, bool is_sequel = false);
  void emit_all(base::Instant now, const std::vector<WatchId>& watches);  // what is in events_
  std::vector<WatchId> covering(const model::Event& event, const std::vector<WatchId>& known, WatchId except = 0) const;
  static bool concerns(const Watch& watch, const model::Event& event);  // by its filter

  // fabric_reading.cpp: listings, audits, single objects, new subtrees
  Reading begin_reading(const Watch& watch);
  void subscribe(Line& line, base::WallTime wall, WatchId id, Watch& watch);
  model::Query listing_query(const Watch& watch, std::uint32_t page, bool subscription) const;
  enum class Turn { next, last, broken };
  Turn turn_page(const Watch& watch, Reading& reading, const codec::Answer& answer) const;
  void stop_reading(Watch& watch);
  void listed(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const codec::Answer& answer);
  void tell_others(base::Instant now, WatchId id, model::Event event);
  void tell_unsent(base::WallTime wall, WatchId id, Watch& watch);
  void went_live(base::Instant now, base::WallTime wall, WatchId id, Watch& watch);
  void audit(base::Instant now, base::WallTime wall, WatchId id, Watch& watch);
  void counted(base::Instant now, WatchId id, Watch& watch, const base::Result<codec::Answer>& answer);
  void compared(base::Instant now, base::WallTime wall, WatchId id, Watch& watch, const base::Result<codec::Answer>& answer);
  void settle_audit(base::Instant now, base::WallTime wall, WatchId id, Watch& watch);
  void read_later(base::Instant now, base::WallTime wall, HeldChange change, const std::vector<WatchId>& watches);
  void has_been_read(base::Instant now, base::WallTime wall, const std::string& dn, const base::Result<codec::Answer>& answer);
  void read_unexplained(base::Instant now, base::WallTime wall);
  void note_parent(base::Instant now, const model::Event& event);
  void pump_parents(base::Instant now, base::WallTime wall);
  void children_read(base::Instant now, base::WallTime wall, std::uint64_t number, const base::Result<codec::Answer>& answer);
  void settle_parent(base::Instant now, base::WallTime wall, const std::string& dn);
  bool watched_below(std::string_view class_name);
  std::vector<std::string> watched_classes() const;

  // fabric_proof.cpp: gaps and records, reboots, canary
  void pump_history(base::Instant now);
  void history_read(base::Instant now, Kind kind, const base::Result<codec::Answer>& answer);
  void next_record_class(base::Instant now);
  void tell_history(base::Instant now);
  void close_gap(WatchId id, std::uint64_t backfilled, const History& history);
  bool nodes_wanted() const;
  void nodes_read(base::Instant now, base::WallTime wall, const base::Result<codec::Answer>& answer);
  void pump_canary(base::Instant now, base::WallTime wall);
  void canary_written(base::Instant now, const base::Result<codec::Answer>& answer);
  void canary_came_back(base::WallTime wall, const model::Event& event);

  Options options_;
  base::Rng rng_;
  Controllers controllers_;
  SessionState state_ = SessionState::idle;
  base::WallTime state_since_;
  base::Error error_;
  std::unique_ptr<Line> line_, next_, retired_;  // next_: while changing over to it; retired_: to log out, when overlap_until_
  Epoch last_epoch_ = 0;
  std::optional<base::Instant> swap_at_;  // every watch stands on next_
  // Pushes that one of two lines has brought and the other has not: 1 for line_, -1 for next_, and so on.
  std::unordered_map<std::uint64_t, int> overlap_;
  std::optional<base::Instant> overlap_until_;

  Mirror mirror_;
  codec::FrameDecoder decoder_;
  std::map<WatchId, Watch> watches_;
  WatchIndex index_;                                    // of them, by what they ask for
  std::set<WatchId> wanted_, blind_;                    // blind: read once, and not live now
  std::set<std::pair<base::Instant, WatchId>> agenda_;  // retries and audits
  WatchId next_watch_ = 1, canary_watch_ = 0;
  std::size_t on_nodes_ = 0;  // watches of what lives on switches

  std::unordered_map<RequestId, Pending> pending_;
  RequestId next_request_ = 1;
  std::size_t in_flight_ = 0;
  std::deque<Ask> asks_;                                   // not sent yet
  std::unordered_map<std::uint64_t, Ask> asks_in_flight_;  // by ticket
  std::uint64_t next_ticket_ = 1;

  std::map<std::string, Read, std::less<>> reads_;  // by DN
  std::deque<std::string> to_read_;
  std::size_t held_changes_ = 0, doubts_ = 0;  // doubts: what listings left to be proved, before gaps are closed
  std::deque<Parent> parents_;
  std::optional<base::Instant> storm_until_;                // so many new objects that they are looked after all at once
  std::map<std::string, bool, std::less<>> watched_below_;  // by class; cleared when the watches change

  std::set<WatchId> to_close_;  // gaps that wait for the records
  std::optional<History> history_;
  std::unordered_map<std::string, base::WallTime> told_;  // first push of each object since a gap opened

  base::Instant nodes_at_{};
  base::WallTime nodes_asked_;
  std::optional<base::WallTime> nodes_seen_;
  std::map<std::string, Node> nodes_;  // by DN of the topSystem
  enum class CanaryState { off, waiting, proven, refused } canary_state_ = CanaryState::off;
  std::string canary_why_;
  std::string canary_value_;
  std::optional<base::WallTime> canary_seen_;
  base::Instant canary_at_{};
  std::optional<base::Instant> canary_due_;  // the change must have come back by then

  struct Noticed {
    base::Instant now, expected;  // expected: when the next input was due at the latest
    base::WallTime wall;
  };
  std::optional<Noticed> noticed_;
  struct Doubt {  // what comes before `until` may have come since `from`
    Moment from;
    base::Instant until;
  };
  std::optional<Doubt> doubt_;
  Counters counters_;
  std::vector<Action> actions_;
  std::vector<WatchId> addressed_;    // by the frame; kept for its memory
  std::vector<WatchId> spare_;        // of an event that has been told; kept for its memory
  std::vector<model::Event> events_;  // kept for its memory
};

}  // namespace aci::watch
