#include "base/rng.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace aci::base {
namespace {

// Published outputs of splitmix64 for this seed.
TEST(Rng, OneSeedGivesTheSameNumbersEverywhere) {
  Rng rng(1234567);
  EXPECT_EQ(rng.next(), 6457827717110365317u);
  EXPECT_EQ(rng.next(), 3203168211198807973u);
  EXPECT_EQ(rng.next(), 9817491932198370423u);
  EXPECT_EQ(rng.next(), 4593380528125082431u);
  EXPECT_EQ(rng.next(), 16408922859458223821u);
}

TEST(Rng, BelowStaysBelowAndReachesEveryValue) {
  Rng rng(7);
  std::array<int, 10> hits{};
  for (int i = 0; i < 10'000; ++i) {
    const auto n = rng.below(hits.size());
    ASSERT_LT(n, hits.size());
    ++hits[n];
  }
  const auto [least, most] = std::minmax_element(hits.begin(), hits.end());
  EXPECT_GT(*least, 850);
  EXPECT_LT(*most, 1150);
}

TEST(Rng, BelowZeroIsZeroAndBelowOneIsZero) {
  Rng rng(7);
  EXPECT_EQ(rng.below(0), 0u);
  EXPECT_EQ(rng.below(1), 0u);
}

TEST(Rng, UnitIsFromZeroToBelowOne) {
  Rng rng(9);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double u = rng.unit();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace aci::base
