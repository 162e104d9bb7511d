#include "controller/fabric.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "controller/initial_tree.hpp"
#include "controller/object_tree.hpp"

namespace aci::controller {
namespace {

using base::Errc;
using base::Error;

struct Number {
  std::string_view name;
  unsigned FabricShape::*member;
  unsigned min, max;
};
constexpr std::array numbers{
    Number{"pods", &FabricShape::pods, 1, 12},
    Number{"spines", &FabricShape::spines, 1, 72},
    Number{"leaves", &FabricShape::leaves, 1, 500},
    Number{"ports", &FabricShape::ports, 1, 96},
    Number{"endpoints", &FabricShape::endpoints, 0, 10'000},
};

constexpr std::string_view maker = "Cisco Systems, Inc";
constexpr std::array<std::string_view, 3> lab_epgs{"Web", "App", "Db"};
const std::string lab = "uni/tn-Lab";

// What is plugged into a chassis: a controller has its board alone, a switch the others.
struct Card {
  std::string_view class_name, slot, rn, descr;
};
constexpr std::array cards{
    Card{"eqptBoard", "bslot", "board", "System board"}, Card{"eqptSupC", "supslot-1", "sup", "Supervisor"},
    Card{"eqptLC", "lcslot-1", "lc", "Line card"},       Card{"eqptPsu", "psuslot-1", "psu", "Power supply"},
    Card{"eqptPsu", "psuslot-2", "psu", "Power supply"}, Card{"eqptFt", "ftslot-1", "ft", "Fan tray"},
    Card{"eqptFt", "ftslot-2", "ft", "Fan tray"},
};

struct Switch {
  unsigned id, pod, index;  // the index counts among the leaves or the spines of its pod
  bool leaf;
  std::string dn() const { return "topology/pod-" + std::to_string(pod) + "/node-" + std::to_string(id); }
  std::string name() const { return (leaf ? "leaf-" : "spine-") + std::to_string(id); }
};

unsigned leaf_id(unsigned index) { return 101 + index; }
unsigned spine_id(const FabricShape& shape, unsigned index) { return 100 * ((shape.leaves + 199) / 100) + 1 + index; }
unsigned pod_of(const FabricShape& shape, unsigned index) { return 1 + index % shape.pods; }

std::string port_name(unsigned number) { return "eth1/" + std::to_string(number); }

std::string path_dn(const FabricShape& shape, unsigned leaf, unsigned port) {
  return "topology/pod-" + std::to_string(pod_of(shape, leaf)) + "/paths-" + std::to_string(leaf_id(leaf)) + "/pathep-[" +
         port_name(port) + "]";
}

// Host ports of a leaf that no controller is plugged into.
unsigned first_host_port(const FabricShape& shape, std::size_t controllers) {
  return std::min(static_cast<unsigned>(controllers) + 1, shape.ports);
}

class Builder {
 public:
  Builder(Grower& grower, const FabricShape& shape, std::size_t controllers, const std::string& mod_ts, bool detailed)
      : grower_(grower), shape_(shape), controllers_(controllers), mod_ts_(mod_ts), detailed_(detailed) {}

  void build() {
    for (unsigned pod = 1; pod <= shape_.pods; ++pod)
      grower_.add("fabricPod", "topology/pod-" + std::to_string(pod), {{"podType", "physical"}});
    for (unsigned i = 1; i <= controllers_; ++i) add_controller(i);
    std::vector<Switch> leaves, spines;
    for (unsigned i = 0; i < shape_.leaves; ++i) leaves.push_back({leaf_id(i), pod_of(shape_, i), i / shape_.pods, true});
    for (unsigned i = 0; i < shape_.spines; ++i)
      spines.push_back({spine_id(shape_, i), pod_of(shape_, i), i / shape_.pods, false});
    for (const Switch& one : leaves) add_switch(one);
    for (const Switch& one : spines) add_switch(one);
    if (!detailed_) return;
    for (const Switch& leaf : leaves) {
      const std::string paths = "topology/pod-" + std::to_string(leaf.pod) + "/paths-" + std::to_string(leaf.id);
      grower_.add("fabricPathEpCont", paths);
      for (unsigned port = 1; port <= shape_.ports; ++port) {
        add_port(leaf, port, "access", port <= controllers_ && leaf.id <= 102);
        grower_.add("fabricPathEp", paths + "/pathep-[" + port_name(port) + "]");
      }
      for (const Switch& spine : spines)
        if (spine.pod == leaf.pod) connect(leaf, shape_.ports + 1 + spine.index, spine, 1 + leaf.index);
    }
    for (unsigned i = 1; i <= controllers_; ++i)
      for (unsigned leaf = 0; leaf < std::min(shape_.leaves, 2u); ++leaf)
        if (shape_.pods == 1 || leaf == 0) add_controller_link(i, leaves[leaf]);
    add_lab();
  }

 private:
  void add_node(const std::string& dn, unsigned id, unsigned pod, const std::string& name, std::string_view role,
                std::string_view model, unsigned serial) {
    const bool controller = role == "controller";
    const std::string running = controller ? std::string(release) : "n9000-15.2(7f)", number = std::to_string(id);
    const std::string address = "10.0." + std::to_string(id / 250) + "." + std::to_string(id % 250);
    const std::string serial_number = "TEP-" + std::to_string(pod) + "-" + std::to_string(serial);
    const std::string pod_id = std::to_string(pod);
    grower_.add("fabricNode", dn,
                {{"name", name},
                 {"id", number},
                 {"role", role},
                 {"model", model},
                 {"serial", serial_number},
                 {"vendor", maker},
                 {"version", controller ? std::string_view("A") : std::string_view(running)},
                 {"address", address},
                 {"adSt", "on"},
                 {"fabricSt", controller ? "unknown" : "active"}});
    grower_.add("topSystem", dn + "/sys",
                {{"name", name},
                 {"id", number},
                 {"role", role},
                 {"serial", serial_number},
                 {"version", running},
                 {"address", address},
                 {"state", "in-service"},
                 {"podId", pod_id},
                 {"fabricId", "1"},
                 {"fabricDomain", "ACI Fabric1"},
                 {"tepPool", "10.0.0.0/16"},
                 {"lastRebootTime", mod_ts_}});
    if (!detailed_) return;
    const std::string firmware = dn + (controller ? "/sys/ctrlrfwstatuscont" : "/sys/fwstatuscont");
    grower_.add(controller ? "firmwareCtrlrFwStatusCont" : "firmwareFwStatusCont", firmware);
    if (controller) grower_.add("firmwareCtrlrRunning", firmware + "/ctrlrrunning", {{"version", running}});
    else grower_.add("firmwareRunning", firmware + "/running", {{"version", running}, {"peVer", "5.2(7f)"}});
    grower_.add("eqptCh", dn + "/sys/ch",
                {{"model", model}, {"descr", name}, {"role", role}, {"ser", serial_number}, {"vendor", maker}});
    for (const Card& card : cards)
      if (controller == (card.class_name == "eqptBoard")) add_card(card, dn + "/sys/ch", model, serial_number, running);
    grower_.add("lldpEntity", dn + "/sys/lldp");
    grower_.add("lldpInst", dn + "/sys/lldp/inst", {{"sysDesc", dn}});
  }

  void add_card(const Card& card, const std::string& chassis, std::string_view model, const std::string& serial,
                const std::string& running) {
    const std::string slot = chassis + "/" + std::string(card.slot), dn = slot + "/" + std::string(card.rn);
    const std::string number = serial + "-" + std::string(card.slot), ports = std::to_string(shape_.ports);
    grower_.add(card.class_name == "eqptBoard" ? "eqptBSlot" : std::string(card.class_name) + "Slot", slot);
    std::vector<model::AttributeView> attributes{{"id", card.slot.ends_with('2') ? "2" : "1"},
                                                 {"descr", card.descr},
                                                 {"model", model},
                                                 {"ser", number},
                                                 {"vendor", maker}};
    if (card.class_name == "eqptLC") attributes.push_back({"numP", ports});
    grower_.add(card.class_name, dn, attributes);
    if (card.class_name == "eqptSupC" || card.class_name == "eqptLC")
      grower_.add("firmwareCardRunning", dn + "/running", {{"version", running}, {"expectedVer", running}});
    if (card.class_name == "eqptFt")
      grower_.add("eqptFan", dn + "/fan-1", {{"model", model}, {"ser", number}, {"vendor", maker}});
  }

  void add_controller(unsigned number) {
    const std::string id = std::to_string(number), dn = "topology/pod-1/node-" + id;
    add_node(dn, number, 1, "apic" + id, "controller", "APIC-SERVER-M2", number);
    if (!detailed_) return;
    const std::string size = std::to_string(controllers_);
    grower_.add("infraCont", dn + "/av", {{"fbDmNm", "ACI Fabric1"}, {"size", size}});
    for (unsigned i = 1; i <= controllers_; ++i) {
      const std::string other = std::to_string(i), address = "10.0.0." + other, name = "apic" + other;
      grower_.add("infraWiNode", dn + "/av/node-" + other,
                  {{"addr", address},
                   {"adminSt", "in-service"},
                   {"apicMode", "active"},
                   {"cntrlSbstState", "approved"},
                   {"failoverStatus", "idle"},
                   {"health", "fully-fit"},
                   {"nodeName", name},
                   {"operSt", "available"},
                   {"podId", "1"}});
    }
  }

  void add_switch(const Switch& one) {
    add_node(one.dn(), one.id, one.pod, one.name(), one.leaf ? "leaf" : "spine", one.leaf ? "N9K-C9396PX" : "N9K-C9508",
             one.id);
  }

  void add_port(const Switch& of, unsigned number, std::string_view usage, bool connected) {
    const std::string name = port_name(number), dn = of.dn() + "/sys/phys-[" + name + "]";
    grower_.add("l1PhysIf", dn,
                {{"id", name},
                 {"adminSt", "up"},
                 {"layer", usage == "fabric" ? "Layer3" : "Layer2"},
                 {"mode", "trunk"},
                 {"mtu", "9000"},
                 {"speed", "inherit"},
                 {"portT", usage == "fabric" ? "fab" : "leaf"},
                 {"usage", connected && usage != "fabric" ? "controller" : usage}});
    grower_.add("ethpmPhysIf", dn + "/phys",
                {{"operSt", "up"}, {"operSpeed", usage == "fabric" ? "40G" : "10G"}, {"operStQual", "none"}});
  }

  void add_neighbour(const Switch& at, unsigned port, const std::string& name, const std::string& node,
                     const std::string& far) {
    const std::string dn = at.dn() + "/sys/lldp/inst/if-[" + port_name(port) + "]";
    const std::string own =
        "topology/pod-" + std::to_string(at.pod) + "/paths-" + std::to_string(at.id) + "/pathep-[" + port_name(port) + "]";
    const std::string system = at.dn();
    grower_.add("lldpIf", dn, {{"portDesc", own}, {"sysDesc", system}});
    grower_.add("lldpAdjEp", dn + "/adj-1", {{"portDesc", far}, {"sysDesc", node}, {"sysName", name}});
  }

  // A link stands twice in the tree, once for each end. A port is "<slot>-<port>".
  void add_link(const std::string& pod, unsigned from, const std::string& port, unsigned to, const std::string& far_port) {
    const std::string links = pod + "/lnkcnt-" + std::to_string(to);
    grower_.add("fabricLinkCont", links);
    grower_.add("fabricLink",
                links + "/lnk-" + std::to_string(from) + "-" + port + "-to-" + std::to_string(to) + "-" + far_port,
                {{"linkState", "ok"}, {"operSt", "up"}});
  }

  void connect(const Switch& leaf, unsigned uplink, const Switch& spine, unsigned downlink) {
    add_port(leaf, uplink, "fabric", true);
    add_port(spine, downlink, "fabric", true);
    const std::string pod = "topology/pod-" + std::to_string(leaf.pod);
    add_link(pod, leaf.id, "1-" + std::to_string(uplink), spine.id, "1-" + std::to_string(downlink));
    add_link(pod, spine.id, "1-" + std::to_string(downlink), leaf.id, "1-" + std::to_string(uplink));
    add_neighbour(leaf, uplink, spine.name(), spine.dn(),
                  pod + "/paths-" + std::to_string(spine.id) + "/pathep-[" + port_name(downlink) + "]");
    add_neighbour(spine, downlink, leaf.name(), leaf.dn(),
                  pod + "/paths-" + std::to_string(leaf.id) + "/pathep-[" + port_name(uplink) + "]");
  }

  void add_controller_link(unsigned number, const Switch& leaf) {
    if (number > shape_.ports) return;
    const std::string id = std::to_string(number);
    add_neighbour(leaf, number, "apic" + id, "topology/pod-1/node-" + id, "eth2-" + std::to_string(leaf.id - 100));
    add_link("topology/pod-1", leaf.id, "1-" + id, number, "2-" + std::to_string(leaf.id - 100));
  }

  void add_lab() {
    if (shape_.endpoints == 0) return;
    grower_.add("fvTenant", lab, {{"descr", "What the simulated endpoints stand in"}});
    grower_.add("fvCtx", lab + "/ctx-prod");
    grower_.add("fvAp", lab + "/ap-Shop");
    for (std::size_t i = 0; i < lab_epgs.size(); ++i) {
      const std::string name(lab_epgs[i]), bd = lab + "/BD-" + name, epg = lab + "/ap-Shop/epg-" + name;
      grower_.add("fvBD", bd);
      grower_.add("fvRsCtx", bd + "/rsctx", {{"tnFvCtxName", "prod"}});
      grower_.add("fvSubnet", bd + "/subnet-[10." + std::to_string(i + 1) + ".0.1/16]");
      grower_.add("fvAEPg", epg);
      grower_.add("fvRsBd", epg + "/rsbd", {{"tnFvBDName", name}});
    }
    for (std::size_t i = 0; i < lab_endpoint_count(shape_); ++i)
      for (const model::ManagedObject& object : endpoint_objects(lab_endpoint(shape_, controllers_, i, i)))
        grower_.add(object.class_name, std::string(object.dn()),
                    std::vector<model::AttributeView>(object.attributes.begin(), object.attributes.end()));
  }

  Grower& grower_;
  const FabricShape& shape_;
  const std::size_t controllers_;
  const std::string& mod_ts_;
  const bool detailed_;
};

}  // namespace

base::Result<FabricShape> parse_fabric(std::string_view text) {
  FabricShape shape;
  const Error wrong{Errc::invalid,
                    "a fabric is described as spines=2,leaves=4, also with pods=, ports= and endpoints=, and not as '" +
                        std::string(text) + "'"};
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return wrong;
    const auto number =
        std::find_if(numbers.begin(), numbers.end(), [&](const Number& one) { return one.name == part.substr(0, equals); });
    const std::string_view value = part.substr(equals + 1);
    if (number == numbers.end() || value.empty()) return wrong;
    unsigned& member = shape.*number->member;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), member);
    if (failure != std::errc{} || end != value.data() + value.size() || member < number->min || member > number->max)
      return Error{Errc::invalid, std::string(number->name) + " of a fabric goes from " + std::to_string(number->min) + " to " +
                                      std::to_string(number->max) + ", and is not '" + std::string(value) + "'"};
  }
  if (shape.pods > shape.spines || shape.pods > shape.leaves)
    return Error{Errc::invalid, "every pod of a fabric has a spine and a leaf at least"};
  return shape;
}

