// How FabricWatch makes events of what is pushed: the channel's frames, and who is told of a change.
#include <algorithm>

#include "model/coverage.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;

// --- channel ---------------------------------------------------------------------------------------------------------------

void FabricWatch::channel_open(Instant now, WallTime wall, Epoch epoch) {
  notice(now, wall);
  Line* line = line_of(epoch);
  if (line && line->channel == Line::Channel::opening) {
    line->channel = Line::Channel::open;
    line->last_sign = {now, wall};
  }
  settle_down(now, wall);
}

void FabricWatch::channel_sign(Instant now, WallTime wall, Epoch epoch) {
  notice(now, wall);
  if (Line* line = line_of(epoch)) line->last_sign = surely({now, wall}, line->last_sign);
  settle_down(now, wall);
}

void FabricWatch::channel_closed(Instant now, WallTime wall, Epoch epoch, const Error& why) {
  notice(now, wall);
  Line* line = line_of(epoch);
  if (line && line->channel != Line::Channel::none) {
    const Error closed{why.errc == Errc::auth ? Errc::closed : why.errc, "channel closed: " + why.message, why.code};
    if (line == next_.get()) line->channel = Line::Channel::none;
    end(now, wall, *line, closed);
  }
  settle_down(now, wall);
}

void FabricWatch::channel_text(Instant now, WallTime wall, Epoch epoch, const char* data, std::size_t size,
                               std::size_t capacity) {
  notice(now, wall);
  Line* line = line_of(epoch);
  if (!line || line->channel != Line::Channel::open) return settle_down(now, wall);
  ++counters_.frames;
  const auto decoded = decoder_.decode(data, size, capacity);
  if (!decoded) {
    ++counters_.bad_frames;
    end(now, wall, *line, {Errc::protocol, "unreadable frame: " + decoded.error().message});
    return settle_down(now, wall);
  }
  line->last_sign = surely({now, wall}, line->last_sign);
  const auto& ids = (*decoded)->subscription_ids;
  const auto known = [line](std::string_view id) { return line->watch_of(id).has_value() || line->ignored(id); };
  if (!line->held.empty() || (line->subscribing > 0 && !std::all_of(ids.begin(), ids.end(), known))) {
    line->held.push_back({wall, {data, size}});
    if (line->held.size() > options_.held_max)
      end(now, wall, *line, {Errc::overflow, "too many pushes before the subscription was answered"});
  } else if (frame(now, wall, *line, **decoded) && now < noticed_->expected) {
    return;
  }
  settle_down(now, wall);
}

void FabricWatch::release_held(Instant now, Line& line) {
  if (line.held.empty() || line.subscribing > 0) return;
  const auto held = std::exchange(line.held, {});
  const Epoch epoch = line.epoch;
  for (const auto& [received, text] : held) {
    Line* still = line_of(epoch);
    const auto decoded = decoder_.decode(text);
    if (still && decoded) frame(now, received, *still, **decoded);
  }
}

// True for a push that the other of two lines has brought already.
bool FabricWatch::seen_on_other_line(const Line& line, const model::Change& change) {
  if (!next_ && !overlap_until_) return false;
  std::uint64_t key = std::hash<std::string_view>{}(change.dn) + static_cast<std::uint64_t>(change.op);
  for (const auto& attribute : change.attributes)
    for (const std::string_view part : {attribute.name, attribute.value})
      key = key * 0x9e3779b97f4a7c15ull + std::hash<std::string_view>{}(part);
  const int side = line.epoch == last_epoch_ ? -1 : 1;
  const auto [it, added] = overlap_.try_emplace(key, 0);
  const bool seen = it->second * side < 0;
  it->second += side;
  if (it->second == 0 || (!next_ && !seen)) overlap_.erase(it);
  return seen;
}

