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
