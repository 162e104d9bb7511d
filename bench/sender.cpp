// A controller that does one thing: once its tenants have been read it pushes COUNT changes from frames that were built
// before. bench/run measures readers with it, so it must not be what limits.
//
//   bench_sender COUNT [created|modified]      prints "sender: serving https://127.0.0.1:PORT" and serves any number of
//                                              readers, one after the other
//
// created: there are no tenants, and each push is a new one. modified: there are 10,000, and each push changes two
// attributes of one of them, as sparse as a controller's.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/server.hpp"

using namespace aci;

namespace {

constexpr const char* id = "72057628414509057";
constexpr std::size_t known = 10'000;
constexpr base::WallTime begin{1'767'323'045'678};
const std::string& never() {
  static const std::string text = begin.to_string();
  return text;
}

std::string tenant(std::size_t i, const std::string& status) {
  const std::string name = "T" + std::to_string(i);
  return R"({"fvTenant":{"attributes":{"annotation":"","childAction":"","descr":"","dn":"uni/tn-)" + name +
         R"(","extMngdBy":"","lcOwn":"local","modTs":")" + never() + R"(","monPolDn":"uni/tn-common/monepg-default","name":")" +
         name + R"(","nameAlias":"","ownerKey":"","ownerTag":"","rn":"","status":")" + status +
         R"(","uid":"15374","userdom":":all:"}}})";
}

// The i-th change: of tenant 0, 1, 2, ... and round again, each time to values it has not had.
std::string change(std::size_t i) {
  const std::string turn = std::to_string(i / known);
  return R"({"fvTenant":{"attributes":{"childAction":"","descr":"changed for the )" + turn + R"(. time","dn":"uni/tn-T)" +
         std::to_string(i % known) + R"(","modTs":")" + (begin + base::Duration{static_cast<std::int64_t>(i) + 1}).to_string() +
         R"(","nameAlias":"alias )" + turn + R"(","rn":"","status":"modified"}}})";
}

std::vector<std::shared_ptr<const std::string>> make_frames(std::size_t count, bool created) {
  std::vector<std::shared_ptr<const std::string>> frames;
  frames.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    frames.push_back(std::make_shared<const std::string>(std::string(R"({"subscriptionId":[")") + id + R"("],"imdata":[)" +
                                                         (created ? tenant(i, "created") : change(i)) + "]}"));
  return frames;
}

// The number behind `name` in a query, or `otherwise`.
std::size_t option(const std::string& target, const char* name, std::size_t otherwise) {
  const auto at = target.find(name);
  return at == std::string::npos ? otherwise
                                 : std::strtoull(target.c_str() + at + std::char_traits<char>::length(name), nullptr, 10);
}

class Sender {
 public:
  Sender(io::Loop& loop, std::size_t count, bool created)
      : frames_(make_frames(count, created)), timer_(loop), there_(created ? 0 : known) {}

  io::HttpResponse answer(const io::HttpRequest& request) {
    const std::string& target = request.target;
    std::string body = R"({"totalCount":"0","imdata":[]})";
    if (target.starts_with("/api/aaaLogin")) {
      body =
          R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"BENCH","refreshTimeoutSeconds":"600","maximumLifetimeSeconds":"86400"}}}]})";
    } else if (target.starts_with("/api/class/fvTenant")) {
      const bool subscribes = target.find("subscription=yes") != std::string::npos;
      if (subscribes) next_ = 0;
      body = page(target, subscribes);
      timer_.after(base::Duration{300}, [this] { pump(); });  // once nothing more is asked
    }
    return {200, {{"Content-Type", "application/json"}, {"Set-Cookie", "APIC-cookie=BENCH; path=/"}}, body};
  }

  std::shared_ptr<io::ServerSocket> socket;

 private:
  std::string page(const std::string& target, bool subscribes) const {
    const std::size_t size = option(target, "page-size=", there_ + 1);
    const std::size_t first = option(target, "page=", 0) * size;
    std::string body = R"({"totalCount":")" + std::to_string(there_) + '"';
    if (subscribes) body += std::string(R"(,"subscriptionId":")") + id + '"';
    body += R"(,"imdata":[)";
    for (std::size_t i = first; i < std::min(there_, first + size); ++i) (body += i > first ? "," : "") += tenant(i, "");
    return body + "]}";
  }

  // As much as the socket takes, again and again.
  void pump() {
    if (!socket) return;
    while (next_ < frames_.size() && socket->send(frames_[next_])) ++next_;
    if (next_ < frames_.size()) timer_.after(base::Duration{1}, [this] { pump(); });
  }

  std::vector<std::shared_ptr<const std::string>> frames_;
  std::size_t next_ = 0;
  io::Timer timer_;
  std::size_t there_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  const bool created = argc < 3 || argv[2] == std::string("created");
  io::Loop loop;
  Sender sender(loop, count, created);
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
