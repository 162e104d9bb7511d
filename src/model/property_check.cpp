#include "model/property_check.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/change.hpp"
#include "model/text.hpp"

namespace aci::model {
namespace {

const CheckedValue unknown{ValueVerdict::unknown_value, {}};
const CheckedValue invalid{ValueVerdict::not_valid, {}};

CheckedValue fits(std::string_view value) { return {ValueVerdict::fits, std::string(value)}; }

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (errc != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

bool has_name(const PropertyFacts& property, std::string_view value) {
  return std::find(property.values.begin(), property.values.end(), value) != property.values.end();
}

// The name that stands for a number, nothing when it has none.
std::optional<std::string_view> name_of(const PropertyFacts& property, std::int64_t number) {
  const std::size_t count = std::min(property.values.size(), property.numbers.size());
  for (std::size_t i = 0; i < count; ++i)
    if (property.numbers[i] == number) return property.values[i];
  return {};
}

CheckedValue check_enumeration(const PropertyFacts& property, std::string_view value) {
  if (property.values.empty() || has_name(property, value)) return fits(value);
  const auto number = parse_number<std::int64_t>(value);
  const auto name = number ? name_of(property, *number) : std::nullopt;
  return name ? fits(*name) : unknown;
}

CheckedValue check_flags(const PropertyFacts& property, std::string_view value) {
  if (property.values.empty() || property.numbers.size() < property.values.size()) return fits(value);
  std::vector<std::pair<std::string_view, std::int64_t>> set;
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view part = trimmed(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (part.empty()) continue;
    const auto named = std::find(property.values.begin(), property.values.end(), part);
    if (named != property.values.end()) {
      set.emplace_back(*named, property.numbers[static_cast<std::size_t>(named - property.values.begin())]);
      continue;
    }
    auto bits = parse_number<std::uint64_t>(part);
    if (!bits) return unknown;
    for (std::size_t i = 0; i < property.values.size(); ++i) {
      const auto bit = static_cast<std::uint64_t>(property.numbers[i]);
      const bool single = bit != 0 && (bit & (bit - 1)) == 0;
      if (!single || (*bits & bit) == 0) continue;
      set.emplace_back(property.values[i], property.numbers[i]);
      *bits &= ~bit;
    }
    if (*bits != 0) return unknown;
  }
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  std::string text;
  for (const auto& [name, number] : set) {
    if (number == 0) continue;  // the name of "nothing set" is shown as ""
    if (!text.empty()) text += ',';
    text += name;
  }
  return {ValueVerdict::fits, std::move(text)};
}

// As the controller shows it: no sign or zeros that say nothing, fractions with six decimals.
CheckedValue check_number(const PropertyFacts& property, std::string_view value) {
  if (has_name(property, value)) return fits(value);
  if (const auto number = parse_number<std::int64_t>(value)) {
    if (const auto name = name_of(property, *number)) return fits(*name);
    if ((property.min && *number < *property.min) || (property.max && *number > *property.max)) return unknown;
    return fits(std::to_string(*number));
  }
  if (const auto number = parse_number<std::uint64_t>(value); number && !property.max) return fits(std::to_string(*number));
  const auto number = parse_number<double>(value);
  if (!number || value.find_first_not_of("-.0123456789") != std::string_view::npos) return unknown;
  if ((property.min && *number < static_cast<double>(*property.min)) ||
      (property.max && *number > static_cast<double>(*property.max)))
    return unknown;
  return fits(std::to_string(*number));
}

bool matches_pattern(std::string_view pattern, std::string_view value) {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  static std::mutex mutex;
  static std::unordered_map<std::string, std::unique_ptr<const re2::RE2>, Hash, std::equal_to<>> compiled;
  const re2::RE2* expression = nullptr;
  {
    const std::lock_guard lock(mutex);
    auto found = compiled.find(pattern);
    if (found == compiled.end()) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      const re2::StringPiece text(pattern.data(), pattern.size());
      found = compiled.emplace(std::string(pattern), std::make_unique<const re2::RE2>(text, options)).first;
    }
    expression = found->second.get();
  }
  // A pattern of the facts that RE2 cannot read limits nothing.
  return !expression->ok() || re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *expression);
}

CheckedValue check_mac(const PropertyFacts& property, std::string_view value) {
  if (value.empty() || has_name(property, value)) return fits(value);
  if (value.size() != 17) return invalid;
  std::string text(value);
  for (std::size_t i = 0; i < text.size(); ++i) {
    char& c = text[i];
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    const bool hex = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
    if (i % 3 != 2 ? !hex : c != ':' && c != '-') return invalid;
    if (i % 3 == 2) c = ':';
  }
  return {ValueVerdict::fits, std::move(text)};
}

bool is_number_up_to(std::string_view text, unsigned most) {
  const auto number = parse_number<unsigned>(text);
  return number && *number <= most && text.size() <= 3;
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_number_up_to(text.substr(0, dot), 255)) return false;
    text.remove_prefix(dot + 1);
  }
  return is_number_up_to(text, 255);
}

bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = text.starts_with("::");
  if (gap) text.remove_prefix(2);
  while (!text.empty()) {
    const std::string_view group = text.substr(0, text.find(':'));
    if (group.size() == text.size() && group.find('.') != std::string_view::npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4 || group.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return false;
    ++groups;
    text.remove_prefix(group.size());
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.empty()) return false;  // it ends in one ':'
    if (text.front() != ':') continue;
    if (gap) return false;
    gap = true;
    text.remove_prefix(1);
  }
  return gap ? groups < 8 : groups == 8;
}

// With or without the length of a prefix. What is unset reads as the default does (0.0.0.0 or ::).
CheckedValue check_ip(const PropertyFacts& property, std::string_view value) {
  if (value.empty()) return property.naming ? invalid : fits(property.default_value);
  if (has_name(property, value)) return fits(value);
  const std::size_t slash = value.find('/');
  const std::string_view address = value.substr(0, slash);
  const bool is_v4 = is_ipv4(address);
  if (!is_v4 && !is_ipv6(address)) return invalid;
  if (slash != std::string_view::npos && !is_number_up_to(value.substr(slash + 1), is_v4 ? 32 : 128)) return invalid;
  return fits(value);
}

// Texts by type whose pattern says that they are addresses.
constexpr std::string_view ip_pattern = "^[0-9a-fA-F.:/ ]+$";
constexpr std::string_view mac_pattern = "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$";

// An OSPF area: 1 is 0.0.0.1.
CheckedValue check_area(const PropertyFacts& property, std::string_view value) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value == "backbone") return fits(value);
  if (failure != std::errc{} || end != value.data() + value.size()) return check_ip(property, value);
  return fits(std::to_string(number >> 24) + '.' + std::to_string(number >> 16 & 255) + '.' +
              std::to_string(number >> 8 & 255) + '.' + std::to_string(number & 255));
}

CheckedValue check_text(const PropertyFacts& property, std::string_view value) {
  if (has_name(property, value)) return fits(value);
  const auto size = static_cast<std::int64_t>(value.size());
  if ((property.min && size < *property.min) || (property.max && size > *property.max)) return invalid;
  if (property.pattern == ip_pattern)
    return property.name == "areaId" ? check_area(property, value) : check_ip(property, value);
  if (property.pattern == mac_pattern) return check_mac(property, value);
  if (!value.empty() && !property.pattern.empty() && !matches_pattern(property.pattern, value)) return invalid;
  return fits(value);
}

}  // namespace

CheckedValue check_value(const PropertyFacts& property, std::string_view value) {
  // What the controller itself shows can be written back, whatever the bounds say: an export of the configuration is imported.
  if (!property.naming && value == property.default_value) return fits(value);
  switch (property.type) {
    case PropertyType::boolean:
      if (value == "yes" || value == "true") return fits("yes");
      if (value == "no" || value == "false") return fits("no");
      return unknown;
    case PropertyType::enumeration: return check_enumeration(property, value);
    case PropertyType::flags: return check_flags(property, value);
    case PropertyType::number: return check_number(property, value);
    case PropertyType::text: return check_text(property, value);
    case PropertyType::mac: return check_mac(property, value);
    case PropertyType::ip: return check_ip(property, value);
    case PropertyType::date:
    case PropertyType::reference:
    case PropertyType::other: break;
  }
  return fits(value);
}

base::Result<void> check_property_name(std::string_view class_name, std::string_view property) {
  const ClassFacts* facts = find_class(class_name);
  if (!facts) return base::Error{base::Errc::invalid, "class " + shown(class_name) + " not found", 122};
  if (is_bookkeeping(property) || facts->property(property)) return {};
  // The schema tells all properties of what users configure. Of the rest recordings tell them, of which the short ones were
  // trimmed by those who published them.
  constexpr std::size_t whole_recording = 15;
  const auto is_complete = [](const ClassFacts& of) { return of.configurable || of.properties().size() > whole_recording; };
  bool are_properties_known = is_complete(*facts);
  for (const std::string_view name : concrete_classes(class_name)) {
    const ClassFacts* concrete = find_class(name);
    if (concrete->property(property)) return {};
    are_properties_known = are_properties_known || is_complete(*concrete);
  }
  if (!are_properties_known) return {};
  return base::Error{base::Errc::invalid,
                     "Prop '" + shown(property) + "' not found in class '" + std::string(class_name) + "' property table", 121};
}

}  // namespace aci::model
