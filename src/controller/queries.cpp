#include "controller/queries.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time.hpp"
#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

using base::Error;
using base::Result;
using model::AttributeView;
using model::ManagedObject;
using model::Query;
using model::RspSubtree;
using model::Target;

Error refused(int code, std::string text) { return {base::Errc::refused, std::move(text), code}; }

Error too_big() { return refused(400, "Unable to process the query, result dataset is too big"); }

// A list of class names as it was asked for, abstract ones resolved; an empty one takes every class.
class ClassSet {
 public:
  ClassSet() = default;
  explicit ClassSet(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto concrete = model::concrete_classes(name);
      if (concrete.empty()) names_.push_back(name);
      names_.insert(names_.end(), concrete.begin(), concrete.end());
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }
  bool any() const { return names_.empty(); }
  bool has(std::string_view name) const { return any() || std::binary_search(names_.begin(), names_.end(), name); }

 private:
  std::vector<std::string_view> names_;
};

bool is_known_class(const ObjectTree& tree, std::string_view name) { return model::find_class(name) || tree.find_class(name); }

Result<void> check_names(const ObjectTree& tree, const Query& query) {
  if (!query.class_name.empty() && !is_known_class(tree, query.class_name))
    return refused(400, "Request failed, unresolved class for " + query.class_name);
  for (const auto* list : {&query.target_subtree_class, &query.rsp_subtree_class})
    for (const std::string& name : *list)
      if (!is_known_class(tree, name)) return refused(12, "class " + name + " not found");  // text not recorded
  for (const auto* filter : {&query.target_filter, &query.rsp_subtree_filter})
    if (*filter)
      if (const auto checked = (*filter)->check(); !checked) return checked.error();
  return {};
}

// --- selection -------------------------------------------------------------------------------------------------------

class Selection {
 public:
  explicit Selection(const Query& query) : query_(query), targets_(query.target_subtree_class) {}

  std::vector<const Node*> take(const ObjectTree& tree) {
    if (query_.class_name.empty()) {
      if (const Node* node = tree.find(query_.dn.str())) add_target(*node);
      return std::move(nodes_);
    }
    auto classes = model::concrete_classes(query_.class_name);
    if (classes.empty()) classes.push_back(query_.class_name);
    for (const std::string_view name : classes)
      for (const Node* node = tree.class_first(name); node; node = node->class_next)
        if (query_.dn.empty() || model::Dn::is_below(node->dn, query_.dn.str())) add_target(*node);
    if (query_.target == Target::subtree) keep_first_of_each();
    return std::move(nodes_);
  }

 private:
  void add(const Node& node) {
    if (query_.target != Target::self && !targets_.has(node.of->name)) return;
    if (query_.target_filter && !query_.target_filter->matches(node.of->name, node.attributes)) return;
    nodes_.push_back(&node);
  }

  void add_target(const Node& node) {
    switch (query_.target) {
      case Target::self: add(node); break;
      case Target::children:
        for (const Node* child = node.first_child; child; child = child->next) add(*child);
        break;
      case Target::subtree:
        for (const Node* at = &node; at; at = next_in_subtree(*at, node)) add(*at);
        break;
    }
  }

  // Objects of a class that may stand below itself are met more than once.
  void keep_first_of_each() {
    std::unordered_set<const Node*> seen;
    std::erase_if(nodes_, [&](const Node* node) { return !seen.insert(node).second; });
  }

  const Query& query_;
  ClassSet targets_;
  std::vector<const Node*> nodes_;
};

// --- order -----------------------------------------------------------------------------------------------------------

// A value as it is compared: by number where its type has one, else as text.
struct SortKey {
  std::optional<double> number;
  std::string_view text;
};

SortKey key_of(const Node& node, const std::string& property) {
  SortKey key;
  key.text = node.attributes.get(property);
  const model::PropertyFacts* facts = node.of->facts ? node.of->facts->property(property) : nullptr;
  if (!facts) return key;
  if (facts->type == model::PropertyType::date) {
    const auto time = base::WallTime::parse(key.text);
    key.number = time ? static_cast<double>(time->unix_ms) : 0;  // "never" is before everything
    return key;
  }
  if (facts->type != model::PropertyType::number && facts->type != model::PropertyType::enumeration) return key;
  for (std::size_t i = 0; i < std::min(facts->values.size(), facts->numbers.size()); ++i)
    if (facts->values[i] == key.text) key.number = static_cast<double>(facts->numbers[i]);
  double number = 0;
  if (!key.number && std::from_chars(key.text.data(), key.text.data() + key.text.size(), number).ec == std::errc{})
    key.number = number;
  return key;
}

