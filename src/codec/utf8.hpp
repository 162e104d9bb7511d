// UTF-8 by steps and as a whole. Floor: codec. Thread-safety: free functions, no state.
#pragma once

#include <cstddef>
#include <string_view>

namespace aci::codec {

// What stands in the place of bytes that are no text: U+FFFD.
inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

// Bytes of the character at `at` (1 to 4), 0 when there is none: a stray byte, a cut or overlong sequence, a surrogate, a
// value above U+10FFFF. Precondition: at < text.size().
inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at), second = byte(at + 1);
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(at + 1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(at + 1) || !continues(at + 2) || (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f))
      return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(at + 1) || !continues(at + 2) || !continues(at + 3)) return 0;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

// Where the first bytes stand that are no character; npos when all of it is UTF-8.
inline std::size_t first_non_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace aci::codec
