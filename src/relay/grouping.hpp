// Events that belong together, held for their route's group_wait and then told in one message. Floor: relay.
//
//   grouping.add(*route, event, labels, now);
//   for (Batch& batch : grouping.due(now)) ...      // again at next_wakeup()
//
// The key of a group is its route and the values of the route's group_by labels. A group is due group_wait after its first
// event, at once when group_wait is 0 or when it holds events_max. When groups_max groups wait, the oldest is due early: a
// bound on memory, never a loss. Batches come in the order in which they fell due, events in the order of arrival.
// Thread-safety: none; no clock.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "relay/batch.hpp"
#include "relay/routes.hpp"

namespace aci::relay {

class Grouping {
 public:
  static constexpr std::size_t events_max = 500;
  static constexpr std::size_t groups_max = 10'000;

  // epoch: begins every batch's id, so that no two processes give the same one.
  explicit Grouping(std::string epoch) : epoch_(std::move(epoch)) {}

  void add(const Route& route, std::shared_ptr<const model::Event> event, const Labels& labels, base::Instant now);

  std::vector<Batch> due(base::Instant now);
  // Everything, whether it is due or not: at shutdown.
  std::vector<Batch> flush();
  std::optional<base::Instant> next_wakeup() const;
  bool empty() const { return groups_.empty() && ready_.empty(); }

 private:
  struct Group {
    Batch batch;
    std::multimap<base::Instant, std::string>::iterator deadline;
  };
  void release(std::unordered_map<std::string, Group>::iterator group);

  std::string epoch_;
  std::unordered_map<std::string, Group> groups_;
  std::multimap<base::Instant, std::string> deadlines_;  // to keys of groups_
  std::vector<Batch> ready_;
};

}  // namespace aci::relay
