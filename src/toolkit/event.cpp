#include "aci/event.hpp"

#include <ostream>

#include "codec/event_json.hpp"
#include "model/change.hpp"
#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci {
namespace {

AttributeMap to_map(const std::optional<model::Attributes>& attributes) {
  AttributeMap map;
  if (attributes)
    for (const auto [name, value] : *attributes) map.emplace_hint(map.end(), name, value);
  return map;
}

}  // namespace

const model::Event& Event::get() const {
  static const model::Event none;
  return data_ ? *data_ : none;
}

const std::string& Event::dn() const { return get().dn; }
const std::string& Event::class_name() const { return get().class_name; }
const std::string& Event::fabric() const { return get().fabric; }
const std::string& Event::user() const { return get().user; }
Op Event::op() const { return static_cast<Op>(get().op); }
Origin Event::origin() const { return static_cast<Origin>(get().origin); }
std::uint64_t Event::seq() const { return get().seq; }
std::string Event::time() const { return data_ ? get().time.to_string() : std::string(); }
std::chrono::system_clock::time_point Event::when() const {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(get().time.unix_ms));
}
bool Event::has_before() const { return get().before.has_value(); }
bool Event::has_after() const { return get().after.has_value(); }
AttributeMap Event::before() const { return to_map(get().before); }
AttributeMap Event::after() const { return to_map(get().after); }
const std::vector<std::string>& Event::changed() const { return get().changed.list(); }

std::string Event::attribute(std::string_view name) const {
  const auto& attributes = get().after ? get().after : get().before;
  return attributes ? std::string(attributes->get(name)) : std::string();
}

std::string Event::was(std::string_view name) const {
  return get().before ? std::string(get().before->get(name)) : std::string();
}

std::string Event::name() const {
  const std::string_view rn = model::Dn::rn_of(get().dn);
  const model::ClassFacts* facts = model::find_class(get().class_name);
  const auto values = facts ? model::rn_values(*facts, rn) : std::nullopt;
  std::string name;
  if (values)
    for (const auto& [property, value] : *values) (name += name.empty() ? "" : ",") += value;
  return name.empty() ? std::string(rn) : name;
}

std::string Event::to_json() const {
  std::string json;
  if (data_) codec::append_event_json(json, *data_);
  return json;
}

static_assert(static_cast<int>(Op::deleted) == static_cast<int>(model::Op::deleted));
static_assert(static_cast<int>(Origin::baseline) == static_cast<int>(model::Origin::baseline));

std::string_view to_string(Op op) { return model::to_string(static_cast<model::Op>(op)); }
std::string_view to_string(Origin origin) { return model::to_string(static_cast<model::Origin>(origin)); }

std::ostream& operator<<(std::ostream& out, const Event& event) { return out << event.name(); }

std::string Gap::to_json() const {
  const auto time = [](const std::string& text) { return base::WallTime::parse(text).value_or(base::WallTime{}); };
  std::string json;
  codec::append_gap_json(json, {fabric, watch, time(from), time(to), reason, found, backfilled, history});
  return json;
}

}  // namespace aci
