// One login with its channel and the subscriptions made on it. Floor: watch.
//
// Knows which pushes belong to which watch, which subscription is to be refreshed next, and when the controller last gave a
// sign. It sends nothing: FabricWatch does, and tells what came of it. A fabric watch has one line, two while it changes
// from one to the next. Thread-safety: one thread.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "watch/actions.hpp"
#include "watch/by_text.hpp"
#include "watch/session.hpp"

namespace aci::watch {

// By both clocks: by one that nobody sets, and by the one that people read.
struct Moment {
  base::Instant now{};
  base::WallTime wall;
};

// One that waits for the answer to a subscription.
struct HeldFrame {
  base::WallTime received;
  std::string text;
};

struct Line {
  enum class Channel { none, opening, open };
  struct Subscription {
    std::string id;
    base::Instant refresh_at{}, deadline{};  // the controller forgets it at the deadline
    base::WallTime alive;                    // last time the controller was known to have it
    std::optional<Moment> refreshing;        // since when the answer to a refresh is awaited
    int misses = 0;
  };

  // What was sent just before the peer's last sign of life may be lost too.
  static constexpr base::Duration doubt{1'000};

  Line(Epoch epoch, std::size_t controller, Session::Options options, base::Duration lifetime)
      : epoch(epoch), controller(controller), session(options), lifetime(lifetime) {}

  const Epoch epoch;
  const std::size_t controller;
  Session session;
  Channel channel = Channel::none;
  Moment last_sign;             // of the channel's peer
  std::deque<HeldFrame> held;   // those that came before the subscribe answers that name their ids
  std::size_t subscribing = 0;  // subscribe requests on their way
  std::set<WatchId> asked;      // of a line that is being changed over to: for which watches

  // The controller counts from a moment between asking and answering: `asked` is the one to reckon with.
  void bind(Moment asked, WatchId watch, std::string id);
  // The controller knows no unsubscribing: pushes for the id are passed over from now on.
  void unbind(WatchId watch);
  bool bound(WatchId watch) const { return subscriptions_.contains(watch); }
  const Subscription& subscription(WatchId watch) const { return subscriptions_.at(watch); }

  std::optional<WatchId> watch_of(std::string_view id) const;
  // True for an id of a subscription that was left, or for which ignore() was called.
  bool ignored(std::string_view id) const { return left_.contains(id); }
  void ignore(std::string_view id) { left_.emplace(id); }

  // The watch whose subscription is to be refreshed now. Refreshes are kept apart so that many come evenly.
  std::optional<WatchId> due(base::Instant now) const;
  std::optional<base::Instant> next_refresh() const;
  void refresh_sent(Moment now, WatchId watch);
  // False when the answer came after the controller must have forgotten the subscription.
  bool refreshed(base::Instant now, WatchId watch);
  // How often in a row it has failed by now.
  int missed(base::Instant now, WatchId watch);

 private:
  void renew(Moment asked, WatchId watch, Subscription& subscription);
  void schedule(WatchId watch, Subscription& subscription, base::Instant at);

  base::Duration lifetime;
  std::unordered_map<WatchId, Subscription> subscriptions_;
  ByText<WatchId> by_id_;
  mutable const std::pair<const std::string, WatchId>* last_ = nullptr;  // of by_id_: pushes of one subscription come in rows

  std::set<std::string, std::less<>> left_;
  std::set<std::pair<base::Instant, WatchId>> agenda_;  // of refreshes
  base::Instant next_allowed_{};
};

}  // namespace aci::watch
