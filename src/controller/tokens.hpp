// Session tokens as the controller writes them. Floor: controller.
//
//   opaque_token(rng)                  // 172 characters of base64, as releases before 5.2 had them
//   web_token(rng, {fingerprint, "admin", "15374", session_id, rights, issued, expires})     // since 5.2: a JWT
//
// The signature of a web token is random: nobody but the controller, which remembers its tokens, could check it.
// Facts: a recorded token of 5.2(1g). Thread-safety: one thread for each generator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.hpp"
#include "controller/accounts.hpp"

namespace aci::controller {

// That many random bytes as base64.
std::string random_base64(base::Rng& rng, std::size_t bytes);

// Always with '+', '/' and '=' in it: a client that escapes it in a path is wrong.
std::string opaque_token(base::Rng& rng);

struct TokenFacts {
  std::string_view fingerprint, user, uid, session_id;
  const Rights& rights;
  std::int64_t issued = 0, expires = 0;  // unix seconds
};
std::string web_token(base::Rng& rng, const TokenFacts& facts);

}  // namespace aci::controller
