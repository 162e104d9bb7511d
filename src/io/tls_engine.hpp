// TLS without sockets: encrypted bytes in and out, plain bytes out and in. Floor: io.
//
//   TlsEngine engine(context, TlsEngine::Role::client, "apic");
//   status = engine.receive(from_network, plain);   // starts the handshake with ""
//   engine.write("GET / ...");                      // once open()
//   engine.take_output(to_network);
//
// OpenSSL between two pieces of memory: one big read of the socket is decrypted in one go and many texts leave as few full
// records, which a stream that reads and writes record by record cannot do. TLS 1.2 at least. Not thread-safe; a TlsContext is
// shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "io/buffer.hpp"
#include "io/tls.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace aci::io {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

base::Result<TlsContext> client_context(const TlsClientOptions& options);
base::Result<TlsContext> server_context(const Certificate& certificate);

class TlsEngine {
 public:
  enum class Role { client, server };
  enum class Status {
    going,   // more bytes from the network are welcome
    closed,  // the peer has ended the connection in order
    failed,  // see error(); the connection is beyond repair, take_output() may hold a last alert
  };

  // `host` is the name or address that a client must find in the certificate, and asks for (SNI).
  TlsEngine(const TlsContext& context, Role role, const std::string& host);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // Takes what came from the network and appends what was in it to `plain`.
  Status receive(std::string_view encrypted, Buffer& plain);
  bool open() const { return open_; }  // the handshake is done
  // Precondition of both: open().
  void write(std::string_view plain);
  void close();
  // Appends what must be sent; into an empty text nothing is copied.
  void take_output(std::string& to);
  bool has_output() const { return !wire_.out.empty(); }
  // What is wrong with `peer` ("apic:443").
  base::Error error(const std::string& peer) const;

 private:
  friend struct WireBio;
  Status read_all(Buffer& plain);
  Status status_of(int result);

  // What OpenSSL reads and writes as if it were a socket.
  struct Wire {
    std::string_view in;
    std::string out;
  };

  Wire wire_;
  ssl_st* ssl_;
  bool open_ = false;
  unsigned long reason_ = 0;
};

}  // namespace aci::io
