// The client's side of a controller: HTTPS requests over a kept connection, and the websocket. Floor: io.
//
// Handlers are called on the loop's thread, exactly once per request; never from inside the call that started it. Names
// are resolved without blocking the loop.
//
// Errors, as base::Error for people: unreachable ("cannot resolve host 'apic'", "connection to 127.0.0.1:1 refused",
// "certificate of apic:443 is not trusted (self-signed certificate)"), timeout, closed, protocol ("... does not speak TLS",
// "... does not answer in HTTP; it is no controller").
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "io/http.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"

namespace aci::io {

// "https://apic", "apic:8443", "http://[::1]:8080/": scheme (https where none is given), host, port, nothing behind. A path
// other than "/" is refused.
struct Endpoint {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  static base::Result<Endpoint> parse(std::string_view url);
  std::string str() const;          // "https://apic:8443", default ports left out
  std::string host_header() const;  // "apic:8443", default ports left out
  std::string authority() const;    // "apic:8443" with the port always
};

class HttpClient {
 public:
  static constexpr std::size_t body_max = 512 * 1024 * 1024;
  using Handler = std::function<void(base::Result<HttpResponse>)>;
  HttpClient(Loop& loop, Endpoint endpoint, TlsClientOptions tls);
  ~HttpClient();  // pending handlers are not called
  // `timeout` is from this call to the last byte of the answer. Connections are kept open between requests; a kept connection
  // that turns out dead before any byte of an answer is tried once more on a new one for GET requests. Redirects are not
  // followed. Bodies up to 512 MiB.
  void request(HttpRequest request, base::Duration timeout, Handler handler);
  // How many requests may be on their way at once, each on a connection of its own; 4 at first.
  void connections_max(std::size_t count);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

struct ClientSocketOptions {
  base::Duration open_within{20'000};    // connection, TLS and handshake together
  base::Duration ping_after{15'000};     // silence of the peer
  base::Duration give_up_after{45'000};  // without any sign of a peer that has answered a ping before
  base::Duration frame_within{60'000};  // from a frame's first byte to its last: a broken length would swallow all that follows
  bool answers_pings = false;           // known of an earlier channel to the same peer
  std::string cookie;                   // sent with the handshake, "" for none
};

// A websocket to `target`, which is sent as it stands. A silent peer is pinged; it counts as lost when it has answered a ping
// before and does not any more, or when its system does not confirm what was sent.
class ClientSocket {
 public:
  struct Handlers {
    std::function<void()> on_open;
    // The text with at least 64 readable spare bytes behind it; valid during the call.
    std::function<void(const char* data, std::size_t size)> on_text;
    // Once, for a failed opening too; nothing is called after it.
    std::function<void(base::Error why)> on_closed;
    std::function<void()> on_pong = {};  // the peer answered a ping; may be empty
    // Before the texts that one read of the socket has brought, and behind them unless it was closed; may be empty.
    std::function<void(bool begins)> on_read = {};
  };
  ClientSocket(Loop& loop, Endpoint endpoint, TlsClientOptions tls, std::string target, Handlers handlers,
               ClientSocketOptions options = {});
  ~ClientSocket();  // closes; no handler is called any more

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace aci::io
