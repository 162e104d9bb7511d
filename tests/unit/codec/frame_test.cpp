#include "codec/frame.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "codec/answer.hpp"
#include "unit/codec/damage.hpp"

namespace aci::codec {
namespace {

using model::AttributeView;
using model::Op;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view created =
    R"({"subscriptionId":["72057628414509057","72057628414509058"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","descr":"",)"
    R"("dn":"uni/tn-WS_Example","lcOwn":"local","modTs":"2017-02-16T16:44:49.123+00:00","monPolDn":"","name":"WS_Example",)"
    R"("ownerKey":"","ownerTag":"","rn":"","status":"created","uid":"15374"}}}]})";
constexpr std::string_view modified =
    R"({"subscriptionId":["72058156697321473"],"imdata":[{"fvRsBd":{"attributes":{"childAction":"",)"
    R"("dn":"uni/tn-dh-ansible-aac/ap-dh-ap/epg-dh-epg/rsbd","modTs":"2023-10-06T02:54:36.966+00:00","rn":"","state":"formed",)"
    R"("status":"modified","tDn":"uni/tn-dh-ansible-aac/BD-BD_VLAN101","tRn":"BD-BD_VLAN101","tnFvBDName":"BD_VLAN101"}}}]})";
constexpr std::string_view deleted =
    R"({"subscriptionId":["1"],"imdata":[{"fvBD":{"attributes":{"childAction":"","dn":"uni/tn-T/BD-B",)"
    R"("modTs":"2026-01-02T03:04:06.000+00:00","rn":"","status":"deleted"}}}]})";
constexpr std::string_view xml =
    R"(<?xml version="1.0" encoding="UTF-8"?><imdata subscriptionId="7205,7206"><fvTenant childAction="" descr="a &amp; b" )"
    R"(dn="uni/tn-T" status="created" uid="15374"/></imdata>)";
constexpr std::string_view busy =
    R"({"subscriptionId":["1"],"imdata":[{"a":{"children":[{"b":{"attributes":{"dn":"d\/b","status":"deleted"}}}],"x":[1,-2.5e3,{"y":[true,)"
    R"(false,null]}],"attributes":{"dn":"d","status":"modified","q\u0041":"\ud83d\ude00\n"}}}],"more":"\u00e9"})";

std::string one(std::string_view attributes) {
  return R"({"imdata":[{"c":{"attributes":{)" + std::string(attributes) + "}}}]}";
}

class DecodeFrame : public testing::Test {
 protected:
  std::string error_of(std::string_view text) {
    const auto frame = decoder.decode(text);
    if (frame) return "accepted";
    EXPECT_EQ(frame.error().errc, base::Errc::protocol);
    return frame.error().message;
  }
  FrameDecoder decoder;
};

TEST_F(DecodeFrame, ReadsIdsClassDnOpAndAttributesInOrder) {
  const auto frame = decoder.decode(created);
  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_THAT((*frame)->subscription_ids, ElementsAre("72057628414509057", "72057628414509058"));
  ASSERT_EQ((*frame)->changes.size(), 1u);
  const auto& change = (*frame)->changes[0];
  EXPECT_EQ(change.class_name, "fvTenant");
  EXPECT_EQ(change.dn, "uni/tn-WS_Example");
  EXPECT_EQ(change.op, Op::created);
  ASSERT_EQ(change.attributes.size(), 12u);
  EXPECT_EQ(change.attributes.front(), (AttributeView{"childAction", ""}));
  EXPECT_EQ(change.attributes.back(), (AttributeView{"uid", "15374"}));
}

TEST_F(DecodeFrame, IsReusedFrameAfterFrame) {
  EXPECT_EQ((*decoder.decode(modified))->changes.at(0).op, Op::modified);
  const auto frame = decoder.decode(deleted);
  ASSERT_EQ((*frame)->changes.size(), 1u);
  EXPECT_EQ((*frame)->changes[0].op, Op::deleted);
  EXPECT_EQ((*frame)->changes[0].attributes.size(), 5u);
  EXPECT_THAT((*frame)->subscription_ids, ElementsAre("1"));
}

TEST_F(DecodeFrame, ReadsInPlaceWhenThereAreSpareBytes) {
  std::string text(created);
  const std::size_t size = text.size();
  text.resize(size + FrameDecoder::padding, '}');
  const auto frame = decoder.decode(text.data(), size, text.size());
  ASSERT_TRUE(frame) << frame.error().message;
  const std::string_view name = (*frame)->changes[0].attributes[0].name;
  EXPECT_TRUE(name.data() >= text.data() && name.data() < text.data() + size);
}

TEST_F(DecodeFrame, CopiesATextWithTooFewSpareBytes) {
  const std::vector<char> exact(created.begin(), created.end());
  for (const std::size_t capacity : {std::size_t{0}, exact.size()}) {
    const auto frame = decoder.decode(exact.data(), exact.size(), capacity);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ((*frame)->changes.size(), 1u);
  }
}

TEST_F(DecodeFrame, TakesAnEmptyTextAndAFrameWithoutObjects) {
  EXPECT_THAT((*decoder.decode(""))->changes, IsEmpty());
  EXPECT_THAT((*decoder.decode(R"({"subscriptionId":[],"imdata":[]})"))->subscription_ids, IsEmpty());
}

TEST_F(DecodeFrame, TakesEveryFormOfTheSubscriptionId) {
  const auto ids = [&](std::string_view json) {
    const auto frame = decoder.decode(R"({"subscriptionId":)" + std::string(json) + R"( ,"imdata":[]})");
    return frame ? (*frame)->subscription_ids : std::vector<std::string_view>{"refused"};
  };
  EXPECT_THAT(ids(R"("7")"), ElementsAre("7"));
  EXPECT_THAT(ids("72057628414509057"), ElementsAre("72057628414509057"));
  EXPECT_THAT(ids(R"([ 1 ,"2",18446744073709551615])"), ElementsAre("1", "2", "18446744073709551615"));
  for (const char* bad : {"null", "1.5", "-1", "{}", "[[1]]", "[1,]", "18446744073709551616", "1e400", "12x", "01"})
    EXPECT_THAT(ids(bad), ElementsAre("refused")) << bad;
}

TEST_F(DecodeFrame, FlattensChildrenBehindTheirParentAndUnescapesKeysAndValues) {
  const auto frame = decoder.decode(busy);
  ASSERT_TRUE(frame) << frame.error().message;
  ASSERT_EQ((*frame)->changes.size(), 2u);
  EXPECT_EQ((*frame)->changes[0].class_name, "a");
  EXPECT_EQ((*frame)->changes[0].attributes[2], (AttributeView{"qA", "\xf0\x9f\x98\x80\n"}));
  EXPECT_EQ((*frame)->changes[1].class_name, "b");
  EXPECT_EQ((*frame)->changes[1].dn, "d/b");
}

TEST_F(DecodeFrame, SeesKeysThroughTheirEscapes) {
  const auto frame = decoder.decode(
      R"({"im\u0064ata":[{"f\u0076BD":{"attribute\u0073":{"\u0064n":"uni\/x","\u0073tatus":"created"}}}],"subscription\u0049d":"1"})");
  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_EQ((*frame)->changes.at(0).class_name, "fvBD");
  EXPECT_EQ((*frame)->changes.at(0).dn, "uni/x");
  EXPECT_THAT((*frame)->subscription_ids, ElementsAre("1"));
}

TEST_F(DecodeFrame, TakesTheLastOfEqualAttributes) {
  const auto frame = decoder.decode(one(R"("dn":"a","dn":"b","status":"created","status":"deleted")"));
  EXPECT_EQ((*frame)->changes.at(0).dn, "b");
  EXPECT_EQ((*frame)->changes.at(0).op, Op::deleted);
}

TEST_F(DecodeFrame, ReadsXml) {
  const auto frame = decoder.decode(xml);
  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_THAT((*frame)->subscription_ids, ElementsAre("7205", "7206"));
  EXPECT_EQ((*frame)->changes.at(0).class_name, "fvTenant");
  EXPECT_EQ((*frame)->changes.at(0).attributes.at(1), (AttributeView{"descr", "a & b"}));
}

TEST_F(DecodeFrame, ReadsWhatEncodeFrameWrites) {
  const model::ManagedObject object{"c", {{"dn", "a\"<\n\\"}, {"status", "modified"}}, {}};
  for (const auto format : {model::Format::json, model::Format::xml}) {
    const auto frame = decoder.decode(encode_frame({"1", "2"}, object, format));
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ((*frame)->changes.at(0).dn, "a\"<\n\\");
    EXPECT_THAT((*frame)->subscription_ids, ElementsAre("1", "2"));
  }
}

TEST_F(DecodeFrame, RefusesAnObjectWithoutDnOrWithAnUnknownStatus) {
  EXPECT_THAT(error_of(one(R"("status":"created")")), HasSubstr("'dn'"));
  EXPECT_THAT(error_of(one(R"("dn":"","status":"created")")), HasSubstr("'dn'"));
  EXPECT_THAT(error_of(one(R"("dn":"a","status":"replaced")")), HasSubstr("'status'"));
  EXPECT_THAT(error_of(one(R"("dn":"a")")), HasSubstr("'status'"));
  EXPECT_THAT(error_of(R"({"imdata":[{"c":{}}]})"), HasSubstr("'dn'"));
  EXPECT_THAT(error_of("<imdata><c dn='a'/></imdata>"), HasSubstr("'status'"));
  EXPECT_THAT(error_of("<imdata><c status='created'/></imdata>"), HasSubstr("'dn'"));
}

TEST_F(DecodeFrame, SaysAtWhichByteJsonBreaks) {
  EXPECT_THAT(error_of(R"({"imdata":[]} {})"), HasSubstr("at byte 15"));
  EXPECT_THAT(error_of(R"({"imdata":[)"), HasSubstr("at byte 12"));
}

TEST_F(DecodeFrame, RefusesWhatIsNoFrame) {
  for (const std::string text :
       {"null",
        "[]",
        "7",
        "x",
        " ",
        "{}",
        "{\"subscriptionId\":[]}",
        R"({"imdata":{}})",
        R"({"imdata":null})",
        R"({"imdata":[7]})",
        R"({"imdata":[{}]})",
        R"({"imdata":[]}{})",
        R"({"imdata":[]},{"imdata":[]})",
        R"({"imdata":[],})",
        R"({"imdata":[]]})",
        R"({"x":[1 2],"imdata":[]})",
        R"({"x":nul,"imdata":[]})",
        R"({"x":tru,"imdata":[]})",
        R"({"x":1..2,"imdata":[]})",
        R"({"x":"\q","imdata":[]})",
        R"({"\q":1,"imdata":[]})",
        R"({"x":"\ud800","imdata":[]})",
        R"({"imdata":[{"a":{"attributes":{"dn":"a","status":"created"}},"b":{"attributes":{"dn":"a","status":"created"}}}]})",
        R"({"imdata":[{"a":7}]})",
        R"({"imdata":[{"a":{"attributes":[]}}]})",
        R"({"imdata":[{"a":{"children":{}}}]})",
        "<x/>",
        "<imdata>x</imdata>",
        "<imdata/><imdata/>",
        "<imdata><a dn='x' status='created'>text</a></imdata>"})
    EXPECT_NE(error_of(text), "accepted") << text;
  for (const std::string value :
       {"7", "null", "[]", R"("\ud800")", R"("\udc00x")", R"("\ud800\ud800")", R"("\u12")", "\"\xff\"", "\"\n\""})
    EXPECT_NE(error_of(one(R"("dn":"a","status":"created","x":)" + value)), "accepted") << value;
  EXPECT_THAT((*decoder.decode(deleted))->changes.at(0).dn, "uni/tn-T/BD-B");
}

TEST_F(DecodeFrame, BoundsTheDepth) {
  const auto children = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += R"({"a":{"attributes":{"dn":"a","status":"created"},"children":[)";
    for (int i = 0; i < levels; ++i) text += "]}}";
    return R"({"imdata":[)" + text + "]}";
  };
  EXPECT_EQ((*decoder.decode(children(80)))->changes.size(), 80u);
  EXPECT_NE(error_of(children(100)), "accepted");
  EXPECT_NE(error_of(children(100'000)), "accepted");
  EXPECT_NE(error_of(R"({"imdata":[],"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), "accepted");
  EXPECT_NE(error_of(std::string(1'000'000, '[')), "accepted");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a dn='a' status='created'>";
  EXPECT_NE(error_of("<imdata>" + deep), "accepted");
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  EXPECT_NE(error_of("<imdata>" + deep + "</imdata>"), "accepted");
}

TEST_F(DecodeFrame, RefusesEveryPrefixOfAValidText) {
  for (const auto text : {created, modified, deleted, busy, xml}) {
    ASSERT_TRUE(decoder.decode(text));
    test::for_each_prefix(
        text, [&](const std::string& prefix) { EXPECT_EQ(error_of(prefix) == "accepted", prefix.empty()) << prefix; });
  }
}

// The fast parser takes nothing that a thorough one refuses.
TEST_F(DecodeFrame, TakesOnlyValidJsonHoweverTheBytesAreDamaged) {
  int accepted = 0;
  for (const auto text : {created, modified, deleted, busy}) {
    test::for_each_damage(text, 5000, text.size(), [&](const std::string& damaged) {
      if (!decoder.decode(damaged) || damaged.empty()) return;
      ++accepted;
      boost::system::error_code failure;
      boost::json::parse_options options;
      options.max_depth = depth_max;
      boost::json::parse(damaged, failure, {}, options);
      EXPECT_FALSE(failure) << failure.message() << ": " << damaged;
    });
  }
  EXPECT_GT(accepted, 1000);
  test::for_each_damage(xml, 3000, 7, [&](const std::string& damaged) { (void)decoder.decode(damaged); });
}

// A frame of another make goes another way, and says the same.
TEST_F(DecodeFrame, ReadsUsualFramesAsItDoesOthers) {
  const auto told = [&](std::string_view text) {
    const auto frame = decoder.decode(text);
    if (!frame) return std::string("refused");
    std::string all;
    for (const auto id : (*frame)->subscription_ids) all.append(id) += ';';
    for (const auto& change : (*frame)->changes) {
      all.append(change.class_name) += ' ';
      all.append(change.dn) += ' ';
      all += model::to_string(change.op);
      for (const auto& [name, value] : change.attributes) all.append(name).append("=").append(value) += ';';
    }
    return all;
  };
  constexpr std::string_view escaped =
      R"({"subscriptionId":["1"],"imdata":[{"a":{"attributes":{"dn":"d\/[\"x\"]","n\u0061me" : "\ud83d\ude00 \\ é","status":"created"}}},)"
      R"({"b":{"attributes":{"dn":"e","status":"deleted"}}}]})";
  int accepted = 0;
  for (const std::string_view text : {created, modified, deleted, escaped}) {
    EXPECT_NE(told(text), "refused");
    test::for_each_damage(text, 3000, text.size(), [&](const std::string& damaged) {
      if (!damaged.starts_with("{\"")) return;
      const std::string usual = told(damaged);
      accepted += usual != "refused";
      EXPECT_EQ(usual, told("{\"more\":0," + damaged.substr(1))) << damaged;
    });
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace aci::codec
