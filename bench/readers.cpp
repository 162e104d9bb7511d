// Reads what bench_sender pushes, in one of three ways, and prints how fast:
//
//   bench_readers URL COUNT bare       Beast's websocket and simdjson, which read dn and status and keep nothing
//   bench_readers URL COUNT watch      ours: whole events with before and after, merged on the mirror
//   bench_readers URL COUNT session    the same through the SDK: queued, and taken by another thread
//
// "500000 events in 1.234 s, 405186 events/s, 2.31 us of CPU each", from the first event to the last; the CPU is that of the
// thread that reads. The baseline needs no more than it is: it blocks, so that no event loop stands between.
#include <simdjson.h>
#include <sys/resource.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "aci/aci.hpp"
#include "io/fabric_driver.hpp"

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

// Counts events on the thread that reads them, and measures from the first to the last.
class Meter {
 public:
  explicit Meter(std::uint64_t count) : count_(count) {}
  // True with the last one.
  bool event() {
    if (seen_++ == 0) began_ = std::chrono::steady_clock::now(), cpu_ = thread_seconds();
    if (seen_ < count_) return false;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    std::printf("%llu events in %.3f s, %.0f events/s, %.3f us of CPU each\n", static_cast<unsigned long long>(seen_), seconds,
                static_cast<double>(seen_) / seconds, (thread_seconds() - cpu_) / static_cast<double>(seen_) * 1e6);
    return true;
  }

 private:
  std::uint64_t count_, seen_ = 0;
  std::chrono::steady_clock::time_point began_;
  double cpu_ = 0;
};

// --- bare ------------------------------------------------------------------------------------------------------------

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tls = beast::ssl_stream<beast::tcp_stream>;

http::response<http::string_body> ask(Tls& stream, http::verb verb, const std::string& target, const std::string& body) {
  http::request<http::string_body> request(verb, target, 11, body);
  request.set(http::field::host, "127.0.0.1");
  request.prepare_payload();
  http::write(stream, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(stream, buffer, response);
  return response;
}

void read_bare(const io::Endpoint& endpoint, std::uint64_t count) {
  asio::io_context context(1);
  asio::ssl::context tls(asio::ssl::context::tls_client);
  const auto connect = [&](Tls& stream) {
    asio::ip::tcp::resolver resolver(context);
    beast::get_lowest_layer(stream).connect(resolver.resolve(endpoint.host, std::to_string(endpoint.port)));
    stream.handshake(asio::ssl::stream_base::client);
  };
  Tls rest(context, tls);
  connect(rest);
  ask(rest, http::verb::post, "/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})");
  beast::websocket::stream<Tls> channel(context, tls);
  connect(channel.next_layer());
  channel.handshake("127.0.0.1", "/socketBENCH");
  ask(rest, http::verb::get, "/api/class/fvTenant.json?subscription=yes", "");

  Meter meter(count);
  beast::flat_buffer buffer;
  simdjson::ondemand::parser parser;
  std::size_t read = 0;
  for (bool done = false; !done;) {
    buffer.clear();
    channel.read(buffer);
    const std::size_t size = buffer.size();
    buffer.prepare(simdjson::SIMDJSON_PADDING);
    auto document = parser.iterate(static_cast<const char*>(buffer.data().data()), size, size + simdjson::SIMDJSON_PADDING);
    for (auto item : document["imdata"].get_array())
      for (auto object : item.get_object()) {
        simdjson::ondemand::object attributes = object.value()["attributes"].get_object();
        read += std::string_view(attributes["dn"].get_string()).size();
        read += std::string_view(attributes["status"].get_string()).size();
        done = meter.event();
      }
  }
  if (read == 0) std::puts("nothing was read");
}

// --- ours ------------------------------------------------------------------------------------------------------------

void read_watch(const io::Endpoint& endpoint, std::uint64_t count) {
  io::Loop loop;
  Meter meter(count);
  io::FabricDriver::Options options;
  options.controllers = {endpoint};
  options.tls.verify = false;
  options.watch.user = "admin";
  options.watch.password = "password";
  io::FabricDriver::Handlers on;
  on.on_event = [&](model::Event&& event, const std::vector<watch::WatchId>&) {
    if (event.origin == model::Origin::live && meter.event()) loop.stop();
  };
  io::FabricDriver driver(loop, std::move(options), std::move(on));
  driver.start();
  driver.add({"tenants", model::Query::of_class("fvTenant")});
  loop.run();
}

void read_session(const std::string& url, std::uint64_t count) {
  SessionOptions options;
  options.verify = false;
  options.queue_capacity = count;
  Session session(url, "admin", "password", options);
  session.login();
  Tenant.subscribe(session, {.only_new = true});
  Meter meter(count);
  while (session.wait_event())
    if (meter.event()) return;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: bench_readers URL COUNT bare|watch|session\n", stderr), 2;
  const auto endpoint = io::Endpoint::parse(argv[1]).value();
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  const std::string way = argv[3];
  if (way == "bare") read_bare(endpoint, count);
  else if (way == "watch") read_watch(endpoint, count);
  else read_session(argv[1], count);
}
