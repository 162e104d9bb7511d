// What a fabric holds before anybody configures it. Floor: controller.
//
// The roots, the three tenants that are always there with the policies that relations resolve to by default, the local
// user, and one pod with its controllers, a spine and two leaves, or the fabric that the options describe. DNs and names are
// those that recordings of real fabrics show. Thread-safety: one thread.
#pragma once

#include <string_view>

#include "controller/controller.hpp"
#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"

namespace aci::controller {

// The release that logins and nodes tell.
inline constexpr std::string_view release = "5.2(7f)";

// The users of the options that a tree which is there already does not have.
void grow_users(ObjectTree& tree, ObjectMaker& maker, const Options& options, const Stamp& stamp);

void grow_initial_tree(ObjectTree& tree, ObjectMaker& maker, const Options& options, const Stamp& stamp);

}  // namespace aci::controller
