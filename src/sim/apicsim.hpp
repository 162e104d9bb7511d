// apicsim put together: the controller machine behind real HTTPS and websocket servers, one for each controller of the
// fabric. Floor: sim.
//
//   io::Loop loop;
//   auto sim = sim::Apicsim::start(loop, {.port = 0});
//   std::cout << (*sim)->url();          // "https://127.0.0.1:40123"
//   loop.run();
//
// The fabric's clock is the machine's, and ahead of it by what advance_clock() added. Thread-safety: everything on the
// loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "controller/churn.hpp"
#include "controller/controller.hpp"
#include "io/loop.hpp"
#include "io/server.hpp"
#include "sim/replay.hpp"
#include "sim/scenario.hpp"
#include "sim/state_file.hpp"

namespace aci::sim {

class Control;

class Apicsim {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8443;  // of the first controller, the others take the next free ones; 0 takes free ones
    bool tls = true;
    std::optional<io::Certificate> certificate;  // absent: self-signed, made in memory
    std::vector<std::string> load;               // files: a controller's answers, or nested objects
    // File that keeps the fabric, "" for none. What it holds goes before `load`.
    std::string state;
    // Called when that file cannot be written any more: what was asked last is then not answered, nor is anything else.
    std::function<void(const base::Error&)> on_state_lost;
    double churn = 0;                                 // events a second that happen by themselves, seeded with controller.seed
    std::string scenario;                             // file, "" for none
    std::string replay;                               // recording, "" for none; it begins a second after the first subscription
    double speed = 1;                                 // of the replay
    std::function<void(const std::string&)> on_note;  // what a scenario could not do
    std::vector<std::string> chaos;                   // bodies of /_sim/chaos that are in force from the beginning
    controller::Options controller;
  };

  static base::Result<std::unique_ptr<Apicsim>> start(io::Loop& loop, Options options);
  ~Apicsim();

  std::string url(std::size_t controller = 0) const;
  std::size_t controller_count() const { return doors_.size(); }
  void stop();

  // A stopped controller refuses connections; started again it serves on the same port. Errc io when that is taken now.
  void stop_controller(std::size_t controller);
  base::Result<void> start_controller(std::size_t controller);

  base::Instant now() const { return io::Loop::now() + ahead_; }
  base::WallTime wall() const { return io::Loop::wall() + ahead_; }
  // Whatever is due until then happens at its own time, in order.
  void advance_clock(base::Duration by);

  controller::Controller& controller() { return controller_; }
  controller::Churn& churn() { return churn_; }
  Control& control() { return *control_; }
  io::Loop& loop() { return loop_; }
  // Writes out what the controller has to push, kept in the state file before. Call it after using controller() directly.
  void flush();
  // The whole tree as an answer that `load` takes, marked as such: loaded, it is all there is.
  std::string export_tree();

 private:
  // One controller's server.
  struct Door {
    std::uint16_t port = 0;  // stays the same when the controller is started again
    std::unique_ptr<io::Server> server;
    std::unordered_map<std::uint64_t, controller::ChannelId> channel_of_socket;
  };

  Apicsim(io::Loop& loop, Options options);
  // An answer on its way out.
  struct Answered {
    std::shared_ptr<io::Responder> responder;
    io::HttpResponse response;
    base::Duration delay{};
  };

  base::Result<void> load_file(const std::string& path);
  base::Result<void> open_state();
  base::Result<void> begin_compaction();
  void go_on_compacting();
  void commit();
  void lose_state(const base::Error& error);
  void send_out();
  base::Result<void> open_door(std::size_t controller);
  io::ServerHandlers handlers(std::size_t controller);
  void answer(std::size_t controller, io::HttpRequest request, std::shared_ptr<io::Responder> responder);
  void send_late();
  // When something happens next by itself, and what is due by now.
  std::optional<base::Instant> next_wakeup() const;
  void live();
  void arm_timer();

  io::Loop& loop_;
  Options options_;
  controller::Controller controller_;
  controller::Churn churn_;
  Scenario scenario_;
  std::optional<Replay> replay_;
  base::Duration ahead_{};
  std::unique_ptr<Control> control_;
  io::Timer timer_, late_timer_, commit_timer_, compaction_timer_;
  std::unique_ptr<StateFile> state_;  // none when nothing is kept
  bool walked_ = false;               // the compaction that is on has met all objects
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  bool commits_ = false;            // a commit is due at the end of this turn of the loop
  std::vector<Answered> answered_;  // to be sent with the next send_out()
  std::vector<Door> doors_;
  std::unordered_map<controller::ChannelId, std::shared_ptr<io::ServerSocket>> sockets_;
  // Answers that are kept back, by the time when they are due on the machine's clock.
  std::multimap<base::Instant, std::pair<std::shared_ptr<io::Responder>, io::HttpResponse>> late_;
};

}  // namespace aci::sim
