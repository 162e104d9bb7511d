// Whether a query covers an object. Floor: model.
//
// The watcher asks it for what a re-reading should have held. The simulator keeps its subscriptions indexed instead, since
// it looks for the subscriptions of a change and not for the objects of a query.
#pragma once

#include "model/query.hpp"

namespace aci::model {

// True when the query answers with the object and a subscription to it reports its changes: its class (abstract classes
// stand for their concrete ones), its DN against query-target, target-subtree-class, and query-target-filter on its
// attributes. Of rsp-subtree-include=faults,no-scoped (or health) the answer is the records alone. Records that are nested
// in the answer are not covered, though their changes are told.
bool covers(const Query& query, std::string_view class_name, std::string_view dn, const Attributes& attributes);

// The query to subscribe to where every change of what `query` covers is to be known. A controller pushes no change of an
// object that does not match the filter, be it the one by which it ceased to; and a sparse push tells too little to judge
// by. So a filter whose verdict may change in an object's life is left out, and is for the asker to apply.
Query without_fleeting_filter(Query query);

}  // namespace aci::model
