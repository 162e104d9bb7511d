#include "watch/controllers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace aci::watch {
namespace {

using base::Duration;
using base::Errc;
using base::Instant;

const base::Error unreachable{Errc::unreachable, "refused"};

TEST(Controllers, WithAnotherOneLeftNobodyWaits) {
  Controllers controllers({.count = 3}, 1);
  Instant now{Duration{1'000'000}};
  std::set<std::size_t> tried;
  for (int i = 0; i < 3; ++i) {
    tried.insert(controllers.current());
    controllers.tried(now);
    controllers.failed(now, unreachable, Duration{0});
    EXPECT_LE(controllers.try_at() - now, Duration{i < 2 ? 1'000 : 30'000});
    now = controllers.try_at();
  }
  EXPECT_EQ(tried.size(), 3u);
}

TEST(Controllers, ABadOneIsPassedOverLongerEachTime) {
  Controllers controllers({.count = 2}, 1);
  Instant now{Duration{1'000'000}};
  // The first never works; the second serves for a minute at a time.
  std::map<std::size_t, int> logins;
  for (const Instant end = now + Duration{3'600'000}; now < end;) {
    now = std::max(now, controllers.try_at());
    const std::size_t at = controllers.current();
    ++logins[at];
    controllers.tried(now);
    if (at == 0) controllers.failed(now, unreachable, Duration{0});
    else controllers.failed(now += Duration{60'000}, unreachable, Duration{60'000});
  }
  EXPECT_GT(logins[1], 20);
  EXPECT_LT(logins[0], logins[1]);
}

TEST(Controllers, NeverMoreThanOneLoginASecondWhateverFails) {
  Controllers controllers({.count = 5}, 3);
  Instant now{Duration{1'000'000}}, last{};
  for (int i = 0; i < 500; ++i) {
    now = std::max(now, controllers.try_at());
    EXPECT_GE(now - last, Duration{1'000});
    last = now;
    controllers.tried(now);
    const bool auth = i % 7 == 0;
    controllers.failed(now, auth ? base::Error{Errc::auth, "token"} : unreachable, Duration{i % 3 == 0 ? 90'000 : 0});
    if (i % 11 == 0) controllers.start(now);
  }
}

TEST(Controllers, TheBackoffGrowsIsJitteredAndBounded) {
  std::set<std::int64_t> waits;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Controllers controllers({}, seed);
    Instant now{Duration{1'000'000}};
    Duration longest{0};
    for (int i = 0; i < 12; ++i) {
      controllers.tried(now);
      controllers.failed(now, unreachable, Duration{0});
      longest = std::max(longest, controllers.try_at() - now);
      if (i == 4) waits.insert((controllers.try_at() - now).count());
      now = controllers.try_at();
    }
    EXPECT_GE(longest, Duration{15'000});
    EXPECT_LE(longest, Duration{30'000});
  }
  EXPECT_GT(waits.size(), 10u);
}

TEST(Controllers, ASessionThatRanOutIsMadeAnewOnTheSameControllerAtOnce) {
  Controllers controllers({.count = 2}, 1);
  const Instant now{Duration{1'000'000}};
  controllers.tried(now);
  controllers.failed(now + Duration{600'000}, {Errc::auth, "token"}, Duration{600'000});
  EXPECT_EQ(controllers.current(), 0u);
  EXPECT_LE(controllers.try_at(), now + Duration{600'000});
}

}  // namespace
}  // namespace aci::watch
