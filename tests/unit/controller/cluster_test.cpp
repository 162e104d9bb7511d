// Several controllers of one fabric.
#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Options three() {
  Options options;
  options.controllers = 3;
  return options;
}

class ClusterTest : public ::testing::Test {
 protected:
  ChannelId log_in(std::size_t controller) {
    apic.controller_asked = controller;
    return apic.log_in();
  }
  Driver apic{three()};
};

TEST_F(ClusterTest, EachControllerTellsWhichItIsAndAllShowTheSameFabric) {
  for (std::size_t i = 0; i < 3; ++i) {
    log_in(i);
    const auto systems = apic.objects("/api/class/topSystem.json?query-target-filter=eq(topSystem.role,\"controller\")");
    EXPECT_THAT(systems, SizeIs(3));
    EXPECT_THAT(apic.get("/api/aaaRefresh.json").body, HasSubstr("topology/pod-1/node-" + std::to_string(i + 1)));
  }
  apic.post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  log_in(0);
  EXPECT_THAT(apic.objects("/api/mo/uni/tn-T.json"), SizeIs(1));
}

TEST_F(ClusterTest, ATokenIsUnknownToTheOtherControllers) {
  log_in(1);
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 200);
  EXPECT_TRUE(apic.controller.open_channel(apic.now, "/socket" + apic.token, 1));
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.controller_asked = 2;
  EXPECT_EQ(error_of(apic.get("/api/mo/uni.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_FALSE(apic.controller.open_channel(apic.now, "/socket" + apic.token, 2));
  log_in(2);
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + id)), "400 400 Subscription refresh timeout");
}

TEST_F(ClusterTest, AChangeIsPushedToTheSocketsOfAll) {
  std::vector<ChannelId> channels;
  for (std::size_t i = 0; i < 3; ++i) {
    channels.push_back(log_in(i));
    apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  }
  apic.post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  std::vector<ChannelId> told;
  for (const Push& push : apic.controller.take_pushes()) told.push_back(push.channel);
  EXPECT_EQ(told, channels);
}

TEST_F(ClusterTest, AStoppedControllerForgetsItsOwnAndTheOthersGoOn) {
  const ChannelId first = log_in(0);
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const std::string cookies_of_first = apic.cookies;
  log_in(1);
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");

  apic.controller.stop_controller(0);
  EXPECT_FALSE(apic.controller.controller_running(0));
  EXPECT_TRUE(apic.controller.controller_running(1));
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(first));
  EXPECT_EQ(apic.controller.status().sessions, 1u);
  EXPECT_EQ(apic.controller.status().subscriptions, 1u);
  EXPECT_EQ(apic.post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})").status, 200);
  EXPECT_THAT(apic.frames(), SizeIs(1));

  apic.controller_asked = 0;
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 503) << "should a driver ask it all the same";
  apic.controller.start_controller(0);
  apic.cookies = cookies_of_first;
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 403) << "it does not remember";
  log_in(0);
  EXPECT_THAT(apic.objects("/api/mo/uni/tn-T.json"), SizeIs(1));
}

}  // namespace
}  // namespace aci::controller
