// Properties that are commands: what was written is carried out, and they are at rest again. Floor: controller.
//
// An export of the configuration that is triggered leaves a job behind, and a snapshot where the policy asks for one; a retired
// snapshot goes away. What a snapshot held is not kept: an import changes nothing. Thread-safety: one thread.
#pragma once

#include <string_view>
#include <vector>

#include "controller/object_tree.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

bool is_command(std::string_view class_name, std::string_view property);

// After a request, with what it did.
void carry_out_commands(const ObjectTree& tree, Writer& writer, const std::vector<Outcome>& outcomes, const Stamp& stamp);

}  // namespace aci::controller
