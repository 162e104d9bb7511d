#include "io/http.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <iterator>

#include "io/base64.hpp"
#include "io/http_text.hpp"
#include "model/text.hpp"

namespace aci::io {

namespace {

bool breaks_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

void append_header(std::string& to, std::string_view name, std::string_view value) {
  to += name;
  to += ": ";
  std::replace_copy_if(value.begin(), value.end(), std::back_inserter(to), breaks_line, ' ');
  to += "\r\n";
}

void append_headers(std::string& to, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name.empty() || std::any_of(name.begin(), name.end(), breaks_line)) continue;
    append_header(to, name, value);
  }
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) { return model::equal_ignoring_case(a, b); }

std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::string response_head(const HttpResponse& response, std::optional<std::size_t> content_length, const char* connection) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + reason_of(response.status) + "\r\n";
  append_headers(head, response.headers);
  if (header(response.headers, "Connection").empty()) append_header(head, "Connection", connection);
  if (content_length && header(response.headers, "Content-Length").empty()) {
    append_header(head, "Content-Length", std::to_string(*content_length));
  }
  return head += "\r\n";
}

std::string request_head(const HttpRequest& request, const std::string& host) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (header(request.headers, "Host").empty()) append_header(head, "Host", host);
  append_headers(head, request.headers);
  const bool wants_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (wants_body || !request.body.empty()) append_header(head, "Content-Length", std::to_string(request.body.size()));
  return head += "\r\n";
}

bool writable(const HttpRequest& request) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto fits_target = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; };
  return !request.method.empty() && std::all_of(request.method.begin(), request.method.end(), is_letter) &&
         !request.target.empty() && std::all_of(request.target.begin(), request.target.end(), fits_target);
}

std::string reason_of(int status) {
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  return known == boost::beast::http::status::unknown ? "Unknown" : std::string(boost::beast::http::obsolete_reason(known));
}

std::string accept_key(std::string_view client_key) {
  std::string text(client_key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return encode_base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace aci::io
