#include "controller/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/class_facts.hpp"

namespace aci::controller {
namespace {

using base::Duration;
using base::Instant;
using base::WallTime;
using model::AttributeView;
using model::Op;

// What a relation is blamed with when its target is missing.
struct RelationFault {
  std::string_view class_name, code;
};
constexpr std::array relation_faults{
    RelationFault{"fvRsBDToOut", "F0947"},      RelationFault{"fvRsBd", "F0955"},
    RelationFault{"fvRsBdToEpRet", "F0951"},    RelationFault{"fvRsCons", "F0967"},
    RelationFault{"fvRsConsIf", "F0970"},       RelationFault{"fvRsCtx", "F0952"},
    RelationFault{"fvRsCtxToEpRet", "F0963"},   RelationFault{"fvRsCustQosPol", "F0971"},
    RelationFault{"fvRsDomAtt", "F0956"},       RelationFault{"fvRsIgmpsn", "F0953"},
    RelationFault{"fvRsProtBy", "F0973"},       RelationFault{"fvRsProv", "F0974"},
    RelationFault{"fvRsTenantMonPol", "F0979"}, RelationFault{"infraRsAccBaseGrp", "F1011"},
    RelationFault{"infraRsAccPortP", "F1014"},  RelationFault{"infraRsAttEntP", "F0989"},
    RelationFault{"infraRsCdpIfPol", "F0990"},  RelationFault{"infraRsDomP", "F1003"},
    RelationFault{"infraRsHIfPol", "F0991"},    RelationFault{"infraRsLldpIfPol", "F0993"},
    RelationFault{"infraRsVlanNs", "F0981"},    RelationFault{"l3extRsEctx", "F1020"},
    RelationFault{"l3extRsL3DomAtt", "F1021"},  RelationFault{"vmmRsAcc", "F1063"},
    RelationFault{"vzRsAnyToCons", "F1112"},    RelationFault{"vzRsAnyToProv", "F1117"},
    RelationFault{"vzRsFiltAtt", "F1111"},      RelationFault{"vzRsIf", "F1123"},
    RelationFault{"vzRsSubjFiltAtt", "F1127"},
};

// "" for a class without such a fault.
std::string_view relation_fault(std::string_view class_name) {
  const auto at = std::lower_bound(relation_faults.begin(), relation_faults.end(), class_name,
                                   [](const RelationFault& fault, std::string_view name) { return fault.class_name < name; });
  return at != relation_faults.end() && at->class_name == class_name ? at->code : std::string_view{};
}

// vzRsIf -> vz-rs-if-resolve-fail
std::string rule_of(std::string_view class_name) {
  std::string rule;
  bool capital = true;
  for (const char c : class_name) {
    const bool now = c >= 'A' && c <= 'Z';
    if (now && !capital) rule += '-';
    rule += now ? static_cast<char>(c - 'A' + 'a') : c;
    capital = now;
  }
  return rule + "-resolve-fail";
}

int rank_of(std::string_view severity) {
  static constexpr std::array<std::string_view, 6> order{"cleared", "info", "warning", "minor", "major", "critical"};
  return static_cast<int>(std::find(order.begin(), order.end(), severity) - order.begin());
}

std::string fault_dn(std::string_view dn, std::string_view code) { return std::string(dn) + "/fault-" + std::string(code); }

constexpr std::string_view port_down = "F1394";

// "operSt (Old: up, New: down), operStQual (Old: none, New: link-failure)"
std::string change_set(const NodeChange& change) {
  std::string text;
  for (const std::string_view name : {"operSt", "operStQual"}) {
    const std::string_view old = change.before ? change.before->get(name) : std::string_view{};
    const std::string_view now = change.node.attributes.get(name);
    if (old == now) continue;
    if (!text.empty()) text += ", ";
    (((text += name) += " (Old: ") += old) += ", New: ";
    (text += now) += ')';
  }
  return text;
}

std::string one_more(std::string_view number) {
  unsigned long value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return std::to_string(value + 1);
}

}  // namespace

void Faults::schedule(const std::string& dn, Instant due) {
  Timed& timed = timed_[dn];
  by_due_.erase({timed.due, dn});
  timed.due = due;
  if (due != never) by_due_.emplace(due, dn);
}

void Faults::write(std::string_view class_name, std::string_view dn, std::vector<AttributeView> values, WallTime wall) {
  values.push_back({"dn", dn});
  // What is gone meanwhile needs no writing.
  (void)writer_.set({std::string(class_name), model::Attributes::from(values), {}}, {wall.to_string(), "0"});
}

void Faults::enter(const std::string& dn, std::string_view state, WallTime wall, std::vector<AttributeView> more) {
  const std::string time = wall.to_string(), twin = timed_[dn].twin;
  more.push_back({"lc", state});
  more.push_back({"lastTransition", time});
  write("faultInst", dn, more, wall);
  if (!twin.empty()) write("faultDelegate", twin, more, wall);
}

base::Result<void> Faults::raise(Instant now, WallTime wall, const FaultCondition& condition) {
  Node* object = tree_.find(condition.dn);
  if (!object) return base::Error{base::Errc::not_found, "there is no object " + condition.dn, 0};
  const std::string dn = fault_dn(condition.dn, condition.code);
  const bool soaks = times_.soaking > Duration{};
  const std::string_view first = soaks ? "soaking" : "raised";
  const Instant due = soaks ? now + times_.soaking : never;

  if (const Node* fault = tree_.find(dn)) {
    const std::string state(fault->attributes.get("lc")), severity(fault->attributes.get("severity"));
    const std::string occur = one_more(fault->attributes.get("occur"));
    std::vector<AttributeView> news{{"descr", condition.descr}};
    if (severity != condition.severity) {
      news.push_back({"severity", condition.severity});
      news.push_back({"prevSeverity", severity});
      if (rank_of(condition.severity) > rank_of(fault->attributes.get("highestSeverity")))
        news.push_back({"highestSeverity", condition.severity});
    }
    if (state == "soaking" || state == "raised") {
      if (news.size() > 1 || fault->attributes.get("descr") != condition.descr) enter(dn, state, wall, news);
      return {};
    }
    const bool again = state == "raised-clearing";  // it had soaked already
    news.push_back({"occur", occur});
    if (state == "retaining") news.push_back({"ack", "no"});
    enter(dn, again ? "raised" : first, wall, news);
    schedule(dn, again ? never : due);
    return {};
  }

  const std::string time = wall.to_string();
  std::vector<AttributeView> values{{"ack", "no"},
                                    {"cause", condition.cause},
                                    {"changeSet", condition.change_set},
                                    {"code", condition.code},
                                    {"created", time},
                                    {"descr", condition.descr},
                                    {"domain", condition.domain},
                                    {"highestSeverity", condition.severity},
                                    {"lastTransition", time},
                                    {"lc", first},
                                    {"modTs", "never"},
                                    {"occur", "1"},
                                    {"origSeverity", condition.severity},
                                    {"prevSeverity", condition.severity},
                                    {"rule", condition.rule},
                                    {"severity", condition.severity},
                                    {"subject", condition.subject},
                                    {"type", condition.type}};
  Node* policy = condition.delegate_to.empty() ? nullptr : tree_.find(condition.delegate_to);
  const std::vector<AttributeView> twins = values;
  values.push_back({"delegated", policy ? "yes" : "no"});
  values.push_back({"title", "null"});  // as recorded
  writer_.create(*object, *model::find_class("faultInst"), dn, values, {time, "0"});
  schedule(dn, due);
  if (!policy) return {};
  const std::string twin = policy->dn + "/fd-[" + condition.dn + "]-fault-" + condition.code;
  timed_[dn].twin = twin;
  if (!tree_.find(twin)) writer_.create(*policy, *model::find_class("faultDelegate"), twin, twins, {time, "0"});
  return {};
}

void Faults::clear(Instant now, WallTime wall, std::string_view object, std::string_view code) {
  const std::string dn = fault_dn(object, code);
  const Node* fault = tree_.find(dn);
  if (!fault) return;
  const std::string_view state = fault->attributes.get("lc");
  if (state != "soaking" && state != "raised") return;
  enter(dn, state == "soaking" ? "soaking-clearing" : "raised-clearing", wall);
  schedule(dn, now + times_.clearing);
}

// A state's time is over.
void Faults::follow(const std::string& dn, Instant due, WallTime wall) {
  const Node* fault = tree_.find(dn);
  if (!fault) return;
  const std::string_view state = fault->attributes.get("lc");
  if (state == "soaking") {
    enter(dn, "raised", wall);
    schedule(dn, never);
  } else if (state == "retaining") {
    write("faultInst", dn, {{"status", "deleted"}}, wall);
  } else {
    const bool seen = fault->attributes.get("ack") == "yes";
    const std::string severity(fault->attributes.get("severity"));
    enter(dn, "retaining", wall, {{"prevSeverity", severity}, {"severity", "cleared"}});
    schedule(dn, seen ? due : due + times_.retaining);
  }
}

void Faults::note(const NodeChange& change) {
  const Node& node = change.node;
  if (node.of->name == "faultInst") {
    if (change.op == Op::modified && change.changed.contains("ack")) acknowledged_.push_back(node.dn);
    const auto timed = change.op == Op::deleted ? timed_.find(node.dn) : timed_.end();
    if (timed == timed_.end()) return;
    if (!timed->second.twin.empty()) lost_twins_.push_back(timed->second.twin);
    by_due_.erase({timed->second.due, timed->first});
    timed_.erase(timed);
    return;
  }
  if (node.of->name == "ethpmPhysIf" && change.op != Op::deleted) {
    const bool down = node.attributes.get("operSt") == "down";
    if (change.op == Op::created ? down : change.changed.contains("operSt") || change.changed.contains("operStQual"))
      ports_.push_back({node.dn, change_set(change)});
    return;
  }
  if (change.op == Op::deleted || relation_fault(node.of->name).empty()) return;
  if (change.op == Op::created ? node.attributes.get("state") != "missing-target"
                               : !change.changed.contains("state") && !change.changed.contains("tDn"))
    return;
  relations_.push_back({node.dn, std::string(change.before ? change.before->get("state") : "unformed")});
}

void Faults::follow_relation(const Relation& relation, Instant now, WallTime wall) {
  const Node* node = tree_.find(relation.dn);
  if (!node) return;
  const std::string_view code = relation_fault(node->of->name), state = node->attributes.get("state");
  if (state != "missing-target") return clear(now, wall, relation.dn, code);
  FaultCondition condition;
  condition.dn = relation.dn;
  condition.code = code;
  condition.severity = "warning";
  condition.cause = "resolution-failed";
  condition.change_set = "state (Old: " + relation.old_state + ", New: missing-target)";
  condition.descr = "Failed to form relation to MO " + std::string(node->attributes.get("tDn")) + " of class " +
                    std::string(node->attributes.get("tCl"));
  condition.domain = "infra";
  condition.rule = rule_of(node->of->name);
  condition.subject = "relation-resolution";
  condition.type = "config";
  (void)raise(now, wall, condition);
}

// The code of a port that somebody shut is another one, of severity info, which is left out.
void Faults::follow_port(const Port& port, Instant now, WallTime wall) {
  const Node* node = tree_.find(port.dn);
  if (!node) return;
  const std::string_view reason = node->attributes.get("operStQual");
  if (node->attributes.get("operSt") != "down" || reason == "admin-down") return clear(now, wall, port.dn, port_down);
  FaultCondition down;
  down.dn = port.dn;
  down.code = port_down;
  down.cause = "interface-physical-down";
  down.change_set = port.change_set;
  down.descr = "Port is down, reason: " + std::string(reason);
  down.domain = "access";
  down.rule = "ethpm-if-port-down";
  down.subject = "port-down";
  down.type = "communications";
  (void)raise(now, wall, down);
}

void Faults::settle(Instant now, WallTime wall) {
  advance(now, wall);
  while (!relations_.empty() || !ports_.empty() || !acknowledged_.empty() || !lost_twins_.empty()) {
    for (const Port& port : std::exchange(ports_, {})) follow_port(port, now, wall);
    for (const Relation& relation : std::exchange(relations_, {})) follow_relation(relation, now, wall);
    for (const std::string& twin : std::exchange(lost_twins_, {})) write("faultDelegate", twin, {{"status", "deleted"}}, wall);
    for (const std::string& dn : std::exchange(acknowledged_, {})) {
      const Node* fault = tree_.find(dn);
      if (!fault) continue;
      const std::string ack(fault->attributes.get("ack"));
      const auto timed = timed_.find(dn);
      if (timed != timed_.end() && !timed->second.twin.empty())
        write("faultDelegate", timed->second.twin, {{"ack", ack}}, wall);
      if (ack == "yes" && fault->attributes.get("lc") == "retaining") schedule(dn, now);
    }
    advance(now, wall);
  }
}

void Faults::advance(Instant now, WallTime wall) {
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const auto [due, dn] = *by_due_.begin();
    by_due_.erase(by_due_.begin());
    const Duration late = now - due;
    follow(dn, due, wall + -late);
  }
}

