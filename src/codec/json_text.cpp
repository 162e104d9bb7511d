// JSON strings out.
#include <cstring>

#include "codec/answer.hpp"
#include "codec/formats.hpp"
#include "codec/utf8.hpp"

namespace aci::codec {
namespace {

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr char hex[] = "0123456789abcdef";
  out += "\\u00";
  out += hex[static_cast<unsigned char>(c) >> 4];
  out += hex[c & 15];
}

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The highest bit of each byte that does not stand in a JSON string as it is: control characters, quotes, backslashes and what
// is not ASCII. Behind such a byte others may be marked that are none.
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t ones = 0x0101010101010101ull;
  const auto zeros = [](std::uint64_t bytes) { return (bytes - ones) & ~bytes; };
  return ((word - 0x20 * ones) | word | zeros(word ^ '"' * ones) | zeros(word ^ '\\' * ones)) & 0x80 * ones;
}

// Whether the text stands in a JSON string as it is. The ends of two words may overlap.
bool is_plain(std::string_view text) {
  const char* at = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    std::uint64_t special = special_bytes(load<std::uint64_t>(at + size - 8));
    for (const char* const end = at + size - 8; at < end; at += 8) special |= special_bytes(load<std::uint64_t>(at));
    return special == 0;
  }
  if (size >= 4) return special_bytes(load<std::uint32_t>(at) << 32 | load<std::uint32_t>(at + size - 4)) == 0;
  const auto byte = [at](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])); };
  constexpr std::uint64_t spaces = 0x2020202020000000ull;
  return size == 0 || special_bytes(spaces | byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1)) == 0;
}

char* put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

}  // namespace

void json_format::append_member(std::string& out, std::string_view name, std::string_view value) {
  if (!is_plain(name) || !is_plain(value)) {
    append_json_string(out, name);
    out += ':';
    return append_json_string(out, value);
  }
  const std::size_t before = out.size();
  out.resize(before + name.size() + value.size() + 5);
  char* to = out.data() + before;
  to = put(put(put(put(put(to, "\""), name), "\":\""), value), "\"");
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // begin of the run that needs no change
  for (std::size_t i = is_plain(text) ? text.size() : 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    const std::size_t length = c < 0x80 ? 0 : utf8_length(text, i);
    if (length > 0) {
      i += length;
      continue;
    }
    out.append(text, plain, i - plain);
    if (c < 0x80) append_escape(out, text[i]);
    else out += replacement_character;
    plain = ++i;
  }
  out.append(text, plain);
  out += '"';
}

std::string login_body(std::string_view user, std::string_view password) {
  std::string body = R"({"aaaUser":{"attributes":{"name":)";
  append_json_string(body, user);
  body += R"(,"pwd":)";
  append_json_string(body, password);
  body += "}}}";
  return body;
}

std::string app_token_body(std::string_view app) {
  std::string body = R"({"aaaAppToken":{"attributes":{"appName":)";
  append_json_string(body, app);
  body += "}}}";
  return body;
}

}  // namespace aci::codec
