#include "controller/records.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

using model::AttributeView;
using model::Op;

constexpr std::array<std::string_view, 7> unrecorded{"aaaActiveUserSession", "aaaModLR",    "aaaSessionLR", "eventRecord",
                                                     "faultDelegate",        "faultRecord", "healthRecord"};

// What a creation is coded with; the modification's and the deletion's numbers follow it.
struct Code {
  std::string_view class_name;
  std::uint32_t number;
};
constexpr std::array codes{
    Code{"cdpIfPol", 4211213},      Code{"fvAEPg", 4211936},          Code{"fvAp", 4211942},
    Code{"fvBD", 4211945},          Code{"fvCtx", 4211957},           Code{"fvRsBd", 4211984},
    Code{"fvRsCons", 4214159},      Code{"fvRsCtx", 4214165},         Code{"fvRsDomAtt", 4212008},
    Code{"fvRsPathAtt", 4212023},   Code{"fvRsProv", 4214183},        Code{"fvTenant", 4212041},
    Code{"infraAccPortP", 4212197}, Code{"infraAttEntityP", 4212200}, Code{"infraHPortS", 4214252},
    Code{"infraPortBlk", 4214267},  Code{"l3extInstP", 4212467},      Code{"lldpIfPol", 4214390},
    Code{"vmmDomP", 4213322},       Code{"vzAny", 4213646},           Code{"vzOOBBrCP", 4213664},
    Code{"vzTaboo", 4213706},
};

std::string code_of(std::string_view class_name, Op op) {
  const auto known = std::lower_bound(codes.begin(), codes.end(), class_name,
                                      [](const Code& code, std::string_view name) { return code.class_name < name; });
  std::uint32_t number = 0;
  if (known != codes.end() && known->class_name == class_name) {
    number = known->number;
  } else {
    std::uint32_t hash = 2166136261;  // FNV-1a
    for (const char c : class_name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
    number = 4'300'000 + hash % 200'000 * 3;
  }
  return 'E' + std::to_string(number + static_cast<std::uint32_t>(op));
}

std::string_view indication(Op op) {
  switch (op) {
    case Op::created: return "creation";
    case Op::modified: return "modification";
    case Op::deleted: break;
  }
  return "deletion";
}

// "AEPg Web created": the class without its package, then the naming values.
std::string description(const Node& node, Op op) {
  const std::string_view name = node.of->name;
  std::string text(name.substr(std::min(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), name.size())));
  if (node.of->facts)
    for (const std::string_view naming : node.of->facts->naming) (text += ' ') += node.attributes.get(naming);
  return (text += ' ') += model::to_string(op);
}

// Calls use(name) for the properties that users may write and everybody may see, in the order of their names.
template <class Use>
void each_shown_setting(const Node& node, const model::Attributes& among, const Use& use) {
  if (!node.of->facts) return;
  const auto& properties = node.of->facts->properties();
  auto property = properties.begin();
  for (const AttributeView attribute : among) {
    while (property != properties.end() && property->name < attribute.name) ++property;
    if (property == properties.end()) return;
    if (property->name == attribute.name && (property->configurable || property->naming) && !property->secret) use(attribute);
  }
}

std::string change_set(const NodeChange& change, bool of_user) {
  std::string text;
  const auto next = [&](std::string_view name) {
    if (!text.empty()) text += ", ";
    text += name;
  };
  if (change.op == Op::created)
    each_shown_setting(change.node, change.node.attributes, [&](const AttributeView& attribute) {
      if (attribute.value.empty()) return;
      next(attribute.name);
      (text += ':') += attribute.value;
    });
  const auto moved = [&](const AttributeView& attribute) {
    const std::string_view old = change.before ? change.before->get(attribute.name) : std::string_view{};
    if (change.before && old == attribute.value) return;
    next(attribute.name);
    if (of_user) ((text += " (Old: ") += old) += ", New: ";
    else text += " (New: ";  // recorded so of what the fabric does
    (text += attribute.value) += ')';
  };
  if (change.op == Op::modified && of_user) each_shown_setting(change.node, change.changed, moved);
  if (change.op == Op::modified && !of_user)
    for (const AttributeView attribute : change.changed) moved(attribute);
  return text;
}

}  // namespace

