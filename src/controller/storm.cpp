#include "controller/storm.hpp"

#include <algorithm>

#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

using base::Error;
using model::ClassFacts;

// Deeper than any class of the facts stands.
constexpr int depth_max = 12;
constexpr std::size_t tries_max = 10'000;

// A value for a naming property, different for each number as far as the type has room.
std::string naming_value(const model::PropertyFacts* property, std::size_t number) {
  const auto octets =
      std::to_string(number >> 16 & 255) + '.' + std::to_string(number >> 8 & 255) + '.' + std::to_string(number & 255);
  if (!property) return "storm-" + std::to_string(number);
  if (!property->values.empty() && property->type == model::PropertyType::enumeration)
    return std::string(property->values[number % property->values.size()]);
  switch (property->type) {
    case model::PropertyType::number: return std::to_string(property->min.value_or(1) + static_cast<std::int64_t>(number));
    case model::PropertyType::ip: return "10." + octets;
    case model::PropertyType::mac: {
      static constexpr char hex[] = "0123456789ABCDEF";
      std::string mac = "02";
      for (int shift = 32; shift >= 0; shift -= 8) {
        mac += ':';
        mac += hex[number >> (shift + 4) & 15];
        mac += hex[number >> shift & 15];
      }
      return mac;
    }
    case model::PropertyType::reference: return "topology/pod-1/paths-101/pathep-[eth1/" + std::to_string(number) + "]";
    default: return "storm-" + std::to_string(number);
  }
}

Error unknown(std::string_view class_name) {
  return {base::Errc::not_found,
          "class " + std::string(class_name) + " cannot be created in a storm: it is not known where it stands", 0};
}

}  // namespace

Node* Storm::create(Node& parent, const ClassFacts& facts, std::size_t number, const Stamp& stamp) {
  std::vector<std::string> texts;
  for (const std::string_view name : facts.naming) texts.push_back(naming_value(facts.property(name), number));
  std::vector<model::AttributeView> values;
  for (std::size_t i = 0; i < texts.size(); ++i) values.push_back({facts.naming[i], texts[i]});
  const auto rn = model::make_rn(facts, model::Attributes::from(values));
  if (!rn || rn->empty()) return nullptr;
  std::string dn = parent.dn.empty() ? *rn : parent.dn + '/' + *rn;
  if (Node* there = tree_.find(dn)) return there;
  return &writer_.create(parent, facts, std::move(dn), values, stamp);
}

// An object of one of the classes that this one may stand below: the tenant of the storms, one that is there, or one made.
Node* Storm::parent_for(const ClassFacts& facts, const Stamp& stamp, int depth) {
  if (facts.name == "fvTenant") return tree_.find("uni");
  if (depth > depth_max) return nullptr;
  const auto creatable = [](std::string_view name) -> const ClassFacts* {
    const ClassFacts* parent = model::find_class(name);
    return parent && !parent->abstract && !parent->rn_format.empty() ? parent : nullptr;
  };
  for (const std::string_view name : facts.parents)
    if (name == "fvTenant") return create(*tree_.find("uni"), *creatable(name), 0, stamp);
  // First what a user would make below a tenant, then whatever is there.
  for (const bool configurable : {true, false})
    for (const std::string_view name : facts.parents) {
      const ClassFacts* parent = model::find_class(name);
      if (!parent || parent == &facts || (configurable && !parent->configurable)) continue;
      if (Node* there = tree_.class_first(name)) return there;
      if (!creatable(name)) continue;
      if (Node* above = parent_for(*parent, stamp, depth + 1)) return create(*above, *parent, 0, stamp);
    }
  return nullptr;
}

base::Result<void> Storm::raise_faults(const ClassFacts& facts, std::size_t count, const Stamp& stamp) {
  std::vector<Node*> affected;
  for (const std::string_view name : {"topSystem", "fvTenant", "fvCtx", "fvBD"}) {
    Node* node = tree_.class_first(name);
    for (int taken = 0; node && taken < 100; ++taken, node = node->class_next) affected.push_back(node);
  }
  static constexpr std::string_view severities[] = {"warning", "minor", "major", "critical"};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = ++number_;
    Node& parent = *affected[number % affected.size()];
    const std::string code = "F" + std::to_string(500'000 + number);
    const std::string_view severity = severities[number % 4];
    const std::string rn = facts.name == "faultInst" ? "fault-" + code : "fd-[" + parent.dn + "]-fault-" + code;
    const std::string descr = "Storm fault " + std::to_string(number) + " on " + parent.dn;
    writer_.create(parent, facts, parent.dn + '/' + rn,
                   {{"ack", "no"},
                    {"cause", "storm"},
                    {"code", code},
                    {"created", stamp.mod_ts},
                    {"descr", descr},
                    {"domain", "infra"},
                    {"highestSeverity", severity},
                    {"lastTransition", stamp.mod_ts},
                    {"lc", "raised"},
                    {"occur", "1"},
                    {"origSeverity", severity},
                    {"prevSeverity", severity},
                    {"rule", "storm"},
                    {"severity", severity},
                    {"subject", "storm"},
                    {"type", "operational"}},
                   stamp);
  }
  return {};
}

base::Result<void> Storm::run(std::string_view class_name, std::size_t count, const Stamp& stamp) {
  const ClassFacts* facts = model::find_class(class_name);
  if (!facts || facts->abstract) return unknown(class_name);
  if (class_name == "faultInst" || class_name == "faultDelegate") return raise_faults(*facts, count, stamp);
  if (facts->rn_format.empty()) return unknown(class_name);
  Node* parent = parent_for(*facts, stamp, 0);
  if (!parent) return unknown(class_name);
  std::size_t taken = 0;  // numbers in a row that gave nothing new: a name that is there, or a type with few values
  for (std::size_t made = 0; made < count && taken < tries_max;) {
    const std::size_t before = tree_.size();
    Node* above = parent;
    // Of a class without a name there is one below each parent.
    if (facts->naming.empty())
      above = parent->parent && parent->of->facts ? create(*parent->parent, *parent->of->facts, ++number_, stamp) : nullptr;
    if (!above || !create(*above, *facts, ++number_, stamp)) return unknown(class_name);
    taken = tree_.size() == before ? taken + 1 : 0;
    if (taken == 0) ++made;
  }
  if (taken == 0) return {};
  return Error{base::Errc::overflow, "there is no room for more objects of class " + std::string(class_name), 0};
}

}  // namespace aci::controller
