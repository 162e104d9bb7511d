#include <algorithm>
#include <charconv>

#include "io/client.hpp"
#include "io/http.hpp"

namespace aci::io {

namespace {

bool is_v6(const std::string& host) { return host.find(':') != std::string::npos; }

}  // namespace

base::Result<Endpoint> Endpoint::parse(std::string_view url) {
  const auto bad = [url](const char* why) {
    std::string shown(url.substr(0, 200));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
    return base::Error{base::Errc::invalid, "'" + shown + "' is not a controller's address: " + why +
                                                "; write it like https://apic or https://10.0.0.1:8443"};
  };
  if (url.find('@') != std::string_view::npos) {
    // The text may hold a password: it is not repeated.
    return base::Error{base::Errc::invalid, "a controller's address holds no user or password; pass them on their own"};
  }
  Endpoint endpoint;
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    endpoint.tls = same_name(rest.substr(0, scheme), "https");
    if (!endpoint.tls && !same_name(rest.substr(0, scheme), "http")) return bad("the scheme is neither https nor http");
    rest.remove_prefix(scheme + 3);
  }
  endpoint.port = endpoint.tls ? 443 : 80;
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos) return bad("there is a path behind the host");

  std::string_view port;
  bool has_port = false;
  if (!rest.empty() && rest.front() == '[') {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return bad("']' is missing");
    endpoint.host = rest.substr(1, end - 1);
    if (!is_v6(endpoint.host)) return bad("only an IPv6 address stands in brackets");
    rest.remove_prefix(end + 1);
    has_port = !rest.empty();
    if (has_port && rest.front() != ':') return bad("there is something behind ']'");
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    endpoint.host = rest.substr(0, colon);
    if (has_port) port = rest.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) return bad("an IPv6 address needs brackets");
  }
  if (endpoint.host.empty()) return bad("the host is missing");
  if (endpoint.host.size() > 253) return bad("the host is too long");
  for (const char c : endpoint.host) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                      c == '_' || c == ':' || c == '%';
    if (!fine) return bad("the host holds a character that none has");
  }
  if (has_port) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
      return bad("the port is not a number from 1 to 65535");
    }
    endpoint.port = static_cast<std::uint16_t>(number);
  }
  return endpoint;
}

std::string Endpoint::authority() const { return (is_v6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port); }

std::string Endpoint::host_header() const {
  if (port != (tls ? 443 : 80)) return authority();
  return is_v6(host) ? "[" + host + "]" : host;
}

std::string Endpoint::str() const { return (tls ? "https://" : "http://") + host_header(); }

}  // namespace aci::io
