#include "controller/faults.hpp"

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
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* port = "topology/pod-1/node-101/sys";
constexpr const char* fault = "topology/pod-1/node-101/sys/fault-F0532";

class FaultsTest : public ::testing::Test {
 protected:
  FaultsTest() { apic.log_in(); }

  FaultCondition condition() {
    FaultCondition down;
    down.dn = port;
    down.code = "F0532";
    down.cause = "port-failure";
    down.descr = "Port is down";
    return down;
  }
  void raise() { ASSERT_TRUE(apic.controller.raise_fault(apic.now, apic.wall, condition())); }
  void clear() { ASSERT_TRUE(apic.controller.clear_fault(apic.now, apic.wall, port, "F0532")); }
  // "" when there is no such object.
  std::string value(const std::string& dn, std::string_view name) {
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    return objects.empty() ? "" : std::string(objects[0].attributes.get(name));
  }
  std::string state() { return value(fault, "lc"); }
  // Time passes, and the session with it is kept alive.
  void pass(base::Duration time) {
    apic.pass(time);
    apic.log_in();
  }
  Driver apic;
};

TEST_F(FaultsTest, AConditionSoaksIsRaisedClearsIsRetainedAndGone) {
  raise();
  EXPECT_EQ(state(), "soaking");
  EXPECT_EQ(value(fault, "created"), "2023-11-14T22:13:20.123+00:00");
  EXPECT_EQ(apic.controller.next_wakeup().has_value(), true);
  pass(119s);
  EXPECT_EQ(state(), "soaking");
  pass(1s);
  EXPECT_EQ(state(), "raised");
  EXPECT_EQ(value(fault, "lastTransition"), "2023-11-14T22:15:20.123+00:00");
  pass(24h);
  EXPECT_EQ(state(), "raised") << "as long as the condition holds";
  clear();
  EXPECT_EQ(state(), "raised-clearing");
  EXPECT_EQ(value(fault, "severity"), "major");
  pass(120s);
  EXPECT_EQ(state(), "retaining");
  EXPECT_EQ(value(fault, "severity"), "cleared");
  EXPECT_EQ(value(fault, "prevSeverity"), "major");
  EXPECT_EQ(value(fault, "highestSeverity"), "major");
  EXPECT_EQ(value(fault, "origSeverity"), "major");
  pass(3599s);
  EXPECT_EQ(state(), "retaining");
  pass(1s);
  EXPECT_EQ(state(), "");
}

TEST_F(FaultsTest, AConditionThatEndsEarlyIsNeverRaised) {
  raise();
  pass(60s);
  clear();
  EXPECT_EQ(state(), "soaking-clearing");
  raise();
  EXPECT_EQ(state(), "soaking");
  EXPECT_EQ(value(fault, "occur"), "2");
  clear();
  pass(120s);
  EXPECT_EQ(state(), "retaining");
}

TEST_F(FaultsTest, AConditionThatComesBackIsCounted) {
  raise();
  pass(120s);
  clear();
  raise();
  EXPECT_EQ(state(), "raised");
  EXPECT_EQ(value(fault, "occur"), "2");
  clear();
  pass(120s);
  raise();
  EXPECT_EQ(state(), "soaking");
  EXPECT_EQ(value(fault, "occur"), "3");
  EXPECT_EQ(value(fault, "severity"), "major");
  EXPECT_EQ(value(fault, "prevSeverity"), "cleared");
}

TEST_F(FaultsTest, ALongTimeAtOnceIsLivedStepByStep) {
  raise();
  pass(120s);
  clear();
  pass(2h);
  EXPECT_EQ(state(), "");
  std::vector<std::string> states, times;
  for (const auto& record : apic.objects("/api/class/faultRecord.json?order-by=faultRecord.id|asc")) {
    states.emplace_back(std::string(record.attributes.get("ind")) + ' ' + std::string(record.attributes.get("lc")));
    times.emplace_back(record.attributes.get("created").substr(11, 8));
  }
  EXPECT_THAT(states, ElementsAre("creation soaking", "modification raised", "modification raised-clearing",
                                  "modification retaining", "deletion retaining"));
  EXPECT_THAT(times, ElementsAre("22:13:20", "22:15:20", "22:15:20", "22:17:20", "23:17:20"));
}

