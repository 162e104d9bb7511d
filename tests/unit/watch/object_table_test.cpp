#include "watch/object_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/rng.hpp"

namespace aci::watch {
namespace {

model::Attributes object(const std::string& dn, const std::string& descr = "") { return {{"descr", descr}, {"dn", dn}}; }

TEST(ObjectTable, FindsByTheDnAmongTheAttributes) {
  ObjectTable table;
  EXPECT_EQ(table.find("uni/tn-A"), nullptr);
  EXPECT_TRUE(table.insert({object("uni/tn-A", "first"), 7}));
  EXPECT_FALSE(table.insert({object("uni/tn-A", "second"), 8})) << "it is there";
  ASSERT_NE(table.find("uni/tn-A"), nullptr);
  EXPECT_EQ(table.find("uni/tn-A")->attributes.get("descr"), "first");
  EXPECT_EQ(table.find("uni/tn-A")->listed, 7u);
  EXPECT_EQ(table.find("uni/tn-B"), nullptr);
  EXPECT_EQ(table.take("uni/tn-A"), object("uni/tn-A", "first"));
  EXPECT_EQ(table.find("uni/tn-A"), nullptr);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ObjectTable, BehavesAsAMap) {
  base::Rng rng(5);
  ObjectTable table;
  std::map<std::string, std::string> model;
  for (int step = 0; step < 60'000; ++step) {
    // Waves, so that it grows, empties and grows again.
    const bool grows = step / 5'000 % 2 == 0;
    const std::string dn = "uni/tn-" + std::to_string(rng.below(3'000)), descr = std::to_string(step);
    if (rng.below(10) < (grows ? 7u : 2u)) {
      EXPECT_EQ(table.insert({object(dn, descr)}), model.emplace(dn, descr).second);
    } else if (model.erase(dn)) {
      ASSERT_NE(table.find(dn), nullptr);
      EXPECT_EQ(table.take(dn).get("dn"), dn);
    }
    if (step % 7'000 == 0) {
      const auto odd = [](std::string_view name) { return (name.back() - '0') % 2 == 1; };
      table.erase_if([&](const ObjectTable::Object& o) { return odd(o.dn()); });
      std::erase_if(model, [&](const auto& item) { return odd(item.first); });
    }
    ASSERT_EQ(table.size(), model.size());
    const auto it = model.find(dn);
    const auto* found = table.find(dn);
    ASSERT_EQ(found != nullptr, it != model.end());
    if (found) {
      ASSERT_EQ(found->attributes.get("descr"), it->second);
    }
    if (step % 1'000 != 0) continue;
    std::map<std::string, std::string> all;
    for (const auto& o : table) all.emplace(o.dn(), o.attributes.get("descr"));
    ASSERT_EQ(all, model);
  }
}

}  // namespace
}  // namespace aci::watch
