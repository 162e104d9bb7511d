// aciwatch check, explain and send-test: what a configuration means, before it is in charge.
#include <fstream>
#include <iostream>
#include <sstream>

#include "commands.hpp"
#include "direct.hpp"
#include "service/checks.hpp"

namespace aciwatch {
namespace {

struct ConfigOptions {
  std::string config, argument;
};

// Loads the configuration and hands it on, or prints its mistakes.
template <class Use>
int with_config(const std::string& path, Use use) {
  const auto file = aci::service::load_config(path);
  for (const auto& mistake : file.mistakes) std::cerr << mistake << "\n";
  return file.config ? use(*file.config) : static_cast<int>(exit_usage);
}

int explain(const ConfigOptions& options) {
  std::ostringstream text;
  if (options.argument == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream file(options.argument);
    if (!file) return fail({aci::base::Errc::invalid, "cannot read " + options.argument});
    text << file.rdbuf();
  }
  return with_config(options.config,
                     [&](const auto& config) { return aci::service::explain(config, text.str(), std::cout, std::cerr); });
}

}  // namespace

void add_config(CLI::App& app, int& code) {
  auto options = std::make_shared<ConfigOptions>();
  auto* check = app.add_subcommand("check", "every mistake of a configuration, with its place and what was meant");
  check->add_option("FILE", options->config, "configuration file, YAML")->required();
  check->footer(
      "Example:\n  aciwatch check aciwatch.yaml && aciwatch run --config aciwatch.yaml\n\nNothing is sent to anybody.\n");
  check->callback([options, &code] { code = aci::service::check_file(options->config, std::cerr); });

  auto* explain_command = app.add_subcommand("explain", "which route takes an event, and why");
  explain_command->footer("Example:\n  aciwatch tail --format json --count 1 | aciwatch explain - --config aciwatch.yaml\n");
  explain_command
      ->add_option("EVENT", options->argument, "file with one event as `tail --format json` prints it, - for standard input")
      ->required();
  explain_command->add_option("--config", options->config, "configuration file, YAML")->required();
  explain_command->callback([options, &code] { code = explain(*options); });

  auto* send = app.add_subcommand("send-test", "one marked message to a receiver, and what the service answered");
  send->add_option("RECEIVER", options->argument, "a receiver's name")->required();
  send->add_option("--config", options->config, "configuration file, YAML")->required();
  send->footer("Example:\n  aciwatch send-test snv-noc --config aciwatch.yaml\n");
  send->callback([options, &code] {
    code = with_config(options->config, [&](const auto& config) {
      return aci::service::send_test(config, options->argument, std::cout, std::cerr);
    });
  });
}

}  // namespace aciwatch