bool FabricWatch::frame(Instant now, WallTime wall, Line& line, const codec::Frame& frame) {
  bool calm = true;
  auto& watches = addressed_;
  watches.clear();
  for (const std::string_view id : frame.subscription_ids) {
    const auto found = line.watch_of(id);
    if (found && std::find(watches.begin(), watches.end(), *found) == watches.end()) watches.push_back(*found);
    if (found || line.ignored(id) || line.subscribing > 0) continue;
    // Whose is it? Something we believe of our subscriptions is wrong.
    calm = false;
    ++counters_.unknown_pushes;
    line.ignore(id);
    for (auto& [watch_id, watch] : watches_)
      if (line.bound(watch_id)) blind(now, wall, watch_id, watch, "a push for an unknown subscription", wall, Pushes::doubtful);
  }
  if (watches.empty()) return calm;  // subscriptions we have left
  // Where all that it came to are blind, what it is laid over is what their listing will tell.
  std::uint32_t listing = 0;
  bool seen = false;
  for (const WatchId id : watches) {
    Watch& watch = watches_.at(id);
    ++watch.pushes;
    watch.last_push = line.last_sign.wall;
    seen = seen || watch.state == WatchState::live;
    if (watch.reading && watch.baselined) listing = std::max(listing, watch.reading->listing.number);
  }
  if (seen) listing = 0;
  for (const auto& change : frame.changes) {
    if (seen_on_other_line(line, change)) {
      ++counters_.duplicates;
      continue;
    }
    if (!reads_.empty() && reads_.contains(change.dn)) {
      calm = false;
      read_later(now, wall, HeldChange(change, wall), watches);
      continue;
    }
    // Filled where it stands: an event is large.
    Emit& told = std::get<Emit>(actions_.emplace_back(std::in_place_type<Emit>));
    const auto verdict = mirror_.apply(change, wall, told.event, listing);
    if (verdict == Mirror::Verdict::told) {
      calm = calm && !canary_due_;
      const auto awaited = std::pair(parents_.size(), storm_until_);
      if (canary_due_) canary_came_back(wall, told.event);
      for (const WatchId id : watches) {
        auto& until = watches_.at(id).pushed_until;
        until = std::max(until.value_or(told.event.time), told.event.time);
      }
      told.watches.swap(spare_);
      told.watches.assign(watches.begin(), watches.end());
      complete_emit(now);
      calm = calm && awaited == std::pair(parents_.size(), storm_until_);
    } else {
      actions_.pop_back();
    }
    if (verdict == Mirror::Verdict::known) ++counters_.duplicates;
    if (verdict == Mirror::Verdict::unsure) {
      calm = false;
      read_later(now, wall, HeldChange(change, wall), watches);
    }
    if (mirror_.touched() > options_.held_max * 4) {
      lose(now, wall, {Errc::overflow, "more changes than can be kept while reading what is there"});
      return false;
    }
  }
  return calm;
}

// --- events ----------------------------------------------------------------------------------------------------------------

// The mirror is shared: what one watch was told, the listing of a blind one will not find any more.
std::vector<WatchId> FabricWatch::covering(const model::Event& event, const std::vector<WatchId>& known, WatchId except) const {
  std::vector<WatchId> watches = known;
  if (!event.before && !event.after) return watches;
  for (const WatchId id : index_.candidates(event.class_name, event.dn)) {
    const Watch& watch = watches_.at(id);
    if (!watch.begun || id == except || std::find(known.begin(), known.end(), id) != known.end()) continue;
    if (model::covers(watch.asked, event.class_name, event.dn, event.after ? *event.after : *event.before))
      watches.push_back(id);
  }
  return watches;
}

// What comes to match a filter concerns it, and what ceases to; what nobody knows the state of may.
bool FabricWatch::concerns(const Watch& watch, const model::Event& event) {
  const auto& filter = watch.spec.query.target_filter;
  if (!filter || (!event.before && event.op != model::Op::created)) return true;
  const auto matches = [&](const auto& state) { return state && filter->matches(event.class_name, *state); };
  return matches(event.before) || matches(event.after);
}

void FabricWatch::emit(Instant now, model::Event event, std::vector<WatchId> watches, bool is_sequel) {
  actions_.push_back(Emit{std::move(event), std::move(watches)});
  complete_emit(now, 0, is_sequel);
}

// The last action is told, to those whom it concerns.
void FabricWatch::complete_emit(Instant now, WatchId except, bool is_sequel) {
  using model::Origin;
  auto& [event, watches] = std::get<Emit>(actions_.back());
  const bool relist = event.origin == Origin::relist, live = event.origin == Origin::live;
  // A watch that a push does not name may be blind without knowing it yet.
  if (relist || (live && watches.size() < watches_.size())) watches = covering(event, watches, except);
  std::erase_if(watches, [&, &event = event](WatchId id) {
    const auto it = watches_.find(id);
    if (it == watches_.end()) return true;
    Watch& watch = it->second;
    if (event.op == model::Op::deleted) ++watch.deletions;
    if (event.origin != Origin::backfill && !is_sequel && !concerns(watch, event)) return true;
    // Told when the pause is over, as the sum of what happened.
    const bool later = watch.state == WatchState::paused || watch.unsent.contains(event.dn);
    if (later) watch.unsent.try_emplace(event.dn, Unsent{event.class_name, event.before});
    else if (relist && watch.gap) ++watch.gap->found;
    return watch.hidden || later;
  });
  if (live) {
    if (!blind_.empty() || !to_close_.empty() || history_) told_.try_emplace(event.dn, event.time);
    if (event.op == model::Op::created) note_parent(now, event);
  }
  counters_.relisted += relist;
  if (watches.empty()) actions_.pop_back();
}

void FabricWatch::emit_all(Instant now, const std::vector<WatchId>& watches) {
  std::vector<model::Event> events;
  events.swap(events_);
  // Late pushes and those of unseen objects are told whatever a filter says, which does not know the whole object; so is what
  // they have come to.
  bool is_sequel = false;
  for (auto& event : events) {
    const bool unseen = !event.before && event.op == model::Op::modified;
    is_sequel = is_sequel || unseen || event.origin == model::Origin::backfill;
    emit(now, std::move(event), watches, is_sequel);
  }
  events.clear();
  events_.swap(events);
}

}  // namespace aci::watch
