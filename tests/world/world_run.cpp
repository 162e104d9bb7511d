// Runs worlds from the command line: world_run --seed 7 --trace, or world_run --first 1 --count 1000.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "world/world.hpp"

int main(int argc, char** argv) {
  std::uint64_t first = 1, count = 1;
  bool trace = false;
  for (int i = 1; i < argc; ++i) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--trace") == 0) trace = true;
    else if ((std::strcmp(argv[i], "--first") == 0 || std::strcmp(argv[i], "--seed") == 0) && has_value)
      first = std::strtoull(argv[++i], nullptr, 10);
    else if (std::strcmp(argv[i], "--count") == 0 && has_value) count = std::strtoull(argv[++i], nullptr, 10);
    else return std::fprintf(stderr, "usage: world_run [--seed N | --first N --count N] [--trace]\n"), 2;
  }
  std::map<std::string, std::uint64_t> paths;
  std::uint64_t failed = 0, changes = 0, events = 0;
  double hours = 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    aci::world::Plan plan{.seed = seed};
    if (trace) plan.trace = [](const std::string& text) { std::printf("%s\n", text.c_str()); };
    const auto report = aci::world::run_world(plan);
    for (const auto& failure : report.failures)
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), failure.c_str());
    failed += !report.failures.empty();
    for (const auto& [path, times] : report.paths) paths[path] += times;
    changes += report.changes;
    events += report.events;
    hours += static_cast<double>(report.virtual_time.count()) / 3'600'000;
    std::fflush(stdout);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  for (const auto& [path, times] : paths) std::printf("%12llu  %s\n", static_cast<unsigned long long>(times), path.c_str());
  std::printf("%llu worlds, %.1f fabric-hours, %llu changes, %llu events, %llu failed, %.1f s, %.0f times real time\n",
              static_cast<unsigned long long>(count), hours, static_cast<unsigned long long>(changes),
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(failed), seconds,
              hours * 3600 / seconds);
  return failed == 0 ? 0 : 1;
}
