// From an event to the rooms: routes, groups, and a delivery for each destination. Floor: service.
//
//   Dispatcher dispatcher(loop, poster, config, seed);
//   dispatcher.on_message = [](const relay::Message& message, std::string_view receiver) {...};   // what `room` shows
//   dispatcher.on_event(event);
//
// Drives relay's machines with the loop's clock and one timer; everything is decided there. Each destination has a queue of
// its own, so one that is down delays no other. Console and room are served at once. Thread-safety: everything on the loop's
// thread, handlers included; destroy it there too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/loop.hpp"
#include "io/poster.hpp"
#include "relay/delivery.hpp"
#include "relay/grouping.hpp"
#include "relay/message.hpp"
#include "relay/request.hpp"
#include "service/config.hpp"

namespace aci::service {

struct DestinationStatus {
  std::string receiver;
  relay::Service service;
  relay::Delivery::Status delivery;
};

class Dispatcher {
 public:
  // seed: of the jitter, and part of what tells this process's message ids from another's.
  Dispatcher(io::Loop& loop, io::Poster& poster, const Config& config, std::uint64_t seed);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  void on_event(const model::Event& event);
  void on_gap(const model::Gap& gap);

  // What groups hold goes out now: before the end.
  void flush();
  // True when no group waits and every queue is empty.
  bool idle() const;

  // Destinations with a queue, in the order of the configuration.
  std::vector<DestinationStatus> status() const;

  std::function<void(const relay::Message&, std::string_view receiver)> on_message;
  std::function<void(const std::string& line)> log;      // one line for people, never a secret
  std::function<void(const std::string& text)> console;  // set to standard output by the constructor

 private:
  struct Receiver;
  struct Target;
  void hand_over(relay::Batch batch);
  void pump();
  void send(Target& target, const relay::Delivery::Send& send);
  void on_answer(Target& target, base::Result<io::HttpResponse> result);

  io::Loop& loop_;
  io::Poster& poster_;
  std::string epoch_;
  relay::Routes routes_;
  relay::Grouping grouping_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  io::Timer timer_;
  std::optional<base::Instant> timer_at_;
  std::uint64_t gaps_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // answers that come after the end find it gone
};

// The request as the poster takes it, with the destination's HTTP options; signed when there is a secret.
io::PostRequest post_request(const relay::Destination& destination, const relay::Delivery::Send& send, std::string_view epoch);
// The poster's result as relay's machines take it.
base::Result<relay::Answer> relay_answer(base::Result<io::HttpResponse> result);

}  // namespace aci::service
