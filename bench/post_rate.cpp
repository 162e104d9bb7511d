// COUNT tenants posted one by one over one connection: each waits for the answer to the one before.
//
//   bench_post_rate URL COUNT       prints "10000 tenants in 1.234 s, 8104 tenants/s"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "codec/answer.hpp"
#include "io/client.hpp"

using namespace aci;

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "bench_post_rate URL COUNT\n"), 2;
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  io::Loop loop;
  io::HttpClient client(loop, io::Endpoint::parse(argv[1]).value(), {.verify = false, .ca_file = ""});
  std::string cookie;
  std::size_t posted = 0;
  std::chrono::steady_clock::time_point began;

  std::function<void()> post = [&] {
    if (posted == count) return loop.stop();
    io::HttpRequest request{"POST",
                            "/api/mo/uni.json",
                            {{"Cookie", cookie}},
                            R"({"fvTenant":{"attributes":{"name":"T)" + std::to_string(posted) + R"("}}})"};
    client.request(std::move(request), base::Duration{10'000}, [&](base::Result<io::HttpResponse> response) {
      if (!response || response->status != 200)
        std::fprintf(stderr, "refused: %s\n", response ? response->body.c_str() : response.error().message.c_str()),
            std::exit(1);
      ++posted;
      post();
    });
  };
  client.request({"POST", "/api/aaaLogin.json", {}, codec::login_body("admin", "password")}, base::Duration{10'000},
                 [&](base::Result<io::HttpResponse> response) {
                   cookie = "APIC-cookie=" + codec::login_of(codec::decode_answer(response.value().body).value()).value().token;
                   began = std::chrono::steady_clock::now();
                   post();
                 });
  loop.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%zu tenants in %.3f s, %.0f tenants/s\n", count, seconds, static_cast<double>(count) / seconds);
}
