#include "relay/message.hpp"

#include <array>

#include "codec/answer.hpp"
#include "model/class_facts.hpp"
#include "relay/plain.hpp"

namespace aci::relay {
namespace {

// Bounds in characters that keep ten items with their fields within every service's limits, ordinary texts given.
constexpr std::size_t name_max = 128, value_max = 200, dn_max = 600, fields_max = 10;

// What is worth telling of an object that came or went.
constexpr std::array<std::string_view, 9> telling{"descr", "severity", "lc", "code", "cause", "ip", "encap", "ind", "user"};

std::string shown_time(base::WallTime time) {
  std::string text = time.to_string();  // 2024-07-26T13:34:50.839-07:00
  text[10] = ' ';
  return text.replace(19, 4, " ");
}

std::string shown_clock(base::WallTime time) { return time.to_string().substr(11, 8); }

std::string capitalised(std::string_view word) {
  std::string text = clean(word, name_max);
  // A class name stands as it is: FvRsCtx would be found nowhere.
  const bool camel = text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos;
  if (!camel && !text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::optional<std::string> shown_value(const std::optional<model::Attributes>& attributes, std::string_view name) {
  if (!attributes) return {};
  const auto value = attributes->find(name);
  if (!value) return {};
  return clean(*value, value_max);
}

Item item_of(const model::Event& event) {
  Item item;
  item.kind = capitalised(model::label_of(event.class_name));
  item.name = clean(object_name(event), name_max);
  item.dn = clean(event.dn, dn_max);
  item.tenant = clean(model::place_of(event.dn).tenant, name_max);
  item.fabric = clean(event.fabric, name_max);
  item.time = shown_time(event.time);
  if (event.origin == model::Origin::relist) item.remark = "found after a gap";
  else if (event.origin == model::Origin::backfill) item.remark = "from the controller's log";
  else if (event.origin == model::Origin::baseline) item.remark = "was there";
  if (!event.user.empty()) item.remark += (item.remark.empty() ? "by " : ", by ") + clean(event.user, name_max);
  switch (event.op) {
    case model::Op::created: item.tone = Tone::created, item.verb = "created"; break;
    case model::Op::modified: item.tone = Tone::modified, item.verb = "changed"; break;
    case model::Op::deleted: item.tone = Tone::deleted, item.verb = "deleted"; break;
  }
  const auto add = [&](Field field) {
    if (item.fields.size() < fields_max) item.fields.push_back(std::move(field));
    else ++item.more_fields;
  };
  if (event.op == model::Op::modified) {
    item.changes = true;
    for (const auto& name : event.changed)
      add({clean(name, name_max), shown_value(event.before, name), shown_value(event.after, name)});
  } else if (const auto* attributes = attributes_of(event)) {
    for (const auto name : telling) {
      const auto value = attributes->get(name);
      if (!value.empty() && value != item.name) add({std::string(name), {}, clean(value, value_max)});
    }
  }
  return item;
}

std::string title_of(const Item& item) {
  std::string title = item.kind;
  if (!item.name.empty()) title += ' ' + item.name;
  title += ' ' + item.verb;
  if (!item.remark.empty()) title += " (" + item.remark + ')';
  return title;
}

std::string gap_title(const model::Gap& gap) {
  std::string title = clean(gap.fabric, name_max) + " was blind " + shown_clock(gap.from) + "-" + shown_clock(gap.to);
  if (!gap.reason.empty()) title += " (" + clean(gap.reason, value_max) + ")";
  title += "; ";
  title +=
      gap.found == 0 ? "nothing had changed" : std::to_string(gap.found) + (gap.found == 1 ? " change" : " changes") + " found";
  title += " by re-reading";
  if (gap.backfilled > 0) title += ", " + std::to_string(gap.backfilled) + " more in the controller's log";
  if (!gap.history.empty() && gap.history != "complete") title += "; history " + clean(gap.history, value_max);
  return title + (gap.watch.empty() ? "" : ", watch " + clean(gap.watch, name_max));
}

std::string group_title(const Batch& batch) {
  std::string title = std::to_string(batch.events.size()) + " changes";
  std::string where;
  for (const auto& [label, value] : batch.group) {
    if (value.empty()) continue;
    where += where.empty() ? " (" : ", ";
    where += std::string(to_string(label)) + ' ' + clean(value, name_max);
  }
  return where.empty() ? title : title + where + ')';
}

}  // namespace

std::string_view to_string(Tone tone) {
  static constexpr std::array<std::string_view, 5> names{"created", "modified", "deleted", "warning", "note"};
  return names[static_cast<std::size_t>(tone)];
}

Message make_message(const Batch& batch, std::uint64_t not_shown) {
  Message message;
  message.id = batch.id;
  message.not_shown = not_shown;
  if (batch.gap) {
    message.tone = Tone::warning;
    message.title = gap_title(*batch.gap);
    return message;
  }
  if (batch.events.empty()) {
    message.title = clean(batch.note, value_max);
    return message;
  }
  for (const auto& event : batch.events) {
    if (message.items.size() == Message::items_max) break;
    message.items.push_back(item_of(*event));
  }
  message.more_items = batch.events.size() - message.items.size();
  message.title = batch.events.size() == 1 ? title_of(message.items[0]) : group_title(batch);
  message.tone = message.items[0].tone;
  for (const auto& item : message.items)
    if (item.tone != message.tone) message.tone = Tone::modified;
  return message;
}

std::string more_line(std::uint64_t count, const char* ending) {
  return "+" + std::to_string(count) + (count == 1 ? " more change" : " more changes") + ending;
}

void append_message_json(std::string& out, const Message& message) {
  const auto text = [&](std::string_view key, std::string_view value) {
    codec::append_json_string(out, key);
    out += ':';
    codec::append_json_string(out, value);
    out += ',';
  };
  const auto optional = [&](std::string_view key, const std::optional<std::string>& value) {
    if (value) return text(key, *value);
    codec::append_json_string(out, key);
    out += ":null,";
  };
  out += '{';
  text("id", message.id);
  text("tone", to_string(message.tone));
  text("title", message.title);
  out += "\"items\":[";
  for (const auto& item : message.items) {
    if (out.back() != '[') out += ',';
    out += '{';
    text("tone", to_string(item.tone));
    text("kind", item.kind);
    text("name", item.name);
    text("verb", item.verb);
    text("remark", item.remark);
    text("dn", item.dn);
    text("tenant", item.tenant);
    text("fabric", item.fabric);
    text("time", item.time);
    out += "\"fields\":[";
    for (const auto& field : item.fields) {
      if (out.back() != '[') out += ',';
      out += '{';
      text("name", field.name);
      optional("from", field.from);
      optional("to", field.to);
      out.back() = '}';
    }
    out += "],\"changes\":";
    out += item.changes ? "true" : "false";
    out += ",\"moreFields\":" + std::to_string(item.more_fields) + '}';
  }
  out += "],\"more\":" + std::to_string(message.more_items) + ",\"notShown\":" + std::to_string(message.not_shown) + '}';
}

}  // namespace aci::relay
