// What a fabric watch asks to be done, and the words it uses. Floor: watch.
//
// Plain values: whoever drives a FabricWatch takes them with take_actions() and carries them out in order.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/change.hpp"
#include "model/query.hpp"

namespace aci::watch {

using WatchId = std::uint32_t;
using RequestId = std::uint64_t;
using Epoch = std::uint64_t;  // number of a login; a login has at most one channel

// A named query whose changes are wanted.
struct WatchSpec {
  std::string name;
  model::Query query;  // class or object query with its target options; subscription and paging are set by the machine
};

// wanted: waits for its turn; listing: subscribed, reading what is there; live: every change comes; failed: the controller
// refuses the query, tried again every failed_retry; paused: whoever reads the events asked for a rest.
enum class WatchState { wanted, listing, live, failed, paused };
const char* to_string(WatchState state);

// idle: not started; waiting: between two tries; rejected: the controller refused who we are.
enum class SessionState { idle, logging_in, open, waiting, rejected };
const char* to_string(SessionState state);

struct Send {  // answered once, by http_reply()
  RequestId id = 0;
  std::size_t controller = 0;  // index into the fabric's controllers
  std::string method, target, body, cookie;
  base::Duration timeout{};
  bool sign = false;  // add the cookies of a signed request to `cookie`
};
struct OpenChannel {
  Epoch epoch = 0;
  std::size_t controller = 0;
  std::string target;  // "/socket<token>", raw
  bool sign = false;
};
struct CloseChannel {
  Epoch epoch = 0;
};
struct Emit {
  Emit() {}  // not zeroed first, as an aggregate would be: it is large
  Emit(model::Event event, std::vector<WatchId> watches) : event(std::move(event)), watches(std::move(watches)) {}
  model::Event event;  // seq is set by who receives it
  std::vector<WatchId> watches;
};
struct GapClosed {
  model::Gap gap;
  WatchId watch = 0;
};
// An audit found the mirror wrong although nothing had failed; the gap that follows says what was found.
struct Drifted {
  WatchId watch = 0;
  std::string name;
  std::uint64_t objects = 0;  // that differ
};
struct WatchChanged {
  WatchId watch = 0;
  WatchState state = WatchState::wanted;
  base::Error error;  // why it is not live
};
struct SessionChanged {
  SessionState state = SessionState::idle;
  base::Error error;  // why it is waiting or rejected
};
struct Answered {  // to ask()
  std::uint64_t ticket = 0;
  int status = 0;
  base::Result<std::string> body;  // the raw body whatever the status
};
using Action = std::variant<Send, OpenChannel, CloseChannel, Emit, GapClosed, Drifted, WatchChanged, SessionChanged, Answered>;

struct HttpReply {
  int status = 0;
  std::string body;
};

}  // namespace aci::watch
