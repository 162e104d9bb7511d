// The fabric watch as a screenplay: each test plays the controller, line by line, on a virtual clock.
#include "unit/watch/fabric_watch_harness.hpp"

#include <set>

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

TEST_F(FabricWatchTest, LogsInOpensTheChannelWithTheRawTokenAndSubscribes) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  const Send login = next_send();
  EXPECT_EQ(login.method, "POST");
  EXPECT_EQ(login.body, R"({"aaaUser":{"attributes":{"name":"admin","pwd":"pa\"ss"}}})");
  EXPECT_EQ(login.cookie, "");
  EXPECT_TRUE(opens_.empty());
  reply(login, 200, login_answer);
  ASSERT_EQ(opens_.size(), 1u);
  EXPECT_EQ(opens_[0].target, "/socketT0K+/=");
  EXPECT_THAT(sends_, IsEmpty()) << "nothing is subscribed before the channel is open";
  open_channel();
  const Send subscribe = next_send();
  EXPECT_THAT(subscribe.target, StartsWith("/api/class/fvTenant.json?"));
  EXPECT_THAT(subscribe.target, HasSubstr("subscription=yes"));
  EXPECT_EQ(subscribe.cookie, "APIC-cookie=T0K+/=");
  reply(subscribe, 200, subscribe_answer("1", {tenant("common")}));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].event.origin, Origin::baseline);
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricWatchTest, WithoutAWatchNoChannelIsOpened) {
  watch_->start(now_, wall_);
  reply(next_send(), 200, login_answer);
  EXPECT_TRUE(opens_.empty());
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  collect();
  EXPECT_EQ(opens_.size(), 1u);
}

TEST_F(FabricWatchTest, SparsePushesBecomeWholeEvents) {
  go_live();
  text(push(R"("72057628414509057")", tenant("Heroes", "first", "created")));
  text(push(
      R"("72057628414509057")",
      R"({"fvTenant":{"attributes":{"childAction":"","descr":"second","dn":"uni/tn-Heroes","modTs":"2026-01-02T03:04:06.000+00:00","rn":"","status":"modified"}}})"));
  text(push(
      R"("72057628414509057")",
      R"({"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-Heroes","modTs":"2026-01-02T03:04:07.000+00:00","rn":"","status":"deleted"}}})"));
  ASSERT_EQ(events_.size(), 3u);
  EXPECT_EQ(events_[0].event.op, Op::created);
  EXPECT_FALSE(events_[0].event.before);
  EXPECT_EQ(events_[0].event.after->get("descr"), "first");
  EXPECT_EQ(events_[1].event.op, Op::modified);
  EXPECT_THAT(events_[1].event.changed, ElementsAre("descr"));
  EXPECT_EQ(events_[1].event.before->get("descr"), "first");
  EXPECT_EQ(events_[1].event.after->get("descr"), "second");
  EXPECT_EQ(events_[1].event.after->get("name"), "Heroes");
  EXPECT_EQ(events_[1].event.time.to_string(), "2026-01-02T03:04:06.000+00:00");
  EXPECT_EQ(events_[2].event.op, Op::deleted);
  EXPECT_EQ(events_[2].event.before->get("descr"), "second");
  EXPECT_FALSE(events_[2].event.after);
  for (const auto& emit : events_) EXPECT_EQ(emit.event.origin, Origin::live);
}

TEST_F(FabricWatchTest, EveryObjectOfAFrameCountsOnceHoweverManyIdsItHas) {
  go_live();
  const WatchId other = watch_->add(now_, wall_, {"common", model::Query::of_object(model::Dn::trusted("uni/tn-Heroes"))});
  reply(next_send(), 200, subscribe_answer("2", {}));
  text(push(R"("72057628414509057","2","99","2")", tenant("Heroes", "", "created") + "," + tenant("SnV", "", "created")));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_THAT(events_[0].watches, ElementsAre(id_, other));
  EXPECT_EQ(events_[1].event.dn, "uni/tn-SnV");
}

TEST_F(FabricWatchTest, APushBeforeTheSubscribeAnswerIsHeldAndBound) {
  id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  const Send subscribe = next_send();
  text(push(R"("72057628414509057")", tenant("Heroes", "", "created")));
  EXPECT_THAT(events_, IsEmpty());
  reply(subscribe, 200, subscribe_answer("72057628414509057", {tenant("common")}));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].event.origin, Origin::baseline);
  EXPECT_EQ(events_[1].event.dn, "uni/tn-Heroes");
  EXPECT_EQ(events_[1].event.origin, Origin::live);
}

