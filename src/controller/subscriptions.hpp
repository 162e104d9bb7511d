// Which subscription a change concerns, and the frames that tell it. Floor: controller.
//
//   std::string id = subscriptions.add(now, channel, query, 60s);
//   subscriptions.publish({node, model::Op::created, {}, stamp}, pushes);
//
// A subscription is found by what it asks for: the class of the changed object, its DN, a DN or a class above it; nothing
// is scanned. All ids of one channel go into one frame; the object is encoded once for all channels.
// Facts: recorded frames (created in full, modified with what changed, deleted minimal; rn and childAction empty).
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "controller/controller.hpp"
#include "controller/object_tree.hpp"
#include "model/change.hpp"
#include "model/query.hpp"

namespace aci::controller {

// One change, told while the object is in the tree: after it was created or modified, before it is deleted.
struct NodeChange {
  const Node& node;
  model::Op op;
  const model::Attributes& changed;  // of a modification: names and new values
  std::string_view mod_ts;
  const model::Attributes* before = nullptr;  // of a modification: the whole object
};

class Subscriptions {
 public:
  static constexpr std::size_t subscriptions_max = 200'000;
  static constexpr base::Duration period_max{86'400'000};

  // The id: 17 digits, never used twice. Nothing when there are too many. A deaf one is never told anything.
  std::optional<std::string> add(base::Instant now, ChannelId channel, model::Query query, base::Duration period,
                                 Sees sees = {}, bool deaf = false);
  // `id` is read up to its first character that is no digit, as the controller does. False when there is none such.
  bool refresh(base::Instant now, std::string_view id);
  // nullopt when there is none such.
  std::optional<ChannelId> channel_of(std::string_view id) const;
  void drop_channel(ChannelId channel);
  void clear();
  // From their next refresh, and new ones at once, they end this much before their time, though not within a second.
  void end_early(base::Duration early) { early_ = early; }
  // What is there now is told nothing more of what lives on this switch.
  void deafen(std::string_view node_id) { deaf_before_[std::string(node_id)] = count_; }
  void advance(base::Instant now);
  std::optional<base::Instant> next_wakeup() const;
  std::size_t size() const { return subscriptions_.size(); }

  // Appends one push for each channel that the change concerns.
  void publish(const NodeChange& change, std::vector<Push>& pushes);

 private:
  struct Subscription {
    std::uint64_t id = 0;
    std::uint64_t count = 0;  // how many there were before
    bool deaf = false;
    Sees sees;
    std::string text;  // the id as it is written
    ChannelId channel = 0;
    model::Query query;
    base::Duration period{};
    base::Instant expires_at;
    std::vector<std::string_view> classes;  // concrete ones of a class query
    std::vector<std::string_view> targets;  // concrete ones of target-subtree-class, sorted; empty: any
    // rsp-subtree-include: changes of these are told too, those of the object alone or (deep) of all below it.
    bool faults = false, health = false, deep = false;
    bool only_records = false;  // no-scoped: of the object itself nothing is told
  };
  using List = std::vector<Subscription*>;
  struct Scopes {
    List self, children, subtree;
    List& of(model::Target target);
    bool empty() const { return self.empty() && children.empty() && subtree.empty(); }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Index = std::unordered_map<std::string, Scopes, Hash, std::equal_to<>>;

  Subscription* find(std::string_view id) const;
  base::Instant end_of(base::Instant now, base::Duration period) const;
  // Subscriptions with a lower count are told nothing of this object.
  std::uint64_t deaf_before(const Node& node) const;
  void find_candidates(const Node& node, List& found) const;
  // Those that ask for this object, filters applied.
  List find_matches(const Node& node, model::Op op) const;
  // Those that asked for an object with its faults or its health, and this is one of these.
  void add_including(const Node& record, List& found) const;
  void unlink(Subscription& subscription);
  void erase(std::uint64_t id);

  std::uint64_t count_ = 0;  // of all that ever were
  base::Duration early_{};
  std::map<std::string, std::uint64_t> deaf_before_;  // by the id of a switch
  std::unordered_map<std::uint64_t, std::unique_ptr<Subscription>> subscriptions_;
  std::set<std::pair<base::Instant, std::uint64_t>> by_expiry_;
  std::map<ChannelId, std::set<std::uint64_t>> by_channel_;
  Index by_class_, by_dn_;
};

}  // namespace aci::controller
