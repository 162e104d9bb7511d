#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ChaosTest : public ::testing::Test {
 protected:
  ChaosTest() {
    channel = apic.log_in();
    id = apic.subscribe("/api/class/fvTenant.json?subscription=yes&refresh-timeout=3600");
  }
  void create(const std::string& name) {
    apic.post("/api/mo/uni.json", R"({"fvTenant":{"attributes":{"name":")" + name + "\"}}}");
  }
  Driver apic;
  ChannelId channel = 0;
  std::string id;
};

TEST_F(ChaosTest, DroppedChannelsAreToldAndTheirSubscriptionsGone) {
  apic.controller.drop_channels();
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(channel));
  EXPECT_EQ(apic.controller.status().channels, 0u);
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + id)), "400 400 Subscription refresh timeout");
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200) << "the session goes on";
}

TEST_F(ChaosTest, WhileMutedNothingIsPushedAndWhatWouldHaveBeenIsLost) {
  apic.controller.mute(apic.now, 10s);
  create("lost");
  EXPECT_THAT(apic.frames(), IsEmpty());
  apic.pass(9s);
  create("lost2");
  apic.pass(1s);
  create("heard");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_THAT(frames[0], HasSubstr("uni/tn-heard"));
  EXPECT_EQ(apic.controller.status().pushed, 1u);
}

TEST_F(ChaosTest, ExpiredTokensAreRefusedAndTheirChannelsClosed) {
  apic.controller.expire_tokens();
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(channel));
}

TEST_F(ChaosTest, ExpiredSubscriptionsAreNotRefreshed) {
  apic.controller.expire_subscriptions();
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + id)), "400 400 Subscription refresh timeout");
  create("T");
  EXPECT_THAT(apic.frames(), IsEmpty());
  EXPECT_THAT(apic.controller.take_closes(), IsEmpty());
}

TEST_F(ChaosTest, RefusalsHoldForAPathAndATime) {
  apic.controller.refuse(apic.now, 503, 10s, "/api/class/");
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json")), "503 503 Unable to deliver the message, Resolve timeout");
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 200);
  apic.pass(10s);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
  apic.controller.refuse(apic.now, 500, 10s, "");
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 500);
  EXPECT_EQ(apic.get("/_sim/status").status, 404) << "the simulator's own addresses are not refused";
}

TEST_F(ChaosTest, AStormOfTenantsIsPushedOneByOneAndGoesOnCounting) {
  const auto objects = apic.controller.status().objects;
  ASSERT_TRUE(apic.controller.storm(apic.wall, "fvTenant", 3));
  ASSERT_TRUE(apic.controller.storm(apic.wall, "fvTenant", 2));
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(5));
  EXPECT_THAT(frames[0], HasSubstr(R"("dn":"uni/tn-storm-1")"));
  EXPECT_THAT(frames[4], HasSubstr(R"("dn":"uni/tn-storm-5")"));
  EXPECT_EQ(apic.controller.status().objects, objects + 15) << "each with its implicit child and its score";
}

TEST_F(ChaosTest, AStormOfAnyClassFindsAPlace) {
  for (const char* name : {"fvAp",        "fvAEPg",   "fvBD",      "fvSubnet",      "fvCtx",    "vzBrCP",     "vzEntry",
                           "fvRsPathAtt", "fvRsCons", "fvCEp",     "fvStIp",        "l3extOut", "l3extInstP", "infraAccPortP",
                           "fabricNode",  "l1PhysIf", "faultInst", "faultDelegate", "aaaModLR", "fvRsCtx",    "vzAny"}) {
    const auto before = apic.objects("/api/class/" + std::string(name) + ".json").size();
    const auto stormed = apic.controller.storm(apic.wall, name, 7);
    ASSERT_TRUE(stormed) << name << ": " << stormed.error().message;
    EXPECT_EQ(apic.objects("/api/class/" + std::string(name) + ".json").size(), before + 7) << name;
  }
  for (const char* name : {"fvNothing", "faultInfo", ""}) {
    const auto stormed = apic.controller.storm(apic.wall, name, 1);
    ASSERT_FALSE(stormed) << name;
    EXPECT_EQ(stormed.error().errc, base::Errc::not_found);
  }
}

TEST_F(ChaosTest, StatusCountsWhatThereIs) {
  create("T");
  const Status status = apic.controller.status();
  EXPECT_EQ(status.sessions, 1u);
  EXPECT_EQ(status.channels, 1u);
  EXPECT_EQ(status.subscriptions, 1u);
  EXPECT_EQ(status.pushed, 1u);
  EXPECT_EQ(status.requests, 3u);
}

}  // namespace
}  // namespace aci::controller
