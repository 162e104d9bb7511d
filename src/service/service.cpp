#include "service/service.hpp"

#include <algorithm>

#include "io/state_file.hpp"

namespace aci::service {

namespace {
constexpr base::Duration save_every{60'000};
}

Service::Service(io::Loop& loop, const Config& config, std::uint64_t seed, Hooks hooks)
    : loop_(loop), hooks_(std::move(hooks)), poster_(loop), dispatcher_(loop, poster_, config, seed), save_(loop) {
  dispatcher_.on_message = hooks_.on_message;
  dispatcher_.log = hooks_.log;
  for (const auto& fabric : config.fabrics) add_fabric(fabric, ++seed);
}

Service::~Service() = default;

void Service::add_fabric(const FabricConfig& config, std::uint64_t seed) {
  io::FabricDriver::Options options = driver_options(config).value();
  options.watch.seed = seed;

  io::FabricDriver::Handlers on;
  on.on_event = [this, notify_first = config.gaps.notify_first](model::Event event, const std::vector<watch::WatchId>&) {
    if (event.origin == model::Origin::baseline && !notify_first) return;
    event.seq = ++seq_;
    if (hooks_.on_event) hooks_.on_event(event);
    dispatcher_.on_event(event);
  };
  on.on_gap = [this](const watch::GapClosed& closed) {
    if (hooks_.on_gap) hooks_.on_gap(closed.gap);
    dispatcher_.on_gap(closed.gap);
  };
  on.on_drift = [this, name = config.name](const watch::Drifted& drift) {
    log(name + ": an audit found " + std::to_string(drift.objects) + (drift.objects == 1 ? " object" : " objects") +
        " of watch " + drift.name + " that no push had told of; it is read again");
  };
  on.on_watch = [this, name = config.name](const watch::WatchChanged& change) {
    const auto& driver =
        *std::find_if(fabrics_.begin(), fabrics_.end(), [&](const Fabric& f) { return f.name == name; })->driver;
    if (change.state == watch::WatchState::failed) log(name + ": the controller refuses a watch: " + change.error.message);
    if (change.state == watch::WatchState::live && driver.all_live()) log(name + ": live on " + driver.controller().str());
    if (hooks_.on_state) hooks_.on_state();
  };
  on.on_session = [this, name = config.name](const watch::SessionChanged& change) {
    if (change.state == watch::SessionState::waiting && !change.error.message.empty())
      log(name + ": lost the controller: " + change.error.message + "; trying again");
    if (change.state == watch::SessionState::rejected) log(name + ": login refused: " + change.error.message);
    if (hooks_.on_state) hooks_.on_state();
  };
  fabrics_.push_back(
      {config.name, std::make_unique<io::FabricDriver>(loop_, std::move(options), std::move(on)), config.state_file, ""});
  for (const auto& watch : config.watches)
    for (auto& query : queries_of(watch)) fabrics_.back().driver->add({watch.name, std::move(query)});
  restore(fabrics_.back());
}

void Service::restore(Fabric& fabric) const {
  if (fabric.state_file.empty()) return;
  const auto saved = io::read_state(fabric.state_file, fabric.name);
  if (!saved) return log(fabric.name + ": what was remembered is lost: " + saved.error().message);
  if (*saved) fabric.driver->restore(**saved);
}

void Service::save_states() {
  for (auto& fabric : fabrics_) {
    if (fabric.state_file.empty()) continue;
    const auto written = io::write_state(fabric.state_file, fabric.name, fabric.driver->save());
    const std::string problem = written ? "" : written.error().message;
    if (problem != fabric.said && !problem.empty()) log(fabric.name + ": " + problem);
    fabric.said = problem;
  }
  save_.after(save_every, [this] { save_states(); });
}

void Service::log(const std::string& line) const {
  if (hooks_.log) hooks_.log(line);
}

void Service::start() {
  for (auto& fabric : fabrics_) fabric.driver->start();
  save_.after(save_every, [this] { save_states(); });
}

void Service::stop() {
  save_states();
  save_.cancel();
  for (auto& fabric : fabrics_) fabric.driver->stop();
  dispatcher_.flush();
}

bool Service::idle() const { return dispatcher_.idle(); }

std::vector<Service::FabricStatus> Service::fabrics() const {
  std::vector<FabricStatus> statuses;
  for (const auto& fabric : fabrics_)
    statuses.push_back({fabric.name, fabric.driver->controller().str(), fabric.driver->inspect()});
  return statuses;
}

}  // namespace aci::service