void grow_fabric(Grower& grower, const FabricShape& shape, std::size_t controllers, const std::string& mod_ts, bool detailed) {
  Builder(grower, shape, controllers, mod_ts, detailed).build();
}

std::size_t lab_endpoint_count(const FabricShape& shape) { return std::size_t{shape.endpoints} * shape.leaves; }

Endpoint lab_endpoint(const FabricShape& shape, std::size_t controllers, std::size_t number, std::size_t at) {
  const std::size_t epg = number % lab_epgs.size();
  const unsigned first = first_host_port(shape, controllers), leaf = static_cast<unsigned>(at % shape.leaves);
  const unsigned port = first + static_cast<unsigned>(at / shape.leaves % (shape.ports - first + 1));
  char mac[18];
  std::snprintf(mac, sizeof mac, "00:50:56:%02X:%02X:%02X", static_cast<unsigned>(number >> 16 & 255),
                static_cast<unsigned>(number >> 8 & 255), static_cast<unsigned>(number & 255));
  return {lab + "/ap-Shop/epg-" + std::string(lab_epgs[epg]), mac,
          "10." + std::to_string(epg + 1) + "." + std::to_string(number / 250 % 250) + "." + std::to_string(number % 250 + 2),
          path_dn(shape, leaf, port), "vlan-" + std::to_string(101 + epg)};
}

