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
// A fabric has one or more controllers. They answer for the same tree, but a session, its tokens, channels and
// subscriptions belong to the one where they were made, and are unknown to the others.
//
// Facts: Cisco APIC REST API Configuration Guide and recordings; what is not known for sure is marked where it is coded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/change.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

class ObjectTree;

struct User {
  std::string name, password;
  std::string role = "admin";  // a role of the controller: admin, tenant-admin, read-all ...
  std::string domain = "all";  // a security domain: "all", or what objects are tagged with
  bool read_only = false;      // the role only reads
};

// How long a fault stays in each of its states.
struct FaultTimes {
  base::Duration soaking{120'000}, clearing{120'000}, retaining{3'600'000};
};

// How big the fabric is. Ports are those of a leaf that are no uplinks, endpoints those of a leaf.
struct FabricShape {
  unsigned pods = 1, spines = 1, leaves = 2, ports = 48, endpoints = 8;
};

struct Options {
  std::vector<User> users{{"admin", "password"}};
  base::Duration token_lifetime{600'000};
  base::Duration session_lifetime{86'400'000};
  base::Duration subscription_lifetime{60'000};
  base::Duration socket_lifetime{86'400'000};
  bool opaque_tokens = false;  // tokens as before release 5.2, base64 with + / =, instead of JWTs
  std::size_t login_rate =
      0;  // logins and refreshes a second for each controller, beyond it 503; 0: no bound, real ones have 2
  // Whether `signature` (base64) of `payload` was made with the key of this certificate, PEM: RSA, PKCS #1 v1.5, SHA-256.
  // Without it no signature is valid.
  std::function<bool(std::string_view certificate, std::string_view payload, std::string_view signature)> verify_signature;
  std::uint64_t seed = 1;                // tokens, ids
  std::size_t controllers = 1;           // of the fabric
  std::optional<FabricShape> fabric;     // absent: the nodes of the smallest one, without their ports
  std::size_t record_log_max = 100'000;  // of each class of log records; 0: none are made
  FaultTimes fault_times;
  // Hears of every change of the tree, whatever trouble the pushes are in: for tests. `whole` is the object as it is now,
  // of a deleted one as it was.
  std::function<void(std::string_view class_name, std::string_view dn, model::Op op, const model::Attributes& whole)> observe;
};

// What is wrong with an object.
struct FaultCondition {
  std::string dn;    // of the object
  std::string code;  // "F0532"
  std::string severity = "major";
  std::string cause, change_set, descr, domain, rule, subject, type;
  std::string delegate_to;  // DN of a policy that shows the fault too, "" for none
};

struct Request {
  std::string method;  // GET, HEAD, POST, DELETE, OPTIONS
  std::string target;  // path and query, raw
  std::string body;
  std::string cookies;         // the Cookie header as it came, "" for none
  std::size_t controller = 0;  // the one that is asked, from 0
  std::string challenge;       // the APIC-challenge header, "" for none
  std::string address;         // of the client, "" when nobody knows
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string set_cookie;  // value of a Set-Cookie header, "" for none
  base::Duration delay{};  // so long the driver keeps the answer back
};

using ChannelId = std::uint64_t;

struct Push {
  ChannelId channel = 0;
  std::shared_ptr<const std::string> frame;  // encoded once per distinct list of ids
};

// Probabilities, 0 to 1.
struct PushTrouble {
  double duplicate = 0;  // a push is sent twice
  double reorder = 0;    // a push is overtaken by the next one of its channel
};

struct Status {
  std::size_t sessions = 0, channels = 0, subscriptions = 0, objects = 0;
  std::uint64_t pushed = 0, requests = 0;
  std::size_t records = 0;  // log records, which are not counted as objects
};

class Controller {
 public:
  explicit Controller(Options options);
  ~Controller();

  Response handle(base::Instant now, base::WallTime wall, const Request& request);

  // `target` is the raw request target of the upgrade, "/socket<TOKEN>", never unescaped. Errc auth for an unknown or
  // expired token, and for one of another controller.
  base::Result<ChannelId> open_channel(base::Instant now, std::string_view target, std::size_t controller = 0);
  void close_channel(ChannelId channel);

  // Expires tokens, sessions, subscriptions. next_wakeup() says when that is next worth a call.
  void advance(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;

  // What is to be written and which channels are to be closed, since the last call, in order.
  std::vector<Push> take_pushes();
  std::vector<ChannelId> take_closes();

  // Adds objects without pushing: what `--load` reads (an answer of a controller, or a nested tree). Behind mark_of_whole()
  // they are the whole tree: what was there before, initial objects among it, goes. Faults then go on with their life.
  base::Result<std::size_t> load(base::WallTime wall, const std::vector<model::ManagedObject>& objects);
  // The same of more objects than one wants to hold at once: `source` hands over one after the other.
  using Take = std::function<base::Result<void>(const model::ManagedObject&)>;
  base::Result<std::size_t> load(base::WallTime wall, const std::function<base::Result<void>(const Take&)>& source);

  static model::ManagedObject mark_of_whole();

  // For a driver that keeps the fabric. Sessions are left out: they end with the program.
  // Every object, parents before children; users with their pwd where that is asked for.
  void each_object(const std::function<void(std::string_view class_name, const model::Attributes& attributes)>& use,
                   bool passwords = false) const;
  // The same in parts, passwords included, while requests come in between: `use` is called for up to `count` objects more;
  // false when there are no more. What changes meanwhile is told by take_changes() besides.
  void begin_walk();
  bool walk(std::size_t count,
            const std::function<void(std::string_view class_name, const model::Attributes& attributes)>& use);
  // From now on changes are kept until they are taken, in order: objects as they are then, or with status "deleted".
  void keep_changes();
  std::vector<model::ManagedObject> take_changes();
  // Puts back what the two above told, in any number of parts and instead of the initial tree, before anything else is
  // asked; resume() after the last one.
  void restore(const std::vector<model::ManagedObject>& part);
  void resume(base::Instant now, base::WallTime wall);

  // Writes and pushes as the fabric itself does: a port that goes down, a fault that is raised. `dn` names the object,
  // `status` may be "deleted".
  base::Result<void> set(base::WallTime wall, const model::ManagedObject& object);

  // Tells again what a controller pushed, as it came: no relation, number, fault or record follows from it.
  void replay(base::Instant now, base::WallTime wall, const model::ManagedObject& object);
  // Writes as a user does, with every check but that of rights, and the record of it. `dn` names the object.
  base::Result<void> configure(base::Instant now, base::WallTime wall, std::string_view user,
                               const model::ManagedObject& object);

  // A condition that holds from now on, or no longer: its fault goes through its life. Errc not_found when the object is
  // not there.
  base::Result<void> raise_fault(base::Instant now, base::WallTime wall, const FaultCondition& condition);
  base::Result<void> clear_fault(base::Instant now, base::WallTime wall, std::string_view dn, std::string_view code);

  // A controller that fails: its channels are closed, its sessions and subscriptions are gone, and the driver refuses
  // connections to it (requests are answered as by a front end without a controller behind it). Others go on.
  void stop_controller(std::size_t controller);
  void start_controller(std::size_t controller);
  bool controller_running(std::size_t controller) const;
  std::size_t controller_count() const;

  // Chaos. Where there is a path, it holds for requests whose path begins with it ("" for all), for a time.
  void drop_channels();
  void mute(base::Instant now, base::Duration time);  // channels stay, nothing is pushed; what would have been is lost
  void expire_tokens();
  void expire_subscriptions();
  // Subscriptions end so much before their time; 0 s turns it off.
  void expire_subscriptions_early(base::Duration early);
  // Answers with this status and an error of the API.
  void refuse(base::Instant now, int status, base::Duration time, std::string path);
  // Answers with this status and a page of HTML, as a front end that is not itself does.
  void answer_html(base::Instant now, int status, base::Duration time, std::string path);
  // Queries answer how many objects there are and hold none: a controller that is too busy.
  void withhold_data(base::Instant now, base::Duration time, std::string path);
  // Response::delay of every answer.
  void delay_answers(base::Instant now, base::Duration delay, base::Duration time, std::string path);
  void disturb_pushes(base::Instant now, PushTrouble trouble, base::Duration time);
  // A switch boots: its topSystem tells so, and the subscriptions there are hear nothing more of what lives on it, without
  // being told. Errc not_found for a switch that is not there.
  base::Result<void> restart_node(base::Instant now, base::WallTime wall, unsigned node_id);
  // The first child that is created below an object younger than this is not pushed; 0 s turns it off.
  void miss_first_child(base::Duration age);
  // A request with two APIC-cookies is answered, but what it subscribes to never pushes and begins empty.
  void trap_two_cookies(bool on);
  // Creates `count` objects of a class, pushed as real ones are: tenants by name, others below a tenant made for them,
  // faults on existing objects. Errc not_found for a class that is not known.
  base::Result<void> storm(base::WallTime wall, std::string_view class_name, std::size_t count);

  Status status() const;
  const ObjectTree& tree() const;
  const std::optional<FabricShape>& fabric() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::controller
