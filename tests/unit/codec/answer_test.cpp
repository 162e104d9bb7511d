#include "codec/answer.hpp"

#include <gmock/gmock.h>

#include "unit/codec/damage.hpp"

namespace aci::codec {
namespace {

using base::Errc;
using model::Format;
using model::ManagedObject;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view subscribed =
    R"({"totalCount":"1","subscriptionId":"72057628414509057","imdata":[{"fvTenant":{"attributes":{"childAction":"",)"
    R"("descr":"say \"hi\" \\ \u00fc","dn":"uni/tn-common","name":"common","status":"","uid":"0"}}}]})";

constexpr std::string_view login_answer =
    R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"gSbYrc+bD/vu0H=","siteFingerprint":"Gvb4","refreshTimeoutSeconds":"300",)"
    R"_("maximumLifetimeSeconds":"43200","version":"1.2(1i)","node":"topology/pod-1/node-1"},"children":[)_"
    R"({"aaaUserDomain":{"attributes":{"name":"all","rolesR":"admin","rolesW":"admin"},"children":[{"aaaReadRoles":{"attributes":{}}},)"
    R"({"aaaWriteRoles":{"attributes":{},"children":[{"role":{"attributes":{"name":"admin"}}}]}}]}},)"
    R"({"DnDomainMapEntry":{"attributes":{"dn":"uni/tn-common","readPrivileges":"admin"}}}]}}]})";

constexpr std::string_view login_xml =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><imdata totalCount=\"1\">\n<aaaLogin token=\"TkF5+/=\" "
    "refreshTimeoutSeconds=\"600\" "
    "maximumLifetimeSeconds=\"86400\" node=\"topology/pod-1/node-1\" version=\"2.0(2f)\">\n<aaaUserDomain name=\"all\" "
    "rolesR=\"admin\">\n"
    "<aaaReadRoles/>\n<aaaWriteRoles>\n<role name=\"admin\"/>\n</aaaWriteRoles>\n</aaaUserDomain>\n</aaaLogin>\n</imdata>\n";

std::string nested_body(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += R"({"a":{"attributes":{},"children":[)";
  text += R"({"a":{}})";
  for (int i = 0; i < levels; ++i) text += "]}}";
  return text;
}

std::string nested_xml(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += "<a>";
  text += "<a/>";
  for (int i = 0; i < levels; ++i) text += "</a>";
  return text;
}

TEST(DecodeAnswer, ReadsCountIdAndObjects) {
  const auto answer = decode_answer(subscribed);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->total_count, 1u);
  EXPECT_THAT(answer->subscription_ids, ElementsAre("72057628414509057"));
  ASSERT_EQ(answer->objects.size(), 1u);
  EXPECT_EQ(answer->objects[0].class_name, "fvTenant");
  EXPECT_EQ(answer->objects[0].dn(), "uni/tn-common");
  EXPECT_EQ(answer->objects[0].attributes.get("descr"), "say \"hi\" \\ \xc3\xbc");
  EXPECT_EQ(answer->objects[0].attributes.size(), 6u);
}

TEST(DecodeAnswer, TakesEveryFormOfTheSubscriptionId) {
  const auto ids = [](std::string_view json) {
    const auto answer = decode_answer(R"({"subscriptionId":)" + std::string(json) + R"(,"imdata":[]})");
    return answer ? answer->subscription_ids : std::vector<std::string>{answer.error().message};
  };
  EXPECT_THAT(ids("72057628414509057"), ElementsAre("72057628414509057"));
  EXPECT_THAT(ids(R"(["1","2"])"), ElementsAre("1", "2"));
  EXPECT_THAT(ids(R"([1,"2"])"), ElementsAre("1", "2"));
  EXPECT_THAT(ids("[]"), IsEmpty());
  EXPECT_THAT(ids("null"), ElementsAre(HasSubstr("subscriptionId")));
  EXPECT_THAT(ids("1.5"), ElementsAre(HasSubstr("subscriptionId")));
  EXPECT_THAT(ids("-1"), ElementsAre(HasSubstr("subscriptionId")));
}

