#include "controller/queries.hpp"

#include <gmock/gmock.h>

#include <set>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class QueriesTest : public ::testing::Test {
 protected:
  QueriesTest() {
    apic.log_in();
    EXPECT_EQ(error_of(apic.post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"one"},"children":[
        {"fvCtx":{"attributes":{"name":"v"}}},
        {"fvBD":{"attributes":{"name":"B1","arpFlood":"yes"},"children":[
            {"fvSubnet":{"attributes":{"ip":"10.0.0.1/24","scope":"public"}}},{"fvSubnet":{"attributes":{"ip":"10.0.1.1/24"}}}]}},
        {"fvBD":{"attributes":{"name":"B2"}}},
        {"fvAp":{"attributes":{"name":"A"},"children":[{"fvAEPg":{"attributes":{"name":"E1"}}},{"fvAEPg":{"attributes":{"name":"E2"}}}]}}
        ]}})")),
              "");
  }
  std::vector<std::string> dns(const std::string& target) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects(target)) all.emplace_back(object.dn());
    return all;
  }
  // Class names of what is nested, by depth first.
  static void nested(const model::ManagedObject& object, std::vector<std::string>& into) {
    for (const auto& child : object.children) {
      into.push_back(child.class_name + ' ' + std::string(child.attributes.get("rn")));
      nested(child, into);
    }
  }
  std::vector<std::string> nested(const std::string& target) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects(target)) nested(object, all);
    return all;
  }
  Driver apic;
};

TEST_F(QueriesTest, AFreshFabricHasWhatEveryFabricHas) {
  EXPECT_THAT(dns("/api/class/fvTenant.json"), ElementsAre("uni/tn-common", "uni/tn-infra", "uni/tn-mgmt", "uni/tn-T"));
  EXPECT_THAT(dns("/api/node/class/fabricNode.json"), ElementsAre("topology/pod-1/node-1", "topology/pod-1/node-101",
                                                                  "topology/pod-1/node-102", "topology/pod-1/node-201"));
  EXPECT_THAT(dns("/api/class/topSystem.json"), Contains("topology/pod-1/node-101/sys"));
  for (const char* dn : {"uni", "uni/fabric", "uni/infra", "uni/userext/user-admin", "topology", "uni/tn-common/monepg-default",
                         "uni/tn-common/qoscustom-default", "uni/tn-common/BD-default", "uni/tn-common/ctx-default",
                         "uni/tn-common/epRPol-default", "uni/fabric/monfab-default", "info"})
    EXPECT_THAT(dns("/api/mo/" + std::string(dn) + ".json"), ElementsAre(dn));
  EXPECT_THAT(apic.get("/api/mo/uni/userext/user-admin.json").body, Not(HasSubstr("pwd\":")));
}

TEST_F(QueriesTest, AnObjectIsShownAsRecorded) {
  EXPECT_EQ(
      apic.get("/api/node/mo/uni/tn-T.json").body,
      R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"annotation":"","childAction":"","descr":"one","dn":"uni/tn-T",)"
      R"("extMngdBy":"","lcOwn":"local","modTs":"2023-11-14T22:13:20.123+00:00","monPolDn":"uni/tn-common/monepg-default",)"
      R"("name":"T","nameAlias":"","ownerKey":"","ownerTag":"","status":"","uid":"15374","userdom":"all"}}}]})");
}

TEST_F(QueriesTest, WhatIsNotThereIsAnEmptyAnswer) {
  EXPECT_EQ(apic.get("/api/mo/uni/tn-Nobody.json").body, R"({"totalCount":"0","imdata":[]})");
  EXPECT_EQ(apic.get("/api/class/vzTaboo.json").body, R"({"totalCount":"0","imdata":[]})");
  EXPECT_EQ(apic.get("/api/mo/uni/tn-Nobody.json?query-target=subtree&rsp-subtree=full").status, 200);
}

TEST_F(QueriesTest, TargetsAreSelfChildrenAndSubtree) {
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=self"), ElementsAre("uni/tn-T"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=children"),
              ElementsAre("uni/tn-T/ctx-v", "uni/tn-T/BD-B1", "uni/tn-T/BD-B2", "uni/tn-T/ap-A", "uni/tn-T/rsTenantMonPol",
                          "uni/tn-T/health"));
  const auto subtree = dns("/api/mo/uni/tn-T.json?query-target=subtree");
  EXPECT_EQ(subtree.front(), "uni/tn-T");
  EXPECT_THAT(subtree, Contains("uni/tn-T/ap-A/epg-E2/rsbd"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvAEPg,fvCtx"),
              ElementsAre("uni/tn-T/ctx-v", "uni/tn-T/ap-A/epg-E1", "uni/tn-T/ap-A/epg-E2"));
  EXPECT_THAT(dns("/api/class/fvAp.json?query-target=children&target-subtree-class=fvAEPg"), Contains("uni/tn-T/ap-A/epg-E1"));
}