TEST_F(FabricWatchTest, PushesThatWereHeldAreToldInTheirOrder) {
  id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  const Send subscribe = next_send();
  for (const char* descr : {"1", "2", "3"}) text(push(R"("72057628414509057")", tenant("common", descr, "modified")));
  reply(subscribe, 200, subscribe_answer("72057628414509057", {tenant("common", "0")}));
  ASSERT_EQ(events_.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(events_[i].event.after->get("descr"), std::to_string(i));
}

TEST_F(FabricWatchTest, AListingOfSeveralPagesIsReadToItsEnd) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  reply(next_send(), 200, subscribe_answer("1", {tenant("a"), tenant("b"), tenant("c")}, 4));
  EXPECT_FALSE(watch_->all_live());
  const Send page = next_send();
  EXPECT_THAT(page.target, HasSubstr("page=1"));
  EXPECT_THAT(page.target, testing::Not(HasSubstr("subscription")));
  reply(page, 200, R"({"totalCount":"4","imdata":[)" + tenant("d") + "]}");
  EXPECT_TRUE(watch_->all_live());
  EXPECT_EQ(events_.size(), 4u);
}

TEST_F(FabricWatchTest, WhatHappenedWhileTheChannelWasDownComesOutAsRelistAndAGap) {
  go_live();
  text(push(R"("72057628414509057")", tenant("Gone", "", "created")));
  events_.clear();
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "connection reset"});
  collect();
  EXPECT_FALSE(watch_->all_live());
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  reply(next_send(), 200, subscribe_answer("5", {tenant("common", "changed"), tenant("New")}));
  ASSERT_EQ(events_.size(), 3u);
  std::set<std::string> seen;
  for (const auto& emit : events_) {
    EXPECT_EQ(emit.event.origin, Origin::relist);
    seen.insert(std::string(to_string(emit.event.op)) + " " + emit.event.dn);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"modified uni/tn-common", "created uni/tn-New", "deleted uni/tn-Gone"}));
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_EQ(gaps_[0].found, 3u);
  EXPECT_THAT(gaps_[0].reason, HasSubstr("connection reset"));
  EXPECT_EQ(gaps_[0].to.unix_ms - gaps_[0].from.unix_ms, 3'000) << "what came just before the last sign is in doubt too";
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricWatchTest, APushDuringARelistIsNotToldTwiceNorUndone) {
  go_live();
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  const Send subscribe = next_send();
  // The page is older than the deletion that is pushed while it is on its way; New is in both.
  reply(subscribe, 200, subscribe_answer("5", {tenant("common"), tenant("New"), tenant("Old")}, 4));
  events_.clear();
  text(push(R"("5")", tenant("New", "", "created")));
  EXPECT_THAT(events_, IsEmpty()) << "the page has told of New";
  text(push(R"("5")", R"({"fvTenant":{"attributes":{"dn":"uni/tn-Late","modTs":"never","status":"deleted"}}})"));
  events_.clear();
  reply(next_send(), 200, R"({"totalCount":"3","imdata":[)" + tenant("Late") + "]}");
  EXPECT_THAT(events_, IsEmpty()) << "Late was deleted after the listing began";
  // The deletion may have moved an object from the second page to the first.
  const Send again = next_send();
  EXPECT_THAT(again.target, HasSubstr("page=0"));
  reply(again, 200, subscribe_answer("", {tenant("common"), tenant("New"), tenant("Old")}));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_TRUE(watch_->all_live());
}

