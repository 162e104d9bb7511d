#include "model/attributes.hpp"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "base/rng.hpp"

namespace aci::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Map = std::map<std::string, std::string, std::less<>>;

std::vector<AttributeView> listed(const Attributes& attributes) { return {attributes.begin(), attributes.end()}; }

TEST(Attributes, AreListedInAsciiOrderOfTheirNames) {
  const Attributes a{{"name", "Web"}, {"OptimizeWanBandwidth", "no"}, {"descr", ""}};
  EXPECT_THAT(listed(a), ElementsAre(AttributeView{"OptimizeWanBandwidth", "no"}, AttributeView{"descr", ""},
                                     AttributeView{"name", "Web"}));
}

TEST(Attributes, TheLaterOfTwoWithOneNameWins) {
  EXPECT_EQ((Attributes{{"a", "1"}, {"b", "2"}, {"a", "3"}}), (Attributes{{"a", "3"}, {"b", "2"}}));
}

TEST(Attributes, AMissingNameIsToldFromAnEmptyValue) {
  const Attributes a{{"descr", ""}};
  EXPECT_EQ(a.find("descr"), "");
  EXPECT_EQ(a.find("name"), std::nullopt);
  EXPECT_EQ(a.get("name"), "");
  EXPECT_TRUE(a.contains("descr"));
  EXPECT_FALSE(a.contains("des"));
}

TEST(Attributes, OfNothingAreEmptyAndEqual) {
  Attributes a;
  EXPECT_TRUE(a.empty());
  EXPECT_THAT(listed(a), IsEmpty());
  EXPECT_EQ(a, Attributes::from({}));
  a.set("x", "1");
  EXPECT_TRUE(a.erase("x"));
  EXPECT_FALSE(a.erase("x"));
  EXPECT_EQ(a, Attributes());
}

TEST(Attributes, ValuesMayHoldAnyBytesAndAnyLength) {
  Attributes a;
  for (const std::size_t size : {0, 1, 127, 128, 16'383, 16'384, 2'097'152})
    a.set("v" + std::to_string(size), std::string(size, '\xff'));
  a.set("zero", std::string_view("a\0b", 3));
  for (const std::size_t size : {0, 1, 127, 128, 16'383, 16'384, 2'097'152})
    EXPECT_EQ(a.get("v" + std::to_string(size)), std::string(size, '\xff')) << size;
  EXPECT_EQ(a.get("zero"), std::string_view("a\0b", 3));
}

TEST(Attributes, MaySetFromTheirOwnNamesAndValues) {
  Attributes a{{"a", "long enough not to be held in place"}, {"b", "2"}};
  a.set("b", a.get("a"));
  EXPECT_EQ(a.get("b"), "long enough not to be held in place");
  const auto first = *a.begin();
  a.set(first.name, "changed");
  EXPECT_EQ(a.get("a"), "changed");
  EXPECT_TRUE(a.erase((*a.begin()).name));
  EXPECT_EQ(a.size(), 1u);
}

TEST(Attributes, NamesOfManyObjectsAreHeldOnce) {
  const Attributes a{{"some long name of an attribute", "1"}};
  const Attributes b{{"some long name of an attribute", "2"}};
  EXPECT_EQ((*a.begin()).name.data(), (*b.begin()).name.data());
}

// What is as in the first object of its shape is packed as a mark.
TEST(Attributes, AreWhatTheyAreWhateverTheFirstOfTheirShapeWas) {
  const std::string usual = "uni/tn-common/monepg-default", long_one(100, 'x');
  const auto object = [](std::string_view a, std::string_view b, std::string_view c) {
    return Attributes{{"usual a", a}, {"usual b", b}, {"usual c", c}};
  };
  const Attributes first = object(usual, "", long_one);
  for (const auto& a : {usual, std::string(), std::string("other"), usual + "x"})
    for (const auto& b : {std::string(), usual, std::string("0")})
      for (const auto& c : {long_one, std::string(), long_one + "y"}) {
        const Attributes made = object(a, b, c);
        EXPECT_THAT(listed(made),
                    ElementsAre(AttributeView{"usual a", a}, AttributeView{"usual b", b}, AttributeView{"usual c", c}));
        Attributes set = first;
        set.set("usual c", c);
        const AttributeView both[] = {{"usual a", a}, {"usual b", b}};
        set.merge(both, 2);
        EXPECT_EQ(set, made);
        EXPECT_EQ(set.get("usual a"), a);
        EXPECT_EQ(set == first, a == usual && b.empty() && c == long_one);
      }
}

TEST(Attributes, CopiesShareTheirMemoryUntilOneChanges) {
  Attributes a{{"descr", "front end"}, {"name", "Web"}};
  Attributes b = a;
  EXPECT_EQ(a.get("descr").data(), b.get("descr").data());
  b.set("descr", "back end");
  EXPECT_EQ(a.get("descr"), "front end");
  EXPECT_EQ(b.get("descr"), "back end");
  b = a;
  a = Attributes();
  EXPECT_EQ(b.get("name"), "Web");
  b = static_cast<const Attributes&>(b);
  EXPECT_EQ(b.get("name"), "Web");
}

TEST(Attributes, MergeKeepsWhatTheOtherDoesNotName) {
  Attributes a{{"a", "1"}, {"c", "3"}};
  a.merge(Attributes{{"b", "2"}, {"c", "4"}});
  EXPECT_EQ(a, (Attributes{{"a", "1"}, {"b", "2"}, {"c", "4"}}));
}

