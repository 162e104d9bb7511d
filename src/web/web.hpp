// The page at /, the HTTP API and the event stream of `aciwatch run` and `aciwatch demo`. Floor: web.
//
//   Web web(loop, {.room = "snv-noc"}, [&] { return std::vector{status_of("dc1", address, driver.inspect(), ...)}; });
//   handlers.on_request = [&](auto request, auto responder) { web.on_request(request, responder); };
//   auto server = Server::start(loop, {.port = 8080}, handlers);
//   event.seq = web.on_event(event);     // for each event; on_gap, on_message, on_fabrics_changed likewise
//
// Serves GET and HEAD of /, /style.css, /room.js, /icon.svg, /healthz, /readyz, /metrics, /api/v1/events, /api/v1/stream
// and /api/v1/fabrics. Nobody is asked to log in: for loopback addresses only, and names other than localhost in the Host
// header are refused there, so that no foreign web page reads it by pointing a name of its own at 127.0.0.1.
//
// Starts no thread. Thread-safety: everything on the loop's thread. Must outlive the server.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "io/server.hpp"
#include "model/change.hpp"
#include "web/event_log.hpp"
#include "web/fabric_status.hpp"
#include "web/streams.hpp"

namespace aci::web {

// A message as it went to a room.
struct RoomMessage {
  std::string receiver;  // "snv-noc"
  base::WallTime time;
  std::string json;  // relay::append_message_json's; one line
};

class Web {
 public:
  struct Options {
    // first_seq 0: from the clock, so that sequence numbers go on rising over a restart and a page that comes back with an
    // older one is told that history was cut.
    EventLog::Options log{.first_seq = 0};
    Streams::Options streams;
    std::string room = "room";  // name of the room on the page
    std::string try_command;    // what the page proposes while nothing has happened; "" for a general one
    bool any_host = false;      // take every Host header: where a login, or a proxy with one, stands before us
  };
  using Fabrics = std::function<std::vector<FabricStatus>()>;

  Web(io::Loop& loop, Options options, Fabrics fabrics);

  // For ServerHandlers::on_request.
  void on_request(const io::HttpRequest& request, const std::shared_ptr<io::Responder>& responder);

  // Each gives the sequence number it was kept under. The event's own seq is replaced by it.
  std::uint64_t on_event(model::Event event);
  std::uint64_t on_gap(const model::Gap& gap);
  std::uint64_t on_message(const RoomMessage& message);
  // A session or a watch changed its state.
  void on_fabrics_changed();

 private:
  io::HttpResponse events(const io::HttpRequest& request) const;
  io::HttpResponse readiness() const;
  std::string metrics() const;
  void stream(const io::HttpRequest& request, const std::shared_ptr<io::Responder>& responder);
  std::uint64_t append(EventLog::Kind kind, const std::string& json, EventLog::Keys keys = {});
  std::string fabrics_json() const;
  void arm();

  Options options_;
  Fabrics fabrics_;
  EventLog log_;
  Streams streams_;
  io::Timer timer_;
  std::optional<base::Instant> armed_;     // when the timer goes off
  std::array<std::uint64_t, 3> events_{};  // by op
  std::uint64_t messages_ = 0;
};

}  // namespace aci::web