TEST_F(FabricWatchTest, SubscriptionsAreRefreshedAtAThirdOfTheirLife) {
  go_live();
  pass(Duration{19'999});
  EXPECT_THAT(sends_, IsEmpty());
  pass(Duration{1});
  const Send refresh = next_send();
  EXPECT_EQ(refresh.target, "/api/subscriptionRefresh.json?id=72057628414509057");
  reply(refresh, 200, empty_answer);
  pass(Duration{19'999});
  EXPECT_THAT(sends_, IsEmpty());
  pass(Duration{1});
  EXPECT_TRUE(asks_for("subscriptionRefresh"));
}

TEST_F(FabricWatchTest, APushStartsWhatIsDueAndLeavesTheRestToItsTime) {
  go_live();
  const auto due = watch_->next_wakeup();
  text(push(R"("72057628414509057")", tenant("Heroes", "first", "created")));
  EXPECT_EQ(watch_->next_wakeup(), due);
  EXPECT_FALSE(asks_for("subscriptionRefresh"));
  now_ += base::Duration{20'000};
  wall_ = wall_ + base::Duration{20'000};
  text(push(R"("72057628414509057")", tenant("Heroes", "second", "created")));
  EXPECT_TRUE(asks_for("subscriptionRefresh")) << "pushes that never cease keep the timer waiting";
  EXPECT_GT(watch_->next_wakeup(), due);
}

TEST_F(FabricWatchTest, ARefusedRefreshSubscribesAnewAndOpensAGap) {
  go_live();
  pass(Duration{20'000});
  reply(next_send(), 400, error_answer(400, "Subscription refresh timeout"));
  EXPECT_EQ(closes_, 0) << "the channel is good";
  reply(next_send(), 200, subscribe_answer("6", {tenant("common"), tenant("Missed")}));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].event.origin, Origin::relist);
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_THAT(gaps_[0].reason, HasSubstr("Subscription refresh timeout"));
}

TEST_F(FabricWatchTest, ARefreshAnsweredWith200AndContentIsARefusal) {
  go_live();
  pass(Duration{20'000});
  reply(next_send(), 200, R"({"totalCount":"1","imdata":[)" + tenant("x") + "]}");
  EXPECT_THAT(next_send().target, HasSubstr("subscription=yes"));
}

TEST_F(FabricWatchTest, ASubscriptionWithoutChannelIsMadeWithANewLogin) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  log_in();
  reply(
      next_send(), 405,
      error_answer(405, "Subscription request failed, unable to locate opened web socket. Please re-login to the application"));
  EXPECT_EQ(closes_, 1);
  pass(Duration{1'500});
  EXPECT_EQ(next_send().target, "/api/aaaLogin.json");
}

TEST_F(FabricWatchTest, AQueryTheControllerRefusesIsToldAndTriedAgainLater) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvFoobar")});
  log_in();
  reply(next_send(), 400, error_answer(400, "Request failed, unresolved class for fvFoobar"));
  ASSERT_FALSE(changes_.empty());
  EXPECT_EQ(changes_.back().state, WatchState::failed);
  EXPECT_THAT(changes_.back().error.message, HasSubstr("unresolved class"));
  pass(Duration{59'999});
  EXPECT_FALSE(asks_for("subscription=yes"));
  pass(Duration{1});
  EXPECT_THAT(next_send().target, HasSubstr("subscription=yes"));
}

TEST_F(FabricWatchTest, TheTokenIsRefreshedAtHalfOfItsLifeAndUsedFromThenOn) {
  go_live();
  for (int i = 0; i < 14; ++i) {
    pass(Duration{20'000});
    reply(next_send(), 200, empty_answer);
  }
  pass(Duration{20'000});
  const Send refresh = next_send();
  EXPECT_EQ(refresh.target, "/api/aaaRefresh.json");
  const Send subscription = next_send();
  std::string renewed = login_answer;
  renewed.replace(renewed.find("T0K+/="), 6, "N3W");
  reply(refresh, 200, renewed);
  reply(subscription, 200, empty_answer);
  pass(Duration{20'000});
  EXPECT_EQ(next_send().cookie, "APIC-cookie=N3W");
  EXPECT_EQ(closes_, 0) << "the channel survives a refresh";
}

TEST_F(FabricWatchTest, AWrongPasswordIsNotHammered) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  reply(next_send(), 401, error_answer(401, "User credential is incorrect - FAILED local authentication"));
  EXPECT_EQ(sessions_.back().state, SessionState::rejected);
  EXPECT_EQ(sessions_.back().error.errc, Errc::auth);
  pass(Duration{59'000});
  EXPECT_THAT(sends_, IsEmpty());
  pass(Duration{1'000});
  EXPECT_EQ(next_send().target, "/api/aaaLogin.json");
}

TEST_F(FabricWatchTest, AControllerThatIsAwayIsTriedWithBackoffAndTheNextOneToo) {
  watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
  watch_->start(now_, wall_);
  std::set<std::size_t> tried;
  int logins = 0;
  for (const auto end = now_ + Duration{3'600'000}; now_ < end;) {
    const Send login = next_send();
    tried.insert(login.controller);
    ++logins;
    fail(login, {Errc::unreachable, "refused"});
    ASSERT_TRUE(watch_->next_wakeup());
    const Duration wait = *watch_->next_wakeup() - now_;
    EXPECT_GE(wait, Duration{500});
    EXPECT_LE(wait, Duration{30'000});
    pass(wait);
  }
  EXPECT_EQ(tried.size(), 2u);
  EXPECT_LT(logins, 300) << "about one in 15 to 30 seconds";
}

TEST_F(FabricWatchTest, RequestsOfTheCallerWaitForTheLoginAndSurviveAnExpiredToken) {
  const auto ticket = watch_->ask(now_, wall_, "GET", "/api/class/fvTenant.json", "");
  watch_->start(now_, wall_);
  reply(next_send(), 200, login_answer);
  const Send first = next_send();
  EXPECT_EQ(first.cookie, "APIC-cookie=T0K+/=");
  reply(first, 403, error_answer(403, "Token was invalid (Error: Token timeout)"));
  EXPECT_THAT(answered_, IsEmpty());
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  reply(next_send(), 200, empty_answer);
  ASSERT_EQ(answered_.size(), 1u);
  EXPECT_EQ(answered_[0].ticket, ticket);
  EXPECT_EQ(*answered_[0].body, empty_answer);
}

TEST_F(FabricWatchTest, ARequestThatCannotBeSentIsAnsweredWithTheReason) {
  watch_->ask(now_, wall_, "GET", "/api/class/fvTenant.json", "");
  watch_->start(now_, wall_);
  fail(next_send(), {Errc::unreachable, "connection refused"});
  for (int i = 0; i < 40 && answered_.empty(); ++i) {
    pass(Duration{1'000});
    while (!sends_.empty()) fail(next_send(), {Errc::unreachable, "connection refused"});
  }
  ASSERT_EQ(answered_.size(), 1u);
  EXPECT_EQ(answered_[0].body.error().message, "connection refused");
}

TEST_F(FabricWatchTest, AnUnreadableFrameIsAGap) {
  go_live();
  text("<html>502 Bad Gateway</html>");
  EXPECT_EQ(closes_, 1);
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  reply(next_send(), 200, subscribe_answer("7", {tenant("common")}));
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_THAT(gaps_[0].reason, HasSubstr("unreadable"));
  EXPECT_EQ(gaps_[0].found, 0u);
}

TEST_F(FabricWatchTest, RepliesAndFramesOfAnEarlierLoginAreDropped) {
  go_live();
  pass(Duration{20'000});
  const Send refresh = next_send();
  const Epoch old = opens_.back().epoch;
  watch_->channel_closed(now_, wall_, old, {Errc::closed, "cut"});
  pass(Duration{2'000});
  reply(next_send(), 200, login_answer);
  open_channel();
  reply(next_send(), 200, subscribe_answer("8", {tenant("common")}));
  reply(refresh, 400, error_answer(400, "Subscription refresh timeout"));
  EXPECT_TRUE(watch_->all_live());
  const std::string late = push(R"("72057628414509057")", tenant("Late", "", "created")) + std::string(64, '\0');
  watch_->channel_text(now_, wall_, old, late.data(), late.size() - 64, late.size());
  collect();
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(FabricWatchTest, WhatCameWhileAnIdWasAwaitedIsToldThoughTheChannelIsLostThen) {
  go_live();
  watch_->add(now_, wall_, {"aps", model::Query::of_class("fvAp")});
  collect();
  text(push(R"("99")", tenant("Heroes", "", "created")));               // whose this is will be known when that is answered
  text(push(R"("72057628414509057")", tenant("Held", "", "created")));  // keeps its place behind it
  EXPECT_THAT(events_, IsEmpty());
  watch_->channel_closed(now_, wall_, opens_.back().epoch, {Errc::closed, "cut"});
  collect();
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].event.dn, "uni/tn-Held");
}

TEST_F(FabricWatchTest, ARemovedWatchIsForgotten) {
  go_live();
  watch_->remove(now_, wall_, id_);
  EXPECT_EQ(watch_->inspect().objects, 0u);
  text(push(R"("72057628414509057")", tenant("Heroes", "", "created")));
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(FabricWatchTest, AnyInputInAnyStateIsHarmless) {
  watch_->channel_open(now_, wall_, 7);
  watch_->channel_closed(now_, wall_, 7, {Errc::closed, "x"});
  watch_->http_reply(now_, wall_, 99, HttpReply{200, "x"});
  watch_->wake(now_, wall_);
  watch_->stop(now_, wall_);
  watch_->remove(now_, wall_, 12);
  collect();
  EXPECT_THAT(sends_, IsEmpty());
  go_live();
  watch_->stop(now_, wall_);
  collect();
  EXPECT_EQ(sends_.back().target, "/api/aaaLogout.json");
  EXPECT_EQ(closes_, 1);
}

}  // namespace
}  // namespace aci::watch
