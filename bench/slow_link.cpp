// Many subscriptions over a slow link, and how soon a watch is live again after its socket was cut.
//
//   bench_slow_link [SUBSCRIPTIONS] [LINK_MS] [SECONDS]       2,000 over 200 ms (there and back), watched for 90 s
//   bench_slow_link cut [OBJECTS] [TIMES]                     10,000 objects, cut 15 times, no delay
//
// apicsim runs in a thread of its own, and so does the link: a relay of bytes that keeps each back for half the time. What the
// refreshes cost is the CPU of the watch's thread once all is live.
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <thread>

#include "io/fabric_driver.hpp"
#include "sim/apicsim.hpp"

using namespace aci;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using Clock = std::chrono::steady_clock;

double thread_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One direction of a connection through the link.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, Clock::duration delay)
      : from_(std::move(from)), to_(std::move(to)), timer_(from_->get_executor()), delay_(delay) {}
  void read() {
    from_->async_read_some(
        asio::buffer(buffer_), [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          self->late_.emplace_back(Clock::now() + self->delay_, error ? std::string() : std::string(self->buffer_, size));
          if (self->late_.size() == 1) self->deliver();
          if (!error) self->read();
        });
  }

 private:
  void deliver() {
    timer_.expires_at(late_.front().first);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
      if (self->late_.front().second.empty()) {
        boost::system::error_code ignored;
        self->to_->shutdown(tcp::socket::shutdown_send, ignored);
        return;
      }
      asio::async_write(*self->to_, asio::buffer(self->late_.front().second),
                        [self](boost::system::error_code error, std::size_t) {
                          self->late_.pop_front();
                          if (!error && !self->late_.empty()) self->deliver();
                        });
    });
  }
  std::shared_ptr<tcp::socket> from_, to_;
  asio::steady_timer timer_;
  Clock::duration delay_;
  std::deque<std::pair<Clock::time_point, std::string>> late_;
  char buffer_[65536];
};

class Link {
 public:
  Link(std::uint16_t port, Clock::duration delay)
      : port_(port), delay_(delay), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Link() {
    context_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      auto near = std::make_shared<tcp::socket>(std::move(socket)), far = std::make_shared<tcp::socket>(context_);
      far->connect({asio::ip::address_v4::loopback(), port_});
      for (const auto& end : {near, far}) end->set_option(tcp::no_delay(true));
      std::make_shared<Pipe>(near, far, delay_ / 2)->read();
      std::make_shared<Pipe>(far, near, delay_ / 2)->read();
      accept();
    });
  }
  std::uint16_t port_;
  Clock::duration delay_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

class Simulator {
 public:
  explicit Simulator(std::size_t tenants) {
    sim::Apicsim::Options options;
    options.port = 0;
    sim_ = std::move(*sim::Apicsim::start(loop_, std::move(options)));
    endpoint_ = io::Endpoint::parse(sim_->url()).value();
    (void)sim_->controller().storm(sim_->wall(), "fvTenant", tenants);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Simulator() {
    with([this](sim::Apicsim& sim) {
      sim.stop();
      loop_.stop();
    });
    thread_.join();
  }
  const io::Endpoint& endpoint() const { return endpoint_; }
  template <class F>
  void with(F work) {
    std::promise<void> done;
    loop_.post([&] {
      work(*sim_);
      sim_->flush();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  io::Loop loop_;
  std::unique_ptr<sim::Apicsim> sim_;
  io::Endpoint endpoint_;
  std::thread thread_;
};

io::FabricDriver::Options options_for(const io::Endpoint& endpoint) {
  io::FabricDriver::Options options;
  options.controllers = {endpoint};
  options.tls.verify = false;
  options.watch.user = "admin";
  options.watch.password = "password";
  return options;
}

void measure_subscriptions(std::size_t count, int link_ms, int seconds) {
  Simulator simulator(count);
  Link link(simulator.endpoint().port, std::chrono::milliseconds(link_ms));
  io::Endpoint through = simulator.endpoint();
  through.port = link.port();
  io::Loop loop;
  std::size_t gaps = 0, live = 0;
  io::Timer end(loop);
  const auto began = Clock::now();
  double cpu = 0;
  std::unique_ptr<io::FabricDriver> driver;
  io::FabricDriver::Handlers on;
  on.on_gap = [&](const watch::GapClosed& gap) { std::printf("gap: %s\n", gap.gap.reason.c_str()), ++gaps; };
  on.on_watch = [&](const watch::WatchChanged& change) {
    if (change.state != watch::WatchState::live || ++live != count) return;
    std::printf("%zu subscriptions live after %.1f s\n", count, std::chrono::duration<double>(Clock::now() - began).count());
    cpu = thread_seconds();
    end.after(base::Duration{seconds * 1000}, [&] { loop.stop(); });
  };
  driver = std::make_unique<io::FabricDriver>(loop, options_for(through), std::move(on));
  driver->start();
  for (std::size_t i = 1; i <= count; ++i)
    driver->add({"t", model::Query::of_object(model::Dn::trusted("uni/tn-storm-" + std::to_string(i)))});
  loop.run();
  std::size_t kept = 0;
  simulator.with([&](sim::Apicsim& sim) { kept = sim.controller().status().subscriptions; });
  std::printf("%zu subscriptions over %d ms, %d s: %zu expired, %zu gaps, refreshes %.2f %% of a core\n", count, link_ms,
              seconds, count - std::min(kept, count), gaps, 100 * (thread_seconds() - cpu) / seconds);
}

void measure_cut(std::size_t objects, int times) {
  Simulator simulator(objects);
  io::Loop loop;
  std::vector<double> took;
  Clock::time_point cut;
  io::Timer next(loop);
  const auto cut_it = [&] {
    cut = Clock::now();
    simulator.with([](sim::Apicsim& sim) { sim.controller().drop_channels(); });
  };
  bool first = true;
  io::FabricDriver::Handlers on;
  on.on_watch = [&](const watch::WatchChanged& change) {
    if (change.state != watch::WatchState::live) return;
    if (!first) took.push_back(std::chrono::duration<double>(Clock::now() - cut).count());
    first = false;
    if (static_cast<int>(took.size()) == times) return loop.stop();
    // Longer than a login counts as stable, so that each is cut out of a quiet state.
    next.after(base::Duration{2'500}, cut_it);
  };
  auto options = options_for(simulator.endpoint());
  options.watch.controllers.stable = base::Duration{2'000};
  io::FabricDriver driver(loop, std::move(options), std::move(on));
  driver.start();
  driver.add({"tenants", model::Query::of_class("fvTenant")});
  loop.run();
  std::sort(took.begin(), took.end());
  std::printf("socket cut to live again, %zu objects: median %.3f s, longest %.3f s, of %d\n", objects, took[took.size() / 2],
              took.back(), times);
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  if (argc > 1 && argv[1] == std::string("cut")) measure_cut(static_cast<std::size_t>(number(2, 10'000)), number(3, 15));
  else measure_subscriptions(static_cast<std::size_t>(number(1, 2'000)), number(2, 200), number(3, 90));
}
