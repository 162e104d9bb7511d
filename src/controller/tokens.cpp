#include "controller/tokens.hpp"

#include <algorithm>

#include "codec/answer.hpp"

namespace aci::controller {
namespace {

// As JWTs want it: '-' and '_', nothing at the end.
std::string base64url(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63];
  return text;
}

std::string quoted(std::string_view text) {
  std::string out;
  codec::append_json_string(out, text);
  return out;
}

}  // namespace

std::string random_base64(base::Rng& rng, std::size_t bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes; i += 3) {
    const std::uint64_t bits = rng.next();
    const std::size_t characters = std::min<std::size_t>(bytes - i, 3) + 1;
    for (std::size_t k = 0; k < 4; ++k) text += k < characters ? alphabet[(bits >> (6 * k)) & 63] : '=';
  }
  return text;
}

std::string opaque_token(base::Rng& rng) {
  std::string token = random_base64(rng, 128);
  token[40] = '+';
  token[80] = '/';
  return token;
}

std::string web_token(base::Rng& rng, const TokenFacts& facts) {
  std::string domains;
  for (const auto& domain : facts.rights.domains) {
    if (!domains.empty()) domains += ',';
    domains += R"({"domain":)" + quoted(domain.name) + R"(,"rolesR":)" + (domain.write_roles.empty() ? "1" : "0") +
               R"(,"rolesW":)" + (domain.write_roles.empty() ? "0" : "1") + '}';
  }
  const std::string head = R"({"alg":"RS256","kid":)" + quoted(facts.fingerprint) + R"(,"typ":"jwt"})";
  const std::string payload = R"({"rbac":[)" + domains + R"(],"iss":"ACI APIC","username":)" + quoted(facts.user) +
                              R"(,"userid":)" + std::string(facts.uid) + R"(,"userflags":0,"iat":)" +
                              std::to_string(facts.issued) + R"(,"exp":)" + std::to_string(facts.expires) + R"(,"sessionid":)" +
                              quoted(facts.session_id) + '}';
  std::string signature;
  while (signature.size() < 256) signature += static_cast<char>(rng.next() & 0xff);
  return base64url(head) + '.' + base64url(payload) + '.' + base64url(signature);
}

}  // namespace aci::controller
