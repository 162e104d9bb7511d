// What somebody wrote down of a controller in JSON, read piece by piece however large it is. Floor: codec.
//
//   RecordingReader reader([&](model::ManagedObject object) { return keep(std::move(object)); });
//   while (...) if (auto read = reader.read(bytes); !read) return read.error();
//   return reader.finish();
//
// An answer, a pushed frame, one nested object, or a list of any of these; what else an envelope holds is passed over. Holds
// one top-level object at a time. Errors name the byte, or are those of `take`. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/managed_object.hpp"

namespace aci::codec {

class RecordingReader {
 public:
  using Take = std::function<base::Result<void>(model::ManagedObject)>;
  explicit RecordingReader(Take take) : take_(std::move(take)) {}

  // The next bytes, cut anywhere. After an error there is nothing more to read.
  base::Result<void> read(std::string_view bytes);
  // Behind the last bytes.
  base::Result<void> finish() const;

 private:
  // What comes next, blanks aside. A `first_` something may also be the end of what holds it.
  enum class Next : std::uint8_t { root, listed, member, colon, value, object, separator, end };
  enum class Holder : std::uint8_t { nothing, list, envelope, imdata, nested };
  // A value that is passed over or kept whole.
  struct Scan {
    bool on = false, keep = false, in_string = false, escaped = false;
    int depth = 0;
  };

  base::Result<void> step(char c);
  base::Result<void> open(char c);
  base::Result<void> close();
  base::Result<void> scanned();
  void begin_scan(bool keep, char first);
  std::size_t scan(std::string_view bytes);
  base::Error malformed(std::string_view why) const;

  Take take_;
  std::uint64_t offset_ = 0;  // bytes read
  Next next_ = Next::root;
  Holder holder_ = Holder::nothing;
  bool in_list_ = false, first_ = true, has_objects_ = false;
  Scan scan_;
  std::string text_;  // of what is kept
  std::string key_;   // with its quotes
};

}  // namespace aci::codec
