#include "controller/churn.hpp"

#include <gmock/gmock.h>

#include <set>

#include "controller/object_tree.hpp"
#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Options with_fabric(FabricShape shape = {1, 2, 4, 12, 5}) {
  Options options;
  options.fabric = shape;
  return options;
}

class Living : public Driver {
 public:
  explicit Living(Options options, std::uint64_t seed, double pace = 2)
      : Driver(with_long_sessions(std::move(options))), churn(controller, {pace, seed}) {
    controller.advance(now, wall);
    churn.begin(now);
    log_in();
    for (const char* name :
         {"fvTenant", "fvAEPg", "fvCEp", "fvIp", "fvRsCEpToPathEp", "ethpmPhysIf", "faultInst", "fabricNode", "fabricLink"})
      subscribe("/api/class/" + std::string(name) + ".json?subscription=yes&refresh-timeout=99999");
  }

  static Options with_long_sessions(Options options) {
    options.token_lifetime = options.session_lifetime = options.socket_lifetime = std::chrono::hours(24);
    return options;
  }

  // Everything due happens at its own time, with at most `step` between.
  void live(base::Duration time, base::Duration step) {
    const base::Instant until = now + time;
    while (now < until) {
      base::Instant next = std::min(until, now + step);
      for (const auto& due : {controller.next_wakeup(), churn.next_wakeup()})
        if (due && *due > now && *due < next) next = *due;
      wall = wall + (next - now);
      now = next;
      controller.advance(now, wall);
      churn.advance(now, wall);
      for (std::string& frame : frames()) told.push_back(std::move(frame));
    }
  }

  std::string whole_tree() {
    std::string text;
    controller.each_object([&](std::string_view name, const model::Attributes& attributes) {
      codec::append_object(text, {std::string(name), attributes, {}}, model::Format::json);
    });
    return text;
  }

  Churn churn;
  std::vector<std::string> told;
};