int compare(const SortKey& a, const SortKey& b) {
  if (a.number && b.number) return *a.number < *b.number ? -1 : *a.number > *b.number ? 1 : 0;
  return a.text.compare(b.text);
}

void sort_nodes(std::vector<const Node*>& nodes, const std::vector<model::OrderBy>& order) {
  if (order.empty()) return;
  struct Row {
    const Node* node;
    std::vector<SortKey> keys;
  };
  std::vector<Row> rows;
  rows.reserve(nodes.size());
  for (const Node* node : nodes) {
    Row row{node, {}};
    for (const auto& by : order) row.keys.push_back(key_of(*node, by.property));
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (std::size_t i = 0; i < order.size(); ++i)
      if (const int c = compare(a.keys[i], b.keys[i]); c != 0) return order[i].descending ? c > 0 : c < 0;
    return false;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) nodes[i] = rows[i].node;
}

// --- shape of the answer ---------------------------------------------------------------------------------------------

enum class Properties { all, naming, config };

Properties properties_of(std::string_view option) {
  if (option == "naming-only") return Properties::naming;
  if (option == "config-only" || option == "config-all" || option == "config-explicit") return Properties::config;
  return Properties::all;
}

bool keeps(Properties which, const model::ClassFacts* facts, std::string_view name) {
  if (which == Properties::all || name == "dn") return true;
  const model::PropertyFacts* property = facts ? facts->property(name) : nullptr;
  return property && (property->naming || (which == Properties::config && property->configurable));
}

// Top-level objects are told by dn, nested ones by rn.
model::Attributes shown_attributes(const Node& node, bool nested, Properties which) {
  if (!nested && which == Properties::all) return node.attributes;
  std::vector<AttributeView> shown;
  shown.reserve(node.attributes.size());
  const AttributeView rn{
      "rn", std::string_view(node.dn).substr(node.parent && !node.parent->dn.empty() ? node.parent->dn.size() + 1 : 0)};
  bool rn_due = nested;
  for (const auto& attribute : node.attributes) {
    if (rn_due && attribute.name > rn.name) {
      shown.push_back(rn);
      rn_due = false;
    }
    if (nested && attribute.name == "dn") continue;
    if (keeps(which, node.of->facts, attribute.name)) shown.push_back(attribute);
  }
  if (rn_due) shown.push_back(rn);
  return model::Attributes::from(shown);
}

bool has_token(const Query& query, std::string_view token) {
  return std::find(query.rsp_subtree_include.begin(), query.rsp_subtree_include.end(), token) !=
         query.rsp_subtree_include.end();
}

bool is_scored(std::string_view class_name) {
  static constexpr std::array<std::string_view, 6> scored{"fabricNode", "fvAEPg", "fvAp", "fvBD", "fvTenant", "topSystem"};
  return std::binary_search(scored.begin(), scored.end(), class_name);
}

bool is_fault(std::string_view class_name) { return class_name == "faultInst" || class_name == "faultDelegate"; }

class Shaper {
 public:
  explicit Shaper(const Query& query)
      : query_(query),
        classes_(query.rsp_subtree_class),
        properties_(properties_of(query.rsp_prop_include)),
        health_(has_token(query, "health")),
        faults_(has_token(query, "faults")),
        deep_(has_token(query, "subtree") || query.rsp_subtree == RspSubtree::full) {}

  ManagedObject object(const Node& node) {
    ManagedObject shown{node.of->name, shown_attributes(node, false, properties_), {}};
    add_children(node, shown, 0);
    const auto nest = [&](std::string_view class_name, model::Attributes attributes) {
      shown.children.push_back({std::string(class_name), std::move(attributes), {}});
      ++taken_;
    };
    add_health(node, true, nest);
    if (query_.rsp_subtree == RspSubtree::no) add_faults(node, true, nest);  // else they are among the children already
    return shown;
  }

  // The records that were asked for and nothing else, each at the top level.
  void records(const Node& node, std::vector<ManagedObject>& into) {
    const auto put = [&](std::string_view class_name, model::Attributes attributes) {
      into.push_back({std::string(class_name), std::move(attributes), {}});
    };
    add_health(node, false, put);
    add_faults(node, false, put);
  }

  bool has_records(const Node& node) {
    bool found = false;
    const auto note = [&](std::string_view, const model::Attributes&) { found = true; };
    add_health(node, true, note);
    add_faults(node, true, note);
    return found;
  }

