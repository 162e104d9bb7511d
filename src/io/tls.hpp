// TLS settings of both sides, and certificates made on the spot. Floor: io.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace aci::io {

// How a client checks the server. With verify off any certificate is accepted.
struct TlsClientOptions {
  bool verify = true;
  std::string ca_file;  // PEM; "" for the system's store
};

// PEM texts.
struct Certificate {
  std::string certificate, key;
  // Makes one with an RSA key, which takes a tenth of a second: a server asks for it when the first client comes that takes no
  // other, as some do that know the controllers' own. May be empty.
  std::function<base::Result<Certificate>()> with_rsa;
};

// A self-signed EC P-256 certificate for 127.0.0.1, ::1, localhost and `name`, valid from yesterday for ten years; made in
// memory in a few milliseconds. It can make another with_rsa.
base::Result<Certificate> make_self_signed(const std::string& name);
base::Result<Certificate> read_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace aci::io
