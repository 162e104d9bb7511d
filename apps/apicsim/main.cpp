// apicsim: a simulated ACI controller on the command line.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "controller/accounts.hpp"
#include "controller/fabric.hpp"
#include "sim/apicsim.hpp"

namespace {

// "127.0.0.1:8443", "[::1]:0", ":8443" (all addresses).
aci::base::Result<std::pair<std::string, std::uint16_t>> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  const aci::base::Error wrong{aci::base::Errc::invalid,
                               "--listen takes ADDRESS:PORT, as 127.0.0.1:8443, and not '" + text + "'"};
  if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 6) return wrong;
  unsigned port = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9') return wrong;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (port > 65535) return wrong;
  return std::pair{address.empty() ? std::string("0.0.0.0") : address, static_cast<std::uint16_t>(port)};
}

// "joe:secret", "joe:secret:read-all", "joe:secret:tenant-admin-ro:solar".
aci::base::Result<aci::controller::User> parse_user(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text)
    if (c == ':') parts.emplace_back();
    else parts.back() += c;
  const auto wrong = [&](const std::string& why) { return aci::base::Error{aci::base::Errc::invalid, "--user " + why}; };
  if (parts.size() < 2 || parts.size() > 4 || parts[0].empty() || (parts.size() == 4 && parts[3].empty()))
    return wrong("takes NAME:PASSWORD[:ROLE[:DOMAIN]], in which no part has a colon");
  aci::controller::User user{parts[0], parts[1]};
  if (parts.size() > 2) {
    user.role = parts[2];
    user.read_only = user.role.ends_with("-ro");
    if (user.read_only) user.role.resize(user.role.size() - 3);
    if (user.role == "read-all") user.read_only = true;
    if (!aci::controller::is_known_role(user.role))
      return wrong("knows no role '" + user.role + "'; there are " + aci::controller::known_roles());
  }
  if (parts.size() > 3) user.domain = parts[3];
  return user;
}

