#include "base/nearest.hpp"

#include <gtest/gtest.h>

namespace aci::base {

TEST(Nearest, CountsInsertionsDeletionsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("route", "route"), 0u);
  EXPECT_EQ(edit_distance("Route", "route"), 0u);
  EXPECT_EQ(edit_distance("rout", "route"), 1u);
  EXPECT_EQ(edit_distance("recevier", "receiver"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), std::string(1000, 'b')), 64u);
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  EXPECT_EQ(did_you_mean("recevier", {"routes", "receiver"}), " (did you mean 'receiver'?)");
  EXPECT_EQ(did_you_mean("banana", {"routes", "receiver"}), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace aci::base
