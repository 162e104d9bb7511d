// Where a property's value stands among others. Floor: model.
//
//   const PropertyFacts* severity = find_class("faultInst")->property("severity");
//   key_of(measure_of(severity, "major"), severity, "major") > key_of(Measure::enumeration, severity, "info")
//
// Filters compare and answers are put in order by it: numbers and dates by value, enumerations by rank, flags by their bits,
// booleans by what they mean. A text has no key. Thread-safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "model/class_facts.hpp"

namespace aci::model {

// A time as controllers write it, and as scripts do in filters and ranges: a day alone, or a time without its zone, which is
// then taken for UTC (not verified: a controller may mean its own).
std::optional<base::WallTime> parse_date(std::string_view text);

// How a value is read. `integer` is the guess for a property without a known type: only integers written the one usual way
// count, so that "007" and "7" stay two names.
enum class Measure : std::uint8_t { text, number, integer, date, boolean, enumeration, flags };

// One scale per measure, wide enough for a 64-bit number with nine decimals.
__extension__ typedef __int128 Key;

// `facts` may be nullptr: a property that nobody knows. `value` decides where the type does not.
Measure measure_of(const PropertyFacts* facts, std::string_view value);

// Nothing for a text, and for a value that is not of the measure.
std::optional<Key> key_of(Measure measure, const PropertyFacts* facts, std::string_view value);

}  // namespace aci::model
