// How FabricWatch closes gaps with the controller's records, and what else proves that nothing is missed: nodes that have
// rebooted, and the canary.
#include <algorithm>

#include "model/class_facts.hpp"
#include "model/coverage.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Instant;
using base::Result;
using base::WallTime;

namespace {

constexpr Duration clocks_apart{60'000};  // our clock and the controller's, at most, where no push told
constexpr Duration same_change{500};      // a record and the push of the same change are written that close together
constexpr std::uint64_t log_min = 1'000;  // a log shorter than its smallest size has lost nothing
constexpr Duration canary_retry{600'000};

WallTime later(WallTime a, WallTime b) { return a < b ? b : a; }
WallTime earlier(WallTime a, WallTime b) { return a < b ? a : b; }

model::Event event_of(const RecordedChange& change, const std::string& fabric) {
  model::Event event;
  event.fabric = fabric;
  event.time = change.created;
  if (const model::ClassFacts* facts = model::class_of_dn(change.dn)) event.class_name = facts->name;
  event.dn = change.dn;
  event.op = change.op;
  event.origin = model::Origin::backfill;
  event.user = change.user;
  std::vector<model::AttributeView> before{{"dn", change.dn}}, after{{"dn", change.dn}};
  std::vector<std::string> changed;
  for (const SetChange& set : parse_change_set(change.change_set)) {
    changed.emplace_back(set.name);
    if (set.before) before.push_back({set.name, *set.before});
    if (set.after) after.push_back({set.name, *set.after});
  }
  std::sort(changed.begin(), changed.end());
  event.changed = changed;
  if (change.op != model::Op::created) event.before = model::Attributes::from(before);
  if (change.op != model::Op::deleted) event.after = model::Attributes::from(after);
  return event;
}

}  // namespace

// --- records ---------------------------------------------------------------------------------------------------------------

// The records of all gaps that are ready are read at once, when no other watch is about to be ready too.
void FabricWatch::pump_history(Instant now) {
  if (history_ || to_close_.empty() || doubts_ > 0) return;
  for (const WatchId id : blind_) {
    const Watch& watch = watches_.at(id);
    if (watch.state == WatchState::listing || (watch.state == WatchState::wanted && watch.retry_at <= now)) return;
  }
  history_.emplace();
  history_->watches.assign(to_close_.begin(), to_close_.end());
  to_close_.clear();
  std::optional<WallTime> from;
  for (const WatchId id : history_->watches) {
    const OpenGap& gap = *watches_.at(id).gap;
    // By the controller's clock. What it pushed last before the gap, and all before that, is known.
    WallTime known = gap.from + mirror_.skew().value_or(-clocks_apart);
    if (gap.pushed_until) known = later(known, *gap.pushed_until);
    from = from ? earlier(*from, known) : known;
  }
  history_->from = *from;
  next_record_class(now);
}

void FabricWatch::next_record_class(Instant now) {
  if (history_->next_class == options_.record_classes.size()) return tell_history(now);
  history_->page = 0;
  send_query(*line_, {Kind::oldest_record, 0, 0, 0, ""}, oldest_record_query(options_.record_classes[history_->next_class]));
}

void FabricWatch::history_read(Instant now, Kind kind, const Result<codec::Answer>& answer) {
  if (!history_) return;
  History& history = *history_;
  const std::string& name = options_.record_classes[history.next_class];
  const auto next_class = [&] {
    ++history.next_class;
    next_record_class(now);
  };
  const auto trouble = [&](const std::string& what) { history.trouble += (history.trouble.empty() ? "" : "; ") + what; };
  if (!answer) {
    history.unavailable = true;
    trouble("no " + name + ": " + answer.error().message);
    return next_class();
  }
  if (kind == Kind::oldest_record) {
    const auto oldest = answer->objects.empty() ? std::nullopt : WallTime::parse(answer->objects[0].attributes.get("created"));
    if (answer->total_count == 0) return next_class();
    if (oldest && answer->total_count >= log_min && history.from < *oldest)
      trouble("the oldest " + name + " that is kept is of " + oldest->to_string());
  } else {
    for (const auto& object : answer->objects)
      if (auto change = parse_record(object)) history.changes.push_back(std::move(*change));
    const std::uint64_t read = static_cast<std::uint64_t>(++history.page) * options_.records_page;
    if (answer->objects.empty() || read >= answer->total_count) return next_class();
    if (read >= options_.records_max) {
      trouble("more than " + std::to_string(options_.records_max) + " " + name);
      return next_class();
    }
  }
  send_query(*line_, {Kind::records, 0, 0, 0, ""}, record_query(name, history.from, history.page, options_.records_page));
}

void FabricWatch::tell_history(Instant now) {
  const History history = std::move(*history_);
  history_.reset();
  struct Blind {
    WatchId id;
    model::Query query;  // without its filter: a record does not tell the whole object
    std::uint64_t told = 0;
  };
  std::vector<Blind> blind;
  for (const WatchId id : history.watches) {
    blind.push_back({id, watches_.at(id).spec.query});
    blind.back().query.target_filter.reset();
  }
  std::vector<const RecordedChange*> changes;
  for (const RecordedChange& change : history.changes) changes.push_back(&change);
  std::stable_sort(changes.begin(), changes.end(), [](const auto* a, const auto* b) { return a->created < b->created; });
  for (const RecordedChange* change : changes) {
    if (const auto told = told_.find(change->dn); told != told_.end() && told->second + -same_change <= change->created)
      continue;
    model::Event event = event_of(*change, options_.fabric);
    const model::Attributes* known = mirror_.get(event.class_name, event.dn);
    std::vector<WatchId> watches;
    for (Blind& watch : blind) {
      const OpenGap& gap = *watches_.at(watch.id).gap;
      if (gap.pushed_until && change->created <= *gap.pushed_until) continue;
      const auto& filter = watches_.at(watch.id).spec.query.target_filter;
      if (!model::covers(watch.query, event.class_name, event.dn, {})) continue;
      if (filter && known && !filter->matches(event.class_name, *known)) continue;
      ++watch.told;
      watches.push_back(watch.id);
    }
    if (watches.empty()) continue;
    ++counters_.backfilled;
    emit(now, std::move(event), std::move(watches));
  }
  for (const Blind& watch : blind) close_gap(watch.id, watch.told, history);
  if (blind_.empty() && to_close_.empty()) told_.clear();
}

void FabricWatch::close_gap(WatchId id, std::uint64_t backfilled, const History& history) {
  Watch& watch = watches_.at(id);
  model::Gap gap;
  gap.fabric = options_.fabric;
  gap.watch = watch.spec.name;
  gap.from = watch.gap->from;
  gap.to = *watch.gap->to;
  gap.reason = watch.gap->reason;
  gap.found = watch.gap->found;
  gap.backfilled = backfilled;
  if (!options_.record_classes.empty())
    gap.history = history.unavailable        ? "unavailable: " + history.trouble
                  : !history.trouble.empty() ? "incomplete: " + history.trouble
                                             : "complete";
  watch.gap.reset();
  if (!watch.hidden) actions_.push_back(GapClosed{std::move(gap), id});
}

// --- nodes -----------------------------------------------------------------------------------------------------------------

bool FabricWatch::nodes_wanted() const { return on_nodes_ > 0 && options_.nodes_every.count() > 0; }

// A switch that comes back pushes nothing to subscriptions made before.
void FabricWatch::nodes_read(Instant now, WallTime wall, const Result<codec::Answer>& answer) {
  nodes_at_ = now + spread(options_.nodes_every);
  if (!answer) return;
  std::string rebooted;
  WallTime from = wall;
  for (const auto& object : answer->objects) {
    if (object.dn().empty()) continue;
    Node& node = nodes_[std::string(object.dn())];
    const std::string_view is = object.attributes.get("lastRebootTime");
    if (node.last_reboot != is && nodes_seen_) {
      rebooted += (rebooted.empty() ? "" : ", ") + std::string(object.dn());
      // While it was away no answer spoke of it.
      from = earlier(from, node.seen.value_or(*nodes_seen_));
    }
    node = {std::string(is), nodes_asked_};
  }
  if (!rebooted.empty()) {
    ++counters_.reboots;
    for (auto& [id, watch] : watches_)
      if (watch.on_nodes) blind(now, wall, id, watch, "a node has rebooted or joined: " + rebooted, from, Pushes::doubtful);
  }
  nodes_seen_ = nodes_asked_;
}

// --- canary ----------------------------------------------------------------------------------------------------------------

void FabricWatch::pump_canary(Instant now, WallTime wall) {
  if (canary_due_ && now >= *canary_due_) {
    canary_due_.reset();
    canary_state_ = CanaryState::waiting;
    line_->last_sign.wall = earlier(line_->last_sign.wall, canary_seen_.value_or(line_->last_sign.wall));
    return lose(now, wall, {Errc::closed, "the canary's change did not come back as a push"});
  }
  Watch& watch = watches_.at(canary_watch_);
  if (canary_due_ || now < canary_at_ || watch.state != WatchState::live || in_flight_ >= in_flight_max()) return;
  ++counters_.canaries;
  canary_value_ = std::to_string(rng_.next());
  canary_at_ = now + spread(options_.canary_every);
  canary_due_ = Instant::max();
  const std::string& dn = watch.spec.query.dn.str();
  std::string body;
  codec::append_object(body, {"tagAnnotation", {{"dn", dn}, {"value", canary_value_}}, {}}, model::Format::json);
  send(*line_, {Kind::canary, 0, 0, 0, ""}, "POST", "/api/mo/" + dn + ".json", std::move(body));
}

void FabricWatch::canary_written(Instant now, const Result<codec::Answer>& answer) {
  if (!canary_due_) return;  // its push was faster
  if (answer) {
    canary_due_ = now + options_.canary_within;
    return;
  }
  canary_due_.reset();
  canary_state_ = CanaryState::refused;
  canary_why_ = answer.error().message;
  canary_at_ = now + canary_retry;
}

void FabricWatch::canary_came_back(WallTime wall, const model::Event& event) {
  if (!event.after || event.after->get("value") != canary_value_) return;
  canary_state_ = CanaryState::proven;
  canary_seen_ = wall;
  canary_due_.reset();
}

}  // namespace aci::watch
