// One destination's queue: in order, one at a time, retried until it is known what became of it. Floor: relay.
//
//   Delivery delivery(Service::webex, {}, base::Rng(seed));
//   delivery.enqueue(batch);
//   while (auto send = delivery.next(now)) post(*send);        // at most one in flight
//   ... delivery.on_result(result, now, wall);                 // then ask next() again, at once and at next_wakeup()
//
//   state          leaves it when
//   idle           something is enqueued
//   sending        on_result(): delivered -> next message; retry -> waiting; locked out -> locked_out
//   waiting        backoff (1 s to 5 min, full jitter) or the receiver's Retry-After (at most 1 h) is over; whole destination
//   locked_out     every 15 min one attempt; rows are kept
//
// Nothing is lost silently: what a full queue refuses is counted and told with the next message that is sent; what the receiver
// refuses for good is kept in a bounded list with the reason. One destination never waits for another, since each has
// its own machine. Thread-safety: none; no I/O, no clock.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "relay/batch.hpp"
#include "relay/outcome.hpp"

namespace aci::relay {

struct DeliveryOptions {
  std::size_t messages_max = 10'000;
  std::size_t changes_max = 100'000;  // over all queued messages; bounds the memory
  std::size_t parked_max = 1'000;
  base::Duration backoff_min{1'000};
  base::Duration backoff_max{300'000};
  base::Duration retry_after_max{3'600'000};
  base::Duration locked_out_retry{900'000};
  // A message that the receiver answers with "later" for this long is parked, so that it does not hold up the others for
  // ever. Times without any answer do not park.
  base::Duration give_up{86'400'000};
};

class Delivery {
 public:
  using Batch = std::shared_ptr<const relay::Batch>;

  Delivery(Service service, DeliveryOptions options, base::Rng rng) : service_(service), options_(options), rng_(rng) {}

  // False when the queue is full: the batch was not taken, and its changes will be counted in the next message.
  bool enqueue(Batch batch);

  struct Send {
    Batch batch;
    std::uint64_t not_shown;  // changes before this message that were not taken
    std::uint32_t attempt;    // 1 for the first
    bool plain;               // in its plainest form
  };
  // What to send now, if anything. Each Send wants one on_result().
  std::optional<Send> next(base::Instant now);

  // Precondition: a Send is in flight.
  void on_result(const base::Result<Answer>& result, base::Instant now, base::WallTime wall);

  // When next() is worth asking again; nothing while a Send is in flight or there is nothing to do.
  std::optional<base::Instant> next_wakeup() const;

  bool idle() const { return queue_.empty(); }

  struct Parked {
    Batch batch;
    std::string reason;
    base::WallTime at;
  };
  struct Status {
    enum class State : std::uint8_t { idle, sending, waiting, locked_out } state = State::idle;
    std::size_t queued = 0;       // messages, the one in flight included
    std::uint64_t delivered = 0;  // messages
    std::uint64_t attempts = 0;
    std::uint64_t not_taken = 0;            // changes that a full queue refused, over all time
    std::uint64_t possible_duplicates = 0;  // retries of attempts whose fate is not known
    std::uint64_t parked = 0;               // messages, over all time
    std::string problem;                    // why it waits or is locked out; "" when all is well
  };
  Status inspect() const;
  const std::deque<Parked>& parked() const { return parked_; }

 private:
  struct Row {
    Batch batch;
    std::uint64_t not_shown;
  };
  void finish_front();
  void park_front(std::string reason, base::WallTime at);
  base::Duration backoff();

  Service service_;
  DeliveryOptions options_;
  base::Rng rng_;
  std::deque<Row> queue_;
  std::size_t queued_changes_ = 0;
  std::uint64_t pending_not_shown_ = 0;
  std::deque<Parked> parked_;

  // Of the front row.
  bool in_flight_ = false;
  bool plain_ = false;
  std::uint32_t attempt_ = 0;
  std::optional<base::Instant> first_answer_;  // when it was first told to come later

  // Of the destination.
  base::Instant not_before_{};
  std::uint32_t failures_ = 0;  // in a row
  bool locked_out_ = false;
  Status counts_;
};

}  // namespace aci::relay
