#include "controller/writes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/property_check.hpp"

namespace aci::controller {
namespace {

using base::Error;
using base::Result;
using model::AttributeView;
using model::ClassFacts;
using model::Dn;
using model::ManagedObject;
using model::PropertyFacts;

Error refused(int code, std::string text) { return {base::Errc::refused, std::move(text), code}; }

// Exported trees are posted back with these in them; the controller sets them itself.
constexpr std::array<std::string_view, 9> ignorable{"childAction", "dn", "extMngdBy", "lcOwn", "modTs",
                                                    "monPolDn",    "rn", "status",    "uid"};

// Without these the fabric is none.
constexpr std::array<std::string_view, 10> permanent{"",
                                                     "topology",
                                                     "uni",
                                                     "uni/fabric",
                                                     "uni/infra",
                                                     "uni/tn-common",
                                                     "uni/tn-infra",
                                                     "uni/tn-mgmt",
                                                     "uni/userext",
                                                     "uni/userext/user-admin"};

std::string join(std::string_view parent, std::string_view rn) {
  std::string dn(parent);
  if (!dn.empty()) dn += '/';
  dn += rn;
  return dn;
}

// The controller's own logs, which nobody writes.
bool is_log(const ClassFacts& facts) { return facts.rn_format.starts_with("subj-["); }

// What the fabric alone makes and takes away, though a fault may be acknowledged.
bool is_finding(const ClassFacts& facts) {
  return is_log(facts) || facts.name == "faultInst" || facts.name == "faultDelegate" || facts.name == "healthInst" ||
         facts.name == "fabricHealthTotal";
}

bool may_stand_below(const ClassFacts& facts, const ClassFacts& parent) {
  return ((facts.anywhere || facts.parents.empty()) && !is_log(parent)) ||
         std::find(facts.parents.begin(), facts.parents.end(), parent.name) != facts.parents.end();
}

Error wrong_dn(std::string_view dn) {
  const std::string_view rn = Dn::rn_of(dn);
  const std::string_view prefix = rn.substr(0, rn.find('-'));
  return refused(400, "Invalid DN " + std::string(dn) + " wrong rn prefix " + std::string(prefix) + " at position " +
                          std::to_string(dn.size() - rn.size()));
}

// The code is not recorded for this text.
Error fixed_property(const ClassFacts& facts, std::string_view property) {
  return refused(170, "Create-only and naming props cannot be modified after creation, class=" + std::string(facts.name) +
                          ", prop=" + std::string(property));
}

// Where objects stand that there is one place for: fvTenant in "uni". "" for any other.
std::string place_of(const ClassFacts& facts) {
  for (const std::string_view name : facts.parents)
    if (const ClassFacts* parent = model::find_class(name); name == "polUni" || name == "fabricTopology")
      return std::string(parent->rn_format);
  if (facts.parents.size() != 1) return "";
  const ClassFacts* parent = model::find_class(facts.parents.front());
  if (!parent || parent == &facts || !parent->naming.empty() || parent->rn_format.empty()) return "";
  const std::string above = place_of(*parent);
  return above.empty() ? "" : join(above, parent->rn_format);
}

// Whether attributes were left out, as in answers to rsp-prop-include, in exports and in files by hand. Whole objects of
// some classes have no modTs, but every whole one has its childAction, and every pushed one its status.
bool is_trimmed(const model::Attributes& attributes) {
  return !attributes.contains("childAction") && !attributes.contains("modTs") && !attributes.contains("status");
}

struct Wanted {
  bool create = true, modify = true, remove = false;
};

// "created, modified" with and without the blank, or the mask's number; "" asks for nothing in particular.
Result<Wanted> wanted_of(const ManagedObject& object) {
  std::string_view status = object.attributes.get("status");
  if (status.empty()) return Wanted{};
  Wanted wanted{false, false, false};
  unsigned bits = 0;
  const auto [end_of_bits, failure] = std::from_chars(status.data(), status.data() + status.size(), bits);
  if (failure == std::errc{} && end_of_bits == status.data() + status.size() && bits != 0 && (bits & ~0xeu) == 0)
    return Wanted{(bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
  while (!status.empty()) {
    const std::size_t end = std::min(status.find(','), status.size());
    std::string_view word = status.substr(0, end);
    status.remove_prefix(std::min(end + 1, status.size()));
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (word == "created") wanted.create = true;
    else if (word == "modified") wanted.modify = true;
    else if (word == "deleted") wanted.remove = true;
    else
      return refused(120, "unknown property value " + std::string(word) + ", , name status, class " + object.class_name +
                              " [(Dn0)] Dn0=, ");
  }
  return wanted;
}

}  // namespace

bool Writer::is_removed(const Plan& plan, std::string_view dn) {
  if (plan.removed.empty()) return false;
  for (std::string_view at = dn; !at.empty(); at = Dn::parent_of(at))
    if (plan.removed.contains(at)) return true;
  return false;
}

Writer::Presence Writer::presence(const Plan& plan, std::string_view dn) const {
  if (const auto planned = plan.upserts.find(dn); planned != plan.upserts.end()) return {true, planned->second};
  const Node* node = is_removed(plan, dn) ? nullptr : tree_.find(dn);
  return node ? Presence{true, node->of->facts} : Presence{};
}

Result<std::string> Writer::dn_below(const ManagedObject& object, const ClassFacts& facts, std::string_view parent) const {
  const std::string_view given = object.attributes.get("dn");
  std::string rn(object.attributes.get("rn"));
  if (!given.empty()) {
    const auto parsed = Dn::parse(given);
    if (!parsed) return refused(400, "Invalid DN " + std::string(given) + " " + parsed.error().message);
    std::string dn = canonical_dn(given);
    if (!rn.empty() && rn != Dn::rn_of(dn) && canonical_dn(join(Dn::parent_of(dn), rn)) != dn)
      return refused(104, "Invalid RN " + rn);
    if (!parent.empty() && !Dn::is_below(dn, parent))
      return refused(400, "Invalid DN " + dn + " is not below " + std::string(parent));
    return dn;
  }
  if (rn.empty()) {
    auto made = model::make_rn(facts, object.attributes);
    if (!made) return refused(104, "Invalid RN " + std::string(facts.rn_format) + ", " + made.error().message);
    rn = std::move(*made);
  }
  const auto parsed = Dn::parse(rn);
  if (!parsed || rn.empty() || parsed->rns().size() != 1) return refused(104, "Invalid RN " + rn);
  if (parent.size() + 1 + rn.size() > Dn::size_max) return refused(104, "Invalid RN " + rn.substr(0, 64) + "... too long");
  return canonical_dn(join(parent, rn));
}

// The URL may name the object itself or its parent: the classes decide.
Result<std::string> Writer::dn_at_url(const ManagedObject& object, const ClassFacts& facts, const Dn& url) const {
  const auto& attributes = object.attributes;
  if (!attributes.get("dn").empty()) {
    if (attributes.get("dn") == url.str() || canonical_dn(attributes.get("dn")) == url.str()) return url.str();
    return dn_below(object, facts, url.str());
  }
  const Node* node = tree_.find(url.str());
  bool self = node && node->of->facts == &facts;
  if (!node && !url.empty() && model::rn_values(facts, url.rn())) {
    const Node* parent = tree_.find(url.parent().str());
    const ClassFacts* above = parent ? parent->of->facts : model::class_of_dn(url.parent().str());
    self = !above || may_stand_below(facts, *above);
  }
  if (!self) return dn_below(object, facts, url.str());
  const std::string_view rn = attributes.get("rn");
  const auto made = model::make_rn(facts, attributes);
  const bool agrees = rn.empty() ? !made || *made == url.rn() : rn == url.rn();
  if (agrees) return url.str();
  if (may_stand_below(facts, facts)) return dn_below(object, facts, url.str());
  return fixed_property(facts, facts.naming.empty() ? "rn" : facts.naming.front());
}

Result<void> Writer::plan_values(Step& step, const ManagedObject& object, const Node* present) const {
  const ClassFacts& facts = *step.facts;
  auto naming = model::rn_values(facts, Dn::rn_of(step.dn));
  if (!naming && step.dn.empty()) naming.emplace();  // the root has no name
  if (!naming) return wrong_dn(step.dn);
  const auto check = [&](const PropertyFacts& property, std::string_view value) -> Result<std::string> {
    model::CheckedValue checked = model::check_value(property, value);
    switch (checked.verdict) {
      case model::ValueVerdict::fits: break;
      case model::ValueVerdict::unknown_value:
        return refused(120, "unknown property value " + std::string(value) + ", , name " + std::string(property.name) +
                                ", class " + std::string(facts.name) + " [(Dn0)] Dn0=, ");
      case model::ValueVerdict::not_valid:
        return refused(801, "property " + std::string(property.name) + " of " + step.dn + " failed validation for value '" +
                                std::string(value) + "'");
    }
    return std::move(checked.value);
  };
  for (const auto& [name, value] : *naming)
    if (const PropertyFacts* property = facts.property(name); property && !present)
      if (const auto checked = check(*property, value); !checked) return checked.error();
  for (const auto& [name, value] : object.attributes) {
    if (std::find(ignorable.begin(), ignorable.end(), name) != ignorable.end()) continue;
    const PropertyFacts* property = facts.property(name);
    if (!property) {
      if (facts.configurable)
        return refused(400, "unknown attribute '" + std::string(name) + "' in element '" + std::string(facts.name) + "'");
      step.values.emplace_back(name, value);
      continue;
    }
    if (const auto in_rn =
            std::find_if(naming->begin(), naming->end(), [&name = name](const auto& part) { return part.first == name; });
        in_rn != naming->end()) {
      if (in_rn->second != value) return fixed_property(facts, name);
      continue;
    }
    if ((property->implicit && facts.configurable) || (is_finding(facts) && !property->configurable))
      return refused(
          170, "Admin implicit props cannot be modified, class=" + std::string(facts.name) + ", prop=" + std::string(name));
    auto checked = check(*property, value);
    if (!checked) return checked.error();
    if (property->secret) continue;
    if (property->create_only && present && present->attributes.get(name) != *checked) return fixed_property(facts, name);
    step.values.emplace_back(property->name, std::move(*checked));
  }
  return {};
}

// A parent that is not there is taken for granted and created with defaults. (Not verified; cobra posts such trees.)
Result<void> Writer::plan_parents(Plan& plan, std::string_view dn) const {
  std::vector<std::string> missing;
  for (std::string_view at = Dn::parent_of(dn); !presence(plan, at).there; at = Dn::parent_of(at)) missing.emplace_back(at);
  for (auto parent = missing.rbegin(); parent != missing.rend(); ++parent) {
    const ClassFacts* facts = model::class_of_dn(*parent);
    if (!facts || facts->abstract) return wrong_dn(*parent);
    Step step{Step::Kind::upsert, facts, *parent, {}, false};
    const ManagedObject nothing{std::string(facts->name), {}, {}};
    if (const auto planned = plan_values(step, nothing, nullptr); !planned) return planned.error();
    plan.upserts.insert_or_assign(*parent, facts);
    plan.steps.push_back(std::move(step));
  }
  return {};
}

Result<void> Writer::check_removable(std::string_view dn) const {
  const Node* node = tree_.find(dn);
  const bool own = node && node->of->facts && is_finding(*node->of->facts);
  if (!own && std::find(permanent.begin(), permanent.end(), dn) == permanent.end()) return {};
  return refused(107, "Cannot delete object " + std::string(dn) + ", it belongs to the fabric itself");
}

Result<void> Writer::plan_object(Plan& plan, const ManagedObject& object, const ClassFacts& facts, std::string dn) const {
  const auto wanted = wanted_of(object);
  if (!wanted) return wanted.error();
  if (!dn.empty() && !model::rn_values(facts, Dn::rn_of(dn))) return wrong_dn(dn);
  const Presence here = presence(plan, dn);
  if (here.there && here.facts != &facts) return wrong_dn(dn);
  if (wanted->remove) {
    if (const auto removable = check_removable(dn); !removable) return removable.error();
    plan.upserts.erase(dn);
    const auto below = plan.upserts.lower_bound(dn + '/');
    plan.upserts.erase(below, plan.upserts.lower_bound(dn + static_cast<char>('/' + 1)));
    plan.removed.insert(dn);
    plan.steps.push_back({Step::Kind::remove, &facts, std::move(dn), {}, true});
    return {};
  }

  // Neither code nor text is recorded.
  if (is_finding(facts) && !here.there) return refused(107, "Cannot create object " + dn + ", only the fabric itself does");
  if (const auto parents = plan_parents(plan, dn); !parents) return parents.error();
  const Presence above = presence(plan, Dn::parent_of(dn));
  if (!here.there && above.facts && !may_stand_below(facts, *above.facts))
    return refused(400, "Invalid request. Can not contain child '" + std::string(facts.name) + "' under parent '" +
                            std::string(above.facts->name) + "'");
  if (here.there && !wanted->modify)
    return refused(103, "Cannot create object, child (Rn) of class " + std::string(facts.name) +
                            " is already attached. [(Dn0)] Dn0=" + dn + ", ");
  if (!here.there && !wanted->create) return refused(102, "configured object ((Dn0)) not found Dn0=" + dn + ", ");

  Step step{Step::Kind::upsert, &facts, std::move(dn), {}, true};
  const Node* present = is_removed(plan, step.dn) ? nullptr : tree_.find(step.dn);
  if (const auto values = plan_values(step, object, present); !values) return values.error();
  const std::string parent = step.dn;
  plan.upserts.insert_or_assign(parent, &facts);
  plan.steps.push_back(std::move(step));

  for (const ManagedObject& child : object.children) {
    const ClassFacts* child_facts = model::find_class(child.class_name);
    if (!child_facts || child_facts->abstract) return refused(122, "unknown managed object class " + child.class_name);
    auto child_dn = dn_below(child, *child_facts, parent);
    if (!child_dn) return child_dn.error();
    if (const auto planned = plan_object(plan, child, *child_facts, std::move(*child_dn)); !planned) return planned.error();
  }
  return {};
}

// Objects that a request only names on the way down are none that it changes.
bool Writer::changes(const Step& step) const {
  const Node* node = tree_.find(step.dn);
  if (!node || step.kind == Step::Kind::remove) return true;
  return std::any_of(step.values.begin(), step.values.end(),
                     [&](const auto& value) { return node->attributes.find(value.first) != value.second; });
}

Result<Written> Writer::post(const Dn& url, const ManagedObject& object, const Stamp& stamp, const Guard& guard) {
  const ClassFacts* facts = model::find_class(object.class_name);
  if (!facts || facts->abstract) return refused(122, "unknown managed object class " + object.class_name);
  auto dn = dn_at_url(object, *facts, url);
  if (!dn) return dn.error();
  Plan plan;
  Written written{*dn, {}};
  if (const auto planned = plan_object(plan, object, *facts, std::move(*dn)); !planned) return planned.error();
  if (guard)
    for (const Step& step : plan.steps)
      if (changes(step))
        if (const auto allowed = guard(step.dn, step.facts); !allowed) return allowed.error();

  applied_ = &plan;
  std::vector<std::string> created;
  for (const Step& step : plan.steps) {
    if (step.kind == Step::Kind::upsert) apply_upsert(step, stamp, written.outcomes, created);
    else if (apply_remove(step.dn, &stamp))
      written.outcomes.push_back({step.dn, std::string(step.facts->name), model::Op::deleted});
  }
  // After the request's own children, so that what it says about one of these is how that one is created.
  for (const std::string& at : created)
    if (Node* node = tree_.find(at)) add_implicit_children(*node, stamp.mod_ts);
  applied_ = nullptr;
  return written;
}

Result<Written> Writer::remove(const Dn& dn, const Stamp& stamp, const Guard& guard) {
  if (const auto removable = check_removable(dn.str()); !removable) return removable.error();
  if (guard)
    if (const auto allowed = guard(dn.str(), nullptr); !allowed) return allowed.error();
  Written written{dn.str(), {}};
  if (const Node* node = tree_.find(dn.str())) written.outcomes.push_back({dn.str(), node->of->name, model::Op::deleted});
  apply_remove(dn.str(), &stamp);
  return written;
}

Result<void> Writer::set(const ManagedObject& object, const Stamp& stamp) {
  Step step{.facts = model::find_class(object.class_name), .dn = std::string(object.dn())};
  if (!step.facts || step.facts->abstract) return refused(122, "unknown managed object class " + object.class_name);
  if (object.attributes.get("status") == "deleted") {
    apply_remove(step.dn, &stamp);
    return {};
  }
  if (!tree_.find(step.dn) && !tree_.find(Dn::parent_of(step.dn)))
    return refused(102, "configured object ((Dn0)) not found Dn0=" + step.dn);
  for (const auto& [name, value] : object.attributes)
    if (!model::is_bookkeeping(name)) step.values.emplace_back(name, value);
  std::vector<Outcome> outcomes;
  std::vector<std::string> created;
  apply_upsert(step, stamp, outcomes, created);
  if (!created.empty()) add_implicit_children(*tree_.find(step.dn), stamp.mod_ts);
  return {};
}

void Writer::apply_upsert(const Step& step, const Stamp& stamp, std::vector<Outcome>& outcomes,
                          std::vector<std::string>& created) {
  std::vector<AttributeView> values;
  for (const auto& [name, value] : step.values) values.push_back({name, value});
  Node* node = tree_.find(step.dn);
  if (!node) {
    insert(*tree_.find(Dn::parent_of(step.dn)), *step.facts, step.dn, values, stamp);
    created.push_back(step.dn);
    if (step.named) outcomes.push_back({step.dn, std::string(step.facts->name), model::Op::created});
    return;
  }
  std::erase_if(values, [&](const AttributeView& value) { return node->attributes.find(value.name) == value.value; });
  if (values.empty()) return;
  model::Attributes after = node->attributes;
  after.merge(values.data(), values.size());
  maker_.resolve(exists_, *step.facts, step.dn, after);
  if (replace(*node, std::move(after), stamp))
    outcomes.push_back({step.dn, std::string(step.facts->name), model::Op::modified});
}

void Writer::resolve(Node& node, const Stamp& stamp) {
  if (!node.of->facts) return;
  model::Attributes after = node.attributes;
  maker_.resolve(exists_, *node.of->facts, node.dn, after);
  replace(node, std::move(after), stamp);
}

bool Writer::replace(Node& node, model::Attributes after, const Stamp& stamp) {
  std::vector<std::string> names = model::changed_names(node.attributes, after);
  if (names.empty()) return false;
  // A relation that finds another target tells its state with it, though that reads the same before and after (recorded).
  if (std::find(names.begin(), names.end(), "tDn") != names.end() && after.contains("state")) names.push_back("state");
  std::vector<AttributeView> changed;
  for (const std::string& name : names) changed.push_back({name, after.get(name)});
  const model::Attributes delta = model::Attributes::from(changed);
  // Faults and scores are never modified, as the controller tells it.
  if (const auto time = after.find("modTs"); time && *time != "never") after.set("modTs", stamp.mod_ts);
  std::swap(node.attributes, after);
  listener_({node, model::Op::modified, delta, stamp.mod_ts, &after});
  return true;
}

bool Writer::apply_remove(std::string_view dn, const Stamp* stamp) {
  Node* top = tree_.find(dn);
  if (!top) return false;
  for (Node* at = &deepest_first(*top);;) {
    Node* const next = at->next ? &deepest_first(*at->next) : at->parent;
    const bool last = at == top;
    if (stamp) listener_({*at, model::Op::deleted, {}, stamp->mod_ts});
    tree_.erase(*at);
    if (last) return true;
    at = next;
  }
}

Node& Writer::insert(Node& parent, const ClassFacts& facts, std::string dn, const std::vector<AttributeView>& values,
                     const Stamp& stamp) {
  model::Attributes attributes = maker_.make(facts, dn, values, stamp);
  maker_.resolve(exists_, facts, dn, attributes);
  Node& node = tree_.insert(parent, facts.name, std::move(dn), std::move(attributes));
  listener_({node, model::Op::created, {}, stamp.mod_ts});
  return node;
}

void Writer::add_implicit_children(Node& node, const std::string& mod_ts) {
  for (const std::string_view name : implicit_children(node.of->name)) {
    const ClassFacts* facts = model::find_class(name);
    if (!facts) continue;
    std::string dn = join(node.dn, facts->rn_format);
    if (!tree_.find(dn)) insert(node, *facts, std::move(dn), {}, {mod_ts, "0"});
  }
}

Node& Writer::create(Node& parent, const ClassFacts& facts, std::string dn, const std::vector<AttributeView>& values,
                     const Stamp& stamp) {
  Node& node = insert(parent, facts, std::move(dn), values, stamp);
  add_implicit_children(node, stamp.mod_ts);
  return node;
}

void Writer::restore(const ManagedObject& object) {
  Node* node = tree_.find(object.dn());
  if (object.attributes.get("status") == "deleted") {
    while (node && node->first_child) restore({"", {{"dn", node->first_child->dn}, {"status", "deleted"}}, {}});
    if (node) tree_.erase(*node);
  } else if (node) {
    node->attributes = object.attributes;
  } else {
    Node* above = nullptr;
    for (std::string_view at = Dn::parent_of(object.dn()); !above; at = Dn::parent_of(at)) above = tree_.find(at);
    tree_.insert(*above, object.class_name, std::string(object.dn()), object.attributes);
  }
}

void Writer::replay(const ManagedObject& object, const Stamp& stamp) {
  const std::string dn(object.dn());
  const std::string_view status = object.attributes.get("status");
  if (dn.empty() || !Dn::parse(dn)) return;
  const std::string mod_ts(object.attributes.contains("modTs") ? object.attributes.get("modTs") : stamp.mod_ts);
  const Stamp then{mod_ts, stamp.uid};
  if (status == "deleted") {
    apply_remove(dn, &then);
    return;
  }
  Node* node = tree_.find(dn);
  const model::Attributes before = node ? node->attributes : model::Attributes{};
  if (!load(object, then)) return;
  if (!node || status == "created") return listener_({*tree_.find(dn), model::Op::created, {}, mod_ts});
  std::vector<AttributeView> told;
  for (const AttributeView attribute : object.attributes)
    if (!model::is_bookkeeping(attribute.name)) told.push_back(attribute);
  listener_({*node, model::Op::modified, model::Attributes::from(told), mod_ts, &before});
}

Result<std::size_t> Writer::load(const ManagedObject& object, const Stamp& stamp) { return load_below(object, "", stamp); }

void Writer::finish_load() {
  for (const std::string& dn : std::exchange(incomplete_, {}))
    if (Node* node = tree_.find(dn)) maker_.resolve(exists_, *node->of->facts, dn, node->attributes);
}

void Writer::clear() {
  while (tree_.root().first_child) tree_.erase(deepest_first(*tree_.root().first_child));
  strays_.clear();
  assumed_.clear();
  incomplete_.clear();
}

// Parents that the data leaves out, or names later, are made where their class is known; else the nearest one there is stands
// in until they come.
Node& Writer::load_new(const ManagedObject& object, const std::string& dn, const Stamp& stamp) {
  Node* above = &tree_.root();
  std::string at;
  for (const std::string_view rn : Dn::split(Dn::parent_of(dn))) {
    at = join(at, rn);
    Node* there = tree_.find(at);
    if (!there) {
      const ClassFacts* known = model::class_of_dn(at);
      if (!known || known->abstract || is_log(*known)) continue;  // a log record is named by two RNs
      there = &tree_.insert(*above, known->name, at, maker_.make(*known, at, {}, stamp));
      assumed_.insert(at);
    }
    above = there;
  }
  Node& node = tree_.insert(*above, object.class_name, dn, object.attributes);
  for (auto stray = strays_.lower_bound(dn + '/'); stray != strays_.end() && Dn::is_below(*stray, dn);) {
    Node* below = tree_.find(*stray);
    if (below && below->parent->dn.size() < dn.size()) tree_.move(*below, node);
    stray = !below || is_child(*below) ? strays_.erase(stray) : std::next(stray);
  }
  if (!is_child(node)) strays_.insert(dn);
  return node;
}

Result<std::size_t> Writer::load_below(const ManagedObject& object, std::string_view parent, const Stamp& stamp) {
  const ClassFacts* facts = model::find_class(object.class_name);
  std::string dn(object.attributes.get("dn"));
  if (dn.empty() && !object.attributes.get("rn").empty()) dn = join(parent, object.attributes.get("rn"));
  if (dn.empty() && facts)
    if (const auto rn = model::make_rn(*facts, object.attributes)) dn = join(parent.empty() ? place_of(*facts) : parent, *rn);
  const auto parsed = Dn::parse(dn);
  if (dn.empty() || !parsed)
    return Error{base::Errc::invalid, "an object of class " + object.class_name + " has no usable dn or rn: '" + dn + "'", 0};

  if (object.attributes.get("status") == "deleted") {
    apply_remove(dn, nullptr);
    return 0;
  }
  Node* node = tree_.find(dn);
  const bool is_new = !node || assumed_.erase(dn) > 0;
  if (!node) node = &load_new(object, dn, stamp);
  if (node->of->name != object.class_name) tree_.change_class(*node, object.class_name);
  if (is_new && facts && !facts->abstract && is_trimmed(object.attributes)) {
    const std::vector<AttributeView> values(object.attributes.begin(), object.attributes.end());
    node->attributes = maker_.make(*facts, dn, values, stamp);
    incomplete_.push_back(dn);
  } else if (is_new) {
    node->attributes = object.attributes;
  } else {
    node->attributes.merge(object.attributes);
  }
  node->attributes.erase("rn");
  const std::array<AttributeView, 3> standing{{{"childAction", ""}, {"dn", dn}, {"status", ""}}};
  node->attributes.merge(standing.data(), standing.size());

  std::size_t count = 1;
  for (const ManagedObject& child : object.children) {
    const auto below = load_below(child, dn, stamp);
    if (!below) return below.error();
    count += *below;
  }
  return count;
}

}  // namespace aci::controller
