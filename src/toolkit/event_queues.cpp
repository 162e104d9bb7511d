#include "toolkit/event_queues.hpp"

#include <algorithm>
#include <utility>

namespace aci::toolkit {

void EventQueues::open(const std::string& key) {
  std::lock_guard lock(mutex_);
  queues_.try_emplace(key);
}

void EventQueues::close(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto it = queues_.find(key);
  if (it == queues_.end()) return;
  if (!it->second.events.empty()) fronts_.erase({it->second.events.front().seq(), key});
  queues_.erase(it);
}

std::vector<std::string> EventQueues::deliver(const Arrivals& events, const std::vector<std::string>& keys) {
  std::vector<std::string> full;
  std::vector<std::pair<Handler, Event>> taken;
  {
    std::unique_lock lock(mutex_);
    for (const auto& event : events) event->seq = next_seq_++;
    for (const std::string& key : keys) {
      const auto it = queues_.find(key);
      if (it == queues_.end()) continue;
      Queue& queue = it->second;
      bool is_full = false;
      for (const auto& event : events) {
        if (queue.events.empty()) fronts_.emplace(event->seq, key);
        queue.events.emplace_back(event);
        const bool counts = event->origin == model::Origin::live || event->origin == model::Origin::relist;
        is_full = is_full || (counts && queue.events.size() >= capacity_);
      }
      if (!is_full) continue;
      queue.rests = true;
      full.push_back(key);
    }
    for (; !waiters_.empty() && !fronts_.empty(); waiters_.pop_front())
      taken.emplace_back(std::move(waiters_.front().second), pop_first());
    if (!taken.empty()) tell_drained(lock);
  }
  for (auto& [handler, event] : taken) handler(std::move(event));
  changed_.notify_all();
  return full;
}

void EventQueues::add_gap(Gap gap) {
  {
    std::lock_guard lock(mutex_);
    if (gaps_.size() >= gaps_max) gaps_.pop_front();
    gaps_.push_back({next_seq_, std::move(gap)});
  }
  changed_.notify_all();
}

std::size_t EventQueues::size(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto it = queues_.find(key);
  return it == queues_.end() ? 0 : it->second.events.size();
}

std::size_t EventQueues::size() const {
  std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [key, queue] : queues_) sum += queue.events.size();
  return sum;
}

Event EventQueues::pop(const std::string& key) {
  std::unique_lock lock(mutex_);
  const auto it = queues_.find(key);
  if (it == queues_.end() || it->second.events.empty()) return {};
  fronts_.erase({it->second.events.front().seq(), key});
  Event event = pop_front(key, it->second);
  tell_drained(lock);
  return event;
}

// The queue's place among the fronts has been given up by the caller, who tells what has been drained.
Event EventQueues::pop_front(const std::string& key, Queue& queue) {
  Event event = std::move(queue.events.front());
  queue.events.pop_front();
  if (!queue.events.empty()) fronts_.emplace(queue.events.front().seq(), key);
  else if (std::exchange(queue.rests, false)) drained_.push_back(key);
  return event;
}

void EventQueues::tell_drained(std::unique_lock<std::mutex>& lock) {
  const auto drained = std::exchange(drained_, {});
  lock.unlock();
  if (on_drained_)
    for (const std::string& key : drained) on_drained_(key);
}

Event EventQueues::pop_first() {
  if (fronts_.empty()) return {};
  const std::uint64_t seq = fronts_.begin()->first;
  Event event;
  while (!fronts_.empty() && fronts_.begin()->first == seq) {
    const std::string key = fronts_.begin()->second;
    fronts_.erase(fronts_.begin());
    event = pop_front(key, queues_.at(key));
  }
  return event;
}

Gap EventQueues::take_gap() {
  Gap gap = std::move(gaps_.front().gap);
  gaps_.pop_front();
  return gap;
}

std::optional<Gap> EventQueues::pop_gap() {
  std::lock_guard lock(mutex_);
  if (gaps_.empty()) return {};
  return take_gap();
}

EventQueues::Next EventQueues::next(Wanted wanted, Deadline deadline, const std::function<bool()>& interrupted) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (interrupted && interrupted()) return {};
    const bool event = wanted.events && !fronts_.empty();
    const bool gap = wanted.gaps && !gaps_.empty();
    if (gap && (!event || gaps_.front().before_seq <= fronts_.begin()->first)) return {{}, take_gap()};
    if (event) {
      Next first{pop_first(), {}};
      tell_drained(lock);
      return first;
    }
    if (shut_) return {};
    if (!deadline) changed_.wait(lock);
    else if (changed_.wait_until(lock, *deadline) == std::cv_status::timeout && std::chrono::steady_clock::now() >= *deadline) {
      if (!(wanted.events && !fronts_.empty()) && !(wanted.gaps && !gaps_.empty())) return {};
    }
  }
}

bool EventQueues::wait(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] { return shut_ || !fronts_.empty(); });
  return !fronts_.empty();
}

void EventQueues::wake() {
  // Whoever is between asking `interrupted` and waiting holds the lock.
  { std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

std::uint64_t EventQueues::async_next(Handler handler) {
  std::unique_lock lock(mutex_);
  Event event = pop_first();
  if (!event && !shut_) {
    waiters_.emplace_back(next_waiter_, std::move(handler));
    return next_waiter_++;
  }
  tell_drained(lock);
  handler(std::move(event));
  return 0;
}

void EventQueues::cancel(std::uint64_t waiter) {
  Handler handler;
  {
    std::lock_guard lock(mutex_);
    const auto it = std::find_if(waiters_.begin(), waiters_.end(), [waiter](const auto& w) { return w.first == waiter; });
    if (it == waiters_.end()) return;
    handler = std::move(it->second);
    waiters_.erase(it);
  }
  handler({});
}

void EventQueues::shut() {
  std::deque<std::pair<std::uint64_t, Handler>> waiters;
  {
    std::lock_guard lock(mutex_);
    shut_ = true;
    waiters.swap(waiters_);
  }
  changed_.notify_all();
  for (auto& waiter : waiters) waiter.second({});
}

}  // namespace aci::toolkit
