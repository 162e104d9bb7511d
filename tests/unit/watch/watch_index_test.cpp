#include "watch/watch_index.hpp"

#include <gmock/gmock.h>

#include "model/coverage.hpp"

namespace aci::watch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(WatchIndex, FindsEveryWatchThatCoversAnObject) {
  std::vector<model::Query> queries;
  for (const char* url : {"/api/class/fvTenant.json", "/api/class/faultInfo.json", "/api/class/faultInst.json",
                          "/api/class/uni/tn-T/fvBD.json", "/api/class/noSuchClass.json", "/api/mo/uni/tn-T.json",
                          "/api/mo/uni/tn-T.json?query-target=children", "/api/mo/uni/tn-T.json?query-target=subtree",
                          "/api/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvAp,faultInfo",
                          "/api/mo/uni/tn-T.json?rsp-subtree-include=faults,no-scoped", "/api/mo/uni.json?query-target=subtree",
                          "/api/class/fvTenant.json?query-target=subtree",
                          "/api/class/fvTenant.json?query-target=children&target-subtree-class=fvAp",
                          "/api/class/fvTenant.json?rsp-subtree-include=faults,no-scoped",
                          "/api/class/fvBD.json?query-target-filter=eq(fvBD.name,\"B\")"})
    queries.push_back(model::Query::parse_url(url).value());
  WatchIndex index;
  for (std::size_t i = 0; i < queries.size(); ++i) index.add(static_cast<WatchId>(i), queries[i]);
  int covered = 0;
  for (const auto& [class_name, dn] :
       std::initializer_list<std::pair<const char*, const char*>>{{"fvTenant", "uni/tn-T"},
                                                                  {"fvTenant", "uni/tn-U"},
                                                                  {"fvAp", "uni/tn-T/ap-A"},
                                                                  {"fvBD", "uni/tn-T/BD-B"},
                                                                  {"faultInst", "uni/tn-T/fault-F1"},
                                                                  {"faultDelegate", "uni/tn-T/fd-[uni]-fault-F1"},
                                                                  {"noSuchClass", "uni/no"},
                                                                  {"topSystem", "topology/pod-1/node-101/sys"}}) {
    const auto candidates = index.candidates(class_name, dn);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (!model::covers(queries[i], class_name, dn, model::Attributes{{"name", "B"}})) continue;
      ++covered;
      EXPECT_THAT(candidates, Contains(static_cast<WatchId>(i))) << queries[i].to_url() << " covers " << dn;
    }
  }
  EXPECT_GT(covered, 20);
  for (std::size_t i = 0; i < queries.size(); ++i) index.remove(static_cast<WatchId>(i), queries[i]);
  EXPECT_THAT(index.candidates("fvTenant", "uni/tn-T"), IsEmpty());
}

TEST(WatchIndex, DoesNotNameWatchesOfOtherClassesAndObjects) {
  WatchIndex index;
  index.add(3, model::Query::of_class("fvBD"));
  index.add(2, model::Query::of_object(model::Dn::trusted("uni/tn-T")));
  index.add(1, model::Query::of_class("fvTenant"));
  EXPECT_THAT(index.candidates("fvTenant", "uni/tn-T"), ElementsAre(1, 2));
  EXPECT_THAT(index.candidates("fvTenant", "uni/tn-U"), ElementsAre(1));
  EXPECT_THAT(index.candidates("fvBD", "uni/tn-T/BD-B"), ElementsAre(3));
  EXPECT_THAT(index.candidates("fvAp", "uni/tn-T/ap-A"), IsEmpty());
}

}  // namespace
}  // namespace aci::watch
