#include "relay/plain.hpp"

#include <cstdint>

namespace aci::relay {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view ellipsis = "\xe2\x80\xa6";     // U+2026

// Length of the well-formed character at the front and its code point; 0 where it is not well-formed.
std::size_t decode(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return code = first, 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first >= 0xf5 || text.size() < length) return 0;
  code = first & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool too_long = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  return too_long || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ? 0 : length;
}

bool is_space(std::uint32_t code) {
  return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xa0 || code == 0x2028 || code == 0x2029;
}

bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f || code == 0x061c ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

}  // namespace

std::string clean(std::string_view text, std::size_t characters) {
  std::string out;
  std::size_t count = 0, before_last = 0;  // before_last: where the character stands that an ellipsis would replace
  bool blank = false;
  while (!text.empty()) {
    std::uint32_t code = 0;
    const std::size_t length = decode(text, code);
    const std::string_view character = length == 0 || is_control(code) ? replacement : text.substr(0, length);
    const bool space = length != 0 && is_space(code);
    text.remove_prefix(length == 0 ? 1 : length);
    if (space && (blank || out.empty())) continue;
    blank = space;
    if (count == characters) {
      out.resize(before_last);
      out += ellipsis;
      return out;
    }
    before_last = out.size();
    out += space ? std::string_view(" ") : character;
    ++count;
  }
  if (blank) out.pop_back();
  return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

}  // namespace aci::relay
