// How FabricWatch talks to the controller: requests and their answers, logins, channels, changing over from one line to the
// next.
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

constexpr Duration linger{5'000};                      // both lines stay, after the last watch has come to the new one
constexpr Duration sign_within{60'000};                // a quiet channel's peer answers pings, if it answers any
constexpr Duration socket_token_lifetime{43'200'000};  // of webtokenSession, as other clients count on it; not documented
constexpr Duration overlap_memory{60'000};             // what the old line brought is known that long after it was left

// A 403 may be said of the token or of the object. Where the text does not tell it is the token's.
bool token_is_void(const Error& error) {
  return error.errc == Errc::auth && (error.message.empty() || error.message.find("oken") != std::string::npos);
}

}  // namespace

// --- requests ------------------------------------------------------------------------------------------------------------

RequestId FabricWatch::send(Line& line, Pending pending, std::string method, std::string target, std::string body) {
  const RequestId id = next_request_++;
  pending.epoch = line.epoch;
  pending.sent = {noticed_->now, noticed_->wall};
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
    end(now, wall, *line, answer.error());
    return settle_down(now, wall);
  }

  switch (pending.kind) {
    case Kind::login: logged_in(now, wall, *line, answer ? codec::login_of(*answer) : answer.error()); break;
    case Kind::refresh_token: {
      const Result<codec::Login> login = answer ? codec::login_of(*answer) : answer.error();
      if (login) line->session.refreshed(now, *login);
      else if (login.error().errc != Errc::auth) line->session.refresh_failed(now);
      else end(now, wall, *line, login.error());
      break;
    }
    case Kind::subscribe: subscribed(now, wall, *line, pending, answer); break;
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

bool FabricWatch::is_of_the_line(Kind kind) {
  return kind == Kind::subscribe || kind == Kind::refresh || (!is_counted(kind) && kind != Kind::ask);
}

// --- lines ---------------------------------------------------------------------------------------------------------------

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
  while (const auto id = line.due(now)) {
    if (now >= line.subscription(*id).deadline) {
      blind(now, wall, *id, watches_.at(*id), "a subscription could not be refreshed in time", wall);
      continue;
    }
    if (in_flight_ >= refreshes_in_flight_max()) break;
    const std::string& subscription = line.subscription(*id).id;
    line.refresh_sent({now, wall}, *id);
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

base::Error FabricWatch::unexpected(int status) {
  return {Errc::refused, "the controller answered HTTP " + std::to_string(status), status};
}

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
  if (options_.login == LoginKind::certificate) {
    session.refreshes = false;
    session.channel_lifetime = std::min(session.channel_lifetime, socket_token_lifetime);
  }
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
  if (!login && &line == next_.get()) return give_up_rollover(now);
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
  if (log_out) this->log_out(line);
}

void FabricWatch::log_out(Line& line) {
  if (line.session.open() && options_.login != LoginKind::certificate)
    send(line, {Kind::logout, 0, 0, 0, ""}, "POST", "/api/aaaLogout.json", codec::login_body(options_.user, ""));
}

// What was asked with its login is answered all the same, and its answer as good: it logs out only when that is over.
void FabricWatch::retire(std::unique_ptr<Line> line) {
  for (auto& [id, pending] : pending_)
    if (pending.epoch == line->epoch && !is_of_the_line(pending.kind)) pending.epoch = line_->epoch;
  leave(*line, false);
  if (retired_) log_out(*retired_);
  retired_ = std::move(line);
}

void FabricWatch::end(Instant now, WallTime wall, Line& line, const Error& why) {
  if (&line == next_.get()) give_up_rollover(now);
  else lose(now, wall, why);
}

void FabricWatch::give_up_rollover(Instant now) {
  leave(*next_, true);
  next_.reset();
  swap_at_.reset();
  overlap_.clear();
  if (line_) line_->session.rollover_failed(now);
}

// A channel that is silently gone has told nothing of what was before the other one's subscriptions: a sign is awaited.
Instant FabricWatch::swap_due() const { return *swap_at_ + (line_->last_sign.now < *swap_at_ ? sign_within : Duration{0}); }

void FabricWatch::roll_over(Instant now, WallTime wall) {
  const bool ready = next_->channel == Line::Channel::open && next_->subscribing == 0 && wanted_.empty() &&
                     std::all_of(watches_.begin(), watches_.end(), [this](const auto& item) {
                       const WatchState state = item.second.state;
                       return state == WatchState::failed || state == WatchState::paused ||
                              (state == WatchState::live && next_->bound(item.first));
                     });
  if (!ready) return swap_at_.reset();
  if (!swap_at_) swap_at_ = now + linger;
  if (now < swap_due()) return;
  const bool silent = line_->last_sign.now < *swap_at_;
  const WallTime heard = line_->last_sign.wall + -Line::doubt;
  ++counters_.rollovers;
  swap(line_, next_);
  retire(std::move(next_));
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
  if (!silent) return;
  for (auto& [id, watch] : watches_) blind(now, wall, id, watch, "the channel gave no sign before it was left", heard);
}

// What came while an id was awaited has come, whatever becomes of the id.
void FabricWatch::tell_held(Instant now) {
  for (const auto& [received, text] : std::exchange(line_->held, {})) {
    if (const auto decoded = decoder_.decode(text)) frame(now, received, *line_, **decoded);
    if (!line_) return;
  }
}

// Both lines are left, and all that was begun on them: every watch is blind until it has listed again.
void FabricWatch::abandon(Instant now, WallTime wall, const std::string& reason, bool log_out) {
  WallTime from = wall;
  if (line_ && line_->channel == Line::Channel::open) from = line_->last_sign.wall + -Line::doubt;
  // What waited for a listing or for the reading of its object will not be told any more.
  for (auto& [id, watch] : watches_) stop_reading(watch);
  for (Parent& parent : parents_)
    if (parent.listing) mirror_.end(*parent.listing);
  parents_.clear();
  read_unexplained(now, wall);
  std::unordered_map<WatchId, WallTime> waiting;  // since when
  for (const auto& [dn, read] : reads_)
    for (const WatchId id : read.watches) {
      WallTime& since = waiting.try_emplace(id, from).first->second;
      since = std::min(since, read.held.front().received);
    }
  for (auto& [id, watch] : watches_) {
    const auto it = waiting.find(id);
    if (it == waiting.end()) blind(now, wall, id, watch, reason, from);
    else blind(now, wall, id, watch, reason, it->second, Pushes::doubtful);
  }
  reads_.clear();
  to_read_.clear();
  held_changes_ = doubts_ = 0;
  if (next_) leave(*next_, true);
  if (line_) leave(*line_, log_out);
  if (retired_ && log_out) this->log_out(*retired_);
  for (auto* line : {&line_, &next_, &retired_}) line->reset();
  swap_at_.reset();
  overlap_.clear();
  overlap_until_.reset();
  storm_until_.reset();
  history_.reset();
  nodes_at_ = now;
  canary_due_.reset();
}

// The way to the controller is gone.
void FabricWatch::lose(Instant now, WallTime wall, const Error& why) {
  if (line_) tell_held(now);
  if (!line_) return;
  ++counters_.losses;
  const Duration served = line_->session.open() ? std::max(Duration{1}, now - line_->session.since()) : Duration{0};
  abandon(now, wall, why.message, false);
  controllers_.failed(now, why, served);
  set_session(wall, why.errc == Errc::auth && served.count() == 0 ? SessionState::rejected : SessionState::waiting, why);
}

}  // namespace aci::watch