TEST_F(QueriesTest, AClassMayBeAskedForBelowADn) {
  EXPECT_THAT(dns("/api/class/uni/tn-T/fvBD.json"), ElementsAre("uni/tn-T/BD-B1", "uni/tn-T/BD-B2"));
  EXPECT_THAT(dns("/api/node/class/topology/pod-1/node-101/topSystem.json"), ElementsAre("topology/pod-1/node-101/sys"));
  EXPECT_THAT(dns("/api/class/uni/tn-T/BD-B2/fvBD.json"), IsEmpty());
}

TEST_F(QueriesTest, AnAbstractClassAnswersWithItsConcreteOnes) {
  ASSERT_TRUE(apic.controller.storm(apic.wall, "faultInst", 2));
  ASSERT_TRUE(apic.controller.storm(apic.wall, "faultDelegate", 1));
  std::multiset<std::string> classes;
  for (const auto& object : apic.objects("/api/class/faultInfo.json")) classes.insert(object.class_name);
  EXPECT_THAT(classes, UnorderedElementsAre("faultDelegate", "faultInst", "faultInst"));
  EXPECT_THAT(apic.objects("/api/class/faultInfo.json?query-target-filter=ge(faultInfo.severity,\"warning\")"), SizeIs(3));
}

TEST_F(QueriesTest, FiltersChooseAmongTheTargets) {
  EXPECT_THAT(dns(R"(/api/class/fvBD.json?query-target-filter=eq(fvBD.arpFlood,"yes"))"), ElementsAre("uni/tn-T/BD-B1"));
  EXPECT_THAT(dns(R"(/api/class/fvBD.json?query-target-filter=and(wcard(fvBD.dn,"tn-T/"),ne(fvBD.name,"B1")))"),
              ElementsAre("uni/tn-T/BD-B2"));
}

TEST_F(QueriesTest, NestedObjectsHaveAnRnAndNoDn) {
  const auto objects = apic.objects("/api/mo/uni/tn-T/BD-B1.json?rsp-subtree=full&rsp-subtree-class=fvSubnet");
  ASSERT_THAT(objects, SizeIs(1));
  EXPECT_TRUE(objects[0].attributes.contains("dn"));
  EXPECT_FALSE(objects[0].attributes.contains("rn"));
  ASSERT_THAT(objects[0].children, SizeIs(2));
  EXPECT_EQ(objects[0].children[0].attributes.get("rn"), "subnet-[10.0.0.1/24]");
  EXPECT_FALSE(objects[0].children[0].attributes.contains("dn"));
}

TEST_F(QueriesTest, RspSubtreeGoesDownAsFarAsAskedAndKeepsWhatStandsBetween) {
  EXPECT_THAT(nested("/api/mo/uni/tn-T/ap-A.json?rsp-subtree=children"),
              ElementsAre("fvAEPg epg-E1", "fvAEPg epg-E2", "fvRsApMonPol rsApMonPol", "healthInst health"));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree=full&rsp-subtree-class=fvRsBd"),
              ElementsAre("fvAp ap-A", "fvAEPg epg-E1", "fvRsBd rsbd", "fvAEPg epg-E2", "fvRsBd rsbd"));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree=children&rsp-subtree-class=fvRsBd"), IsEmpty());
  EXPECT_THAT(
      nested(
          R"(/api/mo/uni/tn-T.json?rsp-subtree=full&rsp-subtree-class=fvSubnet&rsp-subtree-filter=eq(fvSubnet.scope,"public"))"),
      ElementsAre("fvBD BD-B1", "fvSubnet subnet-[10.0.0.1/24]"));
}

TEST_F(QueriesTest, OrderIsByValueAndByEachPropertyInTurn) {
  EXPECT_THAT(
      dns("/api/class/fabricNode.json?order-by=fabricNode.id|desc"),
      ElementsAre("topology/pod-1/node-201", "topology/pod-1/node-102", "topology/pod-1/node-101", "topology/pod-1/node-1"));
  EXPECT_THAT(dns("/api/class/fabricNode.json?order-by=fabricNode.role,fabricNode.id|desc").back(), "topology/pod-1/node-201");
  EXPECT_THAT(dns("/api/class/fvTenant.json?order-by=fvTenant.name|asc"),
              ElementsAre("uni/tn-T", "uni/tn-common", "uni/tn-infra", "uni/tn-mgmt"));
}

