// What a fuzz target demands of the code it feeds. Stays on in every build.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace aci::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace aci::fuzz
