#include "watch/fabric_watch.hpp"

#include <algorithm>

#include "model/coverage.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;

const char* to_string(WatchState state) {
  switch (state) {
    case WatchState::wanted: return "wanted";
    case WatchState::listing: return "listing";
    case WatchState::live: return "live";
    case WatchState::failed: return "failed";
  }
  return "unknown";
}

FabricWatch::FabricWatch(Options options)
    : options_(std::move(options)), session_(options_.session, options_.seed), mirror_(options_.fabric) {}

void FabricWatch::start(Instant now) {
  session_.start(now);
  pump(now);
}

void FabricWatch::stop(Instant now) {
  if (session_.state() == SessionState::open) {
    std::string body = codec::login_body(options_.user, "");
    send(Kind::logout, "POST", "/api/aaaLogout.json", std::move(body), {});
  }
  if (channel_ != Channel::none) actions_.push_back(CloseChannel{epoch_});
  channel_ = Channel::none;
  ++epoch_;
  pending_.clear();
  in_flight_ = 0;
  session_.stop();
  for (WatchId id : order_) {
    Watch& watch = watches_.at(id);
    if (watch.listing) mirror_.abandon();
    watch.listing.reset();
    watch.subscription.clear();
    watch.state = WatchState::wanted;
    watch.since = now;
  }
  by_subscription_.clear();
  tell_session();
}

WatchId FabricWatch::add(Instant now, WatchSpec spec) {
  const WatchId id = next_watch_++;
  Watch watch;
  watch.spec = std::move(spec);
  watch.since = now;
  watches_.emplace(id, std::move(watch));
  order_.push_back(id);
  pump(now);
  return id;
}

// The controller knows no unsubscribing: the subscription is left to expire, and its pushes are ignored.
void FabricWatch::remove(Instant now, WatchId id) {
  const auto it = watches_.find(id);
  if (it == watches_.end()) return;
  by_subscription_.erase(it->second.subscription);
  if (it->second.listing) mirror_.abandon();
  watches_.erase(it);
  std::erase(order_, id);
  mirror_.forget([this](std::string_view class_name, std::string_view dn, const model::Attributes& attributes) {
    return std::none_of(order_.begin(), order_.end(), [&](WatchId other) {
      return model::covers(watches_.at(other).spec.query, class_name, dn, attributes);
    });
  });
  pump(now);
}

std::uint64_t FabricWatch::ask(Instant now, std::string method, std::string target, std::string body) {
  const std::uint64_t ticket = next_ticket_++;
  asks_.push_back({ticket, std::move(method), std::move(target), std::move(body), now + options_.request_timeout});
  pump(now);
  return ticket;
}

void FabricWatch::take_actions(std::vector<Action>& into) {
  into.clear();
  into.swap(actions_);
}

RequestId FabricWatch::send(Kind kind, std::string method, std::string target, std::string body, Pending pending) {
  const RequestId id = next_request_++;
  pending.kind = kind;
  pending.epoch = epoch_;
  pending_.emplace(id, pending);
  std::string cookie = session_.token().empty() ? std::string() : "APIC-cookie=" + session_.token();
  actions_.push_back(Send{id, session_.controller(), std::move(method), std::move(target), std::move(body), std::move(cookie),
                          options_.request_timeout});
  if (kind == Kind::subscribe || kind == Kind::page || kind == Kind::refresh) ++in_flight_;
  return id;
}

