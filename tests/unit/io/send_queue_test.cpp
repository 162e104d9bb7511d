#include "io/send_queue.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace aci::io {
namespace {

TEST(SendQueue, GivesBackWhatItWasGivenWhateverTheSizes) {
  base::Rng rng(7);
  for (int round = 0; round < 50; ++round) {
    SendQueue queue;
    std::string given, taken;
    for (int step = 0; step < 200; ++step) {
      const auto kind = rng.below(10);
      const std::size_t size = kind == 0 ? SendQueue::piece + rng.below(5) : rng.below(kind < 5 ? 10'000 : 50);
      const std::string bytes(size, static_cast<char>('a' + step % 26));
      if (kind % 2 == 0) queue.append(std::string(bytes));
      else queue.append(std::string_view(bytes));
      given += bytes;
      while (!queue.empty() && rng.below(3) > 0) {
        const auto front = queue.front(1 + rng.below(20'000));
        ASSERT_FALSE(front.empty());
        taken += front;
        queue.consume(front.size());
      }
      ASSERT_EQ(queue.size(), given.size() - taken.size());
    }
    while (!queue.empty()) {
      taken += queue.front(1'000'000);
      queue.consume(queue.front(1'000'000).size());
    }
    ASSERT_TRUE(queue.front(1).empty());
    ASSERT_EQ(given, taken);
  }
}

TEST(SendQueue, TakesALargeTextOverWithoutACopy) {
  SendQueue queue;
  queue.append(std::string_view("head"));
  queue.consume(4);
  std::string large(SendQueue::piece, 'x');
  const char* at = large.data();
  queue.append(std::move(large));
  EXPECT_EQ(queue.front(1).data(), at);
}

TEST(SendQueue, WhatWaitsStaysWhereItIsWhileMoreComes) {
  SendQueue queue;
  const std::string text(SendQueue::piece, 'x');
  queue.append(std::string_view(text));
  const char* at = queue.front(1).data();
  for (int i = 0; i < 100; ++i) queue.append(std::string_view(text));
  EXPECT_EQ(queue.front(1).data(), at);
}

}  // namespace
}  // namespace aci::io
