// Relations after they were written: they follow their targets, and their targets know of them. Floor: controller.
//
//   Relations relations(tree, maker, writer);
//   relations.note(change);           // hears of every change, and writes nothing
//   relations.settle(stamp);          // a relation whose target came or went is resolved again, reverse relations follow
//
// A reverse relation (fvRtBd, vzRtProv) stands below the target and names the object that the relation belongs to. Those to
// policies that nobody named (default-target) are left out: there would be one for each object of the fabric. For the same
// reason such relations are not resolved again.
// Facts: class names and RNs of the class table; recorded reverse relations. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Relations {
 public:
  Relations(ObjectTree& tree, ObjectMaker& maker, Writer& writer) : tree_(tree), maker_(maker), writer_(writer) {}

  // After objects came without a change being told.
  void index_all();
  void note(const NodeChange& change);
  void settle(const Stamp& stamp);
  // Relations that lead to an object, or would if it were there.
  std::vector<const Node*> to(std::string_view dn) const;

 private:
  struct Moved {
    std::string dn;
    const model::ClassFacts* facts;
    std::string old_target;  // "" when it had none
  };

  void link(const Node& node, const model::Attributes& attributes);
  void unlink(const Node& node, const model::Attributes& attributes);
  void follow(const Moved& moved, const Stamp& stamp);

  ObjectTree& tree_;
  ObjectMaker& maker_;
  Writer& writer_;
  std::set<std::pair<std::size_t, const Node*>> by_target_;  // hash of a DN that it may lead to
  std::vector<std::string> waiting_;                         // relations to be resolved again
  std::vector<Moved> moved_;
};

}  // namespace aci::controller
