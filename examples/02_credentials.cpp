// The labs' credentials file: write credentials.py beside the program with
//
//   URL = 'https://apic'
//   LOGIN = 'admin'
//   PASSWORD = 'password'
//
// and run it without an option. Flags and APIC_URL, APIC_LOGIN, APIC_PASSWORD go before the file, a question comes last.
#include <iostream>

#include <aci/aci.hpp>

using namespace aci;

int main(int argc, char** argv) {
  const auto credentials = find_credentials(argc, argv);
  if (!credentials) return std::cerr << credentials.error << '\n', 2;

  Session session(credentials);
  const auto login = session.login();
  std::cout << login << '\n';  // <Response [200]>
  if (!login) return std::cerr << login.error() << '\n', 1;

  std::cout << Tenant.subscribe(session) << '\n';          // True
  std::cout << Tenant.has_events(session) << '\n';         // 1: what is there comes first
  const auto event = Tenant.get_event(session);
  std::cout << event << '\n' << event.dn() << '\n';        // common, uni/tn-common
  std::cout << std::boolalpha << event.is_deleted() << '\n';  // false
}
