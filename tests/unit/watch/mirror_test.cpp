#include "watch/mirror.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aci::watch {
namespace {

using base::WallTime;
using model::Attributes;
using model::AttributeView;
using model::Event;
using model::ManagedObject;
using model::Op;
using model::Origin;
using model::Query;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Verdict = Mirror::Verdict;

const WallTime now{1'767'322'945'000, 0};

std::string at(int second) { return WallTime{1'767'322'900'000 + second * 1'000, 0}.to_string(); }

struct MirrorTest : testing::Test {
  Mirror mirror{"dc1"};
  Event event;
  std::vector<Event> events;

  Verdict push(Op op, const std::string& dn, const std::vector<AttributeView>& attributes, int second) {
    model::Change change;
    change.class_name = "fvTenant";
    change.dn = dn;
    change.op = op;
    const std::string time = at(second);
    change.attributes = attributes;
    change.attributes.push_back({"dn", dn});
    change.attributes.push_back({"modTs", time});
    change.attributes.push_back({"status", model::to_string(op)});
    return mirror.apply(change, now, event);
  }
  HeldChange held(Op op, const std::string& dn, const std::string& descr, int second) {
    model::Change change;
    change.class_name = "fvTenant";
    change.dn = dn;
    change.op = op;
    const std::string time = at(second);
    change.attributes = {{"dn", dn}, {"descr", descr}, {"modTs", time}};
    return {change, now};
  }
  static ManagedObject object(const std::string& dn, const std::string& descr, const std::string& alias, int second) {
    return {"fvTenant", {{"dn", dn}, {"descr", descr}, {"nameAlias", alias}, {"modTs", at(second)}, {"status", ""}}, {}};
  }
  // As the only object of its class, by a listing.
  void find(const ManagedObject& is) {
    const auto listing = mirror.begin_listing();
    mirror.list(listing, is, Origin::relist, now, events);
    mirror.finish(listing, Query::of_class(is.class_name), now, events);
    events.clear();
  }
  void know(const std::string& dn, const std::string& descr, const std::string& alias, int second) {
    push(Op::created, dn, {{"descr", descr}, {"nameAlias", alias}}, second);
  }
};

TEST_F(MirrorTest, APushThatBringsNothingNewIsNotTold) {
  know("uni/tn-A", "a", "", 1);
  EXPECT_EQ(push(Op::created, "uni/tn-A", {{"descr", "a"}, {"nameAlias", ""}}, 1), Verdict::known);
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "a"}}, 1), Verdict::known);
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "a"}}, 2), Verdict::told) << "touched, without another content";
  EXPECT_THAT(event.changed, IsEmpty());
}

TEST_F(MirrorTest, APushInWhateverOrderIsMergedAndItsChangesAreToldInOrder) {
  know("uni/tn-A", "a", "", 1);
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"nameAlias", "b"}, {"ownerKey", "k"}, {"descr", "b"}, {"rn", ""}}, 2),
            Verdict::told);
  EXPECT_THAT(event.changed, ElementsAre("descr", "nameAlias", "ownerKey"));
  EXPECT_EQ(*event.after,
            (Attributes{{"descr", "b"}, {"dn", "uni/tn-A"}, {"modTs", at(2)}, {"nameAlias", "b"}, {"ownerKey", "k"}}));
  EXPECT_EQ(event.before->get("descr"), "a");
}

TEST_F(MirrorTest, AnOlderPushThatContradictsIsReadAndOneThatAgreesIsNot) {
  know("uni/tn-A", "new", "", 9);
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "new"}}, 5), Verdict::known);
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "old"}}, 5), Verdict::unsure);
  EXPECT_EQ(mirror.get("fvTenant", "uni/tn-A")->get("descr"), "new");
  // The clock of the controller was set back: the reading says that the push was right.
  const auto read = object("uni/tn-A", "old", "", 5);
  mirror.settle("uni/tn-A", &read, {held(Op::modified, "uni/tn-A", "old", 5)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].changed, ElementsAre("descr"));
  EXPECT_EQ(events[0].origin, Origin::live);
  // It was late: the reading says what is known already, and the push what was before.
  events.clear();
  mirror.settle("uni/tn-A", &read, {held(Op::modified, "uni/tn-A", "older", 1)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[0].after->get("descr"), "older");
  EXPECT_EQ(mirror.get("fvTenant", "uni/tn-A")->get("descr"), "old");
}

