#include "controller/object_tree.hpp"

#include "model/dn.hpp"

namespace aci::controller {
namespace {

// What follows behind all that is below it; nullptr for nothing.
const Node* behind(const Node& node) {
  for (const Node* at = &node; at; at = at->parent)
    if (at->next) return at->next;
  return nullptr;
}

bool stands_in(const Node* node, const Node& top) {
  while (node && node != &top) node = node->parent;
  return node != nullptr;
}

}  // namespace

ObjectTree::ObjectTree() {
  auto node = std::make_unique<Node>();
  root_ = node.get();
  root_->attributes = {{"childAction", ""}, {"dn", ""}, {"status", ""}};
  root_->of = &entry("topRoot");
  root_->of->first = root_->of->last = root_;
  root_->of->count = 1;
  nodes_.emplace(root_->dn, std::move(node));
}

Node* ObjectTree::find(std::string_view dn) const {
  const auto found = nodes_.find(dn);
  return found == nodes_.end() ? nullptr : found->second.get();
}

void ObjectTree::link(Node& node, Node& parent) {
  node.parent = &parent;
  node.previous = parent.last_child;
  node.next = nullptr;
  (parent.last_child ? parent.last_child->next : parent.first_child) = &node;
  parent.last_child = &node;
}

void ObjectTree::link(Node& node, ClassEntry& entry) {
  node.of = &entry;
  node.class_previous = entry.last;
  node.class_next = nullptr;
  (entry.last ? entry.last->class_next : entry.first) = &node;
  entry.last = &node;
  ++entry.count;
}

void ObjectTree::unlink_from_parent(Node& node) {
  (node.previous ? node.previous->next : node.parent->first_child) = node.next;
  (node.next ? node.next->previous : node.parent->last_child) = node.previous;
}

void ObjectTree::unlink_from_class(Node& node) {
  (node.class_previous ? node.class_previous->class_next : node.of->first) = node.class_next;
  (node.class_next ? node.class_next->class_previous : node.of->last) = node.class_previous;
  --node.of->count;
}

Node& ObjectTree::insert(Node& parent, std::string_view class_name, std::string dn, model::Attributes attributes) {
  auto owned = std::make_unique<Node>();
  Node& node = *owned;
  node.dn = std::move(dn);
  node.attributes = std::move(attributes);
  link(node, parent);
  link(node, entry(class_name));
  nodes_.emplace(node.dn, std::move(owned));
  if (on_move_) on_move_(node, false);
  return node;
}

const Node* ObjectTree::walk() {
  const Node* met = walk_;
  if (met) walk_ = next_in_subtree(*met, *root_);
  return met;
}

// An object moves only below one that has just come, which the walk is still to meet.
void ObjectTree::move(Node& node, Node& parent) {
  if (stands_in(walk_, node)) walk_ = behind(node);
  unlink_from_parent(node);
  link(node, parent);
}

void ObjectTree::change_class(Node& node, std::string_view class_name) {
  unlink_from_class(node);
  link(node, entry(class_name));
}

void ObjectTree::erase(Node& node) {
  if (on_move_) on_move_(node, true);
  if (walk_ == &node) walk_ = behind(node);
  unlink_from_parent(node);
  unlink_from_class(node);
  nodes_.erase(nodes_.find(node.dn));
}

const ClassEntry* ObjectTree::find_class(std::string_view name) const {
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : found->second.get();
}

Node* ObjectTree::class_first(std::string_view name) const {
  const ClassEntry* entry = find_class(name);
  return entry ? entry->first : nullptr;
}

ClassEntry& ObjectTree::entry(std::string_view name) {
  const auto found = classes_.find(name);
  if (found != classes_.end()) return *found->second;
  auto made = std::make_unique<ClassEntry>();
  made->name = name;
  made->facts = model::find_class(name);
  made->silent = model::is_statistics_class(name);
  ClassEntry& entry = *made;
  classes_.emplace(entry.name, std::move(made));
  return entry;
}

bool is_child(const Node& node) {
  if (!node.parent) return false;
  const std::size_t above = model::Dn::parent_of(node.dn).size();
  return above == node.parent->dn.size() ||
         (node.parent->dn.empty() && node.of->facts && node.of->facts->rn_format.starts_with("subj-["));
}

Node* next_in_subtree(const Node& node, const Node& top) {
  if (node.first_child) return node.first_child;
  for (const Node* at = &node; at != &top; at = at->parent)
    if (at->next) return at->next;
  return nullptr;
}

Node& deepest_first(Node& top) {
  Node* node = &top;
  while (node->first_child) node = node->first_child;
  return *node;
}

std::string canonical_dn(std::string_view dn) {
  std::string result;
  result.reserve(dn.size() + 2);
  const model::ClassFacts* parent = nullptr;
  for (std::string_view rn : model::Dn::split(dn)) {
    const bool known_above = result.empty() || parent;
    const std::string_view above = parent ? parent->name : std::string_view{};
    if (!result.empty()) result += '/';
    parent = known_above ? model::class_of_rn(above, rn) : nullptr;
    std::string bracketed;
    if (const std::size_t dash = rn.find('-'); known_above && !parent && dash != rn.npos && rn.find('[') == rn.npos) {
      bracketed.append(rn.substr(0, dash + 1)).append("[").append(rn.substr(dash + 1)).append("]");
      if ((parent = model::class_of_rn(above, bracketed))) rn = bracketed;
    }
    if (parent && rn.find('[') != rn.npos) {
      std::vector<model::AttributeView> values;
      if (const auto naming = model::rn_values(*parent, rn))
        for (const auto& [name, value] : *naming) values.push_back({name, value});
      if (const auto made = model::make_rn(*parent, model::Attributes::from(values))) {
        result += *made;
        continue;
      }
    }
    result += rn;
  }
  return result;
}

}  // namespace aci::controller
