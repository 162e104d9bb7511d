#include "web/event_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/web/support.hpp"

namespace aci::web {
namespace {

using model::Op;

class EventSearchTest : public testing::Test {
 protected:
  EventSearchTest() {
    add(event("fvTenant", "uni/tn-Heroes"), "tenant", "Heroes");                     // 1
    add(event("fvAp", "uni/tn-Heroes/ap-Web"), "application profile", "Web");        // 2
    log.append(EventLog::Kind::message, R"({"seq":3})", {});                         // 3
    log.append(EventLog::Kind::gap, R"({"seq":4,"gap":{}})", {});                    // 4
    add(event("fvTenant", "uni/tn-Heroes", Op::modified), "tenant", "Heroes");       // 5
    add(event("fvTenant", "uni/tn-HeroesToo", Op::deleted), "tenant", "HeroesToo");  // 6
  }
  void add(const model::Event& event, std::string_view label, std::string_view name) {
    log.append(EventLog::Kind::change, std::to_string(log.next_seq()), keys_of(event, label, name));
  }
  std::string ask(const std::string& parameters) {
    const auto search = EventSearch::of(Target::parse("/api/v1/events?" + parameters));
    return search ? search->answer(log) : "error: " + search.error().message;
  }

  EventLog log;
};

TEST_F(EventSearchTest, without_parameters_the_newest_changes_and_gaps_come_in_order) {
  EXPECT_EQ(ask(""), R"({"events":[1,2,{"seq":4,"gap":{}},5,6],"last":6,"cut":false})");
  EXPECT_EQ(ask("limit=2"), R"({"events":[5,6],"last":6,"cut":false})");
}

TEST_F(EventSearchTest, after_and_limit_read_page_by_page_without_a_hole) {
  EXPECT_EQ(ask("after=0&limit=2"), R"({"events":[1,2],"last":2,"cut":false})");
  EXPECT_EQ(ask("after=2&limit=2"), R"({"events":[{"seq":4,"gap":{}},5],"last":5,"cut":false})");
  EXPECT_EQ(ask("after=5&limit=2"), R"({"events":[6],"last":6,"cut":false})");
  EXPECT_EQ(ask("after=6&limit=2"), R"({"events":[],"last":6,"cut":false})");
  EXPECT_EQ(ask("after=77"), R"({"events":[],"last":6,"cut":true})");
}

TEST_F(EventSearchTest, narrows_by_class_operation_object_and_text) {
  EXPECT_EQ(ask("class=fvTenant"), R"({"events":[1,5,6],"last":6,"cut":false})");
  EXPECT_EQ(ask("op=deleted"), R"({"events":[6],"last":6,"cut":false})");
  EXPECT_EQ(ask("dn=uni/tn-Heroes"), R"({"events":[1,2,5],"last":6,"cut":false})")
      << "the object and what is below, not its namesake";
  EXPECT_EQ(ask("q=HEROESTOO"), R"({"events":[6],"last":6,"cut":false})");
  EXPECT_EQ(ask("q=application+PROFILE"), R"({"events":[2],"last":6,"cut":false})");
  EXPECT_EQ(ask("q=who%20watch&class=fvAp"), R"({"events":[2],"last":6,"cut":false})");
  EXPECT_EQ(ask("class=fvTenant&op=modified&dn=uni%2Ftn-Heroes&q=dc1&after=1"), R"({"events":[5],"last":6,"cut":false})");
  EXPECT_EQ(ask("class=&dn=&op=&q="), ask("")) << "an empty one asks for nothing";
}

TEST_F(EventSearchTest, says_that_history_was_cut) {
  log = EventLog({.entries_max = 2});
  for (int i = 1; i <= 4; ++i) add(event("fvTenant", "uni/tn-T"), "tenant", "T");
  EXPECT_EQ(ask("after=1"), R"({"events":[3,4],"last":4,"cut":true})");
  EXPECT_EQ(ask("after=2"), R"({"events":[3,4],"last":4,"cut":false})");
}

TEST_F(EventSearchTest, bad_parameters_are_refused_with_what_is_right) {
  EXPECT_EQ(ask("after=-1"), "error: after is a sequence number, such as the `last` of an earlier answer");
  EXPECT_THAT(ask("after=99999999999999999999"), testing::StartsWith("error: after"));
  EXPECT_THAT(ask("after="), testing::StartsWith("error: after"));
  for (const char* limit : {"0", "1001", "x", "1e3", "+5"})
    EXPECT_EQ(ask("limit=" + std::string(limit)), "error: limit is a number from 1 to 1000");
  EXPECT_EQ(ask("op=create"), "error: op is created, modified or deleted");
  EXPECT_THAT(ask("dn=uni//tn"), testing::StartsWith("error: dn: "));
  EXPECT_EQ(ask("clas=fvTenant"), "error: unknown parameter 'clas' (did you mean 'class'?)");
  EXPECT_EQ(ask("op=created&op=deleted"), "error: parameter 'op' is there twice");
}

TEST(EventKeys, search_text_of_a_huge_event_is_bounded) {
  auto huge = event("fvTenant", "uni/tn-T");
  huge.after->set("descr", std::string(1'000'000, 'X'));
  const auto keys = keys_of(huge, "tenant", "T");
  EXPECT_LT(keys.text.size(), 5'000u);
  EXPECT_NE(keys.text.find("xxxx"), std::string::npos);
}

TEST(Target, decodes_path_and_parameters) {
  const auto target = Target::parse("/a%20b?x=1+2&&y=%2B%zz&z#f");
  EXPECT_EQ(target.path, "/a b");
  EXPECT_EQ(*target.find("x"), "1 2");
  EXPECT_EQ(*target.find("y"), "+%zz");
  EXPECT_EQ(*target.find("z"), "");
  EXPECT_EQ(target.find("w"), nullptr);
}

}  // namespace
}  // namespace aci::web
