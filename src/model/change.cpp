#include "model/change.hpp"

#include <algorithm>
#include <array>

#include "model/text.hpp"

namespace aci::model {
namespace {

constexpr std::array<std::string_view, 3> op_names{"created", "modified", "deleted"};
constexpr std::array<std::string_view, 4> origin_names{"live", "relist", "backfill", "baseline"};

template <class Enum, std::size_t n>
std::optional<Enum> find_name(const std::array<std::string_view, n>& names, std::string_view text) {
  const auto it = std::find_if(names.begin(), names.end(), [text](std::string_view name) { return same(name, text); });
  if (it == names.end()) return {};
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view to_string(Op op) { return op_names[static_cast<std::size_t>(op)]; }
std::string_view to_string(Origin origin) { return origin_names[static_cast<std::size_t>(origin)]; }
std::optional<Op> parse_op(std::string_view text) { return find_name<Op>(op_names, text); }
std::optional<Origin> parse_origin(std::string_view text) { return find_name<Origin>(origin_names, text); }

}  // namespace aci::model
