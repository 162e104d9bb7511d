#include "io/fabric_driver.hpp"

#include <algorithm>
#include <unordered_map>

namespace aci::io {

using watch::FabricWatch;

struct FabricDriver::Impl {
  Impl(Loop& loop, Options options, Handlers handlers)
      : loop(loop), options(std::move(options)), handlers(std::move(handlers)), machine(machine_options()), timer(loop) {
    for (const Endpoint& controller : this->options.controllers)
      peers.push_back({std::make_unique<HttpClient>(loop, controller, this->options.tls)});
    watches_changed();
  }

  FabricWatch::Options machine_options() {
    options.watch.controllers.count = options.controllers.size();
    return options.watch;
  }

  // Carries out what the last input caused. Handlers may give further inputs, so it goes on until nothing is left; an input
  // from within a handler only adds to the queue of the run that is under way.
  void run() {
    if (running) return;
    running = true;
    for (;;) {
      machine.take_actions(actions);
      if (actions.empty()) break;
      for (auto& action : actions) std::visit([this](auto& a) { carry_out(a); }, action);
    }
    running = false;
    if (reading) return;  // the rest once for all its texts
    if (std::exchange(told, false) && handlers.on_caught_up) handlers.on_caught_up();
    const auto at = machine.next_wakeup();
    if (at == wakes_at) return;
    wakes_at = at;
    if (!at) return timer.cancel();
    timer.at(*at, [this] {
      wakes_at.reset();
      look_at_clocks();
      machine.wake(now, wall);
      run();
    });
  }

  // For every input but the texts of one read, which came at the same time.
  void look_at_clocks() {
    now = Loop::now();
    wall = Loop::wall();
  }

  void carry_out(watch::Send& send) {
    HttpRequest request;
    request.method = std::move(send.method);
    request.target = std::move(send.target);
    request.body = std::move(send.body);
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    auto cookie = signed_cookie(std::move(send.cookie), send.sign, request.method, request.target, request.body);
    if (!cookie) {
      return loop.post([this, alive = std::weak_ptr(alive), id = send.id, why = cookie.error()] {
        if (alive.expired()) return;
        look_at_clocks();
        machine.http_reply(now, wall, id, why);
        run();
      });
    }
    if (!cookie->empty()) request.headers.emplace_back("Cookie", std::move(*cookie));
    peers[send.controller].client->request(
        std::move(request), send.timeout, [this, id = send.id](base::Result<HttpResponse> response) {
          base::Result<watch::HttpReply> reply =
              response ? base::Result<watch::HttpReply>(watch::HttpReply{response->status, std::move(response->body)})
                       : base::Result<watch::HttpReply>(response.error());
          look_at_clocks();
          machine.http_reply(now, wall, id, std::move(reply));
          run();
        });
  }

  void carry_out(watch::OpenChannel& open) {
    const watch::Epoch epoch = open.epoch;
    Peer& peer = peers[open.controller];
    ClientSocketOptions socket_options;
    socket_options.ping_after = std::max(options.silence / 3, base::Duration{1});
    socket_options.give_up_after = options.silence;
    socket_options.answers_pings = peer.answers_pings;
    // Where it cannot be signed the controller refuses it, and the machine goes on from there.
    if (auto cookie = signed_cookie("", open.sign, "GET", open.target, "")) socket_options.cookie = std::move(*cookie);
    ClientSocket::Handlers on;
    on.on_pong = [this, epoch, &peer] {
      peer.answers_pings = true;
      look_at_clocks();
      machine.channel_sign(now, wall, epoch);
      run();
    };
    on.on_open = [this, epoch] {
      look_at_clocks();
      machine.channel_open(now, wall, epoch);
      run();
    };
    on.on_read = [this](bool begins) {
      reading = begins;
      if (begins) look_at_clocks();
      else run();
    };
    on.on_text = [this, epoch](const char* data, std::size_t size) {
      machine.channel_text(now, wall, epoch, data, size, size + codec::FrameDecoder::padding);
      run();
    };
    on.on_closed = [this, epoch](base::Error why) {
      reading = false;
      look_at_clocks();
      machine.channel_closed(now, wall, epoch, why);
      run();
    };
    sockets[epoch] = std::make_unique<ClientSocket>(loop, options.controllers[open.controller], options.tls, open.target,
                                                    std::move(on), std::move(socket_options));
  }

  // The socket may be the one whose handler runs: it is destroyed once that handler has returned.
  void carry_out(watch::CloseChannel& close) {
    auto node = sockets.extract(close.epoch);
    if (!node.empty()) loop.post([old = std::shared_ptr<ClientSocket>(std::move(node.mapped()))] {});
  }

