// A second controller, slow and plain: the tree is a map, a request copies it, a query looks at everything. What the tests
// compare the real one with.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "codec/answer.hpp"
#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller::reference {

using model::ManagedObject;

struct Object {
  std::string class_name;
  std::map<std::string, std::string> attributes;
  friend bool operator==(const Object&, const Object&) = default;
};
using Tree = std::map<std::string, Object>;  // by DN

inline std::string join(const std::string& parent, const std::string& rn) { return parent.empty() ? rn : parent + '/' + rn; }

// Log records are named by two RNs.
inline std::string parent_of(const std::string& dn) {
  return dn.starts_with("subj-[") ? "" : std::string(model::Dn::parent_of(dn));
}

inline bool is_of(const std::string& class_name, const std::string& wanted) {
  const auto concrete = model::concrete_classes(wanted);
  return class_name == wanted || std::find(concrete.begin(), concrete.end(), class_name) != concrete.end();
}

// An answer or a frame's object with what is nested in it, each under its own DN and without what tells about the message.
inline void flatten(const ManagedObject& object, const std::string& parent, Tree& into) {
  Object plain{object.class_name, {}};
  std::string dn(object.dn());
  if (!object.attributes.contains("dn")) dn = join(parent, std::string(object.attributes.get("rn")));
  for (const auto& [name, value] : object.attributes)
    if (name != "dn" && name != "rn" && name != "status" && name != "childAction") plain.attributes.emplace(name, value);
  // Of faults the pushes leave it out, and health is as old as its query.
  if (object.class_name.starts_with("fault")) plain.attributes.erase("modTs");
  into[dn] = std::move(plain);
  for (const auto& child : object.children) flatten(child, dn, into);
}

// --- writes --------------------------------------------------------------------------------------------------------------

// The classes that the transactions are made of: below which class, how named, what may be set to what.
struct Plain {
  const char *class_name, *parent, *rn, *naming;
  std::vector<std::pair<const char*, std::vector<const char*>>> values;
  const char* implicit;  // a child that comes by itself
};

inline const std::vector<Plain>& plain_classes() {
  static const std::vector<Plain> all{
      {"fvTenant", "polUni", "tn-", "name", {{"descr", {"", "a", "b"}}}, nullptr},
      {"fvAp", "fvTenant", "ap-", "name", {{"prio", {"level1", "level2"}}}, nullptr},
      {"fvAEPg", "fvAp", "epg-", "name", {{"descr", {"", "x"}}, {"pcEnfPref", {"enforced", "unenforced"}}}, "fvRsBd"},
      {"fvRsBd", "fvAEPg", "rsbd", "", {{"tnFvBDName", {"", "B1", "B2", "default"}}}, nullptr},
      {"fvBD", "fvTenant", "BD-", "name", {{"arpFlood", {"yes", "no"}}, {"mac", {"00:22:BD:F8:19:01"}}}, "fvRsCtx"},
      {"fvRsCtx", "fvBD", "rsctx", "", {{"tnFvCtxName", {"", "B1", "default"}}}, nullptr},
      {"fvSubnet", "fvBD", "subnet-", "ip", {{"scope", {"public", "private", "public,shared"}}}, nullptr},
      {"fvCtx", "fvTenant", "ctx-", "name", {{"descr", {"", "c"}}}, nullptr},
      {"vzFilter", "fvTenant", "flt-", "name", {{"descr", {"f"}}}, nullptr},
      {"vzEntry", "vzFilter", "e-", "name", {{"dToPort", {"http", "8080"}}, {"prot", {"tcp", "udp"}}}, nullptr},
      {"fvRsPathAtt", "fvAEPg", "rspathAtt-", "tDn", {{"encap", {"vlan-1", "vlan-2"}}}, nullptr},
      {"tagAnnotation", "fvTenant", "annotationKey-", "key", {{"value", {"1", "2"}}}, nullptr},
  };
  return all;
}

inline const Plain* plain(const std::string& class_name) {
  for (const Plain& one : plain_classes())
    if (one.class_name == class_name) return &one;
  return nullptr;
}

inline std::string rn_of(const ManagedObject& object) {
  const Plain& of = *plain(object.class_name);
  const std::string name(object.attributes.get(of.naming));
  const bool bracketed = of.naming == std::string("ip") || of.naming == std::string("tDn") || of.naming == std::string("key");
  return of.rn + (bracketed ? '[' + name + ']' : name);
}

