// The file that keeps a fabric over the end of its program, kill -9 and power cuts included. Floor: sim.
//
//   auto file = StateFile::open("lab.state", [&](const auto& part) { controller.restore(part); });
//   (*file)->append(controller.take_changes());     // one transaction, in memory
//   (*file)->commit();                              // all that was appended: written and synced
//
// The first line says what the file is, every further one is a transaction: CRC-32 of what follows the blank, as 8
// hexadecimal digits, a blank, and {"imdata":[...]} with whole objects and, for what went, dn and status "deleted". A line
// that a crash has cut off at the end is dropped; a broken line before others is damage, and the file is refused.
// A compaction writes all objects to FILE.new, then what happened meanwhile, then gives it the file's place. It takes pauses,
// so that a fabric of any size goes on living: an object that changes between being written and the end is written twice, and
// the later one counts. Errors are errc io, or invalid for a file that is none of ours; each names the file. Thread-safety: one
// thread; a lock on the file keeps a second program out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/managed_object.hpp"
#include "sim/state_writer.hpp"

namespace aci::sim {

class StateFile {
 public:
  using Part = std::vector<model::ManagedObject>;
  using TakePart = std::function<void(const Part&)>;

  // Reads what is there; a file that is not there yet is made by the first compaction.
  static base::Result<std::unique_ptr<StateFile>> open(std::string path, const TakePart& take);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  bool is_new() const { return fd_ < 0; }
  void append(const Part& changes);
  bool has_unwritten() const { return !unwritten_.empty(); }
  base::Result<void> commit();

  // Once there is more of what happened since the last compaction than of what it wrote, and none is going on.
  bool wants_compaction() const;
  bool compacts() const { return writer_ != nullptr; }
  // `on_progress` is called on another thread: when there is room for objects again, and when finish_compaction() is due.
  base::Result<void> begin_compaction(std::function<void()> on_progress);
  bool has_room() const { return writer_->has_room(); }
  // All objects, parents before children, one after the other; what has changed meanwhile is committed as ever.
  void add(std::string_view class_name, const model::Attributes& attributes);
  void end_of_objects();
  // Puts the new file in place when all of it is on the disk; does nothing before that. Whatever the added objects tell is
  // committed by now.
  base::Result<void> finish_compaction();
  // The same at once, for a time when nobody waits: `each` adds all objects.
  base::Result<void> compact(const std::function<void()>& each);

 private:
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  base::Result<void> read(const TakePart& take);
  base::Error failure(const std::string& what) const;
  base::Result<void> replace();

  std::string path_;
  int fd_ = -1;
  std::string unwritten_;
  std::uint64_t compacted_bytes_ = 0, bytes_ = 0;
  // Of a compaction:
  int new_fd_ = -1;
  std::unique_ptr<StateWriter> writer_;
  std::string objects_;  // of the line that is being made
  bool objects_ended_ = false;
  std::uint64_t copied_ = 0;  // what stands before this in the old file is in the new one
};

}  // namespace aci::sim
