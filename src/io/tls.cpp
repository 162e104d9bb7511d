#include "io/tls.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "io/tls_engine.hpp"

namespace aci::io {

namespace {

std::string pem_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// Only what is a host name goes into the certificate: a comma would start another entry.
bool is_host_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == std::string::npos;
}

base::Result<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream read;
  read << file.rdbuf();  // a folder opens, but does not read
  std::string text = read.str();
  if (!file.is_open() || text.empty()) {
    return base::Error{base::Errc::io, "cannot read '" + path + "': " + (errno ? std::strerror(errno) : "it is empty")};
  }
  return text;
}

base::Result<Certificate> make_self_signed(const std::string& name, EVP_PKEY* fresh_key) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(fresh_key, EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> certificate_pem(BIO_new(BIO_s_mem()), BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> key_pem(BIO_new(BIO_s_mem()), BIO_free);
  X509* x = certificate.get();

  // A serial number of its own, or browsers refuse the next certificate of the same issuer.
  std::uint64_t serial = 0;
  const bool random = RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1;
  constexpr long day = 24 * 60 * 60;
  const auto* common_name = reinterpret_cast<const unsigned char*>(name.c_str());
  const bool made =
      random && key && x && certificate_pem && key_pem && X509_set_version(x, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1 && X509_gmtime_adj(X509_getm_notBefore(x), -day) &&
      X509_gmtime_adj(X509_getm_notAfter(x), 3650 * day) && X509_set_pubkey(x, key.get()) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 && add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(x, NID_subject_key_identifier, "hash") &&
      add_extension(x, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:" + name) &&
      X509_sign(x, key.get(), EVP_sha256()) > 0 && PEM_write_bio_X509(certificate_pem.get(), x) == 1 &&
      PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!made) return base::Error{base::Errc::io, "cannot make a certificate: OpenSSL refuses"};
  return Certificate{pem_of(certificate_pem.get()), pem_of(key_pem.get()), {}};
}

}  // namespace

base::Result<Certificate> make_self_signed(const std::string& name) {
  if (!is_host_name(name)) return base::Error{base::Errc::invalid, "'" + name + "' is not a host name for a certificate"};
  auto made = make_self_signed(name, EVP_EC_gen("P-256"));
  if (made) made->with_rsa = [name] { return make_self_signed(name, EVP_RSA_gen(2048)); };
  return made;
}

base::Result<Certificate> read_certificate(const std::string& certificate_file, const std::string& key_file) {
  auto certificate = read_file(certificate_file);
  if (!certificate) return certificate.error();
  auto key = read_file(key_file);
  if (!key) return key.error();
  Certificate read{std::move(*certificate), std::move(*key), {}};
  if (auto usable = server_context(read); !usable) {
    return base::Error{base::Errc::invalid, "'" + certificate_file + "' with '" + key_file + "': " + usable.error().message};
  }
  return read;
}

}  // namespace aci::io
