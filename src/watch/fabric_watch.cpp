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

constexpr Duration linger{5'000};           // both lines stay, after the last watch has come to the new one
constexpr Duration overlap_memory{60'000};  // what the old line brought is known that long after it was left
constexpr Duration doubt{1'000};            // what was sent just before the last sign of life may be lost too
constexpr int tries_max = 5;                // put off that often, the whole connection is in doubt

// Does not live on the controllers but on switches, whose reboot silences its subscriptions.
bool lives_on_nodes(const model::Query& query) {
  if (query.dn.str().starts_with("topology/")) return true;
  if (query.class_name.empty()) return false;
  const model::ClassFacts* facts = model::find_class(query.class_name);
  return !facts || !facts->configurable;
}

Error unexpected(int status) { return {Errc::refused, "the controller answered HTTP " + std::to_string(status), status}; }

// A 403 may be said of the token or of the object. Where the text does not tell it is the token's.
bool token_is_void(const Error& error) {
  return error.errc == Errc::auth && (error.message.empty() || error.message.find("oken") != std::string::npos);
}

bool is_throttled(const Error& error) {
  return error.errc == Errc::protocol || error.code == 429 || (error.code >= 500 && error.code < 600);
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
  for (auto& [id, watch] : watches_) {
    const WallTime from = line_ && line_->channel == Line::Channel::open ? line_->last_sign : wall;
    blind(now, wall, id, watch, "stopped", from);
  }
  if (next_) leave(*next_, true);
  if (line_) leave(*line_, true);
  next_.reset();
  line_.reset();
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
    watches_.erase(it);
    watched_below_.clear();
    mirror_.forget([this](std::string_view class_name, std::string_view dn, const model::Attributes& attributes) {
      return std::none_of(watches_.begin(), watches_.end(), [&](const auto& other) {
        return model::covers(other.second.spec.query, class_name, dn, attributes);
      });
    });
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
  Saved saved{wall, {}, mirror_.save()};
  // What was on its way when the process ended is lost.
  if (line_ && line_->channel == Line::Channel::open) saved.at = std::min(wall, line_->last_sign + -doubt);
  for (const auto& [id, watch] : watches_) {
    if (!watch.baselined || watch.hidden) continue;
    saved.queries.push_back(watch.spec.query.to_url());
    if (watch.gap && watch.gap->from < saved.at) saved.at = watch.gap->from;
    // What this watch was not told in its pause is not to be known after the restart either.
    for (const auto& [dn, unsent] : watch.unsent) {
      std::erase_if(saved.objects, [&dn = dn](const model::ManagedObject& object) { return object.dn() == dn; });
      if (unsent.before) saved.objects.push_back({unsent.class_name, *unsent.before, {}});
    }
  }
  return saved;
}

void FabricWatch::restore(const Saved& saved) {
  mirror_.restore(saved.objects);
  for (auto& [id, watch] : watches_) {
    const std::string url = watch.spec.query.to_url();
    if (std::find(saved.queries.begin(), saved.queries.end(), url) == saved.queries.end()) continue;
    watch.baselined = true;
    watch.gap = OpenGap{saved.at, "the program was not running", 0, {}, {}};
    blind_.insert(id);
    ++counters_.gaps;
  }
}

std::uint64_t FabricWatch::ask(Instant now, WallTime wall, std::string method, std::string target, std::string body) {
  notice(now, wall);
  const std::uint64_t ticket = next_ticket_++;
  asks_.push_back({ticket, std::move(method), std::move(target), std::move(body), now + options_.request_timeout});
  settle_down(now, wall);
  return ticket;
}

void FabricWatch::take_actions(std::vector<Action>& into) {
  into.clear();
  into.swap(actions_);
}

// --- time --------------------------------------------------------------------------------------------------------------

// A process that stood still, or a machine that slept, may have missed more than its sockets kept.
void FabricWatch::notice(Instant now, WallTime wall) {
  if (noticed_ && state_ == SessionState::open) {
    const Duration limit = options_.subscription_lifetime / 3;
    const Duration late = now > noticed_->expected ? now - noticed_->expected : Duration{0};
    const Duration jump = Duration{wall.unix_ms - noticed_->wall.unix_ms} - (now - noticed_->now);
    if (std::max(late, jump) > limit) {
      ++counters_.standstills;
      const std::string reason =
          (late > limit ? "this program stood still for " : "the clock jumped, or this machine slept, by ") +
          std::to_string(std::max(late, jump).count() / 1'000) + " s";
      for (auto& [id, watch] : watches_) blind(now, wall, id, watch, reason, noticed_->wall);
    }
  }
  noticed_ = Noticed{now, Instant::max(), wall};
}

void FabricWatch::settle_down(Instant now, WallTime wall) {
  pump(now, wall);
  if (const auto at = next_wakeup()) noticed_->expected = std::max(now, *at);
}

void FabricWatch::wake(Instant now, WallTime wall) {
  notice(now, wall);
  if (next_ && next_->session.expired(now)) give_up_rollover(now, {Errc::auth, "the login's life ended"});
  if (line_ && line_->session.expired(now)) lose(now, wall, {Errc::auth, "the login's life ended"});
  settle_down(now, wall);
}

std::optional<Instant> FabricWatch::next_wakeup() const {
  std::optional<Instant> at;
  const auto sooner = [&at](std::optional<Instant> when) {
    if (when && (!at || *when < *at)) at = when;
  };
  if (state_ == SessionState::waiting || state_ == SessionState::rejected) sooner(controllers_.try_at());
  if (!asks_.empty()) sooner(asks_.front().deadline);
  const bool may_send = in_flight_ < in_flight_max();
  for (const Line* line : {line_.get(), next_.get()}) {
    if (!line || !line->session.open()) continue;
    sooner(line->session.next_wakeup());
    if (line->channel == Line::Channel::open && may_send) sooner(line->next_refresh());
  }
  if (!line_ || line_->channel != Line::Channel::open) return at;
  sooner(swap_at_);
  sooner(canary_due_);
  if (!agenda_.empty()) sooner(agenda_.begin()->first);
  for (const Parent& parent : parents_)
    if (parent.settling || (!parent.asked && may_send)) sooner(parent.settling ? parent.settle_at : parent.read_at);
  if (may_send && nodes_wanted()) sooner(nodes_at_);
  if (may_send && canary_watch_ != 0 && watches_.at(canary_watch_).state == WatchState::live && !canary_due_)
    sooner(canary_at_);
  return at;
}

// Many subscriptions over a slow link need more requests on their way than a few do.
std::size_t FabricWatch::in_flight_max() const { return std::min<std::size_t>(40, 4 + watches_.size() / 64); }

// --- requests ------------------------------------------------------------------------------------------------------------

RequestId FabricWatch::send(Line& line, Pending pending, std::string method, std::string target, std::string body) {
  const RequestId id = next_request_++;
  pending.epoch = line.epoch;
  const Kind kind = pending.kind;
  pending_.emplace(id, std::move(pending));
  if (kind == Kind::subscribe) ++line.subscribing;
  if (is_counted(kind)) ++in_flight_;
  const bool by_certificate = options_.login == LoginKind::certificate;
  Send send{id, line.controller, std::move(method), std::move(target), std::move(body), "", options_.request_timeout, false};
  send.sign = by_certificate || (kind == Kind::login && options_.login == LoginKind::app);
  if (!line.session.token().empty())
    send.cookie = (by_certificate ? "APIC-WebSocket-Session=" : "APIC-cookie=") + line.session.token();
  if (kind == Kind::refresh) send.timeout = std::min(send.timeout, options_.subscription_lifetime / 6);
  actions_.push_back(std::move(send));
  return id;
}

RequestId FabricWatch::send_query(Line& line, Pending pending, const model::Query& query) {
  return send(line, std::move(pending), "GET", query.to_url());
}

void FabricWatch::send_login(Line& line) {
  Pending pending{Kind::login, 0, 0, 0, ""};
  switch (options_.login) {
    case LoginKind::password:
      send(line, pending, "POST", "/api/aaaLogin.json", codec::login_body(options_.user, options_.password));
      break;
    case LoginKind::certificate: send(line, pending, "GET", "/api/webtokenSession.json"); break;
    case LoginKind::app: send(line, pending, "POST", "/api/requestAppToken.json", codec::app_token_body(options_.user)); break;
  }
}

void FabricWatch::http_reply(Instant now, WallTime wall, RequestId id, Result<HttpReply> reply) {
  notice(now, wall);
  const auto it = pending_.find(id);
  if (it == pending_.end()) {
    ++counters_.stale_replies;
    return settle_down(now, wall);
  }
  const Pending pending = std::move(it->second);
  pending_.erase(it);
  if (is_counted(pending.kind)) --in_flight_;
  if (pending.kind == Kind::ask) {
    auto node = asks_in_flight_.extract(pending.number);
    asked(now, wall, std::move(node.mapped()), std::move(reply));
    return settle_down(now, wall);
  }
  Line* line = line_of(pending.epoch);
  if (!line) return settle_down(now, wall);  // a logout's
  if (pending.kind == Kind::subscribe) --line->subscribing;

  const auto decode = [&]() -> Result<codec::Answer> {
    if (!reply) return reply.error();
    auto answer = codec::decode_answer(reply->body);
    if (answer && reply->status != 200) return unexpected(reply->status);
    if (!answer && reply->status >= 400 && answer.error().errc == Errc::protocol) return unexpected(reply->status);
    return answer;
  };
  const auto answer = pending.kind == Kind::refresh ? Result<codec::Answer>(codec::Answer{}) : decode();
  const bool is_login = pending.kind == Kind::login || pending.kind == Kind::refresh_token;
  if (!answer && !is_login && token_is_void(answer.error())) {
    if (line == next_.get()) give_up_rollover(now, answer.error());
    else lose(now, wall, answer.error());
    return settle_down(now, wall);
  }

  switch (pending.kind) {
    case Kind::login: logged_in(now, wall, *line, answer ? codec::login_of(*answer) : answer.error()); break;
    case Kind::refresh_token: {
      const Result<codec::Login> login = answer ? codec::login_of(*answer) : answer.error();
      if (login) line->session.refreshed(now, *login);
      else if (login.error().errc != Errc::auth) line->session.refresh_failed(now);
      else if (line == next_.get()) give_up_rollover(now, login.error());
      else lose(now, wall, login.error());
      break;
    }
    case Kind::subscribe: subscribed(now, wall, *line, pending.watch, answer); break;
    case Kind::refresh: refreshed(now, wall, *line, pending.watch, reply); break;
    case Kind::page: {
      const auto watch = watches_.find(pending.watch);
      if (watch == watches_.end() || !watch->second.reading || watch->second.reading->listing.number != pending.number) break;
      if (answer) listed(now, wall, watch->first, watch->second, *answer);
      else put_off(now, wall, watch->first, watch->second, answer.error());
      break;
    }
    case Kind::count:
      if (const auto watch = watches_.find(pending.watch); watch != watches_.end())
        counted(now, watch->first, watch->second, answer);
      break;
    case Kind::compare: {
      const auto watch = watches_.find(pending.watch);
      if (watch == watches_.end() || !watch->second.audit.reading ||
          watch->second.audit.reading->listing.number != pending.number)
        break;
      compared(now, wall, watch->first, watch->second, answer);
      break;
    }
    case Kind::read: has_been_read(now, wall, pending.dn, answer); break;
    case Kind::children: children_read(now, wall, pending.number, answer); break;
    case Kind::nodes: nodes_read(now, wall, answer); break;
    case Kind::canary: canary_written(now, answer); break;
    case Kind::oldest_record:
    case Kind::records: history_read(now, pending.kind, answer); break;
    case Kind::logout:
    case Kind::ask: break;
  }
  settle_down(now, wall);
}

// A request of the caller's own that met an expired token is sent once more after a new login.
void FabricWatch::asked(Instant now, WallTime wall, Ask ask, Result<HttpReply> reply) {
  const auto answer = reply && reply->status == 403 ? codec::decode_answer(reply->body) : codec::Answer{};
  if (!answer && !ask.retried && line_ && token_is_void(answer.error())) {
    ask.retried = true;
    ask.deadline = now + options_.request_timeout;
    asks_.push_back(std::move(ask));
    lose(now, wall, {Errc::auth, "the controller refused the token", 403});
    return;
  }
  if (reply) actions_.push_back(Answered{ask.ticket, reply->status, std::move(reply->body)});
  else actions_.push_back(Answered{ask.ticket, 0, reply.error()});
}

bool FabricWatch::is_counted(Kind kind) {
  return kind != Kind::login && kind != Kind::refresh_token && kind != Kind::logout && kind != Kind::ask;
}

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
    read->second.asked = true;
    ++counters_.reads;
    send_query(*line_, {Kind::read, 0, 0, 0, read->first}, model::Query::of_object(model::Dn::trusted(read->first)));
  }
  if (!parents_.empty()) pump_parents(now, wall);
  pump_history(now, wall);
  if (now >= nodes_at_ && nodes_wanted() && in_flight_ < in_flight_max()) {
    nodes_at_ = Instant::max();  // until it is answered
    send_query(*line_, {Kind::nodes, 0, 0, 0, ""}, model::Query::of_class("topSystem"));
  }
  if (canary_watch_ != 0) pump_canary(now, wall);
}

// Token, channel and refreshes of one line; the subscriptions of one that is being changed over to.
void FabricWatch::pump_line(Instant now, WallTime wall, Line& line) {
  switch (line.session.due(now)) {
    case Session::Due::refresh:
      send(line, {Kind::refresh_token, 0, 0, 0, ""}, "GET", "/api/aaaRefresh.json");
      line.session.refresh_sent();
      break;
    case Session::Due::rollover:
      if (&line == line_.get() && !next_ && !watches_.empty()) {
        line.session.rollover_began();
        begin_line(now, wall);
      }
      break;
    case Session::Due::nothing: break;
  }
  if (watches_.empty() || !line.session.open()) return;
  if (line.channel == Line::Channel::none) {
    line.channel = Line::Channel::opening;
    actions_.push_back(
        OpenChannel{line.epoch, line.controller, "/socket" + line.session.token(), options_.login == LoginKind::certificate});
  }
  if (line.channel != Line::Channel::open) return;
  while (in_flight_ < 4 * in_flight_max()) {  // before all else: nothing waits as little as these
    const auto id = line.due(now);
    if (!id) break;
    if (now >= line.subscription(*id).deadline) {
      blind(now, wall, *id, watches_.at(*id), "a subscription could not be refreshed in time", line.subscription(*id).alive);
      continue;
    }
    const std::string& subscription = line.subscription(*id).id;
    line.refresh_sent(now, *id);
    send(line, {Kind::refresh, *id, 0, 0, ""}, "GET", "/api/subscriptionRefresh.json?id=" + subscription);
  }
  if (&line != next_.get()) return;
  for (auto& [id, watch] : watches_) {
    if (in_flight_ >= in_flight_max()) break;
    if (watch.state != WatchState::live || line.bound(id) || line.asked.contains(id)) continue;
    line.asked.insert(id);
    model::Query query = listing_query(watch, 0, true);
    query.page_size = 1;  // what is there is known from the other line
    send_query(line, {Kind::subscribe, id, 0, 0, ""}, query);
  }
}

// --- lines ---------------------------------------------------------------------------------------------------------------

Line* FabricWatch::line_of(Epoch epoch) {
  if (line_ && line_->epoch == epoch) return line_.get();
  return next_ && next_->epoch == epoch ? next_.get() : nullptr;
}

void FabricWatch::set_session(WallTime wall, SessionState state, Error error) {
  state_ = state;
  state_since_ = wall;
  error_ = error;
  actions_.push_back(SessionChanged{state, std::move(error)});
}

// Beside the line there is, when its life ends soon.
void FabricWatch::begin_line(Instant now, WallTime wall) {
  controllers_.tried(now);
  ++counters_.logins;
  Session::Options session;
  session.channel_lifetime = options_.channel_lifetime;
  session.refreshes = options_.login != LoginKind::certificate;
  auto line = std::make_unique<Line>(++last_epoch_, controllers_.current(), session, options_.subscription_lifetime);
  Line& begun = *line;
  if (line_) {
    next_ = std::move(line);
  } else {
    line_ = std::move(line);
    set_session(wall, SessionState::logging_in, error_);
  }
  send_login(begun);
}

void FabricWatch::logged_in(Instant now, WallTime wall, Line& line, const Result<codec::Login>& login) {
  if (!login && &line == next_.get()) return give_up_rollover(now, login.error());
  if (!login) {
    lose(now, wall, login.error());
    if (state_ != SessionState::rejected) return;
    for (const Ask& ask : asks_) actions_.push_back(Answered{ask.ticket, 0, login.error()});
    asks_.clear();
    return;
  }
  line.session.logged_in(now, *login);
  if (&line == line_.get()) set_session(wall, SessionState::open);
}

// Ends a line: what is still on its way for it will not be known any more.
void FabricWatch::leave(Line& line, bool log_out) {
  if (line.channel != Line::Channel::none) actions_.push_back(CloseChannel{line.epoch});
  line.channel = Line::Channel::none;
  std::erase_if(pending_, [&](const auto& pending) {
    const bool of_it = pending.second.epoch == line.epoch && pending.second.kind != Kind::ask;
    if (of_it && is_counted(pending.second.kind)) --in_flight_;
    return of_it;
  });
  if (log_out && line.session.open() && options_.login != LoginKind::certificate)
    send(line, {Kind::logout, 0, 0, 0, ""}, "POST", "/api/aaaLogout.json", codec::login_body(options_.user, ""));
}

void FabricWatch::give_up_rollover(Instant now, const Error&) {
  leave(*next_, true);
  next_.reset();
  swap_at_.reset();
  overlap_.clear();
  if (line_) line_->session.rollover_failed(now);
}

void FabricWatch::roll_over(Instant now, WallTime wall) {
  const bool ready = next_->channel == Line::Channel::open && next_->subscribing == 0 && wanted_.empty() &&
                     std::all_of(watches_.begin(), watches_.end(), [this](const auto& item) {
                       const WatchState state = item.second.state;
                       return state == WatchState::failed || state == WatchState::paused ||
                              (state == WatchState::live && next_->bound(item.first));
                     });
  if (!ready) return swap_at_.reset();
  if (!swap_at_) swap_at_ = now + linger;
  if (now < *swap_at_) return;
  ++counters_.rollovers;
  leave(*line_, true);
  line_ = std::move(next_);
  swap_at_.reset();
  overlap_until_ = now + overlap_memory;
  // Nothing should have been missed; an audit proves it.
  if (options_.compare_every.count() > 0)
    for (auto& [id, watch] : watches_) {
      if (watch.state != WatchState::live || watch.audit.reading) continue;
      watch.audit.compare_at = now + options_.settle;
      schedule(id, watch);
    }
  set_session(wall, SessionState::open);
}

// The way to the controller is gone: every watch is blind until it has listed again.
void FabricWatch::lose(Instant now, WallTime wall, const Error& why) {
  if (!line_) return;
  ++counters_.losses;
  const bool was_open = line_->channel == Line::Channel::open;
  const WallTime from = was_open ? line_->last_sign + -doubt : wall;
  const Duration served = line_->session.open() ? std::max(Duration{1}, now - line_->session.since()) : Duration{0};
  for (auto& [id, watch] : watches_) blind(now, wall, id, watch, why.message, from, newest_push_);
  if (next_) leave(*next_, true);
  leave(*line_, false);
  next_.reset();
  line_.reset();
  swap_at_.reset();
  overlap_.clear();
  overlap_until_.reset();
  reads_.clear();
  to_read_.clear();
  held_changes_ = 0;
  for (Parent& parent : parents_)
    if (parent.listing) mirror_.end(*parent.listing);
  parents_.clear();
  storm_until_.reset();
  history_.reset();
  nodes_at_ = now;
  canary_due_.reset();
  mirror_.take_unexplained();  // the listings to come hold them
  controllers_.failed(now, why, served);
  set_session(wall, why.errc == Errc::auth && served.count() == 0 ? SessionState::rejected : SessionState::waiting, why);
}

// --- subscriptions -------------------------------------------------------------------------------------------------------

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

// This watch may have missed something since `from`: it subscribes and lists anew.
void FabricWatch::blind(Instant now, WallTime wall, WatchId id, Watch& watch, const std::string& reason, WallTime from,
                        std::optional<WallTime> pushed_until) {
  if (watch.baselined) {
    if (!watch.gap) {
      watch.gap = OpenGap{std::min(from, wall), reason, 0, pushed_until, {}};
      ++counters_.gaps;
    }
    watch.gap->from = std::min(watch.gap->from, from);
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

void FabricWatch::subscribed(Instant now, WallTime wall, Line& line, WatchId id, const Result<codec::Answer>& answer) {
  line.asked.erase(id);
  const auto it = watches_.find(id);
  const bool has_id = answer && !answer->subscription_ids.empty();
  if (it == watches_.end()) {  // removed meanwhile
    if (has_id) line.ignore(answer->subscription_ids.front());
    return release_held(now, wall, line);
  }
  Watch& watch = it->second;
  if (&line == next_.get()) {
    if (!has_id) return give_up_rollover(now, answer ? Error{} : answer.error());
    if (watch.state == WatchState::live) line.bind(now, wall, id, answer->subscription_ids.front());
    else line.ignore(answer->subscription_ids.front());
    return release_held(now, wall, line);
  }
  if (watch.state != WatchState::listing || line.bound(id)) {  // blind again before the answer came
    if (has_id) line.ignore(answer->subscription_ids.front());
    return release_held(now, wall, line);
  }
  if (has_id) {
    line.bind(now, wall, id, answer->subscription_ids.front());
    watch.last_refresh = wall;
    listed(now, wall, id, watch, *answer);
    if (line_) release_held(now, wall, *line_);
    return;
  }
  const Error error = answer ? Error{Errc::protocol, "the answer to a subscription carried no id"} : answer.error();
  const bool is_refusal = error.errc == Errc::refused || error.errc == Errc::auth || answer;
  if (is_refusal && error.code != 405 && (answer || !is_throttled(error))) {
    stop_reading(watch);
    watch.retry_at = now + options_.failed_retry;
    set_state(wall, id, watch, WatchState::failed, error);
    return release_held(now, wall, line);
  }
  // 405: the controller does not see our channel. A time-out: it may have subscribed us under an id that we do not know.
  put_off(now, wall, id, watch, error);
  if (line_) release_held(now, wall, *line_);
}

void FabricWatch::refreshed(Instant now, WallTime wall, Line& line, WatchId id, const Result<HttpReply>& reply) {
  const auto it = watches_.find(id);
  if (it == watches_.end() || !line.bound(id) || !line.subscription(id).refreshing) return;
  const WallTime alive = line.subscription(id).alive;
  const auto answer = reply ? codec::decode_answer(reply->body) : reply.error();
  if (answer && reply->status == 200 && answer->objects.empty()) {
    it->second.last_refresh = wall;
    if (!line.refreshed(now, wall, id)) blind(now, wall, id, it->second, "a subscription was refreshed too late", alive);
    return;
  }
  if (!answer && answer.error().errc == Errc::auth) {
    if (&line == next_.get()) return give_up_rollover(now, answer.error());
    return lose(now, wall, answer.error());
  }
  const Error why = !answer ? answer.error() : unexpected(reply->status);
  if ((!reply || reply->status >= 500 || reply->status == 429) && line.missed(now, id) < 2) return;
  // Two misses in a row leave the rest of the subscription's life for the cure.
  if (!reply) {
    if (&line == next_.get()) return give_up_rollover(now, why);
    return lose(now, wall, why);
  }
  blind(now, wall, id, it->second, "the controller refused to refresh the subscription: " + why.message, alive);
}

// --- channel ---------------------------------------------------------------------------------------------------------------

void FabricWatch::channel_open(Instant now, WallTime wall, Epoch epoch) {
  notice(now, wall);
  Line* line = line_of(epoch);
  if (line && line->channel == Line::Channel::opening) {
    line->channel = Line::Channel::open;
    line->last_sign = wall;
  }
  settle_down(now, wall);
}

void FabricWatch::channel_sign(Instant now, WallTime wall, Epoch epoch) {
  notice(now, wall);
  if (Line* line = line_of(epoch)) line->last_sign = wall;
  settle_down(now, wall);
}

void FabricWatch::channel_closed(Instant now, WallTime wall, Epoch epoch, const Error& why) {
  notice(now, wall);
  Line* line = line_of(epoch);
  if (line && line->channel != Line::Channel::none) {
    const Error closed{why.errc == Errc::auth ? Errc::closed : why.errc, "channel closed: " + why.message, why.code};
    if (line == line_.get()) {
      lose(now, wall, closed);
    } else {
      line->channel = Line::Channel::none;
      give_up_rollover(now, closed);
    }
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
    const Error why{Errc::protocol, "unreadable frame: " + decoded.error().message};
    if (line == next_.get()) give_up_rollover(now, why);
    else lose(now, wall, why);
    return settle_down(now, wall);
  }
  line->last_sign = wall;
  const auto& ids = (*decoded)->subscription_ids;
  const auto known = [line](std::string_view id) { return line->watch_of(id).has_value() || line->ignored(id); };
  if (!line->held.empty() || (line->subscribing > 0 && !std::all_of(ids.begin(), ids.end(), known))) {
    line->held.emplace_back(data, size);
    const Error why{Errc::overflow, "too many pushes before the subscription was answered"};
    if (line->held.size() > options_.held_max) {
      if (line == next_.get()) give_up_rollover(now, why);
      else lose(now, wall, why);
    }
  } else {
    frame(now, wall, *line, **decoded);
  }
  settle_down(now, wall);
}

void FabricWatch::release_held(Instant now, WallTime wall, Line& line) {
  if (line.held.empty() || line.subscribing > 0) return;
  std::deque<std::string> held;
  held.swap(line.held);
  const Epoch epoch = line.epoch;
  for (const std::string& text : held) {
    Line* still = line_of(epoch);
    const auto decoded = decoder_.decode(text);
    if (still && decoded) frame(now, wall, *still, **decoded);
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

void FabricWatch::frame(Instant now, WallTime wall, Line& line, const codec::Frame& frame) {
  std::vector<WatchId> watches;
  for (const std::string_view id : frame.subscription_ids) {
    const auto found = line.watch_of(id);
    if (found && std::find(watches.begin(), watches.end(), *found) == watches.end()) watches.push_back(*found);
    if (found || line.ignored(id)) continue;
    // Whose is it? Something we believe of our subscriptions is wrong.
    ++counters_.unknown_pushes;
    line.ignore(id);
    for (auto& [watch_id, watch] : watches_)
      if (line.bound(watch_id))
        blind(now, wall, watch_id, watch, "a push for an unknown subscription", line.subscription(watch_id).alive);
  }
  for (const WatchId id : watches) {
    Watch& watch = watches_.at(id);
    ++watch.pushes;
    watch.last_push = wall;
  }
  if (watches.empty()) return;  // subscriptions we have left
  Mirror::Sight sight{true, 0};
  for (const WatchId id : watches) {
    const Watch& watch = watches_.at(id);
    sight.filtered = sight.filtered && watch.spec.query.target_filter;
    if (watch.reading && watch.baselined) sight.listing = std::max(sight.listing, watch.reading->listing.number);
  }
  // What one of them sees all of is known as it is.
  const bool seen = std::any_of(watches.begin(), watches.end(), [this](WatchId id) {
    const Watch& watch = watches_.at(id);
    return watch.state == WatchState::live && !watch.spec.query.target_filter;
  });
  if (seen) sight.listing = 0;
  for (const auto& change : frame.changes) {
    if (seen_on_other_line(line, change)) {
      ++counters_.duplicates;
      continue;
    }
    if (!reads_.empty() && reads_.contains(std::string(change.dn))) {
      read_later(now, wall, HeldChange(change), watches);
      continue;
    }
    model::Event event;
    switch (mirror_.apply(change, wall, event, sight)) {
      case Mirror::Verdict::told:
        if (event.time != wall || !skew_) skew_ = Duration{event.time.unix_ms - wall.unix_ms};
        if (canary_due_) canary_came_back(wall, event);
        emit(now, std::move(event), watches);
        break;
      case Mirror::Verdict::known: ++counters_.duplicates; break;
      case Mirror::Verdict::awaited: break;
      case Mirror::Verdict::unsure: read_later(now, wall, HeldChange(change), watches); break;
    }
    if (mirror_.touched() > options_.held_max * 4)
      return lose(now, wall, {Errc::overflow, "more changes than can be kept while reading what is there"});
  }
}

// --- events ----------------------------------------------------------------------------------------------------------------

// The mirror is shared: what one watch was told, the listing of a blind one will not find any more.
std::vector<WatchId> FabricWatch::covering(const model::Event& event, const std::vector<WatchId>& known) const {
  std::vector<WatchId> watches = known;
  const auto consider = [&](WatchId id, const Watch& watch) {
    if (!watch.baselined || std::find(watches.begin(), watches.end(), id) != watches.end()) return;
    if (model::covers(watch.spec.query, event.class_name, event.dn, event.after ? *event.after : *event.before))
      watches.push_back(id);
  };
  if (!event.before && !event.after) return watches;
  for (const auto& [id, watch] : watches_) consider(id, watch);
  return watches;
}

// What ceases to match a filter is not pushed for it; another watch's push told, and the mirror is shared.
void FabricWatch::add_left(const model::Event& event, std::vector<WatchId>& watches) const {
  if (!event.before || !event.after || event.origin == model::Origin::backfill) return;
  for (const auto& [id, watch] : watches_) {
    const model::Query& query = watch.spec.query;
    if (!query.target_filter || !watch.baselined || std::find(watches.begin(), watches.end(), id) != watches.end()) continue;
    if (model::covers(query, event.class_name, event.dn, *event.before) &&
        !model::covers(query, event.class_name, event.dn, *event.after))
      watches.push_back(id);
  }
}

void FabricWatch::emit(Instant now, model::Event event, std::vector<WatchId> watches) {
  using model::Origin;
  const bool relist = event.origin == Origin::relist, live = event.origin == Origin::live;
  // A watch that a push does not name may be blind without knowing it yet.
  if (relist || (live && watches.size() < watches_.size())) watches = covering(event, watches);
  add_left(event, watches);
  std::erase_if(watches, [&](WatchId id) {
    const auto it = watches_.find(id);
    if (it == watches_.end()) return true;
    Watch& watch = it->second;
    if (event.op == model::Op::deleted) ++watch.deletions;
    // Told when the pause is over, as the sum of what happened.
    const bool later = watch.state == WatchState::paused || watch.unsent.contains(event.dn);
    if (later) watch.unsent.try_emplace(event.dn, Unsent{event.class_name, event.before});
    else if (relist && watch.gap) ++watch.gap->found;
    return watch.hidden || later;
  });
  if (live) {
    if (!newest_push_ || *newest_push_ < event.time) newest_push_ = event.time;
    if (!blind_.empty() || !to_close_.empty() || history_) told_.try_emplace(event.dn, event.time);
    if (event.op == model::Op::created) note_parent(now, event);
  }
  counters_.relisted += relist;
  if (!watches.empty()) actions_.push_back(Emit{std::move(event), std::move(watches)});
}

void FabricWatch::emit_all(Instant now, const std::vector<WatchId>& watches) {
  std::vector<model::Event> events;
  events.swap(events_);
  for (auto& event : events) emit(now, std::move(event), watches);
  events.clear();
  events_.swap(events);
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