// Does all that is due now: the one place where requests are started.
void FabricWatch::pump(Instant now) {
  switch (session_.due(now)) {
    case Session::Due::login:
      send(Kind::login, "POST", "/api/aaaLogin.json", codec::login_body(options_.user, options_.password), {});
      session_.login_sent(now);
      tell_session();
      return;
    case Session::Due::refresh:
      send(Kind::refresh_token, "GET", "/api/aaaRefresh.json", "", {});
      session_.refresh_sent();
      break;
    case Session::Due::nothing: break;
  }

  while (!asks_.empty() && asks_.front().deadline <= now) {
    const Error why = session_.last_error().message.empty() ? Error{Errc::timeout, "no login to the controller in time"}
                                                            : session_.last_error();
    actions_.push_back(Answered{asks_.front().ticket, 0, why});
    asks_.pop_front();
  }
  if (session_.state() != SessionState::open) return;

  for (; !asks_.empty(); asks_.pop_front()) {
    Ask& ask = asks_.front();
    Pending pending{};
    pending.ticket = ask.ticket;
    send(Kind::ask, ask.method, ask.target, ask.body, pending);
    asks_in_flight_.emplace(ask.ticket, std::move(ask));
  }

  if (order_.empty()) return;
  if (channel_ == Channel::none) {
    channel_ = Channel::opening;
    actions_.push_back(OpenChannel{epoch_, session_.controller(), "/socket" + session_.token()});
    return;
  }
  if (channel_ != Channel::open) return;

  for (WatchId id : order_) {
    if (in_flight_ >= options_.in_flight_max) break;
    Watch& watch = watches_.at(id);
    Pending pending{};
    pending.watch = id;
    if (watch.state == WatchState::failed && now >= watch.retry_at) watch.state = WatchState::wanted;
    if (watch.state == WatchState::wanted) {
      set_state(now, id, watch, WatchState::listing);
      watch.listing = mirror_.begin_listing();
      watch.found = 0;
      watch.next_page = 1;
      send(Kind::subscribe, "GET", listing_query(watch, 0, true).to_url(), "", pending);
    } else if (!watch.subscription.empty() && !watch.refreshing && now >= watch.refresh_at) {
      watch.refreshing = true;
      send(Kind::refresh, "GET", "/api/subscriptionRefresh.json?id=" + watch.subscription, "", pending);
    }
  }
}

model::Query FabricWatch::listing_query(const Watch& watch, std::uint32_t page, bool subscribe) const {
  model::Query query = watch.spec.query;
  query.format = model::Format::json;
  query.subscription = subscribe;
  query.page = page;
  query.page_size = options_.page_size;
  // Pages are no snapshot; a fixed order keeps an object from slipping between two of them.
  if (query.order_by.empty() && !query.class_name.empty() && query.target == model::Target::self)
    query.order_by.push_back({query.class_name, "dn", false});
  return query;
}

bool FabricWatch::subscribing() const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [this](const auto& p) { return p.second.kind == Kind::subscribe && p.second.epoch == epoch_; });
}

void FabricWatch::http_reply(Instant now, WallTime wall, RequestId id, Result<HttpReply> reply) {
  const auto it = pending_.find(id);
  if (it == pending_.end()) {
    ++stale_replies_;
    return;
  }
  const Pending pending = it->second;
  pending_.erase(it);
  const bool counted = pending.kind == Kind::subscribe || pending.kind == Kind::page || pending.kind == Kind::refresh;
  if (counted) --in_flight_;
  if (pending.kind == Kind::logout) return;
  if (pending.kind != Kind::ask && pending.epoch != epoch_) {
    ++stale_replies_;
    return pump(now);
  }

  const auto decode = [&]() -> Result<codec::Answer> {
    if (!reply) return reply.error();
    auto answer = codec::decode_answer(reply->body);
    if (answer && reply->status != 200)
      return Error{Errc::protocol, "the controller answered HTTP " + std::to_string(reply->status), reply->status};
    return answer;
  };
  const auto decode_login = [&]() -> Result<codec::Login> {
    const auto answer = decode();
    return answer ? codec::login_of(*answer) : answer.error();
  };

  switch (pending.kind) {
    case Kind::login: {
      if (session_.state() != SessionState::logging_in) break;
      const auto login = decode_login();
      if (login) session_.logged_in(now, *login);
      else session_.lost(now, login.error());
      tell_session();
      if (session_.state() == SessionState::rejected) {
        for (const Ask& ask : asks_) actions_.push_back(Answered{ask.ticket, 0, login.error()});
        asks_.clear();
      }
      break;
    }
    case Kind::refresh_token: {
      if (session_.state() != SessionState::open) break;
      const auto login = decode_login();
      if (login) session_.refreshed(now, *login);
      else if (login.error().errc == Errc::auth) lose(now, wall, login.error());
      else session_.refresh_failed(now);
      break;
    }
    case Kind::subscribe: {
      const auto watch = watches_.find(pending.watch);
      if (watch != watches_.end()) subscribed(now, wall, pending.watch, watch->second, decode());
      release_held(wall);
      break;
    }
    case Kind::page: {
      const auto watch = watches_.find(pending.watch);
      if (watch == watches_.end()) break;
      if (!watch->second.listing || watch->second.listing->number != pending.listing) break;
      const auto answer = decode();
      if (answer) listed(now, wall, pending.watch, watch->second, *answer);
      else if (answer.error().errc == Errc::auth) lose(now, wall, answer.error());
      else
        lose(now, wall, {answer.error().errc, "reading what is there failed: " + answer.error().message, answer.error().code});
      break;
    }
    case Kind::refresh: {
      const auto watch = watches_.find(pending.watch);
      if (watch != watches_.end()) refreshed(now, wall, watch->second, reply);
      break;
    }
    case Kind::ask: {
      const auto ask = asks_in_flight_.find(pending.ticket);
      if (ask == asks_in_flight_.end()) break;
      Ask taken = std::move(ask->second);
      asks_in_flight_.erase(ask);
      asked(now, wall, std::move(taken), std::move(reply));
      break;
    }
    case Kind::logout: break;
  }
  pump(now);
}

