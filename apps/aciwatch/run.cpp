// aciwatch run: the service.
#include <iostream>

#include "commands.hpp"
#include "direct.hpp"
#include "served.hpp"

namespace aciwatch {
namespace {

int run(const std::string& path) {
  auto file = aci::service::load_config(path);
  for (const auto& mistake : file.mistakes) std::cerr << mistake << "\n";
  if (!file.config) return exit_usage;
  aci::io::Loop loop;
  Served::Options options;
  options.config = std::move(*file.config);
  if (!options.config.receivers.empty()) options.web.room = options.config.receivers.front().name;
  auto served = Served::make(loop, std::move(options));
  if (!served) return fail(served.error());
  if (!(*served)->web_url().empty()) log_line("page and API at " + (*served)->web_url());
  loop.on_stop_signal([&] { (*served)->stop(); });
  (*served)->start();
  loop.run();
  return exit_done;
}

}  // namespace

void add_run(CLI::App& app, int& code) {
  auto path = std::make_shared<std::string>();
  auto* command = app.add_subcommand("run", "the service: watches the fabrics of a configuration and tells its receivers");
  command->footer(
      "Example:\n  aciwatch check aciwatch.yaml && aciwatch run --config aciwatch.yaml\n\n"
      "A fabric in the configuration; what has a default may be left out:\n"
      "  fabrics:\n"
      "    - name: dc1\n"
      "      controllers: [https://apic1, https://apic2]\n"
      "      username: admin\n"
      "      password_file: dc1.password      # or certificate: { name: admin.crt, key_file: admin.key }\n"
      "                                       # or, without username, certificate: { app: Vendor_App, key_file: app.key }\n"
      "      tls: { verify: true, ca_file: dc1.pem }\n"
      "      gaps: { audit_interval: 15m, compare_interval: 1h, first_sync: baseline, backfill: [aaaModLR] }\n"
      "      canary: uni/tn-common            # an annotation below it is changed, to see that changes come\n"
      "      subscription_lifetime: 1m\n"
      "      state_file: dc1.state            # what happened while the service did not run is told at the next start\n"
      "      watch: [ { name: config, class: [fvTenant, fvAp] } ]\n\n"
      "`aciwatch status` asks the running service where it stands.\n");
  command->add_option("--config", *path, "configuration file, YAML")->required();
  command->callback([path, &code] { code = run(*path); });
}

}  // namespace aciwatch