TEST_F(QueriesTest, PagesKeepTheWholeCount) {
  const auto page = [&](const std::string& options) {
    const auto answer = codec::decode_answer(apic.get("/api/class/fvTenant.json?order-by=fvTenant.dn&" + options).body);
    std::string text = std::to_string(answer->total_count) + ':';
    for (const auto& object : answer->objects) text += ' ' + std::string(object.attributes.get("name"));
    return text;
  };
  EXPECT_EQ(page("page-size=3"), "4: T common infra");
  EXPECT_EQ(page("page=1&page-size=3"), "4: mgmt");
  EXPECT_EQ(page("page=2&page-size=3"), "4:");
  EXPECT_EQ(page("page=4000000000&page-size=100000"), "4:");
}

TEST_F(QueriesTest, MoreThanAHundredThousandNeedPages) {
  ASSERT_TRUE(apic.controller.storm(apic.wall, "fvCtx", 14'300));  // with six implicit children each
  EXPECT_EQ(error_of(apic.get("/api/mo/uni.json?query-target=subtree")),
            "400 400 Unable to process the query, result dataset is too big");
  EXPECT_EQ(error_of(apic.get("/api/mo/uni.json?rsp-subtree=full")),
            "400 400 Unable to process the query, result dataset is too big");
  EXPECT_EQ(error_of(apic.get("/api/mo/uni.json?query-target=subtree&page-size=1000")), "");
  EXPECT_NE(error_of(apic.get("/api/mo/uni.json?query-target=subtree&page-size=100001")), "");
}

TEST_F(QueriesTest, PropertiesCanBeLimited) {
  EXPECT_EQ(apic.get("/api/mo/uni/tn-T.json?rsp-prop-include=naming-only").body,
            R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-T","name":"T"}}}]})");
  EXPECT_EQ(
      apic.get("/api/mo/uni/tn-T.json?rsp-prop-include=config-only").body,
      R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"annotation":"","descr":"one","dn":"uni/tn-T","name":"T",)"
      R"("nameAlias":"","ownerKey":"","ownerTag":"","userdom":"all"}}}]})");
  EXPECT_EQ(
      apic.get("/api/mo/uni/tn-T.json?rsp-prop-include=oper").body,
      R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-T","extMngdBy":"","lcOwn":"local",)"
      R"("modTs":"2023-11-14T22:13:20.123+00:00","monPolDn":"uni/tn-common/monepg-default","status":"","uid":"15374"}}}]})");
}

TEST_F(QueriesTest, HealthIsNestedWhereObjectsAreScored) {
  EXPECT_THAT(
      apic.get("/api/mo/uni/tn-T.json?rsp-subtree-include=health").body,
      HasSubstr(R"("children":[{"healthInst":{"attributes":{"childAction":"","chng":"0","cur":"100","maxSev":"cleared",)"
                R"("modTs":"never","prev":"100","rn":"health","status":"","twScore":"100")"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=children&rsp-subtree-include=health,required"),
              ElementsAre("uni/tn-T/ctx-v", "uni/tn-T/BD-B1", "uni/tn-T/BD-B2", "uni/tn-T/ap-A"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=children&rsp-subtree-include=health,no-scoped"),
              ElementsAre("uni/tn-T/ctx-v/health", "uni/tn-T/BD-B1/health", "uni/tn-T/BD-B2/health", "uni/tn-T/ap-A/health"));
  EXPECT_THAT(dns("/api/class/topSystem.json?rsp-subtree-include=health,no-scoped"),
              UnorderedElementsAre("topology/pod-1/node-101/sys/health", "topology/pod-1/node-102/sys/health",
                                   "topology/pod-1/node-201/sys/health"))
      << "recordings of controllers show none";
}

TEST_F(QueriesTest, FaultsAreIncludedAtTheDepthAskedFor) {
  ASSERT_TRUE(apic.controller.load(
      apic.wall, {{"faultInst", {{"dn", "uni/tn-T/BD-B1/fault-F0467"}, {"code", "F0467"}, {"severity", "minor"}}, {}}}));
  EXPECT_THAT(nested("/api/mo/uni/tn-T/BD-B1.json?rsp-subtree-include=faults"), ElementsAre("faultInst fault-F0467"));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree-include=faults"), IsEmpty());
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=faults,subtree,no-scoped"),
              ElementsAre("uni/tn-T/BD-B1/fault-F0467"));
  EXPECT_THAT(dns("/api/class/fvBD.json?rsp-subtree-include=faults,required"), ElementsAre("uni/tn-T/BD-B1"));
  EXPECT_THAT(dns("/api/class/fvBD.json?rsp-subtree=full&rsp-subtree-include=faults,required"), ElementsAre("uni/tn-T/BD-B1"));
}

TEST_F(QueriesTest, FaultsAreNestedWhereTheyStand) {
  ASSERT_TRUE(apic.controller.load(apic.wall, {{"faultInst", {{"dn", "uni/tn-T/BD-B1/fault-F1"}, {"severity", "minor"}}, {}},
                                               {"faultInst", {{"dn", "uni/tn-T/fault-F2"}, {"severity", "major"}}, {}}}));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree-include=faults,subtree"),
              ElementsAre("fvBD BD-B1", "faultInst fault-F1", "faultInst fault-F2"));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree=full&rsp-subtree-class=fvCtx&rsp-subtree-include=faults"),
              ElementsAre("fvCtx ctx-v", "fvBD BD-B1", "faultInst fault-F1", "faultInst fault-F2"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=faults,no-scoped,subtree&order-by=faultInfo.severity|desc"),
              ElementsAre("uni/tn-T/fault-F2", "uni/tn-T/BD-B1/fault-F1"));
  EXPECT_THAT(dns("/api/class/fvTenant.json?query-target=subtree&rsp-subtree-include=faults,no-scoped,subtree"), SizeIs(2))
      << "objects below each other have each fault once";
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=faults,no-scoped,subtree"
                  "&rsp-subtree-filter=eq(faultInst.severity,\"major\")"),
              ElementsAre("uni/tn-T/fault-F2"));
}