TEST_F(FaultsTest, WhatWasSeenIsNotRetained) {
  raise();
  EXPECT_EQ(error_of(apic.post("/api/mo/" + std::string(fault) + ".json", R"({"faultInst":{"attributes":{"ack":"yes"}}})")),
            "");
  EXPECT_EQ(value(fault, "ack"), "yes");
  pass(120s);
  clear();
  pass(120s);
  EXPECT_EQ(state(), "");
  raise();
  clear();
  pass(120s);
  EXPECT_EQ(state(), "retaining");
  apic.post("/api/mo/" + std::string(fault) + ".json", R"({"faultInst":{"attributes":{"ack":"yes"}}})");
  EXPECT_EQ(state(), "");
}

TEST_F(FaultsTest, AUserMayAcknowledgeAFaultAndNothingElse) {
  raise();
  const std::string at = "/api/mo/" + std::string(fault) + ".json";
  EXPECT_THAT(error_of(apic.post(at, R"({"faultInst":{"attributes":{"severity":"info"}}})")), HasSubstr("400 170 "));
  EXPECT_THAT(error_of(apic.send("DELETE", at)), HasSubstr("400 107 "));
  EXPECT_THAT(error_of(apic.post("/api/mo/uni/tn-common/fault-F1.json", R"({"faultInst":{"attributes":{"ack":"yes"}}})")),
              HasSubstr("400 107 "));
  EXPECT_EQ(error_of(apic.post(at, R"({"faultInst":{"attributes":{"ack":"true"}}})")), "");
  EXPECT_EQ(value(fault, "ack"), "yes");
  EXPECT_EQ(value(fault, "severity"), "major");
  EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/uni/tn-common/health.json")), HasSubstr("400 107 "));
}

TEST_F(FaultsTest, ASeverityThatRisesIsRemembered) {
  raise();
  FaultCondition worse = condition();
  worse.severity = "critical";
  ASSERT_TRUE(apic.controller.raise_fault(apic.now, apic.wall, worse));
  EXPECT_EQ(value(fault, "severity"), "critical");
  EXPECT_EQ(value(fault, "prevSeverity"), "major");
  EXPECT_EQ(value(fault, "highestSeverity"), "critical");
  EXPECT_EQ(value(fault, "origSeverity"), "major");
  EXPECT_EQ(value(fault, "occur"), "1");
}

TEST_F(FaultsTest, ADelegatedFaultHasATwin) {
  FaultCondition delegated = condition();
  delegated.delegate_to = "uni/tn-common";
  ASSERT_TRUE(apic.controller.raise_fault(apic.now, apic.wall, delegated));
  const std::string twin = "uni/tn-common/fd-[topology/pod-1/node-101/sys]-fault-F0532";
  EXPECT_EQ(value(fault, "delegated"), "yes");
  EXPECT_EQ(value(twin, "lc"), "soaking");
  EXPECT_EQ(value(twin, "affected"), port);
  apic.post("/api/mo/" + std::string(fault) + ".json", R"({"faultInst":{"attributes":{"ack":"yes"}}})");
  EXPECT_EQ(value(twin, "ack"), "yes");
  pass(120s);
  EXPECT_EQ(value(twin, "lc"), "raised");
  clear();
  pass(120s);
  EXPECT_EQ(value(twin, "dn"), "");
}

TEST_F(FaultsTest, TransitionsArePushedInFull) {
  apic.subscribe("/api/class/faultInst.json?subscription=yes&refresh-timeout=600");
  raise();
  EXPECT_THAT(apic.frames(), ElementsAre(AllOf(HasSubstr(R"("status":"created")"), HasSubstr(R"("modTs":"never")"))));
  apic.pass(120s);
  EXPECT_THAT(apic.frames(), ElementsAre(AllOf(HasSubstr(R"("lc":"raised")"), HasSubstr(R"("status":"modified")"),
                                               HasSubstr(R"("descr":"Port is down")"), Not(HasSubstr("modTs")))));
}

TEST_F(FaultsTest, ThereIsNoFaultWithoutAnObject) {
  FaultCondition nowhere = condition();
  nowhere.dn = "topology/pod-1/node-999/sys";
  EXPECT_FALSE(apic.controller.raise_fault(apic.now, apic.wall, nowhere));
  EXPECT_FALSE(apic.controller.clear_fault(apic.now, apic.wall, nowhere.dn, "F0532"));
  clear();
  EXPECT_EQ(state(), "");
}

// --- relations -------------------------------------------------------------------------------------------------------

constexpr const char* rsif = "uni/tn-T/cif-C/rsif/fault-F1123";

