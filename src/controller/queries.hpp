// Answers to GET: what is selected, what is nested in it, in which order and on which page. Floor: controller.
//
//   auto answer = answer_query(tree, Query::of_class("fvTenant"), now);     // error: the controller's code and text
//
// Facts: protocol of queries; recorded answers (top level with dn, nested with rn; sorted attributes). What is not known
// for sure is marked where it is coded. Thread-safety: reads the tree only.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/answer.hpp"
#include "controller/object_tree.hpp"
#include "model/query.hpp"

namespace aci::controller {

// More objects than this are refused, on one page or without paging.
inline constexpr std::size_t objects_max = 100'000;

// `now` is what time-range counts back from. What `sees` does not see is not there.
base::Result<codec::Answer> answer_query(const ObjectTree& tree, const model::Query& query, base::WallTime now,
                                         const Sees& sees = {});

// The object with everything below it: the answer of a POST with rsp-subtree=full.
model::ManagedObject whole_subtree(const ObjectTree& tree, const Node& node);

}  // namespace aci::controller
