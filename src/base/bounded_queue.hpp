// A first-in-first-out queue with a bound and a verdict. Floor: base.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace aci::base {

// Nothing in aciwatch grows without a bound: push() says whether it took the value, and the caller decides what a "no"
// means (a gap, a digest, a closed socket). Not thread-safe.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] bool push(T value) {
    if (items_.size() >= capacity_) return false;
    items_.push_back(std::move(value));
    return true;
  }

  // Precondition of front() and pop(): !empty().
  const T& front() const { return items_.front(); }
  T pop() {
    T value = std::move(items_.front());
    items_.pop_front();
    return value;
  }

  void clear() { items_.clear(); }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  std::size_t capacity() const { return capacity_; }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
};

}  // namespace aci::base