TEST_F(QueriesTest, FaultsAreCounted) {
  const auto raise = [&](const std::string& dn, const char* severity, const char* ack) {
    ASSERT_TRUE(apic.controller.load(apic.wall, {{"faultInst", {{"dn", dn}, {"severity", severity}, {"ack", ack}}, {}}}));
  };
  raise("uni/tn-T/BD-B1/fault-F1", "minor", "no");
  raise("uni/tn-T/BD-B2/fault-F1", "minor", "no");
  raise("uni/tn-T/fault-F2", "critical", "yes");
  raise("uni/tn-common/fault-F2", "critical", "no");
  const auto counts = apic.objects("/api/mo/uni/tn-T.json?rsp-subtree-include=fault-count").at(0).children;
  ASSERT_THAT(counts, SizeIs(1));
  EXPECT_EQ(counts[0].class_name, "faultCounts");
  EXPECT_EQ(counts[0].attributes, (model::Attributes{{"childAction", ""},
                                                     {"crit", "0"},
                                                     {"critAcked", "1"},
                                                     {"maj", "0"},
                                                     {"majAcked", "0"},
                                                     {"minor", "2"},
                                                     {"minorAcked", "0"},
                                                     {"modTs", "never"},
                                                     {"rn", "fltCnts"},
                                                     {"status", ""},
                                                     {"warn", "0"},
                                                     {"warnAcked", "0"}}));
}

TEST_F(QueriesTest, CountsOfFaultsAreObjectsOfTheirOwn) {
  ASSERT_TRUE(apic.controller.load(
      apic.wall,
      {{"faultInst", {{"dn", "uni/tn-T/BD-B1/fault-F1"}, {"severity", "minor"}, {"type", "config"}}, {}},
       {"faultInst", {{"dn", "uni/tn-T/fault-F2"}, {"severity", "critical"}, {"type", "operational"}, {"ack", "yes"}}, {}},
       {"faultInst", {{"dn", "uni/tn-common/fault-F2"}, {"severity", "critical"}, {"type", "config"}}, {}}}));
  const auto counts = apic.objects("/api/mo/uni/tn-T/fltCnts.json");
  ASSERT_THAT(counts, SizeIs(1));
  EXPECT_EQ(counts[0].class_name, "faultCountsWithDetails");
  EXPECT_EQ(counts[0].dn(), "uni/tn-T/fltCnts");
  EXPECT_EQ(counts[0].attributes.get("critAcked"), "1");
  EXPECT_EQ(counts[0].attributes.get("minor"), "1");
  EXPECT_EQ(counts[0].attributes.get("crit"), "0");
  std::vector<std::string> of_types;
  for (const auto& child : counts[0].children)
    of_types.push_back(child.class_name + ' ' + std::string(child.attributes.get("type")) + ' ' +
                       std::string(child.attributes.get("minor")));
  EXPECT_THAT(of_types, ElementsAre("faultTypeCounts communications 0", "faultTypeCounts config 1",
                                    "faultTypeCounts environmental 0", "faultTypeCounts operational 0"));
  const auto all = apic.objects("/api/class/faultCountsWithDetails.json");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].attributes.get("crit"), "1");
  EXPECT_THAT(dns("/api/mo/uni/tn-None/fltCnts.json"), IsEmpty());
  EXPECT_THAT(dns("/api/mo/uni/tn-T/fltCnts.json?query-target=self&rsp-subtree=no"), ElementsAre("uni/tn-T/fltCnts"));
}

