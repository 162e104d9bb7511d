// A hash map by text, in which a view is found without a copy. Floor: watch.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/text.hpp"

namespace aci::watch {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return model::same(a, b); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, TextEqual>;

}  // namespace aci::watch
