#include "io/loop.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "unit/io/support.hpp"

namespace aci::io {
namespace {

TEST(Loop, RunsWhatAnotherThreadPosts) {
  Loop loop;
  const auto here = std::this_thread::get_id();
  std::optional<std::thread::id> ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, here);
}

TEST(Loop, AnExceptionOfAHandlerLeavesRun) {
  Loop loop;
  loop.post([] { throw std::runtime_error("mistake"); });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST(Loop, RunsAgainAfterStop) {
  Loop loop;
  int runs = 0;
  for (int i = 0; i < 2; ++i) {
    loop.post([&] {
      ++runs;
      loop.stop();
    });
    loop.run();
  }
  EXPECT_EQ(runs, 2);
}

TEST(Loop, AStopBeforeRunIsNotLost) {
  Loop loop;
  loop.stop();
  loop.run();
  SUCCEED();
}

TEST(Loop, CallsTheStopHandlerForSigterm) {
  Loop loop;
  int calls = 0;
  loop.on_stop_signal([&] {
    ++calls;
    loop.stop();
  });
  std::raise(SIGTERM);
  loop.run();
  EXPECT_EQ(calls, 1);
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL) << "a second signal must end the process";
}

TEST(Loop, TheWallClockHasTheMachinesOffset) {
  const char* before = std::getenv("TZ");
  const std::string kept = before ? before : "";
  setenv("TZ", "XXX-05:30", 1);
  tzset();
  EXPECT_EQ(Loop::wall().offset_minutes, 330);
  before ? setenv("TZ", kept.c_str(), 1) : unsetenv("TZ");
  tzset();
  EXPECT_NEAR(static_cast<double>(Loop::wall().unix_ms), static_cast<double>(std::time(nullptr)) * 1000, 2000);
}

TEST(Timer, FiresInOrderAndNotBeforeItsTime) {
  Loop loop;
  Timer first(loop), second(loop);
  std::vector<int> order;
  const auto start = Loop::now();
  second.after(base::Duration{10}, [&] {
    order.push_back(2);
    loop.stop();
  });
  first.after(base::Duration{5}, [&] { order.push_back(1); });
  loop.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_GE(Loop::now() - start, base::Duration{10});
}

TEST(Timer, ReArmingAndDestroyingCancelWhatWasPending) {
  Loop loop;
  Timer timer(loop), end(loop);
  int fired = 0;
  timer.after(base::Duration{1}, [&] { fired += 1; });
  timer.after(base::Duration{2}, [&] { fired += 10; });
  {
    Timer gone(loop);
    gone.after(base::Duration{0}, [&] { fired += 100; });
  }
  end.after(base::Duration{20}, [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(fired, 10);
}

TEST(Timer, AHandlerMayDestroyItsTimer) {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  timer->after(base::Duration{0}, [&] {
    timer.reset();
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(timer, nullptr);
}

TEST(Timer, TakesTheFarthestInstant) {
  Loop loop;
  Timer timer(loop), end(loop);
  bool fired = false;
  timer.at(base::Instant::max(), [&] { fired = true; });
  Timer other(loop);
  other.after(base::Duration::max(), [&] { fired = true; });
  end.after(base::Duration{5}, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(fired);
}

}  // namespace
}  // namespace aci::io
