// What the fabric watch reads beside what is pushed, and why: audits, single objects, new subtrees, pages that do not hold
// what they promise.
#include "unit/watch/fabric_watch_harness.hpp"

namespace aci::watch {
namespace {

using base::Duration;
using base::Errc;
using model::Op;
using model::Origin;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string id = R"("72057628414509057")";

std::string change_of(const std::string& name, const std::string& descr, const std::string& time) {
  return R"({"fvTenant":{"attributes":{"childAction":"","descr":")" + descr + R"(","dn":"uni/tn-)" + name + R"(","modTs":")" +
         time + R"(","rn":"","status":"modified"}}})";
}

std::string objects(const std::vector<std::string>& list, std::size_t total = 0) { return subscribe_answer("", list, total); }

class FabricReadingTest : public FabricWatchTest {
 protected:
  // Passes time; refreshes of token and subscription are answered, everything else is left.
  void pass_quietly(Duration time) {
    for (const auto end = now_ + time; now_ < end;) {
      const auto next = watch_->next_wakeup();
      pass(next && *next < end ? std::max(*next - now_, Duration{1}) : end - now_);
      for (auto it = sends_.begin(); it != sends_.end();) {
        const bool refresh = it->target.find("Refresh") != std::string::npos;
        if (!refresh) {
          ++it;
          continue;
        }
        const Send send = *it;
        it = sends_.erase(it);
        reply(send, 200, send.target.find("aaaRefresh") != std::string::npos ? login_answer : empty_answer);
        it = sends_.begin();
      }
      if (!sends_.empty()) return;
    }
  }
};

// --- audits --------------------------------------------------------------------------------------------------------------

