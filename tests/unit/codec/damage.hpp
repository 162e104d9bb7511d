// Valid texts, damaged in every way a test can repeat. For the decoders' tests.
#pragma once

#include <string>
#include <string_view>

#include "base/rng.hpp"

namespace aci::test {

// Calls f(prefix) for every proper prefix of the text.
template <class F>
void for_each_prefix(std::string_view text, F&& f) {
  for (std::size_t length = 0; length < text.size(); ++length) f(std::string(text.substr(0, length)));
}

// Calls f(damaged) for `count` copies of the text with one to four bytes replaced, dropped or doubled.
template <class F>
void for_each_damage(std::string_view text, int count, std::uint64_t seed, F&& f) {
  base::Rng rng(seed);
  for (int i = 0; i < count; ++i) {
    std::string damaged(text);
    for (auto n = 1 + rng.below(4); n > 0 && !damaged.empty(); --n) {
      const auto at = rng.below(damaged.size());
      const auto kind = rng.below(4);
      // Half of the new bytes are those that mean something.
      constexpr std::string_view marks = "{}[]\",:\\<>/&;0-tfn \xff";
      const char byte = rng.below(2) == 0 ? marks[rng.below(marks.size())] : static_cast<char>(rng.below(256));
      if (kind < 2) damaged[at] = byte;
      else if (kind == 2) damaged.erase(at, 1 + rng.below(8));
      else damaged.insert(at, damaged.substr(at, 1 + rng.below(8)));
    }
    f(damaged);
  }
}

}  // namespace aci::test
