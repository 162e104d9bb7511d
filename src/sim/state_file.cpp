#include "sim/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "codec/answer.hpp"

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

// Collects objects and makes a line of them.
class Line {
 public:
  void add(const model::ManagedObject& object) {
    if (!objects_.empty()) objects_ += ',';
    codec::append_object(objects_, object, model::Format::json);
  }
  std::size_t size() const { return objects_.size(); }
  void end(std::string& out) {
    if (objects_.empty()) return;
    const std::string text = "{\"imdata\":[" + objects_ + "]}";
    out += sum_of(text);
    out += text;
    out += '\n';
    objects_.clear();
  }

 private:
  std::string objects_;
};

}  // namespace

StateFile::~StateFile() {
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
  Line line;
  for (const model::ManagedObject& object : changes) line.add(object);
  line.end(unwritten_);
}

Result<void> StateFile::write(int fd, const std::string& bytes) const {
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t done = ::write(fd, bytes.data() + written, bytes.size() - written);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return failure("write");
    written += static_cast<std::size_t>(done);
  }
  return {};
}

Result<void> StateFile::commit() {
  if (unwritten_.empty()) return {};
  if (const auto written = write(fd_, unwritten_); !written) return written;
  if (::fdatasync(fd_) != 0) return failure("sync");
  bytes_ += unwritten_.size();
  unwritten_.clear();
  return {};
}

bool StateFile::wants_compaction() const { return bytes_ - compacted_bytes_ > std::max(log_bytes_min, compacted_bytes_); }

Result<void> StateFile::compact(const EachObject& each) {
  const std::string fresh = path_ + ".new";
  // Passwords of users may be in it.
  const int fd = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return failure("make a new");
  Result<void> done;
  std::uint64_t size = 0;
  std::string out(first_line);
  out += '\n';
  Line line;
  const auto write_out = [&] {
    line.end(out);
    if (done) done = write(fd, out);
    size += out.size();
    out.clear();
  };
  each([&](std::string_view class_name, const model::Attributes& attributes) {
    line.add({std::string(class_name), attributes, {}});
    if (line.size() >= chunk_bytes) write_out();
  });
  write_out();
  if (done && (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::fsync(fd) != 0 || ::rename(fresh.c_str(), path_.c_str()) != 0))
    done = failure("replace");
  if (!done) {
    ::close(fd);
    return done;
  }
  // The new name must be on the disk too.
  const auto slash = path_.rfind('/');
  const int folder =
      ::open(slash == std::string::npos ? "." : path_.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  bytes_ = compacted_bytes_ = size;
  unwritten_.clear();
  return {};
}

}  // namespace aci::sim