TEST(DecodeAnswer, CountsTheObjectsWhereTheCountIsLeftOut) {
  EXPECT_EQ(decode_answer(R"({"imdata":[]})")->total_count, 0u);
  EXPECT_EQ(decode_answer(R"({"imdata":[{"a":{}},{"b":{}}]})")->total_count, 2u);
  EXPECT_EQ(decode_answer(R"({"totalCount":"70000","imdata":[{"a":{}}]})")->total_count, 70000u);
  EXPECT_EQ(decode_answer(R"({"totalCount":7,"imdata":[]})")->total_count, 7u);
  for (const char* count : {R"("")", R"("x")", R"("-1")", R"("99999999999999999999")", "1e99", "null"})
    EXPECT_EQ(decode_answer(R"({"imdata":[],"totalCount":)" + std::string(count) + "}").error().errc, Errc::protocol) << count;
}

TEST(DecodeAnswer, ReadsTheLoginAnswerWithItsChildren) {
  for (const auto format : {Format::json, Format::xml}) {
    const auto answer = decode_answer(format == Format::json ? login_answer : login_xml, format);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->objects.size(), 1u);
    ASSERT_GE(answer->objects[0].children.size(), 1u);
    const auto& domain = answer->objects[0].children[0];
    EXPECT_EQ(domain.attributes.get("rolesR"), "admin");
    ASSERT_EQ(domain.children.size(), 2u);
    EXPECT_EQ(domain.children[1].children.at(0).class_name, "role");
    EXPECT_TRUE(domain.children[0].attributes.empty());
  }
  const auto login = login_of(*decode_answer(login_answer));
  EXPECT_EQ(login->token, "gSbYrc+bD/vu0H=");
  EXPECT_EQ(login->refresh_timeout, base::Duration{300'000});
  EXPECT_EQ(login->maximum_lifetime, base::Duration{43'200'000});
  EXPECT_EQ(login->version, "1.2(1i)");
  EXPECT_EQ(login->node, "topology/pod-1/node-1");
}

TEST(LoginOf, FallsBackWhereALifetimeIsNoNumberOrAbsurd) {
  for (const char* seconds : {"", "0", "-5", "abc", "600s", "99999999999", "99999999999999999999999"}) {
    const Answer answer{1, {}, {{"aaaLogin", {{"token", "t"}, {"refreshTimeoutSeconds", seconds}}, {}}}};
    EXPECT_EQ(login_of(answer)->refresh_timeout, base::Duration{600'000}) << seconds;
  }
}

TEST(LoginOf, RefusesAnAnswerWithoutAToken) {
  EXPECT_EQ(login_of({}).error().errc, Errc::protocol);
  EXPECT_EQ(login_of({1, {}, {{"aaaLogin", {{"token", ""}}, {}}}}).error().errc, Errc::protocol);
}

TEST(DecodeAnswer, TurnsTheControllersErrorIntoOurs) {
  const auto timeout = decode_answer(
      R"_({"totalCount":"1","imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token timeout)"}}}]})_");
  EXPECT_EQ(timeout.error().errc, Errc::auth);
  EXPECT_EQ(timeout.error().code, 403);
  EXPECT_EQ(timeout.error().message, "Token was invalid (Error: Token timeout)");
  const auto wrong = decode_answer(
      R"(<?xml version="1.0" encoding="UTF-8"?><imdata totalCount="1"><error code="103" text="child (Rn) of class fvTenant is already attached."/></imdata>)",
      Format::xml);
  EXPECT_EQ(wrong.error().errc, Errc::refused);
  EXPECT_EQ(wrong.error().code, 103);
  const auto silent = decode_answer(R"({"imdata":[{"error":{"attributes":{"code":"x","text":""}}}]})");
  EXPECT_EQ(silent.error().errc, Errc::refused);
  EXPECT_EQ(silent.error().code, 0);
  EXPECT_FALSE(silent.error().message.empty());
}

TEST(DecodeAnswer, SaysWhenAWebPageOrNothingCame) {
  const auto page =
      decode_answer("<html>\r\n<head><title>404 Not Found</title></head><body><hr><center>Cisco APIC</center></body></html>");
  EXPECT_EQ(page.error().errc, Errc::protocol);
  EXPECT_THAT(page.error().message, HasSubstr("web page"));
  for (const char* body : {"", " \n"}) {
    EXPECT_THAT(decode_answer(body).error().message, HasSubstr("empty"));
    EXPECT_THAT(decode_answer(body, Format::xml).error().message, HasSubstr("empty"));
  }
  EXPECT_EQ(decode_answer("<html><br></html>", Format::xml).error().errc, Errc::protocol);
  EXPECT_EQ(decode_answer("<html/>", Format::xml).error().errc, Errc::protocol);
}

TEST(DecodeAnswer, SaysAtWhichByteItStopped) {
  EXPECT_THAT(decode_answer(R"({"imdata":[]} x)").error().message, HasSubstr("at byte 15"));
  EXPECT_THAT(decode_answer(R"({"imdata":[)").error().message, HasSubstr("ends too early at byte 12"));
  EXPECT_THAT(decode_answer("<imdata><a></b></imdata>", Format::xml).error().message, HasSubstr("at byte"));
}

TEST(DecodeAnswer, RefusesWhatIsNoEnvelope) {
  for (const char* body : {"null",
                           "[]",
                           "7",
                           R"("x")",
                           "{}",
                           R"({"imdata":{}})",
                           R"({"imdata":null})",
                           R"({"imdata":[7]})",
                           R"({"imdata":[{}]})",
                           R"({"imdata":[{"a":{},"b":{}}]})",
                           R"({"imdata":[{"a":7}]})",
                           R"({"imdata":[{"a":{"attributes":[]}}]})",
                           R"({"imdata":[{"a":{"attributes":{"x":7}}}]})",
                           R"({"imdata":[{"a":{"attributes":{"x":null}}}]})",
                           R"({"imdata":[{"a":{"attributes":{},"children":{}}}]})",
                           R"({"imdata":[{"a":{"attributes":{},"children":[7]}}]})",
                           R"({"imdata":[]}{"imdata":[]})",
                           R"({"imdata":[],})",
                           "{\"imdata\":[{\"a\":{\"attributes\":{\"x\":\"\xff\"}}}]}",
                           R"({"imdata":[{"a":{"attributes":{"x":"\ud800"}}}]})",
                           R"({"imdata":[{"a":{"attributes":{"x":"\udc00\ud800"}}}]})"})
    EXPECT_EQ(decode_answer(body).error().errc, Errc::protocol) << body;
  for (const char* body : {"x", "<imdata/>x", "x<imdata/>", "<imdata/><imdata/>", "<imdata>x</imdata>",
                           "<imdata totalCount='x'/>", "<imdata><a x='\xff'/></imdata>", "<imdata><a x='&#xd800;'/></imdata>"})
    EXPECT_EQ(decode_answer(body, Format::xml).error().errc, Errc::protocol) << body;
}

TEST(DecodeAnswer, TakesMembersInAnyOrderAndIgnoresUnknownOnes) {
  const auto answer = decode_answer(
      R"({"imdata":[{"a":{"x":[{}],"children":[{"b":{}}],"attributes":{"n":"1"}}}],"more":{"y":[1,2.5,null,true]},"totalCount":"1"})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->objects[0].attributes.get("n"), "1");
  EXPECT_EQ(answer->objects[0].children.size(), 1u);
}

TEST(DecodeAnswer, RefusesEveryPrefixOfAValidText) {
  const auto all = [](std::string_view text, Format format) {
    ASSERT_TRUE(decode_answer(text, format));
    test::for_each_prefix(text, [&](const std::string& prefix) {
      // Blanks behind the last bracket may be missing.
      if (text.substr(prefix.size()).find_first_not_of("\n") == std::string_view::npos) return;
      EXPECT_FALSE(decode_answer(prefix, format)) << prefix;
    });
  };
  all(subscribed, Format::json);
  all(login_answer, Format::json);
  all(login_xml, Format::xml);
}

// What a damaged text decodes to, if to anything, is an answer that survives being written and read again.
TEST(DecodeAnswer, SurvivesDamagedBytes) {
  int decoded = 0;
  const auto check = [&](Format format) {
    return [&decoded, format](const std::string& text) {
      const auto answer = decode_answer(text, format);
      if (!answer) {
        EXPECT_FALSE(answer.error().message.empty());
        return;
      }
      ++decoded;
      const auto again = decode_answer(encode_answer(*answer, Format::json), Format::json);
      ASSERT_TRUE(again) << text;
      EXPECT_EQ(again->objects, answer->objects) << text;
    };
  };
  test::for_each_damage(login_answer, 3000, 1, check(Format::json));
  test::for_each_damage(subscribed, 3000, 2, check(Format::json));
  test::for_each_damage(login_xml, 3000, 3, check(Format::xml));
  EXPECT_GT(decoded, 100);
}

TEST(DecodeAnswer, BoundsTheDepth) {
  const auto wrap = [](int levels) { return R"({"imdata":[)" + nested_body(levels) + "]}"; };
  EXPECT_TRUE(decode_answer(wrap(80)));
  EXPECT_EQ(decode_answer(wrap(90)).error().errc, Errc::protocol);
  EXPECT_EQ(decode_answer(wrap(100'000)).error().errc, Errc::protocol);
  EXPECT_EQ(decode_answer(std::string(1'000'000, '[')).error().errc, Errc::protocol);
  EXPECT_TRUE(decode_answer("<imdata>" + nested_xml(80) + "</imdata>", Format::xml));
  EXPECT_EQ(decode_answer("<imdata>" + nested_xml(100'000) + "</imdata>", Format::xml).error().errc, Errc::protocol);
}

TEST(DecodeAnswer, DoesNotExpandEntities) {
  const auto answer =
      decode_answer(R"(<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><imdata><o v="&b;&lt;"/></imdata>)", Format::xml);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->objects.at(0).attributes.get("v"), "&b;<");
}

TEST(EncodeAnswer, WritesTheControllersBytes) {
  EXPECT_EQ(encode_answer({}, Format::json), R"({"totalCount":"0","imdata":[]})");
  EXPECT_EQ(encode_answer({}, Format::xml), R"(<?xml version="1.0" encoding="UTF-8"?><imdata totalCount="0"/>)");
  const Answer answer{
      1, {"72057628414509057"}, {{"fvTenant", {{"name", "a\"b"}, {"dn", "uni/tn-a"}}, {{"fvBD", {{"rn", "BD-x"}}, {}}}}}};
  EXPECT_EQ(
      encode_answer(answer, Format::json),
      R"({"totalCount":"1","subscriptionId":"72057628414509057","imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-a","name":"a\"b"},)"
      R"("children":[{"fvBD":{"attributes":{"rn":"BD-x"}}}]}}]})");
  EXPECT_EQ(encode_answer(answer, Format::xml),
            R"(<?xml version="1.0" encoding="UTF-8"?><imdata totalCount="1" subscriptionId="72057628414509057">)"
            R"(<fvTenant dn="uni/tn-a" name="a&quot;b"><fvBD rn="BD-x"/></fvTenant></imdata>)");
  EXPECT_EQ(encode_answer({0, {"1", "2"}, {}}, Format::json), R"({"totalCount":"0","subscriptionId":["1","2"],"imdata":[]})");
  EXPECT_EQ(decode_answer(encode_answer({0, {"1", "2"}, {}}, Format::xml), Format::xml)->subscription_ids,
            (std::vector<std::string>{"1", "2"}));
}

TEST(EncodeAnswer, IsReadBackAsItWasInBothFormats) {
  const Answer answer{
      9,
      {"1"},
      {{"a", {{"x", "<&>\"'\\\n\t\r/\x7f"}, {"y", "\xf0\x9f\x90\x88 \xe2\x82\xac"}}, {{"b", {}, {{"c", {{"z", ""}}, {}}}}}},
       {"a", {}, {}}}};
  for (const auto format : {Format::json, Format::xml}) {
    const auto again = decode_answer(encode_answer(answer, format), format);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->objects, answer.objects);
    EXPECT_EQ(again->total_count, 9u);
    EXPECT_EQ(again->subscription_ids, answer.subscription_ids);
  }
}

TEST(EncodeError, WritesCodeThenText) {
  EXPECT_EQ(
      encode_error(403, "Token was invalid (Error: Token timeout)", Format::json),
      R"_({"totalCount":"1","imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token timeout)"}}}]})_");
  EXPECT_EQ(encode_error(400, "a<b", Format::xml),
            R"(<?xml version="1.0" encoding="UTF-8"?><imdata totalCount="1"><error code="400" text="a&lt;b"/></imdata>)");
}

TEST(EncodeFrame, WritesAllIdsAsAListAndNoCount) {
  const ManagedObject tenant{"fvTenant", {{"dn", "uni/tn-a"}, {"status", "deleted"}}, {}};
  EXPECT_EQ(encode_frame({"1", "2"}, tenant, Format::json),
            R"({"subscriptionId":["1","2"],"imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-a","status":"deleted"}}}]})");
  EXPECT_EQ(
      encode_frame({"1", "2"}, tenant, Format::xml),
      R"(<?xml version="1.0" encoding="UTF-8"?><imdata subscriptionId="1,2"><fvTenant dn="uni/tn-a" status="deleted"/></imdata>)");
}

// A byte is written the same wherever it stands, in a text of its own and as name or value of an attribute.
TEST(AppendJsonString, EscapesEachByteAtEachPlace) {
  for (unsigned byte = 0; byte < 0x100; ++byte) {
    const std::string special(1, static_cast<char>(byte));
    std::string alone;
    append_json_string(alone, special);
    alone = alone.substr(1, alone.size() - 2);
    for (std::size_t size = 1; size <= 20; ++size)
      for (std::size_t at = 0; at < size; ++at) {
        const std::string before(at, '~'), behind(size - at - 1, ' ');
        const std::string text = before + special + behind, quoted = '"' + before + alone + behind + '"';
        std::string out, object;
        append_json_string(out, text);
        ASSERT_EQ(out, quoted) << byte << " at " << at << " of " << size;
        append_object(object, {"a", {{text, text}}, {}}, Format::json);
        ASSERT_EQ(object, R"({"a":{"attributes":{)" + quoted + ':' + quoted + "}}}");
      }
  }
}

TEST(AppendJsonString, EscapesWhatJsonWantsAndRepairsBrokenText) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(escaped("a\"\\/\b\f\n\r\t\x01\x1f\x7f"), R"("a\"\\/\b\f\n\r\t\u0001\u001f)"
                                                     "\x7f\"");
  EXPECT_EQ(escaped(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(escaped("\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x88"), "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x88\"");
  const std::string_view r = "\xef\xbf\xbd";
  EXPECT_EQ(escaped("a\xff z"), "\"a" + std::string(r) + " z\"");
  EXPECT_EQ(escaped("\xc3"), "\"" + std::string(r) + "\"");                                            // cut
  EXPECT_EQ(escaped("\xc0\x80"), "\"" + std::string(r) + std::string(r) + "\"");                       // overlong
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\"" + std::string(r) + std::string(r) + std::string(r) + "\"");  // a surrogate
  EXPECT_EQ(escaped("\xe2\x82q"), "\"" + std::string(r) + std::string(r) + "q\"");
  EXPECT_EQ(escaped("\xf4\x90\x80\x80").size(), 2 + 4 * r.size());  // above U+10FFFF
}

TEST(LoginBody, EscapesNameAndPassword) {
  EXPECT_EQ(login_body("apic:Radius\\jdoe", "p\"w"), R"({"aaaUser":{"attributes":{"name":"apic:Radius\\jdoe","pwd":"p\"w"}}})");
  const auto body = decode_body(login_body("a\nb", "\xff"), Format::json);
  EXPECT_EQ(body->attributes.get("name"), "a\nb");
}

TEST(DecodeBody, ReadsOneObjectWithItsChildren) {
  const auto json = decode_body(
      R"({"fvTenant":{"attributes":{"name":"T","descr":"one","descr":"two"},"children":[{"fvBD":{"attributes":{"name":"B"}}},{"fvAp":{}}]}})",
      Format::json);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(*json,
            (ManagedObject{"fvTenant", {{"descr", "two"}, {"name", "T"}}, {{"fvBD", {{"name", "B"}}, {}}, {"fvAp", {}, {}}}}));
  const auto xml =
      decode_body("<fvTenant name=\"T\" descr=\"two\">\n <!-- x --><fvBD name='B'/><fvAp></fvAp></fvTenant>\n", Format::xml);
  ASSERT_TRUE(xml) << xml.error().message;
  EXPECT_EQ(*xml, *json);
}

TEST(DecodeBody, AnswersMistakesWithTheControllersCodeAndText) {
  const auto message = [](std::string_view body, Format format = Format::json) {
    const auto object = decode_body(body, format);
    if (object) return std::string("accepted");
    EXPECT_EQ(object.error().code, 400);
    return object.error().message;
  };
  const std::string order =
      "invalid data at line '1'. Attributes are missing, tag 'attributes' must be specified first, before any other tag";
  EXPECT_EQ(message(R"({"fvTenant":{"children":[],"attributes":{"name":"T"}}})"), order);
  EXPECT_EQ(message(R"({"children":[{"fvTenant":{"attributes":{"name":"T"}}}]})"), order);
  EXPECT_EQ(message(R"({"fvTenant":{"attributes":{"name":"T"},"children":[{"fvBD":{"children":[]}}]}})"), order);
  EXPECT_EQ(message(R"({"fvTenant":{"attributes":{"name":7}}})"),
            "JSON parsing failed - incomplete attribute value at line: 1");
  EXPECT_EQ(message(R"({"fvTenant":{"attributes":{"name":null}}})"),
            "JSON parsing failed - incomplete attribute value at line: 1");
  EXPECT_THAT(message("{\n\"fvTenant\":\n{]}"), testing::MatchesRegex("JSON parsing failed - .* at line: 3"));
  EXPECT_THAT(message(""), HasSubstr("JSON parsing failed - "));
  EXPECT_THAT(message("{}"), HasSubstr("one class"));
  EXPECT_THAT(message("[]"), HasSubstr("one class"));
  EXPECT_THAT(message(R"({"a":{},"b":{}})"), HasSubstr("one class"));
  EXPECT_THAT(message(R"({"a":{"attributes":{},"kids":[]}})"), HasSubstr("unknown tag 'kids'"));
  EXPECT_THAT(message(nested_body(2000)), HasSubstr("JSON parsing failed - "));
  EXPECT_THAT(message("<fvTenant name='T'", Format::xml), HasSubstr("XML parsing failed - "));
  EXPECT_THAT(message("", Format::xml), HasSubstr("XML parsing failed - "));
  EXPECT_THAT(message("<a/><b/>", Format::xml), HasSubstr("more than one element"));
  EXPECT_THAT(message(nested_xml(2000), Format::xml), HasSubstr("too deep"));
  EXPECT_EQ(message(R"({"fvTenant":{}})"), "accepted");
}

TEST(DecodeBody, TakesXmlWhoseValuesHaveNoQuotes) {
  const auto credentials = [](std::string_view body) {
    const auto object = decode_body(body, Format::xml);
    if (!object) return object.error().message;
    return std::string(object->attributes.get("name")) + ' ' + std::string(object->attributes.get("pwd"));
  };
  EXPECT_EQ(credentials("<aaaUser name=admin pwd=password/>"), "admin password");
  EXPECT_EQ(credentials("<aaaUser name=admin pwd=a/b=c/ />"), "admin a/b=c/");
  EXPECT_EQ(credentials("<aaaUser name='a=b' pwd=p><x y=z></x></aaaUser>"), "a=b p");
  EXPECT_EQ(credentials("<aaaUser name=admin pwd=/>"), "admin ");
  EXPECT_THAT(credentials("<aaaUser name="), HasSubstr("XML parsing failed - "));
  EXPECT_THAT(credentials("<aaaUser name=\""), HasSubstr("XML parsing failed - "));
}

TEST(DecodeBody, BoundsTheDepthAlikeInBothFormats) {
  EXPECT_TRUE(decode_body(nested_body(83), Format::json));
  EXPECT_THAT(decode_body(nested_body(84), Format::json).error().message, HasSubstr("too deep"));
  EXPECT_TRUE(decode_body(nested_xml(83), Format::xml));
  EXPECT_THAT(decode_body(nested_xml(84), Format::xml).error().message, HasSubstr("too deep"));
}

TEST(DecodeBody, RefusesEveryPrefixAndSurvivesDamage) {
  const std::string body =
      R"({"fvTenant":{"attributes":{"name":"T\u00e9","status":"created"},"children":[{"fvBD":{"attributes":{"name":"B"},"children":[]}}]}})";
  const std::string xml = R"(<fvTenant name="T&#233;"><fvBD name="B"><fvSubnet ip="10.0.0.1/24"/></fvBD></fvTenant>)";
  test::for_each_prefix(body, [](const std::string& prefix) { EXPECT_FALSE(decode_body(prefix, Format::json)) << prefix; });
  test::for_each_prefix(xml, [](const std::string& prefix) { EXPECT_FALSE(decode_body(prefix, Format::xml)) << prefix; });
  const auto reread = [](Format format) {
    return [format](const std::string& text) {
      const auto object = decode_body(text, format);
      if (!object) return;
      std::string again;
      append_object(again, *object, Format::json);
      EXPECT_EQ(*decode_body(again, Format::json), *object) << text;
    };
  };
  test::for_each_damage(body, 3000, 4, reread(Format::json));
  test::for_each_damage(xml, 3000, 5, reread(Format::xml));
}

}  // namespace
}  // namespace aci::codec
