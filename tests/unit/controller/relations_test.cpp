#include "controller/relations.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* epg = R"({"fvAEPg":{"attributes":{},"children":[{"fvRsBd":{"attributes":{"tnFvBDName":"B"}}}]}})";

class RelationsTest : public ::testing::Test {
 protected:
  RelationsTest() { apic.log_in(); }
  void post(std::string target, std::string body) { EXPECT_EQ(error_of(apic.post(std::move(target), std::move(body))), ""); }
  void create(const std::string& dn, const std::string& class_name) {
    post("/api/mo/" + dn + ".json", "{\"" + class_name + R"(":{"attributes":{}}})");
  }
  void remove(const std::string& dn) { EXPECT_EQ(error_of(apic.send("DELETE", "/api/mo/" + dn + ".json")), ""); }
  // "" when there is no such object.
  std::string value(const std::string& dn, std::string_view name) {
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    return objects.empty() ? "" : std::string(objects[0].attributes.get(name));
  }
  std::vector<std::string> dns(const std::string& target) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects(target)) all.emplace_back(object.dn());
    return all;
  }
  Driver apic;
};

TEST_F(RelationsTest, ATargetThatAppearsFormsTheRelationAndClearsItsFault) {
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  const std::string relation = "uni/tn-T/ap-A/epg-E/rsbd", fault = relation + "/fault-F0955";
  EXPECT_EQ(value(relation, "state"), "missing-target");
  EXPECT_EQ(value(fault, "lc"), "soaking");
  EXPECT_EQ(value(fault, "descr"), "Failed to form relation to MO uni/tn-T/BD-B of class fvBD");
  apic.subscribe("/api/class/fvRsBd.json?subscription=yes&refresh-timeout=600");
  apic.pass(120s);
  EXPECT_EQ(value(fault, "lc"), "raised");
  create("uni/tn-T/BD-B", "fvBD");
  EXPECT_EQ(value(relation, "state"), "formed");
  EXPECT_EQ(value(fault, "lc"), "raised-clearing");
  EXPECT_THAT(apic.frames(), ElementsAre(AllOf(HasSubstr(R"("state":"formed","status":"modified"}})"))));
  remove("uni/tn-T/BD-B");
  EXPECT_EQ(value(relation, "state"), "missing-target");
  EXPECT_EQ(value(fault, "lc"), "raised");
  EXPECT_EQ(value(fault, "occur"), "2");
}

TEST_F(RelationsTest, TheTenantsOwnTargetGoesBeforeThatOfCommon) {
  create("uni/tn-common/BD-B", "fvBD");
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "tDn"), "uni/tn-common/BD-B");
  create("uni/tn-T/BD-B", "fvBD");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "tDn"), "uni/tn-T/BD-B");
  remove("uni/tn-T/BD-B");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "tDn"), "uni/tn-common/BD-B");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "state"), "formed");
  remove("uni/tn-common/BD-B");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "state"), "missing-target");
}

TEST_F(RelationsTest, ATargetKnowsWhoRelatesToIt) {
  create("uni/tn-T/BD-B", "fvBD");
  create("uni/tn-T/BD-C", "fvBD");
  create("uni/tn-T/brc-Web", "vzBrCP");
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvRsProv":{"attributes":{"tnVzBrCPName":"Web"}}})");
  const std::string reverse = "uni/tn-T/BD-B/rtbd-[uni/tn-T/ap-A/epg-E]";
  EXPECT_EQ(value(reverse, "tDn"), "uni/tn-T/ap-A/epg-E");
  EXPECT_EQ(value(reverse, "tCl"), "fvAEPg");
  EXPECT_THAT(dns("/api/class/vzRtProv.json"), Contains("uni/tn-T/brc-Web/rtfvProv-[uni/tn-T/ap-A/epg-E]"));
  post("/api/mo/uni/tn-T/ap-A/epg-E/rsbd.json", R"({"fvRsBd":{"attributes":{"tnFvBDName":"C"}}})");
  EXPECT_THAT(dns("/api/class/fvRtBd.json"), ElementsAre("uni/tn-T/BD-C/rtbd-[uni/tn-T/ap-A/epg-E]"));
  remove("uni/tn-T/ap-A/epg-E");
  EXPECT_THAT(dns("/api/class/fvRtBd.json"), IsEmpty());
  EXPECT_THAT(dns("/api/class/vzRtProv.json"), IsEmpty());
}

TEST_F(RelationsTest, OfADeletedTargetNoUserIsBlamedForItsReverseRelations) {
  create("uni/tn-T/BD-B", "fvBD");
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  remove("uni/tn-T/BD-B");
  EXPECT_THAT(dns("/api/class/fvRtBd.json"), IsEmpty());
  EXPECT_THAT(apic.objects("/api/class/aaaModLR.json?query-target-filter=wcard(aaaModLR.affected,\"rtbd\")"), IsEmpty());
}

