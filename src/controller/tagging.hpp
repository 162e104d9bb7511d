// The methods that tag an object or give it an alias, as the POST that does the same. Floor: controller.
//
//   /api/tag/mo/uni/tn-T.json?add=prod,web&remove=lab      tagInst objects below uni/tn-T
//   /api/alias/mo/uni/tn-T/ap-A.json?set=shop              its tagAliasInst; ?clear=yes takes it away
//
// Facts: Cisco APIC REST API Configuration Guide; what the controller answers is not recorded. Thread-safety: reads the tree.
#pragma once

#include <optional>

#include "controller/controller.hpp"
#include "controller/object_tree.hpp"

namespace aci::controller {

// Nothing for every other request.
std::optional<Request> post_of_tagging(const ObjectTree& tree, const Request& request);

}  // namespace aci::controller
