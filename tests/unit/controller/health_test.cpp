#include "controller/health.hpp"

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
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() : apic({.fault_times = {0ms, 0ms, 60'000ms}}) {
    apic.log_in();
    apic.post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{}}})");
    apic.frames();
  }
  void raise(const std::string& dn, const std::string& severity, const std::string& code = "F0001") {
    FaultCondition condition;
    condition.dn = dn;
    condition.code = code;
    condition.severity = severity;
    ASSERT_TRUE(apic.controller.raise_fault(apic.now, apic.wall, condition));
  }
  void clear(const std::string& dn, const std::string& code = "F0001") {
    ASSERT_TRUE(apic.controller.clear_fault(apic.now, apic.wall, dn, code));
  }
  // "" when there is no such object.
  std::string value(const std::string& dn, std::string_view name) {
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    return objects.empty() ? "" : std::string(objects[0].attributes.get(name));
  }
  std::string score(const std::string& dn) { return value(dn + "/health", "cur"); }
  Driver apic;
};

constexpr const char* epg = "uni/tn-T/ap-A/epg-E";

TEST_F(HealthTest, WhatIsThereAndWhatIsCreatedIsInPerfectHealth) {
  std::vector<std::string> dns;
  for (const auto& object : apic.objects("/api/class/healthInst.json")) {
    dns.emplace_back(object.dn());
    EXPECT_EQ(object.attributes.get("cur"), "100") << object.dn();
    EXPECT_EQ(object.attributes.get("modTs"), "never");
  }
  EXPECT_THAT(dns,
              IsSupersetOf({"uni/tn-common/health", "uni/tn-T/health", "uni/tn-T/ap-A/health", "uni/tn-T/ap-A/epg-E/health",
                            "topology/pod-1/node-101/sys/health", "topology/pod-1/node-101/health"}));
  EXPECT_EQ(score("topology"), "100");
}

TEST_F(HealthTest, AFaultTakesFromItsObjectAndHalfFromEachAbove) {
  raise(epg, "major");
  EXPECT_EQ(score(epg), "20");
  EXPECT_EQ(score("uni/tn-T/ap-A"), "60");
  EXPECT_EQ(score("uni/tn-T"), "80");
  EXPECT_EQ(score("uni/tn-common"), "100");
  EXPECT_EQ(value(std::string(epg) + "/health", "maxSev"), "major");
  EXPECT_EQ(value(std::string(epg) + "/health", "prev"), "100");
  EXPECT_EQ(value(std::string(epg) + "/health", "chng"), "-80");
  raise(epg, "warning", "F0002");
  EXPECT_EQ(score(epg), "20") << "the worst counts";
  clear(epg);
  EXPECT_EQ(score(epg), "80");
  EXPECT_EQ(value(std::string(epg) + "/health", "chng"), "60");
  clear(epg, "F0002");
  EXPECT_EQ(score(epg), "100");
  EXPECT_EQ(score("uni/tn-T"), "100");
  EXPECT_EQ(value("uni/tn-T/health", "maxSev"), "cleared");
}

TEST_F(HealthTest, ANodesHealthIsThatOfItsSystem) {
  raise("topology/pod-1/node-101/sys", "critical");
  EXPECT_EQ(score("topology/pod-1/node-101/sys"), "0");
  EXPECT_EQ(score("topology/pod-1/node-101"), "0");
  EXPECT_EQ(score("topology/pod-1"), "50");
  EXPECT_EQ(score("topology"), "75");
}

TEST_F(HealthTest, ASoakingFaultDoesNotCountYet) {
  Driver slow;
  slow.log_in();
  FaultCondition condition;
  condition.dn = "uni/tn-common";
  condition.code = "F0001";
  ASSERT_TRUE(slow.controller.raise_fault(slow.now, slow.wall, condition));
  EXPECT_EQ(slow.objects("/api/mo/uni/tn-common/health.json").at(0).attributes.get("cur"), "100");
  slow.pass(120s);
  EXPECT_EQ(slow.objects("/api/mo/uni/tn-common/health.json").at(0).attributes.get("cur"), "20");
}

TEST_F(HealthTest, AChangeIsPushedAndLeavesNoRecord) {
  apic.subscribe("/api/mo/uni/tn-T/health.json?subscription=yes");
  raise(epg, "critical");
  EXPECT_THAT(apic.frames(), ElementsAre(AllOf(HasSubstr(R"("cur":"75")"), HasSubstr(R"("chng":"-25")"),
                                               HasSubstr(R"("dn":"uni/tn-T/health")"), HasSubstr(R"("status":"modified")"))));
  raise(epg, "minor", "F0002");
  EXPECT_THAT(apic.frames(), IsEmpty());
  EXPECT_THAT(apic.get("/api/class/eventRecord.json").body, ::testing::Not(HasSubstr("health]")));
}

TEST_F(HealthTest, WhatIsDeletedWithItsFaultsCountsNoMore) {
  raise(epg, "critical");
  apic.send("DELETE", "/api/mo/" + std::string(epg) + ".json");
  EXPECT_EQ(score("uni/tn-T/ap-A"), "100");
  EXPECT_EQ(score(epg), "");
  apic.post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{}}})");
  EXPECT_EQ(score(epg), "100");
}

TEST_F(HealthTest, ItIsIncludedWhereItIsAskedFor) {
  raise(epg, "major");
  const auto answer =
      apic.objects("/api/class/fvAEPg.json?rsp-subtree-include=health,required&query-target-filter=eq(fvAEPg.name,\"E\")");
  ASSERT_THAT(answer, SizeIs(1));
  ASSERT_THAT(answer[0].children, SizeIs(1));
  EXPECT_EQ(answer[0].children[0].attributes.get("cur"), "20");
}

TEST_F(HealthTest, AnExportOfTheConfigurationHasNoScores) {
  const std::string full = "/api/mo/" + std::string(epg) + ".json?rsp-subtree=full";
  EXPECT_THAT(apic.get(full).body, HasSubstr("healthInst"));
  EXPECT_THAT(apic.get(full + "&rsp-prop-include=config-only").body, ::testing::Not(HasSubstr("healthInst")));
}

TEST_F(HealthTest, LoadedFaultsCount) {
  ASSERT_TRUE(apic.controller.load(
      apic.wall,
      {{"faultInst", {{"dn", "uni/tn-L/ap-A/fault-F0001"}, {"code", "F0001"}, {"severity", "minor"}, {"lc", "raised"}}, {}}}));
  EXPECT_EQ(score("uni/tn-L/ap-A"), "50");
  EXPECT_EQ(score("uni/tn-L"), "75");
  EXPECT_THAT(apic.frames(), IsEmpty());
}

}  // namespace
}  // namespace aci::controller
