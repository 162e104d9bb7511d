// What a user names on the command line: a class or a DN.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/query.hpp"

namespace aciwatch {

// "fvTenant" gives a class query, "uni/tn-Heroes" an object query. Unknown classes are refused with the nearest names,
// `watching` refuses all that model::watchable() does: the controller accepts such a subscription and never pushes.
aci::base::Result<aci::model::Query> parse_target(const std::string& text, bool subtree, const std::string& filter,
                                                  bool watching);

}  // namespace aciwatch
