// The last known state of every watched object of a fabric. Floor: watch.
//
// A pushed change is sparse; merged onto the mirror it becomes an Event with before, after and what changed. What a
// re-reading answers is compared with the mirror, and the difference comes out as events too. One mirror serves all
// watches of a fabric: an object that several of them cover is held once, and its change is one event.
//
//   mirror.apply(change, wall, event)                    // one pushed change: told, known already, or to be read
//   auto listing = mirror.begin_listing();               // before the request is sent
//   mirror.list(listing, object, origin, wall, out);     // each object of each page
//   mirror.finish(listing, query, origin, wall, out);    // what the listing no longer holds has been deleted
//
// A listing of origin baseline, a watch's first, tells every object it holds, known to the mirror or not; one of origin
// relist tells only what differs. A difference from what was known is of origin relist in both.
//
// Pages may be older than pushes that came since begin_listing(): those are laid over what the page says, unless its modTs
// is newer than theirs. A push is never taken for stale by its modTs alone, since the controller's clock may be set back: one
// that is older and contradicts is `unsure`, and reading the object decides.
//
// An audit compares without changing: begin_listing(), compare() each object, unlisted(), and once pushes have had time to
// explain a difference, untouched() says what they have not. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/change.hpp"
#include "model/managed_object.hpp"
#include "model/query.hpp"
#include "watch/by_text.hpp"
#include "watch/object_table.hpp"

