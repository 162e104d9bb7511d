// What is behind a Session: one thread with a loop, the driver of the fabric on it, and the queues of its events.
// Floor: toolkit.
//
// The public calls come from any thread; each that needs the fabric hands a piece of work to the loop's thread and waits
// for its answer. All state but the queues belongs to that thread. No code of the user's runs on it.
//
// Thread-safety: public functions from any thread, private ones on the loop's.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "aci/object_class.hpp"
#include "aci/response.hpp"
#include "aci/session.hpp"
#include "io/fabric_driver.hpp"
#include "toolkit/event_queues.hpp"

namespace aci::toolkit {

Problem to_problem(base::Errc errc);

class SessionCore {
 public:
  // `urls` is one, or several of one fabric with commas between them.
  SessionCore(const std::string& urls, std::string user, std::string password, SessionOptions options);
  ~SessionCore();

  Response login();
  bool logged_in() const { return open_; }
  Response ask(const char* method, std::string_view url, std::string body);
  SessionView inspect();

  // `key` is the queue that the events go to.
  Subscribed subscribe(const std::string& key, model::Query query, bool only_new);
  void unsubscribe(const std::string& key);

  EventQueues& queues() { return queues_; }
  void on_event(std::function<void(const Event&)> callback);
  void on_gap(std::function<void(const Gap&)> callback);
  void close();

 private:
  template <class T>
  using Completion = std::function<void(T)>;

  struct Watch {
    std::string key, url;
    bool only_new = false;
    int count = 1;              // subscribe() calls it serves
    bool live = false;          // or was once
    bool rests = false;         // its queue is full
    std::uint64_t drifted = 0;  // found by an audit, to be told in the gap that follows
    std::vector<Completion<Subscribed>> waiting;
  };

  // Hands `start` to the loop's thread and waits until it has completed. `late` is called on the loop's thread when nobody
  // waits any more; with the answer, if there is one all the same.
  template <class T>
  T call(std::function<void(Completion<T>)> start, T when_closed, T when_late,
         std::function<void(const std::optional<T>&)> late = {});
  bool post(std::function<void()> work);

  void start_login(Completion<Response> done);
  base::Result<void> make_driver();
  void session_changed(const watch::SessionChanged& change);
  void start_subscribe(const std::string& key, const std::string& url, const model::Query& query, bool only_new,
                       Completion<Subscribed> done);
  void watch_changed(const watch::WatchChanged& change);
  void release(const std::function<bool(const Watch&)>& which);
  void drop(watch::WatchId id);
  void fail_waiting(watch::WatchId id, const Subscribed& why);
  void gap_closed(const watch::GapClosed& closed);
  void event(model::Event&& event, const std::vector<watch::WatchId>& watches);
  void deliver();  // what has come, in order before whatever is told next
  void rest(const std::string& key);
  void go_on(const std::string& key);
  void shut_down();

  struct Callbacks {
    std::function<void(const Event&)> on_event;
    std::function<void(const Gap&)> on_gap;
    std::atomic<bool> stop = false;
  };
  // Ends the thread of the callbacks so far, and starts one for the changed ones.
  void exchange_callbacks(const std::function<void(Callbacks&)>& change);

  base::Result<std::vector<io::Endpoint>> endpoints_;
  std::string controllers_;  // for messages: "https://apic1", "https://apic1, https://apic2"
  SessionOptions options_;
  std::string user_, password_;
  EventQueues queues_;

  io::Loop loop_;
  std::unique_ptr<io::FabricDriver> driver_;
  std::vector<Completion<Response>> logins_;
  std::size_t login_failures_ = 0;  // of the login that runs
  bool was_open_ = false;
  std::unordered_map<watch::WatchId, Watch> watches_;
  std::vector<watch::WatchId> order_;                               // in the order they were made
  std::unordered_map<std::uint64_t, std::function<void()>> calls_;  // completes each call under way as closed
  std::uint64_t next_call_ = 1;
  EventQueues::Arrivals arrived_;         // not delivered yet
  std::vector<std::string> arrived_for_;  // keys of all of them
  std::vector<std::string> keys_;         // kept for its memory
  std::atomic<bool> open_ = false;

  std::mutex posting_;
  bool closed_ = false;

  std::mutex callback_mutex_;
  std::shared_ptr<Callbacks> callbacks_ = std::make_shared<Callbacks>();
  std::thread callback_thread_;

  std::thread thread_;
};

}  // namespace aci::toolkit
