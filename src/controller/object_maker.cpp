#include "controller/object_maker.hpp"

#include <algorithm>

#include "model/dn.hpp"
#include "model/property_check.hpp"

namespace aci::controller {
namespace {

using model::AttributeView;
using model::ClassFacts;
using model::PropertyFacts;

// fvRsBd, infraRsAccBaseGrp: the package in small letters, then Rs.
bool is_relation_name(std::string_view name) {
  const auto capital = std::find_if(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const std::string_view rest = name.substr(static_cast<std::size_t>(capital - name.begin()));
  return rest.size() > 2 && rest.starts_with("Rs") && rest[2] >= 'A' && rest[2] <= 'Z';
}

// tnFvBDName -> fvBD
const ClassFacts* class_in_property(std::string_view property) {
  std::string name(property.substr(2, property.size() - 6));
  name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return model::find_class(name);
}

bool names_target(std::string_view property) {
  return property.size() > 6 && property.starts_with("tn") && property.ends_with("Name") && property[2] >= 'A' &&
         property[2] <= 'Z';
}

// "uni/tn-T/ap-A" -> "uni/tn-T"; "" outside a tenant.
std::string_view tenant_of(std::string_view dn) {
  if (!dn.starts_with("uni/tn-")) return {};
  return dn.substr(0, std::min(dn.find('/', 4), dn.size()));
}

bool may_stand_below(const ClassFacts& facts, std::string_view parent) {
  return std::find(facts.parents.begin(), facts.parents.end(), parent) != facts.parents.end();
}

}  // namespace

const ObjectMaker::Known& ObjectMaker::known(const ClassFacts& facts) {
  const auto found = known_.find(&facts);
  if (found != known_.end()) return found->second;
  Known& known = known_[&facts];
  for (const PropertyFacts& property : facts.properties()) {
    if (property.secret || property.name == "rn") continue;
    std::string_view value = property.default_value;
    if (!value.empty()) {
      const model::CheckedValue checked = model::check_value(property, value);
      if (checked.verdict == model::ValueVerdict::fits && checked.value != value)
        value = *canonical_.insert(checked.value).first;
    }
    known.defaults.push_back({property.name, value});
    if (names_target(property.name)) {
      known.relation.name_property = property.name;
      known.relation.target = class_in_property(property.name);
    }
  }
  for (const std::string_view always : {"childAction", "dn", "status"})
    if (!facts.property(always)) known.defaults.push_back({always, ""});
  std::sort(known.defaults.begin(), known.defaults.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  known.is_relation = is_relation_name(facts.name) && facts.property("state");
  return known;
}

model::Attributes ObjectMaker::make(const ClassFacts& facts, std::string_view dn, const std::vector<AttributeView>& values,
                                    const Stamp& stamp) {
  std::vector<AttributeView> all = known(facts).defaults;
  const auto set = [&](std::string_view name, std::string_view value, bool add) {
    const auto at =
        std::lower_bound(all.begin(), all.end(), name, [](const auto& a, std::string_view n) { return a.name < n; });
    if (at != all.end() && at->name == name) at->value = value;
    else if (add) all.insert(at, {name, value});
  };
  if (const auto naming = model::rn_values(facts, model::Dn::rn_of(dn)))
    for (const auto& [name, value] : *naming) set(name, value, true);
  set("modTs", stamp.mod_ts, false);
  set("uid", stamp.uid, false);
  for (const auto& value : values) set(value.name, value.value, true);
  set("dn", dn, true);
  set("childAction", "", true);
  set("status", "", true);
  return model::Attributes::from(all);
}

std::vector<std::string> ObjectMaker::targets(const ClassFacts& facts, std::string_view dn,
                                              const model::Attributes& attributes) {
  const Known& known = this->known(facts);
  if (!known.is_relation) return {};
  if (known.relation.name_property.empty()) {
    const std::string_view target = attributes.get("tDn");
    return target.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::string(target)};
  }
  const ClassFacts* target = known.relation.target;
  if (!target) return {};
  const std::string_view name = attributes.get(known.relation.name_property);
  const auto rn = model::make_rn(*target, {{"name", name.empty() ? "default" : name}});
  if (!rn) return {};
  // By name in the own tenant, then in common; a policy that does not belong to tenants in its one place.
  if (may_stand_below(*target, "fvTenant")) {
    std::vector<std::string> places;
    const std::string_view tenant = tenant_of(dn);
    if (!tenant.empty() && !name.empty()) places.push_back(std::string(tenant) + '/' + *rn);
    places.push_back("uni/tn-common/" + *rn);
    return places;
  }
  if (may_stand_below(*target, "infraInfra")) return {"uni/infra/" + *rn};
  if (may_stand_below(*target, "fabricInst")) return {"uni/fabric/" + *rn};
  return {};
}

void ObjectMaker::resolve(const Exists& exists, const ClassFacts& facts, std::string_view dn, model::Attributes& attributes) {
  const Known& known = this->known(facts);
  if (!known.is_relation) return;
  const bool by_name = !known.relation.name_property.empty();
  const std::vector<std::string> places = targets(facts, dn, attributes);
  if (places.empty() && !by_name) return;
  // Ports and paths of the fabric are taken to be there.
  const auto found = std::find_if(places.begin(), places.end(), [&](const std::string& place) {
    return (!by_name && place.starts_with("topology/")) || exists(place);
  });
  const std::string_view state = places.empty() ? "unformed" : found != places.end() ? "formed" : "missing-target";
  const std::string_view target = places.empty() ? std::string_view{} : found != places.end() ? *found : places.front();
  std::vector<AttributeView> set{{"state", state}, {"stateQual", "none"}};
  if (by_name) {
    if (!places.empty() && attributes.get(known.relation.name_property).empty()) set[1].value = "default-target";
    set.push_back({"tDn", target});
    set.push_back({"tRn", model::Dn::rn_of(target)});
  } else if (attributes.get("tCl").empty()) {
    if (const ClassFacts* of = model::class_of_dn(target)) set.push_back({"tCl", of->name});
  }
  std::erase_if(set, [&](const AttributeView& attribute) { return !attributes.contains(attribute.name); });
  attributes.merge(set.data(), set.size());
}

const std::vector<std::string_view>& implicit_children(std::string_view class_name) {
  using List = std::vector<std::string_view>;
  static const std::unordered_map<std::string_view, List> table{
      {"fvTenant", {"fvRsTenantMonPol"}},
      {"fvAp", {"fvRsApMonPol"}},
      {"fvAEPg", {"fvRsBd", "fvRsCustQosPol", "fvRsAEPgMonPol"}},
      {"fvBD", {"fvRsCtx", "fvRsBdToEpRet", "fvRsIgmpsn", "fvRsMldsn", "fvRsBDToNdP"}},
      {"fvCtx", {"vzAny", "fvRsCtxToEpRet", "fvRsOspfCtxPol", "fvRsBgpCtxPol", "fvRsCtxToExtRouteTagPol", "fvRsCtxMonPol"}},
  };
  static const List none;
  const auto found = table.find(class_name);
  return found == table.end() ? none : found->second;
}

}  // namespace aci::controller
