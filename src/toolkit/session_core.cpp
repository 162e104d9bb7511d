#include "toolkit/session_core.hpp"

#include <algorithm>
#include <future>
#include <random>
#include <utility>

#include "codec/answer.hpp"
#include "model/text.hpp"

namespace aci::toolkit {
namespace {

// The driver keeps to the timeout itself; this much later the wait ends whatever happened.
constexpr std::chrono::milliseconds grace{2'000};

const char* const not_logged_in = "not logged in: call session.login() first";
const char* const session_closed = "the session is closed";

Response to_response(const base::Error& error) {
  return {to_problem(error.errc), error.message, error.code >= 100 && error.code < 600 ? error.code : 0};
}

// What a request line can carry as it stands does; the rest is encoded.
std::string tidy_target(std::string_view target) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '#') {
      out += c;
    } else {
      ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
  }
  return out;
}

base::Result<std::vector<io::Endpoint>> parse_urls(std::string_view urls) {
  std::vector<io::Endpoint> endpoints;
  while (true) {
    const auto comma = urls.find(',');
    auto endpoint = io::Endpoint::parse(model::trimmed(urls.substr(0, comma)));
    if (!endpoint) return endpoint.error();
    endpoints.push_back(std::move(*endpoint));
    if (comma == std::string_view::npos) return endpoints;
    urls.remove_prefix(comma + 1);
  }
}

std::string listed(const base::Result<std::vector<io::Endpoint>>& endpoints) {
  std::string text;
  if (endpoints)
    for (const auto& endpoint : *endpoints) (text += text.empty() ? "" : ", ") += endpoint.str();
  return text;
}

std::string text(const std::optional<base::WallTime>& time) { return time ? time->to_string() : std::string(); }

}  // namespace

Problem to_problem(base::Errc errc) {
  switch (errc) {
    case base::Errc::invalid: return Problem::invalid;
    case base::Errc::auth: return Problem::auth;
    case base::Errc::unreachable: return Problem::unreachable;
    case base::Errc::timeout: return Problem::timeout;
    case base::Errc::protocol: return Problem::protocol;
    case base::Errc::refused: return Problem::refused;
    case base::Errc::not_found: return Problem::not_found;
    case base::Errc::overflow: return Problem::overflow;
    case base::Errc::io: return Problem::io;
    case base::Errc::closed: return Problem::closed;
  }
  return Problem::protocol;
}

SessionCore::SessionCore(const std::string& urls, std::string user, std::string password, SessionOptions options)
    : endpoints_(parse_urls(urls)),
      controllers_(listed(endpoints_)),
      options_(std::move(options)),
      user_(std::move(user)),
      password_(std::move(password)),
      queues_(options_.queue_capacity, [this](const std::string& key) { post([this, key] { go_on(key); }); }),
      thread_([this] { loop_.run(); }) {}

SessionCore::~SessionCore() { close(); }

bool SessionCore::post(std::function<void()> work) {
  std::lock_guard lock(posting_);
  if (closed_) return false;
  loop_.post(std::move(work));
  return true;
}

template <class T>
T SessionCore::call(std::function<void(Completion<T>)> start, T when_closed, T when_late,
                    std::function<void(const std::optional<T>&)> late) {
  struct State {
    std::promise<T> promise;
    std::optional<T> answer;
    bool abandoned = false;
  };
  auto state = std::make_shared<State>();
  auto future = state->promise.get_future();
  const bool posted = post([this, state, start = std::move(start), when_closed] {
    const std::uint64_t id = next_call_++;
    Completion<T> done = [this, state, id](T answer) {
      if (state->answer || state->abandoned) return;
      state->answer = answer;
      calls_.erase(id);
      state->promise.set_value(std::move(answer));
    };
    calls_.emplace(id, [done, when_closed] { done(when_closed); });
    start(std::move(done));
  });
  if (!posted) return when_closed;
  if (future.wait_for(options_.timeout + grace) == std::future_status::ready) return future.get();
  post([state, late = std::move(late)] {
    state->abandoned = true;
    if (late) late(state->answer);
  });
  return when_late;
}

Response SessionCore::login() {
  if (!endpoints_) return to_response(endpoints_.error());
  return call<Response>([this](Completion<Response> done) { start_login(std::move(done)); }, {Problem::closed, session_closed},
                        {Problem::timeout, controllers_ + " did not answer the login in time"},
                        [this](const auto& answer) {
                          if (!answer && !was_open_) driver_->stop();
                        });
}

