#include "controller/segments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace aci::controller {
namespace {

using model::AttributeView;
using model::Op;

// In the ranges of recorded numbers: a VRF's in steps of 2^15, tags of what is not shared from 2^14 on.
constexpr std::uint32_t first_tag = 16'386, first_context = 2'097'152, context_step = 32'768, first_domain = 15'138'816;

// How many numbers were given when this was the last one; 0 when it is none of them.
std::uint32_t given(std::string_view number, std::uint32_t first, std::uint32_t step) {
  std::uint32_t value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value < first ? 0 : (value - first) / step + 1;
}

// Those whose scope others take come first.
constexpr std::array<std::string_view, 3> numbered{"fvCtx", "fvBD", "fvAEPg"};

// The relation that a scope comes through; "" for a class that has none.
std::string_view way_up(std::string_view class_name) {
  if (class_name == "fvBD") return "/rsctx";
  return class_name == "fvAEPg" ? "/rsbd" : std::string_view{};
}

bool is_numbered(const Node& node) { return std::find(numbered.begin(), numbered.end(), node.of->name) != numbered.end(); }

}  // namespace

void Segments::note(const NodeChange& change) {
  const Node& node = change.node;
  const std::string_view name = node.of->name;
  if (change.op == Op::deleted) return;
  if (change.op == Op::created && is_numbered(node)) fresh_.push_back(node.dn);
  if ((name == "fvRsCtx" || name == "fvRsBd") && (change.op == Op::created || change.changed.contains("tDn")))
    moved_.push_back(node.parent->dn);
  if (change.op == Op::modified && is_numbered(node) && change.changed.contains("scope"))
    for (const Node* relation : relations_.to(node.dn)) moved_.push_back(relation->parent->dn);
}

std::string_view Segments::scope_of(const Node& node) const {
  const std::string_view way = way_up(node.of->name);
  const Node* relation = way.empty() ? nullptr : tree_.find(node.dn + std::string(way));
  const Node* target = relation ? tree_.find(relation->attributes.get("tDn")) : nullptr;
  return target && target != &tree_.root() ? target->attributes.get("scope") : std::string_view{};
}

void Segments::number(const std::string& dn, const Stamp& stamp) {
  const Node* node = tree_.find(dn);
  if (!node) return;
  std::vector<AttributeView> values{{"dn", dn}};
  const std::string tag = std::to_string(first_tag + tags_++ % 49'150);
  values.push_back({"pcTag", tag});
  std::string segment, scope(scope_of(*node));
  if (node->of->name == "fvCtx") scope = segment = std::to_string(first_context + context_step * (++contexts_ % 400));
  if (node->of->name == "fvBD") segment = std::to_string(first_domain + domains_++ % 1'638'400);
  if (!segment.empty()) values.push_back({"seg", segment});
  if (!scope.empty()) values.push_back({"scope", scope});
  (void)writer_.set({node->of->name, model::Attributes::from(values), {}}, stamp);
}

void Segments::follow(const std::string& dn, const Stamp& stamp) {
  const Node* node = tree_.find(dn);
  if (!node) return;
  const std::string scope(scope_of(*node));
  if (!scope.empty()) (void)writer_.set({node->of->name, {{"dn", dn}, {"scope", scope}}, {}}, stamp);
}

void Segments::settle(const Stamp& stamp) {
  while (!fresh_.empty() || !moved_.empty()) {
    std::vector<std::string> fresh = std::exchange(fresh_, {});
    const auto rank = [&](const std::string& dn) {
      const Node* node = tree_.find(dn);
      return node ? std::find(numbered.begin(), numbered.end(), node->of->name) - numbered.begin() : 0;
    };
    std::stable_sort(fresh.begin(), fresh.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    for (const std::string& dn : fresh) number(dn, stamp);
    for (const std::string& dn : std::exchange(moved_, {})) follow(dn, stamp);
  }
}

void Segments::number_all() {
  for (const std::string_view name : numbered)
    for (const Node* node = tree_.class_first(name); node; node = node->class_next) {
      const std::string_view tag = node->attributes.get("pcTag");
      if (tag == "any" || tag.empty()) fresh_.push_back(node->dn);
      tags_ = std::max(tags_, given(tag, first_tag, 1));
      if (name == "fvCtx")
        contexts_ = std::max(contexts_, given(node->attributes.get("seg"), first_context + context_step, context_step));
      if (name == "fvBD") domains_ = std::max(domains_, given(node->attributes.get("seg"), first_domain, 1));
    }
}

}  // namespace aci::controller
