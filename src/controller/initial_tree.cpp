#include "controller/initial_tree.hpp"

#include <array>
#include <string>
#include <vector>

#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

struct Standing {
  std::string_view class_name;
  std::string_view dn;
};

// Parents before children.
constexpr std::array standing{
    Standing{"polUni", "uni"},
    Standing{"fabricInst", "uni/fabric"},
    Standing{"monFabricPol", "uni/fabric/monfab-default"},
    Standing{"infraInfra", "uni/infra"},
    Standing{"monInfraPol", "uni/infra/moninfra-default"},
    Standing{"infraAttEntityP", "uni/infra/attentp-default"},
    Standing{"cdpIfPol", "uni/infra/cdpIfP-default"},
    Standing{"lldpIfPol", "uni/infra/lldpIfP-default"},
    Standing{"lacpLagPol", "uni/infra/lacplagp-default"},
    Standing{"mcpIfPol", "uni/infra/mcpIfP-default"},
    Standing{"fabricHIfPol", "uni/infra/hintfpol-default"},
    Standing{"stpIfPol", "uni/infra/ifPol-default"},
    Standing{"physDomP", "uni/phys-phys"},
    Standing{"aaaUserEp", "uni/userext"},
    Standing{"fvTenant", "uni/tn-common"},
    Standing{"monEPGPol", "uni/tn-common/monepg-default"},
    Standing{"qosCustomPol", "uni/tn-common/qoscustom-default"},
    Standing{"fvCtx", "uni/tn-common/ctx-default"},
    Standing{"fvCtx", "uni/tn-common/ctx-copy"},
    Standing{"fvBD", "uni/tn-common/BD-default"},
    Standing{"fvEpRetPol", "uni/tn-common/epRPol-default"},
    Standing{"igmpSnoopPol", "uni/tn-common/snPol-default"},
    Standing{"mldSnoopPol", "uni/tn-common/mldsnoopPol-default"},
    Standing{"ndIfPol", "uni/tn-common/ndifpol-default"},
    Standing{"ospfCtxPol", "uni/tn-common/ospfCtxP-default"},
    Standing{"bgpCtxPol", "uni/tn-common/bgpCtxP-default"},
    Standing{"l3extRouteTagPol", "uni/tn-common/rttag-default"},
    Standing{"vzFilter", "uni/tn-common/flt-default"},
    Standing{"vzFilter", "uni/tn-common/flt-arp"},
    Standing{"vzFilter", "uni/tn-common/flt-icmp"},
    Standing{"vzFilter", "uni/tn-common/flt-est"},
    Standing{"vzBrCP", "uni/tn-common/brc-default"},
    Standing{"vzSubj", "uni/tn-common/brc-default/subj-default"},
    Standing{"vzRsSubjFiltAtt", "uni/tn-common/brc-default/subj-default/rssubjFiltAtt-default"},
    Standing{"fvTenant", "uni/tn-infra"},
    Standing{"fvCtx", "uni/tn-infra/ctx-overlay-1"},
    Standing{"fvBD", "uni/tn-infra/BD-default"},
    Standing{"fvAp", "uni/tn-infra/ap-access"},
    Standing{"fvAEPg", "uni/tn-infra/ap-access/epg-default"},
    Standing{"fvTenant", "uni/tn-mgmt"},
    Standing{"fvCtx", "uni/tn-mgmt/ctx-inb"},
    Standing{"fvCtx", "uni/tn-mgmt/ctx-oob"},
    Standing{"fvBD", "uni/tn-mgmt/BD-inb"},
    Standing{"mgmtMgmtP", "uni/tn-mgmt/mgmtp-default"},
    Standing{"mgmtOoB", "uni/tn-mgmt/mgmtp-default/oob-default"},
    Standing{"fabricTopology", "topology"},
    Standing{"fabricPod", "topology/pod-1"},
};

struct Member {
  std::string id, name, role, model, serial;
};

std::vector<Member> fabric_members(std::size_t controllers) {
  std::vector<Member> members;
  for (std::size_t i = 1; i <= controllers; ++i) {
    const std::string id = std::to_string(i);
    members.push_back({id, "apic" + id, "controller", "APIC-SERVER-M2", "TEP-1-" + id});
  }
  members.push_back({"101", "leaf-101", "leaf", "N9K-C9396PX", "TEP-1-101"});
  members.push_back({"102", "leaf-102", "leaf", "N9K-C9396PX", "TEP-1-102"});
  members.push_back({"201", "spine-201", "spine", "N9K-C9508", "TEP-1-103"});
  return members;
}