TEST_F(MirrorTest, AnObjectNeverSeenIsReadAndTheChangesThatCameMeanwhileAreToldInOrder) {
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3), Verdict::unsure);
  const auto read = object("uni/tn-A", "b", "alias", 3);
  mirror.settle("uni/tn-A", &read, {held(Op::modified, "uni/tn-A", "b", 3), held(Op::modified, "uni/tn-A", "c", 4)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].after->get("nameAlias"), "alias");
  EXPECT_FALSE(events[0].before);
  EXPECT_THAT(events[0].changed, ElementsAre("descr"));
  EXPECT_EQ(events[1].before->get("descr"), "b");
  EXPECT_EQ(events[1].after->get("descr"), "c");
}

TEST_F(MirrorTest, AnObjectThatIsGoneWhenItIsReadIsStillTold) {
  mirror.settle("uni/tn-A", nullptr, {held(Op::modified, "uni/tn-A", "b", 3)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].after->get("descr"), "b");
  EXPECT_EQ(mirror.size(), 0u);
  // Its deletion had been told already: this was before.
  events.clear();
  EXPECT_EQ(push(Op::deleted, "uni/tn-B", {}, 5), Verdict::told);
  mirror.settle("uni/tn-B", nullptr, {held(Op::modified, "uni/tn-B", "b", 3)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  // And though it has been made anew, of which the push is still to come.
  events.clear();
  const auto anew = object("uni/tn-B", "anew", "", 7);
  mirror.settle("uni/tn-B", &anew, {held(Op::modified, "uni/tn-B", "b", 3)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[1].op, Op::created);
  EXPECT_EQ(push(Op::created, "uni/tn-B", {{"descr", "anew"}}, 7), Verdict::known);
}

TEST_F(MirrorTest, ADeletionIsToldOnce) {
  know("uni/tn-A", "a", "", 1);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 2), Verdict::told);
  EXPECT_EQ(event.before->get("descr"), "a");
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 2), Verdict::known);
  EXPECT_EQ(push(Op::created, "uni/tn-A", {{"descr", "late"}}, 1), Verdict::unsure) << "older than its deletion";
  EXPECT_EQ(push(Op::created, "uni/tn-A", {{"descr", "again"}}, 3), Verdict::told);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 4), Verdict::told);
}

TEST_F(MirrorTest, ADeletionAfterTheOneThatAListingFoundIsAnotherOne) {
  know("uni/tn-A", "a", "", 45);  // the controller's clock is ours
  const auto listing = mirror.begin_listing();
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].op, Op::deleted);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 44), Verdict::known) << "the push of what the listing found";
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 50), Verdict::unsure) << "pushes may be slower than those that told the clock";
  EXPECT_EQ(push(Op::created, "uni/tn-A", {}, 50), Verdict::unsure);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 110), Verdict::told) << "made anew, unseen, and deleted again";
}

TEST_F(MirrorTest, AfterOurClockWasSetADeletionThatAListingFoundIsOfUnknownTime) {
  know("uni/tn-A", "a", "", 45);
  mirror.clock_was_set();
  const auto listing = mirror.begin_listing();
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 50), Verdict::unsure);
  // It is there anew, and its creation is on its way.
  events.clear();
  const auto again = object("uni/tn-A", "b", "", 51);
  mirror.settle("uni/tn-A", &again, {held(Op::deleted, "uni/tn-A", "", 50)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[1].op, Op::created);
  EXPECT_EQ(push(Op::created, "uni/tn-A", {{"descr", "b"}}, 51), Verdict::known);
}