class LogQueriesTest : public QueriesTest {
 protected:
  LogQueriesTest() {
    record("aaaModLR", "uni/tn-L", "mod-1", "2023-11-14T20:00:00.000+00:00");
    record("aaaModLR", "uni/tn-L/ap-A", "mod-2", "2023-11-14T21:00:00.000+00:00");
    record("aaaModLR", "uni/tn-L", "mod-3", "2023-11-01T21:00:00.000+00:00");
    record("eventRecord", "uni/tn-L", "rec-4", "2023-10-01T21:00:00.000+00:00");
    record("aaaModLR", "uni/tn-L2", "mod-5", "2023-11-14T20:00:00.000+00:00");
    EXPECT_TRUE(apic.controller.load(apic.wall, {{"fvAp", {{"dn", "uni/tn-L/ap-A"}, {"name", "A"}}, {}}}));
  }
  void record(const char* class_name, const std::string& about, const std::string& rn, const char* created) {
    EXPECT_TRUE(apic.controller.load(
        apic.wall, {{class_name,
                     {{"dn", "subj-[" + about + "]/" + rn}, {"affected", about}, {"created", created}, {"modTs", "never"}},
                     {}}}));
  }
  std::vector<std::string> records(const std::string& target) {
    std::vector<std::string> all = dns(target);
    for (std::string& dn : all) dn = dn.substr(dn.rfind('/') + 1);
    return all;
  }
};

