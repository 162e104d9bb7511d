#include "controller/subscriptions.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/rng.hpp"
#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr auto ok_body = R"({"totalCount":"0","imdata":[]})";

class SubscriptionsTest : public ::testing::Test {
 protected:
  SubscriptionsTest() { channel = apic.log_in(); }

  void create(const std::string& dn, const std::string& class_name, const std::string& attributes = "") {
    EXPECT_EQ(error_of(apic.post("/api/mo/" + dn + ".json", "{\"" + class_name + "\":{\"attributes\":{" + attributes + "}}}")),
              "");
  }
  void remove(const std::string& dn) { EXPECT_EQ(apic.send("DELETE", "/api/mo/" + dn + ".json").status, 200); }

  // "created uni/tn-T" for each frame.
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (const std::string& frame : apic.frames()) {
      const auto answer = codec::decode_answer(frame);
      EXPECT_TRUE(answer && answer->objects.size() == 1) << frame;
      const auto& attributes = answer->objects.at(0).attributes;
      all.push_back(std::string(attributes.get("status")) + ' ' + std::string(attributes.get("dn")));
    }
    return all;
  }

  Driver apic;
  ChannelId channel = 0;
};

TEST_F(SubscriptionsTest, TheIdIsAScalarOfSeventeenDigitsAndNeverTheSame) {
  const std::string body = apic.get("/api/class/fvTenant.json?subscription=yes&page-size=1").body;
  EXPECT_THAT(body, StartsWith(R"({"totalCount":"3","subscriptionId":"72057)"));
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string id = apic.subscribe("/api/class/fvBD.json?subscription=yes");
    EXPECT_TRUE(id.size() == 17 && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; })) << id;
    ids.insert(id);
  }
  EXPECT_THAT(ids, SizeIs(100));
}

TEST_F(SubscriptionsTest, WithoutAnOpenSocketOfTheSessionItIsRefused) {
  const std::string refused =
      "405 405 Subscription request failed, unable to locate opened web socket. Please re-login to the application";
  Driver other;
  other.log_in();
  other.controller.close_channel(1);
  EXPECT_EQ(error_of(other.get("/api/class/fvTenant.json?subscription=yes")), refused);

  // A second login of the same user has no socket yet, though the first one's is open.
  const Response login = apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})");
  apic.cookies = "APIC-cookie=" + Driver::token_in(login.body);
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json?subscription=yes")), refused);
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json?subscription=no")), "");
}

TEST_F(SubscriptionsTest, AClassSubscriptionHearsOfItsClassOnly) {
  apic.subscribe("/api/class/fvAp.json?subscription=yes");
  create("uni/tn-T/ap-A", "fvAp");
  create("uni/tn-T/ap-A", "fvAp", R"("descr":"x")");
  remove("uni/tn-T");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-T/ap-A", "modified uni/tn-T/ap-A", "deleted uni/tn-T/ap-A"));
}

TEST_F(SubscriptionsTest, AnAbstractClassHearsOfItsConcreteOnes) {
  apic.subscribe("/api/class/faultInfo.json?subscription=yes");
  ASSERT_TRUE(apic.controller.storm(apic.wall, "faultInst", 1));
  ASSERT_TRUE(apic.controller.storm(apic.wall, "faultDelegate", 1));
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_THAT(frames[0], HasSubstr(R"("imdata":[{"faultInst":)"));
  EXPECT_THAT(frames[1], HasSubstr(R"("imdata":[{"faultDelegate":)"));
}

TEST_F(SubscriptionsTest, AnObjectSubscriptionHearsOfThatObjectOnlyEvenBeforeItIsThere) {
  EXPECT_EQ(apic.objects("/api/mo/uni/tn-T.json?subscription=yes").size(), 0u);
  create("uni/tn-T", "fvTenant");
  create("uni/tn-TT", "fvTenant");
  create("uni/tn-T/ap-A", "fvAp");
  remove("uni/tn-T");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-T", "deleted uni/tn-T"));
}