int fail(int status, const std::string& message) {
  std::fprintf(stderr, "apicsim: %s\n", message.c_str());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "apicsim: a simulated Cisco ACI controller (APIC). It answers the REST API with login, queries, writes and\n"
      "subscriptions, and pushes events over the websocket, for everyone without a fabric at hand.\n\n"
      "  apicsim                                    https://127.0.0.1:8443, user admin, password password\n"
      "  apicsim --listen 127.0.0.1:0 --http        a free port, without TLS\n"
      "  apicsim --fabric spines=2,leaves=4 --churn 5      a fabric with ports and endpoints, that lives\n"
      "  apicsim --state lab.state                  what is written is there after a restart\n"
      "  apicsim --load tenants.json --load faults.json    start with what a controller answered\n"
      "  apicsim --controllers 3                    three of one fabric, on 8443 and the next free ports\n"
      "  apicsim --scenario night.yaml              at 10 s do this, at 20 s that\n"
      "  apicsim --replay night.jsonl --speed 10    what aciwatch record saw of a real one, ten times as fast\n"
      "  apicsim --chaos '{\"duplicate\":0.1,\"seconds\":600}'\n\n"
      "First steps, in another terminal:\n"
      "  curl -sk -c apic.cookie https://127.0.0.1:8443/api/aaaLogin.json \\\n"
      "       -d '{\"aaaUser\":{\"attributes\":{\"name\":\"admin\",\"pwd\":\"password\"}}}'\n"
      "  curl -sk -b apic.cookie https://127.0.0.1:8443/api/class/fvTenant.json\n"
      "What it does like a controller, what differently and what not at all: https://127.0.0.1:8443/ in a browser.\n"};
  std::string listen = "127.0.0.1:8443", certificate_file, key_file;
  std::vector<std::string> users;
  std::vector<double> fault_times;
  bool http = false, quiet = false;
  double token_lifetime = 600, session_lifetime = 86400, subscription_lifetime = 60, socket_lifetime = 86400;
  aci::sim::Apicsim::Options options;
  app.add_option("--listen", listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  app.add_flag("--http", http, "serve plain HTTP and ws:// instead of TLS");
  app.add_option("--cert", certificate_file, "certificate, PEM; without it one is made in memory, self-signed");
  app.add_option("--key", key_file, "its private key, PEM");
  app.add_option("--user", users,
                 "NAME:PASSWORD[:ROLE[:DOMAIN]], may be repeated; default admin:password. ROLE is admin or another of the\n"
                 "controller's roles; read-all, and one with -ro behind it, only reads. DOMAIN is a security domain, all\n"
                 "without it");
  app.add_option("--load", options.load,
                 "file with a controller's answer, pushed frames or one nested object, may be repeated; each adds to\n"
                 "what is there, but an export (/_sim/export) is the whole fabric: give it first");
  app.add_option("--state", options.state,
                 "file that keeps the fabric: every answered write is back after a restart, kill -9 included;\n"
                 "what it holds goes before --load");
  app.add_option("--token-lifetime", token_lifetime, "seconds until a token must be refreshed")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--session-lifetime", session_lifetime, "seconds a login lasts at most")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--subscription-lifetime", subscription_lifetime, "seconds until a subscription must be refreshed")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--socket-lifetime", socket_lifetime, "seconds until a websocket is closed")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--login-rate", options.controller.login_rate,
                 "logins and refreshes a second that a controller takes, beyond it 503; 0 for no bound")
      ->capture_default_str();
  app.add_flag("--opaque-tokens", options.controller.opaque_tokens, "tokens as before release 5.2, base64 with + / and =");
  app.add_option("--controllers", options.controller.controllers, "how many controllers the fabric has")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  app.add_option("--fault-times", fault_times, "seconds that a fault soaks, is clearing, is retained; default 120,120,3600")
      ->delimiter(',')
      ->expected(3)
      ->check(CLI::Range(0.0, 1e6));
  std::string fabric;
  app.add_option("--fabric", fabric,
                 "how big it is, as spines=2,leaves=4; also pods=, and ports= and endpoints= of each leaf. With ports,\n"
                 "links, neighbours and endpoints; without it there are three nodes");
  app.add_option("--churn", options.churn,
                 "so many things happen each second: EPGs, and with --fabric endpoints, ports, leaves")
      ->check(CLI::Range(0.0, 10000.0));
  app.add_option("--scenario", options.scenario, "YAML file that says what happens when");
  app.add_option("--replay", options.replay,
                 "recording of `aciwatch record`: its answers are the fabric, its frames are pushed at their times, counted\n"
                 "from a second after the first subscription");
  app.add_option("--speed", options.speed, "so many times as fast")->capture_default_str()->check(CLI::Range(0.001, 1e6));
  app.add_option("--chaos", options.chaos,
                 "what goes wrong from the beginning: a JSON object as /_sim/chaos takes it,\n"
                 "may be repeated");
  app.add_option("--seed", options.controller.seed, "makes tokens, ids and what --churn does repeatable")
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "print only the line that says where it serves");
  app.footer(
      "A scenario is a list of steps:\n"
      "  - { at: 10s, post: { fvTenant: { dn: uni/tn-Heroes, descr: Saves the day } } }\n"
      "  - { at: 20s, port: { node: 101, port: eth1/9, state: down } }\n"
      "  - { at: 30s, chaos: { restart_node: 101 } }\n"
      "also set, delete, endpoint, silence, churn, storm, fault; with repeat: 5m and steps: [...] it begins again.\n\n"
      "A websocket whose client does not read is closed when 64 MiB wait for it; an HTTP client who does not read its\n"
      "answer, after 300 s. A request has 30 s to come, 16 KiB for its line and for its headers, 64 MiB for its body.\n\n"
      "Exit codes: 0 ended by a signal, 1 it went wrong, 2 usage.\n");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }

  const auto where = parse_listen(listen);
  if (!where) return fail(2, where.error().message);
  options.address = where->first;
  options.port = where->second;
  options.tls = !http;
  if (certificate_file.empty() != key_file.empty()) return fail(2, "--cert and --key go together");
  if (!certificate_file.empty()) {
    auto certificate = aci::io::read_certificate(certificate_file, key_file);
    if (!certificate) return fail(2, certificate.error().message);
    options.certificate = std::move(*certificate);
  }
  if (!users.empty()) options.controller.users.clear();
  for (const std::string& user : users) {
    auto parsed = parse_user(user);
    if (!parsed) return fail(2, parsed.error().message);
    options.controller.users.push_back(std::move(*parsed));
  }
  if (!fabric.empty()) {
    const auto shape = aci::controller::parse_fabric(fabric);
    if (!shape) return fail(2, shape.error().message);
    options.controller.fabric = *shape;
  }
  const auto seconds = [](double value) { return aci::base::Duration{static_cast<std::int64_t>(value * 1000)}; };
  options.controller.token_lifetime = seconds(token_lifetime);
  options.controller.session_lifetime = seconds(session_lifetime);
  options.controller.socket_lifetime = seconds(socket_lifetime);
  options.controller.subscription_lifetime = seconds(subscription_lifetime);
  if (!fault_times.empty())
    options.controller.fault_times = {seconds(fault_times[0]), seconds(fault_times[1]), seconds(fault_times[2])};

  aci::io::Loop loop;
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, and no end without a word
  int code = 0;
  options.on_note = [](const std::string& note) { fail(0, note); };
  options.on_state_lost = [&](const aci::base::Error& error) {
    code = fail(1, error.message + "; the last writes are not answered");
    loop.stop();
  };
  auto sim = aci::sim::Apicsim::start(loop, std::move(options));
  if (!sim) return fail(sim.error().errc == aci::base::Errc::invalid ? 2 : 1, sim.error().message);
  loop.on_stop_signal([&] {
    (*sim)->stop();
    loop.stop();
  });
  for (std::size_t i = 0; i < (*sim)->controller_count(); ++i) std::printf("apicsim: serving %s\n", (*sim)->url(i).c_str());
  std::fflush(stdout);
  if (!quiet && users.empty())
    std::fprintf(stderr, "login admin / password; what it can do: %s/ in a browser; Ctrl-C ends it\n", (*sim)->url().c_str());
  loop.run();
  return code;
}