TEST_F(MirrorTest, ACreationIsToldWhereNoModTsTellsItFromTheOneBefore) {
  const auto fault = [&](Op op, std::string_view transition, std::string_view lc) {
    model::Change change;
    change.class_name = "faultInst";
    change.dn = "uni/fault-F1";
    change.op = op;
    change.attributes = {{"dn", change.dn}, {"lastTransition", transition}, {"lc", lc}, {"modTs", "never"}};
    return mirror.apply(change, now, event);
  };
  const std::string first = at(1), raised = at(2), again = at(3);
  EXPECT_EQ(fault(Op::created, first, "soaking"), Verdict::told);
  EXPECT_EQ(fault(Op::modified, raised, "raised"), Verdict::told);
  EXPECT_EQ(fault(Op::created, raised, "raised"), Verdict::known);
  EXPECT_EQ(fault(Op::created, again, "soaking"), Verdict::told) << "its deletion was not pushed";
  EXPECT_EQ(event.op, Op::created);
}

TEST_F(MirrorTest, PagesOlderThanAPushKeepWhatThePushDidNotSay) {
  know("uni/tn-A", "a", "x", 1);
  // Unseen: alias becomes y at 2. Pushed after the listing began: descr becomes b at 3. The page was made in between.
  const auto listing = mirror.begin_listing();
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3), Verdict::told);
  mirror.list(listing, object("uni/tn-A", "a", "y", 2), Origin::relist, now, events);
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].changed, ElementsAre("nameAlias"));
  EXPECT_EQ(events[0].after->get("descr"), "b");
  EXPECT_EQ(mirror.get("fvTenant", "uni/tn-A")->get("nameAlias"), "y");
}

TEST_F(MirrorTest, APageNewerThanAPushIsTakenAndThePushToComeIsNotToldAgain) {
  know("uni/tn-A", "a", "x", 1);
  const auto listing = mirror.begin_listing();
  push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3);
  mirror.list(listing, object("uni/tn-A", "c", "x", 4), Origin::relist, now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].after->get("descr"), "c");
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "c"}}, 4), Verdict::known);
  mirror.end(listing);
}

TEST_F(MirrorTest, APushFromBeforeTheListingIsNotLaidOverItsPages) {
  know("uni/tn-A", "a", "", 1);
  const auto other = mirror.begin_listing();
  push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3);
  const auto listing = mirror.begin_listing();
  mirror.list(listing, object("uni/tn-A", "c", "", 3), Origin::relist, now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].after->get("descr"), "c");
  mirror.end(listing);
  mirror.end(other);
}

TEST_F(MirrorTest, AChangeOfAnObjectThatThePagesHaveNotReachedWaitsForThem) {
  const auto listing = mirror.begin_listing();
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3), Verdict::awaited);
  mirror.list(listing, object("uni/tn-A", "a", "alias", 1), Origin::baseline, now, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].origin, Origin::baseline);
  EXPECT_EQ(events[0].after->get("descr"), "a");
  EXPECT_EQ(events[1].origin, Origin::live);
  EXPECT_EQ(events[1].before->get("descr"), "a");
  EXPECT_EQ(events[1].after->get("descr"), "b");
  EXPECT_EQ(events[1].after->get("nameAlias"), "alias");
  mirror.end(listing);
  EXPECT_THAT(mirror.take_unexplained(), IsEmpty());
}

TEST_F(MirrorTest, AChangeThatNoPageExplainsIsLeftToBeRead) {
  const auto listing = mirror.begin_listing();
  push(Op::modified, "uni/tn-A", {{"descr", "b"}}, 3);
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  EXPECT_THAT(events, IsEmpty());
  const auto left = mirror.take_unexplained();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].dn, "uni/tn-A");
  EXPECT_THAT(mirror.take_unexplained(), IsEmpty());
}