// A request of the caller's own that met an expired token is sent once more after a new login.
void FabricWatch::asked(Instant now, WallTime wall, Ask ask, Result<HttpReply> reply) {
  if (reply && reply->status == 403 && !ask.retried && session_.state() == SessionState::open) {
    ask.retried = true;
    asks_.push_front(std::move(ask));
    lose(now, wall, {Errc::auth, "the controller refused the token", 403});
    return;
  }
  if (reply) actions_.push_back(Answered{ask.ticket, reply->status, std::move(reply->body)});
  else actions_.push_back(Answered{ask.ticket, 0, reply.error()});
}

void FabricWatch::subscribed(Instant now, WallTime wall, WatchId id, Watch& watch, const Result<codec::Answer>& answer) {
  if (!answer) {
    const Error& error = answer.error();
    if (watch.listing) mirror_.abandon();
    watch.listing.reset();
    if (error.errc == Errc::refused && error.code != 405 && error.code < 500) {
      watch.retry_at = now + options_.failed_retry;
      set_state(now, id, watch, WatchState::failed, error);
    } else {
      // 405: the controller does not see our channel; anything else: the connection is in doubt. Both need all anew.
      set_state(now, id, watch, WatchState::wanted);
      lose(now, wall, error);
    }
    return;
  }
  if (answer->subscription_ids.empty()) {
    watch.retry_at = now + options_.failed_retry;
    if (watch.listing) mirror_.abandon();
    watch.listing.reset();
    set_state(now, id, watch, WatchState::failed, {Errc::protocol, "the answer to a subscription carried no id"});
    return;
  }
  watch.subscription = answer->subscription_ids.front();
  by_subscription_[watch.subscription] = id;
  watch.last_refresh = now;
  watch.refresh_at = now + options_.subscription_lifetime / 3;
  watch.refresh_misses = 0;
  watch.refreshing = false;
  listed(now, wall, id, watch, *answer);
}

