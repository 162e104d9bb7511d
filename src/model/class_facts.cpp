#include "model/class_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/embedded.hpp"
#include "base/nearest.hpp"

ACI_EMBEDDED(class_table)
ACI_EMBEDDED(class_labels)

namespace aci::model {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// Takes the text before the next separator off the front of `rest`; the last piece has none behind it.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == npos ? rest.size() : at + 1);
  return piece;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) pieces.push_back(take(text, separator));
  return pieces;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

PropertyType to_type(std::string_view text) {
  constexpr std::array<std::string_view, 10> names{"text", "number",    "boolean", "enumeration", "flags",
                                                   "date", "reference", "mac",     "ip",          "other"};
  const auto it = std::find(names.begin(), names.end(), text);
  return it == names.end() ? PropertyType::other : static_cast<PropertyType>(it - names.begin());
}

// A property from the fields behind its key; see the head of data/classes.tsv.
PropertyFacts to_property(std::string_view key, std::string_view fields) {
  PropertyFacts facts;
  facts.name = key.substr(0, key.find('~'));
  facts.type = to_type(take(fields, '\t'));
  for (const char flag : take(fields, '\t')) {
    facts.configurable |= flag == 'c';
    facts.naming |= flag == 'n';
    facts.create_only |= flag == 'o';
    facts.secret |= flag == 's';
    facts.implicit |= flag == 'i';
  }
  facts.default_value = take(fields, '\t');
  facts.min = to_number(take(fields, '\t'));
  facts.max = to_number(take(fields, '\t'));
  for (std::string_view values = take(fields, '\t'); !values.empty();) {
    std::string_view value = take(values, ',');
    facts.values.push_back(take(value, '='));
    facts.numbers.push_back(to_number(value).value_or(0));
    const bool is_empty_mask = facts.type == PropertyType::flags && facts.numbers.back() == 0;
    if (is_empty_mask && facts.values.back() == facts.default_value) facts.default_value = {};
  }
  facts.pattern = fields;
  return facts;
}

struct Table {
  std::vector<ClassFacts> classes;  // sorted by name, as the file is
  std::unordered_map<std::string_view, const ClassFacts*> by_name;
  std::vector<std::pair<std::string_view, std::string_view>> definitions;  // key of a property, its fields; sorted by key

  struct Parsed {
    std::once_flag once;
    std::vector<PropertyFacts> properties;
  };
  std::unique_ptr<Parsed[]> parsed;  // one per class

  Table() {
    classes.reserve(4096);
    definitions.reserve(4096);
    for (std::string_view rest = class_table(); !rest.empty();) {
      std::string_view line = take(rest, '\n');
      const std::string_view kind = take(line, '\t');
      if (kind == "p") {
        const std::string_view key = take(line, '\t');
        definitions.emplace_back(key, line);
      } else if (kind == "c") {
        add_class(line);
      }
    }
    by_name.reserve(classes.size());
    for (auto& facts : classes) {
      facts.index = by_name.size();
      by_name.emplace(facts.name, &facts);
    }
    for (std::string_view rest = class_labels(); !rest.empty();) {
      std::string_view line = take(rest, '\n');
      const auto it = by_name.find(take(line, '\t'));
      if (it != by_name.end()) classes[it->second->index].label = line;
    }
    parsed = std::make_unique<Parsed[]>(classes.size());
  }

  void add_class(std::string_view line) {
    ClassFacts facts;
    facts.name = take(line, '\t');
    const std::string_view flags = take(line, '\t');
    facts.configurable = flags == "c";
    facts.abstract = flags == "a";
    if (const std::string_view rn = take(line, '\t'); rn != "-") facts.rn_format = rn;
    if (const std::string_view parents = take(line, '\t'); parents == "*") facts.anywhere = true;
    else if (parents != "-") facts.parents = split(parents, ' ');
    for (std::string_view rest = facts.rn_format; (rest.remove_prefix(std::min(rest.find('{'), rest.size())), !rest.empty());) {
      rest.remove_prefix(1);
      facts.naming.push_back(take(rest, '}'));
    }
    facts.raw = line;
    classes.push_back(std::move(facts));
  }

