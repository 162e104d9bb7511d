// A TCP connection, with or without TLS, of either side. Floor: io.
//
//   auto connection = connect(loop, endpoint, tls, std::chrono::seconds(20), user);
//   // user->on_open(): connection->write("GET / HTTP/1.1\r\n..."); user->on_readable(): parse connection->input()
//
// What is written is collected and leaves at the next turn of the loop, many writes in one; what comes in is decrypted a big
// read at a time. The user's functions are only called from the loop, never from inside a call to the connection, and not
// any more after finish(), abort() or on_closed(). One thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "io/buffer.hpp"
#include "io/client.hpp"
#include "io/loop.hpp"
#include "io/tls_engine.hpp"

namespace aci::io {

class ConnectionUser {
 public:
  virtual ~ConnectionUser() = default;
  virtual void on_open() {}  // connected, and the TLS handshake done
  virtual void on_readable() = 0;
  virtual void on_drained() {}  // everything written has left
  virtual void on_deadline() = 0;
  // The peer says that it will send no more. True: it is still to get an answer, after which finish() is called.
  virtual bool on_end() { return false; }
  // The peer ended or lost the connection (errc closed), or it never came to be. Already closed.
  virtual void on_closed(const base::Error& why) = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void use(std::shared_ptr<ConnectionUser> user) = 0;
  // Reading goes on by itself while fewer bytes than the limit (default 64 KiB) are waiting; who consumes outside of
  // on_readable() says so with read_on().
  virtual Buffer& input() = 0;
  virtual void input_limit(std::size_t bytes) = 0;
  virtual void read_on() = 0;
  virtual void write(std::string_view bytes) = 0;
  virtual void write_whole(std::string bytes) = 0;  // the same without a copy where they are many
  // From now on what is written may wait a little, in common with other such connections of the listener: for many that are
  // written to at once, and often. Does nothing for a client.
  virtual void gather() = 0;
  virtual std::size_t unsent() const = 0;
  // on_deadline() comes once at that time; cheap to move. Instant::max() for never.
  virtual void deadline(base::Instant when) = 0;
  virtual bool open() const = 0;
  virtual std::string peer_address() const = 0;  // "192.0.2.7", "" when it is gone
  virtual bool ended_in_order() const = 0;       // in on_closed(): not cut off
  // Sends what is waiting, ends the connection in order and gives the peer two seconds to do the same.
  virtual void finish() = 0;
  virtual void abort() = 0;
};

// Tries all addresses of the endpoint's host. `tls` is empty for a plain connection. Errors name the endpoint.
std::shared_ptr<Connection> connect(Loop& loop, const Endpoint& endpoint, TlsContext tls, base::Duration timeout,
                                    std::shared_ptr<ConnectionUser> user);

class Listener {
 public:
  // Gets each new connection and answers with its user. A host name as address is resolved on the spot.
  using Accept = std::function<std::shared_ptr<ConnectionUser>(std::shared_ptr<Connection>)>;
  static base::Result<std::unique_ptr<Listener>> start(Loop& loop, const std::string& address, std::uint16_t port,
                                                       TlsContext tls, Accept accept);
  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace aci::io