TEST_F(FabricReadingTest, EveryQuarterOfAnHourTheObjectsAreCounted) {
  go_live();
  const auto began = now_;
  pass_quietly(Duration{1'200'000});
  const Send count = next_send();
  EXPECT_THAT(count.target, HasSubstr("rsp-subtree-include=count"));
  EXPECT_GE(now_ - began, Duration{720'000});
  EXPECT_LE(now_ - began, Duration{1'080'000});
  reply(count, 200, R"({"totalCount":"1","imdata":[{"moCount":{"attributes":{"count":"1"}}}]})");
  EXPECT_THAT(sends_, IsEmpty()) << "as many as known";
}

TEST_F(FabricReadingTest, AnotherCountLeadsToAComparisonAndThatToDriftWithItsGap) {
  go_live();
  pass_quietly(Duration{1'200'000});
  const auto proven = *watch_->inspect().watches[0].last_proof;
  reply(next_send(), 200, R"({"totalCount":"1","imdata":[{"moCount":{"attributes":{"count":"2"}}}]})");
  pass(Duration{0});
  const Send compare = next_send();
  EXPECT_THAT(compare.target, Not(HasSubstr("subscription")));
  reply(compare, 200, objects({tenant("common"), tenant("Unseen")}));
  EXPECT_THAT(sends_, IsEmpty()) << "a push may still explain it";
  pass(Duration{5'000});
  ASSERT_THAT(drifts_, SizeIs(1));
  EXPECT_EQ(drifts_[0].objects, 1u);
  const Send subscribe = next_send();
  EXPECT_THAT(subscribe.target, HasSubstr("subscription=yes"));
  reply(subscribe, 200, subscribe_answer("9", {tenant("common"), tenant("Unseen")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].reason, HasSubstr("audit"));
  EXPECT_EQ(gaps_[0].from.unix_ms, proven.unix_ms) << "since the last proof it may have been so";
  EXPECT_EQ(watch_->inspect().counters.drifts, 1u);
}

TEST_F(FabricReadingTest, ADifferenceThatAPushExplainsIsNoDrift) {
  change_options = [](FabricWatch::Options& options) { options.count_every = Duration{0}; };
  remake();
  go_live();
  pass_quietly(Duration{5'000'000});
  reply(next_send(), 200, objects({tenant("common"), tenant("Heroes")}));
  text(push(id, tenant("Heroes", "", "created")));
  pass(Duration{5'000});
  EXPECT_THAT(drifts_, IsEmpty());
  EXPECT_TRUE(watch_->all_live());
  EXPECT_EQ(watch_->inspect().watches[0].last_proof->unix_ms, wall_.unix_ms);
}

TEST_F(FabricReadingTest, WhatEntersAndLeavesAFilterIsToldAndTheRestIsNot) {
  auto query = model::Query::of_class("fvTenant");
  query.target_filter = model::Filter::parse(R"(eq(fvTenant.descr,"hot"))").value();
  remake();
  id_ = watch_->add(now_, wall_, {"hot", query});
  log_in();
  const Send subscribe = next_send();
  EXPECT_THAT(subscribe.target, Not(HasSubstr("query-target-filter"))) << "what ceases to match would not be pushed";
  reply(subscribe, 200, subscribe_answer("72057628414509057", {tenant("A", "hot"), tenant("B", "cold")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.dn, "uni/tn-A");
  events_.clear();
  text(push(id, change_of("B", "warm", "2026-01-02T03:04:06.000+00:00")));
  EXPECT_THAT(events_, IsEmpty());
  text(push(id, change_of("B", "hot", "2026-01-02T03:04:07.000+00:00")));
  text(push(id, change_of("A", "cold", "2026-01-02T03:04:07.000+00:00")));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].event.before->get("descr"), "warm");
  EXPECT_EQ(events_[1].event.after->get("descr"), "cold");
  // Of what was never seen nobody can tell whether it has left the filter.
  events_.clear();
  text(push(id, change_of("Unseen", "cold", "2026-01-02T03:04:08.000+00:00")));
  reply(next_to("Unseen"), 200, objects({tenant("Unseen", "cold")}));
  EXPECT_THAT(events_, SizeIs(1));
}

TEST_F(FabricReadingTest, WhatLaterPushesSayOfAnObjectNeverSeenIsUnknownUntilTheyAreTold) {
  auto query = model::Query::of_class("fvTenant");
  query.target_filter = model::Filter::parse(R"(eq(fvTenant.descr,"hot"))").value();
  id_ = watch_->add(now_, wall_, {"hot", query});
  log_in();
  reply(next_send(), 200, subscribe_answer("72057628414509057", {}));
  text(push(id, R"({"fvTenant":{"attributes":{"dn":"uni/tn-T","nameAlias":"x","modTs":"2026-01-02T03:04:06.000+00:00",)"
                R"("status":"modified"}}})"));
  const Send read = next_to("tn-T");
  text(push(id, change_of("T", "cold", "2026-01-02T03:04:07.000+00:00")));  // it may have been hot until now
  reply(
      read, 200,
      objects(
          {R"({"fvTenant":{"attributes":{"dn":"uni/tn-T","descr":"cold","name":"T","nameAlias":"x","modTs":"2026-01-02T03:04:07.000+00:00"}}})"}));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].event.after->get("name"), "T");
  EXPECT_FALSE(events_[0].event.after->find("descr"));
  EXPECT_EQ(events_[1].event.changed, model::Names{"descr"});
  EXPECT_EQ(events_[1].event.after->get("descr"), "cold");
}

TEST_F(FabricReadingTest, AFilterOnWhatNeverChangesIsLeftToTheController) {
  auto query = model::Query::of_class("fvTenant");
  query.target_filter = model::Filter::parse(R"(wcard(fvTenant.name,"prod-"))").value();
  remake();
  id_ = watch_->add(now_, wall_, {"prod", query});
  log_in();
  EXPECT_THAT(next_send().target, HasSubstr("query-target-filter=wcard(fvTenant.name,%22prod-%22)"));
}

TEST_F(FabricReadingTest, AFirstListingThatOutrunsAPushTellsTheOtherWatches) {
  go_live();
  const WatchId one = watch_->add(now_, wall_, {"one", model::Query::of_object(model::Dn::trusted("uni/tn-Heroes"))});
  const Send subscribe = next_send();
  const std::string heroes = tenant("Heroes", "", "created");
  text(push(id + R"(,"99")", heroes));  // held: whose is 99?
  reply(subscribe, 200, subscribe_answer("99", {tenant("Heroes")}));
  std::map<WatchId, int> told;
  for (const auto& emit : events_)
    for (const WatchId watch : emit.watches) ++told[watch];
  EXPECT_EQ(told, (std::map<WatchId, int>{{id_, 1}, {one, 1}}));
  EXPECT_THAT(gaps_, IsEmpty());
}

// --- single objects ------------------------------------------------------------------------------------------------------

TEST_F(FabricReadingTest, AnObjectNeverSeenIsReadOnceAndItsFurtherChangesWait) {
  go_live();
  text(push(id, change_of("Heroes", "b", "2026-01-02T03:04:06.000+00:00")));
  EXPECT_THAT(events_, IsEmpty());
  const Send read = next_send();
  EXPECT_EQ(read.target, "/api/mo/uni/tn-Heroes.json");
  text(push(id, change_of("Heroes", "c", "2026-01-02T03:04:07.000+00:00")));
  text(push(id, tenant("Other", "", "created")));
  ASSERT_THAT(events_, SizeIs(1)) << "others do not wait";
  EXPECT_THAT(sends_, IsEmpty());
  reply(
      read, 200,
      objects(
          {R"({"fvTenant":{"attributes":{"descr":"b","dn":"uni/tn-Heroes","modTs":"2026-01-02T03:04:06.000+00:00","name":"Heroes"}}})"}));
  ASSERT_THAT(events_, SizeIs(3));
  EXPECT_EQ(events_[1].event.after->get("name"), "Heroes");
  EXPECT_EQ(events_[1].event.after->get("descr"), "b");
  EXPECT_EQ(events_[2].event.before->get("descr"), "b");
  EXPECT_EQ(events_[2].event.after->get("descr"), "c");
  EXPECT_EQ(events_[2].watches, std::vector<WatchId>{id_});
}

TEST_F(FabricReadingTest, WhatHasNoTimeAndChangesWhileItIsReadIsReadAgain) {
  const auto fault = [](const std::string& descr, const std::string& status) {
    return R"({"faultInst":{"attributes":{"dn":"uni/fault-F1","descr":")" + descr + R"(","modTs":"never","status":")" + status +
           R"("}}})";
  };
  id_ = watch_->add(now_, wall_, {"faults", model::Query::of_class("faultInst")});
  log_in();
  reply(next_send(), 200, subscribe_answer("72057628414509057", {}));
  text(push(id, fault("a", "modified")));
  const Send first = next_to("fault-F1");
  text(push(id, fault("b", "modified")));  // before it was read, or after?
  reply(first, 200, objects({fault("a", "")}));
  EXPECT_THAT(events_, IsEmpty());
  reply(next_to("fault-F1"), 200, objects({fault("b", "")}));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[1].event.after->get("descr"), "b");
  text(push(id, fault("c", "modified")));
  ASSERT_THAT(events_, SizeIs(3)) << "it is known now";
}

