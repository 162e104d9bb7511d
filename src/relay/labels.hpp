// What an event is called in matchers and in group_by. Floor: relay.
//
//   const Labels labels = Labels::of(event);
//   labels.get(Label::tenant)                  // "Heroes", "" where the object stands in no tenant
//
// A label that an event does not have is "", as in Alertmanager. Thread-safety: values; a Labels views its event and must
// not outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/change.hpp"

namespace aci::relay {

// kind is mo, fault, health, event, audit, or gap for a time of blindness. name, severity, code, lc and user come from the
// object's attributes; name falls back to the naming values in its DN. node, pod, port, tenant, app, epg, bd and vrf come
// from the DN.
enum class Label : std::uint8_t {
  fabric,
  class_name,
  op,
  origin,
  kind,
  tenant,
  app,
  epg,
  bd,
  vrf,
  node,
  pod,
  port,
  dn,
  name,
  severity,
  code,
  lc,
  user
};
inline constexpr std::size_t label_count = static_cast<std::size_t>(Label::user) + 1;

std::string_view to_string(Label label);
std::optional<Label> parse_label(std::string_view name);
// In the order of the enumeration; for suggestions.
const std::vector<std::string_view>& label_names();

class Labels {
 public:
  static Labels of(const model::Event& event);
  static Labels of(const model::Gap& gap);

  std::string_view get(Label label) const {
    return label == Label::name ? std::string_view(name_) : values_[static_cast<std::size_t>(label)];
  }

 private:
  std::array<std::string_view, label_count> values_{};
  std::string name_;  // may be put together from several naming values
};

// What the event's object is called: its name attribute, else the naming values of its RN, else "".
std::string object_name(const model::Event& event);

// The object's attributes: what it is, or what it was before its deletion. Nothing when neither is known.
const model::Attributes* attributes_of(const model::Event& event);

}  // namespace aci::relay
