// The same answer asked for again and again over one TLS connection, and thrown away as it comes.
//
//   bench_download URL TARGET COOKIE TIMES      prints "71234567 bytes, median 0.161 s, 442 MB/s, client 0.045 s of CPU"
//
// The time runs from the request to the last byte. COOKIE is the value of the Cookie header, "" for none.
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "io/client.hpp"
#include "io/connection.hpp"

using namespace aci;

namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

class Download final : public io::ConnectionUser {
 public:
  Download(io::Loop& loop, std::string request, std::size_t times) : loop_(loop), request_(std::move(request)), left_(times) {}
  std::shared_ptr<io::Connection> connection;
  std::vector<double> seconds;
  std::size_t size = 0;

  void on_open() override { ask(); }
  void on_readable() override {
    io::Buffer& input = connection->input();
    if (awaited_ == 0 && !read_head(input)) return;
    const std::size_t taken = std::min(awaited_, input.size());
    input.consume(taken);
    if ((awaited_ -= taken) > 0) return;
    seconds.push_back(std::chrono::duration<double>(Clock::now() - began_).count());
    if (--left_ > 0) ask();
    else loop_.stop();
  }
  void on_deadline() override {}
  void on_closed(const base::Error& why) override { fail(why.message); }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    std::fprintf(stderr, "bench_download: %s\n", why.c_str());
    std::exit(1);
  }
  void ask() {
    began_ = Clock::now();
    connection->write(request_);
  }
  bool read_head(io::Buffer& input) {
    const std::string_view text = input.view();
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    constexpr std::string_view name = "Content-Length: ";
    const auto at = text.find(name);
    if (!text.starts_with("HTTP/1.1 200") || at > end) fail("answered " + std::string(text.substr(0, end)));
    std::from_chars(text.data() + at + name.size(), text.data() + end, size);
    awaited_ = size;
    input.consume(end + 4);
    return true;
  }

  io::Loop& loop_;
  std::string request_;
  std::size_t left_, awaited_ = 0;
  Clock::time_point began_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: bench_download URL TARGET COOKIE TIMES\n", stderr), 2;
  io::Loop loop;
  const auto endpoint = io::Endpoint::parse(argv[1]).value();
  const std::size_t times = std::strtoull(argv[4], nullptr, 10);
  const auto download = std::make_shared<Download>(
      loop, "GET " + std::string(argv[2]) + " HTTP/1.1\r\nHost: bench\r\nCookie: " + argv[3] + "\r\n\r\n", times);
  download->connection = io::connect(loop, endpoint, io::client_context({.verify = false, .ca_file = ""}).value(),
                                     base::Duration{10'000}, download);
  loop.run();
  auto& seconds = download->seconds;
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  std::printf("%zu bytes, median %.4f s, %.0f MB/s, client %.4f s of CPU\n", download->size, median,
              static_cast<double>(download->size) / median / 1e6, cpu_seconds() / static_cast<double>(times));
}