TEST_F(FabricReadingTest, WhatWasGoneWhenItWasReadAndWasPushedSinceIsReadAgain) {
  const auto health = [](const std::string& score, const std::string& status) {
    return R"({"healthInst":{"attributes":{"cur":")" + score + R"(","dn":"uni/health","modTs":"never","status":")" + status +
           R"("}}})";
  };
  id_ = watch_->add(now_, wall_, {"health", model::Query::of_class("healthInst")});
  log_in();
  reply(next_send(), 200, subscribe_answer("72057628414509057", {health("90", "")}));
  text(push(id, R"({"healthInst":{"attributes":{"dn":"uni/health","status":"deleted"}}})"));
  const Send first = next_to("uni/health");
  text(push(id, health("80", "created")));
  reply(first, 200, empty_answer);  // between the two, or after another deletion?
  events_.clear();
  reply(next_to("uni/health"), 200, objects({health("80", "")}));
  ASSERT_FALSE(events_.empty());
  EXPECT_EQ(events_.back().event.after->get("cur"), "80");
}

TEST_F(FabricReadingTest, AReadingThatAListingHasOvertakenIsReadAgain) {
  go_live();
  const std::string before = "2026-01-02T03:04:04.000+00:00", then = "2026-01-02T03:04:06.000+00:00";
  text(push(id, change_of("common", "older", before)));
  const Send read = next_to("tn-common");
  watch_->pause(now_, wall_, id_, "nobody reads");
  watch_->resume(now_, wall_, id_);
  collect();
  const std::string is =
      R"({"fvTenant":{"attributes":{"descr":"b","dn":"uni/tn-common","modTs":")" + then + R"(","name":"common"}}})";
  reply(next_to("subscription=yes"), 200, subscribe_answer("72057628414509058", {is}));
  ASSERT_THAT(events_, SizeIs(1));
  reply(read, 200, empty_answer);  // made before
  ASSERT_THAT(events_, SizeIs(1));
  reply(next_to("tn-common"), 200, objects({is}));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[1].event.origin, Origin::backfill) << "the older push";
}

