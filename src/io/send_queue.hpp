// Bytes that wait to be sent, in order. Floor: io.
//
//   queue.append(head); queue.append(std::move(body));
//   queue.consume(send(queue.front(slice)));
//
// In pieces: a long queue is neither moved as it grows nor as it is sent, and a large text is taken over without a copy.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace aci::io {

class SendQueue {
 public:
  static constexpr std::size_t piece = 256 * 1024;  // small texts are put together up to this size

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!ends_empty() && (pieces_.empty() || pieces_.back().size() + bytes.size() > piece)) pieces_.emplace_back();
    pieces_.back() += bytes;
    size_ += bytes.size();
  }
  void append(std::string&& bytes) {
    if (bytes.size() < piece) return append(std::string_view(bytes));
    size_ += bytes.size();
    if (!ends_empty()) pieces_.emplace_back();
    pieces_.back() = std::move(bytes);
  }

  // The first bytes, at most `max`, as far as they lie in one piece; good until the next call.
  std::string_view front(std::size_t max) const {
    return empty() ? std::string_view{} : std::string_view(pieces_.front()).substr(sent_, max);
  }
  // Precondition: not more than front() gave.
  void consume(std::size_t size) {
    sent_ += size;
    size_ -= size;
    if (pieces_.empty() || sent_ < pieces_.front().size()) return;
    sent_ = 0;
    // Where little is sent, often, its memory is used again.
    if (pieces_.size() == 1 && pieces_.front().capacity() <= keep) pieces_.front().clear();
    else pieces_.pop_front();
  }
  void clear() {
    pieces_.clear();
    size_ = sent_ = 0;
  }

 private:
  static constexpr std::size_t keep = 4 * 1024;

  bool ends_empty() const { return !pieces_.empty() && pieces_.back().empty(); }

  std::deque<std::string> pieces_;
  std::size_t size_ = 0, sent_ = 0;  // sent_: of the first piece
};

}  // namespace aci::io