  void carry_out(watch::Emit& emit) {
    told = true;
    if (handlers.on_event) handlers.on_event(std::move(emit.event), emit.watches);
  }
  void carry_out(watch::GapClosed& gap) {
    if (handlers.on_gap) handlers.on_gap(gap);
  }
  void carry_out(watch::Drifted& drift) {
    if (handlers.on_drift) handlers.on_drift(drift);
  }
  void carry_out(watch::WatchChanged& change) {
    if (handlers.on_watch) handlers.on_watch(change);
  }
  void carry_out(watch::SessionChanged& change) {
    if (handlers.on_session) handlers.on_session(change);
  }
  void carry_out(watch::Answered& answered) {
    const auto it = answers.find(answered.ticket);
    if (it == answers.end()) return;
    AnswerHandler handler = std::move(it->second);
    answers.erase(it);
    handler(answered.status, std::move(answered.body));
  }

  base::Result<std::string> signed_cookie(std::string cookie, bool sign, const std::string& method, const std::string& target,
                                          const std::string& body) const {
    if (!sign) return cookie;
    if (!options.signer) return base::Error{base::Errc::invalid, "a login with a certificate needs its key"};
    auto signature = options.signer->cookies(method, target, body);
    if (!signature) return signature;
    return cookie.empty() ? *signature : cookie + "; " + *signature;
  }

  // Each subscription is refreshed every 20 s: over a link of 200 ms one connection carries a hundred of them.
  void watches_changed() {
    for (Peer& peer : peers) peer.client->connections_max(std::min<std::size_t>(32, 6 + watches / 64));
  }

  struct Peer {
    std::unique_ptr<HttpClient> client;
    bool answers_pings = false;  // once it has
  };

  Loop& loop;
  Options options;
  Handlers handlers;
  FabricWatch machine;
  Timer timer;
  std::optional<base::Instant> wakes_at;  // what the timer is set to
  std::vector<Peer> peers;                // by controller
  std::size_t watches = 0;
  std::unordered_map<watch::Epoch, std::unique_ptr<ClientSocket>> sockets;  // two while changing over to a new login
  std::unordered_map<std::uint64_t, AnswerHandler> answers;                 // by ticket
  std::vector<watch::Action> actions;
  bool running = false;
  bool reading = false, told = false;  // the texts of one read; something since on_caught_up
  base::Instant now{};
  base::WallTime wall;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

base::Result<void> FabricDriver::Options::use_certificate(const std::string& name, const std::string& key_file, bool app) {
  auto loaded = Signer::load(certificate_dn(name, watch.user, app), key_file);
  if (!loaded) return loaded.error();
  signer = std::move(*loaded);
  watch.login = app ? watch::LoginKind::app : watch::LoginKind::certificate;
  return {};
}

FabricDriver::FabricDriver(Loop& loop, Options options, Handlers handlers)
    : impl_(std::make_unique<Impl>(loop, std::move(options), std::move(handlers))) {}
FabricDriver::~FabricDriver() = default;

void FabricDriver::start() {
  impl_->look_at_clocks();
  impl_->machine.start(impl_->now, impl_->wall);
  impl_->run();
}

void FabricDriver::stop() {
  impl_->look_at_clocks();
  impl_->machine.stop(impl_->now, impl_->wall);
  impl_->run();
}

watch::WatchId FabricDriver::add(watch::WatchSpec spec) {
  impl_->look_at_clocks();
  const watch::WatchId id = impl_->machine.add(impl_->now, impl_->wall, std::move(spec));
  ++impl_->watches;
  impl_->watches_changed();
  impl_->run();
  return id;
}

void FabricDriver::remove(watch::WatchId watch) {
  impl_->look_at_clocks();
  impl_->machine.remove(impl_->now, impl_->wall, watch);
  if (impl_->watches > 0) --impl_->watches;
  impl_->watches_changed();
  impl_->run();
}

void FabricDriver::pause(watch::WatchId watch, std::string reason) {
  impl_->look_at_clocks();
  impl_->machine.pause(impl_->now, impl_->wall, watch, std::move(reason));
  impl_->run();
}

void FabricDriver::resume(watch::WatchId watch) {
  impl_->look_at_clocks();
  impl_->machine.resume(impl_->now, impl_->wall, watch);
  impl_->run();
}

FabricWatch::Saved FabricDriver::save() const { return impl_->machine.save(Loop::wall()); }
void FabricDriver::restore(const FabricWatch::Saved& saved) { impl_->machine.restore(saved); }

void FabricDriver::ask(std::string method, std::string target, std::string body, AnswerHandler handler) {
  impl_->look_at_clocks();
  const auto ticket = impl_->machine.ask(impl_->now, impl_->wall, std::move(method), std::move(target), std::move(body));
  impl_->answers.emplace(ticket, std::move(handler));
  impl_->run();
}

watch::FabricWatch::View FabricDriver::inspect() const { return impl_->machine.inspect(); }
bool FabricDriver::all_live() const { return impl_->machine.all_live(); }
const Endpoint& FabricDriver::controller() const { return impl_->options.controllers[impl_->machine.inspect().controller]; }

}  // namespace aci::io