base::Result<void> SessionCore::make_driver() {
  io::FabricDriver::Options options;
  options.controllers = *endpoints_;
  options.tls.verify = options_.verify;
  options.tls.ca_file = options_.ca_file;
  options.watch.fabric = options_.fabric.empty() ? endpoints_->front().host : options_.fabric;
  options.watch.user = user_;
  options.watch.password = password_;
  options.watch.seed = std::random_device{}();
  options.watch.request_timeout = options_.timeout;
  options.watch.subscription_lifetime = options_.subscription_lifetime;
  options.watch.count_every = options_.audit_interval;
  options.watch.compare_every = options_.compare_interval;
  options.silence = options_.silence;
  if (!options_.cert_name.empty())
    if (auto used = options.use_certificate(options_.cert_name, options_.key_file, false); !used) return used;
  io::FabricDriver::Handlers on;
  on.on_event = [this](model::Event&& e, const std::vector<watch::WatchId>& watches) { event(std::move(e), watches); };
  on.on_caught_up = [this] { deliver(); };
  on.on_gap = [this](const watch::GapClosed& gap) { gap_closed(gap); };
  on.on_drift = [this](const watch::Drifted& drift) {
    if (const auto it = watches_.find(drift.watch); it != watches_.end()) it->second.drifted += drift.objects;
  };
  on.on_watch = [this](const watch::WatchChanged& change) { watch_changed(change); };
  on.on_session = [this](const watch::SessionChanged& change) { session_changed(change); };
  driver_ = std::make_unique<io::FabricDriver>(loop_, std::move(options), std::move(on));
  return {};
}

void SessionCore::start_login(Completion<Response> done) {
  if (!driver_)
    if (const auto made = make_driver(); !made) return done(to_response(made.error()));
  if (open_) return done(Response(200, ""));
  login_failures_ = 0;
  logins_.push_back(std::move(done));
  driver_->start();
}

void SessionCore::session_changed(const watch::SessionChanged& change) {
  using watch::SessionState;
  open_ = change.state == SessionState::open;
  if (open_) was_open_ = true;
  const bool failed = change.state == SessionState::rejected || change.state == SessionState::waiting;
  if (!open_ && !failed) return;
  // The first login may try every controller of the fabric.
  if (change.state == SessionState::waiting && !was_open_ && ++login_failures_ < endpoints_->size()) return;
  Response response(200, "");
  if (failed) {
    base::Error error = change.error;
    error.message = (error.errc == base::Errc::auth ? "login to " : "cannot log in to ") + controllers_ +
                    (error.errc == base::Errc::auth ? " failed: " : ": ") + error.message;
    response = to_response(error);
  }
  std::vector<Completion<Response>> logins;
  logins.swap(logins_);
  for (auto& done : logins) done(response);
  if (failed && !was_open_) driver_->stop();
  if (change.state != SessionState::rejected) return;
  for (const watch::WatchId id : std::vector(order_))
    if (!watches_.at(id).live) fail_waiting(id, {response.problem(), response.error()});
}

Response SessionCore::ask(const char* method, std::string_view url, std::string body) {
  if (!endpoints_) return to_response(endpoints_.error());
  if (!url.starts_with('/')) {
    const auto scheme = url.find("://");
    const auto path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
    const auto given = io::Endpoint::parse(url.substr(0, path));
    const bool ours = given && std::any_of(endpoints_->begin(), endpoints_->end(),
                                           [&](const auto& endpoint) { return endpoint.str() == given->str(); });
    if (path == std::string_view::npos || !ours)
      return {Problem::invalid, "a path such as /api/class/fvTenant.json, or a URL below " + controllers_ + ", is needed"};
    url.remove_prefix(path);
  }
  using Answer = base::Result<std::pair<int, std::string>>;
  const Answer closed(base::Error{base::Errc::closed, session_closed});
  const Answer late(base::Error{base::Errc::timeout, controllers_ + " did not answer in time"});
  const Answer answer = call<Answer>(
      [this, method, target = tidy_target(url), body = std::move(body)](Completion<Answer> done) {
        if (!was_open_) return done(base::Error{base::Errc::closed, not_logged_in});
        driver_->ask(method, target, body, [done = std::move(done)](int status, base::Result<std::string> text) {
          if (text) done(std::pair(status, std::move(*text)));
          else done(text.error());
        });
      },
      closed, late);
  if (!answer) return to_response(answer.error());
  const auto& [status, text] = *answer;
  if (status >= 200 && status < 300) return {status, text};
  const auto decoded = codec::decode_answer(text, text.starts_with('<') ? model::Format::xml : model::Format::json);
  const bool told = !decoded && decoded.error().errc != base::Errc::protocol;
  return {told ? to_problem(decoded.error().errc) : Problem::refused,
          told ? decoded.error().message : "the controller answered HTTP " + std::to_string(status), status, text};
}

