// One thread's event loop: the only place where aciwatch waits. Floor: io.
//
// Wraps an io_context(1) so that the other floors need no Boost header. Everything of src/io that takes a Loop calls its
// handlers on the thread that runs it, and the loop must outlive it: servers, clients, timers, and what they hand out.
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"

namespace boost::asio {
class io_context;
}

namespace aci::io {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs handlers until stop(), and again when called again. An exception that leaves a handler leaves run().
  void run();
  // May be called from any thread.
  void stop();
  void post(std::function<void()> handler);

  // The monotonic and the wall clock. offset_minutes of the wall time is the machine's time zone.
  static base::Instant now();
  static base::WallTime wall();

  // SIGINT and SIGTERM call the handler once on the loop's thread; a second signal ends the process as usual.
  void on_stop_signal(std::function<void()> handler);

  // What src/io's own files build on; only declared, so that this header needs no Asio.
  boost::asio::io_context& context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One timer. Destroying or re-arming it cancels what was pending: the handler is then not called.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  void at(base::Instant when, std::function<void()> handler);
  void after(base::Duration delay, std::function<void()> handler);
  void cancel();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace aci::io
