#include "codec/event_json.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "unit/codec/damage.hpp"

namespace aci::codec {
namespace {

using model::Event;
using testing::HasSubstr;

const base::WallTime noon{1'767'323'045'678, 0};

Event modified() {
  return {"dc1",
          7,
          noon,
          "fvTenant",
          "uni/tn-T",
          model::Op::modified,
          model::Origin::live,
          model::Attributes{{"descr", ""}, {"dn", "uni/tn-T"}},
          model::Attributes{{"descr", "x"}, {"dn", "uni/tn-T"}},
          {"descr"}};
}

constexpr std::string_view modified_json =
    R"({"fabric":"dc1","seq":7,"time":"2026-01-02T03:04:05.678+00:00","class":"fvTenant","dn":"uni/tn-T","op":"modified","origin":"live",)"
    R"("before":{"descr":"","dn":"uni/tn-T"},"after":{"descr":"x","dn":"uni/tn-T"},"changed":["descr"]})";

std::string json_of(const Event& event) {
  std::string out;
  append_event_json(out, event);
  return out;
}

std::string error_of(std::string_view json) {
  const auto event = decode_event(json);
  return event ? "accepted" : event.error().message;
}

TEST(EventJson, IsOneLineInAFixedOrder) { EXPECT_EQ(json_of(modified()), modified_json); }

TEST(EventJson, HasNullWhereThereIsNoBeforeOrAfter) {
  Event event = modified();
  event.op = model::Op::deleted;
  event.after.reset();
  event.before = model::Attributes{};
  event.changed = {"a", "b"};
  EXPECT_THAT(json_of(event), HasSubstr(R"("before":{},"after":null,"changed":["a","b"]})"));
  const auto again = decode_event(json_of(event));
  EXPECT_TRUE(again->before && again->before->empty());
  EXPECT_FALSE(again->after);
}

TEST(EventJson, IsReadBackAsItWas) {
  Event event = modified();
  event.fabric = "a\"b\\\n";
  event.seq = 18446744073709551615u;
  event.origin = model::Origin::relist;
  event.time = {noon.unix_ms, -420};
  const auto again = decode_event(json_of(event));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->fabric, event.fabric);
  EXPECT_EQ(again->before, event.before);
  EXPECT_EQ(again->after, event.after);
  EXPECT_EQ(json_of(*again), json_of(event));
}

TEST(EventJson, SaysWhoDidItWhereThatIsKnown) {
  Event event = modified();
  event.user = "al\"ice";
  EXPECT_THAT(json_of(event), HasSubstr(R"("changed":["descr"],"user":"al\"ice"})"));
  EXPECT_EQ(decode_event(json_of(event))->user, "al\"ice");
  EXPECT_THAT(error_of(R"({"class":"x","dn":"x","op":"created","user":1})"), HasSubstr("'user'"));
}

TEST(EventJson, NeedsOnlyClassDnAndOp) {
  const auto event = decode_event(R"({"class":"fvTenant","dn":"uni/tn-T","op":"created","note":[1,{}]})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->op, model::Op::created);
  EXPECT_EQ(event->seq, 0u);
  EXPECT_THAT(error_of(R"({"dn":"x","op":"created"})"), HasSubstr("'class'"));
  EXPECT_THAT(error_of(R"({"class":"x","op":"created"})"), HasSubstr("'dn'"));
  EXPECT_THAT(error_of(R"({"class":"x","dn":"x"})"), HasSubstr("'op'"));
}

TEST(EventJson, NamesTheMemberThatIsWrong) {
  for (const auto& [name, value] : {std::pair{"fabric", "7"},
                                    {"class", "[]"},
                                    {"dn", "null"},
                                    {"op", "\"gone\""},
                                    {"origin", "\"x\""},
                                    {"time", "\"now\""},
                                    {"time", "7"},
                                    {"seq", "-1"},
                                    {"seq", "1.5"},
                                    {"seq", "\"1\""},
                                    {"seq", "1e99"},
                                    {"seq", "99999999999999999999"},
                                    {"before", "[]"},
                                    {"after", "{\"a\":1}"},
                                    {"changed", "{}"},
                                    {"changed", "[1]"}}) {
    const std::string json = R"({"class":"c","dn":"d","op":"created",")" + std::string(name) + "\":" + value +
                             "}";  // the later of equal members counts
    EXPECT_THAT(error_of(json), HasSubstr("'" + std::string(name) + "'")) << json;
  }
  EXPECT_THAT(error_of("[]"), HasSubstr("object"));
  EXPECT_THAT(error_of("{} x"), HasSubstr("at byte 4"));
}

TEST(EventJson, RefusesEveryPrefixAndSurvivesDamage) {
  test::for_each_prefix(modified_json, [](const std::string& prefix) { EXPECT_NE(error_of(prefix), "accepted") << prefix; });
  test::for_each_damage(modified_json, 5000, 11, [](const std::string& text) {
    const auto event = decode_event(text);
    if (!event) return;
    const auto again = decode_event(json_of(*event));
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(json_of(*again), json_of(*event));
  });
}

TEST(GapJson, IsOneObjectOfItsOwn) {
  std::string out;
  append_gap_json(out, {"dc1", "config", noon, noon + base::Duration{1000}, "channel \"closed\"", 3});
  EXPECT_EQ(
      out,
      R"({"gap":{"fabric":"dc1","watch":"config","from":"2026-01-02T03:04:05.678+00:00","to":"2026-01-02T03:04:06.678+00:00",)"
      R"("reason":"channel \"closed\"","found":3,"backfilled":0,"history":""}})");
}

TEST(DriftJson, IsOneObjectOfItsOwn) {
  std::string out;
  append_drift_json(out, "dc1", "con\"fig", noon, 2);
  EXPECT_EQ(out, R"({"drift":{"fabric":"dc1","watch":"con\"fig","time":"2026-01-02T03:04:05.678+00:00","objects":2}})");
}

TEST(CloudEvent, CarriesTheEventInStructuredMode) {
  std::string out;
  append_cloud_event(out, modified(), "e1");
  EXPECT_EQ(
      out,
      R"({"specversion":"1.0","id":"e1-7","type":"com.cisco.aci.fvTenant.modified","source":"/aci/dc1","subject":"uni/tn-T",)"
      R"("time":"2026-01-02T03:04:05.678+00:00","datacontenttype":"application/json","data":)" +
          std::string(modified_json) + "}");
  boost::system::error_code failure;
  boost::json::parse(out, failure);
  EXPECT_FALSE(failure);
}

}  // namespace
}  // namespace aci::codec
