#include "world/faults.hpp"

namespace aci::world {

using base::Duration;
using base::Instant;
using base::Rng;

namespace {

Duration between(Rng& rng, std::int64_t least, std::int64_t most) {
  return Duration{least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)))};
}

}  // namespace

Faults::Faults(Clockwork& clock, Network& network, controller::Controller& controller, Checkers& checkers, std::uint64_t seed)
    : clock_(clock), network_(network), controller_(controller), checkers_(checkers), seed_(seed) {}

// In about half of the worlds, up to so often.
void Faults::kind(const std::string& name, std::uint64_t often, Deed deed) {
  std::uint64_t hash = seed_;
  for (const char c : name) hash = hash * 1'099'511'628'211ull + static_cast<unsigned char>(c);
  auto rng = std::make_shared<Rng>(hash);
  rng->next();
  if (rng->below(2) == 0) return;
  const std::int64_t whole = (until_ - clock_.now()).count();
  for (std::uint64_t n = 1 + rng->below(often); n > 0; --n)
    clock_.after(between(*rng, 20'000, whole), [this, name, rng, deed] {
      ++happened_[name];
      checkers_.calm = false;
      if (network_.ears.trace) network_.ears.trace("fault: " + name);
      deed(*rng);
      network_.pump();
    });
}

