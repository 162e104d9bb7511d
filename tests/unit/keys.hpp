// The RSA key and certificate of tests/keys, made with `openssl genrsa` and `openssl req -x509` for the tests alone.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace aci {

inline const std::string test_keys = ACI_TEST_KEYS "/";

// Of "admin.key", or "admin.crt".
inline std::string test_key(const std::string& name) {
  std::ifstream file(test_keys + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace aci
