// apicsim put together: the controller machine behind a real HTTPS and websocket server. Floor: sim.
//
//   io::Loop loop;
//   auto sim = sim::Apicsim::start(loop, {.port = 0});
//   std::cout << (*sim)->url();          // "https://127.0.0.1:40123"
//   loop.run();
//
// Thread-safety: everything on the loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "controller/controller.hpp"
#include "io/loop.hpp"
#include "io/server.hpp"

namespace aci::sim {

class Control;

class Apicsim {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8443;  // 0 takes a free one
    bool tls = true;
    std::optional<io::Certificate> certificate;  // absent: self-signed, made in memory
    std::vector<std::string> load;               // files: a controller's answer, or one nested object
    controller::Options controller;
  };

  static base::Result<std::unique_ptr<Apicsim>> start(io::Loop& loop, Options options);
  ~Apicsim();

  std::string url() const;
  void stop();

  controller::Controller& controller() { return controller_; }
  io::Loop& loop() { return loop_; }
  // Writes out what the controller has to push. Call it after using controller() directly.
  void flush();

 private:
  Apicsim(io::Loop& loop, Options options);
  base::Result<void> load_file(const std::string& path);
  void answer(io::HttpRequest request, std::shared_ptr<io::Responder> responder);
  void arm_timer();

  io::Loop& loop_;
  Options options_;
  controller::Controller controller_;
  std::unique_ptr<Control> control_;
  io::Timer timer_;
  std::unique_ptr<io::Server> server_;
  std::unordered_map<std::uint64_t, controller::ChannelId> channel_of_socket_;
  std::unordered_map<controller::ChannelId, std::shared_ptr<io::ServerSocket>> sockets_;
};

}  // namespace aci::sim
