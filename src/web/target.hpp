// A request target in parts: path and decoded parameters. Floor: web.
//
//   Target::parse("/api/v1/events?dn=uni%2Ftn-T&limit=5")   // path "/api/v1/events", parameters {dn, uni/tn-T}, {limit, 5}
//
// '+' stands for a blank in parameters, as forms and URLSearchParams write it. Thread-safety: values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace aci::web {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters;  // in their order

  static Target parse(std::string_view text);

  // An error names the first parameter that is none of these, or that is there twice.
  base::Result<void> check(const std::vector<std::string_view>& known) const;
  // nullptr when it is not there.
  const std::string* find(std::string_view name) const;
};

}  // namespace aci::web
