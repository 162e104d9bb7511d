// The README's program, word for word; run by the tests through README.md.
#include <aci/aci.hpp>
#include <iostream>

using namespace aci;

int main(int argc, char** argv) {
  Session session(argc > 1 ? argv[1] : "https://127.0.0.1:8443", "admin", "password", {.verify = false});
  if (auto answer = session.login(); !answer) return std::cerr << answer.error() << "\n", 1;
  Tenant.subscribe(session, {.only_new = true});
  AppProfile.subscribe(session, {.only_new = true});
  while (session.wait(std::chrono::seconds(60))) {
    for (auto* object_class : {&Tenant, &AppProfile})
      while (object_class->has_events(session)) {
        auto event = object_class->get_event(session);
        std::cout << event.dn() << (event.is_deleted() ? " has been deleted" : " has been created/modified") << std::endl;
      }
  }
}
