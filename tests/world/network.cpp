#include "world/network.hpp"

#include <algorithm>

#include "codec/frame.hpp"

namespace aci::world {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using watch::FabricWatch;

Network::Network(Clockwork& clock, controller::Controller& controller, FabricWatch::Options options, std::uint64_t seed,
                 Duration controller_skew)
    : clock_(clock),
      controller_(controller),
      options_(std::move(options)),
      rng_(seed),
      skew_(controller_skew),
      base_latency_(1 + static_cast<std::int64_t>(rng_.below(60))) {}

Duration Network::latency() {
  Duration time = base_latency_ + Duration{static_cast<std::int64_t>(rng_.below(20))};
  if (clock_.now() < weather.slow) time += Duration{static_cast<std::int64_t>(rng_.below(40'000))};
  return time;
}

// --- the process -----------------------------------------------------------------------------------------------------------

void Network::boot(const std::vector<watch::WatchSpec>& specs) {
  specs_.assign(specs.begin(), specs.end());
  start(nullptr);
}

void Network::start(const FabricWatch::Saved* saved) {
  ++generation_;
  options_.seed = rng_.next();
  watch_ = std::make_unique<FabricWatch>(options_);
  ids_.clear();
  away_.reset();
  for (const auto& spec : specs_) ids_.push_back(spec ? watch_->add(client_now(), client_wall(), *spec) : 0);
  if (saved) watch_->restore(*saved);
  wake_at_.reset();
  input(generation_, [this](FabricWatch& watch) { watch.start(client_now(), client_wall()); });
}

void Network::reboot(Duration away) {
  if (!watch_) return;
  say("process ends");
  if (before_reboot) before_reboot();
  auto saved = std::make_shared<FabricWatch::Saved>(watch_->save(client_wall()));
  away_ = saved;
  watch_.reset();
  ++generation_;
  for (const auto& connection : connections_) {
    if (!connection->open) continue;
    connection->open = false;
    clock_.after(latency(), [this, channel = connection->channel] { controller_.close_channel(channel); });
  }
  clock_.after(away, [this, saved] {
    say("process starts");
    start(saved.get());
  });
}

void Network::pause_process(Duration time) {
  if (clock_.now() >= paused_until_) paused_since_ = client_wall();
  paused_until_ = std::max(paused_until_, clock_.now() + time);
}

void Network::sleep_machine(Duration time) {
  if (clock_.now() < paused_until_) return;
  pause_process(time);
  slept_ += time;
}

void Network::pause_watch(std::size_t index, Duration time) {
  const std::uint64_t generation = generation_;
  input(generation,
        [this, index](FabricWatch& watch) { watch.pause(client_now(), client_wall(), ids_[index], "nobody reads"); });
  clock_.after(time, [this, generation, index] {
    input(generation, [this, index](FabricWatch& watch) { watch.resume(client_now(), client_wall(), ids_[index]); });
  });
}

void Network::add_watch(const watch::WatchSpec& spec) {
  const auto asks_it = [url = spec.query.to_url()](const auto& known) { return known.query == url; };
  if (away_ && std::none_of(away_->watches.begin(), away_->watches.end(), asks_it)) {
    ears.added(spec);
    specs_.emplace_back(spec);
    ids_.push_back(0);
  }
  input(generation_, [this, spec](FabricWatch& watch) {
    ears.added(spec);
    specs_.emplace_back(spec);
    ids_.push_back(watch.add(client_now(), client_wall(), spec));
  });
}

void Network::remove_watch(std::size_t index) {
  const auto same = [&](const auto& spec) {
    return spec && specs_[index] && spec->query.to_url() == specs_[index]->query.to_url();
  };
  if (away_ && std::count_if(specs_.begin(), specs_.end(), same) == 1) {
    ears.removed(index, "away", away_->at);
    specs_[index].reset();
    ids_[index] = 0;
  }
  input(generation_, [this, index](FabricWatch& watch) {
    if (!specs_[index]) return;
    const auto view = watch.inspect();
    const auto seen =
        std::find_if(view.watches.begin(), view.watches.end(), [&](const auto& w) { return w.id == ids_[index]; });
    std::optional<base::WallTime> blind_since = seen->blind_since;
    // What had gone unnoticed when the process stood still could not be found since.
    if (clock_.now() < paused_until_ + Duration{60'000})
      blind_since = std::min(blind_since.value_or(client_wall()), paused_since_ + Duration{-300'000});
    ears.removed(index, to_string(seen->state), blind_since);
    specs_[index].reset();
    watch.remove(client_now(), client_wall(), std::exchange(ids_[index], 0));
  });
}

void Network::stop_watch(Duration time) {
  const std::uint64_t generation = generation_;
  input(generation, [this](FabricWatch& watch) { watch.stop(client_now(), client_wall()); });
  clock_.after(time, [this, generation] {
    input(generation, [this](FabricWatch& watch) { watch.start(client_now(), client_wall()); });
  });
}

void Network::ask_through() {
  input(generation_, [this](FabricWatch& watch) {
    ears.asked(watch.ask(client_now(), client_wall(), "GET", "/api/class/fvTenant.json?rsp-subtree-include=count", ""));
  });
}

// An input waits while the process stands still; those of a process that is gone go with it.
void Network::input(std::uint64_t generation, std::function<void(FabricWatch&)> what) {
  if (generation != generation_ || !watch_) return;
  if (clock_.now() < paused_until_)
    return clock_.at(paused_until_, [this, generation, what = std::move(what)] { input(generation, what); });
  what(*watch_);
  drain();
}

void Network::drain() {
  for (;;) {
    watch_->take_actions(actions_);
    if (actions_.empty()) break;
    auto actions = std::move(actions_);
    for (auto& action : actions) {
      if (auto* send = std::get_if<watch::Send>(&action)) carry_out(*send);
      else if (auto* open = std::get_if<watch::OpenChannel>(&action)) carry_out(*open);
      else if (auto* close = std::get_if<watch::CloseChannel>(&action)) carry_out(*close);
      else if (auto* emit = std::get_if<watch::Emit>(&action)) ears.emit(*emit);
      else if (auto* gap = std::get_if<watch::GapClosed>(&action)) ears.gap(*gap);
      else if (auto* drift = std::get_if<watch::Drifted>(&action)) ears.drift(*drift);
      else if (auto* state = std::get_if<watch::WatchChanged>(&action)) ears.state(*state);
      else if (auto* answered = std::get_if<watch::Answered>(&action)) ears.answered(*answered);
    }
  }
  const auto next = watch_->next_wakeup();
  if (!next) return;
  const Instant at = std::max(*next + slept_, clock_.now());
  if (wake_at_ && *wake_at_ <= at && *wake_at_ > clock_.now()) return;
  wake_at_ = at;
  clock_.at(at, [this, at, generation = generation_] {
    if (generation != generation_ || wake_at_ != at) return;
    wake_at_.reset();
    input(generation, [this](FabricWatch& watch) { watch.wake(client_now(), client_wall()); });
  });
}

std::string Network::signature_of(std::string_view text) { return std::to_string(std::hash<std::string_view>{}(text)); }

// --- requests ------------------------------------------------------------------------------------------------------------

void Network::answer(std::uint64_t generation, const watch::Send& send, Result<watch::HttpReply> reply, Instant at) {
  clock_.at(at, [this, generation, send, reply = std::move(reply)] {
    input(generation, [this, send, reply](FabricWatch& watch) {
      ears.reply(send, reply);
      watch.http_reply(client_now(), client_wall(), send.id, reply);
      if (clock_.now() < weather.doubles_answers) watch.http_reply(client_now(), client_wall(), send.id, reply);
    });
  });
}

void Network::carry_out(watch::Send& send) {
  ears.send(send);
  if (send.sign)
    send.cookie += "; APIC-Request-Signature=" + signature_of(send.method + send.target + send.body) +
                   "; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-DN=" + std::string(certificate_dn);
  const Instant deadline = clock_.now() + send.timeout;
  const Error timeout{Errc::timeout, "no answer in time"}, refused{Errc::unreachable, "connection refused"};
  if (clock_.now() < weather.refuses) return answer(generation_, send, refused, clock_.now() + latency());
  const Instant arrival = std::max(clock_.now() + latency(), weather.stalls);
  if (arrival >= deadline) return answer(generation_, send, timeout, deadline);
  clock_.at(arrival, [this, send, deadline, timeout, refused, generation = generation_] {
    if (!controller_.controller_running(send.controller)) return answer(generation, send, refused, clock_.now() + latency());
    const auto response = ask({send.method, send.target, send.body, send.cookie, send.controller, ""});
    watch::HttpReply reply{response.status, response.body};
    if (clock_.now() < weather.corrupts_answers && rng_.below(3) == 0) {
      say("answer corrupted: " + send.target);
      switch (rng_.below(3)) {
        case 0: reply.body.resize(rng_.below(reply.body.size() + 1)); break;
        case 1: reply.body = "<html><body>502 Bad Gateway</body></html>"; break;
        default: reply = {502, "<html><body>502 Bad Gateway</body></html>"}; break;
      }
      if (reply.body == response.body && reply.status == response.status) reply.body += "{";
    }
    const bool lost = clock_.now() < weather.loses_answers && rng_.below(3) == 0;
    const Instant at = std::max(clock_.now() + latency() + response.delay, weather.stalls);
    if (lost) say("answer lost: " + send.target);
    if (lost || at >= deadline) answer(generation, send, timeout, std::max(deadline, clock_.now()));
    else answer(generation, send, std::move(reply), at);
  });
}

controller::Response Network::ask(const controller::Request& request) {
  auto response = controller_.handle(clock_.now(), controller_wall(), request);
  pump();
  return response;
}

// --- channels --------------------------------------------------------------------------------------------------------------

void Network::carry_out(watch::OpenChannel& open) {
  ears.open(open);
  auto connection = std::make_shared<Connection>();
  connection->generation = generation_;
  connection->epoch = open.epoch;
  connection->controller = open.controller;
  connections_.push_back(connection);
  const Instant arrival = std::max(clock_.now() + latency(), weather.stalls);
  clock_.at(arrival, [this, connection, target = open.target] {
    const bool reached = clock_.now() >= weather.refuses && controller_.controller_running(connection->controller);
    const auto channel = reached ? controller_.open_channel(clock_.now(), target, connection->controller)
                                 : Result<controller::ChannelId>(Error{Errc::unreachable, "connection refused"});
    pump();
    connection->last_arrival = clock_.now() + latency();
    if (!channel) return close(connection, channel.error(), connection->last_arrival);
    connection->channel = *channel;
    connection->open = true;
    clock_.at(connection->last_arrival, [this, connection] {
      if (!connection->open) return;
      connection->last_sign = clock_.now();
      input(connection->generation,
            [this, connection](FabricWatch& watch) { watch.channel_open(client_now(), client_wall(), connection->epoch); });
    });
    clock_.after(Duration{15'000}, [this, connection] { ping(connection); });
  });
}

void Network::carry_out(watch::CloseChannel& close) {
  ears.close(close.epoch);
  for (const auto& connection : connections_) {
    if (connection->generation != generation_ || connection->epoch != close.epoch) continue;
    connection->open = false;
    const bool silent = connection->silent;
    clock_.after(silent ? Duration{60'000} : latency(), [this, connection] {
      if (connection->channel != 0) controller_.close_channel(connection->channel);
    });
  }
  std::erase_if(connections_, [](const auto& c) { return !c->open && c->channel != 0; });
}

void Network::close(const std::shared_ptr<Connection>& connection, Error why, Instant at) {
  connection->open = false;
  clock_.at(at, [this, connection, why = std::move(why)] {
    input(connection->generation, [this, connection, why](FabricWatch& watch) {
      ears.close(connection->epoch);
      watch.channel_closed(client_now(), client_wall(), connection->epoch, why);
    });
  });
}

// As the websocket of src/io does: a ping after silence, given up after 45 s of it.
void Network::ping(const std::shared_ptr<Connection>& connection) {
  if (!connection->open || connection->generation != generation_) return;
  if (clock_.now() >= paused_until_) {
    const Duration silence = clock_.now() - connection->last_sign;
    if (silence >= Duration{45'000}) {
      clock_.after(Duration{120'000}, [this, channel = connection->channel] { controller_.close_channel(channel); });
      return close(connection, {Errc::timeout, "no sign of the controller any more"}, clock_.now());
    }
    if (silence >= Duration{15'000} && !connection->silent) {
      connection->last_arrival = std::max({connection->last_arrival, clock_.now() + latency(), weather.stalls});
      clock_.at(connection->last_arrival, [this, connection] {
        if (!connection->open || connection->silent) return;
        connection->last_sign = clock_.now();
        input(connection->generation,
              [this, connection](FabricWatch& watch) { watch.channel_sign(client_now(), client_wall(), connection->epoch); });
      });
    }
  }
  clock_.after(Duration{15'000}, [this, connection] { ping(connection); });
}

void Network::cut_channels() {
  for (const auto& connection : connections_) {
    if (!connection->open) continue;
    close(connection, {Errc::closed, "connection reset"}, clock_.now() + latency());
    clock_.after(latency(), [this, channel = connection->channel] { controller_.close_channel(channel); });
  }
}

void Network::silence_channels() {
  for (const auto& connection : connections_) connection->silent = true;
}

void Network::pump() {
  for (auto& push : controller_.take_pushes()) {
    const auto found = std::find_if(connections_.begin(), connections_.end(),
                                    [&](const auto& c) { return c->open && c->channel == push.channel; });
    if (found == connections_.end() || (*found)->silent) continue;
    const auto connection = *found;
    std::string text = *push.frame;
    if (weather.corrupt_frames > 0) {
      --weather.corrupt_frames;
      say("frame corrupted");
      text.resize(text.size() / 2);
    }
    connection->last_arrival = std::max({connection->last_arrival, clock_.now() + latency(), weather.stalls});
    clock_.at(connection->last_arrival, [this, connection, text = std::move(text)]() mutable {
      if (!connection->open || connection->silent) return;
      connection->last_sign = clock_.now();
      const std::size_t size = text.size();
      text.append(codec::FrameDecoder::padding, '\0');
      input(connection->generation, [this, connection, size, text = std::move(text)](FabricWatch& watch) {
        watch.channel_text(client_now(), client_wall(), connection->epoch, text.data(), size, text.size());
      });
    });
  }
  for (const auto channel : controller_.take_closes()) {
    const auto found =
        std::find_if(connections_.begin(), connections_.end(), [&](const auto& c) { return c->open && c->channel == channel; });
    if (found == connections_.end() || (*found)->silent) continue;
    // Behind what was sent before.
    const auto connection = *found;
    const Instant at = std::max(connection->last_arrival, clock_.now() + latency());
    clock_.at(at, [this, connection] {
      if (connection->open) close(connection, {Errc::closed, "closed by the controller"}, clock_.now());
    });
  }
  const auto next = controller_.next_wakeup();
  if (!next || (advance_at_ && *advance_at_ <= *next && *advance_at_ > clock_.now())) return;
  advance_at_ = std::max(*next, clock_.now() + Duration{1});
  clock_.at(*advance_at_, [this, at = *advance_at_] {
    if (advance_at_ != at) return;
    advance_at_.reset();
    controller_.advance(clock_.now(), controller_wall());
    pump();
  });
}

}  // namespace aci::world
