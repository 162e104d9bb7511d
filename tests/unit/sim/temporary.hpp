// Names of files for one test: tests run side by side.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace aci::sim {

inline std::string temporary(const std::string& name) {
  return testing::TempDir() + "aci_" + std::to_string(::getpid()) + "_" + name;
}

}  // namespace aci::sim