TEST_F(MirrorTest, WhatAListingNoLongerHoldsHasBeenDeletedUnlessItWasPushedSince) {
  know("uni/tn-A", "a", "", 1);
  know("uni/tn-B", "b", "", 1);
  mirror.apply({"fvAp", "uni/tn-A/ap-X", Op::created, {{"dn", "uni/tn-A/ap-X"}}}, now, event);
  const auto listing = mirror.begin_listing();
  push(Op::created, "uni/tn-C", {}, 5);
  mirror.list(listing, object("uni/tn-B", "b", "", 1), Origin::relist, now, events);
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].dn, "uni/tn-A");
  EXPECT_EQ(events[0].op, Op::deleted);
  EXPECT_EQ(events[0].before->get("descr"), "a");
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 4), Verdict::known) << "its push was on the way";
  EXPECT_EQ(mirror.size(), 3u);
}

TEST_F(MirrorTest, WhatALaterListingHeldIsNotMissingInAnEarlierOne) {
  know("uni/tn-A", "one", "", 1);
  const auto first = mirror.begin_listing(), second = mirror.begin_listing();
  mirror.list(first, object("uni/tn-A", "one", "", 1), Origin::relist, now, events);
  mirror.list(second, object("uni/tn-A", "one", "", 1), Origin::relist, now, events);
  mirror.finish(first, Query::of_class("fvTenant"), now, events);
  mirror.finish(second, Query::of_class("fvTenant"), now, events);
  EXPECT_THAT(events, IsEmpty());
  EXPECT_TRUE(mirror.get("fvTenant", "uni/tn-A"));
}

TEST_F(MirrorTest, APageThatALaterListingHasOvertakenIsReadAgainAndNotTold) {
  know("uni/tn-A", "one", "", 1);
  const auto slow = mirror.begin_listing(), fast = mirror.begin_listing();
  mirror.list(fast, object("uni/tn-A", "three", "", 9), Origin::relist, now, events);
  mirror.finish(fast, Query::of_class("fvTenant"), now, events);
  events.clear();
  mirror.list(slow, object("uni/tn-A", "two", "", 5), Origin::relist, now, events);
  EXPECT_THAT(events, IsEmpty());
  mirror.end(slow);
  const auto doubts = mirror.take_unexplained();
  ASSERT_THAT(doubts, SizeIs(1));
  EXPECT_EQ(mirror.get("fvTenant", "uni/tn-A")->get("descr"), "three");
  const auto read = object("uni/tn-A", "three", "", 9);
  mirror.settle("uni/tn-A", &read, doubts, events);
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(MirrorTest, WhatIsMissingInAListingOfSeveralPagesIsProvedByReadingIt) {
  know("uni/tn-A", "a", "", 1);
  know("uni/tn-B", "b", "", 1);
  mirror.finish(mirror.begin_listing(), Query::of_class("fvTenant"), now, events, true);
  EXPECT_THAT(events, IsEmpty()) << "both may have slipped between two pages";
  auto doubts = mirror.take_unexplained();
  ASSERT_THAT(doubts, SizeIs(2));
  const auto is = object("uni/tn-A", "a", "", 1);
  mirror.settle("uni/tn-A", &is, {doubts[0]}, events);
  EXPECT_THAT(events, IsEmpty());
  mirror.settle("uni/tn-B", nullptr, {doubts[1]}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].op, Op::deleted);
  EXPECT_EQ(events[0].origin, Origin::relist);
}

