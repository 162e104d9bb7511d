#include "controller/grower.hpp"

#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {

void Grower::add(std::string_view class_name, std::string dn, const std::vector<model::AttributeView>& values) {
  const model::ClassFacts* facts = model::find_class(class_name);
  Node* parent = tree_.find(model::Dn::parent_of(dn));
  if (!facts || !parent || tree_.find(dn)) return;
  grown_.push_back(&tree_.insert(*parent, class_name, dn, maker_.make(*facts, dn, values, stamp_)));
}

void Grower::finish() {
  const std::vector<Node*> parents = grown_;
  for (const Node* parent : parents)
    for (const std::string_view name : implicit_children(parent->of->name))
      if (const model::ClassFacts* facts = model::find_class(name)) add(name, parent->dn + '/' + std::string(facts->rn_format));
  const ObjectMaker::Exists exists = [&](std::string_view dn) { return tree_.find(dn) != nullptr; };
  for (Node* node : grown_)
    if (node->of->facts) maker_.resolve(exists, *node->of->facts, node->dn, node->attributes);
}

}  // namespace aci::controller
