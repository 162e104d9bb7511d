#include "io/tls_engine.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <functional>
#include <utility>
#include <vector>

namespace aci::io {

namespace {

std::string last_reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  return text ? text : "unknown reason";
}

base::Result<TlsContext> new_context(const SSL_METHOD* method) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return base::Error{base::Errc::io, "cannot set up TLS: " + last_reason()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

template <class T, auto Free>
struct Freer {
  void operator()(T* value) const { Free(value); }
};
using Bio = std::unique_ptr<BIO, Freer<BIO, BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;

Bio reading(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// A key with a pass phrase would otherwise stop the program with a prompt.
int no_pass_phrase(char*, int, int, void*) { return -1; }

}  // namespace

// The engine's wire as OpenSSL sees it. Memory BIOs of OpenSSL would copy everything once more, in and out.
struct WireBio {
  static BIO* make(TlsEngine::Wire& wire) {
    static const std::unique_ptr<BIO_METHOD, Freer<BIO_METHOD, BIO_meth_free>> method(make_method());
    BIO* bio = method ? BIO_new(method.get()) : nullptr;
    if (bio) BIO_set_data(bio, &wire);
    return bio;
  }

 private:
  static TlsEngine::Wire& wire_of(BIO* bio) { return *static_cast<TlsEngine::Wire*>(BIO_get_data(bio)); }

  static BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    if (!method) return nullptr;
    BIO_meth_set_create(method, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    BIO_meth_set_ctrl(method, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
    BIO_meth_set_write(method, [](BIO* bio, const char* data, int size) {
      BIO_clear_retry_flags(bio);
      wire_of(bio).out.append(data, static_cast<std::size_t>(size));
      return size;
    });
    BIO_meth_set_read(method, [](BIO* bio, char* data, int size) {
      BIO_clear_retry_flags(bio);
      std::string_view& in = wire_of(bio).in;
      if (in.empty()) {
        BIO_set_retry_read(bio);
        return -1;
      }
      const std::size_t taken = in.copy(data, static_cast<std::size_t>(size));
      in.remove_prefix(taken);
      return static_cast<int>(taken);
    });
    return method;
  }
};

base::Result<TlsContext> client_context(const TlsClientOptions& options) {
  auto context = new_context(TLS_client_method());
  if (!context || !options.verify) return context;
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  const bool loaded = options.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context->get()) == 1
                                              : SSL_CTX_load_verify_file(context->get(), options.ca_file.c_str()) == 1;
  if (!loaded) {
    return base::Error{base::Errc::io, "cannot read certificates from CA file '" + options.ca_file + "': " + last_reason()};
  }
  return context;
}

namespace {

struct Pair {
  X509Ptr leaf;
  std::vector<X509Ptr> chain;
  KeyPtr key;
};

base::Result<Pair> read_pair(const Certificate& certificate) {
  const auto bad = [](const std::string& what) { return base::Error{base::Errc::invalid, what + ": " + last_reason()}; };
  Pair pair;
  const Bio chain = reading(certificate.certificate);
  pair.leaf.reset(PEM_read_bio_X509(chain.get(), nullptr, no_pass_phrase, nullptr));
  if (!pair.leaf) return bad("the certificate is not usable PEM");
  while (X509* issuer = PEM_read_bio_X509(chain.get(), nullptr, no_pass_phrase, nullptr)) pair.chain.emplace_back(issuer);
  ERR_clear_error();  // the loop ends with "no more PEM"
  const Bio key_text = reading(certificate.key);
  pair.key.reset(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_pass_phrase, nullptr));
  if (!pair.key) return bad("the private key is not usable PEM without a pass phrase");
  return pair;
}

using MakeCertificate = std::function<base::Result<Certificate>()>;

// Where a context keeps what makes its RSA certificate.
int spare_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* spare, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<MakeCertificate*>(spare); });
  return index;
}

bool takes_elliptic_curves(SSL* ssl) {
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_get_client_ciphers(ssl);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const int authentication = SSL_CIPHER_get_auth_nid(sk_SSL_CIPHER_value(ciphers, i));
    if (authentication == NID_auth_ecdsa || authentication == NID_auth_any) return true;  // any: TLS 1.3
  }
  return false;
}

