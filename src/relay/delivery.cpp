#include "relay/delivery.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace aci::relay {

bool Delivery::enqueue(Batch batch) {
  const std::size_t changes = batch->size();
  if (queue_.size() >= options_.messages_max || queued_changes_ + changes > options_.changes_max) {
    pending_not_shown_ += changes;
    counts_.not_taken += changes;
    return false;
  }
  queued_changes_ += changes;
  queue_.push_back({std::move(batch), std::exchange(pending_not_shown_, 0)});
  return true;
}

std::optional<Delivery::Send> Delivery::next(base::Instant now) {
  if (in_flight_ || queue_.empty() || now < not_before_) return {};
  in_flight_ = true;
  ++attempt_;
  ++counts_.attempts;
  return Send{queue_.front().batch, queue_.front().not_shown, attempt_, plain_};
}

void Delivery::on_result(const base::Result<Answer>& result, base::Instant now, base::WallTime wall) {
  assert(in_flight_);
  in_flight_ = false;
  const Outcome outcome = judge(service_, result, wall);
  if (outcome.ambiguous) ++counts_.possible_duplicates;
  Fate fate = outcome.fate;
  if (fate == Fate::simplify && (plain_ || !is_chat(service_))) fate = Fate::refused;
  counts_.problem = outcome.reason;
  if (fate != Fate::locked_out) locked_out_ = false;
  if (fate != Fate::retry) failures_ = 0;
  switch (fate) {
    case Fate::delivered:
      ++counts_.delivered;
      finish_front();
      break;
    case Fate::simplify: plain_ = true; break;
    case Fate::refused: park_front(outcome.reason, wall); break;
    case Fate::locked_out:
      locked_out_ = true;
      not_before_ = now + options_.locked_out_retry;
      break;
    case Fate::retry:
      ++failures_;
      not_before_ = now + (outcome.retry_after && outcome.retry_after->count() > 0
                               ? std::min(*outcome.retry_after, options_.retry_after_max)
                               : backoff());
      if (!result) break;
      if (!first_answer_) first_answer_ = now;
      if (now - *first_answer_ >= options_.give_up) park_front(outcome.reason, wall);
      break;
  }
}

std::optional<base::Instant> Delivery::next_wakeup() const {
  if (in_flight_ || queue_.empty()) return {};
  return not_before_;
}

Delivery::Status Delivery::inspect() const {
  Status status = counts_;
  status.queued = queue_.size();
  if (in_flight_) status.state = Status::State::sending;
  else if (queue_.empty()) status.state = Status::State::idle;
  else if (locked_out_) status.state = Status::State::locked_out;
  else if (failures_ > 0) status.state = Status::State::waiting;
  else status.state = Status::State::sending;
  return status;
}

void Delivery::finish_front() {
  queued_changes_ -= queue_.front().batch->size();
  queue_.pop_front();
  attempt_ = 0;
  plain_ = false;
  first_answer_.reset();
}

void Delivery::park_front(std::string reason, base::WallTime at) {
  // The count of what a full queue refused goes on to the next message that will be seen.
  const std::uint64_t not_shown = queue_.front().not_shown;
  parked_.push_back({queue_.front().batch, std::move(reason), at});
  if (parked_.size() > options_.parked_max) parked_.pop_front();
  ++counts_.parked;
  finish_front();
  if (queue_.empty()) pending_not_shown_ += not_shown;
  else queue_.front().not_shown += not_shown;
}

base::Duration Delivery::backoff() {
  const std::uint32_t doublings = std::min<std::uint32_t>(failures_ - 1, 20);
  const auto ceiling = std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
  // Full jitter, but never at once: an eighth of the first step at least.
  const auto floor = options_.backoff_min / 8;
  return floor +
         base::Duration(static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>((ceiling - floor).count()) + 1)));
}

}  // namespace aci::relay
