// Callbacks instead of a loop of your own. They run in a thread of the session's, one at a time, and may call the session.
//
//   06_callbacks -u https://apic -l admin -p password [--insecure] [N]
#include <atomic>
#include <iostream>

#include <aci/aci.hpp>

using namespace aci;

int main(int argc, char** argv) {
  const auto credentials = find_credentials(argc, argv);
  if (!credentials) return std::cerr << credentials.error << '\n', 2;
  std::atomic<long> left = credentials.arguments.empty() ? -1 : std::stol(credentials.arguments.front());

  Session session(credentials);
  if (auto login = session.login(); !login) return std::cerr << login.error() << '\n', 1;

  session.on_gap([](const Gap& gap) { std::cout << "may have missed something: " << gap.reason << std::endl; });
  session.on_event([&](const Event& event) {
    if (left == 0) return;
    std::cout << event.class_name() << ' ' << event << ' ' << to_string(event.op()) << std::endl;
    --left;
    left.notify_one();
  });
  Tenant.subscribe(session);
  AppProfile.subscribe(session);
  EPG.subscribe(session);

  for (long now = left; now != 0; now = left) left.wait(now);
}