// Called once the client has said what it takes.
int add_spare(SSL* ssl, void*) {
  SSL_CTX* context = SSL_get_SSL_CTX(ssl);
  auto& make = *static_cast<MakeCertificate*>(SSL_CTX_get_ex_data(context, spare_index()));
  if (!make || takes_elliptic_curves(ssl)) return 1;
  const auto made = std::exchange(make, {})();
  if (!made) return 1;
  const auto pair = read_pair(*made);
  if (!pair) return 1;
  // This connection has taken a copy of what the context had; those to come take both.
  SSL_CTX_use_certificate(context, pair->leaf.get());
  SSL_CTX_use_PrivateKey(context, pair->key.get());
  SSL_use_certificate(ssl, pair->leaf.get());
  SSL_use_PrivateKey(ssl, pair->key.get());
  return 1;
}

}  // namespace

base::Result<TlsContext> server_context(const Certificate& certificate) {
  auto context = new_context(TLS_server_method());
  if (!context) return context;
  const auto bad = [](const std::string& what) { return base::Error{base::Errc::invalid, what + ": " + last_reason()}; };
  auto pair = read_pair(certificate);
  if (!pair) return pair.error();
  SSL_CTX* tls = context->get();
  if (SSL_CTX_use_certificate(tls, pair->leaf.get()) != 1) return bad("the certificate is not usable PEM");
  for (const X509Ptr& issuer : pair->chain)
    if (SSL_CTX_add1_chain_cert(tls, issuer.get()) != 1) return bad("the certificate's chain is not usable");
  if (SSL_CTX_use_PrivateKey(tls, pair->key.get()) != 1) return bad("the private key does not belong to the certificate");
  if (certificate.with_rsa) {
    SSL_CTX_set_ex_data(tls, spare_index(), new MakeCertificate(certificate.with_rsa));
    SSL_CTX_set_cert_cb(tls, add_spare, nullptr);
  }
  return context;
}

TlsEngine::TlsEngine(const TlsContext& context, Role role, const std::string& host) : ssl_(SSL_new(context.get())) {
  BIO* bio = WireBio::make(wire_);
  if (!ssl_ || !bio) throw std::bad_alloc();
  SSL_set_bio(ssl_, bio, bio);
  if (role == Role::server) {
    SSL_set_accept_state(ssl_);
    return;
  }
  SSL_set_connect_state(ssl_);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str()) != 1) {
    SSL_set1_host(ssl_, host.c_str());
    SSL_set_tlsext_host_name(ssl_, host.c_str());
  }
}

TlsEngine::~TlsEngine() { SSL_free(ssl_); }

TlsEngine::Status TlsEngine::receive(std::string_view encrypted, Buffer& plain) {
  wire_.in = encrypted;
  const Status status = read_all(plain);
  wire_.in = {};  // all of it is read, unless the connection is at its end
  return status;
}

TlsEngine::Status TlsEngine::read_all(Buffer& plain) {
  ERR_clear_error();
  if (!open_) {
    const int result = SSL_do_handshake(ssl_);
    if (result != 1) return status_of(result);
    open_ = true;
  }
  for (;;) {
    constexpr std::size_t record = 16 * 1024;
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_, plain.prepare(record), record, &size);
    if (result != 1) return status_of(result);
    plain.commit(size);
  }
}

TlsEngine::Status TlsEngine::status_of(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return Status::going;
    case SSL_ERROR_ZERO_RETURN: return Status::closed;
    default: reason_ = ERR_peek_error(); return Status::failed;
  }
}

void TlsEngine::write(std::string_view plain) {
  ERR_clear_error();
  wire_.out.reserve(wire_.out.size() + plain.size() + plain.size() / 256 + 64);  // and what the records add
  std::size_t written = 0;
  // The wire takes everything; what fails here has failed in receive() before, and is reported from there.
  if (!plain.empty()) SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
}

void TlsEngine::close() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
}

void TlsEngine::take_output(std::string& to) {
  if (to.empty()) to = std::move(wire_.out);
  else to += wire_.out;
  wire_.out = {};
}

base::Error TlsEngine::error(const std::string& peer) const {
  const long verdict = SSL_get_verify_result(ssl_);
  if (verdict != X509_V_OK && ERR_GET_REASON(reason_) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return {base::Errc::unreachable,
            "certificate of " + peer + " is not trusted (" + X509_verify_cert_error_string(verdict) + ")"};
  }
  switch (ERR_GET_REASON(reason_)) {  // what OpenSSL makes of bytes that are not TLS records
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_UNEXPECTED_MESSAGE:
      if (!open_) return {base::Errc::protocol, peer + " does not speak TLS"};
      break;
    default: break;
  }
  const char* text = ERR_reason_error_string(reason_);
  return {base::Errc::protocol, "TLS with " + peer + " failed: " + (text ? text : "unknown reason")};
}

}  // namespace aci::io
