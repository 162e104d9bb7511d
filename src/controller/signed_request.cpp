#include "controller/signed_request.hpp"

#include <algorithm>

#include "controller/cookies.hpp"
#include "model/query.hpp"

namespace aci::controller {

std::optional<RequestSignature> signature_in(std::string_view cookies) {
  const auto value_of = [&](std::string_view name) {
    const auto values = cookie_values(cookies, name);
    return values.empty() ? std::string_view() : values.back();
  };
  const std::string_view signature = value_of("APIC-Request-Signature"), dn = value_of("APIC-Certificate-DN");
  if (signature.empty() || dn.empty() || value_of("APIC-Certificate-Algorithm") != "v1.0") return {};
  return RequestSignature{std::string(signature), std::string(dn)};
}

std::vector<std::string> signed_texts(std::string_view method, std::string_view target, std::string_view body) {
  std::string collapsed;
  for (const char c : target)
    if (c != '/' || !collapsed.ends_with('/')) collapsed += c;
  if (collapsed.ends_with('?')) collapsed.pop_back();

  std::vector<std::string> texts;
  const auto add = [&](std::string_view path, std::string_view with) {
    std::string text = std::string(method) + std::string(path) + std::string(with);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  };
  for (const std::string& path :
       {std::string(target), model::percent_decode(target), collapsed, model::percent_decode(collapsed)}) {
    add(path, body);
    if (body == "{}") add(path, "");
  }
  return texts;
}

}  // namespace aci::controller
