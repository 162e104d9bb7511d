#include "sim/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <utility>

#include "codec/answer.hpp"
#include "io/whole_file.hpp"

namespace aci::sim {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view first_line = "apicsim-state 1";
constexpr std::size_t sum_size = 9;                // digits and a blank
constexpr std::size_t chunk_bytes = 1u << 20;      // of compacted objects to a line
constexpr std::uint64_t log_bytes_min = 8u << 20;  // less is not worth compacting

std::string sum_of(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  char digits[sum_size + 1];
  std::snprintf(digits, sizeof digits, "%08x ", static_cast<unsigned>(crc.checksum()));
  return digits;
}

bool is_whole(std::string_view line) {
  return line.size() > sum_size && line.substr(0, sum_size) == sum_of(line.substr(sum_size));
}

void append_line(std::string& out, std::string& objects) {
  if (objects.empty()) return;
  const std::string text = "{\"imdata\":[" + std::exchange(objects, {}) + "]}";
  ((out += sum_of(text)) += text) += '\n';
}

void append_object(std::string& objects, const model::ManagedObject& object) {
  if (!objects.empty()) objects += ',';
  codec::append_object(objects, object, model::Format::json);
}

}  // namespace

StateFile::~StateFile() {
  writer_.reset();
  if (new_fd_ >= 0) ::close(new_fd_);
  if (fd_ >= 0) ::close(fd_);
}

Error StateFile::failure(const std::string& what) const {
  return {Errc::io, "cannot " + what + " " + path_ + ": " + std::strerror(errno), 0};
}

Result<std::unique_ptr<StateFile>> StateFile::open(std::string path, const TakePart& take) {
  std::unique_ptr<StateFile> file(new StateFile(std::move(path)));
  struct stat about {};
  if (::stat(file->path_.c_str(), &about) != 0) {
    if (errno != ENOENT) return file->failure("look at");
    return file;
  }
  file->fd_ = ::open(file->path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (file->fd_ < 0) return file->failure("open");
  if (::flock(file->fd_, LOCK_EX | LOCK_NB) != 0) return Error{Errc::io, file->path_ + " is in use by another apicsim", 0};
  if (const auto read = file->read(take); !read) return read.error();
  return file;
}

Result<void> StateFile::read(const TakePart& take) {
  std::ifstream in(path_, std::ios::binary);
  std::string line;
  if (!std::getline(in, line) || line != first_line)
    return Error{Errc::invalid, path_ + " is no state file of apicsim; it is left as it is", 0};
  std::uint64_t whole = line.size() + 1;
  bool torn = false;
  while (std::getline(in, line)) {
    const bool ended = !in.eof();
    if (!ended || !is_whole(line)) {
      torn = true;
      continue;
    }
    const auto part = torn ? Result<codec::Answer>(Error{}) : codec::decode_answer(std::string_view(line).substr(sum_size));
    if (!part)
      return Error{
          Errc::invalid,
          path_ + " is damaged at byte " + std::to_string(whole) + ", before transactions that are whole; put a copy back", 0};
    take(part->objects);
    whole += line.size() + 1;
  }
  if (torn && ::ftruncate(fd_, static_cast<off_t>(whole)) != 0) return failure("cut the unfinished end off");
  bytes_ = compacted_bytes_ = whole;
  return {};
}

void StateFile::append(const Part& changes) {
  std::string objects;
  for (const model::ManagedObject& object : changes) append_object(objects, object);
  append_line(unwritten_, objects);
}

Result<void> StateFile::commit() {
  if (unwritten_.empty()) return {};
  if (!io::write_all(fd_, unwritten_)) return failure("write");
  if (::fdatasync(fd_) != 0) return failure("sync");
  bytes_ += unwritten_.size();
  unwritten_.clear();
  return {};
}

bool StateFile::wants_compaction() const {
  return !compacts() && bytes_ - compacted_bytes_ > std::max(log_bytes_min, compacted_bytes_);
}

Result<void> StateFile::begin_compaction(std::function<void()> on_progress) {
  // Passwords of users may be in it.
  new_fd_ = ::open((path_ + ".new").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (new_fd_ < 0) return failure("make a new");
  if (::flock(new_fd_, LOCK_EX | LOCK_NB) != 0) return failure("lock a new");
  objects_ended_ = false;
  copied_ = bytes_;
  writer_ = std::make_unique<StateWriter>(new_fd_, std::move(on_progress));
  writer_->write(std::string(first_line) + '\n');
  return {};
}

void StateFile::add(std::string_view class_name, const model::Attributes& attributes) {
  append_object(objects_, {std::string(class_name), attributes, {}});
  if (objects_.size() < chunk_bytes) return;
  std::string line;
  append_line(line, objects_);
  writer_->write(std::move(line));
}

void StateFile::end_of_objects() {
  std::string line;
  append_line(line, objects_);
  writer_->write(std::move(line));
  writer_->sync();
  objects_ended_ = true;
}

Result<void> StateFile::finish_compaction() {
  if (!compacts() || !objects_ended_ || !writer_->idle()) return {};
  if ((errno = writer_->error()) != 0) return failure("compact");
  const std::uint64_t rest = bytes_ - copied_;
  if (rest > chunk_bytes) {
    writer_->copy(fd_, std::exchange(copied_, bytes_), bytes_);
    writer_->sync();
    return {};
  }
  writer_.reset();
  if (rest > 0 && !copy_bytes(fd_, copied_, bytes_, new_fd_)) return failure("compact");
  return replace();
}

Result<void> StateFile::replace() {
  struct stat about {};
  if (::fsync(new_fd_) != 0 || ::fstat(new_fd_, &about) != 0 || ::rename((path_ + ".new").c_str(), path_.c_str()) != 0)
    return failure("replace");
  io::sync_folder_of(path_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(new_fd_, -1);
  bytes_ = compacted_bytes_ = static_cast<std::uint64_t>(about.st_size);
  return {};
}

Result<void> StateFile::compact(const std::function<void()>& each) {
  std::mutex mutex;
  std::condition_variable progress;
  const auto begun = begin_compaction([&] {
    const std::lock_guard lock(mutex);
    progress.notify_one();
  });
  if (!begun) return begun;
  each();
  end_of_objects();
  {
    std::unique_lock lock(mutex);
    progress.wait(lock, [this] { return writer_->idle(); });
  }
  return finish_compaction();
}

}  // namespace aci::sim