TEST_F(MirrorTest, ALatePushWithoutATimeIsNotTakenForNews) {
  const auto fault = [&](Op op, std::string_view occur) {
    model::Change change;
    change.class_name = "faultInst";
    change.dn = "uni/fault-F1";
    change.op = op;
    change.attributes = {{"dn", change.dn}, {"occur", occur}, {"modTs", "never"}};
    return change;
  };
  const ManagedObject now_is{"faultInst", {{"dn", "uni/fault-F1"}, {"occur", "3"}, {"modTs", "never"}}, {}};
  mirror.apply(fault(Op::created, "1"), now, event);
  find(now_is);
  const auto late = fault(Op::modified, "2");
  ASSERT_EQ(mirror.apply(late, now, event), Verdict::unsure);
  mirror.settle("uni/fault-F1", &now_is, {HeldChange(late, now)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  const auto next = fault(Op::modified, "4");
  ASSERT_EQ(mirror.apply(next, now, event), Verdict::unsure);
  const ManagedObject then_is{"faultInst", {{"dn", "uni/fault-F1"}, {"occur", "4"}, {"modTs", "never"}}, {}};
  mirror.settle("uni/fault-F1", &then_is, {HeldChange(next, now)}, events);
  EXPECT_EQ(events.back().origin, Origin::live);
  EXPECT_EQ(mirror.apply(fault(Op::modified, "5"), now, event), Verdict::told) << "what was late has come";
}

TEST_F(MirrorTest, OfTwoChangesOfAFaultThatComeInTheWrongOrderTheOlderIsRead) {
  const auto change = [](Op op, std::string_view lc, const std::string& transition) {
    model::Change change;
    change.class_name = "faultInst";
    change.dn = "uni/fault-F1";
    change.op = op;
    change.attributes = {{"dn", change.dn}, {"lc", lc}, {"lastTransition", transition}};
    return change;
  };
  const std::string first = at(1), second = at(2), third = at(3);
  ASSERT_EQ(mirror.apply(change(Op::created, "soaking", first), now, event), Verdict::told);
  EXPECT_EQ(mirror.apply(change(Op::modified, "raised", third), now, event), Verdict::told);
  EXPECT_EQ(mirror.apply(change(Op::modified, "raised-clearing", second), now, event), Verdict::unsure);
}

TEST_F(MirrorTest, PushesWithoutATimeThatAReadingHasOvertakenAreToldAsWhatWas) {
  const auto fault = [](std::string_view occur) {
    return ManagedObject{
        "faultInst", {{"dn", "uni/fault-F1"}, {"modTs", "never"}, {"occur", occur}, {"lastTransition", at(1)}}, {}};
  };
  const auto change = [](std::string_view occur) {
    model::Change change;
    change.class_name = "faultInst";
    change.dn = "uni/fault-F1";
    change.op = Op::modified;
    change.attributes = {{"dn", change.dn}, {"occur", occur}, {"modTs", "never"}};
    return change;
  };
  find(fault("1"));
  const auto is = fault("4");
  ASSERT_EQ(mirror.apply(change("2"), now, event), Verdict::unsure);
  mirror.settle("uni/fault-F1", &is, {HeldChange(change("2"), now)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[1].after->get("occur"), "4");
  // Those that were on their way when it was read; the last is one that the next reading has found too.
  events.clear();
  ASSERT_EQ(mirror.apply(change("3"), now, event), Verdict::unsure);
  const auto then = fault("5");
  mirror.settle("uni/fault-F1", &then, {HeldChange(change("3"), now), HeldChange(change("5"), now)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[0].after->get("occur"), "3");
  EXPECT_EQ(events[1].origin, Origin::live);
  EXPECT_EQ(events[1].before->get("occur"), "4");
  EXPECT_EQ(events[1].after->get("occur"), "5");
  EXPECT_EQ(mirror.apply(change("6"), now, event), Verdict::told);
}

TEST_F(MirrorTest, AnOlderSecondSightOfOneListingIsReadAgain) {
  know("uni/tn-A", "one", "", 1);
  const auto slow = mirror.begin_listing(), fast = mirror.begin_listing();
  mirror.list(fast, object("uni/tn-A", "one", "", 1), Origin::relist, now, events);
  mirror.list(slow, object("uni/tn-A", "two", "", 3), Origin::relist, now, events);
  events.clear();
  mirror.list(fast, object("uni/tn-A", "one", "", 2), Origin::relist, now, events);  // on its next page, made earlier
  EXPECT_THAT(events, IsEmpty());
  EXPECT_THAT(mirror.take_unexplained(), SizeIs(1));
}

TEST_F(MirrorTest, AnOlderPageThatSaysTheSameMakesNothingOlder) {
  know("uni/tn-A", "one", "", 1);
  const auto first = mirror.begin_listing(), second = mirror.begin_listing();
  mirror.list(first, object("uni/tn-A", "back", "", 4), Origin::relist, now, events);
  mirror.list(second, object("uni/tn-A", "back", "", 2), Origin::relist, now, events);  // it had that state before, too
  EXPECT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "there"}}, 3), Verdict::unsure);
}

