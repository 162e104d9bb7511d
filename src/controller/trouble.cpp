#include "controller/trouble.hpp"

#include <algorithm>
#include <iterator>

#include "controller/object_maker.hpp"

namespace aci::controller {
namespace {

// So long a push waits at most for one that overtakes it.
constexpr base::Duration held_max{200};

}  // namespace

const Trouble::Spell* Trouble::find(Kind kind, std::string_view path) const {
  if (path.starts_with("/_sim/")) return nullptr;
  const auto found = std::find_if(spells_.begin(), spells_.end(),
                                  [&](const Spell& spell) { return spell.kind == kind && path.starts_with(spell.path); });
  return found == spells_.end() ? nullptr : &*found;
}

// The children that come with an object do not count as its first, nor does what the fabric adds.
bool Trouble::is_missed_child(const NodeChange& change, base::WallTime wall) {
  if (first_child_age_ == base::Duration{0} || change.op != model::Op::created) return false;
  while (!childless_by_age_.empty() && childless_by_age_.front().first + first_child_age_ <= wall) {
    const auto young = childless_.find(childless_by_age_.front().second);
    if (young != childless_.end() && young->second == childless_by_age_.front().first) childless_.erase(young);
    childless_by_age_.pop_front();
  }
  if (!change.node.of->facts || !change.node.of->facts->configurable) return false;
  const auto& implicit = implicit_children(change.node.parent->of->name);
  if (std::find(implicit.begin(), implicit.end(), change.node.of->name) != implicit.end()) return false;
  childless_[change.node.dn] = wall;
  childless_by_age_.emplace_back(wall, change.node.dn);
  return childless_.erase(change.node.parent->dn) > 0;
}

void Trouble::pass(base::Instant now, base::WallTime wall, const NodeChange& change, std::vector<Push> fresh,
                   std::vector<Push>& out) {
  if (is_missed_child(change, wall) || muted_until_) return;
  if (!disturbed_) {
    std::move(fresh.begin(), fresh.end(), std::back_inserter(out));
    return;
  }
  const PushTrouble& trouble = disturbed_->first;
  for (Push& push : fresh) {
    const auto held = held_.find(push.channel);
    if (held == held_.end()) {
      if (rng_.unit() < trouble.reorder) {
        held_.emplace(push.channel, Held{push, change.node.dn, std::string(change.mod_ts), now + held_max});
        continue;
      }
    } else if (held->second.dn == change.node.dn && held->second.mod_ts == change.mod_ts) {
      // No receiver could tell which of the two came later: they keep their order.
      out.push_back(std::move(held->second.push));
      held_.erase(held);
    }
    const ChannelId channel = push.channel;
    if (rng_.unit() < trouble.duplicate) out.push_back(push);
    out.push_back(std::move(push));
    if (const auto overtaken = held_.find(channel); overtaken != held_.end()) {
      out.push_back(std::move(overtaken->second.push));
      held_.erase(overtaken);
    }
  }
}

void Trouble::advance(base::Instant now, std::vector<Push>& out) {
  std::erase_if(spells_, [&](const Spell& spell) { return spell.until <= now; });
  if (muted_until_ && *muted_until_ <= now) muted_until_.reset();
  if (disturbed_ && disturbed_->second <= now) disturbed_.reset();
  for (auto held = held_.begin(); held != held_.end();) {
    if (disturbed_ && held->second.until > now) {
      ++held;
      continue;
    }
    out.push_back(std::move(held->second.push));
    held = held_.erase(held);
  }
}

std::optional<base::Instant> Trouble::next_wakeup() const {
  std::optional<base::Instant> first = muted_until_;
  const auto sooner = [&first](base::Instant at) {
    if (!first || at < *first) first = at;
  };
  if (disturbed_) sooner(disturbed_->second);
  for (const auto& [channel, held] : held_) sooner(held.until);
  return first;
}

}  // namespace aci::controller
