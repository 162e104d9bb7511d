// What the drivers can do on TLS loopback: requests a second of one kept connection, and texts a second of one websocket.
//
//   bench_io_rates [REQUESTS] [TEXTS]
//
// Server and client each run in a thread of their own; the share of a core that the server's thread took is printed too.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "io/client.hpp"
#include "io/server.hpp"

using namespace aci;

namespace {

double thread_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

constexpr std::size_t text_size = 450;

// Feeds the socket as fast as it takes texts.
struct Feeder {
  Feeder(io::Loop& loop, std::size_t count) : timer(loop), left(count) {}
  void feed() {
    while (left > 0 && socket->send(text)) --left;
    if (left > 0) timer.after(base::Duration{1}, [this] { feed(); });
  }
  io::Timer timer;
  std::size_t left;
  std::shared_ptr<io::ServerSocket> socket;
  std::shared_ptr<const std::string> text = std::make_shared<const std::string>(text_size, 't');
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t requests = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 50'000;
  const std::size_t texts = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 500'000;

  io::Loop server_loop, loop;
  Feeder feeder(server_loop, texts);
  io::Server::Options options;
  options.certificate = io::make_self_signed("bench").value();
  auto server = io::Server::start(server_loop, std::move(options),
                                  {.on_request =
                                       [](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
                                         responder->send({200, {}, std::move(request.body)});
                                       },
                                   .on_upgrade = [](const io::HttpRequest&, std::uint64_t) { return io::HttpResponse{101}; },
                                   .on_open =
                                       [&](std::shared_ptr<io::ServerSocket> socket) {
                                         feeder.socket = std::move(socket);
                                         feeder.feed();
                                       },
                                   .on_close = {}})
                    .value();
  const io::Endpoint endpoint{true, "127.0.0.1", server->port()};
  double server_cpu = 0;
  std::thread server_thread([&] {
    server_loop.run();
    server_cpu = thread_seconds();
  });

  double began = wall_seconds(), cpu = thread_seconds();
  {
    io::HttpClient client(loop, endpoint, {.verify = false});
    std::size_t answered = 0;
    const std::string body(200, 'b');
    std::function<void()> ask = [&] {
      client.request({"POST", "/api/mo/uni.json", {{"Cookie", "APIC-cookie=x"}}, body}, base::Duration{10'000},
                     [&](auto answer) {
                       if (!answer) std::fprintf(stderr, "%s\n", answer.error().message.c_str()), std::exit(1);
                       if (++answered == requests) loop.stop();
                       else ask();
                     });
    };
    ask();
    loop.run();
  }
  double took = wall_seconds() - began;
  double middle_server_cpu = 0;
  server_loop.post([&] {
    middle_server_cpu = thread_seconds();
    loop.stop();
  });
  loop.run();
  std::printf("requests: %.0f/s; a request costs the server %.1f us, the client %.1f us of CPU\n",
              static_cast<double>(requests) / took, middle_server_cpu / static_cast<double>(requests) * 1e6,
              (thread_seconds() - cpu) / static_cast<double>(requests) * 1e6);

  began = wall_seconds();
  cpu = thread_seconds();
  {
    std::size_t heard = 0;
    io::ClientSocket socket(loop, endpoint, {.verify = false}, "/socketx",
                            {[] {},
                             [&](const char*, std::size_t) {
                               if (++heard == texts) loop.stop();
                             },
                             [](base::Error why) { std::fprintf(stderr, "%s\n", why.message.c_str()), std::exit(1); }});
    loop.run();
    took = wall_seconds() - began;
  }
  const double client_cpu = thread_seconds() - cpu;
  server_loop.stop();
  server_thread.join();
  std::printf("texts of %zu bytes: %.0f/s; a text costs the server %.2f us, the client %.2f us of CPU\n", text_size,
              static_cast<double>(texts) / took, (server_cpu - middle_server_cpu) / static_cast<double>(texts) * 1e6,
              client_cpu / static_cast<double>(texts) * 1e6);
}
