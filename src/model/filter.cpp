#include "model/filter.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <utility>

#include "model/class_facts.hpp"
#include "model/property_check.hpp"
#include "model/text.hpp"
#include "model/value_key.hpp"

namespace aci::model {
namespace {

// The comparisons come first, see Node::is_comparison().
enum class Operator : std::uint8_t {
  eq,
  ne,
  lt,
  gt,
  le,
  ge,
  wcard,
  anybit,
  allbits,
  bw,
  all_of,
  any_of,
  odd_of,
  negation,
  always,
  never,
  pholder,
  passive
};
constexpr std::array<std::string_view, 18> operator_names{"eq",    "ne",     "lt",      "gt",    "le",      "ge",
                                                          "wcard", "anybit", "allbits", "bw",    "and",     "or",
                                                          "xor",   "not",    "true",    "false", "pholder", "passive"};

constexpr std::string_view name_of(Operator op) { return operator_names[static_cast<std::size_t>(op)]; }

bool contains_name(std::string_view list, std::string_view wanted) {
  return !each_part(list, ',', [&](std::string_view name) { return name != wanted; });
}

// '*' is any run, '?' any one byte. Goes back to the last '*' only, so it takes at most |pattern| * |text| steps.
bool glob(std::string_view pattern, std::string_view text) {
  constexpr auto none = std::string_view::npos;
  std::size_t p = 0, t = 0, star = none, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == none;
}

// SQL's third truth: of a property that belongs to another class, neither a condition nor its negation holds.
enum class Verdict : std::uint8_t { no, yes, inapplicable };

Verdict verdict(bool yes) { return yes ? Verdict::yes : Verdict::no; }

// One concrete class that a condition speaks of, with what its property means there.
struct Subject {
  std::string class_name;
  const PropertyFacts* facts = nullptr;
  Measure measure = Measure::text;
  std::array<std::optional<Key>, 2> keys;  // of the condition's values
};

}  // namespace

struct Filter::Node {
  Operator op = Operator::always;
  std::vector<Node> operands;  // of and, or, xor, not, true, false

  // Of a comparison:
  std::string class_name, property;
  std::array<std::string, 2> values;  // the second only of bw; the first holds pholder's and passive's text as it came
  std::vector<Subject> subjects;      // sorted by class
  bool is_pattern = false;            // wcard with more than a text to look for
  bool is_expression = false;         // and that written as a regular expression
  std::string pattern;                // for glob()