namespace aci::watch {

// A pushed change that outlives its frame.
struct HeldChange {
  HeldChange(const model::Change& change, base::WallTime received);
  model::Change view() const;  // of this
  std::string class_name, dn;
  model::Op op;
  model::Attributes attributes;
  base::WallTime received;
  bool is_doubt = false;  // no push: what a listing says, or does not say, of the object is to be proved by reading it
};

class Mirror {
 public:
  // Deletions remembered, so that a late or second push of one is not news.
  static constexpr std::size_t tombstones_max = 10'000;
  static constexpr std::size_t doubts_max = 1'000;   // missing objects that are read one by one
  static constexpr base::Duration push_way{60'000};  // a push may be on its way for that long

  explicit Mirror(std::string fabric) : fabric_(std::move(fabric)) {}

  enum class Verdict {
    told,     // `event` says what changed
    known,    // nothing new: the push of a change that a re-reading or another channel has brought before
    awaited,  // of an object never seen, or not yet seen again, which a listing that is open should hold: told when it does
    unsure    // the object must be read: never seen before, or older than what we know and different. Then settle()
  };
  // `listing`: of a push that came to blind watches alone, the listing that reads what is there; 0: not so.
  Verdict apply(const model::Change& change, base::WallTime received, model::Event& event, std::uint32_t listing = 0);

  // Whether their times tell which of the two came first.
  static bool is_ordered(const model::ManagedObject& read, const HeldChange& change);
  // What a reading of the object's DN answered, and the pushes that came for it since the first unsure one, oldest first.
  // Those that another reading had overtaken are told with origin backfill: a state that was, and is no more.
  void settle(std::string_view dn, const model::ManagedObject* read, const std::vector<HeldChange>& held,
              std::vector<model::Event>& out);

  struct Listing {
    std::uint32_t number = 0;
    std::uint64_t pushes = 0;  // count of pushes when it began
    std::uint32_t beside = 0;  // the oldest listing that was still open then: what it holds may be newer
  };
  Listing begin_listing();
  void list(const Listing& listing, const model::ManagedObject& object, model::Origin origin, base::WallTime received,
            std::vector<model::Event>& out);
  // `paged`: what was deleted while the pages were read may have moved an object between two of them; what is missing is
  // then left to be read, unless it is very much.
  void finish(const Listing& listing, const model::Query& query, base::WallTime received, std::vector<model::Event>& out,
              bool paged = false);
  // Ends a listing without telling anything: its request failed, or it was an audit's.
  void end(const Listing& listing);
  // Objects of which listings left a doubt: each is to be read. Cleared by the call.
  std::vector<HeldChange> take_unexplained();
  // When the first push was received that still waits for a listing.
  std::optional<base::WallTime> waiting_since() const;

  // True when the object differs from the mirror and no push since the listing began may be why.
  bool compare(const Listing& listing, const model::ManagedObject& object);
  // DNs that the query covers and the listing did not hold.
  std::vector<std::string> unlisted(const Listing& listing, const model::Query& query) const;
  // No push and no later listing has spoken of it since.
  bool untouched(const Listing& listing, const std::string& dn) const;
  std::size_t count(const model::Query& query) const;

  // nullptr when there is none such. Lives until the next change.
  const model::Attributes* get(std::string_view class_name, std::string_view dn) const;
  std::size_t size() const { return size_; }
  // The controller's clock less ours and less the way of a push, by the last one that told a time.
  std::optional<base::Duration> skew() const { return skew_; }
  void clock_was_set() { skew_.reset(); }  // ours
  // The number of the last listing that found it; 0 for an object that none did.
  std::uint32_t last_listing_of(std::string_view class_name, std::string_view dn) const;
  // Objects pushed while a listing is open: what a slow listing costs.
  std::size_t touched() const { return touches_.size(); }

  // Drops one object without an event: no watch covers it any more.
  void forget(std::string_view class_name, std::string_view dn) {
    if (find(class_name, dn)) take(class_name, dn);
  }
  // Drops the objects for which `unwatched` holds, without events: no watch covers them any more.
  using Choice = std::function<bool(std::string_view class_name, std::string_view dn, const model::Attributes& attributes)>;
  void forget(const Choice& unwatched);

  // All of it, and back into an empty mirror.
  std::vector<model::ManagedObject> save() const;
  void restore(const std::vector<model::ManagedObject>& objects);

 private:
  using Object = ObjectTable::Object;
  struct Tombstone {
    // By the controller's clock it was deleted at `stamp`, or until `until` where that is reckoned; "" when it is not known.
    std::string stamp, until;
    base::WallTime learned;      // by ours
    std::uint32_t listings = 0;  // begun by then
    bool stirred = false;        // what was before has been told since: another deletion was between
  };
  struct Touch {  // one push while a listing is open
    std::uint64_t number;
    HeldChange change;
    bool told;
  };

  const ObjectTable* table_of(std::string_view class_name) const;  // nullptr: there has been none of the class
  Object* find(std::string_view class_name, std::string_view dn);
  const Object* find(std::string_view class_name, std::string_view dn) const;
  void insert(std::string_view class_name, model::Attributes attributes, std::uint32_t listed = 0);
  model::Attributes take(std::string_view class_name, std::string_view dn);  // out of the mirror
  void bury(std::string_view dn, Tombstone stone);
  model::Event event(std::string_view class_name, std::string_view dn, model::Op op, model::Origin origin,
                     base::WallTime time) const;
  void fill(model::Event& event, std::string_view class_name, std::string_view dn, model::Op op, model::Origin origin,
            base::WallTime time) const;
  void note_skew(base::Duration skew, base::WallTime received);
  void doubt(std::string_view class_name, std::string_view dn, base::WallTime received);
  // First each change is taken up: pushed_. Then it is judged, which finds what it alters of what is known; then told.
  void take_up(const model::Change& change);
  Verdict judge(const model::Change& change, const Object* known, base::WallTime received, std::uint32_t listing = 0);
  void tell_unseen(const model::Change& change, const model::Attributes* read, std::span<const HeldChange> later,
                   base::WallTime received, model::Event& event);
  void tell_late(const HeldChange& change, std::vector<model::Event>& out) const;
  void correct(std::string_view class_name, const model::Attributes& is, base::WallTime time, std::vector<model::Event>& out);
  void tell_gone(std::string_view class_name, std::string_view dn, base::WallTime received, model::Event& event);
  void tell(const model::Change& change, Object* known, base::WallTime received, model::Event& event);
  // The same in two steps: what and when, which is known before it is judged; and what becomes of it.
  void begin(const model::Change& change, base::WallTime received, model::Event& event) const;
  void make_true(const model::Change& change, Object* known, base::WallTime received, model::Event& event);
  const std::vector<Touch>* touches_since(const Listing& listing, std::string_view dn, std::size_t& first) const;
  template <class Use>
  void each_covered(const model::Query& query, const Use& use) const;

  std::string fabric_;
  ByText<ObjectTable> tables_;                                                     // by class name
  mutable const std::pair<const std::string, ObjectTable>* last_table_ = nullptr;  // pushes of one class come in rows
  std::size_t size_ = 0;
  ByText<Tombstone> tombstones_;        // by DN
  std::deque<std::string> buried_;      // oldest first
  ByText<std::vector<Touch>> touches_;  // by DN, while a listing is open
  std::vector<HeldChange> unexplained_;
  std::vector<model::AttributeView> pushed_;  // what the change that is judged says of its object
  std::string_view pushed_stamp_;             // and when it came to be
  bool pushed_now_ = false;                   // by the change itself, and not by one before it
  model::Overlay overlay_;                    // of pushed_ over what is known
  std::vector<std::string_view> altered_;     // names of what it tells anew
  std::optional<base::Duration> skew_;
  base::Duration fastest_{};  // by the push that took the shortest way of late: nearest to the truth
  base::WallTime fastest_seen_;
  std::uint64_t pushes_ = 0;
  std::uint32_t listings_ = 0;
  std::set<std::uint32_t> open_listings_;
};

}  // namespace aci::watch
