// Objects for a tree that nobody looks at yet: made whole, and told to nobody. Floor: controller.
//
//   Grower grower(tree, maker, stamp);
//   grower.add("fvTenant", "uni/tn-common");         // parents before children
//   grower.finish();                                 // implicit children, and relations to what came after them
//
// Thread-safety: one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"

namespace aci::controller {

class Grower {
 public:
  Grower(ObjectTree& tree, ObjectMaker& maker, const Stamp& stamp) : tree_(tree), maker_(maker), stamp_(stamp) {}

  // Nothing happens for a class that is not known and below a parent that is not there.
  void add(std::string_view class_name, std::string dn, const std::vector<model::AttributeView>& values = {});
  void finish();

 private:
  ObjectTree& tree_;
  ObjectMaker& maker_;
  const Stamp& stamp_;
  std::vector<Node*> grown_;
};

}  // namespace aci::controller
