#include "controller/fault_counts.hpp"

#include <array>
#include <string>
#include <vector>

#include "model/dn.hpp"

namespace aci::controller {
namespace {

using model::AttributeView;

struct Severity {
  std::string_view name, count_name, acknowledged_name;
};
constexpr std::array<Severity, 4> severities{{{"critical", "crit", "critAcked"},
                                              {"major", "maj", "majAcked"},
                                              {"minor", "minor", "minorAcked"},
                                              {"warning", "warn", "warnAcked"}}};
constexpr std::array<std::string_view, 4> types{"communications", "config", "environmental", "operational"};
constexpr std::string_view rn = "fltCnts";

struct Counts {
  std::array<std::size_t, 2 * severities.size()> numbers{};  // of each severity, and the acknowledged of it

  void add(const Node& fault) {
    for (std::size_t i = 0; i < severities.size(); ++i)
      if (fault.attributes.get("severity") == severities[i].name)
        ++numbers[2 * i + (fault.attributes.get("ack") == "yes" ? 1 : 0)];
  }

  model::Attributes attributes() const {
    std::array<std::string, 2 * severities.size()> texts;
    std::vector<AttributeView> views;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = std::to_string(numbers[i]);
      views.push_back({i % 2 == 0 ? severities[i / 2].count_name : severities[i / 2].acknowledged_name, texts[i]});
    }
    return model::Attributes::from(views);
  }
};

template <class Use>
void each_fault(const Node& top, const Use& use) {
  for (const Node* at = &top; at; at = next_in_subtree(*at, top))
    if (at->of->name == "faultInst") use(*at);
}

}  // namespace

model::Attributes count_faults(const Node& top) {
  Counts counts;
  each_fault(top, [&](const Node& fault) { counts.add(fault); });
  return counts.attributes();
}

model::ManagedObject fault_counts(const Node& top) {
  Counts all;
  std::array<Counts, types.size()> of_type;
  each_fault(top, [&](const Node& fault) {
    all.add(fault);
    for (std::size_t i = 0; i < types.size(); ++i)
      if (fault.attributes.get("type") == types[i]) of_type[i].add(fault);
  });
  const auto object = [](std::string_view class_name, const Counts& counts) {
    model::ManagedObject made{std::string(class_name), counts.attributes(), {}};
    for (const auto& [name, value] : {std::pair{"childAction", ""}, {"modTs", "never"}, {"status", ""}})
      made.attributes.set(name, value);
    return made;
  };
  model::ManagedObject counts = object("faultCountsWithDetails", all);
  counts.attributes.set("dn", top.dn.empty() ? std::string(rn) : top.dn + '/' + std::string(rn));
  for (std::size_t i = 0; i < types.size(); ++i) {
    model::ManagedObject& child = counts.children.emplace_back(object("faultTypeCounts", of_type[i]));
    child.attributes.set("rn", "typeCnts-" + std::string(types[i]));
    child.attributes.set("type", types[i]);
  }
  return counts;
}

const Node* counted_by(const ObjectTree& tree, std::string_view dn) {
  if (!dn.ends_with(rn) || model::Dn::rn_of(dn) != rn || tree.find(dn)) return nullptr;
  return tree.find(model::Dn::parent_of(dn));
}

}  // namespace aci::controller