Subscribed SessionCore::subscribe(const std::string& key, model::Query query, bool only_new) {
  if (!endpoints_) return {Problem::invalid, endpoints_.error().message};
  const std::string url = query.to_url();
  return call<Subscribed>(
      [=, this, query = std::move(query)](Completion<Subscribed> done) {
        start_subscribe(key, url, query, only_new, std::move(done));
      },
      {Problem::closed, session_closed}, {Problem::timeout, controllers_ + " did not answer the subscription in time"},
      [this, key, url](const std::optional<Subscribed>& answer) {
        if (!answer || *answer) release([&](const Watch& watch) { return watch.key == key && watch.url == url; });
      });
}

void SessionCore::start_subscribe(const std::string& key, const std::string& url, const model::Query& query, bool only_new,
                                  Completion<Subscribed> done) {
  if (!was_open_) return done({Problem::closed, not_logged_in});
  for (auto& [id, watch] : watches_) {
    if (watch.key != key || watch.url != url) continue;
    ++watch.count;
    if (watch.live) done({});
    else watch.waiting.push_back(std::move(done));
    return;
  }
  queues_.open(key);
  const watch::WatchId id = driver_->add({key, query});
  Watch watch;
  watch.key = key;
  watch.url = url;
  watch.only_new = only_new;
  watch.waiting.push_back(std::move(done));
  watches_.emplace(id, std::move(watch));
  order_.push_back(id);
}

void SessionCore::watch_changed(const watch::WatchChanged& change) {
  deliver();
  const auto it = watches_.find(change.watch);
  if (it == watches_.end() || it->second.live) return;
  if (change.state == watch::WatchState::failed)
    return fail_waiting(change.watch, {to_problem(change.error.errc), change.error.message});
  if (change.state != watch::WatchState::live && change.state != watch::WatchState::paused) return;
  it->second.live = true;
  for (const auto& done : std::exchange(it->second.waiting, {})) done({});
}

// A subscription that was never live is given up: False means that nothing is subscribed.
void SessionCore::fail_waiting(watch::WatchId id, const Subscribed& why) {
  const auto waiting = std::move(watches_.at(id).waiting);
  drop(id);
  for (const auto& done : waiting) done(why);
}

void SessionCore::unsubscribe(const std::string& key) {
  call<bool>(
      [this, key](Completion<bool> done) {
        release([&](const Watch& watch) { return watch.key == key; });
        done(true);
      },
      false, false);
}

// Of the watches that it may be, the one made last.
void SessionCore::release(const std::function<bool(const Watch&)>& which) {
  const auto id = std::find_if(order_.rbegin(), order_.rend(), [&](watch::WatchId w) { return which(watches_.at(w)); });
  if (id != order_.rend() && --watches_.at(*id).count == 0) drop(*id);
}

void SessionCore::drop(watch::WatchId id) {
  const std::string key = watches_.at(id).key;
  watches_.erase(id);
  std::erase(order_, id);
  driver_->remove(id);
  if (std::none_of(watches_.begin(), watches_.end(), [&](const auto& w) { return w.second.key == key; })) queues_.close(key);
}

void SessionCore::gap_closed(const watch::GapClosed& closed) {
  deliver();
  const auto it = watches_.find(closed.watch);
  if (it == watches_.end()) return;
  const model::Gap& gap = closed.gap;
  queues_.add_gap({gap.fabric, gap.watch, gap.from.to_string(), gap.to.to_string(), gap.reason, gap.found, gap.backfilled,
                   gap.history, std::exchange(it->second.drifted, 0)});
}

