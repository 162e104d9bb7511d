// The labs' event loop: what happens to tenants and application profiles, until it is interrupted.
//
//   01_event_loop -u https://apic -l admin -p password [--insecure] [N]        (ends after N events)
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
  AppProfile.subscribe(session);

  while (left != 0) {
    // One `if` for each class, and no `else`: a busy class does not make a quiet one wait.
    if (Tenant.has_events(session)) {
      auto event = Tenant.get_event(session);
      std::cout << event.dn() << (event.is_deleted() ? " has been deleted" : " has been created/modified") << std::endl;
      if (--left == 0) break;
    }
    if (AppProfile.has_events(session)) {
      auto event = AppProfile.get_event(session);
      std::cout << event.dn() << (event.is_deleted() ? " has been deleted" : " has been created/modified") << std::endl;
      if (--left == 0) break;
    }
    session.wait(std::chrono::seconds(1));  // rests until there is something, instead of turning round and round
  }
}