TEST_F(FaultsTest, ARelationWithoutATargetIsAFaultAsRecorded) {
  apic.post("/api/mo/uni/tn-T/cif-C.json", R"({"vzCPIf":{"attributes":{},"children":[
      {"vzRsIf":{"attributes":{"tDn":"uni/tn-T/brc-Web"}}}]}})");
  EXPECT_EQ(value(rsif, "lc"), "soaking");
  for (const auto& [name, expected] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"ack", "no"},
           {"alert", "no"},
           {"cause", "resolution-failed"},
           {"changeSet", "state (Old: unformed, New: missing-target)"},
           {"code", "F1123"},
           {"delegated", "no"},
           {"descr", "Failed to form relation to MO uni/tn-T/brc-Web of class vzBrCP"},
           {"domain", "infra"},
           {"rule", "vz-rs-if-resolve-fail"},
           {"severity", "warning"},
           {"subject", "relation-resolution"},
           {"title", "null"},
           {"type", "config"}})
    EXPECT_EQ(value(rsif, name), expected) << name;
}

TEST_F(FaultsTest, AFaultGoesWithItsObject) {
  apic.post("/api/mo/uni/tn-T/cif-C/rsif.json", R"({"vzRsIf":{"attributes":{"tDn":"uni/tn-T/brc-Web"}}})");
  EXPECT_EQ(value(rsif, "lc"), "soaking");
  apic.send("DELETE", "/api/mo/uni/tn-T.json");
  EXPECT_EQ(value(rsif, "lc"), "");
  pass(2h);
  EXPECT_EQ(value(rsif, "lc"), "");
}

TEST(PortFaultTest, APortThatGoesDownRaisesItsFaultByItselfAndOneThatIsShutDoesNot) {
  Options options;
  options.fabric = FabricShape{1, 1, 1, 4, 0};
  Driver apic(options);
  apic.log_in();
  const std::string port = "topology/pod-1/node-101/sys/phys-[eth1/3]/phys";
  const auto set = [&](const char* state, const char* reason) {
    apic.controller.advance(apic.now, apic.wall);
    EXPECT_TRUE(apic.controller.set(apic.wall, {"ethpmPhysIf", {{"dn", port}, {"operSt", state}, {"operStQual", reason}}, {}}));
  };
  const auto faults = [&] {
    std::string told;
    for (const auto& fault : apic.objects("/api/class/faultInst.json"))
      told += std::string(fault.attributes.get("code")) + ' ' + std::string(fault.attributes.get("lc")) + ' ' +
              std::string(fault.attributes.get("descr")) + ';';
    return told;
  };
  set("down", "link-failure");
  EXPECT_EQ(faults(), "F1394 soaking Port is down, reason: link-failure;");
  apic.pass(std::chrono::seconds(120));
  EXPECT_EQ(faults(), "F1394 raised Port is down, reason: link-failure;");
  set("up", "none");
  EXPECT_EQ(faults(), "F1394 raised-clearing Port is down, reason: link-failure;");
  apic.pass(std::chrono::hours(2));
  apic.log_in();
  EXPECT_EQ(faults(), "");
  set("down", "admin-down");
  EXPECT_EQ(faults(), "");
  set("up", "none");
  // Out of service by policy, and shut itself.
  const auto state = [&] {
    const auto now = apic.objects("/api/mo/" + port + ".json").at(0).attributes;
    return std::string(now.get("operSt")) + ' ' + std::string(now.get("operStQual"));
  };
  const std::string policy = "/api/mo/uni/fabric/outofsvc/rsoosPath-[topology/pod-1/paths-101/pathep-[eth1/3]].json";
  EXPECT_EQ(error_of(apic.post(policy, R"({"fabricRsOosPath":{"attributes":{"lc":"blacklist"}}})")), "");
  EXPECT_EQ(state(), "down admin-down");
  EXPECT_EQ(faults(), "");
  EXPECT_EQ(error_of(apic.send("DELETE", policy)), "");
  EXPECT_EQ(state(), "up none");
  const std::string own = "/api/mo/topology/pod-1/node-101/sys/phys-[eth1/3].json";
  EXPECT_EQ(error_of(apic.post(own, R"({"l1PhysIf":{"attributes":{"adminSt":"down"}}})")), "");
  EXPECT_EQ(state(), "down admin-down");
  EXPECT_EQ(error_of(apic.post(own, R"({"l1PhysIf":{"attributes":{"adminSt":"up"}}})")), "");
  EXPECT_EQ(state(), "up none");
}

}  // namespace
}  // namespace aci::controller
