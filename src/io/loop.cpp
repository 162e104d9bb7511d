#include "io/loop.hpp"

#include <algorithm>
#include <boost/asio.hpp>
#include <csignal>
#include <ctime>
#include <optional>

namespace aci::io {

namespace asio = boost::asio;

struct Loop::Impl {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::optional<asio::signal_set> signals;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  impl_->context.run();
  impl_->context.restart();
}

void Loop::stop() { impl_->context.stop(); }

void Loop::post(std::function<void()> handler) { asio::post(impl_->context, std::move(handler)); }

base::Instant Loop::now() {
  return base::Instant{std::chrono::floor<base::Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

base::WallTime Loop::wall() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t unix_ms = std::chrono::floor<std::chrono::milliseconds>(since).count();
  // Offsets change at a whole quarter of an hour; between two of them the time zone need not be asked again.
  thread_local std::int64_t asked = -1;
  thread_local int offset_minutes = 0;
  if (const std::int64_t quarter = unix_ms / 900'000; quarter != asked) {
    const auto seconds = static_cast<std::time_t>(unix_ms / 1'000);
    std::tm local{};
    localtime_r(&seconds, &local);
    offset_minutes = static_cast<int>(local.tm_gmtoff / 60);
    asked = quarter;
  }
  return {unix_ms, offset_minutes};
}

void Loop::on_stop_signal(std::function<void()> handler) {
  impl_->signals.emplace(impl_->context, SIGINT, SIGTERM);
  impl_->signals->async_wait([this, handler = std::move(handler)](boost::system::error_code error, int) {
    if (error) return;
    impl_->signals.reset();  // gives both signals their default action back
    handler();
  });
}

asio::io_context& Loop::context() { return impl_->context; }

struct Timer::Impl {
  explicit Impl(asio::io_context& context) : timer(context) {}
  asio::steady_timer timer;
  std::uint64_t armed = 0;  // a handler that was already on its way when it was cancelled sees another number
};

Timer::Timer(Loop& loop) : impl_(std::make_shared<Impl>(loop.context())) {}
Timer::~Timer() { cancel(); }

// Farther instants would overflow the nanoseconds of the steady clock.
constexpr base::Duration farthest = std::chrono::hours(24 * 365);

void Timer::at(base::Instant when, std::function<void()> handler) {
  when = std::min(when, Loop::now() + farthest);
  const std::uint64_t armed = ++impl_->armed;
  impl_->timer.expires_at(std::chrono::steady_clock::time_point(when.time_since_epoch()));
  impl_->timer.async_wait([impl = impl_, armed, handler = std::move(handler)](boost::system::error_code) {
    if (impl->armed == armed) handler();
  });
}

void Timer::after(base::Duration delay, std::function<void()> handler) {
  // The extra millisecond makes up for now() being rounded down: never earlier than asked.
  if (delay > base::Duration{0}) delay = std::min(delay, farthest) + base::Duration{1};
  at(Loop::now() + delay, std::move(handler));
}

void Timer::cancel() {
  ++impl_->armed;
  impl_->timer.cancel();
}

}  // namespace aci::io
