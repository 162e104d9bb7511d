#include "relay/grouping.hpp"

#include <utility>

namespace aci::relay {

void Grouping::add(const Route& route, std::shared_ptr<const model::Event> event, const Labels& labels, base::Instant now) {
  // The id of a message is that of its first event: unique, since an event is in one message of a receiver only.
  const std::string id = epoch_ + '-' + std::to_string(event->seq);
  if (route.group_wait.count() == 0) {
    Batch batch{id, route.receiver, {}, {}, {}, false, {}};
    batch.events.push_back(std::move(event));
    ready_.push_back(std::move(batch));
    return;
  }
  std::string key = route.path;
  for (const Label label : route.group_by) (key += '\0') += labels.get(label);
  auto [group, fresh] = groups_.try_emplace(key);
  if (fresh) {
    Batch& batch = group->second.batch;
    batch.id = id + "-group";
    batch.receiver = route.receiver;
    batch.grouped = true;
    for (const Label label : route.group_by) batch.group.emplace_back(label, std::string(labels.get(label)));
    group->second.deadline = deadlines_.emplace(now + route.group_wait, std::move(key));
  }
  group->second.batch.events.push_back(std::move(event));
  if (group->second.batch.events.size() >= events_max) release(group);
  else if (groups_.size() > groups_max) release(groups_.find(deadlines_.begin()->second));
}

std::vector<Batch> Grouping::due(base::Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) release(groups_.find(deadlines_.begin()->second));
  return std::exchange(ready_, {});
}

std::vector<Batch> Grouping::flush() { return due(base::Instant::max()); }

std::optional<base::Instant> Grouping::next_wakeup() const {
  if (!ready_.empty()) return base::Instant::min();
  if (deadlines_.empty()) return {};
  return deadlines_.begin()->first;
}

void Grouping::release(std::unordered_map<std::string, Group>::iterator group) {
  ready_.push_back(std::move(group->second.batch));
  deadlines_.erase(group->second.deadline);
  groups_.erase(group);
}

}  // namespace aci::relay
