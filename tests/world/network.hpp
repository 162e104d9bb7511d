// The simulated network between the watching process and the controllers: latency, and everything that can get lost.
//
// The watching process is one real watch::FabricWatch at a time, the fabric one real controller::Controller; both are
// machines, and this is the only thing between them. A process may stand still, sleep, or be started again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "controller/controller.hpp"
#include "watch/fabric_watch.hpp"
#include "world/clockwork.hpp"

namespace aci::world {

// Of the watching process, where it logs in with one.
inline constexpr std::string_view certificate_dn = "uni/userext/user-watcher/usercert-world";

// What the network does to those who use it, each until a time.
struct Weather {
  base::Instant refuses{}, stalls{}, loses_answers{}, corrupts_answers{}, doubles_answers{}, slow{};
  std::size_t corrupt_frames = 0;  // the next so many
};

class Network {
 public:
  // Who hears what the watch does; each may be empty.
  struct Ears {
    std::function<void(const watch::Emit&)> emit;
    std::function<void(const watch::GapClosed&)> gap;
    std::function<void(const watch::Drifted&)> drift;
    std::function<void(const watch::Send&)> send;
    std::function<void(const watch::OpenChannel&)> open;
    std::function<void(const watch::Send&, const base::Result<watch::HttpReply>&)> reply;
    std::function<void(watch::Epoch)> close;
    std::function<void(const watch::WatchChanged&)> state;
    std::function<void(const watch::WatchSpec&)> added;  // before it is
    // Before it is. `blind_since`: of the gap that is open, or of the process that is away or has just stood still.
    std::function<void(std::size_t index, const char* state, std::optional<base::WallTime> blind_since)> removed;
    std::function<void(std::uint64_t ticket)> asked;
    std::function<void(const watch::Answered&)> answered;
    std::function<void(const std::string&)> trace;
  };
  Network(Clockwork& clock, controller::Controller& controller, watch::FabricWatch::Options options, std::uint64_t seed,
          base::Duration controller_skew);

  Ears ears;
  std::function<void()> before_reboot;  // while the process that ends is still there
  Weather weather;

  // The watching process.
  void boot(const std::vector<watch::WatchSpec>& specs);
  void reboot(base::Duration away);  // the mirror is saved, the process is gone for a while, and starts with it
  void pause_process(base::Duration time);
  void sleep_machine(base::Duration time);  // the monotonic clock stands still, the wall clock does not
  void step_wall(base::Duration step) { wall_offset_ += step; }
  void pause_watch(std::size_t index, base::Duration time);
  // Also of a process that is away, as it will start; but none that its saved state could not tell from another.
  void add_watch(const watch::WatchSpec& spec);  // behind the others
  void remove_watch(std::size_t index);
  void stop_watch(base::Duration time);  // and starts it again
  void ask_through();                    // a request of the process's own
  watch::FabricWatch& watch() { return *watch_; }
  const std::vector<watch::WatchId>& ids() const { return ids_; }                         // 0: was removed
  const std::vector<std::optional<watch::WatchSpec>>& watches() const { return specs_; }  // as ids(), whether it runs or not
  bool process_runs() const { return watch_ != nullptr && clock_.now() >= paused_until_; }
  base::Instant client_now() const { return clock_.now() - slept_; }
  base::WallTime client_wall() const { return wall_at(clock_.now(), wall_offset_); }
  base::WallTime controller_wall() const { return wall_at(clock_.now(), skew_); }

  // What the signer of the watching process makes of the text of a request.
  static std::string signature_of(std::string_view text);

  // The connections.
  void cut_channels();
  void silence_channels();  // half-open: neither side hears anything any more, and nobody says so

  // Somebody else's request, which nothing gets in the way of.
  controller::Response ask(const controller::Request& request);
  // After anything was done to the controller directly.
  void pump();

 private:
  struct Connection {
    std::uint64_t generation = 0;
    watch::Epoch epoch = 0;
    std::size_t controller = 0;
    controller::ChannelId channel = 0;
    bool open = false;  // both sides
    bool silent = false;
    base::Instant last_arrival{}, last_sign{};
  };
  static base::WallTime wall_at(base::Instant now, base::Duration offset) {
    return {1'767'322'945'000 + now.time_since_epoch().count() + offset.count(), 0};
  }
  base::Duration latency();
  bool stalled(base::Instant at) const { return at < weather.stalls; }
  void start(const watch::FabricWatch::Saved* saved);
  void input(std::uint64_t generation, std::function<void(watch::FabricWatch&)> what);
  void drain();
  void carry_out(watch::Send& send);
  void carry_out(watch::OpenChannel& open);
  void carry_out(watch::CloseChannel& close);
  void answer(std::uint64_t generation, const watch::Send& send, base::Result<watch::HttpReply> reply, base::Instant at);
  void close(const std::shared_ptr<Connection>& connection, base::Error why, base::Instant at);
  void ping(const std::shared_ptr<Connection>& connection);
  void say(const std::string& text) const {
    if (ears.trace) ears.trace(text);
  }

  Clockwork& clock_;
  controller::Controller& controller_;
  watch::FabricWatch::Options options_;
  base::Rng rng_;
  base::Duration skew_;
  base::Duration base_latency_;
  std::vector<std::optional<watch::WatchSpec>> specs_;  // empty: was removed
  std::unique_ptr<watch::FabricWatch> watch_;
  std::vector<watch::WatchId> ids_;
  std::uint64_t generation_ = 0;
  std::shared_ptr<const watch::FabricWatch::Saved> away_;  // while there is no process
  base::Instant paused_until_{};
  base::WallTime paused_since_;
  base::Duration slept_{0}, wall_offset_{0};
  std::optional<base::Instant> wake_at_;
  std::optional<base::Instant> advance_at_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<watch::Action> actions_;
};

}  // namespace aci::world