  std::vector<PropertyFacts> parse_properties(const ClassFacts& facts) const {
    std::vector<PropertyFacts> properties;
    if (facts.abstract) {
      const std::vector<std::string_view> concrete = split(facts.raw, ' ');
      if (concrete.empty()) return properties;
      for (const auto& property : by_name.at(concrete[0])->properties())
        if (std::all_of(concrete.begin(), concrete.end(),
                        [&](std::string_view name) { return by_name.at(name)->property(property.name) != nullptr; }))
          properties.push_back(property);
      return properties;
    }
    for (std::string_view rest = facts.raw; !rest.empty();) {
      const std::string_view key = take(rest, ' ');
      const auto it = std::lower_bound(definitions.begin(), definitions.end(), key,
                                       [](const auto& definition, std::string_view k) { return definition.first < k; });
      if (it != definitions.end() && it->first == key) properties.push_back(to_property(key, it->second));
    }
    return properties;
  }
};

// Built whole before anybody sees it, and only read thereafter but for Parsed, which has its own once_flag.
const Table& table() {
  static const Table table;
  return table;
}

// The ']' that closes the '[' at `open`, or npos.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    else if (text[i] == ']' && --depth == 0) return i;
  }
  return npos;
}

// Walks an RN along a format. take_value(name, value) is called for each value, from the left.
template <class TakeValue>
bool match_rn(std::string_view format, std::string_view rn, TakeValue take_value) {
  for (;;) {
    const std::size_t brace = format.find('{');
    const std::string_view literal = format.substr(0, brace);
    if (brace == npos) return rn == literal;
    if (!rn.starts_with(literal)) return false;
    rn.remove_prefix(literal.size());
    format.remove_prefix(brace + 1);
    const std::string_view name = take(format, '}');
    const std::string_view next = format.substr(0, format.find('{'));
    const bool is_last = next.size() == format.size();
    std::string_view value;
    if (literal.ends_with('[') && next.starts_with(']')) {
      const std::size_t end = closing(std::string_view(rn.data() - 1, rn.size() + 1), 0);  // from the '[' just passed
      if (end == npos) return false;
      value = rn.substr(0, end - 1);
      rn.remove_prefix(end - 1);
    } else {
      std::size_t end = npos;
      const std::size_t bracket = rn.starts_with('[') ? closing(rn, 0) : npos;
      if (bracket != npos && (is_last ? rn.substr(bracket + 1) == next : rn.substr(bracket + 1).starts_with(next))) {
        end = bracket + 1;
        value = rn.substr(1, bracket - 1);
      } else {
        if (is_last) end = rn.ends_with(next) ? rn.size() - next.size() : npos;
        else end = rn.find(next);
        if (end == npos) return false;
        value = rn.substr(0, end);
      }
      if (value.empty()) return false;
      rn.remove_prefix(end);
    }
    take_value(name, value);
  }
}

bool is_rn_of(const ClassFacts& facts, std::string_view rn) {
  return !facts.rn_format.empty() && match_rn(facts.rn_format, rn, [](std::string_view, std::string_view) {});
}

// Finds the classes that may stand below a parent by the first word of their RN ("epg" of "epg-{name}"), which no
// format lets a value begin in.
class ChildIndex {
 public:
  ChildIndex() {
    for (const auto& facts : table().classes) {
      if (facts.rn_format.empty()) continue;
      if (facts.anywhere) add(anywhere, facts);
      for (const auto parent : facts.parents)
        if (const auto it = table().by_name.find(parent); it != table().by_name.end()) add(it->second->index, facts);
    }
    std::sort(entries_.begin(), entries_.end());
  }

  const ClassFacts* find(std::size_t parent, std::string_view rn) const {
    const std::uint64_t key = key_of(parent, rn);
    for (auto it = std::lower_bound(entries_.begin(), entries_.end(), Entry{key, 0, 0}); it != entries_.end() && it->key == key;
         ++it)
      if (is_rn_of(table().classes[it->index], rn)) return &table().classes[it->index];
    return nullptr;
  }

  static constexpr std::size_t anywhere = 0xffffffff;

 private:
  struct Entry {
    std::uint64_t key;
    std::uint32_t rank;   // longer formats first: they say more
    std::uint32_t index;  // of the class
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  // Two keys may be equal by chance; find() compares the RN itself anyhow.
  static std::uint64_t key_of(std::size_t parent, std::string_view rn) {
    const std::string_view word = rn.substr(0, rn.find_first_of("-[/"));
    return (static_cast<std::uint64_t>(parent) << 32) | (std::hash<std::string_view>{}(word)&0xffffffff);
  }

  void add(std::size_t parent, const ClassFacts& facts) {
    entries_.push_back({key_of(parent, facts.rn_format), static_cast<std::uint32_t>(0xffff - facts.rn_format.size()),
                        static_cast<std::uint32_t>(facts.index)});
  }