TEST_F(SubscriptionsTest, ChildrenAndSubtreeReachAsFarAsTheySay) {
  create("uni/tn-T", "fvTenant");
  const std::string children = apic.subscribe("/api/mo/uni/tn-T.json?subscription=yes&query-target=children");
  create("uni/tn-T/ap-A/epg-E", "fvAEPg");
  create("uni/tn-T", "fvTenant", R"("descr":"x")");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-T/ap-A"));
  apic.controller.expire_subscriptions();
  apic.subscribe("/api/mo/uni/tn-T.json?subscription=yes&query-target=subtree&target-subtree-class=fvAEPg,fvTenant");
  create("uni/tn-T/ap-A/epg-E", "fvAEPg", R"("descr":"x")");
  create("uni/tn-T/ap-A", "fvAp", R"("descr":"x")");
  create("uni/tn-T", "fvTenant", R"("descr":"y")");
  EXPECT_THAT(told(), ElementsAre("modified uni/tn-T/ap-A/epg-E", "modified uni/tn-T"));
}

TEST_F(SubscriptionsTest, AClassWithItsSubtreeHearsOfWhatStandsBelow) {
  apic.subscribe("/api/class/fvAp.json?subscription=yes&query-target=subtree");
  create("uni/tn-T/ap-A/epg-E", "fvAEPg");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-T/ap-A", "created uni/tn-T/ap-A/epg-E", "created uni/tn-T/ap-A/rsApMonPol",
                                  "created uni/tn-T/ap-A/epg-E/rsbd", "created uni/tn-T/ap-A/epg-E/rscustQosPol",
                                  "created uni/tn-T/ap-A/epg-E/rsAEPgMonPol", "modified uni/tn-T/ap-A/epg-E",
                                  "created uni/tn-T/ap-A/health", "created uni/tn-T/ap-A/epg-E/health"));
}

TEST_F(SubscriptionsTest, AClassBelowADnHearsOfNothingElse) {
  apic.subscribe("/api/class/uni/tn-T/fvBD.json?subscription=yes");
  create("uni/tn-T/BD-B", "fvBD");
  create("uni/tn-U/BD-B", "fvBD");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-T/BD-B", "modified uni/tn-T/BD-B"));
}

TEST_F(SubscriptionsTest, FiltersAreAppliedToTheWholeObjectAndItsStatus) {
  apic.subscribe(R"(/api/class/fvTenant.json?subscription=yes&query-target-filter=wcard(fvTenant.name,"Heroes"))");
  create("uni/tn-Heroes", "fvTenant");
  create("uni/tn-Villains", "fvTenant");
  create("uni/tn-Heroes", "fvTenant", R"("descr":"the name is not among what changed")");
  remove("uni/tn-Heroes");
  EXPECT_THAT(told(), ElementsAre("created uni/tn-Heroes", "modified uni/tn-Heroes", "deleted uni/tn-Heroes"));
  apic.controller.expire_subscriptions();
  apic.subscribe(R"(/api/class/fvTenant.json?subscription=yes&query-target-filter=eq(fvTenant.status,"deleted"))");
  create("uni/tn-Heroes", "fvTenant");
  remove("uni/tn-Heroes");
  EXPECT_THAT(told(), ElementsAre("deleted uni/tn-Heroes"));
}

TEST_F(SubscriptionsTest, FaultsAreToldToThoseWhoAskedForThemWithTheObject) {
  create("uni/tn-T", "fvTenant");
  apic.subscribe("/api/class/topSystem.json?subscription=yes&rsp-subtree-include=faults");
  apic.subscribe("/api/class/topSystem.json?subscription=yes");
  ASSERT_TRUE(apic.controller.storm(apic.wall, "faultInst", 40));
  const auto all = told();
  EXPECT_FALSE(all.empty());
  for (const std::string& one : all) EXPECT_THAT(one, AllOf(StartsWith("created topology/"), HasSubstr("/sys/fault-F")));
}

TEST_F(SubscriptionsTest, StatisticsAreNeverPushed) {
  apic.subscribe("/api/class/l2IngrBytesAg15min.json?subscription=yes");
  apic.subscribe("/api/mo/uni.json?subscription=yes&query-target=subtree&target-subtree-class=l2IngrBytesAg15min");
  const auto stormed = apic.controller.storm(apic.wall, "l2IngrBytesAg15min", 3);
  EXPECT_TRUE(stormed || stormed.error().errc == base::Errc::not_found);
  EXPECT_THAT(apic.frames(), IsEmpty());
}

