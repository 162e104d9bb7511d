#include "io/request_line.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "io/http.hpp"

namespace aci::io {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "http://apic:80/api?x" -> "/api?x", "http://apic" -> "/"; anything else as it is.
std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_name(target.substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

base::Error wrong(const char* what) { return {base::Errc::protocol, what, 400}; }

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

}  // namespace

base::Result<std::optional<std::string>> take_target(Buffer& input) {
  // Somebody who speaks TLS here would wait for an answer to what is never complete.
  if (!input.empty() && !is_letter(*input.data())) return wrong("this is not HTTP/1.1");
  const auto end = input.view().find('\n');
  if (std::min(end, input.size()) > request_line_max)
    return base::Error{base::Errc::overflow, "the request's line is longer than 16 KiB", 414};
  if (end == std::string_view::npos) return std::nullopt;

  if (end == 0 || input.data()[end - 1] != '\r') return wrong("the lines of a request end with CR and LF");

  const std::string_view line = input.view().substr(0, end - 1);
  const auto method_end = line.find(' '), version_at = line.rfind(' ');
  if (method_end == version_at || !line.substr(version_at).starts_with(" HTTP/1."))
    return wrong("the request's line is not 'METHOD TARGET HTTP/1.1'");
  std::string target(without_origin(trimmed(line.substr(method_end, version_at - method_end))));
  if (target.empty()) return wrong("the request's line has no target");
  if (std::any_of(target.begin(), target.end(), is_control)) return wrong("a control character stands in the request's target");

  const std::string rest = std::string(line.substr(0, method_end)) + " / " + std::string(line.substr(version_at + 1));
  input.consume(line.size() - rest.size());
  std::memcpy(input.data(), rest.data(), rest.size());
  return target;
}

}  // namespace aci::io
