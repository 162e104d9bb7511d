#include "controller/relations.hpp"

#include <algorithm>
#include <functional>

#include "model/class_facts.hpp"
#include "model/dn.hpp"
#include "model/text.hpp"

namespace aci::controller {
namespace {

using model::ClassFacts;
using model::Op;

std::string_view package_of(std::string_view class_name) {
  return class_name.substr(0, class_name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

// fvRsProv to a vzBrCP -> vzRtProv, whose RN begins with rtfvProv-; nullptr when there is no such class.
const ClassFacts* reverse_of(std::string_view relation, std::string_view target_class) {
  const std::string_view from = package_of(relation), to = package_of(target_class);
  if (relation.substr(from.size(), 2) != "Rs") return nullptr;
  const std::string name(relation.substr(from.size() + 2));
  const ClassFacts* facts = model::find_class(std::string(to) + "Rt" + name);
  if (!facts) return nullptr;
  const std::string prefix = "rt" + (from == to ? std::string{} : std::string(from)) + name;
  return model::equal_ignoring_case(facts->rn_format.substr(0, facts->rn_format.find("-[")), prefix) ? facts : nullptr;
}

// Of an object that a relation leads to; what it takes for its target may be an abstract class of another package, as
// infraRsDomP takes an infraADomP for a physDomP.
const ClassFacts* reverse_at(const Node& target, const ClassFacts& relation) {
  if (const ClassFacts* facts = reverse_of(relation.name, target.of->name)) return facts;
  const model::PropertyFacts* named = relation.property("tCl");
  return named ? reverse_of(relation.name, named->default_value) : nullptr;
}

// "" when it leads nowhere, or to a policy that nobody named.
std::string_view named_target(const model::Attributes& relation) {
  if (relation.get("state") != "formed" || relation.get("stateQual") == "default-target") return {};
  return relation.get("tDn");
}

}  // namespace

void Relations::link(const Node& node, const model::Attributes& attributes) {
  if (!node.of->facts || attributes.get("stateQual") == "default-target") return;
  for (const std::string& target : maker_.targets(*node.of->facts, node.dn, attributes))
    by_target_.emplace(std::hash<std::string_view>{}(target), &node);
}

void Relations::unlink(const Node& node, const model::Attributes& attributes) {
  if (!node.of->facts) return;
  for (const std::string& target : maker_.targets(*node.of->facts, node.dn, attributes))
    by_target_.erase({std::hash<std::string_view>{}(target), &node});
}

void Relations::index_all() {
  by_target_.clear();
  for (const Node* node = &tree_.root(); node; node = next_in_subtree(*node, tree_.root())) link(*node, node->attributes);
}

std::vector<const Node*> Relations::to(std::string_view dn) const {
  std::vector<const Node*> found;
  const std::size_t hash = std::hash<std::string_view>{}(dn);
  for (auto at = by_target_.lower_bound({hash, nullptr}); at != by_target_.end() && at->first == hash; ++at)
    found.push_back(at->second);
  return found;
}

void Relations::note(const NodeChange& change) {
  const Node& node = change.node;
  if (change.op != Op::modified)
    for (const Node* relation : to(node.dn)) waiting_.push_back(relation->dn);
  if (change.op == Op::modified && !change.before) return;
  std::string_view old;
  if (change.op != Op::created) {
    const model::Attributes& before = change.op == Op::modified ? *change.before : node.attributes;
    unlink(node, before);
    old = named_target(before);
  }
  if (change.op != Op::deleted) link(node, node.attributes);
  const std::string_view target = change.op == Op::deleted ? std::string_view{} : named_target(node.attributes);
  if (node.of->facts && old != target) moved_.push_back({node.dn, node.of->facts, std::string(old)});
}

void Relations::follow(const Moved& moved, const Stamp& stamp) {
  const Node* relation = tree_.find(moved.dn);
  const std::string target(relation ? named_target(relation->attributes) : std::string_view{});
  if (target == moved.old_target) return;
  const std::string source(model::Dn::parent_of(moved.dn));
  const model::Attributes values{{"tDn", source}};
  const auto reverse_dn = [&](const Node& at, const ClassFacts& facts) {
    const auto rn = model::make_rn(facts, values);
    return rn ? at.dn + '/' + *rn : std::string{};
  };
  if (const Node* old = tree_.find(moved.old_target); old && !moved.old_target.empty())
    if (const ClassFacts* facts = reverse_at(*old, *moved.facts))
      if (const std::string dn = reverse_dn(*old, *facts); tree_.find(dn))
        (void)writer_.set({std::string(facts->name), {{"dn", dn}, {"status", "deleted"}}, {}}, stamp);
  Node* now = target.empty() ? nullptr : tree_.find(target);
  const ClassFacts* facts = now ? reverse_at(*now, *moved.facts) : nullptr;
  if (!facts) return;
  const std::string dn = reverse_dn(*now, *facts);
  if (dn.empty() || tree_.find(dn)) return;
  writer_.create(*now, *facts, dn, {{"tDn", source}, {"tCl", relation->parent->of->name}}, stamp);
}

void Relations::settle(const Stamp& stamp) {
  while (!waiting_.empty() || !moved_.empty()) {
    for (const std::string& dn : std::exchange(waiting_, {}))
      if (Node* node = tree_.find(dn)) writer_.resolve(*node, stamp);
    for (const Moved& moved : std::exchange(moved_, {})) follow(moved, stamp);
  }
}

}  // namespace aci::controller