// One request on a copy; false when it must be refused, and then the tree is as it was.
class Writer {
 public:
  bool post(Tree& tree, const ManagedObject& object, const std::string& parent) {
    Tree copy = tree;
    std::set<std::string> created;
    if (!apply(copy, object, parent, created)) return false;
    for (const std::string& dn : created) {
      const auto at = copy.find(dn);
      if (at == copy.end()) continue;
      const Plain& of = *plain(at->second.class_name);
      if (!of.implicit) continue;
      const Plain& child = *plain(of.implicit);
      copy.try_emplace(join(dn, child.rn), Object{child.class_name, {{child.values[0].first, ""}}});
    }
    tree = std::move(copy);
    return true;
  }

  static void remove(Tree& tree, const std::string& dn) {
    std::erase_if(tree, [&](const auto& entry) { return entry.first == dn || model::Dn::is_below(entry.first, dn); });
  }

 private:
  static bool apply(Tree& tree, const ManagedObject& object, const std::string& parent, std::set<std::string>& created) {
    if (object.class_name == "polUni") {
      return std::all_of(object.children.begin(), object.children.end(),
                         [&](const ManagedObject& child) { return apply(tree, child, "uni", created); });
    }
    const std::string dn = join(parent, rn_of(object));
    const std::string status(object.attributes.get("status"));
    if (status == "deleted") {
      remove(tree, dn);
      return true;
    }
    const bool there = tree.contains(dn);
    if ((status == "created" && there) || (status == "modified" && !there)) return false;
    if (!there) created.insert(dn);
    Object& stored = tree[dn];
    stored.class_name = object.class_name;
    for (const auto& [name, value] : object.attributes)
      if (name != "status") stored.attributes[std::string(name)] = value;
    return std::all_of(object.children.begin(), object.children.end(),
                       [&](const ManagedObject& child) { return apply(tree, child, dn, created); });
  }
};

// --- what to ask for -------------------------------------------------------------------------------------------------------

class Random {
 public:
  explicit Random(std::uint64_t seed) : rng_(seed) {}

  bool rarely(std::uint64_t in) { return rng_.below(in) == 0; }
  template <class T>
  const T& one(const std::vector<T>& of) {
    return of[rng_.below(of.size())];
  }
  std::string name() { return one<std::string>({"B1", "B2", "N", "A", "C"}); }

  // An object that may stand below one of the class, with objects below it.
  ManagedObject object(const std::string& parent, int depth = 0) {
    std::vector<const Plain*> fitting;
    for (const Plain& one : plain_classes())
      if (parent == one.parent) fitting.push_back(&one);
    const Plain& of = *one(fitting);
    ManagedObject made{of.class_name, {}, {}};
    const std::string naming = of.naming;
    if (naming == "name" || naming == "key") made.attributes.set(naming, name());
    if (naming == "ip") made.attributes.set(naming, one<std::string>({"10.0.0.1/24", "10.0.1.1/24"}));
    if (naming == "tDn")
      made.attributes.set(naming, "topology/pod-1/paths-101/pathep-[eth1/" + std::to_string(rng_.below(3)) + "]");
    for (const auto& [property, values] : of.values)
      if (rarely(2)) made.attributes.set(property, one(values));
    if (rarely(3)) made.attributes.set("status", one<std::string>({"", "created,modified"}));
    if (rarely(depth == 0 ? 40 : 12)) made.attributes.set("status", "deleted");
    if (rarely(12)) made.attributes.set("status", one<std::string>({"created", "modified"}));
    while (depth < 3 && rarely(2) && has_children(of.class_name)) made.children.push_back(object(of.class_name, depth + 1));
    return made;
  }

  ManagedObject transaction() {
    ManagedObject all{"polUni", {}, {}};
    do all.children.push_back(object("polUni"));
    while (rarely(3));
    return all;
  }

  std::string dn_of(const Tree& tree) {
    auto at = tree.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(rng_.below(tree.size())));
    return at->first;
  }

  std::string class_name() {
    return one<std::string>({"fvTenant", "fvAp", "fvAEPg", "fvBD", "fvSubnet", "fvRsBd", "fvCtx", "vzEntry", "fvEPg", "fvATg",
                             "faultInst", "faultInfo", "polUni", "topRoot", "aaaModLR", "fvRsPathAtt", "fabricNode", "polObj",
                             "relnTo"});
  }

 private:
  static bool has_children(const std::string& class_name) {
    return std::any_of(plain_classes().begin(), plain_classes().end(),
                       [&](const Plain& one) { return class_name == one.parent; });
  }
  base::Rng rng_;
};

