// aciwatch demo: a simulated fabric that lives a little, a watch on it, the page with a room, in one process.
#include <cstdio>
#include <cstdlib>

#include "commands.hpp"
#include "direct.hpp"
#include "served.hpp"
#include "sim/apicsim.hpp"

namespace aciwatch {
namespace {

using aci::base::Errc;
using aci::base::Result;

struct DemoOptions {
  std::uint16_t web_port = 8080, apic_port = 8443;
  bool quiet_fabric = false;
};

// The room on the page, and a real one beside it when the environment names it.
std::vector<aci::relay::Destination> rooms() {
  std::vector<aci::relay::Destination> rooms(1);
  rooms[0].service = aci::relay::Service::room;
  if (const char* url = std::getenv("SLACK_WEBHOOK_URL"); url && *url) {
    rooms.emplace_back();
    rooms.back().service = aci::relay::Service::slack_webhook;
    rooms.back().url = url;
  }
  const char* token = std::getenv("WEBEX_TOKEN");
  const char* room = std::getenv("WEBEX_ROOM_ID");
  if (token && *token && room && *room) {
    rooms.emplace_back();
    rooms.back().service = aci::relay::Service::webex;
    rooms.back().url = "https://webexapis.com/v1";
    rooms.back().token = token;
    rooms.back().channel = room;
  }
  return rooms;
}

aci::service::Config config_for(const std::string& apic, std::uint16_t web_port) {
  aci::service::Config config;
  aci::service::FabricConfig fabric;
  fabric.name = "demo";
  fabric.controllers = {apic};
  fabric.username = "admin";
  fabric.password = "password";
  fabric.tls.verify = false;
  fabric.watches.push_back(
      {"config", {"fvTenant", "fvAp", "fvAEPg", "fvBD", "fvCtx", "fvSubnet", "vzBrCP", "vzFilter"}, {}, false, {}});
  fabric.watches.push_back({"faults", {"faultInst"}, {}, false, {}});
  fabric.watches.push_back({"ports", {"ethpmPhysIf"}, {}, false, {}});
  config.fabrics.push_back(std::move(fabric));
  config.web = aci::service::WebConfig{"127.0.0.1", web_port};
  config.route.receiver = "snv-noc";
  config.route.group_wait = aci::base::Duration{0};
  config.receivers.push_back({"snv-noc", rooms()});
  return config;
}

// apicsim on the port asked for, or one of the next when it is in use.
Result<std::unique_ptr<aci::sim::Apicsim>> start_apicsim(aci::io::Loop& loop, std::uint16_t port, bool quiet) {
  for (int tries = 50;; ++port) {
    aci::sim::Apicsim::Options options;
    options.port = port;
    options.controller.fabric.emplace();
    if (!quiet) options.churn = 0.3;
    options.controller.fault_times = {aci::base::Duration{4'000}, aci::base::Duration{4'000}, aci::base::Duration{20'000}};
    auto sim = aci::sim::Apicsim::start(loop, std::move(options));
    if (sim || sim.error().errc != Errc::overflow || --tries == 0 || port == 65535) return sim;
  }
}

int demo(const DemoOptions& options) {
  aci::io::Loop loop;
  auto sim = start_apicsim(loop, options.apic_port, options.quiet_fabric);
  if (!sim) return fail(sim.error());
  const std::string apic = (*sim)->url();
  Served::Options serve;
  serve.config = config_for(apic, options.web_port);
  serve.web.room = "snv-noc";
  serve.web.try_command = "build/bin/aciwatch set uni/tn-WS_Example fvTenant -u " + apic + " -l admin -p password --insecure";
  serve.next_free_port = true;
  auto served = Served::make(loop, std::move(serve));
  if (!served) return fail(served.error());

  std::printf(
      "aciwatch demo: a simulated fabric, a watch on it, and a room to look at\n\n"
      "  the room             %s\n"
      "  the controller       %s      login admin / password\n\n"
      "Three things to try, in another terminal:\n"
      "  build/bin/aciwatch set uni/tn-WS_Example fvTenant -u %s -l admin -p password --insecure\n"
      "  build/bin/aciwatch tail faultInst -u %s -l admin -p password --insecure\n"
      "  curl -k %s/_sim/chaos -d '{\"drop_channels\":true}'\n\n"
      "Ctrl-C ends it.\n\n",
      (*served)->web_url().c_str(), apic.c_str(), apic.c_str(), apic.c_str(), apic.c_str());
  std::fflush(stdout);
  loop.on_stop_signal([&] {
    (*served)->stop();
    (*sim)->stop();
  });
  (*served)->start();
  loop.run();
  return exit_done;
}

}  // namespace

void add_demo(CLI::App& app, int& code) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand("demo", "a simulated fabric, a watch on it, and a room to look at");
  command->footer(
      "The same messages go to a real room with SLACK_WEBHOOK_URL, or WEBEX_TOKEN and WEBEX_ROOM_ID, in the environment.\n"
      "A port that is in use is answered with the next free one.\n");
  command->add_option("--web-port", options->web_port, "port of the page")->capture_default_str();
  command->add_option("--apic-port", options->apic_port, "port of the simulated controller")->capture_default_str();
  command->add_flag("--quiet-fabric", options->quiet_fabric, "the fabric changes only when you change it");
  command->callback([options, &code] { code = demo(*options); });
}

}  // namespace aciwatch
