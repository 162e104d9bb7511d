// The simulated controller as one machine: requests in, answers and pushes out. Floor: controller.
//
// No socket, thread, file or clock: src/sim drives it, tests and the simulated world drive it too. Time comes in with every
// call. Thread-safety: one thread.
//
//   Controller controller(options);
//   Response login = controller.handle(now, wall, {"POST", "/api/aaaLogin.json", body, ""});
//   auto channel = controller.open_channel(now, "/socket" + token);     // then subscribe with that token's cookie
//   controller.handle(now, wall, {"POST", "/api/mo/uni/tn-T.json", tenant, cookie});
//   for (Push& push : controller.take_pushes()) ...                      // write push.frame to push.channel
//
// Facts: Cisco APIC REST API Configuration Guide and recordings; what is not known for sure is marked where it is coded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

struct User {
  std::string name, password;
};

struct Options {
  std::vector<User> users{{"admin", "password"}};
  base::Duration token_lifetime{600'000};
  base::Duration session_lifetime{86'400'000};
  base::Duration subscription_lifetime{60'000};
  std::uint64_t seed = 1;  // tokens, ids
};

struct Request {
  std::string method;  // GET, POST, DELETE
  std::string target;  // path and query, raw
  std::string body;
  std::string cookies;  // the Cookie header as it came, "" for none
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string set_cookie;  // value of a Set-Cookie header, "" for none
};

using ChannelId = std::uint64_t;

struct Push {
  ChannelId channel = 0;
  std::shared_ptr<const std::string> frame;  // encoded once per distinct list of ids
};

struct Status {
  std::size_t sessions = 0, channels = 0, subscriptions = 0, objects = 0;
  std::uint64_t pushed = 0, requests = 0;
};

class Controller {
 public:
  explicit Controller(Options options);
  ~Controller();

  Response handle(base::Instant now, base::WallTime wall, const Request& request);

  // `target` is the raw request target of the upgrade, "/socket<TOKEN>", never unescaped. Errc auth for an unknown or
  // expired token.
  base::Result<ChannelId> open_channel(base::Instant now, std::string_view target);
  void close_channel(ChannelId channel);

  // Expires tokens, sessions, subscriptions. next_wakeup() says when that is next worth a call.
  void advance(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;

  // What is to be written and which channels are to be closed, since the last call, in order.
  std::vector<Push> take_pushes();
  std::vector<ChannelId> take_closes();

  // Adds objects without pushing: what `--load` reads (an answer of a controller, or a nested tree).
  base::Result<std::size_t> load(base::WallTime wall, const std::vector<model::ManagedObject>& objects);

  // Writes and pushes as the fabric itself does: a port that goes down, a fault that is raised. `dn` names the object,
  // `status` may be "deleted".
  base::Result<void> set(base::WallTime wall, const model::ManagedObject& object);

  // Chaos.
  void drop_channels();
  void mute(base::Instant now, base::Duration time);  // channels stay, nothing is pushed; what would have been is lost
  void expire_tokens();
  void expire_subscriptions();
  // Answers requests whose path begins with `path` ("" for all but /_sim/) with this status for a time.
  void refuse(base::Instant now, int status, base::Duration time, std::string path);
  // Creates `count` objects of a class, pushed as real ones are: tenants by name, others below a tenant made for them,
  // faults on existing objects. Errc not_found for a class that is not known.
  base::Result<void> storm(base::WallTime wall, std::string_view class_name, std::size_t count);

  Status status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::controller
