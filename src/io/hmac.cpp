#include "io/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "io/base64.hpp"

namespace aci::io {

std::string sign_webhook(std::string_view secret, std::string_view data) {
  constexpr std::string_view prefix = "whsec_";
  std::string key(secret);
  if (secret.starts_with(prefix))
    if (auto decoded = decode_base64(secret.substr(prefix.size()))) key = std::move(*decoded);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       digest, &size);
  return encode_base64({reinterpret_cast<const char*>(digest), size});
}

}  // namespace aci::io
