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
              ElementsAre("uni/tn-T/ctx-v", "uni/tn-T/BD-B1", "uni/tn-T/BD-B2", "uni/tn-T/ap-A", "uni/tn-T/rsTenantMonPol"));
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
              ElementsAre("fvAEPg epg-E1", "fvAEPg epg-E2", "fvRsApMonPol rsApMonPol"));
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
}

TEST_F(QueriesTest, HealthIsNestedWhereObjectsAreScored) {
  EXPECT_THAT(
      apic.get("/api/mo/uni/tn-T.json?rsp-subtree-include=health").body,
      HasSubstr(R"("children":[{"healthInst":{"attributes":{"childAction":"","chng":"0","cur":"100","maxSev":"cleared",)"
                R"("modTs":"never","prev":"100","rn":"health","status":"","twScore":"100")"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=children&rsp-subtree-include=health,required"),
              ElementsAre("uni/tn-T/BD-B1", "uni/tn-T/BD-B2", "uni/tn-T/ap-A"));
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?query-target=children&rsp-subtree-include=health,no-scoped"),
              ElementsAre("uni/tn-T/BD-B1/health", "uni/tn-T/BD-B2/health", "uni/tn-T/ap-A/health"));
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

TEST_F(QueriesTest, RecordsThatAreNotKeptAreHonestlyNone) {
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=audit-logs,no-scoped"), IsEmpty());
  EXPECT_THAT(dns("/api/mo/uni/tn-T.json?rsp-subtree-include=audit-logs"), ElementsAre("uni/tn-T"));
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
  EXPECT_THAT(error_of(apic.get("/api/class/faultInst.json?query-target-filter=eq(")), ::testing::StartsWith("400 301 "));
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

}  // namespace
}  // namespace aci::controller
