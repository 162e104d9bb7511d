#include "aci/event.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "model/change.hpp"

namespace aci {
namespace {

Event make(model::Event event) { return Event(std::make_shared<const model::Event>(std::move(event))); }

Event renamed() {
  model::Event event;
  event.fabric = "dc1";
  event.seq = 7;
  event.time = *base::WallTime::parse("2024-07-26T13:34:50.839-07:00");
  event.class_name = "fvTenant";
  event.dn = "uni/tn-Heroes";
  event.op = model::Op::modified;
  event.before = model::Attributes{{"dn", "uni/tn-Heroes"}, {"descr", "old"}};
  event.after = model::Attributes{{"dn", "uni/tn-Heroes"}, {"descr", "new"}};
  event.changed = {"descr"};
  return make(std::move(event));
}

TEST(Event, answers_what_happened) {
  const Event event = renamed();
  EXPECT_TRUE(event);
  EXPECT_EQ(event.name(), "Heroes");
  EXPECT_TRUE(event.is_modified());
  EXPECT_FALSE(event.is_deleted());
  EXPECT_EQ(event.was("descr"), "old");
  EXPECT_EQ(event.attribute("descr"), "new");
  EXPECT_EQ(event.after(), (AttributeMap{{"descr", "new"}, {"dn", "uni/tn-Heroes"}}));
  EXPECT_EQ(event.time(), "2024-07-26T13:34:50.839-07:00");
  EXPECT_EQ(event.when().time_since_epoch(), std::chrono::milliseconds(1722026090839));
}

TEST(Event, prints_the_name_and_tells_itself_as_json) {
  std::ostringstream out;
  out << renamed();
  EXPECT_EQ(out.str(), "Heroes");
  EXPECT_EQ(
      renamed().to_json(),
      R"({"fabric":"dc1","seq":7,"time":"2024-07-26T13:34:50.839-07:00","class":"fvTenant","dn":"uni/tn-Heroes","op":"modified",)"
      R"("origin":"live","before":{"descr":"old","dn":"uni/tn-Heroes"},"after":{"descr":"new","dn":"uni/tn-Heroes"},"changed":["descr"]})");
}

TEST(Event, takes_its_name_from_brackets_and_else_from_the_rn) {
  model::Event event;
  event.class_name = "fvSubnet";
  event.dn = "uni/tn-T/BD-B/subnet-[10.0.0.1/24]";
  EXPECT_EQ(make(event).name(), "10.0.0.1/24");
  event.class_name = "noSuchClass";
  EXPECT_EQ(make(event).name(), "subnet-[10.0.0.1/24]");
}

TEST(Event, a_deletion_has_the_last_known_attributes) {
  model::Event event;
  event.op = model::Op::deleted;
  event.before = model::Attributes{{"descr", "last"}};
  EXPECT_EQ(make(event).attribute("descr"), "last");
  EXPECT_FALSE(make(event).has_after());
}

TEST(Event, the_empty_one_answers_empty) {
  const Event none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.dn() + none.name() + none.time() + none.to_json() + none.attribute("x") + none.was("x"), "");
  EXPECT_FALSE(none.is_created() || none.is_modified() || none.is_deleted());
}

TEST(Gap, tells_itself_as_json) {
  const Gap gap{"dc1", "fvTenant", "2024-07-26T13:34:50.839-07:00", "2024-07-26T13:34:51.839-07:00", "channel closed", 3,
                1,     "complete"};
  EXPECT_EQ(
      gap.to_json(),
      R"({"gap":{"fabric":"dc1","watch":"fvTenant","from":"2024-07-26T13:34:50.839-07:00",)"
      R"("to":"2024-07-26T13:34:51.839-07:00","reason":"channel closed","found":3,"backfilled":1,"history":"complete"}})");
}

}  // namespace
}  // namespace aci
