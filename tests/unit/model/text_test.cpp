#include "model/text.hpp"

#include <gtest/gtest.h>

namespace aci::model {
namespace {

TEST(Text, same_is_equal_at_every_length_and_place) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string a(size, 'a');
    EXPECT_TRUE(same(a, std::string(size, 'a')));
    EXPECT_FALSE(same(a, a + 'a'));
    for (std::size_t at = 0; at < size; ++at) {
      std::string b = a;
      b[at] = 'b';
      EXPECT_FALSE(same(a, b)) << size << ' ' << at;
    }
  }
}

}  // namespace
}  // namespace aci::model
