// Base64 as RFC 4648, section 4, through OpenSSL. Floor: io.
//
//   encode_base64("\x01\x02")        // "AQI="
//   decode_base64("AQI=")            // "\x01\x02"; nothing for a text that is no base64
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aci::io {

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace aci::io
