// Finds the watches that an object may concern, without asking all of them. Floor: watch.
//
//   index.add(id, query);
//   for (const WatchId id : index.candidates("fvBD", "uni/tn-T/BD-B")) ...    // and then model::covers()
//
// Thread-safety: one thread.
#pragma once

#include <string_view>
#include <vector>

#include "model/query.hpp"
#include "watch/actions.hpp"
#include "watch/by_text.hpp"

namespace aci::watch {

class WatchIndex {
 public:
  void add(WatchId watch, const model::Query& query);
  void remove(WatchId watch, const model::Query& query);
  // In rising order. Among them is every watch that covers the object.
  std::vector<WatchId> candidates(std::string_view class_name, std::string_view dn) const;

 private:
  template <class Use>
  void each_place(const model::Query& query, const Use& use);

  ByText<std::vector<WatchId>> of_object_;  // by DN
  ByText<std::vector<WatchId>> of_class_;   // by the classes that a query names, and the concrete ones of those; "": of any
};

}  // namespace aci::watch
