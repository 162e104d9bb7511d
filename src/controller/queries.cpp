#include "controller/queries.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/time.hpp"
#include "controller/fault_counts.hpp"
#include "model/class_facts.hpp"
#include "model/dn.hpp"
#include "model/property_check.hpp"
#include "model/value_key.hpp"

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
  bool has(std::string_view name) const {
    return any() || std::binary_search(names_.begin(), names_.end(), name, std::less<>());
  }

 private:
  std::vector<std::string> names_;
};

// Statistics are of hundreds of classes, which are known by their ending alone.
bool is_known_class(const ObjectTree& tree, std::string_view name) {
  return model::find_class(name) || tree.find_class(name) || model::is_statistics_class(name);
}

// A filter on what is nested speaks of the classes that may be.
Result<void> check_qualified(const Query& query) {
  const ClassSet nested(query.rsp_subtree_class);
  for (const std::string& name : query.rsp_subtree_filter->classes()) {
    const auto concrete = model::concrete_classes(name);
    const bool known = std::any_of(concrete.begin(), concrete.end(), [&](std::string_view c) { return nested.has(c); });
    if (!known && !nested.has(name))
      return refused(301, "Incorrect filter format for rsp-subtree-filter, class '" + name + "' is not in rsp-subtree-class");
  }
  return {};
}

Result<void> check_names(const ObjectTree& tree, const Query& query) {
  if (!query.class_name.empty() && !is_known_class(tree, query.class_name))
    return refused(400, "Request failed, unresolved class for " + query.class_name);
  for (const auto* list : {&query.target_subtree_class, &query.rsp_subtree_class})
    for (const std::string& name : *list)
      if (!is_known_class(tree, name)) return refused(12, "class " + name + " not found");  // text not recorded
  if (query.rsp_subtree_filter && !query.rsp_subtree_class.empty())
    if (const auto qualified = check_qualified(query); !qualified) return qualified.error();
  // Loaded data may be of classes without facts: what is said of these cannot be checked.
  const auto has_facts = [&](const std::string& name) { return model::find_class(name) || !is_known_class(tree, name); };
  for (const auto* filter : {&query.target_filter, &query.rsp_subtree_filter}) {
    if (!*filter) continue;
    const auto classes = (*filter)->classes();
    if (!std::all_of(classes.begin(), classes.end(), has_facts)) continue;
    if (const auto checked = (*filter)->check(); !checked) return checked.error();
  }
  for (const auto& by : query.order_by)  // not recorded; as for filters
    if (has_facts(by.class_name))
      if (const auto checked = model::check_property_name(by.class_name, by.property); !checked) return checked.error();
  return {};
}

// --- selection -------------------------------------------------------------------------------------------------------

class Selection {
 public:
  Selection(const Query& query, const Sees& sees) : query_(query), sees_(sees), targets_(query.target_subtree_class) {}

  std::vector<const Node*> take(const ObjectTree& tree) {
    if (query_.class_name.empty()) {
      if (const Node* node = tree.find(query_.dn.str())) add_target(*node);
      return std::move(nodes_);
    }
    for (const Node* node : of_class(tree)) add_target(*node);
    if (query_.target == Target::subtree) keep_first_of_each();
    return std::move(nodes_);
  }

 private:
  void add(const Node& node) {
    if (query_.target != Target::self && !targets_.has(node.of->name)) return;
    if (query_.target_filter && !query_.target_filter->matches(node.of->name, node.attributes)) return;
    if (sees_ && !sees_(node.dn)) return;
    nodes_.push_back(&node);
  }

  void add_target(const Node& node) {
    switch (query_.target) {
      case Target::self: add(node); break;
      case Target::children:
        for (const Node* child = node.first_child; child; child = child->next)
          if (is_child(*child)) add(*child);
        break;
      case Target::subtree:
        for (const Node* at = &node; at; at = next_in_subtree(*at, node)) add(*at);
        break;
    }
  }

