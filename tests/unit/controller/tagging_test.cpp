#include "controller/tagging.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class TaggingTest : public ::testing::Test {
 protected:
  TaggingTest() {
    apic.log_in();
    apic.post("/api/mo/uni/tn-T/ap-A.json", R"({"fvAp":{"attributes":{}}})");
  }
  std::vector<std::string> tags() {
    std::vector<std::string> all;
    for (const auto& object : apic.objects("/api/mo/uni/tn-T.json?query-target=children&target-subtree-class=tagInst"))
      all.emplace_back(object.attributes.get("name"));
    return all;
  }
  Driver apic;
};

TEST_F(TaggingTest, TagsAreAddedAndRemoved) {
  EXPECT_EQ(error_of(apic.post("/api/tag/mo/uni/tn-T.json?add=north,mfg", "")), "");
  EXPECT_THAT(tags(), UnorderedElementsAre("north", "mfg"));
  EXPECT_EQ(error_of(apic.post("/api/tag/mo/uni/tn-[T].json?add=west&remove=north,nowhere", "")), "");
  EXPECT_THAT(tags(), UnorderedElementsAre("mfg", "west"));
  EXPECT_EQ(apic.post("/api/tag/mo/uni/tn-T.xml?remove=mfg", "").status, 200);
  EXPECT_THAT(tags(), UnorderedElementsAre("west"));
}

TEST_F(TaggingTest, AnAliasIsSetAndCleared) {
  const std::string alias = "/api/mo/uni/tn-T/ap-A/alias.json";
  EXPECT_EQ(error_of(apic.post("/api/alias/mo/uni/tn-T/ap-A.json?set=shop", "")), "");
  EXPECT_THAT(apic.get(alias).body, HasSubstr(R"("name":"shop")"));
  EXPECT_EQ(error_of(apic.post("/api/alias/mo/uni/tn-T/ap-A.json?clear=yes", "")), "");
  EXPECT_EQ(apic.get(alias).body, R"({"totalCount":"0","imdata":[]})");
}

TEST_F(TaggingTest, WhatIsNotThereCannotBeTagged) {
  EXPECT_THAT(error_of(apic.post("/api/tag/mo/uni/tn-Nobody.json?add=a", "")), StartsWith("400 102 "));
  EXPECT_THAT(error_of(apic.post("/api/tag/mo/uni/nonsense.json?add=a", "")), StartsWith("400 122 "));
  EXPECT_EQ(apic.get("/api/tag/mo/uni/tn-T.json?add=a").status, 400);
  EXPECT_THAT(tags(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace aci::controller
