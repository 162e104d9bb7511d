// Requests that carry a signature instead of a token. Floor: controller.
//
//   if (const auto signature = signature_in(request.cookies))
//     for (const std::string& text : signed_texts(method, target, body)) verify(certificate, text, signature->value) ...
//
// What is signed is METHOD, path with query, and body, with nothing between them. Clients differ in what they take for the
// path, so each form that one of them signs is tried: as it came, percent-decoded, with // as one / and without a '?' at
// the end; a body {} may be left out. Facts: protocol of signature-based requests, signers of published clients.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aci::controller {

struct RequestSignature {
  std::string value;           // base64
  std::string certificate_dn;  // "uni/userext/user-admin/usercert-admin.crt"
};

// Nothing when the header holds none, or one of another algorithm than v1.0.
std::optional<RequestSignature> signature_in(std::string_view cookies);

std::vector<std::string> signed_texts(std::string_view method, std::string_view target, std::string_view body);

}  // namespace aci::controller
