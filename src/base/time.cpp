#include "base/time.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>

namespace aci::base {
namespace {

// Days since 1970-01-01 of a date, through std::chrono's calendar (which needs no clock); nothing for a 31st of February.
// Months are 1 to 12, days at least 1.
std::optional<std::int64_t> days_of(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date = std::chrono::year{year} / month / day;
  if (day > 28 && !date.ok()) return {};
  return sys_days{date}.time_since_epoch().count();
}

// Numbers of two digits each; asked at the end whether they all were.
struct Pairs {
  int operator()(const char* at) {
    const int tens = at[0] - '0', ones = at[1] - '0';
    are_digits &= tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    return 10 * tens + ones;
  }
  bool are_digits = true;
};

// "2024-07-26T13:34:50.839-07:00", as a controller prints a time: the minute, then what is within it, then the zone.
constexpr std::size_t form = 29, minute_size = 17, zone_at = 23;

std::optional<WallTime> parse_any(std::string_view text) {
  if (text.size() < 19) return {};
  Pairs pair;
  const char* const t = text.data();
  const int year = 100 * pair(t) + pair(t + 2), month = pair(t + 5), day = pair(t + 8);
  const int hour = pair(t + 11), minute = pair(t + 14), second = pair(t + 17);
  if (!pair.are_digits) return {};
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return {};
  if (month < 1 || month > 12 || day < 1) return {};
  const auto days = days_of(year, month, day);
  if (!days || hour > 23 || minute > 59 || second > 60) return {};
  std::size_t at = 19;
  int millis = 0;
  if (at < text.size() && text[at] == '.') {
    int digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      if (digits < 3) millis = 10 * millis + (text[at] - '0'), ++digits;
    for (; digits < 3; ++digits) millis *= 10;
    if (at > 29) return {};
  }
  int offset = 0;
  if (text.substr(at) != "Z") {
    if (text.size() != at + 6 || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return {};
    const int hours = pair(t + at + 1), minutes = pair(t + at + 4);
    if (!pair.are_digits || hours > 23 || minutes > 59) return {};
    offset = (hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
  }
  const std::int64_t seconds = *days * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
  return WallTime{seconds * 1000 + millis, offset};
}

}  // namespace

std::optional<WallTime> WallTime::parse(std::string_view text) {
  if (text.size() != form || text[minute_size + 2] != '.') return parse_any(text);
  // Times come in rows of one minute: what a thread has read of the last one is not read again.
  thread_local char last[form];
  thread_local std::optional<WallTime> minute;
  const char* const t = text.data();
  Pairs pair;
  const int second = pair(t + minute_size), hundredths = pair(t + minute_size + 3), rest = t[zone_at - 1] - '0';
  const Duration within{1000 * second + 10 * hundredths + rest};
  if (minute && std::memcmp(t, last, minute_size) == 0 && std::memcmp(t + zone_at, last + zone_at, form - zone_at) == 0) {
    if (!pair.are_digits || rest < 0 || rest > 9 || second > 60) return {};
    return *minute + within;
  }
  const auto time = parse_any(text);
  if (time) {
    std::memcpy(last, t, form);
    minute = *time + -within;
  }
  return time;
}

std::string WallTime::to_string() const {
  using namespace std::chrono;
  const sys_time<milliseconds> local{milliseconds{unix_ms} + minutes{offset_minutes}};
  const auto date = floor<days>(local);
  const year_month_day ymd{date};
  const hh_mm_ss time{local - date};
  const int offset = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03d%c%02d:%02d", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()), offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
  return text;
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::int64_t total_max = 86'400'000'000'000'000;  // a thousand million days; a long text must not overflow
  if (text.empty()) return {};
  std::int64_t total = 0;
  for (bool first = true; !text.empty(); first = false) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || number < 0 || number > 1'000'000'000) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const std::string_view unit = text.substr(0, letters);
    text.remove_prefix(letters);
    if (unit == "ms") total += number;
    else if (unit == "s" || (unit.empty() && first && text.empty())) total += number * 1000;
    else if (unit == "m") total += number * 60'000;
    else if (unit == "h") total += number * 3'600'000;
    else if (unit == "d") total += number * 86'400'000;
    else return {};
    if (total > total_max) return {};
  }
  return Duration{total};
}

}  // namespace aci::base
