// What the attributes of an object, or of a message that carries them, say of it; and since when. Floor: watch.
//
// Thread-safety: functions of their arguments.
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/change.hpp"
#include "model/text.hpp"

namespace aci::watch {

// Compares without a call: it is asked many times of each push.
template <std::size_t Size>
bool is_named(std::string_view name, const char (&text)[Size]) {
  return name.size() == Size - 1 && std::memcmp(name.data(), text, Size - 1) == 0;
}

inline bool is_of_message(std::string_view name) {
  return is_named(name, "status") || is_named(name, "rn") || is_named(name, "childAction");
}

// The attributes that belong to the object and not to the message that carries it.
template <class Range>
void own_attributes(const Range& attributes, std::vector<model::AttributeView>& own) {
  own.clear();
  for (const model::AttributeView attribute : attributes)
    if (!is_of_message(attribute.name)) own.push_back(attribute);
  model::put_in_order(own);
}

inline model::Attributes own_of(const model::Attributes& attributes) {
  std::vector<model::AttributeView> own;
  own_attributes(attributes, own);
  return model::Attributes::from(own);
}

// Names of what a reader would call a change.
inline model::Names content_changes(const model::Attributes& before, const model::Attributes& after) {
  auto names = model::changed_names(before, after);
  std::erase_if(names, [](const std::string& name) { return model::is_bookkeeping(name); });
  return names;
}

inline base::WallTime time_of(std::string_view mod_ts, base::WallTime received) {
  return base::WallTime::parse(mod_ts).value_or(received);
}

// When it was last changed, by the controller's clock; "" where that is not said. A fault's modTs is "never", and not pushed.
inline std::string_view stamp_of(const model::Attributes& attributes) {
  const std::string_view mod_ts = attributes.get("modTs");
  return mod_ts.empty() || mod_ts == "never" ? attributes.get("lastTransition") : mod_ts;
}

// By the controller's own clock, where both have a time.
inline bool is_older(std::string_view a, std::string_view b) {
  if (model::same(a, b)) return false;
  // "2024-07-26T13:34:50.839-07:00": of one offset they sort as texts.
  constexpr std::size_t form = 29, offset = 23;
  if (a.size() == form && b.size() == form && a[19] == '.' && b[19] == '.' && model::same(a.substr(offset), b.substr(offset)))
    return a < b;
  const auto time_a = base::WallTime::parse(a), time_b = base::WallTime::parse(b);
  return time_a && time_b && *time_a < *time_b;
}

}  // namespace aci::watch