  std::vector<Entry> entries_;
};

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_folded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return folded(x) == folded(y); });
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t length = 0;
  while (length < a.size() && length < b.size() && folded(a[length]) == folded(b[length])) ++length;
  return length;
}

// What follows the prefix in an RN, without brackets around it.
std::string_view value_behind(std::string_view rn, std::size_t prefix) {
  rn.remove_prefix(prefix);
  if (rn.size() >= 2 && rn.front() == '[' && rn.back() == ']') rn = rn.substr(1, rn.size() - 2);
  return rn;
}

void read_place(std::string_view dn, Place& place, bool policy, bool topology, int depth) {
  constexpr int depth_max = 4;
  constexpr std::size_t any = 0;
  struct Part {
    std::string_view root, prefix;
    std::size_t position;  // of the RN in the DN: "ctx-" below a tenant is a VRF, deeper down it is something else
    std::string_view Place::*part;
  };
  static constexpr std::array<Part, 12> parts{{{"uni", "tn-", 1, &Place::tenant},
                                               {"uni", "ap-", 2, &Place::app},
                                               {"uni", "epg-", 3, &Place::epg},
                                               {"uni", "BD-", 2, &Place::bd},
                                               {"uni", "ctx-", 2, &Place::vrf},
                                               {"topology", "pod-", 1, &Place::pod},
                                               {"topology", "node-", 2, &Place::node},
                                               {"topology", "paths-", 2, &Place::node},
                                               {"topology", "protpaths-", 2, &Place::node},
                                               {"topology", "phys-", any, &Place::port},
                                               {"topology", "aggr-", any, &Place::port},
                                               {"topology", "pathep-", any, &Place::port}}};
  const auto rns = Dn::split(dn);
  const bool wanted = !rns.empty() && (rns[0] == "uni" ? policy : topology);
  for (std::size_t i = 1; wanted && i < rns.size(); ++i)
    for (const auto& part : parts)
      if (part.root == rns[0] && (part.position == any || part.position == i) && rns[i].starts_with(part.prefix) &&
          (place.*part.part).empty())
        place.*part.part = value_behind(rns[i], part.prefix.size());
  if (depth == depth_max) return;
  for (const auto rn : rns) {
    const std::size_t open = rn.find('[');
    const std::size_t close = open == npos ? npos : closing(rn, open);
    if (close != npos)
      read_place(rn.substr(open + 1, close - open - 1), place, place.tenant.empty(), place.pod.empty(), depth + 1);
  }
}

}  // namespace

const std::vector<PropertyFacts>& ClassFacts::properties() const {
  auto& parsed = table().parsed[index];
  std::call_once(parsed.once, [&] { parsed.properties = table().parse_properties(*this); });
  return parsed.properties;
}

const PropertyFacts* ClassFacts::property(std::string_view wanted) const {
  const auto& all = properties();
  const auto it =
      std::lower_bound(all.begin(), all.end(), wanted, [](const PropertyFacts& p, std::string_view n) { return p.name < n; });
  return it != all.end() && it->name == wanted ? &*it : nullptr;
}

const ClassFacts* find_class(std::string_view name) {
  const auto it = table().by_name.find(name);
  return it == table().by_name.end() ? nullptr : it->second;
}

const std::vector<ClassFacts>& all_classes() { return table().classes; }

std::vector<std::string_view> concrete_classes(std::string_view name) {
  const ClassFacts* facts = find_class(name);
  if (facts == nullptr) return {};
  if (!facts->abstract) return {facts->name};
  return split(facts->raw, ' ');
}

bool is_statistics_class(std::string_view name) {
  constexpr std::array<std::string_view, 7> intervals{"5min", "1h", "1d", "1w", "1mo", "1qtr", "1year"};  // 15min ends in 5min
  return std::any_of(intervals.begin(), intervals.end(), [&](std::string_view interval) { return name.ends_with(interval); });
}

