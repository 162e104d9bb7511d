// Watches that are added and removed while others go on.
#include "unit/watch/fabric_watch_harness.hpp"

namespace aci::watch {
namespace {

using base::Duration;
using base::Errc;
using model::Origin;
using model::Query;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::string id = R"("72057628414509057")";

class FabricMembershipTest : public FabricWatchTest {
 protected:
  // A second watch of every tenant, live.
  WatchId add_another() {
    const WatchId another = watch_->add(now_, wall_, {"another", Query::of_class("fvTenant")});
    collect();
    reply(next_to("subscription=yes"), 200, subscribe_answer("2", {tenant("common")}));
    EXPECT_TRUE(watch_->all_live());
    events_.clear();
    return another;
  }
  void remove(WatchId watch) {
    watch_->remove(now_, wall_, watch);
    collect();
  }
  void lose_the_channel() {
    watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
    pass(Duration{2'000});
    reply(next_to("aaaLogin"), 200, login_answer);
    open_channel();
  }
};

class MembershipAndRecordsTest : public FabricMembershipTest {
 protected:
  MembershipAndRecordsTest() {
    change_options = [](FabricWatch::Options& options) { options.record_classes = {"aaaModLR"}; };
    remake();
    go_live();
    another_ = add_another();
  }
  WatchId another_ = 0;
};

TEST_F(MembershipAndRecordsTest, TheGapsOfTheOthersAreClosedWithTheRecordsThatWereReadForAll) {
  lose_the_channel();
  for (const char* number : {"5", "6"}) reply(next_to("subscription=yes"), 200, subscribe_answer(number, {tenant("common")}));
  remove(another_);
  reply(next_to("aaaModLR"), 200, empty_answer);
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].watch, "config");
}

TEST_F(MembershipAndRecordsTest, WhatWasPushedBesideABlindOneDoesNotHideLaterRecords) {
  const std::string record =
      R"({"aaaModLR":{"attributes":{"affected":"uni/tn-common","changeSet":"descr","created":"2026-01-02T03:04:30.000+00:00",)"
      R"("dn":"subj-[uni/tn-common]/mod-1","ind":"modification","user":"alice"}}})";
  watch_->pause(now_, wall_, another_, "full");
  text(push(id, tenant("common", "a", "modified")));
  remove(another_);
  lose_the_channel();
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common", "a")}));
  events_.clear();
  reply(next_to("aaaModLR"), 200, subscribe_answer("", {record}));
  reply(next_to("aaaModLR"), 200, subscribe_answer("", {record}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::backfill);
}

TEST_F(FabricMembershipTest, WhatAnotherHasListedSoFarIsKept) {
  go_live();
  watch_->add(now_, wall_, {"another", Query::of_class("fvTenant")});
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("2", {tenant("common"), tenant("A"), tenant("B")}, 4));
  remove(id_);
  reply(next_to("page=1"), 200, subscribe_answer("", {tenant("C")}, 4));
  EXPECT_EQ(watch_->inspect().objects, 4u);
}

TEST_F(FabricMembershipTest, WhatOneKnowsThatIsToBeReadAgainIsKeptForItsEnd) {
  go_live();
  const WatchId another = watch_->add(now_, wall_, {"another", Query::of_class("fvTenant")});
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("2", {tenant("common"), tenant("A"), tenant("Gone")}, 4));
  reply(next_to("page=1"), 503, "busy");
  remove(id_);
  events_.clear();
  pass(Duration{2'000});
  reply(next_to("subscription=yes"), 200, subscribe_answer("3", {tenant("common"), tenant("A")}));
  ASSERT_FALSE(events_.empty());
  EXPECT_EQ(events_.back().event.dn, "uni/tn-Gone");
  EXPECT_EQ(events_.back().event.op, model::Op::deleted);
  EXPECT_THAT(events_.back().watches, ElementsAre(another));
}

TEST_F(FabricMembershipTest, WhatOthersFindBetweenTheFirstPagesOfOneThatWasAddedIsToldToItToo) {
  go_live();
  const WatchId added = watch_->add(now_, wall_, {"added", Query::of_class("fvTenant")});
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("2", {tenant("common"), tenant("A"), tenant("B")}, 4));
  watch_->pause(now_, wall_, id_, "full");
  watch_->resume(now_, wall_, id_);
  events_.clear();
  collect();
  const std::string newer =
      R"({"fvTenant":{"attributes":{"descr":"new","dn":"uni/tn-common","modTs":"2026-01-02T03:04:09.000+00:00","name":"common"}}})";
  reply(next_to("subscription=yes"), 200, subscribe_answer("3", {newer, tenant("A"), tenant("B")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.after->get("descr"), "new");
  EXPECT_THAT(events_[0].watches, UnorderedElementsAre(id_, added));
}

TEST_F(FabricMembershipTest, WhatWaitedForItsListingIsReadAtOnce) {
  go_live();
  const WatchId another = watch_->add(now_, wall_, {"another", Query::of_class("fvTenant")});
  text(push(id, tenant("Heroes", "new", "modified")));
  EXPECT_FALSE(asks_for("tn-Heroes")) << "the listing should hold it";
  remove(another);
  EXPECT_TRUE(asks_for("tn-Heroes"));
}

TEST_F(FabricMembershipTest, WhatPushesBringOfAnObjectThatWasGoneWhenItWasReadIsForgottenWithTheWatch) {
  const auto push_of = [](const std::string& status) {
    return push(id,
                R"({"healthInst":{"attributes":{"cur":"90","dn":"uni/health","modTs":"never","status":")" + status + R"("}}})");
  };
  id_ = watch_->add(now_, wall_, {"health", Query::of_class("healthInst")});
  watch_->add(now_, wall_, {"aps", Query::of_class("fvAp")});
  log_in();
  reply(next_to("healthInst"), 200,
        subscribe_answer("72057628414509057",
                         {R"({"healthInst":{"attributes":{"cur":"80","dn":"uni/health","modTs":"never"}}})"}));
  reply(next_to("fvAp"), 200, subscribe_answer("2", {}));
  text(push_of("deleted"));
  const Send read = next_to("uni/health");
  text(push_of("created"));
  remove(id_);
  reply(read, 200, empty_answer);
  while (asks_for("uni/health")) reply(next_to("uni/health"), 200, empty_answer);
  EXPECT_EQ(watch_->inspect().objects, 0u);
}

TEST_F(FabricMembershipTest, ARestartWithoutItForgetsItsObjects) {
  go_live();
  const auto saved = watch_->save(wall_);
  ASSERT_THAT(saved.objects, SizeIs(1));
  remake();
  watch_->add(now_, wall_, {"aps", Query::of_class("fvAp")});
  watch_->restore(saved);
  EXPECT_EQ(watch_->inspect().objects, 0u);
}

TEST_F(FabricMembershipTest, OfTwoThatAskTheSameARestartTakesTheOneOfAnotherNameForNew) {
  go_live();
  const auto saved = watch_->save(wall_);
  remake();
  const WatchId fresh = watch_->add(now_, wall_, {"another", Query::of_class("fvTenant")});
  watch_->add(now_, wall_, {"config", Query::of_class("fvTenant")});
  watch_->restore(saved);
  log_in();
  for (const char* number : {"5", "6"}) reply(next_to("subscription=yes"), 200, subscribe_answer(number, {tenant("common")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::baseline);
  EXPECT_THAT(events_[0].watches, ElementsAre(fresh));
}

TEST_F(FabricMembershipTest, OfTwoThatAskTheSameForTheFirstTimeEachIsToldOnceWhoeverIsAnsweredFirst) {
  const WatchId one = watch_->add(now_, wall_, {"one", Query::of_class("fvTenant")});
  const WatchId two = watch_->add(now_, wall_, {"two", Query::of_class("fvTenant")});
  log_in();
  const Send first = next_to("subscription=yes"), second = next_to("subscription=yes");
  reply(second, 200, subscribe_answer("6", {tenant("common")}));
  reply(first, 200, subscribe_answer("5", {tenant("common")}));
  ASSERT_THAT(events_, SizeIs(2));
  for (const Emit& told : events_) EXPECT_EQ(told.event.origin, Origin::baseline);
  EXPECT_THAT(events_[0].watches, ElementsAre(two));
  EXPECT_THAT(events_[1].watches, ElementsAre(one));
}

TEST_F(FabricMembershipTest, OneThatIsCalledOtherwiseAfterARestartGoesOn) {
  go_live();
  const auto saved = watch_->save(wall_);
  remake();
  watch_->add(now_, wall_, {"configuration", Query::of_class("fvTenant")});
  watch_->restore(saved);
  log_in();
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common", "changed")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
}

TEST_F(FabricMembershipTest, WhatWasFoundBelowANewObjectForItAloneIsPassedOver) {
  go_live();
  const WatchId aps = watch_->add(now_, wall_, {"aps", Query::of_class("fvAp")});
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("2", {}));
  text(push(id, tenant("T", "", "created")));
  pass(Duration{6'000});
  reply(next_to("uni/tn-T"), 200,
        subscribe_answer("", {tenant("T"), R"({"fvAp":{"attributes":{"dn":"uni/tn-T/ap-Missed","name":"Missed"}}})"}));
  remove(aps);
  pass(Duration{5'000});
  EXPECT_EQ(watch_->inspect().objects, 2u) << "the tenants";
}

TEST_F(FabricMembershipTest, NothingIsDueForALoginThatNobodyWatchesWithUntilItEnds) {
  change_options = [](FabricWatch::Options& options) { options.channel_lifetime = Duration{100'000}; };
  remake();
  go_live();
  remove(id_);
  pass(Duration{95'000});
  EXPECT_GT(watch_->next_wakeup(), now_);
}

}  // namespace
}  // namespace aci::watch
