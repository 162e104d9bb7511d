#include "model/value_key.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/text.hpp"

namespace aci::model {
namespace {

constexpr Key one = 1'000'000'000;

std::optional<Key> number_key(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  std::uint64_t whole = 0;
  auto [next, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{}) return std::nullopt;
  Key key = static_cast<Key>(whole) * one;
  if (next != end) {
    if (*next++ != '.' || next == end) return std::nullopt;
    for (Key unit = one / 10; next != end; ++next, unit /= 10) {
      if (*next < '0' || *next > '9') return std::nullopt;
      key += unit * (*next - '0');
    }
  }
  return negative ? -key : key;
}

bool is_usual_integer(std::string_view text) {
  if (text == "0") return true;
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.front() != '0' && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Key> named_key(const PropertyFacts* facts, std::string_view name) {
  if (!facts) return std::nullopt;
  const auto found = std::find(facts->values.begin(), facts->values.end(), name);
  const auto index = static_cast<std::size_t>(found - facts->values.begin());
  if (found == facts->values.end() || index >= facts->numbers.size()) return std::nullopt;
  return facts->numbers[index];
}

}  // namespace

std::optional<base::WallTime> parse_date(std::string_view text) {
  if (const auto whole = base::WallTime::parse(text)) return whole;
  if (text.size() < 10 || text.size() > 29 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::array<char, 40> zoned;
  char* end = std::copy(text.begin(), text.end(), zoned.begin());
  const std::string_view rest = text.size() == 10 ? "T00:00:00Z" : "Z";
  end = std::copy(rest.begin(), rest.end(), end);
  return base::WallTime::parse({zoned.data(), static_cast<std::size_t>(end - zoned.data())});
}

std::optional<Key> key_of(Measure measure, const PropertyFacts* facts, std::string_view value) {
  switch (measure) {
    case Measure::text: return std::nullopt;
    case Measure::number:
      if (const auto named = named_key(facts, value)) return *named * one;
      return number_key(value);
    case Measure::integer: return is_usual_integer(value) ? number_key(value) : std::nullopt;
    case Measure::date:
      if (value == "never") return 0;
      if (const auto time = parse_date(value)) return time->unix_ms;
      return std::nullopt;
    case Measure::boolean:
      if (value == "yes" || value == "true") return 1;
      if (value == "no" || value == "false") return 0;
      return std::nullopt;
    case Measure::enumeration: return named_key(facts, value);
    case Measure::flags: {
      std::uint64_t bits = 0;
      const bool all_known = each_part(value, ',', [&](std::string_view name) {
        const auto bit = named_key(facts, name);
        if (bit) bits |= static_cast<std::uint64_t>(*bit);
        return bit.has_value();
      });
      return all_known ? std::optional<Key>(bits) : std::nullopt;
    }
  }
  return std::nullopt;
}

Measure measure_of(const PropertyFacts* facts, std::string_view value) {
  switch (facts ? facts->type : PropertyType::other) {
    case PropertyType::number: return Measure::number;
    case PropertyType::boolean: return Measure::boolean;
    case PropertyType::enumeration: return Measure::enumeration;
    case PropertyType::flags: return Measure::flags;
    case PropertyType::date: return Measure::date;
    case PropertyType::other:
      if (is_usual_integer(value)) return Measure::integer;
      break;
    case PropertyType::text:
    case PropertyType::reference:
    case PropertyType::mac:
    case PropertyType::ip: break;
  }
  // Some dates are known from recordings only, which know them as texts; nothing but a date looks like one.
  return parse_date(value) ? Measure::date : Measure::text;
}

}  // namespace aci::model