TEST(Attributes, AnOverlayTellsWhatWasThereAndWhatWillBe) {
  const Attributes under{{"annotation", ""}, {"descr", "x"}, {"dn", "uni/tn-A"}, {"name", "A"}};
  Overlay overlay;
  std::vector<AttributeView> changes{{"name", "B"}, {"annotation", "z"}, {"name", "C"}};
  put_in_order(changes);
  EXPECT_THAT(changes, ElementsAre(AttributeView{"annotation", "z"}, AttributeView{"name", "C"}));
  overlay.look_up(under, changes);
  EXPECT_EQ(overlay.old(0), "");
  EXPECT_EQ(overlay.old(1), "A");
  EXPECT_EQ(overlay.merged(), (Attributes{{"annotation", "z"}, {"descr", "x"}, {"dn", "uni/tn-A"}, {"name", "C"}}));

  changes = {{"dn", "uni/tn-A"}, {"extra", "1"}, {"name", "D"}};  // one that was not there
  overlay.look_up(under, changes);
  EXPECT_EQ(overlay.old(0), "uni/tn-A");
  EXPECT_EQ(overlay.old(1), std::nullopt);
  EXPECT_EQ(overlay.old(2), "A");
  EXPECT_EQ(overlay.merged(),
            (Attributes{{"annotation", ""}, {"descr", "x"}, {"dn", "uni/tn-A"}, {"extra", "1"}, {"name", "D"}}));

  const Attributes nothing;
  overlay.look_up(nothing, changes);
  EXPECT_EQ(overlay.old(0), std::nullopt);
  EXPECT_EQ(overlay.merged(), Attributes::from(changes));
}

TEST(Attributes, DifferentNamesWithEqualValuesAreNotEqual) { EXPECT_NE((Attributes{{"a", "1"}}), (Attributes{{"b", "1"}})); }

// Values that could be cut at another place must not compare equal.
TEST(Attributes, DifferentCutsOfTheSameBytesAreNotEqual) {
  EXPECT_NE((Attributes{{"a", "1"}, {"b", "23"}}), (Attributes{{"a", "12"}, {"b", "3"}}));
}

TEST(Attributes, ChangedNamesAreThoseThatDifferOrThatOneSideHas) {
  const Attributes before{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  const Attributes after{{"b", "2"}, {"c", "4"}, {"d", "5"}};
  EXPECT_THAT(changed_names(before, after), ElementsAre("a", "c", "d"));
  EXPECT_THAT(changed_names(before, before), IsEmpty());
  EXPECT_THAT(changed_names({}, after), ElementsAre("b", "c", "d"));
}

std::string random_text(base::Rng& rng, std::uint64_t max, std::uint64_t letters) {
  std::string text;
  for (std::uint64_t i = rng.below(max + 1); i > 0; --i) text += static_cast<char>('A' + rng.below(letters));
  return text;
}

TEST(Attributes, BehaveAsASortedMap) {
  base::Rng rng(21);
  for (int round = 0; round < 300; ++round) {
    Attributes attributes;
    Map model;
    for (int step = 0; step < 40; ++step) {
      const std::string name = random_text(rng, 2, 4), value = random_text(rng, 200, 26);
      switch (rng.below(4)) {
        case 0:
        case 1:
          attributes.set(name, value);
          model[name] = value;
          break;
        case 2: EXPECT_EQ(attributes.erase(name), model.erase(name) == 1); break;
        case 3: {
          const std::string other = random_text(rng, 2, 4);
          const AttributeView both[] = {{name, value}, {other, "x"}};
          attributes.merge(both, 2);
          model[name] = value;
          model[other] = "x";
        }
      }
      ASSERT_EQ(attributes.size(), model.size());
      std::vector<AttributeView> expected;
      for (const auto& [n, v] : model) expected.push_back({n, v});
      ASSERT_EQ(listed(attributes), expected);
      ASSERT_EQ(attributes, Attributes::from(expected));
      const auto it = model.find(name);
      ASSERT_EQ(attributes.find(name), it == model.end() ? std::nullopt : std::optional<std::string_view>(it->second));
    }
  }
}

TEST(Attributes, MoreShapesThanAreSharedStillWork) {
  const auto numbered = [](int i) { return Attributes{{"shape" + std::to_string(i), "v"}}; };
  for (int i = 0; i < 25'000; ++i) ASSERT_EQ(numbered(i).get("shape" + std::to_string(i)), "v");
  EXPECT_EQ(numbered(24'999), numbered(24'999));
  EXPECT_EQ((Attributes{{"own", "v"}, {"other", "w"}}), (Attributes{{"other", "w"}, {"own", "v"}}));
  EXPECT_NE((Attributes{{"own shape", "v"}}), (Attributes{{"own shape", "w"}}));
}

TEST(Attributes, ObjectsAreMadeInSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (std::size_t t = 0; t < good.size(); ++t)
    threads.emplace_back([&good, t] {
      for (int i = 0; i < 2000; ++i) {
        const Attributes a{{"common" + std::to_string(i % 50), std::to_string(i)}};
        good[t] += (*a.begin()).value == std::to_string(i);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(good, testing::Each(2000));
}

}  // namespace
}  // namespace aci::model
