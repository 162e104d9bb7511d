#include "controller/ports.hpp"

#include <utility>

namespace aci::controller {
namespace {

// "topology/pod-1/paths-101/pathep-[eth1/9]" <-> "topology/pod-1/node-101/sys/phys-[eth1/9]"; "" for any other.
std::string exchanged(std::string_view dn, std::string_view node, std::string_view port, std::string_view other_node,
                      std::string_view other_port) {
  const std::size_t at = dn.find(node), name = dn.find(port);
  if (at == std::string_view::npos || name == std::string_view::npos || name < at) return "";
  std::string text(dn.substr(0, at));
  text += other_node;
  text += dn.substr(at + node.size(), name - at - node.size());
  text += other_port;
  return text += dn.substr(name + port.size());
}

std::string port_of(std::string_view path) { return exchanged(path, "/paths-", "/pathep-[", "/node-", "/sys/phys-["); }
std::string path_of(std::string_view port) { return exchanged(port, "/node-", "/sys/phys-[", "/paths-", "/pathep-["); }

}  // namespace

void Ports::note(const NodeChange& change) {
  const std::string& name = change.node.of->name;
  if (name == "fabricRsOosPath") {
    const std::string path(change.node.attributes.get("tDn"));
    changed_.push_back({port_of(path), path});
  } else if (name == "l1PhysIf" && change.op == model::Op::modified && change.changed.contains("adminSt")) {
    changed_.push_back({change.node.dn, path_of(change.node.dn)});
  }
}

void Ports::follow(const Place& place, const Stamp& stamp) {
  const Node* port = tree_.find(place.port);
  const Node* state = tree_.find(place.port + "/phys");
  if (!port || !state || place.port.empty()) return;
  const bool shut =
      port->attributes.get("adminSt") == "down" || tree_.find("uni/fabric/outofsvc/rsoosPath-[" + place.path + "]");
  const bool was_shut = state->attributes.get("operStQual") == "admin-down";
  if (shut == was_shut) return;
  (void)writer_.set(
      {"ethpmPhysIf", {{"dn", state->dn}, {"operSt", shut ? "down" : "up"}, {"operStQual", shut ? "admin-down" : "none"}}, {}},
      stamp);
}

void Ports::settle(const Stamp& stamp) {
  for (const Place& place : std::exchange(changed_, {})) follow(place, stamp);
}

}  // namespace aci::controller
