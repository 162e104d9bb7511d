#include "world/operator.hpp"

#include <algorithm>

namespace aci::world {

using base::Duration;

namespace {

constexpr std::size_t watches_max = 12;

}  // namespace

Operator::Operator(Clockwork& clock, Network& network, std::vector<watch::WatchSpec> all, std::uint64_t seed)
    : clock_(clock), network_(network), all_(std::move(all)), rng_(seed), pace_ms_(10'000 << rng_.below(5)) {}

void Operator::begin(base::Instant until) {
  until_ = until;
  next();
}

void Operator::next() {
  clock_.after(Duration{1 + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(2 * pace_ms_)))}, [this] {
    if (clock_.now() >= until_) return;
    for (std::uint64_t count = rng_.below(5) == 0 ? 4 : 1; count > 0; --count) work();
    next();
  });
}

void Operator::work() {
  std::vector<std::size_t> there;
  for (std::size_t i = 0; i < network_.watches().size(); ++i)
    if (network_.watches()[i]) there.push_back(i);
  if (there.size() < watches_max && (there.empty() || rng_.below(2) == 0)) {
    watch::WatchSpec spec = all_[rng_.below(all_.size())];
    spec.name += " " + std::to_string(++added_);  // by its name it is known over a restart
    return network_.add_watch(spec);
  }
  const std::size_t index = there[rng_.below(there.size())];
  const watch::WatchSpec spec = *network_.watches()[index];
  network_.remove_watch(index);
  if (rng_.below(4) == 0) network_.add_watch(spec);  // anew
}

void Operator::notice(const watch::WatchChanged& change) {
  const bool paused = change.state == watch::WatchState::paused;
  if (clock_.now() >= until_ || change.state == watch::WatchState::live || rng_.below(paused ? 4 : 40) != 0) return;
  const auto at = std::find(network_.ids().begin(), network_.ids().end(), change.watch);
  if (at == network_.ids().end()) return;
  clock_.after(Duration{static_cast<std::int64_t>(rng_.below(1'000))},
               [this, index = static_cast<std::size_t>(at - network_.ids().begin())] {
                 if (network_.watches()[index]) network_.remove_watch(index);
               });
}

}  // namespace aci::world
