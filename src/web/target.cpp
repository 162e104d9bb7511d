#include "web/target.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "model/query.hpp"
#include "model/text.hpp"

namespace aci::web {
namespace {

std::string form_decode(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return model::percent_decode(plain);
}

}  // namespace

Target Target::parse(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const auto question = text.find('?');
  Target target{model::percent_decode(text.substr(0, question)), {}};
  if (question == std::string_view::npos) return target;
  model::each_part(text.substr(question + 1), '&', [&](std::string_view part) {
    const auto equals = part.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    target.parameters.emplace_back(form_decode(part.substr(0, equals)), form_decode(value));
    return true;
  });
  return target;
}

base::Result<void> Target::check(const std::vector<std::string_view>& known) const {
  for (const auto& parameter : parameters) {
    const auto& name = parameter.first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return base::Error{base::Errc::invalid, "unknown parameter '" + name + "'" + base::did_you_mean(name, known)};
    }
    if (find(name) != &parameter.second) return base::Error{base::Errc::invalid, "parameter '" + name + "' is there twice"};
  }
  return {};
}

const std::string* Target::find(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace aci::web
