// What GET /api/v1/events and the stream ask of the event log. Floor: web.
//
//   auto search = EventSearch::of(Target::parse("/api/v1/events?class=fvTenant&op=created&q=heroes"));
//   if (!search) ...                 // a bad parameter: one line for the caller
//   search->answer(log)              // {"events":[...],"last":17,"cut":false}
//
// Thread-safety: values; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/change.hpp"
#include "web/event_log.hpp"
#include "web/target.hpp"

namespace aci::web {

struct EventSearch {
  static constexpr std::size_t limit_max = 1000, limit_default = 100;

  // With `after`: the oldest that follow it, for reading on page by page. Without: the newest. Always in rising order.
  std::optional<std::uint64_t> after;
  std::size_t limit = limit_default;
  std::string class_name;  // "" for any
  std::string dn;          // this object and what is below it; "" for any
  std::string op;          // "" for any
  std::string text;        // lower-case; somewhere in class, label, name, DN, fabric or attribute values; "" for any

  static base::Result<EventSearch> of(const Target& target);

  bool matches(const EventLog::Entry& entry) const;

  // `last` is what to pass as `after` to read on. Gaps are among the events, as {"seq":8,"gap":{...}}, when nothing but
  // after and limit is asked for. `cut` tells that entries after `after` are no longer held.
  std::string answer(const EventLog& log) const;
};

// The keys that the search works on.
EventLog::Keys keys_of(const model::Event& event, std::string_view label, std::string_view name);

// A number of at most 19 digits.
std::optional<std::uint64_t> parse_seq(std::string_view text);

}  // namespace aci::web
