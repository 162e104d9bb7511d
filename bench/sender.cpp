// A controller that does one thing: after the subscription it pushes COUNT created tenants from frames that were built before.
// bench/run measures readers with it, so it must not be what limits.
//
//   bench_sender COUNT       prints "sender: serving https://127.0.0.1:PORT" and serves any number of readers, one after the
//   other
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "io/server.hpp"

using namespace aci;

namespace {

constexpr const char* id = "72057628414509057";

std::vector<std::shared_ptr<const std::string>> make_frames(std::size_t count) {
  std::vector<std::shared_ptr<const std::string>> frames;
  frames.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "T" + std::to_string(i);
    frames.push_back(std::make_shared<const std::string>(
        std::string(R"({"subscriptionId":[")") + id +
        R"("],"imdata":[{"fvTenant":{"attributes":{"annotation":"","childAction":"","descr":"","dn":"uni/tn-)" + name +
        R"(","extMngdBy":"","lcOwn":"local","modTs":"2026-01-02T03:04:05.678+00:00","monPolDn":"uni/tn-common/monepg-default","name":")" +
        name +
        R"(","nameAlias":"","ownerKey":"","ownerTag":"","rn":"","status":"created","uid":"15374","userdom":":all:"}}}]})"));
  }
  return frames;
}

class Sender {
 public:
  Sender(io::Loop& loop, std::size_t count) : frames_(make_frames(count)), timer_(loop) {}

  io::HttpResponse answer(const io::HttpRequest& request) {
    std::string body = R"({"totalCount":"0","imdata":[]})";
    if (request.target.starts_with("/api/aaaLogin"))
      body =
          R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"BENCH","refreshTimeoutSeconds":"600","maximumLifetimeSeconds":"86400"}}}]})";
    if (request.target.find("subscription=yes") != std::string::npos) {
      body = std::string(R"({"totalCount":"0","subscriptionId":")") + id + R"(","imdata":[]})";
      next_ = 0;
      timer_.after(base::Duration{100}, [this] { pump(); });
    }
    return {200, {{"Content-Type", "application/json"}, {"Set-Cookie", "APIC-cookie=BENCH; path=/"}}, body};
  }

  std::shared_ptr<io::ServerSocket> socket;

 private:
  // As much as the socket takes, again and again.
  void pump() {
    if (!socket) return;
    while (next_ < frames_.size() && socket->send(frames_[next_])) ++next_;
    if (next_ < frames_.size()) timer_.after(base::Duration{1}, [this] { pump(); });
  }

  std::vector<std::shared_ptr<const std::string>> frames_;
  std::size_t next_ = 0;
  io::Timer timer_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  io::Loop loop;
  Sender sender(loop, count);
  io::Server::Options options;
  options.certificate = io::make_self_signed("bench").value();
  io::ServerHandlers on;
  on.on_request = [&](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
    responder->send(sender.answer(request));
  };
  on.on_upgrade = [](const io::HttpRequest&, std::uint64_t) { return io::HttpResponse{101, {}, {}}; };
  on.on_open = [&](std::shared_ptr<io::ServerSocket> socket) { sender.socket = std::move(socket); };
  on.on_close = [&](std::uint64_t) { sender.socket.reset(); };
  const auto server = io::Server::start(loop, std::move(options), std::move(on)).value();
  std::printf("sender: serving https://127.0.0.1:%d\n", server->port());
  std::fflush(stdout);
  loop.on_stop_signal([&] { loop.stop(); });
  loop.run();
}
