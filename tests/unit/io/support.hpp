// What the io tests share: a loop driven until something is so, and a client that sends bytes as they are.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "io/connection.hpp"
#include "io/server.hpp"

namespace aci::io {

// Runs the loop until `done`; false when that takes longer than ten seconds.
inline bool run_until(Loop& loop, const std::function<bool()>& done) {
  const auto give_up = Loop::now() + std::chrono::seconds(10);
  std::function<void()> look = [&] {
    if (done() || Loop::now() > give_up) loop.stop();
    else loop.post(look);
  };
  loop.post(look);
  loop.run();
  return done();
}

inline const Certificate& test_certificate() {
  static const Certificate certificate = make_self_signed("sim.example").value();
  return certificate;
}

// Sends whatever it is told and keeps what comes back.
class RawClient {
 public:
  RawClient(Loop& loop, std::uint16_t port, bool tls = false)
      : loop_(loop),
        peer_(std::make_shared<Peer>()),
        connection_(connect(loop, {tls, "127.0.0.1", port}, tls ? client_context({.verify = false}).value() : nullptr,
                            std::chrono::seconds(10), peer_)) {}
  ~RawClient() { connection_->abort(); }
  void send(std::string_view bytes) {
    if (run_until(loop_, [&] { return connection_->open() || closed(); })) connection_->write(bytes);
  }
  bool wait_for(std::string_view text) {
    return run_until(loop_, [&] { return received().find(text) != std::string::npos; });
  }
  bool wait_for_close() {
    return run_until(loop_, [&] { return closed(); });
  }
  std::string received() {
    take();
    return peer_->received;
  }
  Connection& connection() { return *connection_; }
  bool closed() const { return peer_->closed; }

 private:
  struct Peer final : ConnectionUser {
    void on_readable() override {}
    void on_deadline() override {}
    void on_closed(const base::Error&) override { closed = true; }
    std::string received;
    bool closed = false;
  };
  void take() {
    peer_->received += connection_->input().view();
    connection_->input().clear();
    connection_->read_on();
  }

  Loop& loop_;
  std::shared_ptr<Peer> peer_;
  std::shared_ptr<Connection> connection_;
};

inline std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace aci::io
