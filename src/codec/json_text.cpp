// JSON strings out.
#include "codec/answer.hpp"
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

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // begin of the run that needs no change
  for (std::size_t i = 0; i < text.size();) {
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
