#include "watch/line.hpp"

#include <algorithm>

#include "model/text.hpp"

namespace aci::watch {

using base::Duration;
using base::Instant;
using base::WallTime;

void Line::schedule(WatchId watch, Subscription& subscription, Instant at) {
  agenda_.erase({subscription.refresh_at, watch});
  subscription.refresh_at = at;
  agenda_.emplace(at, watch);
}

void Line::renew(Moment asked, WatchId watch, Subscription& subscription) {
  subscription.alive = asked.wall;
  subscription.deadline = asked.now + lifetime * 5 / 6;
  schedule(watch, subscription, asked.now + lifetime / 3);
}

void Line::bind(Moment asked, WatchId watch, std::string id) {
  unbind(watch);
  Subscription& subscription = subscriptions_[watch];
  subscription.id = id;
  by_id_[std::move(id)] = watch;
  renew(asked, watch, subscription);
}

void Line::unbind(WatchId watch) {
  const auto found = subscriptions_.find(watch);
  if (found == subscriptions_.end()) return;
  agenda_.erase({found->second.refresh_at, watch});
  by_id_.erase(found->second.id);
  last_ = nullptr;
  left_.insert(std::move(found->second.id));
  subscriptions_.erase(found);
}

std::optional<WatchId> Line::watch_of(std::string_view id) const {
  if (!last_ || !model::same(last_->first, id)) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return {};
    last_ = &*found;
  }
  return last_->second;
}

std::optional<Instant> Line::next_refresh() const {
  if (agenda_.empty()) return {};
  return std::max(agenda_.begin()->first, next_allowed_);
}

std::optional<WatchId> Line::due(Instant now) const {
  const auto at = next_refresh();
  if (!at || now < *at) return {};
  return agenda_.begin()->second;
}

void Line::refresh_sent(Moment now, WatchId watch) {
  Subscription& subscription = subscriptions_.at(watch);
  agenda_.erase({subscription.refresh_at, watch});
  subscription.refreshing = now;
  // Bursts hurt the controller; twice as fast as evenly spread is still in time.
  next_allowed_ = now.now + std::min(Duration{100}, lifetime / 6 / static_cast<std::int64_t>(subscriptions_.size()));
}

bool Line::refreshed(Instant now, WatchId watch) {
  Subscription& subscription = subscriptions_.at(watch);
  const bool in_time = now < subscription.deadline;
  subscription.misses = 0;
  renew(*std::exchange(subscription.refreshing, std::nullopt), watch, subscription);
  return in_time;
}

int Line::missed(Instant now, WatchId watch) {
  Subscription& subscription = subscriptions_.at(watch);
  subscription.refreshing.reset();
  schedule(watch, subscription, now + Duration{1'000});
  return ++subscription.misses;
}

}  // namespace aci::watch
