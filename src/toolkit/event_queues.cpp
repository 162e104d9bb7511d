#include "toolkit/event_queues.hpp"

#include <algorithm>

namespace aci::toolkit {

Gap to_gap(const model::Gap& gap) {
  return {gap.fabric, gap.watch, gap.from.to_string(), gap.to.to_string(), gap.reason, gap.found, 0};
}

void EventQueues::open(const std::string& key) {
  std::lock_guard lock(mutex_);
  queues_.try_emplace(key, capacity_);
}

void EventQueues::close(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto it = queues_.find(key);
  if (it == queues_.end()) return;
  if (!it->second.events.empty()) fronts_.erase({it->second.events.front().seq(), key});
  queues_.erase(it);
}

void EventQueues::deliver(model::Event event, const std::vector<std::string>& keys, base::WallTime received) {
  Handler handler;
  Event taken;
  {
    std::lock_guard lock(mutex_);
    event.seq = next_seq_++;
    const std::uint64_t seq = event.seq;
    const Event shared(std::make_shared<const model::Event>(std::move(event)));
    for (const std::string& key : keys) {
      const auto it = queues_.find(key);
      if (it == queues_.end()) continue;
      Queue& queue = it->second;
      const bool was_empty = queue.events.empty();
      if (queue.events.push(shared)) {
        if (was_empty) fronts_.emplace(seq, key);
      } else {
        if (queue.lost++ == 0) queue.lost_from = received;
        queue.lost_to = received;
        ++dropped_;
      }
    }
    if (!waiters_.empty() && !fronts_.empty()) {
      handler = std::move(waiters_.front().second);
      waiters_.pop_front();
      taken = pop_first();
    }
  }
  if (handler) handler(std::move(taken));
  else changed_.notify_all();
}

void EventQueues::add_gap(Gap gap) {
  {
    std::lock_guard lock(mutex_);
    keep_gap(std::move(gap));
  }
  changed_.notify_all();
}

void EventQueues::keep_gap(Gap gap) {
  if (gaps_.size() >= gaps_max) gaps_.pop_front();
  gaps_.push_back({next_seq_, std::move(gap)});
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
  lock.unlock();
  changed_.notify_all();  // taking the last one may have made a gap known
  return event;
}

// The queue's place among the fronts has been given up by the caller.
Event EventQueues::pop_front(const std::string& key, Queue& queue) {
  Event event = queue.events.pop();
  if (!queue.events.empty()) {
    fronts_.emplace(queue.events.front().seq(), key);
  } else if (queue.lost > 0) {
    Gap gap{fabric_, key, queue.lost_from.to_string(), queue.lost_to.to_string(), "", 0, queue.lost};
    gap.reason = "queue full: " + std::to_string(queue.lost) + " events dropped";
    queue.lost = 0;
    keep_gap(std::move(gap));
  }
  return event;
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

std::uint64_t EventQueues::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

EventQueues::Next EventQueues::next(Wanted wanted, Deadline deadline, const std::function<bool()>& interrupted) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (interrupted && interrupted()) return {};
    const bool event = wanted.events && !fronts_.empty();
    const bool gap = wanted.gaps && !gaps_.empty();
    if (gap && (!event || gaps_.front().before_seq <= fronts_.begin()->first)) return {{}, take_gap()};
    if (event) return {pop_first(), {}};
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
  Event event;
  {
    std::lock_guard lock(mutex_);
    event = pop_first();
    if (!event && !shut_) {
      waiters_.emplace_back(next_waiter_, std::move(handler));
      return next_waiter_++;
    }
  }
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
