#include "sim/state_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/whole_file.hpp"

namespace aci::sim {

bool copy_bytes(int from, std::uint64_t begin, std::uint64_t end, int to) {
  for (std::string piece(std::min<std::uint64_t>(end - begin, 1u << 20), '\0'); begin < end;) {
    const ssize_t done =
        ::pread(from, piece.data(), std::min<std::uint64_t>(piece.size(), end - begin), static_cast<off_t>(begin));
    if (done < 0 && errno == EINTR) continue;
    if (done == 0) errno = EIO;  // somebody has cut it off
    if (done <= 0 || !io::write_all(to, std::string_view(piece).substr(0, static_cast<std::size_t>(done)))) return false;
    begin += static_cast<std::uint64_t>(done);
  }
  return true;
}

StateWriter::StateWriter(int fd, std::function<void()> on_progress)
    : fd_(fd), on_progress_(std::move(on_progress)), thread_([this] { run(); }) {}

StateWriter::~StateWriter() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  due_.notify_one();
  thread_.join();
}

void StateWriter::add(Task task, std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (error_ != 0) return;
    tasks_.emplace_back(std::move(task), bytes);
    backlog_ += bytes;
  }
  due_.notify_one();
}

void StateWriter::write(std::string bytes) {
  const std::size_t size = bytes.size();
  add([this, bytes = std::move(bytes)] { return io::write_all(fd_, bytes); }, size);
}

void StateWriter::copy(int from, std::uint64_t begin, std::uint64_t end) {
  add([this, from, begin, end] { return copy_bytes(from, begin, end, fd_); }, 0);
}

void StateWriter::sync() {
  add([this] { return ::fdatasync(fd_) == 0; }, 0);
}

bool StateWriter::has_room() const {
  const std::lock_guard lock(mutex_);
  return backlog_ < backlog_max;
}

bool StateWriter::idle() const {
  const std::lock_guard lock(mutex_);
  return tasks_.empty() && !working_;
}

int StateWriter::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void StateWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    due_.wait(lock, [this] { return stops_ || !tasks_.empty(); });
    if (stops_) return;
    const auto [task, bytes] = std::move(tasks_.front());
    tasks_.pop_front();
    working_ = true;
    lock.unlock();
    const int failure = task() ? 0 : errno;
    lock.lock();
    working_ = false;
    const bool was_full = backlog_ >= backlog_max;
    backlog_ -= bytes;
    if ((error_ = failure) != 0) {
      tasks_.clear();
      backlog_ = 0;
    }
    const bool tells = tasks_.empty() || (was_full && backlog_ < backlog_max);
    if (!tells || !on_progress_) continue;
    lock.unlock();
    on_progress_();
    lock.lock();
  }
}

}  // namespace aci::sim
