#include "relay/message.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "relay/plain.hpp"
#include "relay/slack.hpp"
#include "relay/text.hpp"
#include "relay/webex.hpp"
#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

namespace json = boost::json;

model::Event changed_tenant(const std::string& name, const std::string& from, const std::string& to) {
  auto one = event("fvTenant", "uni/tn-" + name, model::Op::modified, {{"descr", to}, {"name", name}});
  one.before = model::Attributes{{"descr", from}, {"name", name}};
  one.changed = {"descr"};
  return one;
}

Message message_of(std::vector<model::Event> events, std::uint64_t not_shown = 0) {
  return make_message(batch_of(std::move(events)), not_shown);
}

// What Slack shows of the blocks, and what it parses as its markup (nothing may be).
struct SlackView {
  std::string text;  // everything visible in blocks, in order
  std::string code;  // what is shown as code
  std::size_t blocks = 0, longest_header = 0;
  std::string fallback;
};
void walk(const json::value& value, SlackView& view) {
  if (value.is_array()) {
    for (const auto& element : value.get_array()) walk(element, view);
  } else if (value.is_object()) {
    const auto& object = value.get_object();
    const auto* type = object.if_contains("type");
    EXPECT_FALSE(type && type->as_string() == "mrkdwn") << "markup would be parsed";
    if (type && (type->as_string() == "text" || type->as_string() == "plain_text")) {
      const auto& text = object.at("text").as_string();
      EXPECT_FALSE(text.empty()) << "Slack refuses empty texts";
      view.text += text;
      if (const auto* style = object.if_contains("style"); style && style->as_object().contains("code"))
        (view.code += text) += '|';
      if (type->as_string() == "plain_text") view.longest_header = std::max(view.longest_header, characters_of(text));
    }
    for (const auto& member : object) walk(member.value(), view);
  }
}
SlackView slack(const Message& message, bool plain = false) {
  const auto payload = json::parse(render_slack(message, "", plain)).as_object();
  SlackView view;
  view.fallback = payload.at("text").as_string().c_str();
  EXPECT_FALSE(payload.at("mrkdwn").as_bool());
  if (const auto* blocks = payload.if_contains("blocks")) {
    view.blocks = blocks->as_array().size();
    walk(*blocks, view);
  }
  return view;
}
std::string webex(const Message& message) {
  return json::parse(render_webex(message, "room", false)).as_object().at("markdown").as_string().c_str();
}

TEST(Message, SaysWhatHappenedInPeoplesWords) {
  const auto created = message_of({tenant("Heroes")});
  EXPECT_EQ(created.title, "Tenant Heroes created");
  EXPECT_EQ(created.tone, Tone::created);
  EXPECT_EQ(created.items[0].dn, "uni/tn-Heroes");
  EXPECT_EQ(created.items[0].tenant, "Heroes");
  EXPECT_EQ(created.items[0].fabric, "dc1");
  EXPECT_EQ(created.items[0].time, "2026-01-02 03:04:05 +00:00");
  EXPECT_EQ(message_of({tenant("Heroes", model::Op::deleted)}).title, "Tenant Heroes deleted");
  EXPECT_EQ(message_of({event("fvAEPg", "uni/tn-T/ap-A/epg-Web", model::Op::created)}).title, "EPG Web created");
}

TEST(Message, TellsEachChangedAttributeFromWhatToWhat) {
  const auto message = message_of({changed_tenant("Heroes", "old", "new")});
  EXPECT_EQ(message.title, "Tenant Heroes changed");
  ASSERT_EQ(message.items[0].fields.size(), 1u);
  EXPECT_EQ(message.items[0].fields[0].name, "descr");
  EXPECT_EQ(message.items[0].fields[0].from, "old");
  EXPECT_EQ(message.items[0].fields[0].to, "new");
}

TEST(Message, AnOldValueThatWasNeverSeenIsNotMadeUp) {
  auto one = changed_tenant("Heroes", "", "new");
  one.before.reset();
  EXPECT_FALSE(message_of({one}).items[0].fields[0].from);
  EXPECT_NE(slack(message_of({one})).text.find("(not known) \xe2\x86\x92 new"), std::string::npos);
}

TEST(Message, FoundAfterAGapIsSaid) {
  auto one = tenant("Heroes");
  one.origin = model::Origin::relist;
  EXPECT_EQ(message_of({one}).title, "Tenant Heroes created (found after a gap)");
  EXPECT_NE(webex(message_of({one})).find("found after a gap"), std::string::npos);
}

