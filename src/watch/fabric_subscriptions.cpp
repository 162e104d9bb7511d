// How FabricWatch keeps its watches subscribed: their states, their blindness, the answers to subscribe and refresh.
#include <algorithm>

#include "watch/fabric_watch.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;

namespace {

constexpr int tries_max = 5;  // put off that often, the whole connection is in doubt

bool is_throttled(const Error& error) {
  return error.errc == Errc::protocol || error.code == 429 || (error.code >= 500 && error.code < 600);
}

}  // namespace

void FabricWatch::schedule(WatchId id, Watch& watch) {
  agenda_.erase({watch.agenda_at, id});
  Instant at = Instant::max();
  if (watch.state == WatchState::failed || watch.state == WatchState::wanted) {
    at = watch.retry_at;
  } else if (watch.state == WatchState::live) {
    const Audit& audit = watch.audit;
    if (audit.settling) at = audit.settle_at;
    else if (!audit.reading && !audit.counting) at = std::min(audit.count_at, audit.compare_at);
  }
  watch.agenda_at = at;
  if (at != Instant::max()) agenda_.emplace(at, id);
}

void FabricWatch::set_state(WallTime wall, WatchId id, Watch& watch, WatchState state, Error error) {
  if (watch.state == state) return;
  watch.state = state;
  watch.since = wall;
  watch.error = error;
  schedule(id, watch);
  if (!watch.hidden) actions_.push_back(WatchChanged{id, state, std::move(error)});
}

// Its subscription is known to have lived until then, and the channel: a push came, or a refresh was answered and a ping.
WallTime FabricWatch::seen_until(WatchId id, const Watch& watch, WallTime otherwise) const {
  if (!line_ || !line_->bound(id)) return otherwise;
  const WallTime alive = line_->subscription(id).alive;
  return std::min({otherwise, line_->last_sign.wall, std::max(alive, watch.last_push.value_or(alive))});
}

// This watch may have missed something since `from`, or since it was last seen to work: it subscribes and lists anew.
void FabricWatch::blind(Instant now, WallTime wall, WatchId id, Watch& watch, const std::string& reason, WallTime from,
                        Pushes pushes) {
  if (watch.baselined) {
    if (!watch.gap) {
      watch.gap = OpenGap{wall, reason, 0, watch.pushed_until, {}};
      ++counters_.gaps;
    }
    if (pushes == Pushes::doubtful) watch.gap->pushed_until.reset();
    watch.gap->from = std::min(watch.gap->from, seen_until(id, watch, from));
    watch.gap->to.reset();
    blind_.insert(id);
    to_close_.erase(id);
    if (history_) std::erase(history_->watches, id);
  }
  stop_reading(watch);
  for (Line* line : {line_.get(), next_.get()})
    if (line) line->unbind(id);
  if (watch.state == WatchState::failed || watch.state == WatchState::paused) return;
  watch.retry_at = now;
  set_state(wall, id, watch, WatchState::wanted, {Errc::closed, reason});
  wanted_.insert(id);
}

// The controller is not up to it just now; a while later it is asked again.
void FabricWatch::put_off(Instant now, WallTime wall, WatchId id, Watch& watch, const Error& why) {
  if (!is_throttled(why) || ++watch.tries > tries_max) {
    watch.tries = 0;
    return lose(now, wall, why);
  }
  blind(now, wall, id, watch, why.message, wall);
  const Duration wait = std::min(Duration{30'000}, Duration{500} * (1 << watch.tries));
  watch.retry_at = now + wait / 2 + Duration{static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(wait.count())))};
  schedule(id, watch);
}

void FabricWatch::subscribed(Instant now, WallTime wall, Line& line, const Pending& subscribe,
                             const Result<codec::Answer>& answer) {
  const WatchId id = subscribe.watch;
  line.asked.erase(id);
  const auto it = watches_.find(id);
  const bool has_id = answer && !answer->subscription_ids.empty();
  if (it == watches_.end()) {  // removed meanwhile
    if (has_id) line.ignore(answer->subscription_ids.front());
    return release_held(now, line);
  }
  Watch& watch = it->second;
  if (&line == next_.get()) {
    if (!has_id) return give_up_rollover(now);
    if (watch.state == WatchState::live) line.bind(subscribe.sent, id, answer->subscription_ids.front());
    else line.ignore(answer->subscription_ids.front());
    return release_held(now, line);
  }
  if (watch.state != WatchState::listing || line.bound(id)) {  // blind again before the answer came
    if (has_id) line.ignore(answer->subscription_ids.front());
    return release_held(now, line);
  }
  if (has_id) {
    line.bind(subscribe.sent, id, answer->subscription_ids.front());
    watch.last_refresh = wall;
    listed(now, wall, id, watch, *answer);
    if (line_) release_held(now, *line_);
    return;
  }
  const Error error = answer ? Error{Errc::protocol, "the answer to a subscription carried no id"} : answer.error();
  const bool is_refusal = error.errc == Errc::refused || error.errc == Errc::auth || answer;
  if (is_refusal && error.code != 405 && (answer || !is_throttled(error))) {
    stop_reading(watch);
    watch.retry_at = now + options_.failed_retry;
    set_state(wall, id, watch, WatchState::failed, error);
    return release_held(now, line);
  }
  // 405: the controller does not see our channel. A time-out: it may have subscribed us under an id that we do not know.
  put_off(now, wall, id, watch, error);
  if (line_) release_held(now, *line_);
}

void FabricWatch::refreshed(Instant now, WallTime wall, Line& line, WatchId id, const Result<HttpReply>& reply) {
  const auto it = watches_.find(id);
  if (it == watches_.end() || !line.bound(id) || !line.subscription(id).refreshing) return;
  const auto answer = reply ? codec::decode_answer(reply->body) : reply.error();
  if (answer && reply->status == 200 && answer->objects.empty()) {
    it->second.last_refresh = wall;
    if (!line.refreshed(now, id)) blind(now, wall, id, it->second, "a subscription was refreshed too late", wall);
    return;
  }
  if (!answer && answer.error().errc == Errc::auth) return end(now, wall, line, answer.error());
  const Error why = !answer ? answer.error() : unexpected(reply->status);
  if ((!reply || reply->status >= 500 || reply->status == 429) && line.missed(now, id) < 2) return;
  // Two misses in a row leave the rest of the subscription's life for the cure.
  if (!reply) return end(now, wall, line, why);
  blind(now, wall, id, it->second, "the controller refused to refresh the subscription: " + why.message, wall);
}

}  // namespace aci::watch
