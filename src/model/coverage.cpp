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

bool stands_in_target(const Query& query, std::string_view class_name, std::string_view dn) {
  if (!query.class_name.empty() && query.target == Target::self)
    return is_of(class_name, query.class_name) && (query.dn.empty() || Dn::is_below(dn, query.dn.str()));
  if (!query.class_name.empty()) {
    // Below an object of the class: one of the DN's ancestors (or itself, for subtree) is of it.
    for (std::string_view at = query.target == Target::children ? Dn::parent_of(dn) : dn; !at.empty(); at = Dn::parent_of(at)) {
      const ClassFacts* facts = class_of_dn(at);
      if (facts && is_of(facts->name, query.class_name)) return true;
      if (query.target == Target::children) return false;
    }
    return false;
  }
  switch (query.target) {
    case Target::self: return dn == query.dn.str();
    case Target::children: return dn != query.dn.str() && Dn::parent_of(dn) == query.dn.str();
    case Target::subtree: return dn == query.dn.str() || Dn::is_below(dn, query.dn.str());
  }
  return false;
}

}  // namespace

bool covers(const Query& query, std::string_view class_name, std::string_view dn, const Attributes& attributes) {
  if (!stands_in_target(query, class_name, dn)) return false;
  if (query.target != Target::self && !query.target_subtree_class.empty() &&
      std::none_of(query.target_subtree_class.begin(), query.target_subtree_class.end(),
                   [&](const std::string& wanted) { return is_of(class_name, wanted); }))
    return false;
  return !query.target_filter || query.target_filter->matches(class_name, attributes);
}

}  // namespace aci::model
