#include "controller/cookies.hpp"

#include <algorithm>

#include "model/text.hpp"

namespace aci::controller {

using model::equal_ignoring_case;
using model::trimmed;

std::vector<std::string_view> cookie_values(std::string_view header, std::string_view name) {
  std::vector<std::string_view> values;
  while (!header.empty()) {
    const std::size_t end = std::min({header.find(';'), header.find(','), header.size()});
    const std::string_view pair = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(trimmed(pair.substr(0, equals)), name)) continue;
    std::string_view value = trimmed(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    values.push_back(value);
  }
  return values;
}

}  // namespace aci::controller
