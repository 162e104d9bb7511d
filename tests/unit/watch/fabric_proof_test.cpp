// How the fabric watch knows that it sees, and what it does when it did not: changing over, standstills, records, reboots,
// the canary, pauses, restarts, signed logins.
#include "unit/watch/fabric_watch_harness.hpp"

namespace aci::watch {
namespace {

using base::Duration;
using base::Errc;
using model::Op;
using model::Origin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string id = R"("72057628414509057")";

std::string change_of(const std::string& name, const std::string& descr, const std::string& time) {
  return R"({"fvTenant":{"attributes":{"descr":")" + descr + R"(","dn":"uni/tn-)" + name + R"(","modTs":")" + time +
         R"(","status":"modified"}}})";
}

class FabricProofTest : public FabricWatchTest {
 protected:
  void cut_and_come_back() {
    watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
    pass(Duration{2'000});
    reply(next_send(), 200, login_answer);
    open_channel();
  }
};

// --- changing over to a new login ------------------------------------------------------------------------------------------

class RolloverTest : public FabricProofTest {
 protected:
  RolloverTest() { begin(Duration{100'000}); }
  // Up to the time when the next line is begun.
  void begin(Duration lifetime) {
    change_options = [lifetime](FabricWatch::Options& options) {
      options.channel_lifetime = lifetime;
      options.count_every = options.compare_every = Duration{0};
    };
    remake();
    sends_.clear();
    go_live();
    old_ = opens_.back().epoch;
    for (const auto until = now_ + lifetime / 10 * 9; now_ < until;) {
      pass(Duration{10'000});
      if (asks_for("aaaRefresh")) reply(next_to("aaaRefresh"), 200, login_answer);
      while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
    }
  }
  void subscribe_on_the_new_line() {
    reply(next_to("aaaLogin"), 200, login_answer);
    open_channel();
    const Send subscribe = next_to("subscription=yes");
    EXPECT_THAT(subscribe.target, HasSubstr("page-size=1")) << "what is there is known";
    reply(subscribe, 200, subscribe_answer("99", {tenant("common")}, 1));
  }
  void text_on(Epoch epoch, const std::string& body) {
    const std::string padded = body + std::string(codec::FrameDecoder::padding, '\0');
    watch_->channel_text(now_, wall_, epoch, padded.data(), body.size(), padded.size());
    collect();
  }
  Epoch old_ = 0;
};

TEST_F(RolloverTest, TheNewLineIsMadeFirstAndNothingIsMissedOrToldTwice) {
  subscribe_on_the_new_line();
  const Epoch fresh = opens_.back().epoch;
  ASSERT_NE(fresh, old_);
  EXPECT_EQ(closes_, 0) << "both are there";
  // Both bring it, in either order; and one that only the new line brings, since the old one is about to go.
  const std::string first = change_of("common", "1", "2026-01-02T03:04:06.000+00:00");
  const std::string second = change_of("common", "2", "2026-01-02T03:04:06.000+00:00");
  text_on(old_, push(id, first));
  text_on(old_, push(id, second));
  text_on(fresh, push(R"("99")", first));
  text_on(fresh, push(R"("99")", second));
  text_on(fresh, push(R"("99")", change_of("common", "3", "2026-01-02T03:04:07.000+00:00")));
  ASSERT_THAT(events_, SizeIs(3));
  EXPECT_EQ(events_[1].event.after->get("descr"), "2");
  EXPECT_EQ(events_[2].event.after->get("descr"), "3");
  pass(Duration{5'000});
  EXPECT_EQ(closes_, 0) << "who knows whether the old one still stands?";
  watch_->channel_sign(now_, wall_, old_);
  collect();
  EXPECT_EQ(closes_, 1);
  EXPECT_TRUE(watch_->all_live());
  EXPECT_THAT(gaps_, IsEmpty());
  EXPECT_EQ(watch_->inspect().counters.rollovers, 1u);
  text_on(old_, push(id, change_of("common", "late", "2026-01-02T03:04:08.000+00:00")));
  EXPECT_THAT(events_, SizeIs(3)) << "the old line is gone";
  text_on(fresh, push(R"("99")", change_of("common", "4", "2026-01-02T03:04:09.000+00:00")));
  EXPECT_THAT(events_, SizeIs(4));
  // Refreshed from now on: the subscription of the new line.
  pass(Duration{20'000});
  EXPECT_THAT(next_to("subscriptionRefresh").target, HasSubstr("id=99"));
  EXPECT_FALSE(asks_for("aaaLogout"));
  pass(Duration{40'000});
  EXPECT_EQ(next_to("aaaLogout").cookie, "APIC-cookie=T0K+/=");
}

TEST_F(RolloverTest, WhatWasAskedOverTheOldLineIsAnswered) {
  subscribe_on_the_new_line();
  text_on(old_, push(id, change_of("Unseen", "1", "2026-01-02T03:04:06.000+00:00")));
  const Send read = next_to("tn-Unseen");
  pass(Duration{5'000});
  watch_->channel_sign(now_, wall_, old_);
  collect();
  EXPECT_EQ(closes_, 1);
  reply(read, 200, subscribe_answer("", {tenant("Unseen", "1")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.after->get("name"), "Unseen");
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(RolloverTest, AnOldLineThatGivesNoSignIsLeftWithAGap) {
  const auto heard = wall_;
  begin(Duration{1'000'000});
  subscribe_on_the_new_line();
  for (int i = 0; i < 66; ++i) {
    EXPECT_THAT(gaps_, IsEmpty());
    pass(Duration{1'000});
    while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
  }
  EXPECT_EQ(closes_, 1);
  reply(next_to("subscription=yes"), 200, subscribe_answer("100", {tenant("common", "changed")}));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_LE(gaps_[0].from, heard);
  EXPECT_EQ(gaps_[0].found, 1u);
  EXPECT_FALSE(asks_for("aaaLogin")) << "the new line stays";
}

TEST_F(RolloverTest, ANewLineThatFailsLeavesTheOldOneInPlace) {
  fail(next_to("aaaLogin"), {Errc::unreachable, "refused"});
  EXPECT_TRUE(watch_->all_live());
  EXPECT_EQ(closes_, 0);
  text(push(id, tenant("Heroes", "", "created")));
  EXPECT_THAT(events_, SizeIs(1));
  pass(Duration{5'000});
  EXPECT_TRUE(asks_for("aaaLogin")) << "tried again while the old one still lives";
}

TEST_F(RolloverTest, TheEndOfTheOldLineBeforeTheNewOneStandsIsAGap) {
  reply(next_to("aaaLogin"), 200, login_answer);
  pass(Duration{10'000});
  EXPECT_FALSE(watch_->all_live());
  EXPECT_EQ(watch_->inspect().counters.gaps, 1u);
}

// --- standstill ------------------------------------------------------------------------------------------------------------

TEST_F(FabricProofTest, AStandstillOfTheProcessIsAGap) {
  go_live();
  const auto before = wall_;
  stand_still(Duration{50'000});
  text(push(id, tenant("Heroes", "", "created")));  // what the socket kept is left to the listing
  EXPECT_FALSE(watch_->all_live());
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common"), tenant("Heroes"), tenant("Missed")}));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].from.unix_ms, before.unix_ms);
  EXPECT_EQ(gaps_[0].found, 2u);
  EXPECT_THAT(gaps_[0].reason, HasSubstr("stood still"));
}

TEST_F(FabricProofTest, WhatWaitedWhileTheProcessStoodStillIsNoSignOfNow) {
  go_live();
  pass(Duration{5'000});
  const auto before = wall_;
  stand_still(Duration{12'000});
  text(push(id, tenant("Heroes", "", "created")));  // perhaps of eleven seconds ago, and the channel's last
  EXPECT_TRUE(watch_->all_live()) << "nothing has been lost by that alone";
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  EXPECT_LE(watch_->inspect().watches[0].blind_since, before);
}

TEST_F(FabricProofTest, ASubscriptionIsKnownToHaveLivedWhenItsRefreshWasAskedFor) {
  go_live();
  pass(Duration{20'000});
  const auto asked = wall_;
  pass(Duration{9'000});
  reply(next_to("subscriptionRefresh"), 200, empty_answer);  // when it was made is not said
  watch_->channel_sign(now_, wall_, opens_.back().epoch);
  pass(Duration{11'000});
  reply(next_to("subscriptionRefresh"), 400, error_answer(400, "Subscription refresh timeout"));
  EXPECT_EQ(watch_->inspect().watches[0].blind_since, asked);
}

TEST_F(FabricProofTest, ASubscriptionThatLivesIsNoProofOfItsChannel) {
  go_live();
  pass(Duration{1'000});
  watch_->channel_sign(now_, wall_, opens_.back().epoch);
  const auto heard = wall_;
  pass(Duration{19'000});
  reply(next_to("subscriptionRefresh"), 200, empty_answer);
  watch_->pause(now_, wall_, id_, "nobody reads");
  EXPECT_EQ(watch_->inspect().watches[0].blind_since, heard);
}

TEST_F(FabricProofTest, AMachineThatSleptIsAGapThoughItsMonotonicClockDidNotMove) {
  go_live();
  wall_ = wall_ + Duration{3'600'000};
  pass(Duration{1'000});
  EXPECT_FALSE(watch_->all_live());
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common")}));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].reason, HasSubstr("slept"));
}

TEST_F(FabricProofTest, ASmallStepOrOneBackwardsIsNone) {
  go_live();
  wall_ = wall_ + Duration{10'000};
  pass(Duration{1'000});
  wall_ = wall_ + -Duration{7'200'000};
  pass(Duration{1'000});
  EXPECT_TRUE(watch_->all_live());
}

// --- refreshes, ids --------------------------------------------------------------------------------------------------------

TEST_F(FabricProofTest, OneRefreshThatFailsConcernsNoOtherSubscription) {
  const WatchId a = watch_->add(now_, wall_, {"a", model::Query::of_class("fvTenant")});
  const WatchId b = watch_->add(now_, wall_, {"b", model::Query::of_class("fvAp")});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {}));
  reply(next_send(), 200, subscribe_answer("2", {}));
  pass(Duration{20'000});
  reply(next_to("id=1"), 503, "<html>busy</html>");
  pass(Duration{200});
  reply(next_to("id=2"), 200, empty_answer);
  pass(Duration{1'000});
  reply(next_to("id=1"), 503, "<html>busy</html>");
  EXPECT_EQ(closes_, 0);
  const auto view = watch_->inspect();
  EXPECT_EQ(view.watches[1].id, b);
  EXPECT_EQ(view.watches[1].state, WatchState::live);
  reply(next_to("subscription=yes"), 200, subscribe_answer("3", {tenant("T")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].watches, std::vector<WatchId>{a});
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricProofTest, ARefreshThatGetsNoAnswerTwiceEndsTheLine) {
  go_live();
  pass(Duration{20'000});
  const Send refresh = next_to("subscriptionRefresh");
  EXPECT_EQ(refresh.timeout, Duration{10'000}) << "in time for a second try";
  fail(refresh, {Errc::timeout, "no answer"});
  EXPECT_TRUE(watch_->all_live());
  pass(Duration{1'000});
  fail(next_to("subscriptionRefresh"), {Errc::timeout, "no answer"});
  EXPECT_EQ(closes_, 1);
}

TEST_F(FabricProofTest, ARefreshAnsweredAfterTheSubscriptionMustHaveEndedIsAGap) {
  go_live();
  pass(Duration{20'000});
  const Send refresh = next_to("subscriptionRefresh");
  for (int i = 0; i < 5; ++i) pass(Duration{9'000});
  reply(refresh, 200, empty_answer);
  EXPECT_TRUE(asks_for("subscription=yes"));
}

TEST_F(FabricProofTest, APushForAnUnknownSubscriptionIsAGapOnce) {
  go_live();
  text(push(R"("4711")", tenant("Foreign", "", "created")));
  EXPECT_THAT(events_, IsEmpty());
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common"), tenant("Foreign")}));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].reason, HasSubstr("unknown subscription"));
  EXPECT_EQ(gaps_[0].found, 1u);
  text(push(R"("4711")", tenant("Foreign2", "", "created")));
  EXPECT_TRUE(watch_->all_live()) << "not over and over";
}

TEST_F(FabricProofTest, AGapThatAHeldPushOpensBeginsWhenThatCame) {
  go_live();
  watch_->add(now_, wall_, {"aps", model::Query::of_class("fvAp")});
  collect();
  const Send subscribe = next_to("fvAp");
  const auto came = wall_;
  text(push(R"("99")", tenant("Foreign", "", "created")));
  text(push(id, tenant("Held", "", "created")));
  pass(Duration{21'000});
  reply(next_to("subscriptionRefresh"), 200, empty_answer);
  reply(subscribe, 503, "busy");
  EXPECT_LE(watch_->inspect().watches[0].blind_since, came);
}

TEST_F(FabricProofTest, WhatABlindWatchSharesWithALiveOneIsNotLost) {
  const WatchId all = watch_->add(now_, wall_, {"all", model::Query::of_class("fvTenant")});
  const WatchId one = watch_->add(now_, wall_, {"one", model::Query::of_object(model::Dn::trusted("uni/tn-common"))});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {tenant("common")}));
  reply(next_send(), 200, subscribe_answer("2", {tenant("common")}));
  events_.clear();
  pass(Duration{20'000});
  reply(next_to("id=1"), 200, empty_answer);
  pass(Duration{200});
  reply(next_to("id=2"), 400, error_answer(400, "Subscription refresh timeout"));
  // Pushed for the live one while the other is blind: its listing will find no difference any more.
  text(push(R"("1")", change_of("common", "x", "2026-01-02T03:04:07.000+00:00")));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0].watches, ElementsAre(all, one));
}

TEST_F(FabricProofTest, RequestsOfALostLineDoNotStandInTheWayOfTheNext) {
  for (int i = 0; i < 8; ++i) watch_->add(now_, wall_, {"w", model::Query::of_class("fvTenant")});
  log_in();
  EXPECT_THAT(sends_, SizeIs(4)) << "so many at a time";
  sends_.clear();
  cut_and_come_back();
  EXPECT_THAT(sends_, SizeIs(4)) << "though the old ones were never answered";
}

// --- records ---------------------------------------------------------------------------------------------------------------

std::string record(const std::string& dn, const std::string& kind, const std::string& set, const std::string& time,
                   const std::string& user) {
  return R"({"aaaModLR":{"attributes":{"affected":")" + dn + R"(","changeSet":")" + set + R"(","created":")" + time +
         R"(","dn":"subj-[)" + dn + R"(]/mod-1","ind":")" + kind + R"(","user":")" + user + R"("}}})";
}

class RecordsTest : public FabricProofTest {
 protected:
  RecordsTest() {
    change_options = [](FabricWatch::Options& options) { options.record_classes = {"aaaModLR"}; };
    remake();
    go_live();
    text(push(id, change_of("common", "before", "2026-01-02T03:04:06.000+00:00")));  // the controller's clock is ahead of ours
    events_.clear();
  }
};

TEST_F(RecordsTest, TellWhatAComparisonCannotSeeAndWhoDidIt) {
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "before")}));
  EXPECT_TRUE(watch_->all_live());
  EXPECT_THAT(gaps_, IsEmpty()) << "closed when the records have been read";
  const Send oldest = next_send();
  EXPECT_THAT(oldest.target, HasSubstr("page-size=1"));
  reply(oldest, 200, subscribe_answer("", {record("uni/tn-x", "creation", "", "2020-01-02T03:04:05.000+00:00", "a")}, 5'000));
  const Send records = next_send();
  EXPECT_THAT(model::percent_decode(records.target), HasSubstr("ge(aaaModLR.created,\"2026-01-02T03:04:0"));
  reply(
      records, 200,
      subscribe_answer(
          "",
          {record("uni/tn-common", "modification", "descr (Old: x, New: before)", "2026-01-02T03:04:06.000+00:00", "seen"),
           record("uni/tn-Other/ap-A", "creation", "", "2026-01-02T03:04:07.000+00:00", "else"),
           record("uni/tn-common", "modification", "descr (Old: before, New: away)", "2026-01-02T03:04:07.000+00:00", "alice")},
          4));
  const Send more = next_send();
  EXPECT_THAT(more.target, HasSubstr("page=1"));
  reply(more, 200,
        subscribe_answer(
            "",
            {record("uni/tn-common", "modification", "descr (Old: away, New: before)", "2026-01-02T03:04:07.500+00:00", "bob")},
            4));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].event.origin, Origin::backfill);
  EXPECT_EQ(events_[0].event.user, "alice");
  EXPECT_EQ(events_[0].event.class_name, "fvTenant");
  EXPECT_EQ(events_[0].event.before->get("descr"), "before");
  EXPECT_EQ(events_[0].event.after->get("descr"), "away");
  EXPECT_THAT(events_[0].event.changed, ElementsAre("descr"));
  EXPECT_EQ(events_[1].event.user, "bob");
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].backfilled, 2u);
  EXPECT_EQ(gaps_[0].found, 0u);
  EXPECT_EQ(gaps_[0].history, "complete");
}

TEST_F(RecordsTest, WhatIsPushedAfterTheGapIsNotToldAgain) {
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "before")}));
  text(push(R"("5")", change_of("common", "live", "2026-01-02T03:04:08.000+00:00")));
  events_.clear();
  reply(next_send(), 200, empty_answer);
  EXPECT_THAT(gaps_, SizeIs(1)) << "an empty log holds no records of the gap";
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("6", {tenant("common", "live")}));
  text(push(R"("6")", change_of("common", "again", "2026-01-02T03:04:31.000+00:00")));
  events_.clear();
  reply(next_send(), 200, subscribe_answer("", {record("uni/tn-x", "creation", "", "2020-01-02T03:04:05.000+00:00", "a")}));
  reply(next_send(), 200,
        subscribe_answer("", {record("uni/tn-common", "modification", "descr (Old: live, New: again)",
                                     "2026-01-02T03:04:31.000+00:00", "carol")}));
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(RecordsTest, ALogThatDoesNotReachBackIsSaid) {
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "before")}));
  reply(next_send(), 200,
        subscribe_answer("", {record("uni/tn-x", "creation", "", "2026-01-02T03:04:08.000+00:00", "a")}, 100'000));
  reply(next_send(), 200, empty_answer);
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].history, StartsWith("incomplete: the oldest aaaModLR"));
}

TEST_F(RecordsTest, ALogThatMayNotBeReadIsSaid) {
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "before")}));
  reply(next_send(), 403, error_answer(403, "access denied"));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].history, HasSubstr("access denied"));
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(RecordsTest, AFurtherLossWhileTheyAreReadProlongsTheGap) {
  const auto from = wall_;
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "before"), tenant("New")}));
  sends_.clear();
  cut_and_come_back();
  reply(next_send(), 200, subscribe_answer("6", {tenant("common", "before"), tenant("New")}));
  reply(next_send(), 200, empty_answer);
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_LE(gaps_[0].from.unix_ms, from.unix_ms);
  EXPECT_EQ(gaps_[0].to.unix_ms, wall_.unix_ms);
  EXPECT_EQ(gaps_[0].found, 1u);
}

// --- nodes -----------------------------------------------------------------------------------------------------------------

std::string node(const std::string& number, const std::string& rebooted) {
  return R"({"topSystem":{"attributes":{"dn":"topology/pod-1/node-)" + number + R"(/sys","lastRebootTime":")" + rebooted +
         R"("}}})";
}

TEST_F(FabricProofTest, ANodeThatRebootedBlindsTheWatchesOfWhatLivesOnSwitches) {
  change_options = [](FabricWatch::Options& options) { options.nodes_every = Duration{60'000}; };
  remake();
  watch_->add(now_, wall_, {"ports", model::Query::of_class("l1PhysIf")});
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  reply(next_to("l1PhysIf"), 200, subscribe_answer("1", {}));
  reply(next_to("fvTenant"), 200, subscribe_answer("2", {}));
  reply(next_to("topSystem"), 200, subscribe_answer("", {node("101", "2026-01-01"), node("102", "2026-01-01")}));
  EXPECT_TRUE(watch_->all_live()) << "the first reading only learns";
  const auto seen = wall_;
  for (int i = 0; i < 8 && !asks_for("topSystem"); ++i) {
    pass(Duration{10'000});
    while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
  }
  reply(next_to("topSystem"), 200, subscribe_answer("", {node("101", "2026-01-02"), node("102", "2026-01-01")}));
  const auto view = watch_->inspect();
  EXPECT_NE(view.watches[0].state, WatchState::live);
  EXPECT_EQ(view.watches[1].state, WatchState::live);
  EXPECT_EQ(view.watches[0].blind_since->unix_ms, seen.unix_ms);
  reply(next_to("subscription=yes"), 200, subscribe_answer("3", {}));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_THAT(gaps_[0].reason, HasSubstr("node-101"));
}

TEST_F(FabricProofTest, ANodeThatWasAwayWhenItWasAskedForIsInDoubtSinceItWasSeen) {
  change_options = [](FabricWatch::Options& options) { options.nodes_every = Duration{60'000}; };
  remake();
  watch_->add(now_, wall_, {"ports", model::Query::of_class("l1PhysIf")});
  log_in();
  reply(next_to("l1PhysIf"), 200, subscribe_answer("1", {}));
  const auto seen = wall_;
  for (const std::vector<std::string>& nodes : {std::vector{node("101", "2026-01-01"), node("102", "2026-01-01")},
                                                {node("101", "2026-01-01")},
                                                {node("101", "2026-01-01"), node("102", "2026-01-02")}}) {
    for (int i = 0; i < 8 && !asks_for("topSystem"); ++i) {
      pass(Duration{10'000});
      while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
    }
    const Send send = next_to("topSystem");
    pass(Duration{2'000});  // what is pushed after the controller has answered is not proved by the answer
    while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
    reply(send, 200, subscribe_answer("", nodes));
    watch_->channel_sign(now_, wall_, opens_.back().epoch);
    EXPECT_LE(watch_->save(wall_).at, seen) << "a node that has rebooted since may have pushed nothing";
  }
  EXPECT_EQ(watch_->inspect().watches[0].blind_since->unix_ms, seen.unix_ms);
}

// --- canary ----------------------------------------------------------------------------------------------------------------

class CanaryTest : public FabricProofTest {
 protected:
  CanaryTest() {
    change_options = [](FabricWatch::Options& options) { options.canary = "uni/tn-common"; };
    remake();
    id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
    log_in();
    reply(next_to("fvTenant"), 200, subscribe_answer("1", {tenant("common")}));
    reply(next_to("annotationKey"), 200, subscribe_answer("2", {}));
    pass(Duration{0});
    write_ = next_to("annotationKey");
  }
  std::string value() const {
    const auto at = write_.body.find(R"("value":")") + 9;
    return write_.body.substr(at, write_.body.find('"', at) - at);
  }
  Send write_;
};

TEST_F(CanaryTest, ItsChangeComesBackAndIsNobodysEvent) {
  EXPECT_EQ(write_.method, "POST");
  reply(write_, 200, empty_answer);
  events_.clear();
  text(push(R"("2")", R"({"tagAnnotation":{"attributes":{"dn":"uni/tn-common/annotationKey-[aciwatch-canary]","value":")" +
                          value() + R"(","status":"created","modTs":"2026-01-02T03:04:06.000+00:00"}}})"));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(watch_->inspect().canary, "proven");
  EXPECT_THAT(watch_->inspect().watches, SizeIs(1));
  pass(Duration{10'000});
  EXPECT_EQ(closes_, 0);
}

TEST_F(CanaryTest, AChangeThatDoesNotComeBackEndsTheLine) {
  reply(write_, 200, empty_answer);
  pass(Duration{5'000});
  EXPECT_EQ(closes_, 1);
  pass(Duration{2'000});
  EXPECT_TRUE(asks_for("aaaLogin"));
}

TEST_F(CanaryTest, AnAccountThatMayNotWriteIsSaidAndHarmless) {
  reply(write_, 403, error_answer(403, "access denied"));
  pass(Duration{10'000});
  EXPECT_EQ(closes_, 0);
  EXPECT_EQ(watch_->inspect().canary, "refused: access denied");
}

// --- pauses and restarts -----------------------------------------------------------------------------------------------------

TEST_F(FabricProofTest, WhatHappenedInAPauseComesAfterIt) {
  go_live();
  watch_->pause(now_, wall_, id_, "the queue is full");
  collect();
  EXPECT_EQ(changes_.back().state, WatchState::paused);
  text(push(id, tenant("Heroes", "", "created")));
  EXPECT_THAT(events_, IsEmpty());
  pass(Duration{100'000});
  EXPECT_THAT(sends_, IsEmpty()) << "nothing is refreshed nor read";
  watch_->resume(now_, wall_, id_);
  collect();
  reply(next_to("subscription=yes"), 200, subscribe_answer("5", {tenant("common"), tenant("Heroes")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].reason, "the queue is full");
  EXPECT_EQ(gaps_[0].found, 1u);
}

TEST_F(FabricProofTest, WhatOthersWereToldInAPauseComesAfterItToo) {
  const WatchId all = watch_->add(now_, wall_, {"all", model::Query::of_class("fvTenant")});
  const WatchId one = watch_->add(now_, wall_, {"one", model::Query::of_object(model::Dn::trusted("uni/tn-common"))});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {tenant("common", "0")}));
  reply(next_send(), 200, subscribe_answer("2", {tenant("common", "0")}));
  watch_->pause(now_, wall_, one, "full");
  collect();
  events_.clear();
  text(push(R"("1")", change_of("common", "1", "2026-01-02T03:04:07.000+00:00")));
  text(push(R"("1")", change_of("common", "2", "2026-01-02T03:04:08.000+00:00")));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_THAT(events_[0].watches, ElementsAre(all));
  events_.clear();
  watch_->resume(now_, wall_, one);
  collect();
  reply(
      next_to("subscription=yes"), 200,
      subscribe_answer(
          "5",
          {R"({"fvTenant":{"attributes":{"descr":"2","dn":"uni/tn-common","modTs":"2026-01-02T03:04:08.000+00:00","name":"common"}}})"}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0].watches, ElementsAre(one));
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
  EXPECT_EQ(events_[0].event.before->get("descr"), "0");
  EXPECT_EQ(events_[0].event.after->get("descr"), "2");
}

TEST_F(FabricProofTest, OfTwoWatchesOfOneQueryEachIsToldAfterARestartWhatItWasNot) {
  const auto query = model::Query::of_class("fvTenant");
  const auto add_both = [&] {
    id_ = watch_->add(now_, wall_, {"read", query});
    return watch_->add(now_, wall_, {"paused", query});
  };
  WatchId paused = add_both();
  log_in();
  for (const char* number : {"1", "2"}) reply(next_to("fvTenant"), 200, subscribe_answer(number, {tenant("common")}));
  watch_->pause(now_, wall_, paused, "nobody reads");
  text(push(R"("1")", tenant("Heroes", "", "created")));
  const auto saved = watch_->save(wall_);
  remake();
  paused = add_both();
  watch_->restore(saved);
  events_.clear();
  sends_.clear();
  log_in();
  for (const char* number : {"3", "4"})
    reply(next_to("fvTenant"), 200, subscribe_answer(number, {tenant("common"), tenant("Heroes")}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0].watches, ElementsAre(paused));
}

TEST_F(FabricProofTest, ARestartIsOneMoreGap) {
  go_live();
  text(push(id, tenant("Gone", "", "created")));
  const auto from = wall_ + -Duration{1'000};  // what came just before is in doubt
  const auto saved = watch_->save(wall_ + Duration{7'000});
  wall_ = wall_ + Duration{600'000};
  remake();
  id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  const WatchId other = watch_->add(now_, wall_, {"aps", model::Query::of_class("fvAp")});
  watch_->restore(saved);
  events_.clear();
  log_in();
  reply(next_to("fvTenant"), 200, subscribe_answer("5", {tenant("common", "changed")}));
  reply(next_to("fvAp"), 200, subscribe_answer("6", {R"({"fvAp":{"attributes":{"dn":"uni/tn-common/ap-A"}}})"}));
  ASSERT_THAT(events_, SizeIs(3));
  EXPECT_EQ(events_[0].event.op, Op::modified);
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
  EXPECT_EQ(events_[1].event.op, Op::deleted);
  EXPECT_EQ(events_[2].event.origin, Origin::baseline) << "a watch that was not there before";
  EXPECT_THAT(events_[2].watches, ElementsAre(other));
  ASSERT_THAT(gaps_, SizeIs(1));
  EXPECT_EQ(gaps_[0].from.unix_ms, from.unix_ms);
  EXPECT_EQ(gaps_[0].found, 2u);
}

// --- logins without a password
// ------------------------------------------------------------------------------------------------

TEST_F(FabricProofTest, ACertificateSignsEveryRequestAndTheChannel) {
  change_options = [](FabricWatch::Options& options) { options.login = LoginKind::certificate; };
  remake();
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  const Send login = next_send();
  EXPECT_EQ(login.method, "GET");
  EXPECT_EQ(login.target, "/api/webtokenSession.json");
  EXPECT_TRUE(login.sign);
  reply(login, 200, R"({"totalCount":"1","imdata":[{"webtokenSession":{"attributes":{"token":"W3B"}}}]})");
  ASSERT_THAT(opens_, SizeIs(1));
  EXPECT_EQ(opens_[0].target, "/socketW3B");
  EXPECT_TRUE(opens_[0].sign);
  open_channel();
  const Send subscribe = next_send();
  EXPECT_TRUE(subscribe.sign);
  EXPECT_EQ(subscribe.cookie, "APIC-WebSocket-Session=W3B");
  reply(subscribe, 200, subscribe_answer("1", {}));
  for (int i = 0; i < 100; ++i) {
    pass(Duration{10'000});
    EXPECT_FALSE(asks_for("aaaRefresh"));
    while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
  }
}

TEST_F(FabricProofTest, TheTokenOfASignedChannelIsLeftBeforeItsTwelveHoursEnd) {
  change_options = [](FabricWatch::Options& options) {
    options.login = LoginKind::certificate;
    options.count_every = options.compare_every = Duration{0};
  };
  remake();
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  const auto began = now_;
  const std::string token = R"({"totalCount":"1","imdata":[{"webtokenSession":{"attributes":{"token":"W3B"}}}]})";
  reply(next_send(), 200, token);
  open_channel();
  reply(next_send(), 200, subscribe_answer("1", {}));
  while (now_ - began < Duration{11 * 3'600'000} && !asks_for("webtokenSession")) {
    pass(Duration{10'000});
    while (asks_for("Refresh")) reply(next_to("Refresh"), 200, empty_answer);
  }
  EXPECT_TRUE(asks_for("webtokenSession"));
}

TEST_F(FabricProofTest, AnAppSignsItsLoginAlone) {
  change_options = [](FabricWatch::Options& options) {
    options.login = LoginKind::app;
    options.user = "Cisco_Watch";
  };
  remake();
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  const Send login = next_send();
  EXPECT_EQ(login.target, "/api/requestAppToken.json");
  EXPECT_EQ(login.body, R"({"aaaAppToken":{"attributes":{"appName":"Cisco_Watch"}}})");
  EXPECT_TRUE(login.sign);
  reply(login, 200, login_answer);
  open_channel();
  const Send subscribe = next_send();
  EXPECT_FALSE(subscribe.sign);
  EXPECT_EQ(subscribe.cookie, "APIC-cookie=T0K+/=");
}

TEST_F(FabricProofTest, AForbiddenQueryIsNoReasonToLogInAgain) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  reply(next_send(), 403, error_answer(403, "access denied, no privilege for class fvTenant"));
  EXPECT_EQ(changes_.back().state, WatchState::failed);
  EXPECT_EQ(closes_, 0);
}

}  // namespace
}  // namespace aci::watch