void Faults::plan(Instant until) {
  until_ = until;
  const auto now = [this] { return clock_.now(); };
  auto& weather = network_.weather;
  const auto somewhere = [](Rng& rng) {
    constexpr const char* paths[] = {
        "", "/api/class", "/api/mo", "/api/subscriptionRefresh", "/api/aaaLogin", "/api/aaaRefresh"};
    return std::string(paths[rng.below(std::size(paths))]);
  };

  // The network.
  kind("channel cut", 4, [this](Rng&) { network_.cut_channels(); });
  kind("half-open channel", 2, [this](Rng&) { network_.silence_channels(); });
  kind("stall", 3, [this, &weather, now](Rng& rng) {
    const Duration time = between(rng, 1'000, 20'000);
    checkers_.tolerance += time;
    weather.stalls = now() + time;
  });
  kind("connections refused", 2, [this, &weather, now](Rng& rng) {
    weather.refuses = now() + between(rng, 5'000, 300'000);
    if (rng.below(2) == 0) network_.cut_channels();
  });
  kind("answers lost", 2, [&weather, now](Rng& rng) { weather.loses_answers = now() + between(rng, 10'000, 120'000); });
  kind("answers corrupted", 2, [&weather, now](Rng& rng) { weather.corrupts_answers = now() + between(rng, 10'000, 120'000); });
  kind("answers doubled", 2, [&weather, now](Rng& rng) { weather.doubles_answers = now() + between(rng, 10'000, 600'000); });
  kind("slow", 2, [this, &weather, now](Rng& rng) {
    checkers_.tolerance += Duration{40'000};
    weather.slow = now() + between(rng, 10'000, 120'000);
  });
  kind("frame corrupted", 2, [&weather](Rng&) { ++weather.corrupt_frames; });

  // The controllers.
  kind("controller drops its channels", 3, [this](Rng&) { controller_.drop_channels(); });
  kind("tokens expire", 2, [this](Rng&) { controller_.expire_tokens(); });
  kind("subscriptions expire", 3, [this](Rng&) { controller_.expire_subscriptions(); });
  kind("subscriptions expire early", 1, [this](Rng& rng) {
    controller_.expire_subscriptions_early(between(rng, 41'000, 50'000));
    clock_.after(between(rng, 60'000, 300'000), [this] { controller_.expire_subscriptions_early(Duration{0}); });
  });
  kind("muted", 2, [this, now](Rng& rng) {
    const Duration time = between(rng, 1'000, 120'000);
    checkers_.silent_until = std::max(checkers_.silent_until, now() + time);
    if (network_.ears.trace) network_.ears.trace("muted for " + std::to_string(time.count()) + " ms");
    controller_.mute(now(), time);
  });
  kind("refusal", 4, [this, now, somewhere](Rng& rng) {
    constexpr int statuses[] = {403, 405, 429, 500, 503, 503};
    controller_.refuse(now(), statuses[rng.below(std::size(statuses))], between(rng, 1'000, 90'000), somewhere(rng));
  });
  kind("HTML", 2, [this, now, somewhere](Rng& rng) {
    controller_.answer_html(now(), rng.below(2) == 0 ? 200 : 503, between(rng, 1'000, 60'000), somewhere(rng));
  });
  kind("data withheld", 2, [this, now](Rng& rng) { controller_.withhold_data(now(), between(rng, 1'000, 60'000), ""); });
  kind("late answers", 2, [this, now, somewhere](Rng& rng) {
    controller_.delay_answers(now(), between(rng, 100, 40'000), between(rng, 10'000, 60'000), somewhere(rng));
  });
  kind("pushes doubled", 1, [this, now](Rng& rng) {
    controller_.disturb_pushes(now(), {.duplicate = 0.3, .reorder = 0}, between(rng, 60'000, 600'000));
  });
  kind("pushes out of order", 1, [this, now](Rng& rng) {
    // A change that comes behind a later one of the same object leads to a reading, which no longer shows it.
    checkers_.order_is_kept = false;
    const Duration time = between(rng, 60'000, 600'000);
    checkers_.silent_until = std::max(checkers_.silent_until, now() + time);
    controller_.disturb_pushes(now(), {.duplicate = 0, .reorder = 0.2}, time);
  });
  kind("first child missed", 1, [this, now](Rng& rng) {
    const Duration time = between(rng, 600'000, 1'200'000);
    checkers_.silent_until = std::max(checkers_.silent_until, now() + time);
    controller_.miss_first_child(Duration{5'000});
    clock_.after(time, [this] { controller_.miss_first_child(Duration{0}); });
  });
  kind("node reboots", 3, [this, now](Rng& rng) {
    (void)controller_.restart_node(now(), network_.controller_wall(), 101 + static_cast<unsigned>(rng.below(2)));
  });
  if (controller_.controller_count() > 1)
    kind("controller fails", 3, [this](Rng& rng) {
      const std::size_t which = rng.below(controller_.controller_count());
      std::size_t running = 0;
      for (std::size_t i = 0; i < controller_.controller_count(); ++i) running += controller_.controller_running(i);
      if (running < 2 || !controller_.controller_running(which)) return;
      controller_.stop_controller(which);
      clock_.after(between(rng, 5'000, 900'000), [this, which] {
        if (!controller_.controller_running(which)) controller_.start_controller(which);
      });
    });

  // The watching process and its machine.
  kind("process stands still", 2, [this](Rng& rng) { network_.pause_process(between(rng, 1'000, 90'000)); });
  kind("machine sleeps", 1, [this](Rng& rng) { network_.sleep_machine(between(rng, 5'000, 1'200'000)); });
  kind("clock stepped", 2, [this](Rng& rng) {
    const Duration step = between(rng, 1'000, 600'000) * (rng.below(2) == 0 ? 1 : -1);
    checkers_.tolerance += std::chrono::abs(step);
    network_.step_wall(step);
  });
  kind("restart", 2, [this](Rng& rng) {
    network_.reboot(between(rng, 1'000, 600'000));
    checkers_.process_began();
  });
  kind("stopped and started", 2, [this](Rng& rng) {
    if (network_.process_runs()) network_.stop_watch(between(rng, 0, 300'000));
  });
  kind("requests of its own", 20, [this](Rng&) { network_.ask_through(); });
  kind("watch paused", 2, [this](Rng& rng) {
    if (!network_.process_runs()) return;
    const std::size_t which = rng.below(network_.ids().size());
    network_.pause_watch(which, between(rng, 1'000, 300'000));
  });
}

void Faults::heal() {
  network_.weather = {};
  controller_.expire_subscriptions_early(Duration{0});
  controller_.miss_first_child(Duration{0});
  for (std::size_t i = 0; i < controller_.controller_count(); ++i)
    if (!controller_.controller_running(i)) controller_.start_controller(i);
  network_.pump();
}

}  // namespace aci::world