TEST_F(FabricReadingTest, ADeletionThatAListingFoundIsToldOnceThoughOurClockWasSetBack) {
  go_live();
  text(push(id, change_of("common", "b", "2026-01-02T03:04:06.000+00:00")));
  ASSERT_THAT(events_, SizeIs(1));
  wall_ = wall_ + Duration{-3'600'000};
  watch_->pause(now_, wall_, id_, "nobody reads");
  watch_->resume(now_, wall_, id_);
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("72057628414509058", {}));
  ASSERT_THAT(events_, SizeIs(2));
  text(
      push("\"72057628414509058\"",
           R"({"fvTenant":{"attributes":{"dn":"uni/tn-common","modTs":"2026-01-02T03:04:07.000+00:00","status":"deleted"}}})"));
  EXPECT_THAT(events_, SizeIs(2));
  reply(next_to("tn-common"), 200, empty_answer);
  for (std::size_t i = 2; i < events_.size(); ++i) EXPECT_EQ(events_[i].event.origin, Origin::backfill);
}

TEST_F(FabricReadingTest, WhatALatePushBroughtIntoAFilterIsToldWhenItHasLeftIt) {
  const auto fault = [](const std::string& lc, const std::string& status) {
    return R"({"faultInst":{"attributes":{"dn":"uni/fault-F1","lc":")" + lc + R"(","modTs":"never","status":")" + status +
           R"("}}})";
  };
  auto query = model::Query::of_class("faultInst");
  query.target_filter = model::Filter::parse(R"(eq(faultInst.lc,"raised"))").value();
  id_ = watch_->add(now_, wall_, {"raised", query});
  log_in();
  reply(next_send(), 200, subscribe_answer("72057628414509057", {fault("retaining", "")}));
  text(push(id, fault("raised", "modified")));
  const Send first = next_to("fault-F1");
  text(push(id, fault("raised-clearing", "modified")));
  reply(first, 200, objects({fault("raised-clearing", "")}));
  reply(next_to("fault-F1"), 200, objects({fault("raised-clearing", "")}));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].event.origin, Origin::backfill);
  EXPECT_EQ(events_[1].event.after->get("lc"), "raised-clearing");
}