  // What a class query begins at: found through the class, or in the subtree of its DN where that is the smaller one.
  std::vector<const Node*> of_class(const ObjectTree& tree) const {
    auto classes = model::concrete_classes(query_.class_name);
    if (classes.empty()) classes.push_back(query_.class_name);
    std::size_t count = 0;
    for (const std::string_view name : classes)
      if (const ClassEntry* entry = tree.find_class(name)) count += entry->count;
    std::vector<const Node*> nodes;
    const Node* top = query_.dn.empty() ? nullptr : tree.find(query_.dn.str());
    if (top) {
      const ClassSet wanted({query_.class_name});
      std::size_t looked_at = 0;
      const Node* at = next_in_subtree(*top, *top);
      for (; at && looked_at < count; at = next_in_subtree(*at, *top), ++looked_at)
        if (wanted.has(at->of->name)) nodes.push_back(at);
      if (!at) return nodes;
      nodes.clear();
    }
    for (const std::string_view name : classes)
      for (const Node* node = tree.class_first(name); node; node = node->class_next)
        if (query_.dn.empty() || model::Dn::is_below(node->dn, query_.dn.str())) nodes.push_back(node);
    return nodes;
  }

  // Objects of a class that may stand below itself are met more than once.
  void keep_first_of_each() {
    std::unordered_set<const Node*> seen;
    std::erase_if(nodes_, [&](const Node* node) { return !seen.insert(node).second; });
  }

  const Query& query_;
  const Sees& sees_;
  ClassSet targets_;
  std::vector<const Node*> nodes_;
};

// --- rows: what stands at the top level of the answer, as it is ordered and paged ------------------------------------------

struct Row {
  const Node* node = nullptr;           // an object of the tree
  const ManagedObject* made = nullptr;  // or one that is made for the answer

  const model::ClassFacts* facts() const { return node ? node->of->facts : model::find_class(made->class_name); }
  const model::Attributes& attributes() const { return node ? node->attributes : made->attributes; }
};

// By value where the property's type has one, before what is only text.
struct SortKey {
  std::optional<model::Key> value;
  std::string_view text;

  SortKey(const Row& row, const std::string& property) : text(row.attributes().get(property)) {
    const model::ClassFacts* known = row.facts();
    const model::PropertyFacts* facts = known ? known->property(property) : nullptr;
    value = model::key_of(model::measure_of(facts, text), facts, text);
  }
  int compare(const SortKey& other) const {
    if (value && other.value) return *value < *other.value ? -1 : *value > *other.value ? 1 : 0;
    if (value || other.value) return value ? -1 : 1;
    return text.compare(other.text);
  }
};

void sort_rows(std::vector<Row>& rows, const std::vector<model::OrderBy>& order) {
  if (order.empty()) return;
  std::vector<SortKey> keys;  // of all rows, as many as there are properties for each
  keys.reserve(rows.size() * order.size());
  for (const Row& row : rows)
    for (const auto& by : order) keys.emplace_back(row, by.property);
  std::vector<std::size_t> places(rows.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  const auto before = [&](std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < order.size(); ++i)
      if (const int c = keys[a * order.size() + i].compare(keys[b * order.size() + i]); c != 0)
        return order[i].descending ? c > 0 : c < 0;
    return false;
  };
  if (std::is_sorted(places.begin(), places.end(), before)) return;  // a log by its time
  std::stable_sort(places.begin(), places.end(), before);
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const std::size_t place : places) sorted.push_back(rows[place]);
  rows = std::move(sorted);
}

// --- shape of the answer ---------------------------------------------------------------------------------------------

enum class Properties { all, naming, config, operational };

Properties properties_of(std::string_view option) {
  if (option == "naming-only") return Properties::naming;
  // Which values were given and which are defaults is not kept: config-explicit tells both.
  if (option == "config-only" || option == "config-all" || option == "config-explicit") return Properties::config;
  if (option == "oper") return Properties::operational;
  return Properties::all;
}

bool keeps(Properties which, const model::ClassFacts* facts, std::string_view name) {
  if (which == Properties::all || name == "dn") return true;
  const model::PropertyFacts* property = facts ? facts->property(name) : nullptr;
  if (which == Properties::operational) return !property || !property->configurable;
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

// --- what rsp-subtree-include adds -----------------------------------------------------------------------------------

bool is_fault(std::string_view class_name) { return class_name == "faultInst" || class_name == "faultDelegate"; }
bool is_fault_count(std::string_view class_name) {
  return class_name == "faultCounts" || class_name == "faultCountsWithDetails";
}
bool is_health(std::string_view class_name) { return class_name == "healthInst" || class_name == "healthNodeInst"; }

// fvRsBd and its other end fvRtBd: the package in small letters, then Rs or Rt.
bool is_relation(std::string_view class_name) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto capital = std::find_if(class_name.begin(), class_name.end(), is_capital);
  const std::string_view rest = class_name.substr(static_cast<std::size_t>(capital - class_name.begin()));
  return rest.size() > 2 && (rest.starts_with("Rs") || rest.starts_with("Rt")) && is_capital(rest[2]);
}