void FabricWatch::listed(Instant now, WallTime wall, WatchId id, Watch& watch, const codec::Answer& answer) {
  if (!watch.listing) return;
  const model::Origin origin = watch.baselined ? model::Origin::relist : model::Origin::baseline;
  listed_events_.clear();
  for (const auto& object : answer.objects) mirror_.list(*watch.listing, object, origin, wall, listed_events_);
  const std::uint64_t read = static_cast<std::uint64_t>(watch.next_page - 1) * options_.page_size + answer.objects.size();
  const bool last = answer.objects.empty() || read >= answer.total_count;
  if (last) {
    const auto covers = [&](std::string_view class_name, std::string_view dn, const model::Attributes& attributes) {
      return model::covers(watch.spec.query, class_name, dn, attributes);
    };
    mirror_.finish(*watch.listing, covers, model::Origin::relist, wall, listed_events_);
    watch.listing.reset();
  }
  watch.found += listed_events_.size();
  for (auto& event : listed_events_) {
    std::vector<WatchId> watches{id};
    // The mirror is shared: the other watches' listings will not find this difference a second time.
    if (event.origin == model::Origin::relist)
      for (WatchId other : order_)
        if (other != id && watches_.at(other).baselined &&
            model::covers(watches_.at(other).spec.query, event.class_name, event.dn,
                          event.after ? *event.after : *event.before))
          watches.push_back(other);
    actions_.push_back(Emit{std::move(event), std::move(watches)});
  }
  if (!last) {
    Pending pending{};
    pending.watch = id;
    pending.listing = watch.listing->number;
    send(Kind::page, "GET", listing_query(watch, watch.next_page++, false).to_url(), "", pending);
    return;
  }
  if (watch.blind_since) {
    model::Gap gap{options_.fabric, watch.spec.name, *watch.blind_since, wall, watch.blind_reason, watch.found};
    actions_.push_back(GapClosed{std::move(gap), id});
    watch.blind_since.reset();
  }
  watch.baselined = true;
  set_state(now, id, watch, WatchState::live);
}

