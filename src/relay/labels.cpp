#include "relay/labels.hpp"

#include <algorithm>

#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::relay {
namespace {

// "faultInst" belongs to the family "fault", "faulty" would not.
bool of_family(std::string_view class_name, std::string_view family) {
  return class_name.size() > family.size() && class_name.starts_with(family) && class_name[family.size()] >= 'A' &&
         class_name[family.size()] <= 'Z';
}

std::string_view kind_of(std::string_view class_name) {
  if (of_family(class_name, "fault")) return "fault";
  if (of_family(class_name, "health")) return "health";
  if (of_family(class_name, "event")) return "event";
  if (class_name == "aaaModLR" || class_name == "aaaSessionLR") return "audit";
  return "mo";
}

}  // namespace

const std::vector<std::string_view>& label_names() {
  static const std::vector<std::string_view> names{"fabric", "class",    "op",   "origin", "kind", "tenant", "app",
                                                   "epg",    "bd",       "vrf",  "node",   "pod",  "port",   "dn",
                                                   "name",   "severity", "code", "lc",     "user"};
  return names;
}

std::string_view to_string(Label label) { return label_names()[static_cast<std::size_t>(label)]; }

std::optional<Label> parse_label(std::string_view name) {
  const auto& names = label_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return {};
  return static_cast<Label>(it - names.begin());
}

const model::Attributes* attributes_of(const model::Event& event) {
  if (event.after) return &*event.after;
  return event.before ? &*event.before : nullptr;
}

std::string object_name(const model::Event& event) {
  if (const auto* attributes = attributes_of(event)) {
    if (const auto name = attributes->get("name"); !name.empty()) return std::string(name);
  }
  std::string name;
  if (const auto* facts = model::find_class(event.class_name)) {
    if (const auto values = model::rn_values(*facts, model::Dn::rn_of(event.dn))) {
      for (const auto& [property, value] : *values) {
        if (!name.empty()) name += ' ';
        name += value;
      }
    }
  }
  return name;
}

Labels Labels::of(const model::Event& event) {
  Labels labels;
  const auto set = [&](Label label, std::string_view value) { labels.values_[static_cast<std::size_t>(label)] = value; };
  set(Label::fabric, event.fabric);
  set(Label::class_name, event.class_name);
  set(Label::op, model::to_string(event.op));
  set(Label::origin, model::to_string(event.origin));
  set(Label::kind, kind_of(event.class_name));
  set(Label::dn, event.dn);
  const model::Place place = model::place_of(event.dn);
  set(Label::tenant, place.tenant);
  set(Label::app, place.app);
  set(Label::epg, place.epg);
  set(Label::bd, place.bd);
  set(Label::vrf, place.vrf);
  set(Label::node, place.node);
  set(Label::pod, place.pod);
  set(Label::port, place.port);
  if (const auto* attributes = attributes_of(event))
    for (const Label label : {Label::severity, Label::code, Label::lc, Label::user})
      set(label, attributes->get(to_string(label)));
  labels.name_ = object_name(event);
  return labels;
}

Labels Labels::of(const model::Gap& gap) {
  Labels labels;
  labels.values_[static_cast<std::size_t>(Label::fabric)] = gap.fabric;
  labels.values_[static_cast<std::size_t>(Label::kind)] = "gap";
  return labels;
}

}  // namespace aci::relay