// The object that a log record is told at: a fault's at the one that has the fault.
std::string_view subject_of(const Node& record) {
  const std::string_view affected = record.attributes.get("affected");
  return model::Dn::rn_of(affected).starts_with("fault-") ? model::Dn::parent_of(affected) : affected;
}

// Recordings of controllers show no score.
bool is_scored(const Node& node) {
  static constexpr std::array<std::string_view, 7> scored{"fabricNode", "fvAEPg",   "fvAp",     "fvBD",
                                                          "fvCtx",      "fvTenant", "topSystem"};
  return std::binary_search(scored.begin(), scored.end(), node.of->name) && node.attributes.get("role") != "controller";
}

// The tokens of a request. Of tasks and deployments nothing is simulated, so there is nothing to include.
struct Include {
  bool faults = false, fault_count = false, health = false, relations = false, statistics = false;
  std::vector<std::string_view> logs;  // classes of log records: they stand at the root and name whom they are about
  bool deep = false;                   // not of the object alone, but of all that is below it
  bool any = false;                    // some records were asked for, simulated or not
  bool required = false, no_scoped = false, count = false;

  explicit Include(const Query& query) : deep(query.rsp_subtree == RspSubtree::full) {
    for (const std::string_view token : query.rsp_subtree_include) {
      bool modifier = false;
      if (token == "faults") faults = true;
      else if (token == "fault-count") fault_count = true;
      else if (token == "health") health = true;
      else if (token == "relations" || token == "relations-with-parent") relations = true;
      else if (token == "stats") statistics = true;
      else if (token == "audit-logs") logs.push_back("aaaModLR");
      else if (token == "event-logs") logs.push_back("eventRecord");
      else if (token == "fault-records") logs.push_back("faultRecord");
      else if (token == "health-records") logs.push_back("healthRecord");
      else if ((modifier = token == "subtree")) deep = true;
      else if ((modifier = token == "required")) required = true;
      else if ((modifier = token == "no-scoped")) no_scoped = true;
      else if ((modifier = token == "count")) count = true;
      any = any || !modifier;
    }
  }

  // Of the objects that are there.
  bool takes(const Node& node) const {
    const std::string_view name = node.of->name;
    return (faults && is_fault(name)) || (fault_count && is_fault_count(name)) || (health && is_health(name)) ||
           (relations && is_relation(name)) || (statistics && node.of->silent);
  }
};

class Shaper {
 public:
  Shaper(const ObjectTree& tree, const Query& query, const Include& include, base::WallTime now, const Sees& sees)
      : query_(query),
        sees_(sees),
        include_(include),
        classes_(query.rsp_subtree_class),
        properties_(properties_of(query.rsp_prop_include)),
        now_(now) {
    for (const std::string_view name : include.logs)
      for (const Node* node = tree.class_first(name); node; node = node->class_next)
        if (is_in_time(*node)) logs_[subject_of(*node)].push_back(node);
    if (query.rsp_subtree_filter) filtered_ = ClassSet(query.rsp_subtree_filter->classes());
  }

  // Records of the past are chosen by time-range.
  bool is_in_time(const Node& node) const {
    if (!query_.time_range) return true;
    const auto created = base::WallTime::parse(node.attributes.get("created"));
    return created && query_.time_range->contains(*created, now_);
  }

  ManagedObject object(const Node& node) {
    ManagedObject shown{node.of->name, shown_attributes(node, false, properties_), {}};
    add_nested(node, shown, 0);
    return shown;
  }
  ManagedObject object(const Row& row) { return row.node ? object(*row.node) : *row.made; }

  // A record at the top level, where nothing is nested in it.
  ManagedObject record(const Row& row) const {
    if (!row.node) return *row.made;
    return {row.node->of->name, shown_attributes(*row.node, false, properties_), {}};
  }

