// An HTTP/1.1 and websocket server, with or without TLS. Floor: io.
//
// One loop, one thread. Bytes are hostile: request line and headers at most 16 KiB each, body at most Options::body_max, a
// request must be complete within request_timeout, a connection that is idle or whose answer is not read is closed after
// idle_timeout; what is no HTTP gets a 400 (or, where a TLS handshake was due, a closed connection), and the server serves on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "io/http.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"

namespace aci::io {

// An answer that goes on: headers first, then chunks until it is closed. For server-sent events. All calls on the loop.
class Stream {
 public:
  virtual ~Stream() = default;
  // False when the client is gone or its unsent bytes would pass the bound (4 MiB): then close and forget it.
  [[nodiscard]] virtual bool write(std::shared_ptr<const std::string> chunk) = 0;
  virtual void close() = 0;
};

// What a handler answers with: exactly one of the two, now or later, on the loop's thread. Dropping it unanswered closes
// the connection.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void send(HttpResponse response) = 0;
  // Sends status and headers and hands the stream over; on_closed is called once when the client goes away.
  virtual std::shared_ptr<Stream> stream(HttpResponse head, std::function<void()> on_closed) = 0;
};

// The server's side of a websocket. Texts are queued and written in order, many to one write where they are waiting. What
// the client sends is checked (RFC 6455, messages up to 1 MiB) and dropped; pings are answered.
class ServerSocket {
 public:
  virtual ~ServerSocket() = default;
  // False when the bound of unsent bytes (64 MiB) is reached or the socket is closing: the frame was not taken.
  [[nodiscard]] virtual bool send(std::shared_ptr<const std::string> text) = 0;
  virtual void close() = 0;
  virtual std::uint64_t id() const = 0;  // unique in this server
};

struct ServerHandlers {
  std::function<void(HttpRequest request, std::shared_ptr<Responder> responder)> on_request;
  // Called for a websocket upgrade before it is answered: 101 to accept, any other status to refuse with this response.
  std::function<HttpResponse(const HttpRequest& request, std::uint64_t socket_id)> on_upgrade;
  std::function<void(std::shared_ptr<ServerSocket> socket)> on_open;
  std::function<void(std::uint64_t socket_id)> on_close;  // once for each accepted upgrade, also when it never opened
  // What the server answers by itself to bytes that are no request it takes: 400, 408, 413, 414, 426, 431. Plain text when
  // absent.
  std::function<HttpResponse(int status, const std::string& why)> on_refusal;
};

class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                  // 0 takes a free one
    std::optional<Certificate> certificate;  // absent: plain HTTP
    std::size_t body_max = 64 * 1024 * 1024;
    std::chrono::seconds request_timeout{30};
    std::chrono::seconds idle_timeout{300};
  };

  // Binds and serves at once. Errors (errc io) name the address; errc overflow when the port is in use.
  static base::Result<std::unique_ptr<Server>> start(Loop& loop, Options options, ServerHandlers handlers);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting and closes every connection; no handler is called any more. The destructor does the same.
  virtual void stop() = 0;
};

}  // namespace aci::io
