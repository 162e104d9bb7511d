// The file that keeps a fabric over the end of its program, kill -9 and power cuts included. Floor: sim.
//
//   auto file = StateFile::open("lab.state", [&](const auto& part) { controller.restore(part); });
//   (*file)->append(controller.take_changes());     // one transaction, in memory
//   (*file)->commit();                              // all that was appended: written and synced
//
// The first line says what the file is, every further one is a transaction: CRC-32 of what follows the blank, as 8
// hexadecimal digits, a blank, and {"imdata":[...]} with whole objects and, for what went, dn and status "deleted". A line
// that a crash has cut off at the end is dropped; a broken line before others is damage, and the file is refused.
// compact() writes all objects to FILE.new, which then takes the file's place. Errors are errc io, or invalid for a file that
// is none of ours; each names the file. Thread-safety: one thread; a lock on the file keeps a second program out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/managed_object.hpp"

namespace aci::sim {

class StateFile {
 public:
  using Part = std::vector<model::ManagedObject>;
  using TakePart = std::function<void(const Part&)>;
  using EachObject = std::function<void(const std::function<void(std::string_view, const model::Attributes&)>&)>;

  // Reads what is there; a file that is not there yet is made by the first compact().
  static base::Result<std::unique_ptr<StateFile>> open(std::string path, const TakePart& take);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  bool is_new() const { return fd_ < 0; }
  void append(const Part& changes);
  bool has_unwritten() const { return !unwritten_.empty(); }
  base::Result<void> commit();

  // Once there is more of what happened since the last compact() than of what it wrote.
  bool wants_compaction() const;
  base::Result<void> compact(const EachObject& each);

 private:
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  base::Result<void> read(const TakePart& take);
  base::Error failure(const std::string& what) const;
  base::Result<void> write(int fd, const std::string& bytes) const;

  std::string path_;
  int fd_ = -1;
  std::string unwritten_;
  std::uint64_t compacted_bytes_ = 0, bytes_ = 0;
};

}  // namespace aci::sim
