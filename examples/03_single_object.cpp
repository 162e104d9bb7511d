// One object and nothing else: the tenant Heroes, first alone, then with all that is in it.
//
//   03_single_object -u https://apic -l admin -p password [--insecure] [N]
#include <iostream>

#include <aci/aci.hpp>

using namespace aci;

int main(int argc, char** argv) {
  const auto credentials = find_credentials(argc, argv);
  if (!credentials) return std::cerr << credentials.error << '\n', 2;
  long left = credentials.arguments.empty() ? -1 : std::stol(credentials.arguments.front());

  Session session(credentials);
  if (auto login = session.login(); !login) return std::cerr << login.error() << '\n', 1;

  const auto heroes = Tenant("Heroes");
  if (auto done = heroes.subscribe(session, {.subtree = true}); !done) return std::cerr << done.error() << '\n', 1;
  std::cout << "watching " << heroes.dn() << std::endl;

  for (; left != 0; --left) {
    const Event event = session.wait_event();
    std::cout << to_string(event.op()) << ' ' << event.class_name() << ' ' << event.dn() << std::endl;
    for (const auto& name : event.changed())
      if (event.is_modified()) std::cout << "  " << name << ": '" << event.was(name) << "' -> '" << event.attribute(name) << "'" << std::endl;
  }
}
