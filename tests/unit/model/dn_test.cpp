#include "model/dn.hpp"

#include <gmock/gmock.h>

#include <unordered_set>

#include "base/rng.hpp"

namespace aci::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* binding = "uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]";

Dn dn(std::string_view text) { return Dn::parse(text).value(); }

TEST(Dn, SplitsOutsideBracketsOnly) {
  EXPECT_THAT(dn(binding).rns(),
              ElementsAre("uni", "tn-T", "ap-A", "epg-E", "rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]"));
  EXPECT_EQ(dn(binding).rn(), "rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]");
  EXPECT_EQ(dn(binding).parent().str(), "uni/tn-T/ap-A/epg-E");
}

TEST(Dn, BracketsMayStandInTheMiddleOfADn) {
  const auto fault = dn("subj-[uni/tn-T]/mod-1");
  EXPECT_THAT(fault.rns(), ElementsAre("subj-[uni/tn-T]", "mod-1"));
  EXPECT_EQ(fault.parent().str(), "subj-[uni/tn-T]");
  EXPECT_EQ(fault.parent().parent().str(), "");
}

TEST(Dn, TheRootIsItsOwnParentAndHasNoNames) {
  const Dn root;
  EXPECT_TRUE(root.empty());
  EXPECT_EQ(root, dn(""));
  EXPECT_EQ(root.parent(), root);
  EXPECT_EQ(root.rn(), "");
  EXPECT_THAT(root.rns(), IsEmpty());
  EXPECT_EQ(root.child("uni").str(), "uni");
  EXPECT_EQ(dn("uni").parent(), root);
}

TEST(Dn, RefusesMalformedTextAndNamesThePosition) {
  const std::pair<const char*, const char*> cases[] = {
      {"/uni", "position 1"},        {"uni/", "position 4"},   {"uni//tn-T", "position 5"}, {"uni/tn-[a", "position 8"},
      {"uni/tn-a]", "position 9"},   {"/", "position 1"},      {"a/[b]]", "position 6"},    {"uni/tn-\n", "position 8"},
      {"uni/tn-\x7f", "position 8"}, {"a/[[b]", "position 3"}, {"][", "position 1"},
  };
  for (const auto& [text, position] : cases) {
    const auto result = Dn::parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().errc, base::Errc::invalid);
    EXPECT_THAT(result.error().message, HasSubstr(position)) << text;
  }
}

TEST(Dn, EmptyNamesWithinBracketsAreNotOurs) { EXPECT_TRUE(Dn::parse("uni/x-[a//b]")); }

TEST(Dn, TakesTextUpToItsBoundAndNoMore) {
  EXPECT_TRUE(Dn::parse(std::string(Dn::size_max, 'a')));
  const auto refused = Dn::parse(std::string(Dn::size_max + 1, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 400u);
}

TEST(Dn, DeepBracketsAreRead) {
  const std::string text = "a-" + std::string(2000, '[') + "x/y" + std::string(2000, ']');
  EXPECT_THAT(dn(text).rns(), ElementsAre(text));
}

TEST(Dn, IsBelowComparesWholeNames) {
  EXPECT_TRUE(dn("uni/tn-T/ap-A").is_below(dn("uni/tn-T")));
  EXPECT_TRUE(dn("uni/tn-T").is_below(dn("uni")));
  EXPECT_TRUE(dn("uni").is_below(Dn()));
  EXPECT_FALSE(dn("uni/tn-TT").is_below(dn("uni/tn-T")));
  EXPECT_FALSE(dn("uni/tn-T").is_below(dn("uni/tn-T")));
  EXPECT_FALSE(Dn().is_below(Dn()));
  EXPECT_FALSE(dn("uni").is_below(dn("uni/tn-T")));
}

TEST(Dn, EqualDnsHashAlike) {
  const std::unordered_set<Dn> set{dn("uni/tn-A"), dn("uni/tn-B"), dn("uni/tn-A")};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_TRUE(set.contains(dn("uni").child("tn-B")));
}

std::string random_rn(base::Rng& rng, int depth) {
  std::string rn(1 + rng.below(3), static_cast<char>('a' + rng.below(26)));
  if (depth > 0 && rng.below(3) == 0) {
    rn += "-[";
    for (std::uint64_t i = rng.below(3);; --i) {
      rn += random_rn(rng, depth - 1);
      if (i == 0) break;
      rn += '/';
    }
    rn += ']';
  }
  return rn;
}

TEST(Dn, WhatIsBuiltOfNamesIsTakenApartIntoThem) {
  base::Rng rng(11);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> rns;
    Dn built;
    for (std::uint64_t i = rng.below(6); i > 0; --i) {
      rns.push_back(random_rn(rng, 3));
      built = built.child(rns.back());
    }
    const auto parsed = Dn::parse(built.str());
    ASSERT_TRUE(parsed) << built.str();
    EXPECT_THAT(parsed->rns(), testing::ElementsAreArray(rns));
    Dn up = *parsed;
    for (auto it = rns.rbegin(); it != rns.rend(); ++it) {
      ASSERT_EQ(up.rn(), *it);
      ASSERT_TRUE(up.is_below(up.parent()));
      up = up.parent();
    }
    EXPECT_TRUE(up.empty());
  }
}

TEST(Dn, RandomTextIsReadOrRefusedButNeverMisread) {
  base::Rng rng(12);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t i = rng.below(12); i > 0; --i) text += "a/[]"[rng.below(4)];
    const auto parsed = Dn::parse(text);
    if (!parsed) continue;
    std::string joined;
    for (const auto rn : parsed->rns()) {
      ASSERT_FALSE(rn.empty()) << text;
      joined += (joined.empty() ? "" : "/") + std::string(rn);
    }
    ASSERT_EQ(joined, text);
  }
}

}  // namespace
}  // namespace aci::model