TEST_F(SubscriptionsTest, AllIdsOfOneChannelAreInOneFrame) {
  const std::string a = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const std::string b = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const std::string c = apic.subscribe("/api/mo/uni.json?subscription=yes&query-target=children");
  create("uni/tn-T", "fvTenant");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_THAT(frames[0],
              StartsWith(R"({"subscriptionId":[")" + a + "\",\"" + b + "\",\"" + c + R"("],"imdata":[{"fvTenant":)"));
}

TEST_F(SubscriptionsTest, EachChannelGetsItsOwnIdsAndTheFormatItAskedFor) {
  const std::string json = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const Response login = apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})");
  const std::string token = Driver::token_in(login.body);
  apic.cookies = "APIC-cookie=" + token;
  const auto other = apic.controller.open_channel(apic.now, "/socket" + token);
  ASSERT_TRUE(other);
  const Response xml = apic.get("/api/class/fvTenant.xml?subscription=yes");
  const auto ids = codec::decode_answer(xml.body, model::Format::xml);
  ASSERT_TRUE(ids && ids->subscription_ids.size() == 1) << xml.body;
  create("uni/tn-T", "fvTenant");
  const auto pushes = apic.controller.take_pushes();
  ASSERT_THAT(pushes, SizeIs(2));
  EXPECT_EQ(pushes[0].channel, channel);
  EXPECT_THAT(*pushes[0].frame, StartsWith("{\"subscriptionId\":[\"" + json + "\"],"));
  EXPECT_EQ(pushes[1].channel, *other);
  EXPECT_THAT(*pushes[1].frame, AllOf(StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
                                      HasSubstr("<imdata subscriptionId=\"" + ids->subscription_ids[0] + "\">"),
                                      HasSubstr(R"(dn="uni/tn-T")"), HasSubstr(R"(status="created")")));
}

TEST_F(SubscriptionsTest, ItEndsAfterAMinuteUnlessRefreshed) {
  const std::string kept = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const std::string left = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.pass(40s);
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + kept).body, ok_body);
  apic.pass(20s);
  create("uni/tn-T", "fvTenant");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_THAT(frames[0], AllOf(HasSubstr(kept), Not(HasSubstr(left))));
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + left)), "400 400 Subscription refresh timeout");
  EXPECT_EQ(apic.controller.status().subscriptions, 1u);
}

TEST_F(SubscriptionsTest, RefreshTimeoutSetsAnotherLife) {
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes&refresh-timeout=140");
  apic.pass(139s);
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + id).body, ok_body);
  apic.pass(139s);
  EXPECT_EQ(apic.controller.status().subscriptions, 1u);
  apic.pass(1s);
  EXPECT_EQ(apic.controller.status().subscriptions, 0u);
}

TEST_F(SubscriptionsTest, ARefreshReadsTheLeadingDigitsOfTheId) {
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + id + "-corrupted").body, ok_body);
  EXPECT_THAT(apic.get("/api/subscriptionRefresh.xml?id=" + id).body, HasSubstr("totalCount=\"0\""));
  for (const char* wrong : {"99999999999999999", "", "x", "99999999999999999999999999"})
    EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + std::string(wrong))),
              "400 400 Subscription refresh timeout")
        << wrong;
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json")), "400 400 Subscription refresh timeout");
}

TEST_F(SubscriptionsTest, TheyEndWithTheirChannel) {
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  apic.controller.close_channel(channel);
  EXPECT_EQ(apic.controller.status().subscriptions, 0u);
  EXPECT_EQ(error_of(apic.get("/api/subscriptionRefresh.json?id=" + id)), "400 400 Subscription refresh timeout");
  create("uni/tn-T", "fvTenant");
  EXPECT_THAT(apic.frames(), IsEmpty());
}

TEST_F(SubscriptionsTest, TheNextWakeupIsTheFirstThingThatEnds) {
  EXPECT_EQ(apic.controller.next_wakeup(), apic.now + 600s);
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  EXPECT_EQ(apic.controller.next_wakeup(), apic.now + 60s);
  apic.pass(60s);
  EXPECT_EQ(apic.controller.next_wakeup(), apic.now + 540s);
  apic.pass(540s);
  EXPECT_EQ(apic.controller.next_wakeup(), std::nullopt);
}

