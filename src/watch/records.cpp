#include "watch/records.hpp"

#include <algorithm>

namespace aci::watch {
namespace {

using model::Op;
using model::Query;

constexpr std::string_view old_mark = "Old: ", new_mark = "New: ", between = ", New: ";

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Where the entry that begins the text ends: at a ')' with the end or a further entry behind it.
std::size_t end_of_entry(std::string_view text) {
  for (std::size_t at = text.find(')'); at != std::string_view::npos; at = text.find(')', at + 1)) {
    if (at + 1 == text.size()) return at;
    const std::string_view rest = text.substr(at + 1);
    if (!rest.starts_with(", ")) continue;
    const std::size_t open = rest.find(" (", 2);
    if (open == std::string_view::npos || !is_name(rest.substr(2, open - 2))) continue;
    if (rest.substr(open + 2).starts_with(old_mark) || rest.substr(open + 2).starts_with(new_mark)) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<SetChange> parse_change_set(std::string_view text) {
  std::vector<SetChange> changes;
  while (!text.empty()) {
    const std::size_t open = text.find(" (");
    const std::size_t end = end_of_entry(text);
    if (open == std::string_view::npos || end == std::string_view::npos || end < open + 2 || !is_name(text.substr(0, open)))
      break;
    SetChange change{text.substr(0, open), {}, {}};
    std::string_view values = text.substr(open + 2, end - open - 2);
    if (values.starts_with(old_mark)) {
      values.remove_prefix(old_mark.size());
      const std::size_t split = values.find(between);
      change.before = values.substr(0, split);
      if (split != std::string_view::npos) change.after = values.substr(split + between.size());
    } else if (values.starts_with(new_mark)) {
      change.after = values.substr(new_mark.size());
    }
    changes.push_back(change);
    text.remove_prefix(std::min(text.size(), end + 3));
  }
  return changes;
}

Query record_query(const std::string& record_class, base::WallTime from, std::uint32_t page, std::uint32_t page_size) {
  Query query = Query::of_class(record_class);
  query.target_filter = model::Filter::parse("ge(" + record_class + ".created,\"" + from.to_string() + "\")").value();
  query.order_by.push_back({record_class, "created", false});
  query.page = page;
  query.page_size = page_size;
  return query;
}

Query oldest_record_query(const std::string& record_class) {
  Query query = Query::of_class(record_class);
  query.order_by.push_back({record_class, "created", false});
  query.page = 0;
  query.page_size = 1;
  return query;
}

std::optional<RecordedChange> parse_record(const model::ManagedObject& object) {
  const auto created = base::WallTime::parse(object.attributes.get("created"));
  RecordedChange change;
  change.dn = object.attributes.get("affected");
  if (!created || change.dn.empty()) return {};
  change.created = *created;
  change.user = object.attributes.get("user");
  const std::string_view kind = object.attributes.get("ind");
  change.op = kind == "creation" ? Op::created : kind == "deletion" ? Op::deleted : Op::modified;
  change.change_set = object.attributes.get("changeSet");
  return change;
}

}  // namespace aci::watch
