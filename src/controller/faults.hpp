// The life of faults: soaking, raised, raised-clearing, retaining, gone. Floor: controller.
//
//   Faults faults(tree, writer, options.fault_times);
//   faults.raise(now, wall, {.dn = port, .code = "F0532", .severity = "major", .descr = "Port is down"});
//   faults.clear(now, wall, port, "F0532");       // the condition is over; the fault stays for a while
//   faults.note(change); faults.settle(now, wall);  // relations without a target and ports that go down raise faults, and
//                                                   // clear them, by themselves
//
// A condition makes a soaking fault, which is raised when its time is over. When the condition ends the fault is
// soaking-clearing or raised-clearing; if it does not come back in time the severity is cleared and the fault is retained,
// then deleted: at once if somebody acknowledged it. A condition that comes back counts in `occur`. A delegated fault has a
// twin below the policy that it affects, which follows it in everything. A fault goes with its object.
// Facts: recorded faultInst objects; the published codes of relations that do not resolve; the life cycle and its times
// are from memory of the fault guide. Faults that were loaded or set directly stay as they are until they are cleared.
// Thread-safety: one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "controller/controller.hpp"
#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Faults {
 public:
  Faults(ObjectTree& tree, Writer& writer, const FaultTimes& times) : tree_(tree), writer_(writer), times_(times) {}

  // Errc not_found when the object is not there.
  base::Result<void> raise(base::Instant now, base::WallTime wall, const FaultCondition& condition);
  void clear(base::Instant now, base::WallTime wall, std::string_view dn, std::string_view code);

  // Hears of every change, and writes nothing before settle(), which also does what is due.
  void note(const NodeChange& change);
  void settle(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;
  // Faults that were in the middle of their life when the fabric was saved go on with it.
  void resume_all(base::Instant now, base::WallTime wall);

 private:
  static constexpr base::Instant never = base::Instant::max();
  struct Timed {
    base::Instant due = never;
    std::string twin;  // the faultDelegate's DN, "" for none
  };
  struct Relation {
    std::string dn, old_state;
  };
  struct Port {
    std::string dn, change_set;
  };

  void schedule(const std::string& dn, base::Instant due);
  void follow(const std::string& dn, base::Instant due, base::WallTime wall);
  void enter(const std::string& dn, std::string_view state, base::WallTime wall, std::vector<model::AttributeView> more = {});
  void write(std::string_view class_name, std::string_view dn, std::vector<model::AttributeView> values, base::WallTime wall);
  void advance(base::Instant now, base::WallTime wall);
  void follow_relation(const Relation& relation, base::Instant now, base::WallTime wall);
  void follow_port(const Port& port, base::Instant now, base::WallTime wall);

  ObjectTree& tree_;
  Writer& writer_;
  FaultTimes times_;
  std::map<std::string, Timed, std::less<>> timed_;  // by the fault's DN
  std::set<std::pair<base::Instant, std::string>> by_due_;
  std::vector<Relation> relations_;
  std::vector<Port> ports_;  // whose state has changed
  std::vector<std::string> acknowledged_, lost_twins_;
};

}  // namespace aci::controller