Records::Transaction::Transaction(Records& records, Author author)
    : records_(records), outer_(std::exchange(records.author_, std::move(author))) {
  ++records.transactions_;
}

void Records::count_all() {
  size_ = 0;
  for (const std::string_view name : {"aaaModLR", "aaaSessionLR", "eventRecord", "faultRecord", "healthRecord"})
    for (const Node* record = tree_.class_first(name); record; record = record->class_next, ++size_) {
      const std::string_view id = record->attributes.get("id");
      std::uint64_t number = 0;
      std::from_chars(id.data(), id.data() + id.size(), number);
      last_id_ = std::max(last_id_, number);
    }
}

void Records::note(const NodeChange& change) {
  const std::string_view class_name = change.node.of->name;
  if (size_max_ == 0 || change.node.of->silent || std::binary_search(unrecorded.begin(), unrecorded.end(), class_name)) return;
  if (class_name == "healthInst" || class_name == "fabricHealthTotal") return note_score(change);
  if (class_name == "faultInst") {
    note_fault(change);
    if (!author_.is_user() || change.op != Op::modified) return;  // a fault goes with its object; acknowledging is a write
  }
  // What the fabric made itself goes with what the user deletes.
  if (author_.is_user() && change.op == Op::deleted && change.node.of->facts && !change.node.of->facts->configurable) return;
  note_change(change, author_.is_user());
}

void Records::note_change(const NodeChange& change, bool of_user) {
  const Node& node = change.node;
  const std::string id = std::to_string(++last_id_);
  const std::string changes = change_set(change, of_user);
  std::string code = code_of(node.of->name, change.op), descr = description(node, change.op);
  std::string_view cause = "transition", ind = indication(change.op);
  if (!of_user && change.op == Op::modified) {
    ind = "state-transition";
    if (const auto state = change.changed.find("operSt"); state && node.of->name == "ethpmPhysIf") {
      const bool up = *state == "up";
      cause = up ? "port-up" : "port-down";
      code = up ? "E4205125" : "E4205126";  // that of a port going down is not recorded
      descr = up ? "Port is up" : "Port is down";
    }
  }
  // The upper bits of recorded numbers.
  const std::string transaction = std::to_string((of_user ? 0x0800'0000'0000'0000 : 0xff00'0000'0000'0000) + transactions_);
  std::string dn = "subj-[" + node.dn + (of_user ? "]/mod-" : "]/rec-") + id;
  // In the order of the names: packing need not sort them.
  std::vector<AttributeView> all{{"affected", node.dn},
                                 {"cause", cause},
                                 {"changeSet", changes},
                                 {"childAction", ""},
                                 {"clientTag", ""},
                                 {"code", code},
                                 {"created", change.mod_ts},
                                 {"descr", descr},
                                 {"dn", dn},
                                 {"id", id},
                                 {"ind", ind},
                                 {"modTs", "never"},
                                 {"sessionId", author_.session_id},
                                 {"severity", "info"},
                                 {"status", ""},
                                 {"trig", of_user ? "config" : "oper"},
                                 {"txId", transaction},
                                 {"user", author_.user}};
  if (!of_user) std::erase_if(all, [](const AttributeView& one) { return one.name == "clientTag" || one.name == "sessionId"; });
  model::Attributes attributes = model::Attributes::from(all);
  add(of_user ? "aaaModLR" : "eventRecord", std::move(dn), std::move(attributes), change.mod_ts);
}

