#include "base/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <queue>

#include "base/rng.hpp"

namespace aci::base {
namespace {

TEST(BoundedQueue, GivesBackInTheOrderOfPushing) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.empty());
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(queue.push(i));
  EXPECT_EQ(queue.front(), 1);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_TRUE(queue.empty());
}

TEST(BoundedQueue, RefusesWhenFullAndTakesAgainAfterAPop) {
  BoundedQueue<int> queue(1);
  EXPECT_TRUE(queue.push(1));
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(3));
  EXPECT_EQ(queue.front(), 3);
}

TEST(BoundedQueue, OfNoCapacityTakesNothing) {
  BoundedQueue<int> queue(0);
  EXPECT_FALSE(queue.push(1));
  EXPECT_TRUE(queue.empty());
}

TEST(BoundedQueue, HoldsValuesThatCanOnlyBeMoved) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  EXPECT_TRUE(queue.push(std::make_unique<int>(5)));
  EXPECT_EQ(*queue.pop(), 5);
}

TEST(BoundedQueue, ClearEmptiesAndKeepsTheCapacity) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.capacity(), 2u);
}

TEST(BoundedQueue, BehavesAsAQueueThatStopsAtItsCapacity) {
  Rng rng(3);
  BoundedQueue<std::uint64_t> queue(8);
  std::queue<std::uint64_t> model;
  for (int i = 0; i < 10'000; ++i) {
    if (rng.below(5) < 3) {
      const auto value = rng.next();
      ASSERT_EQ(queue.push(value), model.size() < 8);
      if (model.size() < 8) model.push(value);
    } else if (!model.empty()) {
      ASSERT_EQ(queue.pop(), model.front());
      model.pop();
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

}  // namespace
}  // namespace aci::base