TEST_F(MirrorTest, ADeletionBetweenLatePushesIsToldLikeThem) {
  know("uni/tn-A", "one", "", 1);
  push(Op::deleted, "uni/tn-A", {}, 9);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 5), Verdict::known) << "the same, pushed by another way";
  ASSERT_EQ(push(Op::created, "uni/tn-A", {{"descr", "two"}}, 3), Verdict::unsure);
  mirror.settle("uni/tn-A", nullptr, {held(Op::created, "uni/tn-A", "two", 3)}, events);
  ASSERT_EQ(push(Op::deleted, "uni/tn-A", {}, 5), Verdict::unsure);
  mirror.settle("uni/tn-A", nullptr, {held(Op::deleted, "uni/tn-A", "", 5)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].op, Op::deleted);
  EXPECT_EQ(events[1].origin, Origin::backfill);
  EXPECT_EQ(push(Op::deleted, "uni/tn-A", {}, 5), Verdict::known);
}

TEST_F(MirrorTest, AnEarlierCreationOfWhatAListingFoundIsToldThoughItSaysTheSame) {
  const auto is = object("uni/tn-A", "a", "", 9);
  find(is);
  const auto made = held(Op::created, "uni/tn-A", "a", 3);
  const model::Change change = made.view();
  ASSERT_EQ(mirror.apply(change, now, event), Verdict::unsure) << "it was deleted and made anew since";
  mirror.settle("uni/tn-A", &is, {made}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].op, Op::created);
  EXPECT_EQ(events[0].origin, Origin::backfill);
}

TEST_F(MirrorTest, AfterALatePushTheWayBackIsToldToo) {
  know("uni/tn-A", "one", "", 1);
  const auto listing = mirror.begin_listing();
  const auto is = object("uni/tn-A", "one", "", 3);  // two, and one again
  mirror.list(listing, is, Origin::baseline, now, events);
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  events.clear();
  ASSERT_EQ(push(Op::modified, "uni/tn-A", {{"descr", "two"}}, 2), Verdict::unsure);
  mirror.settle("uni/tn-A", &is, {held(Op::modified, "uni/tn-A", "two", 2), held(Op::modified, "uni/tn-A", "one", 3)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].after->get("descr"), "two");
  EXPECT_EQ(events[1].after->get("descr"), "one");
  EXPECT_EQ(events[1].origin, Origin::backfill);
}

TEST_F(MirrorTest, ADeletionThatAReadingHasOvertakenIsToldAsWhatWas) {
  const ManagedObject health{"healthInst", {{"dn", "uni/tn-A/health"}, {"modTs", "never"}, {"cur", "90"}}, {}};
  find(health);
  const std::string time = at(3);
  model::Change gone, made;
  gone.class_name = made.class_name = "healthInst";
  gone.dn = made.dn = "uni/tn-A/health";
  gone.op = Op::deleted;
  gone.attributes = {{"dn", gone.dn}, {"modTs", time}};
  made.op = Op::created;
  made.attributes = {{"dn", gone.dn}, {"modTs", "never"}, {"cur", "90"}};
  ASSERT_EQ(mirror.apply(gone, now, event), Verdict::unsure);
  mirror.settle(gone.dn, &health, {HeldChange(gone, now), HeldChange(made, now)}, events);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].op, Op::deleted);
  EXPECT_EQ(events[0].origin, Origin::backfill);
  EXPECT_EQ(events[1].origin, Origin::backfill);
  // A real one is what the reading finds too.
  events.clear();
  ASSERT_EQ(mirror.apply(gone, now, event), Verdict::unsure);
  mirror.settle(gone.dn, nullptr, {HeldChange(gone, now)}, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].origin, Origin::live);
}

