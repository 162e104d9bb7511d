#include "controller/health.hpp"

#include <algorithm>
#include <utility>

namespace aci::controller {
namespace {

using model::AttributeView;
using model::Op;

struct Severity {
  std::string_view name;
  unsigned penalty;
};
constexpr std::array<Severity, 4> worst_first{{{"critical", 100}, {"major", 80}, {"minor", 50}, {"warning", 20}}};

struct Scored {
  std::string_view class_name;
  std::string_view score_class = "healthInst";
  bool own_level = true;  // false: it shows what the scored object below it shows
};
constexpr std::array<Scored, 9> scored{{{"fabricNode", "healthInst", false},
                                        {"fabricPod", "fabricHealthTotal"},
                                        {"fabricTopology", "fabricHealthTotal"},
                                        {"fvAEPg"},
                                        {"fvAp"},
                                        {"fvBD"},
                                        {"fvCtx"},
                                        {"fvTenant"},
                                        {"topSystem"}}};

const Scored* scored_of(const Node& node) {
  if (node.attributes.get("role") == "controller") return nullptr;  // recordings of controllers show none
  const auto at =
      std::find_if(scored.begin(), scored.end(), [&](const Scored& one) { return one.class_name == node.of->name; });
  return at == scored.end() ? nullptr : &*at;
}

// Nothing while it does not count.
std::size_t severity_of(const Node& fault) {
  const std::string_view state = fault.attributes.get("lc"), severity = fault.attributes.get("severity");
  if (state == "soaking" || state == "soaking-clearing" || state == "retaining") return worst_first.size();
  return static_cast<std::size_t>(
      std::find_if(worst_first.begin(), worst_first.end(), [&](const Severity& one) { return one.name == severity; }) -
      worst_first.begin());
}

}  // namespace

void Health::add(const Node& fault, std::size_t severity, bool there) {
  std::size_t level = 0;
  for (const Node* above = fault.parent; above && level < levels; above = above->parent) {
    const Scored* of = scored_of(*above);
    if (!of) continue;
    if (level > 0 && !of->own_level) --level;
    std::uint32_t& number = tallies_[above->dn][level][severity];
    there ? ++number : --number;
    due_.insert(above->dn);
    ++level;
  }
}

void Health::count(const Node& fault, bool there) {
  const std::size_t severity = there ? severity_of(fault) : severities;
  const auto counted = counted_.find(fault.dn);
  if (counted != counted_.end() && counted->second == severity) return;
  if (counted != counted_.end()) {
    add(fault, counted->second, false);
    counted_.erase(counted);
  }
  if (severity == severities) return;
  add(fault, severity, true);
  counted_.emplace(fault.dn, severity);
}

void Health::note(const NodeChange& change) {
  const Node& node = change.node;
  if (node.of->name == "faultInst") return count(node, change.op != Op::deleted);
  if (change.op == Op::modified || !scored_of(node)) return;
  if (change.op == Op::created) due_.insert(node.dn);
  else tallies_.erase(node.dn);
}

void Health::count_all(bool everybody) {
  for (const Node* fault = tree_.class_first("faultInst"); fault; fault = fault->class_next) count(*fault, true);
  if (!everybody) return;
  for (const Scored& one : scored)
    for (const Node* node = tree_.class_first(one.class_name); node; node = node->class_next)
      if (scored_of(*node)) due_.insert(node->dn);
}

void Health::tell(const std::string& dn, const Stamp& stamp) {
  Node* node = tree_.find(dn);
  if (!node || !scored_of(*node)) return;
  unsigned penalty = 0;
  std::string_view worst = "cleared";
  if (const auto found = tallies_.find(dn); found != tallies_.end()) {
    std::size_t most = severities;
    for (std::size_t level = 0; level < levels; ++level)
      for (std::size_t severity = 0; severity < severities; ++severity)
        if (found->second[level][severity] > 0) {
          penalty = std::max(penalty, worst_first[severity].penalty >> level);
          most = std::min(most, severity);
        }
    if (most < severities) worst = worst_first[most].name;
    else tallies_.erase(found);
  }
  const std::string score = std::to_string(100 - penalty), health_dn = dn + "/health";
  const std::string_view class_name = scored_of(*node)->score_class;
  const Node* health = tree_.find(health_dn);
  if (!health) {
    writer_.create(
        *node, *model::find_class(class_name), health_dn,
        {{"cur", score}, {"maxSev", worst}, {"modTs", "never"}, {"prev", "100"}, {"twScore", score}, {"updTs", stamp.mod_ts}},
        stamp);
    return;
  }
  const std::string before(health->attributes.get("cur"));
  if (before == score && health->attributes.get("maxSev") == worst) return;
  const std::string change = std::to_string(100 - static_cast<int>(penalty) - std::atoi(before.c_str()));
  (void)writer_.set({std::string(class_name),
                     {{"chng", change},
                      {"cur", score},
                      {"dn", health_dn},
                      {"maxSev", worst},
                      {"prev", before},
                      {"twScore", score},
                      {"updTs", stamp.mod_ts}},
                     {}},
                    stamp);
}

void Health::settle(const Stamp& stamp) {
  for (const std::string& dn : std::exchange(due_, {})) tell(dn, stamp);
}

}  // namespace aci::controller