TEST(ChurnTest, TheSameSeedAndClockGiveTheSameChangesToTheByte) {
  const auto run = [](std::uint64_t seed, base::Duration step) {
    Living fabric(with_fabric(), seed);
    fabric.live(std::chrono::minutes(30), step);
    return std::pair{fabric.told, fabric.whole_tree()};
  };
  const auto once = run(7, base::Duration{1'000}), again = run(7, base::Duration{60'000}),
             other = run(8, base::Duration{1'000});
  EXPECT_GT(once.first.size(), 2'000u);
  EXPECT_EQ(once.first, again.first);
  EXPECT_EQ(once.second, again.second);
  EXPECT_NE(once.first, other.first);
}

TEST(ChurnTest, EverythingThatAFabricDoesHappens) {
  Living fabric(with_fabric(), 3, 10);
  fabric.live(std::chrono::minutes(20), base::Duration{60'000});
  const auto told = [&](const std::string& a, const std::string& b) {
    return std::count_if(fabric.told.begin(), fabric.told.end(), [&](const std::string& frame) {
      return frame.find(a) != std::string::npos && frame.find(b) != std::string::npos;
    });
  };
  for (const char* name : {"\"fvTenant\"", "\"fvAEPg\"", "\"fvCEp\"", "\"faultInst\""})
    for (const char* status : {"\"status\":\"created\"", "\"status\":\"modified\"", "\"status\":\"deleted\""}) {
      if (std::string(name) == "\"faultInst\"" && std::string(status).find("deleted") != std::string::npos) continue;  // hours
      EXPECT_GT(told(name, status), 0) << name << status;
    }
  EXPECT_GT(told("\"fvRsCEpToPathEp\"", "\"status\":\"created\""), 50) << "endpoints move";
  EXPECT_GT(told("\"ethpmPhysIf\"", "\"operSt\":\"down\""), 50);
  EXPECT_GT(told("\"ethpmPhysIf\"", "\"operSt\":\"up\""), 50);
  EXPECT_GT(told("\"fabricNode\"", "\"fabricSt\":\"inactive\""), 0);
  EXPECT_GT(told("\"fabricLink\"", "\"operSt\":\"down\""), 0);
  EXPECT_THAT(fabric.get("/api/class/aaaModLR.json?query-target-filter=eq(aaaModLR.user,\"admin\")").body, HasSubstr("AEPg"));
  // When it stops, what had begun comes to its end.
  fabric.churn.set_pace(fabric.now, 0);
  fabric.live(std::chrono::minutes(15), base::Duration{60'000});
  EXPECT_FALSE(fabric.churn.next_wakeup());
  for (const char* query : {"/api/class/ethpmPhysIf.json?query-target-filter=eq(ethpmPhysIf.operSt,\"down\")",
                            "/api/class/fabricNode.json?query-target-filter=eq(fabricNode.fabricSt,\"inactive\")",
                            "/api/class/faultInst.json?query-target-filter=eq(faultInst.lc,\"raised\")"})
    EXPECT_THAT(fabric.objects(query), SizeIs(0)) << query;
}

TEST(ChurnTest, AnEndpointAgesWhenNothingWasHeardOfItForItsTime) {
  Living fabric(with_fabric(), 1, 0);
  const std::string gone = "uni/tn-Lab/ap-Shop/epg-Web/cep-00:50:56:00:00:00",
                    back = "uni/tn-Lab/ap-Shop/epg-App/cep-00:50:56:00:00:01";
  const std::size_t all = fabric.objects("/api/class/fvCEp.json").size();
  fabric.live(std::chrono::hours(2), base::Duration{60'000});
  EXPECT_THAT(fabric.objects("/api/class/fvCEp.json"), SizeIs(all)) << "their hosts talk";
  fabric.told.clear();
  EXPECT_TRUE(fabric.churn.silence(fabric.now, gone));
  EXPECT_TRUE(fabric.churn.silence(fabric.now, back));
  EXPECT_FALSE(fabric.churn.silence(fabric.now, "uni/tn-Lab/ap-Shop/epg-Web/cep-none"));
  fabric.live(std::chrono::seconds(899), base::Duration{60'000});
  EXPECT_THAT(fabric.told, SizeIs(0));
  EXPECT_TRUE(fabric.churn.see(
      fabric.now, fabric.wall,
      {"uni/tn-Lab/ap-Shop/epg-App", "00:50:56:00:00:01", "10.2.0.3", "topology/pod-1/paths-101/pathep-[eth1/3]", "vlan-102"}));
  fabric.live(std::chrono::seconds(1), base::Duration{60'000});
  EXPECT_THAT(fabric.told, Contains(testing::AllOf(HasSubstr(gone + "\""), HasSubstr("\"status\":\"deleted\""))));
  EXPECT_THAT(fabric.objects("/api/mo/" + back + ".json"), SizeIs(1));
  // The bridge domain's policy says how long.
  fabric.post("/api/mo/uni/tn-Lab.json",
              R"({"fvTenant":{"attributes":{},"children":[{"fvEpRetPol":{"attributes":{"name":"short",)"
              R"("localEpAgeIntvl":"60"}}},{"fvBD":{"attributes":{"name":"App"},"children":[{"fvRsBdToEpRet":{"attributes":)"
              R"({"tnFvEpRetPolName":"short"}}}]}}]}})");
  EXPECT_TRUE(fabric.churn.silence(fabric.now, back));
  fabric.live(std::chrono::seconds(61), base::Duration{60'000});
  EXPECT_THAT(fabric.objects("/api/mo/" + back + ".json"), SizeIs(0));
}

TEST(ChurnTest, HighPacesAreKept) {
  Living fabric(with_fabric(), 1, 1'000);
  fabric.live(std::chrono::seconds(10), base::Duration{50});
  EXPECT_NEAR(static_cast<double>(fabric.churn.events()), 10'000, 200);
}

TEST(ChurnTest, WithoutPortsAndEndpointsTenantsComeAndGoAndThoseOfUsersStay) {
  Living fabric({}, 1, 10);
  fabric.post("/api/mo/uni/tn-Heroes.json", R"({"fvTenant":{"attributes":{"descr":"mine"}}})");
  fabric.live(std::chrono::minutes(10), base::Duration{60'000});
  EXPECT_THAT(fabric.told, Contains(HasSubstr("uni/tn-Villains")));
  EXPECT_THAT(fabric.told, Not(Contains(HasSubstr("uni/tn-Heroes/"))));
  EXPECT_THAT(fabric.get("/api/mo/uni/tn-Heroes.json").body, HasSubstr("mine"));
}

TEST(FabricTest, HasWhatItsShapeSays) {
  Driver fabric(with_fabric({2, 4, 6, 10, 3}));
  fabric.log_in();
  const auto count = [&](const std::string& query) { return fabric.objects("/api/class/" + query).size(); };
  EXPECT_EQ(count("fabricPod.json"), 2u);
  EXPECT_EQ(count("fabricNode.json?query-target-filter=eq(fabricNode.role,\"leaf\")"), 6u);
  EXPECT_EQ(count("fabricNode.json?query-target-filter=eq(fabricNode.role,\"spine\")"), 4u);
  EXPECT_EQ(count("topSystem.json"), 11u);
  EXPECT_EQ(count("fabricLink.json"), 2u * 12 + 1) << "every leaf to the two spines of its pod and back, and a controller";
  for (const auto& port : fabric.objects("/api/class/l1PhysIf.json?query-target-filter=eq(l1PhysIf.portT,\"fab\")")) {
    const std::string dn(port.dn()), node = dn.substr(dn.find("node-") + 5, 3), id(port.attributes.get("id"));
    EXPECT_EQ(count("fabricLink.json?query-target-filter=and(eq(fabricLink.n1,\"" + node + "\"),eq(fabricLink.p1,\"" +
                    id.substr(id.find('/') + 1) + "\"))"),
              1u)
        << dn;
  }
  EXPECT_EQ(count("l1PhysIf.json"), 6u * 10 + 2 * 12);
  EXPECT_EQ(count("ethpmPhysIf.json?query-target-filter=eq(ethpmPhysIf.operSt,\"up\")"), count("l1PhysIf.json"));
  EXPECT_EQ(count("lldpAdjEp.json"), 2u * 12 + 1) << "both ends of each link, and the controller's";
  EXPECT_EQ(count("fvCEp.json"), 18u);
  EXPECT_EQ(count("fvIp.json"), 18u);
  const std::string leaf = "/api/mo/topology/pod-1/node-101/sys/ch.json?query-target=subtree&target-subtree-class=";
  EXPECT_THAT(fabric.objects(leaf + "eqptSupC,eqptLC"), SizeIs(2));
  EXPECT_THAT(fabric.objects(leaf + "eqptPsu,eqptFan"), SizeIs(4));
  EXPECT_THAT(fabric.objects(leaf + "eqptBoard"), SizeIs(0));
  EXPECT_EQ(count("eqptBoard.json"), 1u) << "the controller's";
  const auto running = fabric.objects("/api/mo/topology/pod-1/node-101/sys/ch/supslot-1/sup/running.json").front();
  EXPECT_EQ(running.class_name + ' ' + std::string(running.attributes.get("version")), "firmwareCardRunning n9000-15.2(7f)");
  // Each object is one of its class by its DN.
  for (const char* name : {"eqptBoard", "eqptFt", "eqptPsuSlot", "fabricLink", "lldpAdjEp", "fvCEp", "fvRsCEpToPathEp",
                           "ethpmPhysIf", "fabricPathEp", "firmwareRunning"})
    for (const auto& object : fabric.objects("/api/class/" + std::string(name) + ".json")) {
      const auto* facts = model::class_of_dn(object.dn());
      ASSERT_TRUE(facts) << object.dn();
      EXPECT_EQ(facts->name, name) << object.dn();
    }
  const auto path = fabric.objects("/api/class/fvRsCEpToPathEp.json").front();
  EXPECT_THAT(fabric.objects("/api/mo/" + std::string(path.attributes.get("tDn")) + ".json"), SizeIs(1));
}

TEST(FabricTest, WrongShapesAreRefusedWithTheReason) {
  EXPECT_EQ(parse_fabric("spines=2,leaves=4")->leaves, 4u);
  EXPECT_EQ(parse_fabric("")->leaves, 2u);
  for (const auto& [text, reason] : std::map<std::string, std::string>{{"leafs=4", "described as"},
                                                                       {"leaves", "described as"},
                                                                       {"leaves=", "described as"},
                                                                       {"leaves=4x", "from 1 to 500"},
                                                                       {"leaves=0", "from 1 to 500"},
                                                                       {"leaves=-1", "from 1 to 500"},
                                                                       {"pods=3,spines=2,leaves=9", "every pod"}})
    EXPECT_THAT(parse_fabric(text).error().message, HasSubstr(reason)) << text;
}

}  // namespace
}  // namespace aci::controller