TEST_F(MirrorTest, PushesThatDoNotLeadToADeletionThatWasReadAreToldAsWhatWas) {
  const ManagedObject health{"healthInst", {{"dn", "uni/tn-A/health"}, {"modTs", "never"}, {"cur", "90"}}, {}};
  find(health);
  model::Change made, gone;
  made.class_name = gone.class_name = "healthInst";
  made.dn = gone.dn = "uni/tn-A/health";
  made.op = Op::created;
  made.attributes = {{"dn", made.dn}, {"modTs", "never"}, {"cur", "80"}};
  gone.op = Op::deleted;
  gone.attributes = {{"dn", made.dn}};
  ASSERT_EQ(mirror.apply(made, now, event), Verdict::unsure);
  mirror.settle(made.dn, nullptr, {HeldChange(made, now), HeldChange(gone, now), HeldChange(made, now)}, events);
  ASSERT_THAT(events, SizeIs(3));
  for (const Event& told : events) EXPECT_EQ(told.origin, Origin::backfill);
  EXPECT_EQ(mirror.get("healthInst", made.dn)->get("cur"), "90") << "until its deletion comes";
}

TEST_F(MirrorTest, OfTwoListingsAtATimeNeitherIsBelievedAgainstTheOther) {
  know("uni/tn-B", "old", "", 1);
  const auto first = mirror.begin_listing(), second = mirror.begin_listing();
  mirror.list(first, object("uni/tn-A", "one", "", 2), Origin::baseline, now, events);
  mirror.list(first, object("uni/tn-B", "new", "", 3), Origin::baseline, now, events);
  mirror.finish(first, Query::of_class("fvTenant"), now, events);
  events.clear();
  // Answered before that was made, though asked later.
  mirror.list(second, object("uni/tn-B", "old", "", 1), Origin::baseline, now, events);
  ASSERT_THAT(events, SizeIs(1)) << "a first sight tells what is known";
  EXPECT_EQ(events[0].after->get("descr"), "new");
  mirror.finish(second, Query::of_class("fvTenant"), now, events);
  EXPECT_THAT(events, SizeIs(1));
  const auto doubts = mirror.take_unexplained();
  ASSERT_THAT(doubts, SizeIs(2));
  EXPECT_EQ(doubts[0].dn, "uni/tn-B");
  EXPECT_EQ(doubts[1].dn, "uni/tn-A");
  EXPECT_NE(mirror.get("fvTenant", "uni/tn-A"), nullptr);
}

TEST_F(MirrorTest, APageThatHoldsWhatALaterListingFoundDeletedIsReadAgain) {
  know("uni/tn-A", "one", "", 45);  // the controller's clock is ours
  const auto slow = mirror.begin_listing(), fast = mirror.begin_listing();
  mirror.finish(fast, Query::of_class("fvTenant"), now, events);
  events.clear();
  const auto page = object("uni/tn-A", "one", "", 44);
  mirror.list(slow, page, Origin::relist, now, events);
  mirror.end(slow);
  const auto doubts = mirror.take_unexplained();
  ASSERT_THAT(doubts, SizeIs(1));
  mirror.settle("uni/tn-A", nullptr, doubts, events);
  EXPECT_THAT(events, IsEmpty()) << "it is gone";
  mirror.settle("uni/tn-A", &page, doubts, events);
  ASSERT_THAT(events, SizeIs(1)) << "it is there, and the other listing was wrong";
  EXPECT_EQ(events[0].op, Op::created);
  // The same where nobody knows when it was deleted.
  mirror.clock_was_set();
  events.clear();
  const auto before = mirror.begin_listing(), then = mirror.begin_listing();
  mirror.finish(then, Query::of_class("fvTenant"), now, events);
  mirror.settle("uni/tn-A", nullptr, mirror.take_unexplained(), events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].op, Op::deleted);
  mirror.list(before, page, Origin::relist, now, events);
  mirror.end(before);
  EXPECT_THAT(events, SizeIs(1));
  EXPECT_THAT(mirror.take_unexplained(), SizeIs(1));
}

