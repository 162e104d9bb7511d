// Virtual time: what is to happen, in order. One thread; nothing happens by itself. Throws where it
// could not go on.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <stdexcept>
#include <vector>

#include "base/time.hpp"

namespace aci::world {

class Clockwork {
 public:
  base::Instant now() const { return now_; }
  void at(base::Instant when, std::function<void()> what) { queue_.push({std::max(when, now_), next_++, std::move(what)}); }
  void after(base::Duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }
  // Until everything due by then has happened.
  void run_until(base::Instant end) {
    while (!queue_.empty() && queue_.top().when <= end) {
      const auto item = std::move(const_cast<Item&>(queue_.top()));
      queue_.pop();
      at_once_ = item.when == now_ ? at_once_ + 1 : 0;
      if (at_once_ > at_once_max) throw std::runtime_error("time stands still: there is always something due");
      now_ = item.when;
      ++happened_;
      item.what();
    }
    now_ = end;
  }
  std::uint64_t happened() const { return happened_; }

 private:
  static constexpr std::uint64_t at_once_max = 1'000'000;
  struct Item {
    base::Instant when;
    std::uint64_t number;  // what was planned first happens first
    std::function<void()> what;
    bool operator<(const Item& other) const { return when != other.when ? when > other.when : number > other.number; }
  };
  base::Instant now_{base::Duration{1'000'000}};
  std::uint64_t next_ = 0, happened_ = 0, at_once_ = 0;
  std::priority_queue<Item> queue_;
};

}  // namespace aci::world
