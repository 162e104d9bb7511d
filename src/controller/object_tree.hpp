// The managed objects of the simulated fabric. Floor: controller.
//
//   ObjectTree tree;
//   Node& uni = tree.insert(tree.root(), "polUni", "uni", attributes);
//   tree.find("uni")                                   // &uni
//   for (Node* tenant = tree.class_first("fvTenant"); tenant; tenant = tenant->class_next) ...
//
// Found by DN in a hash map, by class and by parent in lists that keep the order of creation. Made for a million objects:
// lists run through the nodes, attribute names are shared (model::Attributes). Thread-safety: one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/attributes.hpp"
#include "model/class_facts.hpp"

namespace aci::controller {

struct Node;

// All objects of one class.
struct ClassEntry {
  std::string name;
  const model::ClassFacts* facts = nullptr;  // nullptr for a class that came with loaded data and is not known
  bool silent = false;                       // statistics: changes are never pushed
  Node* first = nullptr;
  Node* last = nullptr;
  std::size_t count = 0;
};

struct Node {
  std::string dn;
  model::Attributes attributes;  // as a query prints it at the top level: with dn, without rn
  ClassEntry* of = nullptr;
  Node* parent = nullptr;
  Node* first_child = nullptr;
  Node* last_child = nullptr;
  Node* next = nullptr;  // of the same parent
  Node* previous = nullptr;
  Node* class_next = nullptr;
  Node* class_previous = nullptr;
};

class ObjectTree {
 public:
  ObjectTree();
  ObjectTree(const ObjectTree&) = delete;
  ObjectTree& operator=(const ObjectTree&) = delete;

  // The object with the empty DN, of class topRoot. It is always there.
  Node& root() const { return *root_; }
  Node* find(std::string_view dn) const;
  // Precondition: `dn` is not there, and names a child of `parent`.
  Node& insert(Node& parent, std::string_view class_name, std::string dn, model::Attributes attributes);
  // Precondition: `parent` stands above the node by its DN.
  void move(Node& node, Node& parent);
  // Loaded data knows better what an object is than its name told.
  void change_class(Node& node, std::string_view class_name);
  // Precondition: no children, not the root.
  void erase(Node& node);

  // nullptr when no object of the class was ever there.
  const ClassEntry* find_class(std::string_view name) const;
  Node* class_first(std::string_view name) const;
  std::size_t size() const { return nodes_.size(); }

  // A walk over all objects, parents before children, that may pause while others come and go: what is there from its
  // beginning to its end is met. Only one at a time.
  void begin_walk() { walk_ = root_->first_child; }
  const Node* walk();  // nullptr behind the last

  // Calls this for every object that has come, and for every one that is about to go.
  void on_move(std::function<void(const Node& node, bool goes)> listener) { on_move_ = std::move(listener); }

 private:
  ClassEntry& entry(std::string_view name);
  static void link(Node& node, Node& parent);
  static void link(Node& node, ClassEntry& entry);
  static void unlink_from_parent(Node& node);
  static void unlink_from_class(Node& node);

  std::unordered_map<std::string_view, std::unique_ptr<Node>> nodes_;          // keys view the nodes' dn
  std::unordered_map<std::string_view, std::unique_ptr<ClassEntry>> classes_;  // keys view the entries' name
  Node* root_;
  const Node* walk_ = nullptr;  // what is met next
  std::function<void(const Node&, bool)> on_move_;
};

// False for an object that stands in for one further up: of `uni/x/y` below `uni`, since nobody knows what `uni/x` is.
// Log records, which are named by two RNs, are children of the root.
bool is_child(const Node& node);

// The object that follows in the subtree of `top`, parents before children; nullptr behind the last.
Node* next_in_subtree(const Node& node, const Node& top);

// The deepest first descendant: where a walk with children before parents begins.
Node& deepest_first(Node& top);

// Whether somebody may see the object of this DN. An empty one sees everything.
using Sees = std::function<bool(std::string_view dn)>;

// The DN as objects are stored under it: clients may put brackets around any naming value ("uni/tn-[T]" is "uni/tn-T"), and
// leave them out where an RN's only value has them ("prov-10.0.0.1" is "prov-[10.0.0.1]").
std::string canonical_dn(std::string_view dn);

}  // namespace aci::controller