TEST_F(RelationsTest, LoadedRelationsFollowTheirTargetsToo) {
  ASSERT_TRUE(apic.controller.load(
      apic.wall,
      {{"fvRsBd",
        {{"dn", "uni/tn-T/ap-A/epg-E/rsbd"}, {"tnFvBDName", "B"}, {"state", "missing-target"}, {"tDn", "uni/tn-T/BD-B"}},
        {}}}));
  create("uni/tn-T/BD-B", "fvBD");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "state"), "formed");
}

TEST_F(RelationsTest, ALoadedRelationNeedNotTellItsState) {
  ASSERT_TRUE(apic.controller.load(apic.wall, {{"fvRsBd", {{"dn", "uni/tn-T/ap-A/epg-E/rsbd"}, {"tnFvBDName", "B"}}, {}}}));
  create("uni/tn-T/BD-B", "fvBD");
  remove("uni/tn-T/ap-A");
  remove("uni/tn-T/BD-B");
  create("uni/tn-T/BD-B", "fvBD");
  EXPECT_THAT(dns("/api/class/fvRtBd.json"), IsEmpty());
}

TEST_F(RelationsTest, ADeletedTenantLeavesNothingBehind) {
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  create("uni/tn-T/BD-B", "fvBD");
  const auto objects = apic.controller.status().objects;
  remove("uni/tn-T");
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", epg);
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "state"), "missing-target");
  create("uni/tn-T/BD-B", "fvBD");
  EXPECT_EQ(apic.controller.status().objects, objects);
}

// --- numbers ---------------------------------------------------------------------------------------------------------

TEST_F(RelationsTest, WhatIsCreatedGetsItsNumbersInAModificationThatFollows) {
  apic.subscribe("/api/class/fvBD.json?subscription=yes");
  create("uni/tn-T/BD-B", "fvBD");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_THAT(frames[0], AllOf(HasSubstr(R"("status":"created")"), HasSubstr(R"("seg":"0")")));
  EXPECT_THAT(frames[1], AllOf(HasSubstr(R"("status":"modified")"), HasSubstr(R"("pcTag":")"), HasSubstr(R"("scope":")"),
                               HasSubstr(R"("seg":")")));
  create("uni/tn-T/BD-C", "fvBD");
  EXPECT_NE(value("uni/tn-T/BD-B", "seg"), value("uni/tn-T/BD-C", "seg"));
  EXPECT_NE(value("uni/tn-T/BD-B", "pcTag"), value("uni/tn-T/BD-C", "pcTag"));
}

TEST_F(RelationsTest, AScopeIsThatOfTheVrf) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[
      {"fvAp":{"attributes":{"name":"A"},"children":[{"fvAEPg":{"attributes":{"name":"E"},"children":[
          {"fvRsBd":{"attributes":{"tnFvBDName":"B"}}}]}}]}},
      {"fvBD":{"attributes":{"name":"B"},"children":[{"fvRsCtx":{"attributes":{"tnFvCtxName":"v"}}}]}},
      {"fvCtx":{"attributes":{"name":"v"}}},{"fvCtx":{"attributes":{"name":"w"}}}]}})");
  const std::string v = value("uni/tn-T/ctx-v", "scope"), w = value("uni/tn-T/ctx-w", "scope");
  EXPECT_EQ(v, value("uni/tn-T/ctx-v", "seg"));
  EXPECT_NE(v, w);
  EXPECT_EQ(value("uni/tn-T/BD-B", "scope"), v);
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E", "scope"), v);
  post("/api/mo/uni/tn-T/BD-B/rsctx.json", R"({"fvRsCtx":{"attributes":{"tnFvCtxName":"w"}}})");
  EXPECT_EQ(value("uni/tn-T/BD-B", "scope"), w);
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E", "scope"), w);
}

TEST_F(RelationsTest, TheFabricsOwnObjectsHaveNumbersAndNoRecords) {
  EXPECT_EQ(value("uni/tn-common/ctx-default", "scope"), value("uni/tn-common/BD-default", "scope"));
  EXPECT_NE(value("uni/tn-common/ctx-default", "scope"), "");
  EXPECT_THAT(apic.objects("/api/class/eventRecord.json"), IsEmpty());
  EXPECT_THAT(apic.objects("/api/class/faultInst.json"), IsEmpty());
}

// What the relation takes for its target is abstract, and the target's own package has no such end.
TEST_F(RelationsTest, TheOtherEndMayBelongToAnAbstractTarget) {
  apic.post("/api/mo/uni.json", R"({"physDomP":{"attributes":{"name":"P"}}})");
  apic.post("/api/mo/uni/infra/attentp-A.json",
            R"({"infraAttEntityP":{"attributes":{},"children":[{"infraRsDomP":{"attributes":{"tDn":"uni/phys-P"}}}]}})");
  const auto ends = apic.objects("/api/mo/uni/phys-P.json?query-target=children&target-subtree-class=infraRtDomP");
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].attributes.get("tDn"), "uni/infra/attentp-A");
  EXPECT_EQ(ends[0].dn(), "uni/phys-P/rtdomP-[uni/infra/attentp-A]");
  apic.send("DELETE", "/api/mo/uni/infra/attentp-A.json");
  EXPECT_THAT(apic.objects("/api/class/infraRtDomP.json"), IsEmpty());
}

}  // namespace
}  // namespace aci::controller
