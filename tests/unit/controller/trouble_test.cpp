// Each kind of trouble that a controller can be asked for, beyond those of chaos_test.cpp.
#include "controller/trouble.hpp"

#include <gmock/gmock.h>

#include <set>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TroubleTest : public ::testing::Test {
 protected:
  TroubleTest() { channel = apic.log_in(); }
  void create(const std::string& name) {
    EXPECT_EQ(apic.post("/api/mo/uni/tn-" + name + ".json", R"({"fvTenant":{"attributes":{}}})").status, 200);
  }
  void set(model::ManagedObject object) {
    const auto done = apic.controller.set(apic.wall, object);
    EXPECT_TRUE(done) << done.error().message;
  }
  // The DNs of the pushes, in order.
  std::vector<std::string> pushed() {
    std::vector<std::string> dns;
    for (const std::string& frame : apic.frames()) {
      const std::size_t begin = frame.find("\"dn\":\"") + 6;
      dns.push_back(frame.substr(begin, frame.find('"', begin) - begin));
    }
    return dns;
  }
  Driver apic;
  ChannelId channel = 0;
};

TEST_F(TroubleTest, SubscriptionsEndBeforeTheirTime) {
  apic.controller.expire_subscriptions_early(40s);
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.pass(19s);
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + id).status, 200);
  apic.pass(20s);
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + id)), "400 400 Subscription refresh timeout");
  apic.controller.expire_subscriptions_early(1h);
  const std::string brief = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.pass(999ms);
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + brief).status, 200) << "never within a second";
  apic.controller.expire_subscriptions_early(0s);
  const std::string whole = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.pass(59s);
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + whole).status, 200);
}

TEST_F(TroubleTest, AfterARestartASwitchIsHeardOnlyByNewSubscriptions) {
  const std::string leaf = "topology/pod-1/node-101/sys", other = "topology/pod-1/node-102/sys";
  const auto port = [&](const std::string& at, const std::string& state) {
    set({"l1PhysIf", {{"dn", at + "/phys-[eth1/1]"}, {"id", "eth1/1"}, {"adminSt", state}}, {}});
  };
  create("T");
  set({"fvAp", {{"dn", "uni/tn-T/ap-A"}}, {}});
  set({"fvAEPg", {{"dn", "uni/tn-T/ap-A/epg-E"}}, {}});
  const auto endpoint = [&](const std::string& name, const std::string& node, const std::string& encap) {
    set({"fvCEp",
         {{"dn", "uni/tn-T/ap-A/epg-E/cep-" + name},
          {"encap", encap},
          {"fabricPathDn", "topology/pod-1/protpaths-" + node + "-201/pathep-[x]"}},
         {}});
  };
  port(leaf, "up");
  port(other, "up");
  endpoint("00:00:00:00:00:01", "101", "vlan-1");
  endpoint("00:00:00:00:00:02", "1010", "vlan-1");
  for (const char* name : {"topSystem", "l1PhysIf", "faultInst", "fvCEp", "fabricNode"})
    apic.subscribe("/api/class/" + std::string(name) + ".json?subscription=yes&refresh-timeout=3600");

  apic.pass(1s);
  ASSERT_TRUE(apic.controller.restart_node(apic.now, apic.wall, 101));
  const auto systems = apic.objects("/api/class/topSystem.json?query-target-filter=eq(topSystem.id,\"101\")");
  ASSERT_THAT(systems, SizeIs(1));
  EXPECT_EQ(systems[0].attributes.get("lastRebootTime"), apic.wall.to_string());
  port(leaf, "down");
  set({"faultInst", {{"dn", leaf + "/phys-[eth1/1]/fault-F1"}, {"code", "F1"}, {"severity", "major"}}, {}});
  endpoint("00:00:00:00:00:01", "101", "vlan-2");
  EXPECT_THAT(pushed(), IsEmpty());
  port(other, "down");
  endpoint("00:00:00:00:00:02", "1010", "vlan-2");
  set({"fabricNode", {{"dn", "topology/pod-1/node-101"}, {"fabricSt", "inactive"}}, {}});
  EXPECT_THAT(pushed(),
              ElementsAre(other + "/phys-[eth1/1]", "uni/tn-T/ap-A/epg-E/cep-00:00:00:00:00:02", "topology/pod-1/node-101"));

  apic.subscribe("/api/class/l1PhysIf.json?subscription=yes");
  port(leaf, "up");
  EXPECT_THAT(pushed(), ElementsAre(leaf + "/phys-[eth1/1]"));
  const auto nowhere = apic.controller.restart_node(apic.now, apic.wall, 999);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().errc, base::Errc::not_found);
}

TEST_F(TroubleTest, TwoCookiesSubscribeToNothing) {
  const std::string one = apic.cookies, two = one + "; " + one;
  apic.cookies = two;
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  create("T");
  EXPECT_THAT(pushed(), SizeIs(1)) << "the trap is not set";
  apic.controller.drop_channels();
  apic.controller.trap_two_cookies(true);
  ASSERT_TRUE(apic.controller.open_channel(apic.now, "/socket" + apic.token));
  const Response response = apic.get("/api/class/fvTenant.json?subscription=yes");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, AllOf(HasSubstr("subscriptionId"), HasSubstr("\"imdata\":[]")));
  create("U");
  EXPECT_THAT(pushed(), IsEmpty());
  EXPECT_THAT(apic.objects("/api/class/fvTenant.json"), SizeIs(5)) << "queries go on";
  apic.cookies = one;
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  create("V");
  EXPECT_THAT(pushed(), SizeIs(1));
}

