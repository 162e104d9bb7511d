// The events of a session's subscriptions until somebody takes them. Floor: toolkit.
//
//   queues.open("fvTenant");
//   for (const auto& key : queues.deliver(events, {"fvTenant"})) ...   // gives the events their numbers
//   Event event = queues.pop("fvTenant");                   // of one subscription
//   Next next = queues.next({.events = true}, deadline);    // of all, in the order of their numbers; waits
//
// One queue for each key, each bounded without dropping anything: deliver() names the queues that are full, whose
// subscriptions are then to rest. What comes all the same, since it was under way, is taken too. `drained` is called when
// such a queue has been emptied. What was there already (origin baseline) was asked for, and what records tell (backfill)
// comes once and is bounded: neither makes a queue full.
// An event that several queues hold is one value.
//
// Thread-safety: every call from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "aci/event.hpp"
#include "model/change.hpp"

namespace aci::toolkit {

class EventQueues {
 public:
  static constexpr std::size_t gaps_max = 1'000;

  // Called without a lock, on the thread that took the last event.
  using Drained = std::function<void(const std::string& key)>;
  explicit EventQueues(std::size_t capacity, Drained drained = {}) : capacity_(capacity), on_drained_(std::move(drained)) {}

  void open(const std::string& key);
  // What is in it is gone, but for what other queues hold too.
  void close(const std::string& key);

  // Each event goes into the queue of each key. Keys that are not open are passed over. Returns those whose queues are full
  // now. Many at a time cost one lock and wake a waiting thread once.
  using Arrivals = std::vector<std::shared_ptr<model::Event>>;
  std::vector<std::string> deliver(const Arrivals& events, const std::vector<std::string>& keys);
  void add_gap(Gap gap);

  std::size_t size(const std::string& key) const;
  Event pop(const std::string& key);

  std::size_t size() const;  // distinct events waiting: each counts once for every queue that holds it
  std::optional<Gap> pop_gap();

  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  struct Wanted {
    bool events = false, gaps = false;
  };
  struct Next {  // both empty: deadline, interruption or end
    Event event;
    std::optional<Gap> gap;
  };
  // Whichever came first of what is wanted. Ends early when `interrupted` answers true, which is asked again after wake().
  Next next(Wanted wanted, Deadline deadline, const std::function<bool()>& interrupted = {});
  void wake();
  // The same for events without taking one: true when there is one.
  bool wait(std::chrono::steady_clock::time_point deadline);

  // Calls the handler once: with the next event, or with an empty one after shut() or cancel(). At once and on this thread
  // when there is something to tell already, else on the thread that causes it.
  using Handler = std::function<void(Event)>;
  std::uint64_t async_next(Handler handler);
  void cancel(std::uint64_t waiter);

  // Ends every wait, now and later; what is queued can still be taken.
  void shut();

 private:
  struct Queue {
    std::deque<Event> events;
    bool rests = false;  // has been named full since it was empty
  };
  struct PlacedGap {
    std::uint64_t before_seq;  // events from this number on came later
    Gap gap;
  };

  Event pop_front(const std::string& key, Queue& queue);
  Event pop_first();
  void tell_drained(std::unique_lock<std::mutex>& lock);
  Gap take_gap();

  const std::size_t capacity_;
  const Drained on_drained_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Queue> queues_;
  std::set<std::pair<std::uint64_t, std::string>> fronts_;  // number of the oldest event of each queue that is not empty
  std::vector<std::string> drained_;                        // not told yet
  std::deque<PlacedGap> gaps_;
  std::deque<std::pair<std::uint64_t, Handler>> waiters_;
  std::uint64_t next_seq_ = 1, next_waiter_ = 1;
  bool shut_ = false;
};

}  // namespace aci::toolkit
