#include "model/watchable.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "model/change.hpp"
#include "model/class_facts.hpp"
#include "model/property_check.hpp"

namespace aci::model {
namespace {

base::Error invalid(std::string message) { return {base::Errc::invalid, std::move(message)}; }

std::string listed(const std::vector<std::string_view>& words, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), most); ++i) (text += text.empty() ? "" : ", ") += words[i];
  return words.size() > most ? text + ", ..." : text;
}

std::string unknown_property(const std::string& class_name, std::string_view property) {
  std::vector<std::string_view> names;
  for (const std::string_view name : concrete_classes(class_name))
    for (const PropertyFacts& facts : find_class(name)->properties()) names.push_back(facts.name);
  return "class " + class_name + " has no property '" + std::string(property.substr(0, 100)) + "'" +
         base::did_you_mean(property, names);
}

// Whether the property of some concrete class can have the value.
bool can_have(const std::string& class_name, const std::string& property, const std::string& value) {
  for (const std::string_view name : concrete_classes(class_name)) {
    const PropertyFacts* facts = find_class(name)->property(property);
    if (!facts) facts = find_class(class_name)->property(property);
    if (!facts) return true;
    // Of what the controller alone sets, the table's limits are not known to be those of every release.
    const bool limited = facts->type == PropertyType::enumeration ||
                         (facts->type == PropertyType::number && facts->configurable && (facts->min || facts->max));
    if (!limited || check_value(*facts, value).verdict != ValueVerdict::unknown_value) return true;
  }
  return false;
}

std::string impossible_value(const Filter::Comparison& comparison, const std::string& value) {
  std::string message = comparison.class_name + "." + comparison.property + " is never '" + value.substr(0, 100) + "'";
  for (const std::string_view name : concrete_classes(comparison.class_name)) {
    const PropertyFacts* facts = find_class(name)->property(comparison.property);
    if (!facts) continue;
    if (facts->type == PropertyType::enumeration) {
      message += base::did_you_mean(value, facts->values) + "; it is one of " + listed(facts->values, 12);
    } else {
      if (facts->min) message += "; its least is " + std::to_string(*facts->min);
      if (facts->max) message += "; its most is " + std::to_string(*facts->max);
    }
    break;
  }
  return message;
}

// Classes that the query answers with, nothing when they cannot be told.
std::vector<std::string> answered_classes(const Query& query) {
  if (query.target != Target::self) return query.target_subtree_class;
  if (!query.class_name.empty()) return {query.class_name};
  if (const ClassFacts* facts = class_of_dn(query.dn.str())) return {std::string(facts->name)};
  return {};
}

base::Result<void> watchable_options(const Query& query) {
  if (query.rsp_subtree != RspSubtree::no)
    return invalid(
        "rsp-subtree only decorates the first answer, and pushes carry no children; watch them with query-target=subtree");
  for (const std::string& token : query.rsp_subtree_include) {
    if (token == "count") return invalid("a count is not pushed; watch the objects");
    if (token == "health") return invalid("pushes carry no health scores of other objects; watch class healthInst");
    if (token == "faults") return invalid("pushes carry no faults of other objects; watch class faultInst");
    return invalid("rsp-subtree-include=" + token + " only decorates the first answer; it cannot be watched");
  }
  if (!query.rsp_prop_include.empty() && query.rsp_prop_include != "all")
    return invalid("rsp-prop-include=" + query.rsp_prop_include + " makes the controller withhold changes; leave it out");
  if (query.page && *query.page != 0) return invalid("one page of an answer cannot be watched; leave 'page' out");
  return {};
}

}  // namespace

base::Result<void> watchable_class(std::string_view name) {
  if (is_statistics_class(name))
    return invalid(
        std::string(name) +
        " holds statistics, which the controller never pushes; watch its object or a fault on it instead, or read it "
        "with 'aciwatch get " +
        std::string(name) + "'");
  if (!find_class(name)) return invalid(unknown_class(name));
  return {};
}

base::Result<void> watchable_filter(const Filter& filter, const std::vector<std::string>& classes) {
  const auto comparisons = filter.comparisons();
  for (const auto& comparison : comparisons) {
    if (!find_class(comparison.class_name)) return invalid("filter: " + unknown_class(comparison.class_name));
    if (!check_property_name(comparison.class_name, comparison.property))
      return invalid("filter: " + unknown_property(comparison.class_name, comparison.property));
    const bool exact = comparison.op == "eq" || comparison.op == "ne";
    for (const std::string& value : comparison.values)
      if (exact && !can_have(comparison.class_name, comparison.property, value))
        return invalid("filter: " + impossible_value(comparison, value));
  }
  if (const auto checked = filter.check(); !checked) return invalid("filter: " + checked.error().message);
  const auto matches_some = [&](const std::string& name) {
    const auto concrete = concrete_classes(name);
    return std::any_of(concrete.begin(), concrete.end(), [&](std::string_view one) { return filter.can_match(one); });
  };
  if (!classes.empty() && std::none_of(classes.begin(), classes.end(), matches_some)) {
    const std::vector<std::string_view> wanted(classes.begin(), classes.end());
    const auto named = filter.classes();
    const std::vector<std::string_view> spoken(named.begin(), named.end());
    return invalid("filter: it never matches an object of " + listed(wanted, 5) +
                   (spoken.empty() ? "" : ", since it speaks of " + listed(spoken, 5)));
  }
  return {};
}

base::Result<void> watchable(const Query& query) {
  if (query.class_name.empty() && query.dn.empty()) return invalid("nothing to watch: a class or a DN is needed");
  if (!query.class_name.empty())
    if (const auto fine = watchable_class(query.class_name); !fine) return fine;
  for (const std::string& name : query.target_subtree_class)
    if (const auto fine = watchable_class(name); !fine) return fine;
  if (query.class_name.empty() && query.target == Target::self)
    if (const ClassFacts* facts = class_of_dn(query.dn.str()); facts && is_statistics_class(facts->name))
      return watchable_class(facts->name);
  if (const auto fine = watchable_options(query); !fine) return fine;
  if (query.target_filter) return watchable_filter(*query.target_filter, answered_classes(query));
  return {};
}

}  // namespace aci::model
