// Where a program finds the controller's address and login, as users of acitoolkit know it.
//
//   auto credentials = find_credentials(argc, argv);
//   if (!credentials) return std::cerr << credentials.error << '\n', 2;
//   Session session(credentials);
//
// Each value on its own, first hit: what the caller gives (its command line's flags), the environment (APIC_URL APIC_LOGIN
// APIC_PASSWORD APIC_CERT_NAME APIC_KEY), credentials.py in the working directory (URL LOGIN PASSWORD CERT_NAME KEY), then
// for the first three a question on the terminal, which does not show the password. With a certificate's name and key no
// password is needed. Without a terminal a missing value is an error that tells the ways to give it. APIC_VERIFY=no (also 0,
// false, off) accepts any certificate, as --insecure does.
//
// credentials.py is read, never run: assignments of one quoted text at the beginning of a line, and comments. One of the
// values above in another form is an error with its line number.
//
// Thread-safety: the environment must not change meanwhile.
#pragma once

#include <string>
#include <vector>

namespace aci {

struct Credentials {
  std::string url, login, password;         // "" is not given; several controllers' URLs have commas between them
  std::string cert_name, key;               // both: login with a certificate, whose private key is the PEM file `key`
  bool insecure = false;                    // accept any certificate
  std::vector<std::string> arguments = {};  // what the command line held beside the flags
  std::string error = {};                   // one line; "" when all was found

  explicit operator bool() const { return error.empty(); }
};

// Completes what is given.
Credentials find_credentials(const Credentials& given = {});

// Takes -u/--url, -l/--login, -p/--password, --cert-name, --key (as "--url X" or "--url=X") and --insecure from a command
// line; another argument that begins with '-' is an error.
Credentials find_credentials(int argc, const char* const* argv);

}  // namespace aci