// What a client rebuilds from the pushes is what a query shows.
TEST_F(SubscriptionsTest, ThePushesRebuildTheTree) {
  std::map<std::string, model::Attributes> mirror;
  const std::string query = "/api/mo/uni.json?query-target=subtree";
  for (const auto& object : apic.objects(query + "&subscription=yes&refresh-timeout=3600"))
    mirror[std::string(object.dn())] = object.attributes;
  base::Rng rng(7);
  for (int i = 0; i < 400; ++i) {
    const std::string tenant = "uni/tn-T" + std::to_string(rng.below(4)),
                      epg = tenant + "/ap-A/epg-E" + std::to_string(rng.below(3));
    switch (rng.below(5)) {
      case 0: create(epg, "fvAEPg", R"("descr":"d)" + std::to_string(rng.below(3)) + "\""); break;
      case 1: create(epg + "/rsbd", "fvRsBd", R"("tnFvBDName":"B)" + std::to_string(rng.below(3)) + "\""); break;
      case 2: create(tenant + "/BD-B" + std::to_string(rng.below(3)), "fvBD"); break;
      case 3: remove(epg); break;
      case 4: remove(rng.below(4) == 0 ? tenant : tenant + "/ap-A"); break;
    }
    apic.pass(10ms);
  }
  for (const std::string& frame : apic.frames()) {
    const auto answer = codec::decode_answer(frame);
    model::Attributes change = answer->objects.at(0).attributes;
    const std::string dn(change.get("dn")), status(change.get("status"));
    change.erase("rn");
    change.set("status", "");
    if (status == "deleted") {
      EXPECT_EQ(mirror.erase(dn), 1u) << dn;
    } else {
      EXPECT_EQ(mirror.contains(dn), status == "modified") << dn;
      mirror[dn].merge(change);
    }
  }
  std::map<std::string, model::Attributes> shown;
  for (const auto& object : apic.objects(query)) shown[std::string(object.dn())] = object.attributes;
  EXPECT_EQ(mirror, shown);
}

TEST_F(SubscriptionsTest, FaultsAndHealthAreToldAsDeepAsTheyWereAskedFor) {
  create("uni/tn-T/ap-A", "fvAp");
  apic.frames();
  const auto raised = [&](const std::string& options) {
    apic.controller.expire_subscriptions();
    apic.subscribe("/api/mo/uni/tn-T.json?subscription=yes&rsp-subtree-include=" + options);
    const auto set = [&](const char* dn, const char* status) {
      EXPECT_TRUE(apic.controller.set(
          apic.wall, {"faultInst", {{"dn", dn}, {"severity", "critical"}, {"lc", "raised"}, {"status", status}}, {}}));
    };
    set("uni/tn-T/fault-F1", "");
    set("uni/tn-T/ap-A/fault-F2", "");
    create("uni/tn-T", "fvTenant", "\"descr\":\"" + std::to_string(options.size()) + "\"");
    std::set<std::string> all;
    for (const std::string& one : told()) all.insert(one);
    set("uni/tn-T/fault-F1", "deleted");
    set("uni/tn-T/ap-A/fault-F2", "deleted");
    apic.pass(1s);
    apic.frames();
    return all;
  };
  EXPECT_THAT(raised("faults"), UnorderedElementsAre("created uni/tn-T/fault-F1", "modified uni/tn-T"));
  EXPECT_THAT(raised("faults,no-scoped"), UnorderedElementsAre("created uni/tn-T/fault-F1"));
  EXPECT_THAT(raised("faults,subtree,no-scoped"),
              UnorderedElementsAre("created uni/tn-T/fault-F1", "created uni/tn-T/ap-A/fault-F2"));
  EXPECT_THAT(raised("health,no-scoped"), UnorderedElementsAre("modified uni/tn-T/health"));
  EXPECT_THAT(raised("health,subtree,no-scoped"),
              UnorderedElementsAre("modified uni/tn-T/health", "modified uni/tn-T/ap-A/health"));
}

}  // namespace
}  // namespace aci::controller
