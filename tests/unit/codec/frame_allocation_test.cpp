// The steady state of the hot path takes no memory. Counted by replacing the program's operator new, which the sanitizers
// replace too, so not together with them.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "codec/frame.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace aci::codec {
namespace {

TEST(DecodeFrameAgain, TakesNoMemoryOnceItHasSeenSuchFrames) {
  const std::string frames[] = {
      R"({"subscriptionId":["1","2"],"imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-T","name":"T","status":"created"}}}]})",
      R"({"subscriptionId":["1"],"imdata":[{"a":{"attributes":{"dn":"d","status":"deleted"}}},{"b":{"attributes":{"dn":"e","status":"deleted"}}}]})",
      R"({"subscriptionId":[1],"imdata":[]})"};
  FrameDecoder decoder;
  const auto decode_all = [&] {
    for (const auto& frame : frames)
      if (!decoder.decode(frame)) ADD_FAILURE() << frame;
  };
  for (int i = 0; i < 3; ++i) decode_all();
  const std::size_t before = allocations;
  ASSERT_GT(before, 0u);
  decode_all();
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace aci::codec
#endif