  // What was asked for about an object.
  void add_records(const Node& node, std::vector<Row>& rows) {
    add_made(node, false, [&](ManagedObject made) { rows.push_back({nullptr, &made_.emplace_back(std::move(made))}); });
    each_log(node, [&](const Node& log) { rows.push_back({&log, nullptr}); });
    for (const Node* at = node.first_child; at; at = include_.deep ? next_in_subtree(*at, node) : at->next) {
      if (include_.takes(*at) && passes(*at)) rows.push_back({at, nullptr});
      if (!include_.deep) continue;
      add_made(*at, true, [&](ManagedObject made) { rows.push_back({nullptr, &made_.emplace_back(std::move(made))}); });
      each_log(*at, [&](const Node& log) { rows.push_back({&log, nullptr}); });
    }
  }

  // Whether there is something that `required` wants: records, or without a word of records what is nested.
  bool has_required(const Node& node) {
    if (!include_.any) {
      taken_ = 0;  // each object is looked at for itself
      return !object(node).children.empty();
    }
    std::vector<Row> rows;
    add_records(node, rows);
    return !rows.empty();
  }

  std::size_t taken() const { return taken_; }
  void forget_taken() { taken_ = 0; }

 private:
  bool passes(const Node& node) const {
    if (sees_ && !sees_(node.dn)) return false;
    return !query_.rsp_subtree_filter || query_.rsp_subtree_filter->matches(node.of->name, node.attributes) ||
           !filtered_.has(node.of->name);
  }

  // True when the object or something below it was asked for.
  bool add_nested(const Node& node, ManagedObject& shown, int depth) {
    const bool below_too = query_.rsp_subtree == RspSubtree::full || (include_.any && include_.deep);
    const bool of_children = query_.rsp_subtree == RspSubtree::children && depth == 0;
    const bool of_subtree = query_.rsp_subtree == RspSubtree::full || of_children;
    const bool of_records = include_.any && (depth == 0 || include_.deep);
    if (!of_subtree && !of_records) return false;
    for (const Node* child = node.first_child; child && taken_ <= objects_max; child = child->next) {
      // An export of the configuration has no scores, no ends of relations and nobody who is logged in in it.
      const bool configured = properties_ != Properties::config || !child->of->facts ||
                              (child->of->facts->configurable && child->of->name != "aaaActiveUserSession");
      const bool wanted =
          (of_subtree && configured && classes_.has(child->of->name) && (!of_children || is_child(*child)) &&
           (!sees_ || sees_(child->dn)) &&
           (!query_.rsp_subtree_filter || query_.rsp_subtree_filter->matches(child->of->name, child->attributes))) ||
          (of_records && include_.takes(*child) && passes(*child));
      ManagedObject nested{child->of->name, {}, {}};
      const bool below = below_too && add_nested(*child, nested, depth + 1);
      if (!wanted && !below) continue;  // what stands between is shown with what was asked for (not verified)
      nested.attributes = shown_attributes(*child, true, properties_);
      shown.children.push_back(std::move(nested));
      ++taken_;
    }
    if (of_records) {
      const auto nest = [&](ManagedObject made) {
        shown.children.push_back(std::move(made));
        ++taken_;
      };
      add_made(node, depth > 0, nest, "rn");
      each_log(node, [&](const Node& log) { nest({log.of->name, shown_attributes(log, false, properties_), {}}); });
    }
    return !shown.children.empty();
  }

  template <class Add>
  void each_log(const Node& node, const Add& add) const {
    const auto found = logs_.find(node.dn);
    if (found == logs_.end()) return;
    for (const Node* log : found->second)
      if (passes(*log)) add(*log);
  }

  // Objects that are not kept in the tree. Those that stand there already are not made a second time.
  template <class Add>
  void add_made(const Node& node, bool below, const Add& add, std::string_view told_by = "dn") const {
    const auto make = [&](std::string_view class_name, std::string_view rn, std::vector<AttributeView> attributes) {
      const std::string dn = node.dn + '/' + std::string(rn);
      attributes.insert(attributes.end(), {{"childAction", ""}, {"status", ""}, {"modTs", "never"}});
      attributes.push_back({told_by, told_by == "rn" ? rn : std::string_view(dn)});
      add(ManagedObject{std::string(class_name), model::Attributes::from(attributes), {}});
    };
    const auto has = [&](auto is_of) {
      for (const Node* child = node.first_child; child; child = child->next)
        if (is_of(child->of->name)) return true;
      return false;
    };
    // What was loaded has a score of its own only after its first fault.
    if (include_.health && is_scored(node) && !has(is_health))
      make("healthInst", "health",
           {{"chng", "0"},
            {"cur", "100"},
            {"maxSev", "cleared"},
            {"prev", "100"},
            {"twScore", "100"},
            {"updTs", node.attributes.get("modTs")}});
    if (include_.fault_count && !below && !has(is_fault_count)) {
      const model::Attributes counts = count_faults(node);
      make("faultCounts", "fltCnts", {counts.begin(), counts.end()});
    }
  }