TEST(Message, WhoDidItIsSaidWhereItIsKnown) {
  auto one = tenant("Heroes");
  one.user = "alice\n*";
  EXPECT_EQ(message_of({one}).title, "Tenant Heroes created (by alice *)");
  one.origin = model::Origin::backfill;
  EXPECT_EQ(message_of({one}).title, "Tenant Heroes created (from the controller's log, by alice *)");
  EXPECT_NE(render_text(message_of({one}), false).find("created (from the controller's log, by alice *)"), std::string::npos);
}

TEST(Message, AGapIsAMessage) {
  Batch batch;
  batch.gap = model::Gap{"dc1", "config", {36131000, 0}, {36169000, 0}, "channel closed", 3};
  const auto message = make_message(batch, 0);
  EXPECT_EQ(message.title, "dc1 was blind 10:02:11-10:02:49 (channel closed); 3 changes found by re-reading, watch config");
  EXPECT_EQ(render_text(message, false), message.title + "\n");
  EXPECT_NE(slack(message).text.find("was blind"), std::string::npos);
  EXPECT_NE(webex(message).find("was blind"), std::string::npos);
  batch.gap->found = 1;
  EXPECT_NE(make_message(batch, 0).title.find("1 change found"), std::string::npos);
  batch.gap->found = 0;
  EXPECT_NE(make_message(batch, 0).title.find("nothing had changed"), std::string::npos);
  batch.gap->backfilled = 2;
  batch.gap->history = "incomplete: the oldest aaaModLR that is kept is of 2026";
  EXPECT_NE(make_message(batch, 0).title.find("re-reading, 2 more in the controller's log; history incomplete: the oldest"),
            std::string::npos);
}

TEST(Message, AGroupListsTenAndCountsTheRest) {
  std::vector<model::Event> events;
  for (int i = 0; i < 25; ++i) events.push_back(tenant("T" + std::to_string(i)));
  auto batch = batch_of(std::move(events));
  batch.group = {{Label::fabric, "dc1"}, {Label::class_name, "fvTenant"}, {Label::app, ""}};
  const auto message = make_message(batch, 4);
  EXPECT_EQ(message.title, "25 changes (fabric dc1, class fvTenant)");
  EXPECT_EQ(message.items.size(), 10u);
  EXPECT_EQ(message.more_items, 15u);
  for (const auto& text : {slack(message).text, webex(message), render_text(message, false)}) {
    EXPECT_NE(text.find("T9"), std::string::npos);
    EXPECT_EQ(text.find("T10"), std::string::npos);
    EXPECT_NE(text.find("+15 more changes"), std::string::npos);
    EXPECT_NE(text.find("+4 more changes not shown"), std::string::npos);
  }
}

TEST(Message, TextIsForTheConsole) {
  EXPECT_EQ(render_text(message_of({changed_tenant("Heroes", "old", "")}), false),
            "2026-01-02 03:04:05 +00:00 dc1: Tenant Heroes changed  uni/tn-Heroes\n  descr: \"old\" -> \"\"\n");
  EXPECT_NE(render_text(message_of({tenant("Heroes")}), true).find("\x1b[32mcreated\x1b[0m"), std::string::npos);
}

TEST(Message, SlackShowsDnAndValuesAsCode) {
  EXPECT_EQ(slack(message_of({changed_tenant("Heroes", "old", "new")})).code, "old|new|uni/tn-Heroes|");
  EXPECT_NE(slack(message_of({changed_tenant("Heroes", "", "new")})).text.find("(empty)"), std::string::npos);
  EXPECT_EQ(slack(message_of({tenant("Heroes")})).fallback, "Tenant Heroes created\nuni/tn-Heroes");
}

