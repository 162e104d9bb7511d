// The fabric's hardware and what is plugged in: pods, nodes, ports, links, neighbours, endpoints. Floor: controller.
//
//   auto shape = parse_fabric("spines=2,leaves=4");   // pods=1, ports=48 of each leaf, endpoints=8 of each leaf
//   grow_fabric(grower, *shape, 1);                   // one controller
//
// Leaves count from 101, spines from the next full hundred above them; pods take them in turn. Each leaf has an uplink to
// every spine of its pod, ports eth1/49 and up, and controllers are plugged into the first two leaves. Endpoints stand in
// the EPGs of the tenant Lab, one after the other, on ports behind the controllers'.
// Facts: recorded objects of these classes; which numbers a fabric gives is its operator's choice. Links between pods
// (IPN) are not modelled. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "controller/controller.hpp"
#include "controller/grower.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

// Errc invalid names what is wrong.
base::Result<FabricShape> parse_fabric(std::string_view text);

// `detailed`: with ports and all that follows, else the nodes alone.
void grow_fabric(Grower& grower, const FabricShape& shape, std::size_t controllers, const std::string& mod_ts, bool detailed);

struct Endpoint {
  std::string epg;   // DN
  std::string mac;   // "00:50:56:00:00:01"
  std::string ip;    // "" for none
  std::string path;  // DN of the fabricPathEp it was seen at
  std::string encap = "vlan-101";
};
// The endpoint that the fabric's shape has in this place, from 0; where `at` says where in the fabric it is.
Endpoint lab_endpoint(const FabricShape& shape, std::size_t controllers, std::size_t number, std::size_t at);
std::size_t lab_endpoint_count(const FabricShape& shape);
std::string endpoint_dn(const Endpoint& endpoint);
// fvCEp, fvIp and fvRsCEpToPathEp, each with its dn, parents first.
std::vector<model::ManagedObject> endpoint_objects(const Endpoint& endpoint);

// It is learned, moves here, or is seen again.
base::Result<void> see_endpoint(Controller& controller, base::WallTime wall, const Endpoint& endpoint);
// The link of a port (DN of its ethpmPhysIf) is lost or back; its fault follows by itself.
base::Result<void> set_port(Controller& controller, base::Instant now, base::WallTime wall, const std::string& dn, bool up);

}  // namespace aci::controller