  std::size_t taken() const { return taken_; }

 private:
  // True when the object or something below it was asked for.
  bool add_children(const Node& node, ManagedObject& shown, int depth) {
    if (query_.rsp_subtree == RspSubtree::no || (query_.rsp_subtree == RspSubtree::children && depth > 0)) return false;
    bool any = false;
    for (const Node* child = node.first_child; child && taken_ <= objects_max; child = child->next) {
      const bool wanted =
          classes_.has(child->of->name) &&
          (!query_.rsp_subtree_filter || query_.rsp_subtree_filter->matches(child->of->name, child->attributes));
      ManagedObject nested{child->of->name, {}, {}};
      const bool below = add_children(*child, nested, depth + 1);
      if (!wanted && !below) continue;  // what stands between is shown with what was asked for (not verified)
      nested.attributes = shown_attributes(*child, true, properties_);
      shown.children.push_back(std::move(nested));
      ++taken_;
      any = true;
    }
    return any;
  }

  // All objects are in perfect health: scores that follow faults are not simulated.
  template <class Add>
  void add_health(const Node& node, bool nested, const Add& add) {
    if (!health_ || !is_scored(node.of->name)) return;
    const std::string dn = node.dn + "/health";
    std::vector<AttributeView> health{{"childAction", ""},   {"chng", "0"},      {"cur", "100"},
                                      {"maxSev", "cleared"}, {"modTs", "never"}, {"prev", "100"},
                                      {"status", ""},        {"twScore", "100"}, {"updTs", node.attributes.get("modTs")}};
    health.push_back(nested ? AttributeView{"rn", "health"} : AttributeView{"dn", dn});
    add("healthInst", model::Attributes::from(health));
  }

  template <class Add>
  void add_faults(const Node& node, bool nested, const Add& add) {
    if (!faults_) return;
    for (const Node* at = node.first_child; at; at = deep_ ? next_in_subtree(*at, node) : at->next)
      if (is_fault(at->of->name)) add(at->of->name, shown_attributes(*at, nested, properties_));
  }

  const Query& query_;
  ClassSet classes_;
  Properties properties_;
  bool health_, faults_, deep_;
  std::size_t taken_ = 0;  // nested objects and records
};

// The records of these are not simulated: there are none to include.
bool asks_for_records(const Query& query) {
  static constexpr std::array<std::string_view, 4> modifiers{"count", "no-scoped", "required", "subtree"};
  return std::any_of(query.rsp_subtree_include.begin(), query.rsp_subtree_include.end(), [](const std::string& token) {
    return std::find(modifiers.begin(), modifiers.end(), token) == modifiers.end();
  });
}

ManagedObject count_object(std::size_t count) {
  return {"moCount", {{"childAction", ""}, {"count", std::to_string(count)}, {"dn", ""}, {"status", ""}}, {}};
}

}  // namespace

ManagedObject whole_subtree(const Node& node) {
  Query query;
  query.rsp_subtree = RspSubtree::full;
  return Shaper(query).object(node);
}

Result<codec::Answer> answer_query(const ObjectTree& tree, const Query& query) {
  if (const auto known = check_names(tree, query); !known) return known.error();
  std::vector<const Node*> nodes = Selection(query).take(tree);
  Shaper shaper(query);
  if (has_token(query, "required") && asks_for_records(query))
    std::erase_if(nodes, [&](const Node* node) { return !shaper.has_records(*node); });

  codec::Answer answer;
  if (has_token(query, "no-scoped") && asks_for_records(query)) {
    for (const Node* node : nodes) shaper.records(*node, answer.objects);
    if (has_token(query, "count")) answer.objects = {count_object(answer.objects.size())};
    answer.total_count = answer.objects.size();
    if (answer.objects.size() > objects_max) return too_big();
    return answer;
  }
  if (has_token(query, "count")) {
    answer.objects.push_back(count_object(nodes.size()));
    answer.total_count = 1;
    return answer;
  }

  sort_nodes(nodes, query.order_by);
  answer.total_count = nodes.size();
  std::size_t begin = 0, end = nodes.size();
  if (query.page_size) {
    const std::size_t size = *query.page_size;
    begin = std::min<std::size_t>(nodes.size(), query.page.value_or(0) * size);
    end = std::min(nodes.size(), begin + size);
  }
  if (end - begin > objects_max) return too_big();
  answer.objects.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    answer.objects.push_back(shaper.object(*nodes[i]));
    if (shaper.taken() > objects_max) return too_big();
  }
  return answer;
}

}  // namespace aci::controller