TEST(Message, HostileTextsAreNeutralEverywhere) {
  const std::string hostile[] = {"<!channel> & <@U123>",
                                 "*bold* _it_ ~st~ `code`",
                                 "a\nb\r\n> quote",
                                 "\x1b[31mred\x1b]0;title\x07",
                                 "\xff\xfe broken \xc3",
                                 "\xe2\x80\xae"
                                 "rtl",
                                 "<img src=x onerror=alert(1)>",
                                 "``` fence",
                                 "<@all>",
                                 "[link](http://evil)",
                                 std::string("nul\0byte", 8),
                                 "| table | # head"};
  for (const auto& text : hostile) {
    const auto message = message_of({changed_tenant(text, text, text), changed_tenant("x", "", text)});
    const auto view = slack(message);
    EXPECT_EQ(view.fallback.find('<'), std::string::npos) << text;
    for (const bool plain : {false, true}) EXPECT_EQ(slack(message, plain).fallback.find_first_of("<>"), std::string::npos);
    // What Slack shows as text is what was there, not an entity of it.
    EXPECT_NE(view.text.find(clean(text, 100)), std::string::npos) << text;
    const auto markdown = webex(message);
    EXPECT_EQ(markdown.find_first_of("<>"), std::string::npos) << markdown;
    for (const auto& shown : {view.text, markdown, render_text(message, false)}) {
      EXPECT_EQ(shown.find('\x1b'), std::string::npos);
      EXPECT_EQ(shown.find('\x07'), std::string::npos);
      EXPECT_EQ(shown.find('\r'), std::string::npos);
      EXPECT_EQ(shown.find("\xe2\x80\xae"), std::string::npos);
      EXPECT_EQ(shown.find('\xff'), std::string::npos);
    }
    std::string as_json;
    append_message_json(as_json, message);
    EXPECT_NO_THROW(json::parse(as_json)) << as_json;
  }
}

TEST(Message, WebexEscapesMarkdownInNamesAndFencesBackticks) {
  const auto markdown = webex(message_of({changed_tenant("*a*_b_", "x`y", "``")}));
  EXPECT_NE(markdown.find("**\\*a\\*\\_b\\_**"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("`` x`y `` \xe2\x86\x92 ``` `` ```"), std::string::npos) << markdown;
}

TEST(Message, LongTextsStayWithinEveryServicesLimits) {
  for (const std::string& filler :
       {std::string("x"), std::string("<"), std::string("`"), std::string("\xf0\x9f\x9f\xa2"), std::string("*")}) {
    std::string text;
    while (text.size() < 4000) text += filler;
    std::vector<model::Event> events;
    for (int i = 0; i < 25; ++i) {
      auto one = event("fvTenant", "uni/tn-" + text, model::Op::modified);
      one.before.emplace(), one.after.emplace();
      std::vector<std::string> changed;
      for (int a = 0; a < 40; ++a) {
        const std::string name = "attribute" + std::to_string(a);
        one.before->set(name, text);
        one.after->set(name, text + 'b');
        changed.push_back(name);
      }
      one.changed = changed;
      events.push_back(one);
      for (const auto& message : {message_of(events), message_of({one})}) {
        const auto view = slack(message);
        EXPECT_LE(view.blocks, 45u);
        EXPECT_LE(characters_of(view.text), 13'000u);
        EXPECT_LE(view.longest_header, 150u);
        EXPECT_LE(view.fallback.size(), 20'000u);
        EXPECT_LE(webex(message).size(), webex_bytes_max);
      }
    }
    const auto message = message_of(events);
    EXPECT_NE(slack(message).text.find("more changes"), std::string::npos);
    EXPECT_NE(slack(message).text.find("+30 more attributes"), std::string::npos);
    EXPECT_NE(webex(message).find("more changes"), std::string::npos);
    EXPECT_LE(json::parse(render_webex(message, "r", true)).as_object().at("text").as_string().size(), webex_bytes_max);
  }
}

TEST(Plain, CutsOnCharactersAndReplacesWhatIsBroken) {
  EXPECT_EQ(clean("abc", 3), "abc");
  EXPECT_EQ(clean("abcd", 3), "ab\xe2\x80\xa6");
  EXPECT_EQ(clean("  a \t\n b  ", 10), "a b");
  EXPECT_EQ(clean("\xc3\xa4\xc3\xb6\xc3\xbc", 2), "\xc3\xa4\xe2\x80\xa6");
  EXPECT_EQ(clean("a\xc0\x80z", 10), "a\xef\xbf\xbd\xef\xbf\xbdz");
  EXPECT_EQ(clean("\xed\xa0\x80", 10), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(clean("", 5), "");
  EXPECT_EQ(cut_utf8("\xc3\xa4\xc3\xb6", 3), "\xc3\xa4");
  EXPECT_EQ(cut_utf8("ab", 5), "ab");
  EXPECT_EQ(cut_utf8("\xc3\xa4", 1), "");
}

}  // namespace
}  // namespace aci::relay
