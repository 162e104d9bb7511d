#include "watch/fabric_watch.hpp"

#include <algorithm>

#include "model/class_facts.hpp"
#include "model/coverage.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;

namespace {

constexpr Duration heartbeat{1'000};       // a process that stands still for less than this does not matter
constexpr Duration clock_error{100};       // of two clocks that are read one after the other
constexpr Duration hardly_late{500};       // as any process is now and then
constexpr Duration catching_up{1'000};     // with what waited in its sockets meanwhile
constexpr Duration reboot_takes{600'000};  // a switch that is away for longer is not coming back

// Does not live on the controllers but on switches, whose reboot silences its subscriptions.
bool lives_on_nodes(const model::Query& query) {
  if (query.dn.str().starts_with("topology/")) return true;
  if (query.class_name.empty()) return false;
  const model::ClassFacts* facts = model::find_class(query.class_name);
  return !facts || !facts->configurable;
}

}  // namespace

const char* to_string(WatchState state) {
  switch (state) {
    case WatchState::wanted: return "wanted";
    case WatchState::listing: return "listing";
    case WatchState::live: return "live";
    case WatchState::failed: return "failed";
    case WatchState::paused: return "paused";
  }
  return "unknown";
}

const char* to_string(SessionState state) {
  switch (state) {
    case SessionState::idle: return "idle";
    case SessionState::logging_in: return "logging_in";
    case SessionState::open: return "open";
    case SessionState::waiting: return "waiting";
    case SessionState::rejected: return "rejected";
  }
  return "unknown";
}

FabricWatch::FabricWatch(Options options)
    : options_(std::move(options)),
      rng_(options_.seed),
      controllers_(options_.controllers, rng_.next()),
      mirror_(options_.fabric) {}

// --- the user's side ---------------------------------------------------------------------------------------------------

void FabricWatch::start(Instant now, WallTime wall) {
  notice(now, wall);
  if (state_ == SessionState::idle) {
    if (!options_.canary.empty() && canary_watch_ == 0) {
      canary_state_ = CanaryState::waiting;
      canary_watch_ = next_watch_++;
      Watch& watch = watches_[canary_watch_];
      watch.spec = {"canary",
                    model::Query::of_object(model::Dn::trusted(options_.canary + "/annotationKey-[aciwatch-canary]"))};
      watch.asked = watch.spec.query;
      index_.add(canary_watch_, watch.asked);
      watch.hidden = true;
      watch.since = wall;
      wanted_.insert(canary_watch_);
    }
    controllers_.start(now);
    state_ = SessionState::waiting;
    state_since_ = wall;
  }
  settle_down(now, wall);
}

void FabricWatch::stop(Instant now, WallTime wall) {
  if (line_) tell_held(now);
  abandon(now, wall, "stopped", true);
  set_session(wall, SessionState::idle);
  noticed_.reset();
}

WatchId FabricWatch::add(Instant now, WallTime wall, WatchSpec spec) {
  notice(now, wall);
  const WatchId id = next_watch_++;
  Watch& watch = watches_[id];
  watch.on_nodes = lives_on_nodes(spec.query);
  on_nodes_ += watch.on_nodes;
  watch.spec = std::move(spec);
  watch.asked = model::without_fleeting_filter(watch.spec.query);
  index_.add(id, watch.asked);
  watch.since = wall;
  wanted_.insert(id);
  watched_below_.clear();
  settle_down(now, wall);
  return id;
}

void FabricWatch::remove(Instant now, WallTime wall, WatchId id) {
  notice(now, wall);
  const auto it = watches_.find(id);
  if (it != watches_.end()) {
    Watch& watch = it->second;
    for (Line* line : {line_.get(), next_.get()})
      if (line) line->unbind(id);
    stop_reading(watch);
    on_nodes_ -= watch.on_nodes;
    agenda_.erase({watch.agenda_at, id});
    for (auto* set : {&wanted_, &blind_, &to_close_}) set->erase(id);
    if (history_) std::erase(history_->watches, id);
    index_.remove(id, watch.asked);
    watches_.erase(it);
    watched_below_.clear();
    if (blind_.empty() && to_close_.empty() && !history_) told_.clear();
    forget_unwatched();
    read_unexplained(now, wall);
  }
  settle_down(now, wall);
}

void FabricWatch::pause(Instant now, WallTime wall, WatchId id, std::string reason) {
  notice(now, wall);
  if (const auto it = watches_.find(id); it != watches_.end() && it->second.state != WatchState::paused) {
    blind(now, wall, id, it->second, reason, wall);
    wanted_.erase(id);
    set_state(wall, id, it->second, WatchState::paused, {Errc::overflow, std::move(reason)});
  }
  settle_down(now, wall);
}

void FabricWatch::resume(Instant now, WallTime wall, WatchId id) {
  notice(now, wall);
  if (const auto it = watches_.find(id); it != watches_.end() && it->second.state == WatchState::paused) {
    it->second.retry_at = now;
    set_state(wall, id, it->second, WatchState::wanted, it->second.error);
    wanted_.insert(id);
  }
  settle_down(now, wall);
}

FabricWatch::Saved FabricWatch::save(WallTime wall) const {
  Saved saved{wall, {}, mirror_.save(), {}};
  // What was on its way when the process ended is lost.
  if (line_ && line_->channel == Line::Channel::open) saved.at = std::min(wall, line_->last_sign.wall + -Line::doubt);
  if (line_ && !line_->held.empty()) saved.at = std::min(saved.at, line_->held.front().received);
  for (const auto& [dn, node] : nodes_)
    if (on_nodes_ > 0 && node.seen && wall < *node.seen + reboot_takes) saved.at = std::min(saved.at, *node.seen);
  saved.at = std::min(saved.at, mirror_.waiting_since().value_or(saved.at));
  for (const auto& [dn, read] : reads_) saved.at = std::min(saved.at, read.held.front().received);
  for (const auto& [id, watch] : watches_) {
    if (!watch.baselined || watch.hidden) continue;
    saved.watches.push_back({watch.spec.name, watch.spec.query.to_url()});
    saved.at = std::min(saved.at, seen_until(id, watch, saved.at));
    if (watch.gap) saved.at = std::min(saved.at, watch.gap->from);
    for (const auto& [dn, was] : watch.unsent)
      saved.unsent.push_back({saved.watches.size() - 1, was.class_name, dn, was.before});
  }
  return saved;
}

void FabricWatch::restore(const Saved& saved) {
  mirror_.restore(saved.objects);
  auto known = saved.watches;
  for (const bool by_name : {true, false})
    for (auto& [id, watch] : watches_) {
      const std::string query = watch.spec.query.to_url();
      const auto it = std::find_if(known.begin(), known.end(), [&, &spec = watch.spec](const Saved::Known& one) {
        return one.query == query && (!by_name || one.name == spec.name);
      });
      if (watch.begun || it == known.end()) continue;
      it->query.clear();  // each is taken up once
      const auto index = static_cast<std::size_t>(it - known.begin());
      watch.begun = watch.baselined = true;
      watch.gap = OpenGap{saved.at, "the program was not running", 0, {}, {}};
      for (const auto& unsent : saved.unsent)
        if (unsent.watch == index) watch.unsent.try_emplace(unsent.dn, Unsent{unsent.class_name, unsent.before});
      blind_.insert(id);
      ++counters_.gaps;
    }
  forget_unwatched();
}

std::uint64_t FabricWatch::ask(Instant now, WallTime wall, std::string method, std::string target, std::string body) {
  notice(now, wall);
  const std::uint64_t ticket = next_ticket_++;
  asks_.push_back({ticket, std::move(method), std::move(target), std::move(body), now + options_.request_timeout});
  settle_down(now, wall);
  return ticket;
}

void FabricWatch::take_actions(std::vector<Action>& into) {
  for (Action& action : into)
    if (auto* told = std::get_if<Emit>(&action)) spare_.swap(told->watches);
  into.clear();
  into.swap(actions_);
}

// --- time --------------------------------------------------------------------------------------------------------------

// A process that stood still, or a machine that slept, may have missed more than its sockets kept.
void FabricWatch::notice(Instant now, WallTime wall) {
  if (noticed_ && now == noticed_->now && wall == noticed_->wall) return;  // one of many texts that came together
  const Duration jump = noticed_ ? Duration{wall.unix_ms - noticed_->wall.unix_ms} - (now - noticed_->now) : Duration{0};
  if (std::chrono::abs(jump) > clock_error) mirror_.clock_was_set();
  if (noticed_ && state_ == SessionState::open) {
    const Duration limit = options_.subscription_lifetime / 3;
    const Duration late = now > noticed_->expected ? now - noticed_->expected : Duration{0};
    if (std::max(late, jump) > hardly_late)
      doubt_ = Doubt{doubt_ && now < doubt_->until ? doubt_->from : Moment{noticed_->now, noticed_->wall}, now + catching_up};
    if (std::max(late, jump) > limit) {
      ++counters_.standstills;
      const std::string reason =
          (late > limit ? "this program stood still for " : "the clock jumped, or this machine slept, by ") +
          std::to_string(std::max(late, jump).count() / 1'000) + " s";
      for (auto& [id, watch] : watches_) blind(now, wall, id, watch, reason, noticed_->wall);
      noticed_->expected = now;
    }
  }
  noticed_ = Noticed{now, noticed_ ? noticed_->expected : now, wall};
}

// When what comes at `moment` has come at the latest: what waited while this process stood still is older than it seems.
Moment FabricWatch::doubted(const Moment& moment, const Moment& before) const {
  if (moment.now >= doubt_->until) return moment;
  return before.now < doubt_->from.now ? doubt_->from : before;
}

void FabricWatch::settle_down(Instant now, WallTime wall) {
  pump(now, wall);
  const auto at = soonest();
  noticed_->expected = at ? std::max(now, *at) : Instant::max();
  if (state_ == SessionState::open) noticed_->expected = std::min(noticed_->expected, now + heartbeat);
}

void FabricWatch::wake(Instant now, WallTime wall) {
  notice(now, wall);
  if (next_ && next_->session.expired(now)) give_up_rollover(now);
  if (line_ && line_->session.expired(now)) lose(now, wall, {Errc::auth, "the login's life ended"});
  settle_down(now, wall);
}

std::optional<Instant> FabricWatch::next_wakeup() const {
  if (!noticed_) return soonest();
  return noticed_->expected == Instant::max() ? std::nullopt : std::optional(noticed_->expected);
}

std::optional<Instant> FabricWatch::soonest() const {
  std::optional<Instant> at;
  const auto sooner = [&at](std::optional<Instant> when) {
    if (when && (!at || *when < *at)) at = when;
  };
  if (state_ == SessionState::waiting || state_ == SessionState::rejected) sooner(controllers_.try_at());
  if (!asks_.empty()) sooner(asks_.front().deadline);
  const bool may_send = in_flight_ < in_flight_max();
  for (const Line* line : {line_.get(), next_.get()}) {
    if (!line || !line->session.open()) continue;
    sooner(line->session.next_wakeup(!watches_.empty()));
    if (line->channel != Line::Channel::open) continue;
    if (in_flight_ < refreshes_in_flight_max()) sooner(line->next_refresh());
    else if (const auto due = line->next_refresh()) sooner(std::max(*due, noticed_->now + Duration{1'000}));
  }
  if (!line_ || line_->channel != Line::Channel::open) return at;
  if (swap_at_) sooner(swap_due());
  sooner(overlap_until_);
  sooner(canary_due_);
  if (!agenda_.empty()) sooner(agenda_.begin()->first);
  for (const Parent& parent : parents_)
    if (parent.settling || (!parent.asked && may_send)) sooner(parent.settling ? parent.settle_at : parent.read_at);
  if (may_send && nodes_wanted()) sooner(nodes_at_);
  if (may_send && canary_watch_ != 0 && watches_.at(canary_watch_).state == WatchState::live && !canary_due_)
    sooner(canary_at_);
  return at;
}

Duration FabricWatch::spread(Duration time) {
  return time * 4 / 5 + Duration{static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(time.count() * 2 / 5 + 1)))};
}

Instant FabricWatch::next_turn(Instant now, Duration period) {
  return period.count() > 0 ? now + spread(period) : Instant::max();
}

bool FabricWatch::covered(std::string_view class_name, std::string_view dn, const model::Attributes& attributes) const {
  const auto candidates = index_.candidates(class_name, dn);
  return std::any_of(candidates.begin(), candidates.end(), [&](WatchId id) {
    const Watch& watch = watches_.at(id);
    return watch.baselined && model::covers(watch.asked, class_name, dn, attributes);
  });
}

bool FabricWatch::known_to_any(std::string_view class_name, std::string_view dn, const model::Attributes& attributes) const {
  const auto candidates = index_.candidates(class_name, dn);
  return std::any_of(candidates.begin(), candidates.end(), [&](WatchId id) {
    const Watch& watch = watches_.at(id);
    return watch.begun && model::covers(watch.asked, class_name, dn, attributes);
  });
}

void FabricWatch::forget_unwatched() {
  mirror_.forget([this](auto class_name, auto dn, const auto& is) { return !known_to_any(class_name, dn, is); });
}

// Many subscriptions over a slow link need more requests on their way than a few do.
std::size_t FabricWatch::in_flight_max() const { return std::min<std::size_t>(40, 4 + watches_.size() / 64); }

// Nothing waits as little as these: other requests leave them room.
std::size_t FabricWatch::refreshes_in_flight_max() const { return 4 * in_flight_max(); }

// Does all that is due now: the one place where work is begun.
void FabricWatch::pump(Instant now, WallTime wall) {
  if ((state_ == SessionState::waiting || state_ == SessionState::rejected) && now >= controllers_.try_at())
    begin_line(now, wall);
  while (!asks_.empty() && asks_.front().deadline <= now) {
    const Error why = error_.message.empty() ? Error{Errc::timeout, "no login to the controller in time"} : error_;
    actions_.push_back(Answered{asks_.front().ticket, 0, why});
    asks_.pop_front();
  }
  if (overlap_until_ && now >= *overlap_until_) {
    overlap_until_.reset();
    overlap_.clear();
    if (retired_) log_out(*std::exchange(retired_, nullptr));
  }
  if (state_ != SessionState::open) return;

  for (; !asks_.empty(); asks_.pop_front()) {
    Ask& ask = asks_.front();
    send(*line_, {Kind::ask, 0, 0, ask.ticket, ""}, ask.method, ask.target, ask.body);
    asks_in_flight_.emplace(ask.ticket, std::move(ask));
  }
  pump_line(now, wall, *line_);
  if (next_) pump_line(now, wall, *next_);
  if (!line_ || line_->channel != Line::Channel::open) return;
  if (next_) roll_over(now, wall);

  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    const WatchId id = agenda_.begin()->second;
    Watch& watch = watches_.at(id);
    if (watch.state == WatchState::failed) {
      set_state(wall, id, watch, WatchState::wanted, watch.error);
      wanted_.insert(id);
    } else if (watch.state == WatchState::live) {
      audit(now, wall, id, watch);
    }
    if (watch.state == WatchState::wanted) {  // its turn comes below
      agenda_.erase({watch.agenda_at, id});
      watch.agenda_at = Instant::max();
    } else {
      schedule(id, watch);
    }
  }
  if (!wanted_.empty()) {
    for (const WatchId id : std::vector<WatchId>(wanted_.begin(), wanted_.end())) {
      if (in_flight_ >= in_flight_max()) break;
      Watch& watch = watches_.at(id);
      if (watch.retry_at <= now) subscribe(*line_, wall, id, watch);
    }
  }
  for (; !to_read_.empty() && in_flight_ < in_flight_max(); to_read_.pop_front()) {
    const auto read = reads_.find(to_read_.front());
    if (read == reads_.end() || read->second.asked) continue;
    auto& [dn, reading] = *read;
    reading.asked = true;
    reading.asked_with = reading.held.size();
    reading.asked_with_listing = mirror_.last_listing_of(reading.held.front().class_name, dn);
    ++reading.times;
    ++counters_.reads;
    send_query(*line_, {Kind::read, 0, 0, 0, dn}, model::Query::of_object(model::Dn::trusted(dn)));
  }
  if (!parents_.empty()) pump_parents(now, wall);
  pump_history(now);
  if (now >= nodes_at_ && nodes_wanted() && in_flight_ < in_flight_max()) {
    nodes_at_ = Instant::max();  // until it is answered
    nodes_asked_ = wall;
    send_query(*line_, {Kind::nodes, 0, 0, 0, ""}, model::Query::of_class("topSystem"));
  }
  if (canary_watch_ != 0) pump_canary(now, wall);
}

// --- where it stands -----------------------------------------------------------------------------------------------------

bool FabricWatch::all_live() const {
  bool any = false;
  for (const auto& [id, watch] : watches_) {
    if (watch.hidden) continue;
    any = true;
    if (watch.state != WatchState::live) return false;
  }
  return any;
}

FabricWatch::View FabricWatch::inspect() const {
  View view;
  view.session = state_;
  view.since = state_since_;
  view.error = error_;
  view.channel_open = line_ && line_->channel == Line::Channel::open;
  view.controller = line_ ? line_->controller : controllers_.current();
  view.objects = mirror_.size();
  switch (canary_state_) {
    case CanaryState::off: view.canary = "off"; break;
    case CanaryState::waiting: view.canary = "waiting"; break;
    case CanaryState::proven: view.canary = "proven"; break;
    case CanaryState::refused: view.canary = "refused: " + canary_why_; break;
  }
  view.counters = counters_;
  for (const auto& [id, watch] : watches_) {
    if (watch.hidden) continue;
    WatchView& w = view.watches.emplace_back();
    w.id = id;
    w.name = watch.spec.name;
    w.query = watch.spec.query.to_url();
    w.state = watch.state;
    w.since = watch.since;
    w.last_push = watch.last_push;
    w.last_refresh = watch.last_refresh;
    w.last_proof = watch.last_proof;
    if (watch.gap) w.blind_since = watch.gap->from;
    w.pushes = watch.pushes;
    w.error = watch.error;
  }
  return view;
}

}  // namespace aci::watch