TEST_F(MirrorTest, APushToABlindWatchWaitsForTheListingThatTellsWhatItIsLaidOver) {
  know("uni/tn-A", "one", "", 1);
  const auto listing = mirror.begin_listing();
  model::Change change;
  change.class_name = "fvTenant";
  change.dn = "uni/tn-A";
  change.op = Op::modified;
  const std::string time = at(5);
  change.attributes = {{"nameAlias", "new"}, {"modTs", time}};
  EXPECT_EQ(mirror.apply(change, now, event, listing.number), Verdict::awaited);
  mirror.list(listing, object("uni/tn-A", "two", "", 4), Origin::relist, now, events);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].after->get("descr"), "two");
  EXPECT_EQ(events[0].after->get("nameAlias"), "new");
  mirror.finish(listing, Query::of_class("fvTenant"), now, events);
  EXPECT_THAT(mirror.take_unexplained(), IsEmpty());
}

TEST_F(MirrorTest, AnAuditComparesAndChangesNothing) {
  know("uni/tn-A", "a", "", 1);
  know("uni/tn-B", "b", "", 1);
  const auto audit = mirror.begin_listing();
  EXPECT_FALSE(mirror.compare(audit, object("uni/tn-A", "a", "", 1)));
  EXPECT_TRUE(mirror.compare(audit, object("uni/tn-A", "other", "", 2)));
  EXPECT_TRUE(mirror.compare(audit, object("uni/tn-New", "", "", 2)));
  EXPECT_THAT(mirror.unlisted(audit, Query::of_class("fvTenant")), ElementsAre("uni/tn-B"));
  EXPECT_TRUE(mirror.untouched(audit, "uni/tn-A"));
  push(Op::modified, "uni/tn-A", {{"descr", "other"}}, 2);
  EXPECT_FALSE(mirror.untouched(audit, "uni/tn-A")) << "the push explains the difference";
  EXPECT_FALSE(mirror.compare(audit, object("uni/tn-A", "third", "", 3)));
  mirror.end(audit);
  EXPECT_EQ(mirror.size(), 2u);
}

TEST_F(MirrorTest, WhatIsSavedAndRestoredIsKnown) {
  know("uni/tn-A", "a", "x", 1);
  Mirror restored("dc1");
  restored.restore(mirror.save());
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(*restored.get("fvTenant", "uni/tn-A"), *mirror.get("fvTenant", "uni/tn-A"));
}

TEST_F(MirrorTest, CountsWhatAQueryCovers) {
  know("uni/tn-A", "a", "", 1);
  know("uni/tn-B", "b", "", 1);
  EXPECT_EQ(mirror.count(Query::of_class("fvTenant")), 2u);
  EXPECT_EQ(mirror.count(Query::of_class("fvAp")), 0u);
  EXPECT_EQ(mirror.count(Query::of_object(model::Dn::trusted("uni/tn-A"))), 1u);
  Query filtered = Query::of_class("fvTenant");
  filtered.target_filter = model::Filter::parse(R"(eq(fvTenant.descr,"b"))").value();
  EXPECT_EQ(mirror.count(filtered), 1u);
}

TEST_F(MirrorTest, RemembersABoundedNumberOfDeletions) {
  for (std::size_t i = 0; i <= Mirror::tombstones_max; ++i) push(Op::deleted, "uni/tn-" + std::to_string(i), {}, 1);
  EXPECT_EQ(push(Op::deleted, "uni/tn-0", {}, 1), Verdict::told) << "forgotten";
  EXPECT_EQ(push(Op::deleted, "uni/tn-9999", {}, 1), Verdict::known);
}

}  // namespace
}  // namespace aci::watch
