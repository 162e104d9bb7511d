// A change in the fabric, made whole: which object, what it was, what it is.
//
//   Event event = Tenant.get_event(session);
//   if (event.is_deleted()) std::cout << event.dn() << " has been deleted\n";
//   for (const auto& name : event.changed()) std::cout << name << ": " << event.was(name) << " -> " << event.attribute(name);
//
// An Event is a cheap handle of immutable contents. The default one is empty: it tests as false, and everything it answers
// is empty. Thread-safety: a value; copies may be used from several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aci {

namespace model {
struct Event;
}

enum class Op { created, modified, deleted };

// live: pushed by the controller; relist: found by re-reading after a gap; backfill: from the controller's own logs;
// baseline: there already when the subscription was made.
enum class Origin { live, relist, backfill, baseline };

using AttributeMap = std::map<std::string, std::string>;

class Event {
 public:
  Event() = default;
  explicit Event(std::shared_ptr<const model::Event> data) : data_(std::move(data)) {}  // made by the session

  // False for the empty event that an empty queue or a timeout answers with.
  explicit operator bool() const { return data_ != nullptr; }

  const std::string& dn() const;
  // What the object is called: the naming value in its DN ("common", "10.0.0.1/24"); its RN where that is not known.
  std::string name() const;
  const std::string& class_name() const;  // "fvTenant"
  Op op() const;
  bool is_created() const { return data_ && op() == Op::created; }
  bool is_modified() const { return data_ && op() == Op::modified; }
  bool is_deleted() const { return data_ && op() == Op::deleted; }
  Origin origin() const;

  const std::string& fabric() const;
  std::uint64_t seq() const;  // rises by one with each event of a session, from 1
  // When it happened, by the controller's word where it has one: as text "2024-07-26T13:34:50.839-07:00", and as a time.
  std::string time() const;
  std::chrono::system_clock::time_point when() const;

  // The object's attributes, whole although the controller pushes only what changed. No before for a creation, no after
  // for a deletion; neither does an object seen for the first time have a before. A copy is made by each call.
  bool has_before() const;
  bool has_after() const;
  AttributeMap before() const;
  AttributeMap after() const;
  // Who did it ("admin"), where the controller's records told: in events of origin backfill.
  const std::string& user() const;
  // Names of the attributes that differ; modTs and its like do not count.
  const std::vector<std::string>& changed() const;
  // One attribute as it is now (of a deleted object: as it was last), and as it was before. "" where there is none.
  std::string attribute(std::string_view name) const;
  std::string was(std::string_view name) const;

  // One line: {"fabric":..,"seq":..,"time":..,"class":..,"dn":..,"op":..,"origin":..,"before":..,"after":..,"changed":[..]},
  // and "user" where it is known.
  std::string to_json() const;

 private:
  const model::Event& get() const;
  std::shared_ptr<const model::Event> data_;
};

std::string_view to_string(Op op);
std::string_view to_string(Origin origin);

// The object's name.
std::ostream& operator<<(std::ostream& out, const Event& event);

// A time in which changes may have gone unseen. It is told when it is over: what re-reading found has come as events of
// origin relist before it. With the reason "queue full" it was this program that did not take its events in time.
struct Gap {
  std::string fabric;
  std::string watch;     // what was blind: "fvTenant", "uni/tn-common"
  std::string from, to;  // as Event::time()
  std::string reason;
  std::uint64_t found = 0;       // changes that the re-reading found
  std::uint64_t backfilled = 0;  // further changes that the controller's records told, as events of origin backfill
  // How far those records go: "complete", "incomplete: why", "unavailable: why"; "" when none were asked for.
  std::string history;
  // Objects that an audit found to differ from what had been told, although nothing seemed to have failed; 0 for other gaps.
  std::uint64_t drifted = 0;

  // One line: {"gap":{"fabric":..,"watch":..,"from":..,"to":..,"reason":..,"found":..,"backfilled":..,"history":..}}.
  std::string to_json() const;
};

}  // namespace aci
