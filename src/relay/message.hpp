// What happened, in words a network engineer uses, before a chat service's format. Floor: relay.
//
//   const Message message = make_message(batch, not_shown);
//   message.title                         // "Tenant Heroes created"
//   message.items[0].fields[0]            // {"descr", "old", "new"}
//
// Every text in it is one line of valid UTF-8 without control characters and of bounded length, but otherwise as foreign
// as it came: renderers neutralise what their format gives a meaning to. Thread-safety: values; pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "relay/batch.hpp"

namespace aci::relay {

enum class Tone : std::uint8_t { created, modified, deleted, warning, note };
std::string_view to_string(Tone tone);

// One attribute. A change has `from` and `to`; where the old value was never seen `from` is absent, and an attribute that
// went away has no `to`. A creation and a deletion show some telling attributes with `to` alone.
struct Field {
  std::string name;
  std::optional<std::string> from, to;
};

struct Item {
  Tone tone = Tone::note;
  std::string kind;    // "Tenant", "EPG"
  std::string name;    // "Heroes", "" where the object has none
  std::string verb;    // "created", "changed", "deleted"
  std::string remark;  // "found after a gap, by alice", or ""
  std::vector<Field> fields;
  std::size_t more_fields = 0;  // that are not in `fields`
  bool changes = false;         // fields are changes, not a description
  std::string dn, tenant, fabric;
  std::string time;  // "2026-01-02 03:04:05 +00:00"
};

struct Message {
  std::string id;
  Tone tone = Tone::note;
  std::string title;             // "Tenant Heroes created", "12 changes (fabric dc1, class fvTenant)"; holds foreign text
  std::vector<Item> items;       // at most items_max
  std::uint64_t more_items = 0;  // changes of this batch that are not in `items`
  std::uint64_t not_shown = 0;   // changes before this one that a full queue refused

  static constexpr std::size_t items_max = 10;
};

Message make_message(const Batch& batch, std::uint64_t not_shown);

// "+3 more changes", "+1 more change not shown"; for the last line of a message.
std::string more_line(std::uint64_t count, const char* ending = "");

// As JSON, for a page that draws it:
// {"id","tone","title","items":[{"tone","kind","name","verb","remark","fields":[{"name","from","to"}],"moreFields",
//  "changes","dn","tenant","fabric","time"}],"more","notShown"}
void append_message_json(std::string& out, const Message& message);

}  // namespace aci::relay
