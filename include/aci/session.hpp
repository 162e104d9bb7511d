// A login to one fabric, kept alive in the background, and the events of all its subscriptions.
//
//   Session session("https://apic", "admin", "password");
//   if (auto login = session.login(); !login) return std::cerr << login.error() << '\n', 1;
//   Tenant.subscribe(session);
//   while (Event event = session.wait_event()) std::cout << event.dn() << '\n';
//
// After the first successful login the session lives on by itself: it refreshes token and subscriptions, connects again
// after a loss, logs in anew at the end of its life, and re-reads what it may have missed, which comes as events of origin
// relist followed by a Gap. The controller's certificate is verified unless SessionOptions::verify is off.
//
// Thread-safety: every call may be made from any thread, also at the same time. The session has one thread of its own for
// the network, and a second one while a callback is set. Nothing throws for trouble of the network or the controller.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aci/credentials.hpp>
#include <aci/event.hpp>
#include <aci/response.hpp>

namespace aci {

namespace toolkit {
class SessionCore;
}

struct SessionOptions {
  bool verify = true;                         // check the controller's certificate
  std::string ca_file = {};                   // PEM file with what to trust; "" for the system's store
  std::chrono::milliseconds timeout{30'000};  // longest wait of each call that asks the controller
  // Changes that one subscription holds for you. When nobody takes them it rests; once all are taken it reads anew, and what
  // changed meanwhile comes as relist, then a Gap: nothing is dropped.
  std::size_t queue_capacity = 100'000;
  std::string fabric = {};  // the fabric's name in events; "" for the host of the URL
  // Login with a certificate instead of the password: its name at the controller, and the PEM file of its private key.
  std::string cert_name = {}, key_file = {};
  // How long the controller keeps a subscription that is not refreshed. Refreshed at a third of it. Another time than the
  // controller's own needs release 4.0 or later.
  std::chrono::milliseconds subscription_lifetime{60'000};
  // A channel without any sign of the controller for so long counts as lost, though its connection stands; the controller
  // is pinged after a third of it. One that never answers pings is not held to it.
  std::chrono::milliseconds silence{45'000};
  // How often it is asked whether there are as many objects as are remembered, and whether they are the same; 0 for never.
  // What differs comes as relist, then a Gap with `drifted`.
  std::chrono::milliseconds audit_interval{900'000}, compare_interval{3'600'000};
};

// Where a session stands; see Session::inspect().
struct SessionView {
  // Times are as Event::time(), "" for never.
  struct Subscription {
    std::string watch;         // "fvTenant", "uni/tn-common"
    std::string state;         // "wanted", "listing", "live", "failed", "paused": its queue is full
    std::string since;         // in this state
    std::string error;         // why it is not live
    std::uint64_t pushes = 0;  // changes pushed for it so far
    std::string last_push, last_refresh;
    std::string last_proof;   // when a re-reading last agreed with what had been told
    std::string blind_since;  // changes may go unseen from then on; "" while all is well
  };
  std::string state;       // "idle", "logging_in", "open", "waiting", "rejected"
  std::string since;       // in this state
  std::string error;       // the last trouble
  std::string controller;  // the one in use: "https://apic"
  bool channel_open = false;
  std::size_t objects = 0;  // held in memory
  std::vector<Subscription> subscriptions;
  std::size_t queued = 0;  // events waiting to be taken
};

class Session {
 public:
  // "https://apic", "apic:8443", "http://127.0.0.1:8080": scheme (https where none is given), host, port. Several controllers
  // of one fabric stand with commas between them, "https://apic1,https://apic2": when one fails, the next takes over. A
  // malformed URL is told by login(). Nothing is sent before login().
  Session(const std::string& urls, std::string user, std::string password, SessionOptions options = {});
  // Credentials that say insecure switch verification off; those with cert_name and key log in with the certificate.
  explicit Session(const Credentials& credentials, SessionOptions options = {});
  ~Session();  // close()
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Waits for the controller's answer. A wrong password answers <Response [401]>. A login that failed leaves nothing
  // running and may be tried again; one that succeeded once is kept alive until close().
  Response login();
  bool logged_in() const;  // true while the controller knows us, false also during a reconnection

  // One request of your own: a path ("/api/class/fvTenant.json?...") or a whole URL of this controller. The body of a post
  // is sent as it is. For an answer other than 2xx error() holds the controller's own text. Never redirects.
  Response get(std::string_view url);
  Response post(std::string_view url, std::string body);
  Response del(std::string_view url);

  // Over all subscriptions, in the order of their arrival. An event that several subscriptions hold is taken from all.
  bool has_events() const;
  Event get_event();  // never waits; empty when there is none
  std::size_t get_event_count() const;
  // Waits; the empty event after the timeout, or when the session is closed. Without a timeout only then.
  Event wait_event();
  Event wait_event(std::chrono::milliseconds timeout);

  // Waits without taking: true as soon as an event is there.
  bool wait(std::chrono::milliseconds timeout) const;

  // Gaps are kept beside the events (the last 1,000). get_gap() never waits.
  std::optional<Gap> get_gap();

  // Takes every event, or gap, in a thread made for it and hands it over, one at a time; the callback may take its time and
  // may call the session. What a callback takes is not seen by has_events() and its like. Empty function: no more. An
  // exception that leaves a callback ends the program.
  void on_event(std::function<void(const Event&)> callback);
  void on_gap(std::function<void(const Gap&)> callback);

  // What <aci/asio.hpp> builds on. The handler is called once, and must only hand on: with the next event, or with the empty
  // one when the session is closed or the wait is cancelled; on the calling thread at once when it need not wait (the answer
  // is then 0), else on the session's thread.
  std::uint64_t async_wait(std::function<void(Event)> handler);
  void cancel_wait(std::uint64_t wait);

  SessionView inspect() const;

  // Logs out, ends every wait with an empty answer and gives up the threads. Queued events can still be taken.
  void close();

  // For the other parts of the SDK.
  toolkit::SessionCore& core() const { return *core_; }

 private:
  std::shared_ptr<toolkit::SessionCore> core_;
};

}  // namespace aci
