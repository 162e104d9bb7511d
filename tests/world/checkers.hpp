// What must be true of a watch, checked from outside: against the controller's tree, of which every change is observed.
//
// Each watch has a consumer, which knows nothing but the events it was told.
//   nothing lost       every change that a watch covers was told, or lies in a gap of it
//   nothing invented   what is told is a state that the object was in, after the one told before; nothing is told twice.
//                      A push after one that trouble swallowed is laid over what is known: each of its values was true
//   logins             never more than one a second; a second channel only when the first one's life ends
//   own requests       each is answered, once
//   refreshes          every refresh in time, and no watch is called live without a subscription that is
//   memory             the mirror holds what is watched and no more, requests on their way are few
//   in the end         no gap is open, and what each consumer has pieced together is what a query answers
//   removed watches    are told nothing more, and knew what was there; the mirror drops what nobody else watches
//   calm               where nothing went wrong there is no gap and nothing is found by re-reading
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "world/clockwork.hpp"
#include "world/network.hpp"

namespace aci::world {

class Checkers {
 public:
  struct Lives {
    base::Duration session{}, subscription{};
  };
  Checkers(Clockwork& clock, Network& network, const std::vector<watch::WatchSpec>& specs, Lives lives);

  // As Network has them. One that is added is another consumer, whatever was watched before.
  void added(const watch::WatchSpec& spec);
  void removed(std::size_t index, std::optional<base::WallTime> blind_since);

  // The truth.
  void is_there(std::string_view class_name, std::string_view dn, const model::Attributes& attributes);
  void changed(std::string_view class_name, std::string_view dn, model::Op op, const model::Attributes& whole);

  // What faults excuse.
  base::Duration tolerance{2'000};  // between a change and the edge of the gap that covers it: latency, clocks that step
  bool order_is_kept = true;        // no pushes were put out of order, and no clock was set back
  bool calm = true;                 // nothing has gone wrong at all
  base::Instant silent_until{};     // the controller keeps changes to itself: one that was undone leaves no trace

  // What the watch does.
  void heard(const watch::Emit& emit);
  void gap(const watch::GapClosed& gap);
  void drifted(const watch::Drifted& drift);
  void sent(const watch::Send& send);
  void replied(const watch::Send& send, const base::Result<watch::HttpReply>& reply);
  void opened(const watch::OpenChannel& open);
  void closed(watch::Epoch epoch);
  void stands(const watch::WatchChanged& change);
  void asked(std::uint64_t ticket);
  void answered(const watch::Answered& answered);
  void process_began();
  void look();  // now and then

  // In the end. `truth` answers a watch's query.
  void finish(const std::function<std::vector<model::ManagedObject>(const model::Query&)>& truth);

  const std::vector<std::string>& failures() const { return failures_; }
  std::uint64_t changes() const { return changes_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t by_gap() const { return by_gap_; }
  std::uint64_t undone() const { return undone_; }
  std::uint64_t mixed() const { return mixed_; }

 private:
  // One state of an object; the numbers count up.
  struct Version {
    base::WallTime wall, stamp;  // the watching process's, the controller's
    base::Instant at;
    model::Op op;
    std::string content, mod_ts;
    bool silent;
    std::vector<std::size_t> consumers;  // who must hear of it
  };
  enum class Told : std::uint8_t { no, partly, whole };  // partly: by a record, which does not say all
  struct Consumer {
    watch::WatchSpec spec;
    std::string url;
    std::optional<base::Instant> began;  // has been told what was there
    bool live = false;
    std::optional<base::Instant> removed;  // when
    bool removed_calm = false;
    std::unordered_set<std::string> covered;                  // DNs of what matches now
    std::map<std::string, std::string> objects;               // by DN: content
    std::unordered_map<std::string, std::vector<Told>> told;  // by DN: of each version
    std::unordered_map<std::string, std::size_t> newest;      // by DN: the version told last
    std::vector<std::pair<base::WallTime, base::WallTime>> gaps;
    std::map<std::string, base::Instant> subscriptions;  // by id: when the controller forgets it
  };
  void fail(std::string what);
  void check_mirror();
  void check_known(const Consumer& consumer);
  Consumer* consumer_of(watch::WatchId id);
  bool is_mixed(const std::vector<Version>& versions, const std::string& content) const;
  static void tell(Consumer& consumer, const std::string& dn, std::size_t number, Told how);
  void hear(Consumer& consumer, const model::Event& event);
  void check_told(const Consumer& consumer, const std::string& dn, const std::vector<Version>& versions, std::size_t number);

  Clockwork& clock_;
  Network& network_;
  Lives lives_;
  std::vector<Consumer> consumers_;
  std::unordered_map<std::string, std::vector<Version>> objects_;        // by DN
  std::map<std::string, std::pair<std::string, model::Attributes>> is_;  // by DN: class, and what it is now
  bool trimmed_ = true;                                                  // nothing was removed since the mirror was looked at
  base::Instant last_login_{};
  std::map<watch::Epoch, base::Instant> channels_;  // and when their logins were asked for
  std::unordered_map<watch::RequestId, base::Instant> on_their_way_;
  std::unordered_set<std::uint64_t> asked_;  // and not answered yet: tickets
  std::uint64_t changes_ = 0, events_ = 0, by_gap_ = 0, undone_ = 0, mixed_ = 0;
  std::vector<std::string> failures_;
};

}  // namespace aci::world
