#include "web/event_search.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "model/dn.hpp"
#include "web/json.hpp"

namespace aci::web {
namespace {

// Search text of one event; what is beyond is not found by a search.
constexpr std::size_t text_max = 4096;

// ASCII alone: names in a fabric are little else, and bytes of UTF-8 stay whole.
void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (out.size() >= text_max) return;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
}

}  // namespace

std::optional<std::uint64_t> parse_seq(std::string_view text) {
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (text.empty() || text.size() > 19 || error != std::errc{} || end != text.data() + text.size()) return {};
  return seq;
}

base::Result<EventSearch> EventSearch::of(const Target& target) {
  const auto bad = [](std::string message) { return base::Error{base::Errc::invalid, std::move(message)}; };
  if (auto known = target.check({"after", "limit", "class", "dn", "op", "q"}); !known) return known.error();
  EventSearch search;
  if (const auto* after = target.find("after")) {
    search.after = parse_seq(*after);
    if (!search.after) return bad("after is a sequence number, such as the `last` of an earlier answer");
  }
  if (const auto* limit = target.find("limit")) {
    const auto number = parse_seq(*limit);
    if (!number || *number < 1 || *number > limit_max) return bad("limit is a number from 1 to " + std::to_string(limit_max));
    search.limit = static_cast<std::size_t>(*number);
  }
  if (const auto* class_name = target.find("class")) search.class_name = *class_name;
  if (const auto* text = target.find("dn")) {
    auto dn = model::Dn::parse(*text);
    if (!dn) return bad("dn: " + dn.error().message);
    search.dn = dn->str();
  }
  if (const auto* op = target.find("op"); op && !op->empty()) {
    if (!model::parse_op(*op)) return bad("op is created, modified or deleted");
    search.op = *op;
  }
  if (const auto* text = target.find("q")) append_lower(search.text, *text);
  return search;
}

bool EventSearch::matches(const EventLog::Entry& entry) const {
  const auto& keys = entry.keys;
  const bool narrowed = !class_name.empty() || !dn.empty() || !op.empty() || !text.empty();
  if (entry.kind != EventLog::Kind::change) return entry.kind == EventLog::Kind::gap && !narrowed;
  return (class_name.empty() || class_name == keys.class_name) && (op.empty() || op == keys.op) &&
         (dn.empty() || dn == keys.dn || model::Dn::is_below(keys.dn, dn)) &&
         (text.empty() || keys.text.find(text) != std::string::npos);
}

std::string EventSearch::answer(const EventLog& log) const {
  std::vector<const EventLog::Entry*> found;
  std::uint64_t last = log.last();
  if (after) {
    for (const auto* entry = log.after(*after); entry; entry = log.after(entry->seq)) {
      if (!matches(*entry)) continue;
      found.push_back(entry);
      if (found.size() < limit) continue;
      last = entry->seq;
      break;
    }
  } else {
    for (std::size_t back = 1; back <= log.size() && found.size() < limit; ++back) {
      const auto* entry = log.after(log.last() - back);
      if (matches(*entry)) found.push_back(entry);
    }
    std::reverse(found.begin(), found.end());
  }
  std::string out;
  {
    JsonObject object(out);
    object.key("events");
    append_array(out, found, [&](const EventLog::Entry* entry) { out += entry->json(); });
    object.raw("last", std::to_string(last));
    object.raw("cut", after && !log.holds_after(*after) ? "true" : "false");
  }
  return out;
}

EventLog::Keys keys_of(const model::Event& event, std::string_view label, std::string_view name) {
  EventLog::Keys keys{event.class_name, event.dn, std::string(model::to_string(event.op)), {}};
  const auto add = [&](std::string_view text) {
    append_lower(keys.text, text);
    keys.text += '\n';  // no search crosses it
  };
  for (const auto& text :
       {std::string_view(event.dn), std::string_view(event.class_name), label, name, std::string_view(event.fabric)})
    add(text);
  for (const auto* attributes : {&event.after, &event.before}) {
    if (!*attributes) continue;
    for (const auto attribute : **attributes)
      if (keys.text.size() < text_max) add(attribute.value);
  }
  keys.text.shrink_to_fit();
  return keys;
}

}  // namespace aci::web
