// Whether watching a query can work at all, said before the first request. Floor: model.
//
//   watchable(query)      // "unknown class 'fvTenat' (did you mean 'fvTenant'?)", "class fvTenant has no property 'nme' ...",
//                         // "eqptIngrTotal5min holds statistics, which the controller never pushes; ..."
//
// The controller itself takes a subscription to statistics, to a filter that can never match and to options that mean
// nothing to pushes, and then stays silent for ever: that must not look like a quiet fabric. Errors: invalid.
// Thread-safety: pure functions. Source: Cisco APIC REST API Configuration Guide, class metadata, recorded behaviour.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/filter.hpp"
#include "model/query.hpp"

namespace aci::model {

// The whole of it: classes, filter, options.
base::Result<void> watchable(const Query& query);

// That the class is known and pushed.
base::Result<void> watchable_class(std::string_view name);

// That the filter can match an object of one of these classes, abstract ones among them; of any class when there are none.
// Classes and properties must be known, and values such as the property can have where the facts tell all of them.
base::Result<void> watchable_filter(const Filter& filter, const std::vector<std::string>& classes);

}  // namespace aci::model