  const Query& query_;
  const Sees& sees_;
  const Include& include_;
  ClassSet classes_;
  ClassSet filtered_;  // classes that rsp-subtree-filter speaks of
  Properties properties_;
  base::WallTime now_;
  std::unordered_map<std::string_view, std::vector<const Node*>> logs_;  // by the DN they are about
  std::deque<ManagedObject> made_;
  std::size_t taken_ = 0;  // nested objects and records
};

// Of objects that stand below each other only the outermost: their records are found from there.
void keep_outermost(std::vector<const Node*>& nodes) {
  const std::unordered_set<const Node*> all(nodes.begin(), nodes.end());
  std::erase_if(nodes, [&](const Node* node) {
    for (const Node* above = node->parent; above; above = above->parent)
      if (all.contains(above)) return true;
    return false;
  });
}

bool is_log(std::string_view class_name) {
  static constexpr std::array<std::string_view, 5> logs{"aaaModLR", "aaaSessionLR", "eventRecord", "faultRecord",
                                                        "healthRecord"};
  return std::find(logs.begin(), logs.end(), class_name) != logs.end();
}

ManagedObject count_object(std::size_t count) {
  return {"moCount", {{"childAction", ""}, {"count", std::to_string(count)}, {"dn", ""}, {"status", ""}}, {}};
}

// Whose faults are asked to be counted: of one object by the DN of its counts, of all by their class.
const Node* counted_node(const ObjectTree& tree, const Query& query) {
  if (query.class_name.empty()) return counted_by(tree, query.dn.str());
  return query.class_name == "faultCountsWithDetails" && query.dn.str().empty() && !tree.class_first(query.class_name)
             ? &tree.root()
             : nullptr;
}

}  // namespace

ManagedObject whole_subtree(const ObjectTree& tree, const Node& node) {
  Query query;
  query.rsp_subtree = RspSubtree::full;
  return Shaper(tree, query, Include(query), {}, {}).object(node);
}

Result<codec::Answer> answer_query(const ObjectTree& tree, const Query& query, base::WallTime now, const Sees& sees) {
  if (const auto known = check_names(tree, query); !known) return known.error();
  if (const Node* counted = counted_node(tree, query); counted && (!sees || sees(counted->dn)))
    return codec::Answer{1, {}, {fault_counts(*counted)}};
  const Include include(query);
  Shaper shaper(tree, query, include, now, sees);
  std::vector<const Node*> nodes = Selection(query, sees).take(tree);
  if (query.time_range)
    std::erase_if(nodes, [&](const Node* node) { return is_log(node->of->name) && !shaper.is_in_time(*node); });
  if (include.required) std::erase_if(nodes, [&](const Node* node) { return !shaper.has_required(*node); });
  shaper.forget_taken();

  const bool only_records = include.no_scoped && include.any;
  std::vector<Row> rows;
  rows.reserve(nodes.size());
  if (only_records) {
    if (include.deep) keep_outermost(nodes);
    for (const Node* node : nodes) shaper.add_records(*node, rows);
  } else {
    for (const Node* node : nodes) rows.push_back({node, nullptr});
  }

  codec::Answer answer;
  if (include.count) {
    answer.objects.push_back(count_object(rows.size()));
    answer.total_count = 1;
    return answer;
  }
  sort_rows(rows, query.order_by);
  answer.total_count = rows.size();
  std::size_t begin = 0, end = rows.size();
  if (query.page_size) {
    const std::size_t size = *query.page_size;
    begin = std::min<std::size_t>(rows.size(), query.page.value_or(0) * size);
    end = std::min(rows.size(), begin + size);
  }
  if (end - begin > objects_max) return too_big();
  answer.objects.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    answer.objects.push_back(only_records ? shaper.record(rows[i]) : shaper.object(rows[i]));
    if (shaper.taken() > objects_max) return too_big();
  }
  return answer;
}

}  // namespace aci::controller
