#include "web/metrics.hpp"

namespace aci::web {

void Metrics::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type) +=
      '\n';
}

void Metrics::sample(const std::vector<std::pair<std::string_view, std::string_view>>& labels, std::uint64_t value) {
  text_ += name_;
  char before = '{';
  for (const auto& [label, text] : labels) {
    text_ += before;
    before = ',';
    text_.append(label).append("=\"");
    for (const char c : text) {
      if (c == '\n') text_ += "\\n";
      else if (c == '"' || c == '\\') (text_ += '\\') += c;
      else text_ += c;
    }
    text_ += '"';
  }
  if (!labels.empty()) text_ += '}';
  text_.append(" ").append(std::to_string(value)) += '\n';
}

}  // namespace aci::web
