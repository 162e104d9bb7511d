#include "service/checks.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "codec/event_json.hpp"
#include "relay/message.hpp"
#include "relay/plain.hpp"
#include "relay/text.hpp"
#include "service/dispatcher.hpp"

namespace aci::service {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : noun.ends_with('h') ? "es" : "s");
}

std::size_t count_routes(const relay::RouteSpec& route) {
  std::size_t count = 1;
  for (const auto& child : route.routes) count += count_routes(child);
  return count;
}

const ReceiverConfig* find_receiver(const Config& config, std::string_view name) {
  const auto it =
      std::find_if(config.receivers.begin(), config.receivers.end(), [&](const auto& one) { return one.name == name; });
  return it == config.receivers.end() ? nullptr : &*it;
}

// "slack, webex", by kind and never by address.
std::string services_of(const ReceiverConfig& receiver) {
  std::string text;
  for (const auto& destination : receiver.destinations)
    (text += text.empty() ? "" : ", ") += relay::to_string(destination.service);
  return text.empty() ? "nothing" : text;
}

}  // namespace

int check_file(const std::string& path, std::ostream& out) {
  const ConfigFile file = load_config(path);
  for (const auto& mistake : file.mistakes) out << mistake << '\n';
  if (!file.config) return 2;
  std::size_t watches = 0;
  for (const auto& fabric : file.config->fabrics) watches += fabric.watches.size();
  out << path << ": fine: " << counted(file.config->fabrics.size(), "fabric") << ", " << counted(watches, "watch") << ", "
      << counted(count_routes(file.config->route), "route") << ", " << counted(file.config->receivers.size(), "receiver")
      << '\n';
  return 0;
}

int explain(const Config& config, std::string_view event_json, std::ostream& out, std::ostream& err) {
  const auto event = codec::decode_event(event_json);
  if (!event) {
    err << "not an event as `aciwatch tail --format json` prints it: " << event.error().message << '\n';
    return 2;
  }
  const relay::Routes routes(config.route);
  const auto labels = relay::Labels::of(*event);
  out << "labels:";
  for (const auto name : relay::label_names())
    if (const auto value = labels.get(*relay::parse_label(name)); !value.empty())
      out << ' ' << name << "=\"" << relay::clean(value, 200) << '"';
  out << "\nroutes:\n";
  for (const auto& step : routes.explain(labels))
    out << "  " << (step.matched ? "yes  " : "no   ") << step.route->path << ": " << relay::clean(step.why, 500) << '\n';
  const bool notify_first = std::any_of(config.fabrics.begin(), config.fabrics.end(), [&](const FabricConfig& fabric) {
    return fabric.name == event->fabric && fabric.gaps.notify_first;
  });
  if (event->origin == model::Origin::baseline && !notify_first) {
    out << "nobody is told: the event is of origin baseline, there when the watch began, and first_sync is not notify\n";
    return 0;
  }
  for (const relay::Route* route : routes.match(labels)) {
    const auto* receiver = find_receiver(config, route->receiver);
    out << "goes to " << route->receiver << " (" << (receiver ? services_of(*receiver) : "not configured") << ") by "
        << route->path << ", ";
    if (route->group_wait.count() == 0) {
      out << "at once\n";
      continue;
    }
    out << "after " << static_cast<double>(route->group_wait.count()) / 1000 << " s with others of the same group (";
    for (std::size_t i = 0; i < route->group_by.size(); ++i)
      out << (i ? ", " : "") << relay::to_string(route->group_by[i]) << "=\""
          << relay::clean(labels.get(route->group_by[i]), 200) << '"';
    out << (route->group_by.empty() ? "all of this route)\n" : ")\n");
  }
  relay::Batch batch;
  batch.events.push_back(std::make_shared<const model::Event>(*event));
  out << "message:\n" << relay::render_text(relay::make_message(batch, 0), false);
  return 0;
}

int send_test(const Config& config, const std::string& name, std::ostream& out, std::ostream& err) {
  const auto* receiver = find_receiver(config, name);
  if (!receiver) {
    std::vector<std::string_view> names;
    for (const auto& one : config.receivers) names.push_back(one.name);
    err << "no receiver is named '" << name << '\'' << base::did_you_mean(name, names) << '\n';
    return 2;
  }
  auto batch = std::make_shared<relay::Batch>();
  batch->id = "test-" + std::to_string(io::Loop::wall().unix_ms);
  batch->receiver = name;
  batch->note = "[TEST] aciwatch can reach this receiver (" + name + ")";
  io::Loop loop;
  io::Poster poster(loop);
  std::size_t open = 0;
  int code = 0;
  for (const auto& destination : receiver->destinations) {
    const std::string who(relay::to_string(destination.service));
    if (destination.service == relay::Service::console) {
      out << relay::render_text(relay::make_message(*batch, 0), false);
      continue;
    }
    if (destination.service == relay::Service::room) {
      out << who << ": is on the dashboard of the running service\n";
      continue;
    }
    ++open;
    poster.post(post_request(destination, {batch, 0, 1, false}, "test"), [&, who, service = destination.service](auto result) {
      const auto outcome = relay::judge(service, relay_answer(std::move(result)), io::Loop::wall());
      const bool taken = outcome.fate == relay::Fate::delivered;
      out << who << ": " << (taken ? "took it" : outcome.reason) << '\n';
      if (!taken) code = 1;
      if (--open == 0) loop.stop();
    });
  }
  if (open > 0) loop.run();
  return code;
}

}  // namespace aci::service
