// Many worlds, a virtual hour of trouble each; every eighth is calm. ACI_WORLDS="FIRST COUNT STEP" chooses the seeds. Far more
// of them are run by tools/world, which tells the seeds that fail.
#include "world/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace aci::world {
namespace {

void expect_good(const Report& report) {
  for (const std::string& failure : report.failures)
    ADD_FAILURE() << "seed " << report.seed << " (world_run --seed " << report.seed << " --trace): " << failure;
}

TEST(World, NothingIsLostNorInventedWhateverGoesWrong) {
  std::uint64_t first = 1, count = 125, step = 1;
  if (const char* chosen = std::getenv("ACI_WORLDS")) std::istringstream(chosen) >> first >> count >> step;
  std::map<std::string, std::uint64_t> paths;
  for (std::uint64_t seed = first; seed < first + count * step; seed += step) {
    const Report report = run_world({.seed = seed});
    expect_good(report);
    for (const auto& [path, times] : report.paths) paths[path] += times;
  }
  // A way that no world takes is a way that nothing proves.
  if (step == 1 && count >= 100) {
    for (const std::string& path : paths_wanted()) EXPECT_GT(paths[path], 0u) << path;
  }
}

TEST(World, TheSameSeedIsTheSameWorld) {
  std::string first, second;
  run_world({.seed = 42, .trace = [&](const std::string& text) { first += text + "\n"; }});
  run_world({.seed = 42, .trace = [&](const std::string& text) { second += text + "\n"; }});
  EXPECT_GT(first.size(), 10'000u);
  EXPECT_EQ(first, second);
}

// Seeds that once failed: one a line, with what was wrong.
TEST(World, SeedsThatOnceFailed) {
  std::ifstream kept(ACI_WORLD_SEEDS);
  ASSERT_TRUE(kept);
  for (std::string line; std::getline(kept, line);)
    if (!line.empty() && line[0] != '#') expect_good(run_world({.seed = std::stoull(line)}));
}

}  // namespace
}  // namespace aci::world