  bool is_comparison() const { return op <= Operator::bw; }
  std::size_t value_count() const { return op == Operator::bw ? 2 : 1; }
};

namespace {

using Node = Filter::Node;

// Clients in use write regular expressions, of which ".*", '^' and '$' are all that they are known to use: such a one is
// searched for in the value, where a pattern stands for the whole of it.
void read_pattern(Node& node) {
  constexpr std::string_view any_run = ".*";
  std::string_view value = node.values[0];
  const bool from_begin = value.starts_with('^'), to_end = value.ends_with('$');
  node.is_expression = from_begin || to_end || value.find(any_run) != std::string_view::npos;
  node.is_pattern = node.is_expression || value.find_first_of("*?") != std::string_view::npos;
  if (!node.is_expression) {
    node.pattern = value;
    return;
  }
  if (from_begin) value.remove_prefix(1);
  if (to_end && !value.empty()) value.remove_suffix(1);
  if (!from_begin) node.pattern += '*';
  for (std::size_t at = 0; at < value.size(); ++at)
    if (!value.substr(at).starts_with(any_run)) node.pattern += value[at];
  if (!to_end) node.pattern += '*';
}

void resolve(Node& node) {
  if (node.op == Operator::wcard) read_pattern(node);
  const ClassFacts* named = find_class(node.class_name);
  std::vector<std::string_view> classes;
  if (named) classes = concrete_classes(node.class_name);
  if (classes.empty()) classes.push_back(node.class_name);
  std::sort(classes.begin(), classes.end());
  for (const auto name : classes) {
    Subject subject{std::string(name)};
    if (const ClassFacts* facts = find_class(name)) subject.facts = facts->property(node.property);
    if (!subject.facts && named) subject.facts = named->property(node.property);
    subject.measure = measure_of(subject.facts, node.values[0]);
    for (std::size_t i = 0; i < node.value_count(); ++i)
      subject.keys[i] = key_of(subject.measure, subject.facts, node.values[i]);
    node.subjects.push_back(std::move(subject));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<Node> run() {
    Node root;
    if (text_.size() > Filter::size_max) {
      at_ = Filter::size_max;
      fail("the filter is longer than 65536 bytes");
    } else if (filter(root, 1)) {
      skip_blanks();
      if (at_ == text_.size()) return root;
      fail("nothing may follow the filter");
    }
    return std::move(error_);
  }

 private:
  bool filter(Node& node, int depth) {
    if (depth > Filter::depth_max) return fail("filters nested deeper than 64");
    skip_blanks();
    const std::size_t begin = at_;
    const auto name = word(false);
    if (name.empty()) return fail(R"(expected a filter such as eq(fvTenant.name,"Web"))");
    const auto known = std::find(operator_names.begin(), operator_names.end(), name);
    if (known == operator_names.end()) {
      at_ = begin;
      return fail("no such filter type");
    }
    node.op = static_cast<Operator>(known - operator_names.begin());
    if (!expect('(', "after the filter type")) return false;
    if (node.is_comparison()) return comparison(node);
    if (node.op == Operator::pholder || node.op == Operator::passive) return holder(node);
    if (node.op == Operator::always || node.op == Operator::never) {
      if (next_is(')')) return true;
    }
    return operands(node, depth);
  }

  bool operands(Node& node, int depth) {
    const bool many = node.op == Operator::all_of || node.op == Operator::any_of || node.op == Operator::odd_of;
    do {
      if (!filter(node.operands.emplace_back(), depth + 1)) return false;
    } while (many && next_is(','));
    return next_is(')') || fail(many ? "expected ',' or ')' after the filter" : "expected ')' after the filter");
  }

  bool comparison(Node& node) {
    skip_blanks();
    node.class_name = word(true);
    if (node.class_name.empty()) return fail("expected a property such as fvTenant.name");
    if (at_ == text_.size() || text_[at_] != '.') return fail("expected '.' and a property after the class");
    ++at_;
    node.property = word(true);
    if (node.property.empty()) return fail("expected a property's name after the '.'");
    if (!expect(',', "after the property") || !value(node.values[0])) return false;
    if (node.op == Operator::bw && (!expect(',', "after the value, bw takes two") || !value(node.values[1]))) return false;
    if (!expect(')', "after the value")) return false;
    resolve(node);
    subjects_ += node.subjects.size();
    return subjects_ <= subjects_max || fail("the filter stands for conditions on too many classes");
  }

  bool value(std::string& out) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return quoted(out);
    const auto end = std::min(text_.find_first_of(",()\" \t\r\n", at_), text_.size());
    out = text_.substr(at_, end - at_);
    at_ = end;
    if (out.empty()) return fail("expected a value");
    if (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '"')) return fail("a value with '(' or '\"' must be quoted");
    return true;
  }

