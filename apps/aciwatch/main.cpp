// aciwatch on the command line.
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "direct.hpp"

int main(int argc, char** argv) {
  CLI::App app{
      "aciwatch watches Cisco ACI fabrics and tells people what changed.\n\n"
      "  aciwatch demo                       a simulated fabric, a watch on it, and a room to look at\n"
      "  aciwatch tail -u https://apic -l admin      events of your fabric as they come\n"
      "  aciwatch run --config aciwatch.yaml         the service\n"
      "  aciwatch status                             where the running service stands\n"};
  app.require_subcommand(1);
  app.fallthrough(false);
  app.footer(
      "The controller's address and login come from flags, APIC_URL APIC_LOGIN APIC_PASSWORD (or APIC_CERT_NAME APIC_KEY),\n"
      "credentials.py in the working directory, or a question. Exit status: 0 done, 1 it went wrong, 2 usage or configuration, "
      "3 could not\n"
      "log in, 4 could not reach the controller.");
  int code = aciwatch::exit_done;
  aciwatch::add_demo(app, code);
  aciwatch::add_run(app, code);
  aciwatch::add_tail(app, code);
  aciwatch::add_get(app, code);
  aciwatch::add_write(app, code);
  aciwatch::add_record(app, code);
  aciwatch::add_status(app, code);
  aciwatch::add_config(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? aciwatch::exit_done : aciwatch::exit_usage;
  }
  return code;
}
