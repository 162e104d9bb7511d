#include "model/coverage.hpp"

#include <algorithm>

#include "model/class_facts.hpp"

namespace aci::model {
namespace {

bool is_of(std::string_view class_name, std::string_view wanted) {
  if (class_name == wanted) return true;
  const ClassFacts* facts = find_class(wanted);
  if (!facts || !facts->abstract) return false;
  const auto concrete = concrete_classes(wanted);
  return std::find(concrete.begin(), concrete.end(), class_name) != concrete.end();
}

// Log records are named by two RNs and stand at the root.
std::string_view parent_of(std::string_view dn) {
  const std::string_view parent = Dn::parent_of(dn);
  return !parent.empty() && Dn::parent_of(parent).empty() && class_of_rn({}, dn) ? std::string_view{} : parent;
}

std::string_view class_of(std::string_view dn) {
  const ClassFacts* facts = dn.empty() ? find_class("topRoot") : class_of_dn(dn);
  return facts ? facts->name : std::string_view{};
}

// Whether an object, named by its class and its DN, is one of those that a class query begins at.
bool begins_at(const Query& query, std::string_view class_name, std::string_view dn) {
  return is_of(class_name, query.class_name) && (query.dn.empty() || Dn::is_below(dn, query.dn.str()));
}

bool stands_in_target(const Query& query, std::string_view class_name, std::string_view dn) {
  const bool of_class = !query.class_name.empty();
  switch (query.target) {
    case Target::self: return of_class ? begins_at(query, class_name, dn) : dn == query.dn.str();
    case Target::children: {
      if (dn.empty()) return false;
      const std::string_view parent = parent_of(dn);
      return of_class ? begins_at(query, class_of(parent), parent) : parent == query.dn.str();
    }
    case Target::subtree: break;
  }
  if (!of_class) return dn == query.dn.str() || Dn::is_below(dn, query.dn.str());
  if (begins_at(query, class_name, dn)) return true;
  for (std::string_view at = dn; !at.empty();) {
    at = parent_of(at);
    if (begins_at(query, class_of(at), at)) return true;
  }
  return false;
}

bool is_among(std::string_view class_name, const std::vector<std::string>& wanted) {
  return wanted.empty() ||
         std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) { return is_of(class_name, one); });
}

bool includes(const Query& query, std::string_view token) {
  return std::find(query.rsp_subtree_include.begin(), query.rsp_subtree_include.end(), token) !=
         query.rsp_subtree_include.end();
}

// Faults or health of what the query selects, and these alone.
bool wants_records_only(const Query& query) {
  return includes(query, "no-scoped") && (includes(query, "faults") || includes(query, "health"));
}

// What a filter says of the object that a record is about cannot be known from the record.
bool covers_record(const Query& query, std::string_view class_name, std::string_view dn) {
  const bool wanted = (includes(query, "faults") && is_of(class_name, "faultInfo")) ||
                      (includes(query, "health") && (class_name == "healthInst" || class_name == "healthNodeInst"));
  if (!wanted || query.target_filter || dn.empty()) return false;
  const bool deep = includes(query, "subtree") || query.rsp_subtree == RspSubtree::full;
  for (std::string_view above = dn; !above.empty();) {
    above = parent_of(above);
    const std::string_view of = class_of(above);
    if (stands_in_target(query, of, above) && (query.target == Target::self || is_among(of, query.target_subtree_class)))
      return true;
    if (!deep) break;
  }
  return false;
}

}  // namespace

bool covers(const Query& query, std::string_view class_name, std::string_view dn, const Attributes& attributes) {
  if (wants_records_only(query)) return covers_record(query, class_name, dn);
  if (!stands_in_target(query, class_name, dn)) return false;
  if (query.target != Target::self && !is_among(class_name, query.target_subtree_class)) return false;
  return !query.target_filter || query.target_filter->matches(class_name, attributes);
}

Query without_fleeting_filter(Query query) {
  if (query.target_filter && !query.target_filter->is_steady()) query.target_filter.reset();
  return query;
}

}  // namespace aci::model
