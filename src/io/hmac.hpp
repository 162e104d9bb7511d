// The signature of Standard Webhooks. Floor: io.
//
//   sign_webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1.1614265330.{\"test\": 2432232314}")
//
// Thread-safety: pure function. Source: standard-webhooks specification 1.0.
#pragma once

#include <string>
#include <string_view>

namespace aci::io {

// HMAC-SHA256 in base64. The key is what follows "whsec_", decoded from base64; a secret of another form is the key as
// it stands.
std::string sign_webhook(std::string_view secret, std::string_view data);

}  // namespace aci::io