void FabricWatch::refreshed(Instant now, WallTime wall, Watch& watch, const Result<HttpReply>& reply) {
  watch.refreshing = false;
  if (!reply) {
    // Two misses in a row leave the rest of the lifetime for the cure.
    if (++watch.refresh_misses < 2) watch.refresh_at = now + Duration{1'000};
    else lose(now, wall, reply.error());
    return;
  }
  const auto answer = codec::decode_answer(reply->body);
  if (answer && reply->status == 200 && answer->objects.empty()) {
    watch.refresh_misses = 0;
    watch.last_refresh = now;
    watch.refresh_at = now + options_.subscription_lifetime / 3;
    return;
  }
  if (!answer && answer.error().errc == Errc::auth) return lose(now, wall, answer.error());
  blind(now, wall, watch,
        "the controller refused to refresh the subscription: " +
            (answer ? "HTTP " + std::to_string(reply->status) : answer.error().message));
}

// This watch alone has lost sight: it subscribes and lists anew on the same channel.
void FabricWatch::blind(Instant now, WallTime wall, Watch& watch, const std::string& reason) {
  if (watch.baselined && !watch.blind_since) {
    watch.blind_since = wall;
    watch.blind_reason = reason;
  }
  if (watch.listing) mirror_.abandon();
  watch.listing.reset();
  by_subscription_.erase(watch.subscription);
  watch.subscription.clear();
  watch.refreshing = false;
  if (watch.state == WatchState::failed) return;
  watch.state = WatchState::wanted;
  watch.since = now;
}

// Session or channel is gone: every watch is blind until it has listed again.
void FabricWatch::lose(Instant now, WallTime wall, const Error& why) {
  if (channel_ != Channel::none) actions_.push_back(CloseChannel{epoch_});
  channel_ = Channel::none;
  ++epoch_;
  held_.clear();
  for (WatchId id : order_) {
    Watch& watch = watches_.at(id);
    const bool was_live = watch.state == WatchState::live;
    blind(now, wall, watch, why.message);
    if (was_live) actions_.push_back(WatchChanged{id, WatchState::wanted, why});
  }
  by_subscription_.clear();
  session_.lost(now, why);
  tell_session();
}

void FabricWatch::channel_open(Instant now, Epoch epoch) {
  if (epoch != epoch_ || channel_ != Channel::opening) return;
  channel_ = Channel::open;
  pump(now);
}

void FabricWatch::channel_closed(Instant now, WallTime wall, Epoch epoch, const Error& why) {
  if (epoch != epoch_ || channel_ == Channel::none) return;
  channel_ = Channel::none;
  lose(now, wall, {why.errc == Errc::auth ? Errc::closed : why.errc, "channel closed: " + why.message, why.code});
  pump(now);
}

void FabricWatch::channel_text(Instant now, WallTime wall, Epoch epoch, const char* data, std::size_t size,
                               std::size_t capacity) {
  if (epoch != epoch_ || channel_ != Channel::open) return;
  ++frames_;
  const auto decoded = decoder_.decode(data, size, capacity);
  if (!decoded) {
    ++bad_frames_;
    lose(now, wall, {Errc::protocol, "unreadable frame: " + decoded.error().message});
    return pump(now);
  }
  const auto known = [this](std::string_view id) { return by_subscription_.contains(id); };
  const auto& ids = (*decoded)->subscription_ids;
  if (!held_.empty() || (subscribing() && !std::all_of(ids.begin(), ids.end(), known))) {
    if (held_.size() < options_.held_max) {
      held_.emplace_back(data, size);
    } else {
      lose(now, wall, {Errc::overflow, "too many pushes before the subscription was answered"});
      pump(now);
    }
    return;
  }
  frame(wall, **decoded);
}

void FabricWatch::release_held(WallTime wall) {
  if (held_.empty() || subscribing()) return;
  std::deque<std::string> held;
  held.swap(held_);
  for (const std::string& text : held) {
    const auto decoded = decoder_.decode(text);
    if (decoded) frame(wall, **decoded);
  }
}

void FabricWatch::frame(WallTime wall, const codec::Frame& frame) {
  std::vector<WatchId> watches;
  for (const std::string_view id : frame.subscription_ids) {
    const auto it = by_subscription_.find(id);
    if (it == by_subscription_.end() || std::find(watches.begin(), watches.end(), it->second) != watches.end()) continue;
    watches.push_back(it->second);
    ++watches_.at(it->second).pushes;
  }
  if (watches.empty()) return;  // subscriptions we have left
  for (const auto& change : frame.changes)
    if (auto event = mirror_.apply(change, wall)) actions_.push_back(Emit{std::move(*event), watches});
}

void FabricWatch::wake(Instant now, WallTime wall) {
  if (session_.expired(now)) lose(now, wall, {Errc::auth, "the login's life ended"});
  pump(now);
}

std::optional<Instant> FabricWatch::next_wakeup() const {
  std::optional<Instant> at = session_.next_wakeup();
  const auto sooner = [&at](Instant when) { at = at ? std::min(*at, when) : when; };
  for (const auto& ask : asks_) sooner(ask.deadline);
  if (channel_ == Channel::open && in_flight_ < options_.in_flight_max) {
    for (const auto& [id, watch] : watches_) {
      if (watch.state == WatchState::failed) sooner(watch.retry_at);
      else if (!watch.subscription.empty() && !watch.refreshing) sooner(watch.refresh_at);
    }
  }
  return at;
}

void FabricWatch::set_state(Instant now, WatchId id, Watch& watch, WatchState state, Error error) {
  if (watch.state == state) return;
  watch.state = state;
  watch.since = now;
  watch.error = error;
  actions_.push_back(WatchChanged{id, state, std::move(error)});
}

void FabricWatch::tell_session() { actions_.push_back(SessionChanged{session_.state(), session_.last_error()}); }

bool FabricWatch::all_live() const {
  return !watches_.empty() &&
         std::all_of(watches_.begin(), watches_.end(), [](const auto& w) { return w.second.state == WatchState::live; });
}

FabricWatch::View FabricWatch::inspect() const {
  View view;
  view.session = session_.state();
  view.since = session_.since();
  view.error = session_.last_error();
  view.channel_open = channel_ == Channel::open;
  view.controller = session_.controller();
  view.objects = mirror_.size();
  view.frames = frames_;
  view.bad_frames = bad_frames_;
  view.stale_replies = stale_replies_;
  for (WatchId id : order_) {
    const Watch& watch = watches_.at(id);
    view.watches.push_back({id, watch.spec.name, watch.state, watch.since, watch.last_refresh, watch.pushes, watch.error});
  }
  return view;
}

}  // namespace aci::watch