std::string domain_dn(std::string_view domain) { return "uni/userext/domain-" + std::string(domain); }

class Grower {
 public:
  Grower(ObjectTree& tree, ObjectMaker& maker, const Stamp& stamp) : tree_(tree), maker_(maker), stamp_(stamp) {}

  void add(std::string_view class_name, std::string dn, const std::vector<model::AttributeView>& values = {}) {
    const model::ClassFacts* facts = model::find_class(class_name);
    Node* parent = tree_.find(model::Dn::parent_of(dn));
    if (!facts || !parent) return;
    grown_.push_back(&tree_.insert(*parent, class_name, dn, maker_.make(*facts, dn, values, stamp_)));
  }

  void add_implicit_children() {
    const std::vector<Node*> parents = grown_;
    for (const Node* parent : parents)
      for (const std::string_view name : implicit_children(parent->of->name))
        if (const model::ClassFacts* facts = model::find_class(name))
          add(name, parent->dn + '/' + std::string(facts->rn_format));
  }

  // Last, since a relation may be to something that was added after it.
  void resolve() {
    const ObjectMaker::Exists exists = [&](std::string_view dn) { return tree_.find(dn) != nullptr; };
    for (Node* node : grown_)
      if (node->of->facts) maker_.resolve(exists, *node->of->facts, node->dn, node->attributes);
  }

 private:
  ObjectTree& tree_;
  ObjectMaker& maker_;
  const Stamp& stamp_;
  std::vector<Node*> grown_;
};

}  // namespace

void grow_initial_tree(ObjectTree& tree, ObjectMaker& maker, const Options& options, const Stamp& stamp) {
  Grower grower(tree, maker, stamp);
  for (const Standing& object : standing) grower.add(object.class_name, std::string(object.dn));
  grower.add("topInfo", "info", {{"id", "1"}, {"podId", "1"}, {"role", "controller"}, {"currentTime", stamp.mod_ts}});
  for (const std::string_view domain : {"all", "common", "mgmt"}) grower.add("aaaDomain", domain_dn(domain));
  for (const User& user : options.users) {
    const std::string dn = "uni/userext/user-" + user.name, granted = dn + "/userdomain-" + user.domain;
    if (!tree.find(domain_dn(user.domain))) grower.add("aaaDomain", domain_dn(user.domain));
    grower.add("aaaUser", dn);
    grower.add("aaaUserDomain", granted);
    grower.add("aaaUserRole", granted + "/role-" + user.role, {{"privType", user.read_only ? "readPriv" : "writePriv"}});
  }
  for (const Member& node : fabric_members(options.controllers)) {
    const std::string dn = "topology/pod-1/node-" + node.id;
    const bool controller = node.role == "controller";
    const std::string running = controller ? std::string(release) : "n9000-15.2(7f)";
    const std::string address = "10.0.0." + node.id;
    const std::vector<model::AttributeView> about{{"name", node.name},
                                                  {"id", node.id},
                                                  {"role", node.role},
                                                  {"model", node.model},
                                                  {"serial", node.serial},
                                                  {"vendor", "Cisco Systems, Inc"},
                                                  {"version", controller ? std::string_view("A") : std::string_view(running)},
                                                  {"address", address},
                                                  {"adSt", "on"},
                                                  {"fabricSt", controller ? "unknown" : "active"}};
    grower.add("fabricNode", dn, about);
    const std::vector<model::AttributeView> system{{"name", node.name},        {"id", node.id},
                                                   {"role", node.role},        {"serial", node.serial},
                                                   {"version", running},       {"address", address},
                                                   {"state", "in-service"},    {"podId", "1"},
                                                   {"fabricId", "1"},          {"fabricDomain", "ACI Fabric1"},
                                                   {"tepPool", "10.0.0.0/16"}, {"lastRebootTime", stamp.mod_ts}};
    grower.add("topSystem", dn + "/sys", system);
  }
  grower.add_implicit_children();
  grower.resolve();
}

}  // namespace aci::controller
