// TLS settings of both sides, and certificates made on the spot. Floor: io.
#pragma once

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
};

// A self-signed EC P-256 certificate for 127.0.0.1, ::1, localhost and `name`, valid from yesterday for ten years; made in
// memory in a few milliseconds.
base::Result<Certificate> make_self_signed(const std::string& name);
base::Result<Certificate> read_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace aci::io
