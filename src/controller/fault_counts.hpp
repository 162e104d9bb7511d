// How many faults stand at and below an object, as the controller's fltCnts objects tell it. Floor: controller.
//
// These objects are not kept: a query for one counts. Thread-safety: free functions, reading the tree.
#pragma once

#include <string_view>

#include "controller/object_tree.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

// crit, critAcked, maj ... warnAcked.
model::Attributes count_faults(const Node& top);

// The object with the counts of `top`, and those of each type of faults as its children. Its DN is <top>/fltCnts.
model::ManagedObject fault_counts(const Node& top);

// Whose counts this DN names, nullptr when it is none of theirs or the object itself is in the tree.
const Node* counted_by(const ObjectTree& tree, std::string_view dn);

}  // namespace aci::controller