  bool quoted(std::string& out) {
    const std::size_t begin = at_++;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) ++at_;
      out += text_[at_];
    }
    at_ = begin;
    return fail("the quote is not closed");
  }

  // What stands inside is not known to us, so it is kept as it came, up to the parenthesis that closes it.
  bool holder(Node& node) {
    const std::size_t begin = at_;
    bool in_quotes = false;
    for (int open = 1; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && in_quotes) {
        at_ = std::min(at_ + 1, text_.size() - 1);
      } else if (c == '"') {
        in_quotes = !in_quotes;
      } else if (!in_quotes && c == '(') {
        ++open;
      } else if (!in_quotes && c == ')' && --open == 0) {
        node.values[0] = trimmed(text_.substr(begin, at_ - begin));
        ++at_;
        return true;
      }
    }
    return fail("expected ')'");
  }

  std::string_view word(bool digits) {
    const std::size_t begin = at_;
    const auto belongs = [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (digits && at_ > begin && ((c >= '0' && c <= '9') || c == '_'));
    };
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  bool next_is(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool expect(char c, const char* where) { return next_is(c) || fail(std::string("expected '") + c + "' " + where); }

  bool fail(const std::string& what) {
    error_ = {base::Errc::invalid, "at position " + std::to_string(at_ + 1) + ": " + what, 301};
    return false;
  }

  // Abstract classes multiply what a filter's text takes in memory; this keeps it to a few megabytes.
  static constexpr std::size_t subjects_max = 32 * 1024;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t subjects_ = 0;
  base::Error error_;
};

bool has_bits(const Node& node, const Subject& subject, std::string_view value) {
  const auto wanted = subject.keys[0];
  const auto held = wanted ? key_of(subject.measure, subject.facts, value) : std::nullopt;
  if (held && subject.measure == Measure::flags) {
    return node.op == Operator::anybit ? (*held & *wanted) != 0 : (*held & *wanted) == *wanted;
  }
  if (node.op == Operator::allbits) {
    return each_part(node.values[0], ',', [&](std::string_view name) { return contains_name(value, name); });
  }
  return !each_part(node.values[0], ',', [&](std::string_view name) { return !contains_name(value, name); });
}

// What a comparison means for this class, nullptr when it speaks of others.
const Subject* subject_of(const Node& node, std::string_view class_name) {
  const auto subject = std::lower_bound(node.subjects.begin(), node.subjects.end(), class_name,
                                        [](const Subject& s, std::string_view name) { return s.class_name < name; });
  return subject == node.subjects.end() || subject->class_name != class_name ? nullptr : &*subject;
}

Verdict compare(const Node& node, std::string_view class_name, const Attributes& attributes) {
  const Subject* subject = subject_of(node, class_name);
  if (!subject) return Verdict::inapplicable;
  const std::string_view value = attributes.get(node.property);
  if (node.op == Operator::wcard) {
    return verdict(node.is_pattern ? glob(node.pattern, value) : value.find(node.values[0]) != std::string_view::npos);
  }
  if (node.op == Operator::anybit || node.op == Operator::allbits) return verdict(has_bits(node, *subject, value));

  // Both sides by value, or else all of them as text: one comparison never mixes the two.
  std::optional<Key> key;
  if (subject->keys[0] && (node.op != Operator::bw || subject->keys[1])) key = key_of(subject->measure, subject->facts, value);
  const auto against = [&](std::size_t i) {
    return key ? *key <=> *subject->keys[i] : value <=> std::string_view(node.values[i]);
  };
  const auto order = against(0);
  switch (node.op) {
    case Operator::eq: return verdict(order == 0);
    case Operator::ne: return verdict(order != 0);
    case Operator::lt: return verdict(order < 0);
    case Operator::gt: return verdict(order > 0);
    case Operator::le: return verdict(order <= 0);
    case Operator::ge: return verdict(order >= 0);
    default: return verdict(order >= 0 && against(1) <= 0);
  }
}

Verdict evaluate(const Node& node, std::string_view class_name, const Attributes& attributes) {
  switch (node.op) {
    case Operator::always:
    case Operator::pholder:
    case Operator::passive: return Verdict::yes;
    case Operator::never: return Verdict::no;
    case Operator::negation: {
      const Verdict inner = evaluate(node.operands[0], class_name, attributes);
      return inner == Verdict::inapplicable ? inner : verdict(inner == Verdict::no);
    }
    case Operator::all_of:
    case Operator::any_of: {
      const Verdict deciding = verdict(node.op == Operator::any_of);
      Verdict result = verdict(node.op == Operator::all_of);
      for (const Node& operand : node.operands) {
        const Verdict one_of = evaluate(operand, class_name, attributes);
        if (one_of == deciding) return deciding;
        if (one_of == Verdict::inapplicable) result = one_of;
      }
      return result;
    }
    case Operator::odd_of: {
      bool odd = false;
      for (const Node& operand : node.operands) {
        const Verdict one_of = evaluate(operand, class_name, attributes);
        if (one_of == Verdict::inapplicable) return one_of;
        odd ^= one_of == Verdict::yes;
      }
      return verdict(odd);
    }
    default: return compare(node, class_name, attributes);
  }
}

// As recorded F999999 is none; which ones there are is not known beyond that.
bool is_fault_code(std::string_view value) {
  return value.size() > 1 && value.size() <= 7 && value.front() == 'F' &&
         value.find_first_not_of("0123456789", 1) == std::string_view::npos && value != "F999999";
}

// Whether the controller would take the value for a property with these facts.
bool is_valid(const PropertyFacts& facts, std::string_view value) {
  const auto has_key = [&](std::string_view text) { return key_of(measure_of(&facts, text), &facts, text).has_value(); };
  switch (facts.type) {
    // A number whose default is a name ("unspecified") has more names ("http") than the facts tell.
    case PropertyType::number: return has_key(value) || (!facts.default_value.empty() && !has_key(facts.default_value));
    case PropertyType::boolean:
    case PropertyType::date: return has_key(value);
    case PropertyType::enumeration:
    case PropertyType::flags: return facts.values.empty() || has_key(value);
    default: return true;
  }
}

// Recorded of the controller: what a pattern may hold depends on the property's own format.
bool takes_pattern(const Node& node) {
  if (!node.is_pattern || node.is_expression || node.pattern == "*") return true;
  if (node.values[0].front() == '*' || node.property == "dn" || node.property == "descr") return false;
  return std::none_of(node.subjects.begin(), node.subjects.end(),
                      [](const Subject& subject) { return subject.facts && subject.facts->type == PropertyType::ip; });
}

base::Result<void> check_comparison(const Node& node) {
  if (auto named = check_property_name(node.class_name, node.property); !named) return named;
  for (std::size_t i = 0; i < node.value_count(); ++i) {
    const bool valid = node.op == Operator::wcard
                           ? takes_pattern(node)
                           : std::any_of(node.subjects.begin(), node.subjects.end(), [&](const Subject& subject) {
                               if (node.property == "code" && subject.class_name.starts_with("fault"))
                                 return is_fault_code(node.values[i]);
                               return !subject.facts || is_valid(*subject.facts, node.values[i]);
                             });
    if (!valid) {
      const std::string property = node.class_name + "." + shown(node.property);
      return base::Error{base::Errc::invalid,
                         "Incorrect filter format for " + property + ", value '" + shown(node.values[i]) + "' is not valid",
                         301};
    }
  }
  return {};
}

base::Result<void> check_node(const Node& node) {
  if (node.is_comparison()) return check_comparison(node);
  for (const Node& operand : node.operands) {
    if (auto checked = check_node(operand); !checked) return checked;
  }
  return {};
}

// `wanted` is what the node has to be for an object of the class.
bool can_be(const Node& node, std::string_view class_name, bool wanted) {
  const auto operand_can = [&](const Node& operand) { return can_be(operand, class_name, wanted); };
  switch (node.op) {
    case Operator::always:
    case Operator::pholder:
    case Operator::passive: return wanted;
    case Operator::never: return !wanted;
    case Operator::negation: return can_be(node.operands[0], class_name, !wanted);
    case Operator::all_of:
    case Operator::any_of:
      return (node.op == Operator::all_of) == wanted ? std::all_of(node.operands.begin(), node.operands.end(), operand_can)
                                                     : std::any_of(node.operands.begin(), node.operands.end(), operand_can);
    case Operator::odd_of:
      return std::all_of(node.operands.begin(), node.operands.end(), [&](const Node& operand) {
        return can_be(operand, class_name, true) || can_be(operand, class_name, false);
      });
    default: return subject_of(node, class_name) != nullptr;
  }
}

void add_comparisons(const Node& node, std::vector<Filter::Comparison>& comparisons) {
  if (node.is_comparison()) {
    const auto end = node.values.begin() + static_cast<std::ptrdiff_t>(node.value_count());
    comparisons.push_back({name_of(node.op), node.class_name, node.property, {node.values.begin(), end}});
  }
  for (const Node& operand : node.operands) add_comparisons(operand, comparisons);
}

bool is_steady_property(std::string_view class_name, const std::string& property) {
  if (property == "dn") return true;
  const auto concrete = concrete_classes(class_name);
  return !concrete.empty() && std::all_of(concrete.begin(), concrete.end(), [&](std::string_view name) {
    const ClassFacts* facts = find_class(name);
    if (facts->is_log_record()) return true;
    const PropertyFacts* of = facts->property(property);
    return of && (of->naming || of->create_only);
  });
}

bool is_steady_node(const Node& node) {
  return (!node.is_comparison() || is_steady_property(node.class_name, node.property)) &&
         std::all_of(node.operands.begin(), node.operands.end(), is_steady_node);
}

void add_classes(const Node& node, std::vector<std::string>& classes) {
  if (node.is_comparison() && std::find(classes.begin(), classes.end(), node.class_name) == classes.end()) {
    classes.push_back(node.class_name);
  }
  for (const Node& operand : node.operands) add_classes(operand, classes);
}

void print(const Node& node, std::string& out) {
  out += name_of(node.op);
  out += '(';
  if (node.is_comparison()) {
    out += node.class_name;
    out += '.';
    out += node.property;
    for (std::size_t i = 0; i < node.value_count(); ++i) {
      out += ",\"";
      for (const char c : node.values[i]) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += '"';
    }
  } else {
    out += node.values[0];
    for (const Node& operand : node.operands) {
      if (&operand != &node.operands.front()) out += ',';
      print(operand, out);
    }
  }
  out += ')';
}

}  // namespace

base::Result<Filter> Filter::parse(std::string_view text) {
  auto root = Parser(text).run();
  if (!root) return root.error();
  return Filter(std::make_shared<const Node>(std::move(*root)));
}

base::Result<void> Filter::check() const { return check_node(*root_); }

bool Filter::matches(std::string_view class_name, const Attributes& attributes) const {
  return evaluate(*root_, class_name, attributes) == Verdict::yes;
}

bool Filter::can_match(std::string_view class_name) const { return can_be(*root_, class_name, true); }

bool Filter::is_steady() const { return is_steady_node(*root_); }

std::vector<Filter::Comparison> Filter::comparisons() const {
  std::vector<Comparison> comparisons;
  add_comparisons(*root_, comparisons);
  return comparisons;
}

std::vector<std::string> Filter::classes() const {
  std::vector<std::string> classes;
  add_classes(*root_, classes);
  return classes;
}

std::string Filter::str() const {
  std::string out;
  print(*root_, out);
  return out;
}

}  // namespace aci::model