std::vector<std::string_view> nearest_classes(std::string_view name, std::size_t count) {
  constexpr std::size_t name_max = 64;  // the longest class name is shorter, and the work grows with it
  if (name.empty() || name.size() > name_max) return {};
  struct Neighbour {
    std::size_t distance;
    std::size_t unlike;  // what the common prefix leaves
    std::string_view name;
    auto operator<=>(const Neighbour&) const = default;
  };
  const std::size_t furthest = std::max<std::size_t>(2, name.size() / 3);
  std::vector<Neighbour> found;
  for (const auto& facts : all_classes()) {
    const std::size_t difference =
        facts.name.size() > name.size() ? facts.name.size() - name.size() : name.size() - facts.name.size();
    std::size_t distance = furthest + 1;
    if (equal_folded(facts.label, name)) distance = 0;
    else if (difference <= furthest) distance = base::edit_distance(facts.name, name);
    if (distance <= furthest) found.push_back({distance, name_max - common_prefix(facts.name, name), facts.name});
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < std::min(count, found.size()); ++i) names.push_back(found[i].name);
  return names;
}

std::string unknown_class(std::string_view name) {
  std::string message = "unknown class '" + std::string(name.substr(0, 100)) + "'";
  const auto nearest = nearest_classes(name);
  for (std::size_t i = 0; i < nearest.size(); ++i)
    message += (i == 0 ? " (did you mean '" : i + 1 == nearest.size() ? " or '" : ", '") + std::string(nearest[i]) + "'";
  return message + (nearest.empty() ? "" : "?)");
}

std::optional<std::vector<std::pair<std::string_view, std::string_view>>> rn_values(const ClassFacts& facts,
                                                                                    std::string_view rn) {
  if (facts.rn_format.empty()) return {};
  std::vector<std::pair<std::string_view, std::string_view>> values;
  const auto matches = [&](std::string_view format) {
    values.clear();
    return match_rn(format, rn, [&](std::string_view name, std::string_view value) { values.emplace_back(name, value); });
  };
  if (matches(facts.rn_format)) return values;
  const std::size_t slash = facts.rn_format.rfind('/');
  if (slash != npos && matches(facts.rn_format.substr(slash + 1))) return values;
  return {};
}

base::Result<std::string> make_rn(const ClassFacts& facts, const Attributes& attributes) {
  const auto error = [&](std::string_view property, const char* why) {
    return base::Error{base::Errc::invalid, "no name for an object of class " + std::string(facts.name) + ": property '" +
                                                std::string(property) + "' " + why};
  };
  if (facts.rn_format.empty())
    return base::Error{base::Errc::invalid,
                       "the form of the names of class " + std::string(facts.name) + " is not known; give its dn"};
  std::string rn;
  for (std::string_view format = facts.rn_format; !format.empty();) {
    const std::size_t brace = format.find('{');
    rn += format.substr(0, brace);
    if (brace == npos) break;
    format.remove_prefix(brace + 1);
    const std::string_view name = take(format, '}');
    const bool bracketed = rn.ends_with('[') && format.starts_with(']');
    const auto value = attributes.find(name);
    if (!value) return error(name, "is missing");
    if (value->empty() && !bracketed) return error(name, "is empty");
    int depth = 0;
    for (const char c : *value) {
      if (c == '[') ++depth;
      if (c == ']' && --depth < 0) break;
      if (c == '/' && depth == 0 && !bracketed) return error(name, "contains '/'");
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return error(name, "contains a control character");
    }
    if (depth != 0) return error(name, "has unbalanced brackets");
    rn += *value;
    if (rn.size() > Dn::size_max) return error(name, "is too long");
  }
  return rn;
}

const ClassFacts* class_of_rn(std::string_view parent_class, std::string_view rn) {
  static const ChildIndex children;
  if (const ClassFacts* parent = find_class(parent_class.empty() ? "topRoot" : parent_class))
    if (const ClassFacts* facts = children.find(parent->index, rn)) return facts;
  return children.find(ChildIndex::anywhere, rn);
}

const ClassFacts* class_of_dn(std::string_view dn) {
  const auto rns = Dn::split(dn);
  const ClassFacts* at = find_class("topRoot");
  std::size_t i = 0;
  if (rns.size() >= 2) {
    const auto* end = rns[1].data() + rns[1].size();
    if (const ClassFacts* record = class_of_rn({}, dn.substr(0, static_cast<std::size_t>(end - dn.data())))) at = record, i = 2;
  }
  for (; i < rns.size() && at != nullptr; ++i) at = class_of_rn(at->name, rns[i]);
  return at;
}

std::string_view label_of(std::string_view class_name) {
  const ClassFacts* facts = find_class(class_name);
  return facts != nullptr && !facts->label.empty() ? facts->label : class_name;
}

Place place_of(std::string_view dn) {
  Place place;
  read_place(dn, place, true, true, 0);
  return place;
}

}  // namespace aci::model