void SessionCore::event(model::Event&& event, const std::vector<watch::WatchId>& watches) {
  keys_.clear();
  for (const watch::WatchId id : watches) {
    const auto it = watches_.find(id);
    if (it == watches_.end() || (event.origin == model::Origin::baseline && it->second.only_new)) continue;
    if (std::find(keys_.begin(), keys_.end(), it->second.key) == keys_.end()) keys_.push_back(it->second.key);
  }
  if (keys_.empty()) return;
  if (keys_ != arrived_for_) {
    deliver();
    arrived_for_.swap(keys_);
  }
  arrived_.push_back(std::make_shared<model::Event>(std::move(event)));
}

void SessionCore::deliver() {
  if (arrived_.empty()) return;
  const auto full = queues_.deliver(arrived_, arrived_for_);
  arrived_.clear();
  for (const std::string& key : full) rest(key);
}

// Whoever takes the events of this queue has fallen behind: its subscriptions are given up until the queue is empty, and
// what changes meanwhile is read then.
void SessionCore::rest(const std::string& key) {
  for (auto& [id, watch] : watches_)
    if (watch.key == key && !std::exchange(watch.rests, true)) driver_->pause(id, "queue full");
}

void SessionCore::go_on(const std::string& key) {
  for (auto& [id, watch] : watches_)
    if (watch.key == key && std::exchange(watch.rests, false)) driver_->resume(id);
}

SessionView SessionCore::inspect() {
  SessionView view;
  view.state = "idle";
  view = call<SessionView>(
      [this](Completion<SessionView> done) {
        SessionView now;
        now.state = to_string(watch::SessionState::idle);
        if (driver_) {
          const auto fabric = driver_->inspect();
          now.state = to_string(fabric.session);
          now.since = fabric.since.to_string();
          now.error = fabric.error.message;
          now.controller = driver_->controller().str();
          now.channel_open = fabric.channel_open;
          now.objects = fabric.objects;
          for (const auto& watch : fabric.watches)
            now.subscriptions.push_back({watch.name, to_string(watch.state), watch.since.to_string(), watch.error.message,
                                         watch.pushes, text(watch.last_push), text(watch.last_refresh), text(watch.last_proof),
                                         text(watch.blind_since)});
        }
        done(std::move(now));
      },
      view, view);
  view.queued = queues_.size();
  return view;
}

void SessionCore::on_event(std::function<void(const Event&)> callback) {
  exchange_callbacks([&](Callbacks& callbacks) { callbacks.on_event = std::move(callback); });
}

void SessionCore::on_gap(std::function<void(const Gap&)> callback) {
  exchange_callbacks([&](Callbacks& callbacks) { callbacks.on_gap = std::move(callback); });
}

void SessionCore::exchange_callbacks(const std::function<void(Callbacks&)>& change) {
  auto next = std::make_shared<Callbacks>();
  std::thread ending;
  {
    std::lock_guard lock(callback_mutex_);
    next->on_event = callbacks_->on_event;
    next->on_gap = callbacks_->on_gap;
    change(*next);
    callbacks_->stop = true;
    callbacks_ = next;
    ending = std::move(callback_thread_);
  }
  queues_.wake();
  if (ending.get_id() == std::this_thread::get_id()) ending.detach();  // a callback exchanges itself: its thread ends with it
  else if (ending.joinable()) ending.join();

  std::lock_guard lock(callback_mutex_);
  if (callbacks_ != next || (!next->on_event && !next->on_gap)) return;
  callback_thread_ = std::thread([this, mine = std::move(next)] {
    while (!mine->stop) {
      const auto [event, gap] =
          queues_.next({mine->on_event != nullptr, mine->on_gap != nullptr}, {}, [&] { return mine->stop.load(); });
      if (event) mine->on_event(event);
      else if (gap) mine->on_gap(*gap);
      else return;
    }
  });
}

void SessionCore::close() {
  {
    std::lock_guard lock(posting_);
    if (closed_) return;
    closed_ = true;
    loop_.post([this] { shut_down(); });
  }
  thread_.join();
  driver_.reset();
  open_ = false;
  queues_.shut();
  exchange_callbacks([](Callbacks& callbacks) { callbacks.on_event = {}, callbacks.on_gap = {}; });
}

// Everything posted before has run, and nothing is posted after.
void SessionCore::shut_down() {
  const auto calls = std::move(calls_);
  calls_.clear();
  for (const auto& [id, complete] : calls) complete();
  if (driver_) driver_->stop();
  // Behind what stopping has started, so that the logout is on its way.
  loop_.post([this] { loop_.stop(); });
}

}  // namespace aci::toolkit
