// Waiting for whatever comes next, over all subscriptions, faults among them; and seeing when something may have been missed.
//
//   05_wait_event -u https://apic -l admin -p password [--insecure] [N]
#include <iostream>

#include <aci/aci.hpp>

using namespace aci;

int main(int argc, char** argv) {
  const auto credentials = find_credentials(argc, argv);
  if (!credentials) return std::cerr << credentials.error << '\n', 2;
  long left = credentials.arguments.empty() ? -1 : std::stol(credentials.arguments.front());

  Session session(credentials);
  if (auto login = session.login(); !login) return std::cerr << login.error() << '\n', 1;
  Tenant.subscribe(session);
  Fault.subscribe(session, {.only_new = true, .filter = R"(ge(faultInst.severity,"major"))"});
  ObjectClass("fabricNode").subscribe(session, {.only_new = true});  // any class by the controller's name
  std::cout << "watching" << std::endl;

  while (left != 0) {
    const Event event = session.wait_event(std::chrono::seconds(60));
    while (const auto gap = session.get_gap()) std::cout << "may have missed something of " << gap->watch << ": " << gap->reason << std::endl;
    if (!event) continue;  // a quiet minute
    std::cout << event.time() << ' ' << to_string(event.origin()) << ' ' << event.to_json() << std::endl;
    --left;
  }
}
