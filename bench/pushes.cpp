// Sockets that each have one subscription, tenants that are written to meanwhile, and how long that takes.
//
//   bench_pushes URL PID SOCKETS WRITES OBJECTS SECONDS [stuck]
//
// WRITES a second, each a POST that changes OBJECTS tenants; 0: as many as 16 connections get answered. They are sent whether
// or not those before have been answered. Every socket is told of every change. PID is the server's, whose share of a core is
// printed beside our own. With `stuck` there is one socket more that is never read, and it goes on until the server has cut
// it. One thread; of a frame is read what is needed to know which write it tells of.
//
//   pushes 219913 /s, write to frame p50 1.20 ms p99 4.31 ms max 6.02 ms, write p50 0.90 ms p99 4.00 ms max 5.90 ms,
//   missing 0, server 81 %, client 44 % of a core, cut after 0.0 s
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "codec/answer.hpp"
#include "io/client.hpp"
#include "io/connection.hpp"

using namespace aci;

namespace {

constexpr std::size_t tenants = 1000, in_flight = 16;
constexpr base::Duration patience{10'000};
using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "bench_pushes: %s\n", why.c_str());
  std::exit(1);
}

// CPU of another process, in seconds: the 14th and 15th word of its line, the 12th and 13th behind its name.
double cpu_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream words(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string word;
  double ticks = 0;
  for (int i = 1; i <= 13 && words >> word; ++i)
    if (i >= 12) ticks += std::stod(word);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Times {
 public:
  void add(Clock::time_point from) { ms_.push_back(static_cast<float>(1000 * seconds_between(from, Clock::now()))); }
  void expect(std::size_t count) { ms_.reserve(count); }
  std::size_t count() const { return ms_.size(); }
  std::string str() {
    if (ms_.empty()) return "none";
    std::sort(ms_.begin(), ms_.end());
    char text[80];
    std::snprintf(text, sizeof text, "p50 %.2f ms p99 %.2f ms max %.2f ms", ms_[ms_.size() / 2], ms_[ms_.size() * 99 / 100],
                  ms_.back());
    return text;
  }

 private:
  std::vector<float> ms_;
};

// Opens a websocket and never takes what comes.
class Stuck final : public io::ConnectionUser {
 public:
  void open(io::Loop& loop, const io::Endpoint& endpoint, const std::string& target) {
    connection_ = io::connect(loop, endpoint, io::client_context({.verify = false, .ca_file = ""}).value(), patience,
                              std::shared_ptr<Stuck>(std::shared_ptr<void>(), this));
    connection_->input_limit(1024);
    target_ = target;
  }
  void on_open() override {
    connection_->write("GET " + target_ +
                       " HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  }
  void on_readable() override {
    if (opened) std::exchange(opened, nullptr)();
  }
  void on_deadline() override {}
  void on_closed(const base::Error&) override {}
  std::function<void()> opened;

 private:
  std::shared_ptr<io::Connection> connection_;
  std::string target_;
};

struct Asked {
  std::string url, pid;
  std::size_t sockets, writes, objects;
  double seconds;
  bool stuck;
};

class Load {
 public:
  explicit Load(Asked asked)
      : asked_(std::move(asked)),
        endpoint_(io::Endpoint::parse(asked_.url).value()),
        rest_(loop_, endpoint_, {.verify = false, .ca_file = ""}),
        timer_(loop_) {
    rest_.connections_max(in_flight);
  }

  void run() {
    log_in([this](const std::string& token) {
      cookie_ = token;
      ask("POST", "/api/mo/uni.json", cookie_, change(0, tenants, "-1"), [this](const std::string&) { open_next(); });
    });
    loop_.run();
    report();
  }

 private:
  using Done = std::function<void(const std::string&)>;

  void ask(const char* method, std::string target, const std::string& token, std::string body, Done done) {
    rest_.request({method, std::move(target), {{"Cookie", "APIC-cookie=" + token}}, std::move(body)}, patience,
                  [done = std::move(done)](base::Result<io::HttpResponse> answer) {
                    if (!answer) fail(answer.error().message);
                    if (answer->status != 200) fail(answer->body);
                    done(answer->body);
                  });
  }

  void log_in(Done done) {
    ask("POST", "/api/aaaLogin.json", "", codec::login_body("admin", "password"),
        [done = std::move(done)](const std::string& body) {
          done(codec::login_of(codec::decode_answer(body).value()).value().token);
        });
  }

  // One POST that changes `count` tenants from the given one on, all to "w<number>".
  static std::string change(std::size_t first, std::size_t count, const std::string& number) {
    std::string body = R"({"polUni":{"attributes":{},"children":[)";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) body += ',';
      body += R"({"fvTenant":{"attributes":{"name":"W)" + std::to_string((first + i) % tenants) + R"(","descr":"w)" + number +
              "\"}}}";
    }
    return body + "]}}";
  }

  void open_next() {
    if (sockets_.size() == asked_.sockets && (!asked_.stuck || stuck_.opened)) return;
    log_in([this](const std::string& token) {
      const auto subscribe = [this, token] {
        ask("GET", "/api/class/fvTenant.json?page-size=1&subscription=yes", token, "", [this](const std::string&) {
          if (++subscribed_ == asked_.sockets + (asked_.stuck ? 1 : 0)) begin();
          else open_next();
        });
      };
      if (sockets_.size() < asked_.sockets) {
        io::ClientSocket::Handlers on{subscribe,
                                      [this](const char* data, std::size_t size) {
                                        hear({data, size});
                                      },
                                      [](const base::Error& why) { fail("a socket that reads was closed: " + why.message); }};
        sockets_.push_back(std::make_unique<io::ClientSocket>(
            loop_, endpoint_, io::TlsClientOptions{.verify = false, .ca_file = ""}, "/socket" + token, std::move(on)));
        return;
      }
      stuck_.opened = subscribe;
      stuck_.open(loop_, endpoint_, "/socket" + token);
    });
  }

  void begin() {
    const std::size_t expected = asked_.writes ? asked_.writes : 5000;
    frame_times_.expect(
        static_cast<std::size_t>(static_cast<double>(expected * asked_.objects * asked_.sockets) * asked_.seconds * 1.2));
    began_ = last_heard_ = Clock::now();
    server_cpu_ = cpu_of(asked_.pid);
    own_cpu_ = cpu_of("self");
    if (asked_.stuck) watch_stuck();
    if (asked_.writes) return pace();
    for (std::size_t i = 0; i < in_flight; ++i) write();
  }

  bool over() const { return seconds_between(began_, Clock::now()) >= asked_.seconds && (!asked_.stuck || cut_after_ > 0); }

  void pace() {
    if (over()) return finish();
    const auto due = static_cast<std::size_t>(seconds_between(began_, Clock::now()) * static_cast<double>(asked_.writes));
    while (sent_.size() < due) write();
    timer_.at(io::Loop::now() + base::Duration{1}, [this] { pace(); });
  }

  void write() {
    const std::size_t number = sent_.size();
    std::string body = change(number * asked_.objects, asked_.objects, std::to_string(number));
    sent_.push_back(Clock::now());
    ask("POST", "/api/mo/uni.json", cookie_, std::move(body), [this, number](const std::string&) {
      write_times_.add(sent_[number]);
      if (asked_.writes) return;
      if (!over()) write();
      else if (write_times_.count() == sent_.size()) finish();
    });
  }

  void hear(std::string_view frame) {
    constexpr std::string_view mark = R"("descr":"w)";
    const void* at = memmem(frame.data(), frame.size(), mark.data(), mark.size());
    if (!at) return;
    const std::size_t number = std::strtoull(static_cast<const char*>(at) + mark.size(), nullptr, 10);
    if (number >= sent_.size()) return;
    frame_times_.add(sent_[number]);
    last_heard_ = Clock::now();
  }

  // The server tells how many channels it has.
  void watch_stuck() {
    ask("GET", "/_sim/status", "", "", [this](const std::string& body) {
      const auto at = body.find(R"("channels":)");
      if (at == std::string::npos) fail("no channels in " + body);
      if (std::strtoull(body.c_str() + at + 11, nullptr, 10) == asked_.sockets) {
        cut_after_ = seconds_between(began_, Clock::now());
        return;
      }
      if (seconds_between(began_, Clock::now()) > 120) fail("the socket that does not read was not cut within 120 s");
      stuck_timer_.after(base::Duration{50}, [this] { watch_stuck(); });
    });
  }

  std::size_t expected() const { return sent_.size() * asked_.objects * asked_.sockets; }

  // Until everything has come, or nothing has for a second.
  void finish() {
    if ((frame_times_.count() >= expected() && write_times_.count() == sent_.size()) ||
        seconds_between(last_heard_, Clock::now()) > 1)
      return loop_.stop();
    timer_.after(base::Duration{1}, [this] { finish(); });
  }

  void report() {
    const double took = seconds_between(began_, last_heard_);
    std::printf(
        "pushes %.0f /s, writes %.0f /s, write to frame %s, write %s, missing %zu, server %.0f %%, client %.0f %% of a core, "
        "cut after %.1f s\n",
        static_cast<double>(frame_times_.count()) / took, static_cast<double>(sent_.size()) / took, frame_times_.str().c_str(),
        write_times_.str().c_str(), expected() - frame_times_.count(), 100 * (cpu_of(asked_.pid) - server_cpu_) / took,
        100 * (cpu_of("self") - own_cpu_) / took, cut_after_);
  }

  Asked asked_;
  io::Loop loop_;
  io::Endpoint endpoint_;
  io::HttpClient rest_;
  io::Timer timer_, stuck_timer_{loop_};
  std::string cookie_;
  std::vector<std::unique_ptr<io::ClientSocket>> sockets_;
  Stuck stuck_;
  std::size_t subscribed_ = 0;
  std::vector<Clock::time_point> sent_;
  Times frame_times_, write_times_;
  Clock::time_point began_, last_heard_;
  double server_cpu_ = 0, own_cpu_ = 0, cut_after_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return std::fputs("usage: bench_pushes URL PID SOCKETS WRITES OBJECTS SECONDS [stuck]\n", stderr), 2;
  const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
  Load({argv[1], argv[2], number(3), number(4), number(5), std::strtod(argv[6], nullptr), argc > 7}).run();
}