TEST_F(TroubleTest, TheFirstChildOfAYoungObjectIsNotTold) {
  apic.controller.miss_first_child(5s);
  apic.subscribe("/api/mo/uni.json?subscription=yes&query-target=subtree&target-subtree-class=fvTenant,fvAp");
  const auto add = [&](const std::string& dn) { set({"fvAp", {{"dn", dn}}, {}}); };
  create("T");
  add("uni/tn-T/ap-A");
  add("uni/tn-T/ap-B");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-T", "uni/tn-T/ap-B"));
  create("U");
  apic.pass(5s);
  add("uni/tn-U/ap-A");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-U", "uni/tn-U/ap-A"));
  create("V");
  apic.controller.miss_first_child(0s);
  add("uni/tn-V/ap-A");
  EXPECT_THAT(pushed(), SizeIs(2));
}

TEST_F(TroubleTest, AnAnswerMayCountWhatItDoesNotHold) {
  apic.controller.withhold_data(apic.now, 10s, "/api/class/");
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").body, R"({"totalCount":"3","imdata":[]})");
  EXPECT_THAT(apic.objects("/api/mo/uni.json"), SizeIs(1));
  apic.pass(10s);
  EXPECT_THAT(apic.objects("/api/class/fvTenant.json"), SizeIs(3));
}

TEST_F(TroubleTest, TheFrontEndMayAnswerWithAPage) {
  for (const int status : {200, 503}) {
    apic.controller.answer_html(apic.now, status, 10s, "/api/class/");
    const Response response = apic.get("/api/class/fvTenant.json");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.content_type, "text/html");
    EXPECT_THAT(response.body, HasSubstr("<hr><center>Cisco APIC</center>"));
    EXPECT_EQ(apic.get("/api/mo/uni.json").content_type, "application/json");
    apic.pass(10s);
    EXPECT_EQ(apic.get("/api/class/fvTenant.json").content_type, "application/json");
  }
}

TEST_F(TroubleTest, AnswersMayBeLate) {
  apic.controller.delay_answers(apic.now, 3s, 10s, "/api/class/");
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").delay, 3s);
  EXPECT_EQ(apic.get("/api/mo/uni.json").delay, 0s);
  apic.pass(10s);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").delay, 0s);
}

TEST_F(TroubleTest, PushesMayBeSentTwice) {
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.controller.disturb_pushes(apic.now, {.duplicate = 1}, 10s);
  create("A");
  create("B");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-A", "uni/tn-A", "uni/tn-B", "uni/tn-B"));
  EXPECT_EQ(apic.controller.status().pushed, 4u);
  apic.pass(10s);
  create("C");
  EXPECT_THAT(pushed(), SizeIs(1));
}

TEST_F(TroubleTest, APushMayBeOvertakenByTheNext) {
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.controller.disturb_pushes(apic.now, {.reorder = 1}, 10s);
  create("A");
  EXPECT_THAT(pushed(), IsEmpty()) << "it waits";
  create("B");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-B", "uni/tn-A"));
  create("C");
  const auto wakeup = apic.controller.next_wakeup();
  ASSERT_TRUE(wakeup);
  EXPECT_EQ(*wakeup - apic.now, 200ms);
  apic.pass(200ms);
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-C")) << "nothing is held for long";
}

TEST_F(TroubleTest, WhatOneCouldNotTellApartIsNotReordered) {
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  create("A");
  pushed();
  const auto describe = [&](const std::string& text) {
    apic.post("/api/mo/uni/tn-A.json", R"({"fvTenant":{"attributes":{"descr":")" + text + "\"}}}");
  };
  apic.controller.disturb_pushes(apic.now, {.reorder = 1}, 10s);
  describe("one");
  describe("two");
  auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_THAT(frames[0], HasSubstr("one")) << "both carry the same modTs";
  describe("three");
  apic.pass(1ms);
  describe("four");
  frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_THAT(frames[0], HasSubstr("four"));
}

TEST_F(TroubleTest, DisturbedPushesAreAllThereAndTheSameForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    Driver apic(options);
    apic.log_in();
    apic.subscribe("/api/class/fvTenant.json?subscription=yes");
    apic.controller.disturb_pushes(apic.now, {.duplicate = 0.2, .reorder = 0.3}, 10s);
    EXPECT_TRUE(apic.controller.storm(apic.wall, "fvTenant", 200));
    apic.pass(1s);
    return apic.frames();
  };
  const auto frames = run(1);
  EXPECT_GT(frames.size(), 210u);
  EXPECT_THAT(std::set<std::string>(frames.begin(), frames.end()), SizeIs(200));
  EXPECT_NE(run(2).size(), frames.size());
  EXPECT_EQ(run(1).size(), frames.size());
}

}  // namespace
}  // namespace aci::controller