TEST_F(LogQueriesTest, LogsAreThoseOfTheObjectOrOfItsSubtree) {
  EXPECT_THAT(records("/api/mo/uni/tn-L.json?rsp-subtree-include=audit-logs,no-scoped"), ElementsAre("mod-1", "mod-3"));
  EXPECT_THAT(records("/api/node/mo/uni/tn-L.json?rsp-subtree-include=audit-logs,no-scoped,subtree"
                      "&order-by=aaaModLR.created|desc&page=0&page-size=15"),
              ElementsAre("mod-2", "mod-1", "mod-3"));
  EXPECT_THAT(records("/api/mo/uni/tn-L.json?rsp-subtree-include=audit-logs,no-scoped,subtree&page=1&page-size=2"),
              ElementsAre("mod-2"));
  EXPECT_THAT(records("/api/mo/uni/tn-L.json?rsp-subtree-include=event-logs,audit-logs,no-scoped"),
              UnorderedElementsAre("mod-1", "mod-3", "rec-4"));
  EXPECT_THAT(apic.get("/api/mo/uni/tn-L.json?rsp-subtree-include=audit-logs,no-scoped,subtree,count").body,
              HasSubstr(R"("count":"3")"));
  EXPECT_THAT(dns("/api/class/fvTenant.json?rsp-subtree-include=event-logs,required"), ElementsAre("uni/tn-L"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=deployment-records,no-scoped"), IsEmpty()) << "none are simulated";
}

TEST_F(LogQueriesTest, LogsAreNestedWithTheirDn) {
  const auto tenant = apic.objects("/api/mo/uni/tn-L.json?rsp-subtree-include=event-logs").at(0);
  ASSERT_THAT(tenant.children, SizeIs(1));
  EXPECT_EQ(tenant.children[0].dn(), "subj-[uni/tn-L]/rec-4");
}

TEST_F(LogQueriesTest, ATimeRangeChoosesLogsAndNothingElse) {  // now is 2023-11-14T22:13:20
  EXPECT_THAT(records("/api/class/aaaModLR.json?time-range=24h&query-target-filter=wcard(aaaModLR.affected,\"tn-L\")"),
              ElementsAre("mod-1", "mod-2", "mod-5"));
  EXPECT_THAT(records("/api/class/aaaModLR.json?time-range=1month&query-target-filter=wcard(aaaModLR.affected,\"tn-L\")"),
              ElementsAre("mod-1", "mod-2", "mod-3", "mod-5"));
  EXPECT_THAT(records("/api/class/aaaModLR.json?time-range=2023-11-01T00:00:00Z|2023-11-02T00:00:00Z"), ElementsAre("mod-3"));
  EXPECT_THAT(records("/api/mo/uni/tn-L.json?rsp-subtree-include=audit-logs,no-scoped&time-range=1week"), ElementsAre("mod-1"));
  EXPECT_THAT(dns("/api/class/fvBD.json?time-range=24h&query-target-filter=wcard(fvBD.dn,\"tn-T/\")"), SizeIs(2));
  EXPECT_THAT(error_of(apic.get("/api/class/aaaModLR.json?time-range=soon")),
              ::testing::StartsWith("400 400 time-range 'soon'"));
}

TEST_F(QueriesTest, RelationsAreIncluded) {
  EXPECT_THAT(nested("/api/mo/uni/tn-T/ap-A/epg-E1.json?rsp-subtree-include=relations"),
              ElementsAre("fvRsBd rsbd", "fvRsCustQosPol rscustQosPol", "fvRsAEPgMonPol rsAEPgMonPol"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T/ap-A/epg-E1.json?rsp-subtree-include=relations,no-scoped"), SizeIs(3));
}

TEST_F(QueriesTest, RequiredWantsWhatIsNested) {
  EXPECT_THAT(dns("/api/class/uni/tn-T/fvBD.json?rsp-subtree=children&rsp-subtree-class=fvSubnet&rsp-subtree-include=required"),
              ElementsAre("uni/tn-T/BD-B1"));
  const std::string public_only = R"(&rsp-subtree-filter=eq(fvSubnet.scope,"public"))";
  EXPECT_THAT(nested("/api/class/uni/tn-T/fvBD.json?rsp-subtree=children&rsp-subtree-class=fvSubnet"
                     "&rsp-subtree-include=required" +
                     public_only),
              ElementsAre("fvSubnet subnet-[10.0.0.1/24]"));
}

TEST_F(QueriesTest, AGetKnowsNoModified) { EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree=modified"), IsEmpty()); }

TEST_F(QueriesTest, FiltersOnWhatIsNestedSpeakOfIt) {
  EXPECT_THAT(error_of(apic.get("/api/class/fvBD.json?rsp-subtree=children&rsp-subtree-class=fvSubnet"
                                "&rsp-subtree-filter=eq(fvBD.scope,\"public\")")),
              ::testing::StartsWith("301 301 Incorrect filter format"));
}

TEST_F(QueriesTest, WhatCannotBeOrderedByIsAMistake) {
  EXPECT_EQ(error_of(apic.get("/api/class/fvBD.json?order-by=fvBD.nam")),
            "400 121 Prop 'nam' not found in class 'fvBD' property table");
  EXPECT_EQ(error_of(apic.get("/api/class/fvBD.json?order-by=fvBDD.name")), "400 122 class fvBDD not found");
  EXPECT_EQ(error_of(apic.get("/api/class/faultInst.json?order-by=faultInfo.severity|desc,faultInst.modTs")), "");
}

TEST_F(QueriesTest, NumbersAreOrderedAsNumbersBeforeWhatIsNone) {
  for (const char* id : {"9", "abc", "18446744073709551615", "5x", "18446744073709551614", "10"})
    ASSERT_TRUE(apic.controller.load(
        apic.wall, {{"eventRecord", {{"dn", "subj-[uni]/rec-" + std::string(id)}, {"id", id}, {"affected", "uni"}}, {}}}));
  std::vector<std::string> ids;
  for (const auto& object :
       apic.objects("/api/class/eventRecord.json?order-by=eventRecord.id&query-target-filter=eq(eventRecord.affected,\"uni\")"))
    ids.emplace_back(object.attributes.get("id"));
  EXPECT_THAT(ids, ElementsAre("9", "10", "18446744073709551614", "18446744073709551615", "5x", "abc"));
}

TEST_F(QueriesTest, LoadedClassesWithoutFactsAreQueriedToo) {
  ASSERT_TRUE(apic.controller.load(apic.wall, {{"acmeThing", {{"dn", "uni/tn-T/thing-1"}, {"x", "b"}}, {}},
                                               {"acmeThing", {{"dn", "uni/tn-T/thing-2"}, {"x", "a"}}, {}}}));
  EXPECT_THAT(dns("/api/class/acmeThing.json?query-target-filter=eq(acmeThing.x,\"a\")"), ElementsAre("uni/tn-T/thing-2"));
  EXPECT_THAT(dns("/api/class/acmeThing.json?order-by=acmeThing.x"), ElementsAre("uni/tn-T/thing-2", "uni/tn-T/thing-1"));
  EXPECT_THAT(dns("/api/class/uni/tn-T/acmeThing.json"), SizeIs(2));
  EXPECT_THAT(nested("/api/mo/uni/tn-T.json?rsp-subtree=children&rsp-subtree-filter=eq(acmeThing.x,\"a\")"),
              ElementsAre("acmeThing thing-2"));
}

TEST_F(QueriesTest, CountsAreOneObject) {
  EXPECT_EQ(apic.get("/api/class/fvBD.json?query-target-filter=wcard(fvBD.dn,\"tn-T\")&rsp-subtree-include=count").body,
            R"({"totalCount":"1","imdata":[{"moCount":{"attributes":{"childAction":"","count":"2","dn":"","status":""}}}]})");
}

TEST_F(QueriesTest, MistakesAreAnsweredWithTheirCodes) {
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenent.json")), "400 400 Request failed, unresolved class for fvTenent");
  EXPECT_EQ(error_of(apic.get("/api/class/faultInst.json?query-target-filter=eq(faultInst.cod,\"x\")")),
            "400 121 Prop 'cod' not found in class 'faultInst' property table");
  EXPECT_EQ(error_of(apic.get("/api/class/faultInst.json?query-target-filter=eq(faultIns.code,\"x\")")),
            "400 122 class faultIns not found");
  EXPECT_THAT(error_of(apic.get("/api/class/faultInst.json?query-target-filter=eq(")), ::testing::StartsWith("301 301 "));
  EXPECT_THAT(error_of(apic.get("/api/mo/uni/tn-T.json?target-subtree-class=nope")), ::testing::StartsWith("400 12 "));
  EXPECT_EQ(apic.get("/api/unheard/of.json").status, 400);
  EXPECT_EQ(apic.send("PUT", "/api/mo/uni/tn-T.json", "{}").status, 400);
}

TEST_F(QueriesTest, XmlIsAnsweredWhereXmlIsAskedFor) {
  const Response response =
      apic.get("/api/mo/uni/tn-T/BD-B1.xml?rsp-subtree=full&rsp-subtree-class=fvSubnet&rsp-prop-include=naming-only");
  EXPECT_EQ(response.content_type, "text/xml");
  EXPECT_THAT(response.body,
              AllOf(HasSubstr(R"(<imdata totalCount="1">)"), HasSubstr(R"(<fvBD dn="uni/tn-T/BD-B1" name="B1">)"),
                    HasSubstr(R"(<fvSubnet ip="10.0.0.1/24" rn="subnet-[10.0.0.1/24]"/>)")));
}

TEST_F(QueriesTest, LoadedDataIsAnsweredBackAsItCame) {
  const std::string recorded =
      R"({"totalCount":"1","imdata":[{"faultInst":{"attributes":{"ack":"no","alert":"no","cause":"threshold-crossed",)"
      R"("changeSet":"crcLast:0","childAction":"","code":"F381328","created":"2025-03-12T05:00:05.650+00:00","delegated":"no",)"
      R"("dn":"topology/pod-1/node-102/sys/phys-[eth1/1]/fault-F381328","domain":"infra","lc":"retaining","occur":"892",)"
      R"("severity":"cleared","status":"","type":"operational"}}}]})";
  const auto loaded = apic.controller.load(apic.wall, codec::decode_answer(recorded)->objects);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, 1u);
  EXPECT_EQ(apic.get("/api/mo/topology/pod-1/node-102/sys/phys-[eth1/1]/fault-F381328.json").body, recorded);
  EXPECT_EQ(apic.get("/api/class/faultInst.json").body, recorded);
  EXPECT_THAT(dns("/api/mo/topology.json?query-target=subtree&target-subtree-class=faultInst"), SizeIs(1));
}

TEST_F(QueriesTest, LoadTakesNestedTreesAndClassesThatNobodyKnows) {
  const auto loaded = apic.controller.load(
      apic.wall,
      {{"fvTenant",
        {{"dn", "uni/tn-L"}, {"name", "L"}},
        {{"fvAp", {{"rn", "ap-1"}}, {{"fvAEPg", {{"name", "e"}}, {}}}}, {"acmeThing", {{"rn", "thing-1"}, {"x", "y"}}, {}}}}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(*loaded, 4u);
  EXPECT_THAT(dns("/api/mo/uni/tn-L.json?query-target=subtree"),
              ElementsAre("uni/tn-L", "uni/tn-L/ap-1", "uni/tn-L/ap-1/epg-e", "uni/tn-L/thing-1"));
  EXPECT_THAT(dns("/api/class/acmeThing.json"), ElementsAre("uni/tn-L/thing-1"));
  const auto bad = apic.controller.load(apic.wall, {{"acmeThing", {{"x", "y"}}, {}}});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("acmeThing"));
  EXPECT_THAT(apic.frames(), IsEmpty());
}

TEST_F(QueriesTest, LoadedObjectsComeInAnyOrder) {
  const auto load = [&](const char* class_name, const std::string& dn) {
    ASSERT_TRUE(apic.controller.load(apic.wall, {{class_name, {{"dn", dn}, {"status", ""}, {"x", "y"}}, {}}}));
  };
  load("fvAEPg", "uni/tn-L/ap-A/epg-E");
  load("acmeScrew", "uni/acme/box-1/screw-1");
  load("acmeScrew", "uni/acme/box-1/screw-2");
  EXPECT_THAT(dns("/api/mo/uni.json?query-target=children&target-subtree-class=acmeScrew"), IsEmpty());
  load("fvTenant", "uni/tn-L");
  load("acmeBox", "uni/acme/box-1");
  load("acmeRoom", "uni/acme");
  load("faultCountsWithDetails", "uni/tn-L/fltCnts");
  // As it came, though it had been made when its child came.
  EXPECT_EQ(
      apic.get("/api/mo/uni/tn-L.json").body,
      R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-L","status":"","x":"y"}}}]})");
  EXPECT_THAT(dns("/api/mo/uni/acme.json?query-target=subtree"),
              ElementsAre("uni/acme", "uni/acme/box-1", "uni/acme/box-1/screw-1", "uni/acme/box-1/screw-2"));
  EXPECT_THAT(dns("/api/mo/uni/acme/box-1.json?query-target=children"), SizeIs(2));
  load("faultCounts", "uni/tn-L/fltCnts");
  EXPECT_THAT(dns("/api/class/faultCounts.json"), ElementsAre("uni/tn-L/fltCnts"));
  EXPECT_THAT(dns("/api/class/faultCountsWithDetails.json"), ElementsAre("fltCnts")) << "those of the whole fabric";
}

TEST_F(QueriesTest, StatisticsAreKnownByTheirEnding) {
  EXPECT_EQ(apic.get("/api/class/eqptIngrTotal5min.json").body, R"({"totalCount":"0","imdata":[]})");
  EXPECT_NE(apic.subscribe("/api/class/fabricNodeHealth15min.json?subscription=yes"), "");
  EXPECT_EQ(error_of(apic.get("/api/mo/topology.json?query-target=subtree&target-subtree-class=eqptIngrTotal5min")), "");
}

TEST_F(QueriesTest, OfClassesWhosePropertiesNobodyKnowsAnyIsTaken) {
  EXPECT_EQ(error_of(apic.get(
                "/api/class/topology/pod-1/node-101/vlanCktEp.json?query-target-filter=eq(vlanCktEp.encap,\"vlan-5\")")),
            "");
}

// As scripts ask: for a day, or for a time without its zone.
TEST(FilterDatesTest, DatesMayBeShort) {
  Driver apic;
  apic.log_in();
  const auto since = [&](const std::string& date) {
    return apic.objects("/api/class/aaaSessionLR.json?query-target-filter=gt(aaaSessionLR.created,\"" + date + "\")").size();
  };
  EXPECT_EQ(since("2023-11-14"), 1u);
  EXPECT_EQ(since("2023-11-15"), 0u);
  EXPECT_EQ(since("2023-11-14T22:13:20"), 1u);
  EXPECT_EQ(since("2023-11-14T22:13:21"), 0u);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json?query-target-filter=gt(fvTenant.modTs,\"2023-11-14\")").status, 200);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json?query-target-filter=gt(fvTenant.modTs,\"tomorrow\")").status, 301);
  const auto between = [&](const std::string& range) {
    return apic.objects("/api/class/aaaSessionLR.json?time-range=" + range).size();
  };
  EXPECT_EQ(between("2023-11-14|2023-11-15"), 1u);
  EXPECT_EQ(between("2023-11-14T22:13:21|2023-11-15T00:00:00"), 0u);
}

TEST(FilterDatesTest, ACodeOfAFaultLooksLikeOne) {
  Driver apic;
  apic.log_in();
  const auto ask = [&](const std::string& code) {
    return error_of(apic.get("/api/class/faultInst.json?query-target-filter=eq(faultInst.code,\"" + code + "\")"));
  };
  EXPECT_EQ(ask("F999999"), "301 301 Incorrect filter format for faultInst.code, value 'F999999' is not valid");
  EXPECT_EQ(ask("0532").substr(0, 7), "301 301");
  EXPECT_EQ(ask("F0532"), "");
  EXPECT_EQ(ask("F381328"), "");
}

}  // namespace
}  // namespace aci::controller