TEST_F(FabricReadingTest, AStormOfKnownObjectsCausesNoRequest) {
  go_live();
  for (int i = 0; i < 1'000; ++i)
    text(
        push(id, change_of("common", std::to_string(i),
                           "2026-01-02T03:" + std::to_string(10 + i / 50) + ":" + std::to_string(10 + i % 50) + ".000+00:00")));
  EXPECT_THAT(sends_, IsEmpty());
}

TEST_F(FabricReadingTest, AReadingThatFailsMakesItsWatchBlind) {
  go_live();
  text(push(id, change_of("Heroes", "b", "2026-01-02T03:04:06.000+00:00")));
  reply(next_send(), 400, error_answer(400, "no"));
  EXPECT_THAT(next_send().target, HasSubstr("subscription=yes"));
}

TEST_F(FabricReadingTest, AnObjectThatIsCountedAndNotAnsweredIsNotTakenForGone) {
  go_live();
  text(push(id, change_of("Heroes", "b", "2026-01-02T03:04:06.000+00:00")));
  reply(next_send(), 200, objects({}, 1));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_THAT(next_send().target, HasSubstr("subscription=yes")) << "its listing tells";
}

TEST_F(FabricReadingTest, WhatWaitedForAReadingWhenTheChannelWentIsInTheGap) {
  go_live();
  text(push(id, change_of("Heroes", "b", "2026-01-02T03:04:06.000+00:00")));
  const auto pushed = wall_;
  pass(Duration{9'000});
  text(push(id, change_of("common", "b", "2026-01-02T03:04:15.000+00:00")));
  EXPECT_LE(watch_->save(wall_).at, pushed);
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  EXPECT_LE(watch_->inspect().watches[0].blind_since, pushed);
}

TEST_F(FabricReadingTest, WhatWaitedForAListingWhenTheChannelWentIsInTheGap) {
  change_options = [](FabricWatch::Options& options) { options.compare_every = Duration{10'000}; };
  remake();
  go_live();
  pass(Duration{12'000});
  next_to("fvTenant");  // an audit's, which may find what the push is about
  text(push(id, change_of("Heroes", "b", "2026-01-02T03:04:06.000+00:00")));
  EXPECT_FALSE(asks_for("Heroes"));
  const auto pushed = wall_;
  stand_still(Duration{9'000});
  text(push(id, change_of("common", "b", "2026-01-02T03:04:15.000+00:00")));
  EXPECT_LE(watch_->save(wall_).at, pushed);
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  EXPECT_LE(watch_->inspect().watches[0].blind_since, pushed);
}

TEST_F(FabricReadingTest, MoreUnknownObjectsThanCanBeReadAreAGap) {
  change_options = [](FabricWatch::Options& options) { options.held_max = 10; };
  remake();
  go_live();
  for (int i = 0; i < 12; ++i) text(push(id, change_of("T" + std::to_string(i), "b", "2026-01-02T03:04:06.000+00:00")));
  EXPECT_FALSE(watch_->all_live());
  EXPECT_EQ(watch_->inspect().counters.gaps, 1u);
}

// --- new subtrees --------------------------------------------------------------------------------------------------------

TEST_F(FabricReadingTest, ChildrenOfANewObjectThatWereNotPushedAreFound) {
  id_ = watch_->add(now_, wall_, {"tenants", model::Query::of_class("fvTenant")});
  const WatchId aps = watch_->add(now_, wall_, {"aps", model::Query::of_class("fvAp")});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {}));
  reply(next_send(), 200, subscribe_answer("2", {}));
  text(push(R"("1")", tenant("T", "", "created")));
  text(push(R"("2")",
            R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Seen","modTs":"2026-01-02T03:04:06.000+00:00","status":"created"}}})"));
  events_.clear();
  pass(Duration{6'000});
  const Send read = next_send();
  EXPECT_THAT(read.target, testing::StartsWith("/api/mo/uni/tn-T.json?query-target=subtree"));
  EXPECT_THAT(read.target, HasSubstr("target-subtree-class=fvAp,fvTenant"));
  reply(
      read, 200,
      objects({tenant("T"),
               R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Seen","modTs":"2026-01-02T03:04:06.000+00:00","status":""}}})",
               R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Late","modTs":"2026-01-02T03:04:06.000+00:00","status":""}}})",
               R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Missed","modTs":"2026-01-02T03:04:06.000+00:00","status":""}}})"}));
  EXPECT_THAT(events_, IsEmpty());
  text(push(R"("2")",
            R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Late","modTs":"2026-01-02T03:04:06.000+00:00","status":"created"}}})"));
  pass(Duration{5'000});
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].event.origin, Origin::live);
  EXPECT_EQ(events_[1].event.dn, "uni/tn-T/ap-Missed");
  EXPECT_EQ(events_[1].event.origin, Origin::relist);
  EXPECT_EQ(events_[1].watches, std::vector<WatchId>{aps});
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].watch, "aps");
  EXPECT_EQ(gaps_[0].found, 1u);
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricReadingTest, NothingIsReadWhereNoWatchLooksBelow) {
  go_live();
  text(push(id, tenant("T", "", "created")));
  pass(Duration{10'000});
  EXPECT_THAT(sends_, IsEmpty());
}

TEST_F(FabricReadingTest, AStormOfNewObjectsIsLookedAfterByOneComparison) {
  id_ = watch_->add(now_, wall_, {"tenants", model::Query::of_class("fvTenant")});
  watch_->add(now_, wall_, {"aps", model::Query::of_class("fvAp")});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {}));
  reply(next_send(), 200, subscribe_answer("2", {}));
  for (int i = 0; i < 500; ++i) text(push(R"("1")", tenant("T" + std::to_string(i), "", "created")));
  EXPECT_THAT(sends_, IsEmpty());
  pass(Duration{6'000});
  EXPECT_THAT(sends_, IsEmpty());
  pass(Duration{6'000});
  EXPECT_THAT(sends_, SizeIs(2));
}

// --- answers that do not hold what they promise -----------------------------------------------------------------------------

TEST_F(FabricReadingTest, ACountWithoutObjectsDeletesNothing) {
  go_live();
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  reply(next_send(), 200, subscribe_answer("5", {}, 1));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_FALSE(watch_->all_live());
  pass(Duration{3'000});
  reply(next_send(), 200, subscribe_answer("6", {tenant("common")}));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricReadingTest, AnAnswerShorterThanItsCountDeletesNothing) {
  go_live();
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  reply(next_send(), 200, subscribe_answer("5", {tenant("Other")}, 2));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.dn, "uni/tn-Other");
}

TEST_F(FabricReadingTest, AControllerThatIsNotUpToItIsAskedAgainLaterOnTheSameChannel) {
  id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  reply(next_send(), 503, "<html>Service Temporarily Unavailable</html>");
  EXPECT_EQ(closes_, 0);
  EXPECT_THAT(sends_, IsEmpty()) << "not at once";
  pass(Duration{3'000});
  reply(next_send(), 429, error_answer(429, "slow down"));
  pass(Duration{6'000});
  reply(next_send(), 200, subscribe_answer("1", {tenant("common")}));
  EXPECT_TRUE(watch_->all_live());
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::baseline) << "it was there all the time";
}

TEST_F(FabricReadingTest, AControllerThatIsNeverUpToItIsLeft) {
  id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  for (int i = 0; i < 6; ++i) {
    reply(next_send(), 200, "<html>maintenance</html>");
    if (closes_ == 0) pass(Duration{30'000});
  }
  EXPECT_EQ(closes_, 1);
  pass(Duration{40'000});
  const Send login = next_send();
  EXPECT_EQ(login.target, "/api/aaaLogin.json");
  EXPECT_EQ(login.controller, 1u);
}

}  // namespace
}  // namespace aci::watch
