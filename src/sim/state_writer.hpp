// Writes a file on a thread of its own, so that nobody waits for the disk. Floor: sim.
//
//   StateWriter writer(fd, [] { loop.post(...); });     // told when there is room again, and when all is done
//   writer.write(chunk); writer.copy(old_fd, begin, end); writer.sync();
//   if (writer.idle()) ... writer.error()
//
// What was asked for is done in order; after the first error nothing more is. The file descriptors are the caller's, and stay
// open until the writer is gone. Thread-safety: every call from one thread; `on_progress` is called on the writer's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aci::sim {

// Appends the bytes of a file from `begin` up to `end`, or errno says why not.
bool copy_bytes(int from, std::uint64_t begin, std::uint64_t end, int to);

class StateWriter {
 public:
  static constexpr std::size_t backlog_max = 4u << 20;

  StateWriter(int fd, std::function<void()> on_progress);
  // What is not done yet is left undone.
  ~StateWriter();
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  void write(std::string bytes);
  void copy(int from, std::uint64_t begin, std::uint64_t end);
  void sync();

  bool has_room() const;  // fewer bytes than backlog_max wait
  bool idle() const;      // everything is done, or nothing more will be
  int error() const;      // an errno, 0 for none

 private:
  using Task = std::function<bool()>;
  void add(Task task, std::size_t bytes);
  void run();

  const int fd_;
  const std::function<void()> on_progress_;
  mutable std::mutex mutex_;
  std::condition_variable due_;
  std::deque<std::pair<Task, std::size_t>> tasks_;  // with the bytes that wait in it
  std::size_t backlog_ = 0;
  bool working_ = false, stops_ = false;
  int error_ = 0;
  std::thread thread_;
};

}  // namespace aci::sim
