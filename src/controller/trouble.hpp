// What goes wrong on purpose: answers that are late, refused, empty or no API answer at all, and pushes that are lost,
// doubled or out of order. Floor: controller.
//
//   Trouble trouble(seed);
//   trouble.begin({Trouble::Kind::html, now + 10s, "/api/class", 503});
//   if (const Trouble::Spell* spell = trouble.find(Trouble::Kind::html, path)) ...
//   trouble.pass(now, wall, change, fresh, out);      // instead of appending the fresh pushes to `out`
//
// All randomness comes from the seed. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "controller/controller.hpp"
#include "controller/subscriptions.hpp"

namespace aci::controller {

class Trouble {
 public:
  enum class Kind { refuse, html, no_data, delay };

  // Holds for requests whose path begins with `path` until a time.
  struct Spell {
    Kind kind;
    base::Instant until;
    std::string path;
    int status = 200;
    base::Duration delay{};
  };

  explicit Trouble(std::uint64_t seed) : rng_(seed) {}

  void begin(Spell spell) { spells_.push_back(std::move(spell)); }
  // The one begun first; nullptr when nothing is wrong. The simulator's own addresses have no trouble.
  const Spell* find(Kind kind, std::string_view path) const;

  void mute(base::Instant until) { muted_until_ = until; }
  void disturb(const PushTrouble& trouble, base::Instant until) { disturbed_ = {trouble, until}; }
  void miss_first_child(base::Duration age) { first_child_age_ = age; }

  // Appends what is left of the pushes of one change.
  void pass(base::Instant now, base::WallTime wall, const NodeChange& change, std::vector<Push> fresh, std::vector<Push>& out);
  // Ends what is over and lets go of what was held back.
  void advance(base::Instant now, std::vector<Push>& out);
  std::optional<base::Instant> next_wakeup() const;
  void forget_channel(ChannelId channel) { held_.erase(channel); }

 private:
  // A push that waits to be overtaken by the next one of its channel.
  struct Held {
    Push push;
    std::string dn, mod_ts;
    base::Instant until;
  };
  bool is_missed_child(const NodeChange& change, base::WallTime wall);

  base::Rng rng_;
  std::vector<Spell> spells_;
  std::optional<base::Instant> muted_until_;
  std::optional<std::pair<PushTrouble, base::Instant>> disturbed_;
  std::map<ChannelId, Held> held_;
  base::Duration first_child_age_{};
  std::unordered_map<std::string, base::WallTime> childless_;            // objects just created, and when
  std::deque<std::pair<base::WallTime, std::string>> childless_by_age_;  // oldest first
};

}  // namespace aci::controller
