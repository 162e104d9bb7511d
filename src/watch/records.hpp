// The controller's own records of what happened, and what they tell of a time in which we were blind. Floor: watch.
//
//   record_query("aaaModLR", from, page, page_size)   // records since then, oldest first
//   parse_record(object)                              // one of them, as the change it records
//
// A comparison of two states cannot see what changed and changed back, nor who did it; aaaModLR (configuration),
// faultRecord and eventRecord (what the fabric did) can, as far back as the controller keeps them.
// Source: recorded aaaModLR and eventRecord objects. Thread-safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/change.hpp"
#include "model/managed_object.hpp"
#include "model/query.hpp"

namespace aci::watch {

struct RecordedChange {
  base::WallTime created;
  std::string dn;  // of the object that changed
  std::string user;
  model::Op op = model::Op::modified;
  std::string change_set;  // for parse_change_set()
};

model::Query record_query(const std::string& record_class, base::WallTime from, std::uint32_t page, std::uint32_t page_size);
// The oldest record that is kept, with the number of all as the answer's total count.
model::Query oldest_record_query(const std::string& record_class);

// Nothing when the object is no record of a change.
std::optional<RecordedChange> parse_record(const model::ManagedObject& object);

struct SetChange {
  std::string_view name;
  std::optional<std::string_view> before, after;
};
// "descr (Old: , New: Test 1), operSt (New: up)". Values may hold commas and parentheses.
std::vector<SetChange> parse_change_set(std::string_view text);

}  // namespace aci::watch