void Faults::resume_all(Instant now, WallTime wall) {
  for (const Node* fault = tree_.class_first("faultInst"); fault; fault = fault->class_next) {
    const std::string_view state = fault->attributes.get("lc");
    const auto since = WallTime::parse(fault->attributes.get("lastTransition"));
    if (!since || state == "raised") continue;
    const Duration time = state == "soaking" ? times_.soaking : state == "retaining" ? times_.retaining : times_.clearing;
    schedule(fault->dn, now + std::max(time - Duration{wall.unix_ms - since->unix_ms}, Duration{}));
  }
  for (const Node* twin = tree_.class_first("faultDelegate"); twin; twin = twin->class_next) {
    const std::string_view rn = model::Dn::rn_of(twin->dn);  // fd-[AFFECTED]-fault-CODE
    const std::size_t end = rn.rfind("]-");
    if (!rn.starts_with("fd-[") || end == std::string_view::npos) continue;
    const std::string dn = std::string(rn.substr(4, end - 4)) + '/' + std::string(rn.substr(end + 2));
    if (tree_.find(dn)) timed_[dn].twin = twin->dn;
  }
}

std::optional<Instant> Faults::next_wakeup() const {
  if (by_due_.empty()) return {};
  return by_due_.begin()->first;
}

}  // namespace aci::controller
