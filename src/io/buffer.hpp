// Bytes that came from a socket and wait to be understood. Floor: io.
//
//   std::memcpy(buffer.prepare(n), bytes, n); buffer.commit(n);   // or buffer.append(bytes)
//   buffer.consume(parse(buffer.data(), buffer.size()));
//
// Contiguous, and with at least 64 readable bytes behind the last one, so that simdjson can read in place. What data()
// points at stays where it is until the next prepare() or append(): consumed bytes may still be looked at. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace aci::io {

class Buffer {
 public:
  static constexpr std::size_t spare = 64;

  char* data() { return bytes_.data() + begin_; }
  const char* data() const { return bytes_.data() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::string_view view() const { return {data(), size()}; }

  // Room for `size` more bytes.
  char* prepare(std::size_t size) {
    if (begin_ == end_) begin_ = end_ = 0;
    // A buffer that a huge message has blown up is not kept.
    if (empty() && bytes_.size() > keep && size + spare <= keep) std::vector<char>().swap(bytes_);
    if (end_ + size + spare > bytes_.size()) {
      if (begin_ > 0) std::memmove(bytes_.data(), data(), this->size());
      end_ -= begin_;
      begin_ = 0;
      if (end_ + size + spare > bytes_.size()) bytes_.resize(std::max(end_ + size + spare, 2 * end_));
    }
    return bytes_.data() + end_;
  }
  void commit(std::size_t size) { end_ += size; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  void consume(std::size_t size) { begin_ += std::min(size, this->size()); }
  void clear() { begin_ = end_ = 0; }

 private:
  static constexpr std::size_t keep = 1024 * 1024;
  std::vector<char> bytes_ = std::vector<char>(spare);
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace aci::io
