// Login with a certificate: each request carries the signature of its text instead of a token. Floor: io.
//
//   auto signer = Signer::load(certificate_dn("admin.crt", "admin", false), "admin.key");
//   (*signer)->cookies("GET", "/api/class/fvTenant.json", "")
//   // "APIC-Request-Signature=...; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-Fingerprint=fingerprint;
//   //  APIC-Certificate-DN=uni/userext/user-admin/usercert-admin.crt"
//
// What is signed is METHOD, path with query (percent-decoded), and body, with nothing between them: RSA, PKCS #1 v1.5,
// SHA-256. The certificate itself is stored at the controller beforehand, as aaaUserCert below the user.
//
// Errors: invalid, naming the key's file and never its content. Thread-safety: immutable.
// Source: Cisco APIC REST API Configuration Guide, "Signature-based transactions".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace aci::io {

// The DN by which the controller finds a user's certificate. A name that is such a DN already stays as it is; without a
// name an app's certificate is called like the app.
std::string certificate_dn(const std::string& name, const std::string& user, bool app);

class Signer {
 public:
  // A private key in PEM, RSA, without a passphrase.
  static base::Result<std::shared_ptr<const Signer>> load(std::string dn, const std::string& key_file);
  static base::Result<std::shared_ptr<const Signer>> from_pem(std::string dn, const std::string& key);
  virtual ~Signer() = default;

  // The four cookies, as one value of a Cookie header. Errors (io) only where OpenSSL refuses.
  virtual base::Result<std::string> cookies(std::string_view method, std::string_view target, std::string_view body) const = 0;
};

// Whether `signature` (base64) of `payload` was made with the key of this certificate or public key, PEM.
bool verify_signature(std::string_view certificate, std::string_view payload, std::string_view signature);

}  // namespace aci::io
