#include "io/signer.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <fstream>
#include <sstream>

#include "io/base64.hpp"
#include "model/query.hpp"

namespace aci::io {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio bio_of(std::string_view pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free}; }

// Without it OpenSSL asks on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

class RsaSigner final : public Signer {
 public:
  RsaSigner(std::string dn, Key key) : dn_(std::move(dn)), key_(std::move(key)) {}

  base::Result<std::string> cookies(std::string_view method, std::string_view target, std::string_view body) const override {
    std::string payload(method);
    payload += model::percent_decode(target);
    payload += body;
    const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, payload.size()) != 1)
      return base::Error{base::Errc::io, "a request cannot be signed: OpenSSL refuses"};
    signature.resize(size);
    return "APIC-Request-Signature=" + encode_base64(signature) +
           "; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-Fingerprint=fingerprint; APIC-Certificate-DN=" + dn_;
  }

 private:
  const std::string dn_;
  const Key key_;
};

// A cookie's value ends at a ';', and a header at the end of its line.
bool fits_a_cookie(std::string_view dn) {
  for (const char c : dn)
    if (static_cast<unsigned char>(c) <= 0x20 || c == ';' || c == ',' || c == '"' || c == 0x7f) return false;
  return !dn.empty();
}

}  // namespace

std::string certificate_dn(const std::string& name, const std::string& user, bool app) {
  if (name.starts_with("uni/userext/")) return name;
  if (app) return "uni/userext/appuser-" + user + "/usercert-" + (name.empty() ? user : name);
  return "uni/userext/user-" + user + "/usercert-" + name;
}

base::Result<std::shared_ptr<const Signer>> Signer::from_pem(std::string dn, const std::string& text) {
  const auto wrong = [](const std::string& why) { return base::Error{base::Errc::invalid, why}; };
  if (!fits_a_cookie(dn)) return wrong(std::string("'").append(dn, 0, 100).append("' cannot be the name of a certificate"));
  const Bio bio = bio_of(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (!key && text.find("ENCRYPTED") != std::string::npos)
    return wrong("the key is protected by a passphrase; openssl rsa -in KEY -out PLAIN makes one that is not");
  if (!key) return wrong("holds no private key in PEM");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return wrong("the key is not of type RSA, which a controller asks for");
  return std::shared_ptr<const Signer>(std::make_shared<RsaSigner>(std::move(dn), std::move(key)));
}

base::Result<std::shared_ptr<const Signer>> Signer::load(std::string dn, const std::string& key_file) {
  std::ifstream file(key_file, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return base::Error{base::Errc::invalid, "cannot read the key '" + key_file + "'"};
  auto signer = from_pem(std::move(dn), text.str());
  if (!signer) return base::Error{base::Errc::invalid, "'" + key_file + "': " + signer.error().message};
  return signer;
}

bool verify_signature(std::string_view certificate, std::string_view payload, std::string_view signature) {
  const auto bytes = decode_base64(signature);
  if (!bytes) return false;
  const Bio bio = bio_of(certificate);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr),
                                                         X509_free);
  const Bio again = bio_of(certificate);
  const Key key(x509 ? X509_get_pubkey(x509.get()) : PEM_read_bio_PUBKEY(again.get(), nullptr, no_passphrase, nullptr),
                EVP_PKEY_free);
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size(),
                          reinterpret_cast<const unsigned char*>(payload.data()), payload.size()) == 1;
}

}  // namespace aci::io
