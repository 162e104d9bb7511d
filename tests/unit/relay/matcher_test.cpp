#include "relay/matcher.hpp"

#include <gtest/gtest.h>

#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

bool matches(const char* text, const model::Event& event) {
  const auto matchers = Matchers::parse(text);
  EXPECT_TRUE(matchers) << text;
  return matchers && matchers->matches(Labels::of(event));
}

TEST(Matcher, ComparesLabelsWithEveryOperator) {
  const auto bd = event("fvBD", "uni/tn-Heroes/BD-Web", model::Op::modified, {{"name", "Web"}});
  for (const char* text :
       {R"(class="fvBD")", "class=fvBD", R"({class="fvBD"})", R"( { class = "fvBD" , op="modified", } )", "class!=fvTenant",
        R"(class=~"fv.*")", "class=~fvTenant|fvBD", R"(class!~"fault.*")", "tenant=Heroes,bd=Web", "kind=mo", "origin=live",
        "fabric=dc1", "name=Web", R"(app="")", R"(severity="")", "dn=uni/tn-Heroes/BD-Web", "", "{}"})
    EXPECT_TRUE(matches(text, bd)) << text;
  for (const char* text : {"class=fvTenant", R"(class=~"fv")", R"(class=~"BD")", R"(class!="fvBD")", R"(class!~"fv.*")",
                           "class=fvBD,op=deleted", R"(app=~".+")", "kind=fault"})
    EXPECT_FALSE(matches(text, bd)) << text;
}

TEST(Matcher, ReadsLabelsOfFaultsFromAttributesAndDn) {
  const auto fault = event("faultInst", "topology/pod-1/node-101/sys/phys-[eth1/10]/phys/fault-F0532", model::Op::created,
                           {{"code", "F0532"}, {"severity", "critical"}, {"lc", "raised"}});
  EXPECT_TRUE(
      matches(R"(kind="fault", severity=~"critical|major", lc="raised", code=F0532, node="101", pod=1, name=F0532)", fault));
}

TEST(Matcher, TakesLabelsOfADeletedObjectFromWhatItWas) {
  EXPECT_TRUE(matches("severity=major", event("faultInst", "uni/tn-T/fault-F1", model::Op::deleted, {{"severity", "major"}})));
}

TEST(Matcher, KnowsTheKindsOfEvents) {
  const auto kind = [](const char* class_name) {
    return std::string(Labels::of(event(class_name, "uni", model::Op::created)).get(Label::kind));
  };
  EXPECT_EQ(kind("fvTenant"), "mo");
  EXPECT_EQ(kind("faultDelegate"), "fault");
  EXPECT_EQ(kind("healthInst"), "health");
  EXPECT_EQ(kind("eventRecord"), "event");
  EXPECT_EQ(kind("aaaModLR"), "audit");
  EXPECT_EQ(kind("fault"), "mo");
}

TEST(Matcher, QuotedValuesHoldAnything) {
  EXPECT_TRUE(matches(R"(name="a, \"b\" } \\ c")", tenant(R"(a, "b" } \ c)")));
  EXPECT_TRUE(matches(R"(name=~"\d{2,3}")", tenant("123")));
}

TEST(Matcher, SaysWhereAndWhatIsWrong) {
  struct {
    const char* text;
    const char* error;
  } const table[] = {
      {"clas=x", "at position 1: unknown label 'clas' (did you mean 'class'?)"},
      {"op=created, sevrity=x", "at position 13: unknown label 'sevrity' (did you mean 'severity'?)"},
      {"banana=x", "at position 1: unknown label 'banana'"},
      {"class", "at position 6: expected =, !=, =~ or !~ behind 'class'"},
      {"class~x", "at position 6: expected =, !=, =~ or !~ behind 'class'"},
      {"class!", "at position 6: expected =, !=, =~ or !~ behind 'class'"},
      {"class=", "at position 7: expected a value (\"\" for an empty one)"},
      {"class=\"x", "at position 7: the quote is not closed"},
      {"class=~\"(\"", "at position 8: the pattern is not valid: missing ): ("},
      {"class=a b", "at position 9: expected ',' between two matchers (a value with blanks or commas needs quotes)"},
      {"{class=a", "at position 9: '{' without '}'"},
      {"class=a}", "at position 8: '}' without '{'"},
      {"{class=a} x", "at position 11: text behind the '}'"},
      {"=x", "at position 1: expected a label such as class, op or tenant"},
  };
  for (const auto& [text, error] : table) {
    const auto matchers = Matchers::parse(text);
    ASSERT_FALSE(matchers) << text;
    EXPECT_EQ(matchers.error().message, error);
  }
  EXPECT_FALSE(Matchers::parse(std::string(5000, 'a')));
}

TEST(Matcher, PrintsWhatItParsesBack) {
  const char* text = R"(class=~"a|b", op!="x\"y", dn!~"\\d")";
  const auto matchers = Matchers::parse(text);
  ASSERT_TRUE(matchers);
  EXPECT_EQ(matchers->str(), text);
  EXPECT_EQ(Matchers::parse(matchers->str())->str(), text);
}

}  // namespace
}  // namespace aci::relay
