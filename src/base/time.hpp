// The two times of aciwatch. Floor: base.
//
// Instant is monotonic and only good for deadlines; WallTime is what a person or a controller would write down. They
// are different types so that one is never taken for the other. Neither reads a clock: machines get both passed in,
// and only src/io asks the operating system.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aci::base {

using Duration = std::chrono::milliseconds;

struct MonotonicClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

// A point on the machine's monotonic clock, in milliseconds from an arbitrary start.
using Instant = MonotonicClock::time_point;

// Milliseconds since 1970-01-01T00:00:00Z, with the offset in which it was written so that it can be shown the same way.
struct WallTime {
  std::int64_t unix_ms = 0;
  int offset_minutes = 0;

  // Reads the controller's form "2024-07-26T13:34:50.839-07:00"; the fraction may have 0 to 9 digits and "Z" counts as
  // +00:00. "never", "" and anything else give nothing.
  static std::optional<WallTime> parse(std::string_view text);

  // "2024-07-26T13:34:50.839-07:00": three decimals, numeric offset, as the controller prints it.
  std::string to_string() const;

  friend WallTime operator+(WallTime time, Duration by) { return {time.unix_ms + by.count(), time.offset_minutes}; }
  // The same instant whatever the offset.
  friend bool operator==(const WallTime& a, const WallTime& b) { return a.unix_ms == b.unix_ms; }
  friend auto operator<=>(const WallTime& a, const WallTime& b) { return a.unix_ms <=> b.unix_ms; }
};

// "90s", "5m", "1h30m", "250ms", "7d", also a bare number of seconds. Nothing when it is none of these or negative.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace aci::base