void Records::note_fault(const NodeChange& change) {
  const Node& node = change.node;
  const std::string id = std::to_string(++last_id_);
  const std::string transaction = std::to_string(0xff00'0000'0000'0000 + transactions_);
  std::vector<AttributeView> all(node.attributes.begin(), node.attributes.end());
  std::string dn = "subj-[" + node.dn + "]/fr-" + id;
  const std::array<AttributeView, 9> own{{{"affected", node.dn},
                                          {"created", change.mod_ts},
                                          {"dn", dn},
                                          {"id", id},
                                          {"ind", indication(change.op)},
                                          {"modTs", "never"},
                                          {"trig", "oper"},
                                          {"txId", transaction},
                                          {"user", author_.user}}};
  all.insert(all.end(), own.begin(), own.end());
  model::Attributes attributes = model::Attributes::from(all);
  add("faultRecord", std::move(dn), std::move(attributes), change.mod_ts);
}

// Only what is common to all records is known of its attributes; those of the score are its own.
void Records::note_score(const NodeChange& change) {
  if (change.op != Op::modified) return;
  const std::string id = std::to_string(++last_id_);
  const std::string transaction = std::to_string(0xff00'0000'0000'0000 + transactions_);
  const std::string affected(model::Dn::parent_of(change.node.dn));
  std::vector<AttributeView> all;
  for (const std::string_view name : {"chng", "cur", "maxSev", "prev", "twScore"})
    all.push_back({name, change.node.attributes.get(name)});
  std::string dn = "subj-[" + affected + "]/hr-" + id;
  const std::array<AttributeView, 10> own{{{"affected", affected},
                                           {"childAction", ""},
                                           {"created", change.mod_ts},
                                           {"dn", dn},
                                           {"id", id},
                                           {"ind", "state-transition"},
                                           {"modTs", "never"},
                                           {"status", ""},
                                           {"trig", "oper"},
                                           {"txId", transaction}}};
  all.insert(all.end(), own.begin(), own.end());
  model::Attributes attributes = model::Attributes::from(all);
  add("healthRecord", std::move(dn), std::move(attributes), change.mod_ts);
}

void Records::note_session(const SessionEvent& event) {
  if (size_max_ == 0) return;
  static constexpr std::array<std::string_view, 3> triggers{"login,session", "refresh,session", "logout,session"};
  const std::string id = std::to_string(++last_id_);
  const std::string descr = "[user " + std::string(event.user) + "] From-" + std::string(event.address) + "-client-type-REST-" +
                            (event.success ? "Success" : "Failure");
  std::string dn = "subj-[" + std::string(event.user_dn) + "]/sess-" + id;
  model::Attributes attributes = model::Attributes::from({{"affected", event.user_dn},
                                                          {"cause", "unknown"},
                                                          {"changeSet", ""},
                                                          {"childAction", ""},
                                                          {"clientTag", ""},
                                                          {"code", "generic"},
                                                          {"created", event.time},
                                                          {"descr", descr},
                                                          {"dn", dn},
                                                          {"id", id},
                                                          {"ind", "special"},
                                                          {"modTs", "never"},
                                                          {"sessionId", event.session_id},
                                                          {"severity", "info"},
                                                          {"status", ""},
                                                          {"trig", triggers[static_cast<std::size_t>(event.step)]},
                                                          {"txId", "0"},
                                                          {"user", event.user}});
  add("aaaSessionLR", std::move(dn), std::move(attributes), event.time);
}

void Records::add(std::string_view class_name, std::string dn, model::Attributes attributes, std::string_view created) {
  const Node& record = tree_.insert(tree_.root(), class_name, std::move(dn), std::move(attributes));
  ++size_;
  listener_({record, Op::created, {}, created});
  if (record.of->count <= size_max_) return;
  // Of a log that is smaller than the window half goes.
  for (std::size_t due = std::min(purge_window, record.of->count / 2 + 1); due > 0; --due, --size_)
    tree_.erase(*record.of->first);
}

}  // namespace aci::controller