std::string endpoint_dn(const Endpoint& endpoint) { return endpoint.epg + "/cep-" + endpoint.mac; }

std::vector<model::ManagedObject> endpoint_objects(const Endpoint& endpoint) {
  const std::string dn = endpoint_dn(endpoint), relation = dn + "/rscEpToPathEp-[" + endpoint.path + "]";
  std::vector<model::ManagedObject> objects{{"fvCEp",
                                             {{"dn", dn},
                                              {"encap", endpoint.encap},
                                              {"fabricPathDn", endpoint.path},
                                              {"id", "0"},
                                              {"ip", endpoint.ip.empty() ? "0.0.0.0" : endpoint.ip},
                                              {"lcC", "learned"},
                                              {"mac", endpoint.mac},
                                              {"mcastAddr", "not-applicable"},
                                              {"name", endpoint.mac}},
                                             {}}};
  if (!endpoint.ip.empty())
    objects.push_back(
        {"fvIp", {{"addr", endpoint.ip}, {"dn", dn + "/ip-[" + endpoint.ip + "]"}, {"fabricPathDn", endpoint.path}}, {}});
  objects.push_back({"fvRsCEpToPathEp",
                     {{"dn", relation},
                      {"forceResolve", "yes"},
                      {"lcC", "learned"},
                      {"rType", "mo"},
                      {"state", "formed"},
                      {"tCl", "fabricAPathEp"},
                      {"tDn", endpoint.path},
                      {"tType", "mo"}},
                     {}});
  return objects;
}

base::Result<void> see_endpoint(Controller& controller, base::WallTime wall, const Endpoint& endpoint) {
  std::vector<std::string> left;
  if (const Node* known = controller.tree().find(endpoint_dn(endpoint)))
    for (const Node* child = known->first_child; child; child = child->next)
      if (child->of->name == "fvRsCEpToPathEp" && child->attributes.get("tDn") != endpoint.path) left.push_back(child->dn);
  for (const std::string& dn : left) (void)controller.set(wall, {"fvRsCEpToPathEp", {{"dn", dn}, {"status", "deleted"}}, {}});
  for (const model::ManagedObject& object : endpoint_objects(endpoint))
    if (const auto done = controller.set(wall, object); !done) return done;
  return {};
}

base::Result<void> set_port(Controller& controller, base::Instant now, base::WallTime wall, const std::string& dn, bool up) {
  if (!controller.tree().find(dn)) return Error{Errc::not_found, "there is no port " + dn, 0};
  controller.advance(now, wall);
  return controller.set(
      wall, {"ethpmPhysIf", {{"dn", dn}, {"operSt", up ? "up" : "down"}, {"operStQual", up ? "none" : "link-failure"}}, {}});
}

}  // namespace aci::controller