inline std::string body_of(const ManagedObject& object) {
  std::string body;
  codec::append_object(body, object, model::Format::json);
  return body;
}

// --- queries -----------------------------------------------------------------------------------------------------------

// op(Class.property,"value"), perhaps within not().
struct Condition {
  std::string op, class_name, property, value;
  bool negated = false;

  std::string text() const {
    const std::string plain = op + "(" + class_name + "." + property + ",\"" + value + "\")";
    return negated ? "not(" + plain + ")" : plain;
  }
  bool holds(const std::string& dn, const Object& object) const {
    if (!is_of(object.class_name, class_name)) return false;
    const auto found = object.attributes.find(property);
    const std::string held = property == "dn" ? dn : found == object.attributes.end() ? "" : found->second;
    const bool plain = op == "eq" ? held == value : op == "ne" ? held != value : held.find(value) != std::string::npos;
    return plain != negated;
  }
};

struct Filter {
  bool all = true;  // and, or
  std::vector<Condition> conditions;

  std::string text() const {
    std::string text = all ? "and(" : "or(";
    for (const Condition& one : conditions) text += (&one == &conditions.front() ? "" : ",") + one.text();
    return text + ")";
  }
  bool holds(const std::string& dn, const Object& object) const {
    const auto one_holds = [&](const Condition& one) { return one.holds(dn, object); };
    return all ? std::all_of(conditions.begin(), conditions.end(), one_holds)
               : std::any_of(conditions.begin(), conditions.end(), one_holds);
  }
};

struct Query {
  std::string class_name, dn, target = "self", rsp_subtree = "no";
  std::vector<std::string> target_classes, rsp_classes;
  std::optional<Filter> filter;
  std::string order_property;
  bool descending = false;
  std::size_t page = 0, page_size = 0;

  std::string url() const {
    std::string url = class_name.empty() ? "/api/mo/" + dn : "/api/class/" + (dn.empty() ? "" : dn + "/") + class_name;
    url += ".json?query-target=" + target + "&rsp-subtree=" + rsp_subtree;
    const auto list = [&](const char* option, const std::vector<std::string>& names) {
      for (const std::string& name : names) url += (&name == &names.front() ? option : ",") + name;
    };
    list("&target-subtree-class=", target_classes);
    list("&rsp-subtree-class=", rsp_classes);
    if (filter) url += "&query-target-filter=" + filter->text();
    if (!order_property.empty()) url += "&order-by=fvTenant." + order_property + (descending ? "|desc" : "|asc");
    if (page_size > 0) url += "&page=" + std::to_string(page) + "&page-size=" + std::to_string(page_size);
    return url;
  }

  static bool takes(const std::vector<std::string>& classes, const std::string& class_name) {
    return classes.empty() ||
           std::any_of(classes.begin(), classes.end(), [&](const std::string& wanted) { return is_of(class_name, wanted); });
  }

  bool selects(const Tree& tree, const std::string& at) const {
    const auto begins = [&](const std::string& begin) {
      if (!tree.contains(begin)) return false;
      if (class_name.empty()) return begin == dn;
      return is_of(tree.at(begin).class_name, class_name) && (dn.empty() || model::Dn::is_below(begin, dn));
    };
    const Object& object = tree.at(at);
    if (target != "self" && !takes(target_classes, object.class_name)) return false;
    if (filter && !filter->holds(at, object)) return false;
    if (target == "self") return begins(at);
    if (target == "children") return !at.empty() && begins(parent_of(at));
    for (std::string above = at;; above = parent_of(above)) {
      if (begins(above)) return true;
      if (above.empty()) return false;
    }
  }

  // DNs of what is nested below an object: those asked for, and what stands between.
  std::set<std::string> nested(const Tree& tree, const std::string& top) const {
    std::set<std::string> all;
    for (const auto& [at, object] : tree) {
      if (at.empty() || rsp_subtree == "no" || !takes(rsp_classes, object.class_name)) continue;
      std::vector<std::string> way{at};
      while (!way.back().empty() && parent_of(way.back()) != top) way.push_back(parent_of(way.back()));
      if (way.back().empty() || (rsp_subtree == "children" && way.size() > 1)) continue;
      for (const std::string& on_way : way)
        if (tree.contains(on_way)) all.insert(on_way);
    }
    return all;
  }
};

}  // namespace aci::controller::reference
