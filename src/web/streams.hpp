// The open server-sent event streams: each follows the event log at its own pace. Floor: web.
//
//   streams.open(now, responder, after);            // answers with the stream
//   streams.appended();                             // after each append to the log
//   if (now >= streams.next_wakeup()) streams.wake(now);
//
// A stream first gets where the fabrics stand (`event: fabric`, without an id: it is no history), then what the log holds
// after the asked seq, in bursts with a pause, so that a long history does not overrun the bound of unsent bytes; then
// each entry as it comes. When the log no longer holds what follows, `event: reset` says so, and the oldest held comes next.
// A stream that refuses a write (its client is slow, or gone) is closed: the client comes back with its Last-Event-ID.
//
// Time is passed in. Thread-safety: one thread. Must outlive the server that the streams belong to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "io/server.hpp"
#include "web/event_log.hpp"

namespace aci::web {

class Streams {
 public:
  struct Options {
    std::size_t clients_max = 200;
    std::size_t burst_bytes = 256 * 1024;
    base::Duration burst_pause{20};
    base::Duration status_delay{200};  // changes of the fabrics within it are told together
    base::Duration keep_alive{15'000};
  };
  // status() gives the JSON of a fabric event.
  Streams(const EventLog& log, Options options, std::function<std::string()> status);

  bool full() const { return clients_.size() >= options_.clients_max; }
  std::size_t size() const { return clients_.size(); }

  // Precondition: !full(). Headers are sent beside the stream's own.
  void open(base::Instant now, io::Responder& responder, io::Headers headers, std::uint64_t after);
  void appended();
  void status_changed(base::Instant now);

  void wake(base::Instant now);
  std::optional<base::Instant> next_wakeup() const;

 private:
  struct Client {
    std::shared_ptr<io::Stream> stream;
    std::uint64_t sent = 0;
    bool behind = true;
  };
  // Shared, since a write may end in the stream's on_closed, which takes the client out of the map.
  using Clients = std::map<std::uint64_t, std::shared_ptr<Client>>;

  // Writes on; false when the stream took no more and was closed.
  bool advance(Client& client);
  template <class F>
  void each(F write);

  const EventLog& log_;
  Options options_;
  std::function<std::string()> status_;
  Clients clients_;
  std::uint64_t next_client_ = 1;
  base::Instant keep_alive_at_{}, burst_at_{};
  std::optional<base::Instant> status_at_;
};

}  // namespace aci::web
