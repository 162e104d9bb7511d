#include "model/names.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "model/text.hpp"

namespace aci::model {
namespace {

using List = Names::List;

// The lists that stay. A hostile peer could invent lists without end, so their number is bounded.
class Kept {
 public:
  // Lives for ever: names may outlive whatever else is static.
  static Kept& the() {
    static Kept& kept = *new Kept;
    return kept;
  }

  // Nothing when there are too many.
  const List* find_or_make(const std::vector<std::string_view>& names) {
    std::size_t hash = names.size();
    for (const auto name : names) hash = hash * 0x9e3779b97f4a7c15ull + std::hash<std::string_view>{}(name);
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = lists_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
      if (std::equal(names.begin(), names.end(), it->second.begin(), it->second.end())) return &it->second;
    if (lists_.size() >= lists_max) return nullptr;
    return &lists_.emplace(hash, List(names.begin(), names.end()))->second;
  }

 private:
  static constexpr std::size_t lists_max = 20'000;
  std::mutex mutex_;
  std::unordered_multimap<std::size_t, List> lists_;  // by hash
};

}  // namespace

Names Names::of(const std::vector<std::string_view>& names) {
  if (names.empty()) return {};
  // What a thread named last needs neither a lock nor a good hash: most changes are of few sorts.
  thread_local const List* recent[64];
  std::size_t slot = names.size();
  for (const auto name : names) slot = slot * 31 + name.size() + (name.empty() ? 0 : name.back());
  const List*& last = recent[slot % 64];
  if (!last || !std::equal(names.begin(), names.end(), last->begin(), last->end(), same)) {
    const List* kept = Kept::the().find_or_make(names);
    if (!kept) return Names(std::make_shared<const List>(names.begin(), names.end()));
    last = kept;
  }
  return Names(std::shared_ptr<const List>(std::shared_ptr<const List>(), last));
}

const List& Names::list() const {
  static const List none;
  return list_ ? *list_ : none;
}

}  // namespace aci::model
