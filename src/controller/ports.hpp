// Ports that somebody shuts: by the port's own adminSt, or out of service by policy (fabricRsOosPath). Floor: controller.
//
//   Ports ports(tree, writer);
//   ports.note(change);               // hears of every change, and writes nothing
//   ports.settle(stamp);              // the state of the port (ethpmPhysIf) follows: down with admin-down, and up again
//
// A port that is down for another reason stays so. Facts: class table; recorded port states. Thread-safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Ports {
 public:
  Ports(ObjectTree& tree, Writer& writer) : tree_(tree), writer_(writer) {}

  void note(const NodeChange& change);
  void settle(const Stamp& stamp);

 private:
  struct Place {
    std::string port, path;  // DNs of the l1PhysIf and of its fabricPathEp
  };
  void follow(const Place& place, const Stamp& stamp);

  ObjectTree& tree_;
  Writer& writer_;
  std::vector<Place> changed_;
};

}  // namespace aci::controller
