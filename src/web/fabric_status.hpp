// Where a fabric stands, as people and scripts are shown it. Floor: web.
//
//   status_of("dc1", "https://apic1", driver.inspect())
//
// Thread-safety: values; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::web {

struct WatchStatus {
  std::string name;
  watch::WatchState state = watch::WatchState::wanted;
  base::WallTime since;
  std::uint64_t pushes = 0;
  std::string error;                                // why it failed, or ""
  std::optional<base::WallTime> last_push = {};     // of any of its subscriptions
  std::optional<base::WallTime> last_refresh = {};  // of that which was refreshed longest ago
  std::optional<base::WallTime> last_proof = {};    // when a listing or an audit last agreed, of the one that is longest ago
  std::optional<base::WallTime> blind_since = {};   // of the oldest gap that is open
  std::vector<WatchStatus> subscriptions = {};      // each of them, by the URL of its query; empty in these
};

struct FabricStatus {
  std::string name, controller;  // the address in use
  watch::SessionState session = watch::SessionState::idle;
  base::WallTime since;  // in this state of the session
  std::size_t objects = 0;
  std::string error;
  std::vector<WatchStatus> watches;
  std::string canary = "off";  // as FabricWatch::View has it
  watch::FabricWatch::Counters counters = {};
};

// Watches of one name are one watch to people: it is as live as the least live of them.
FabricStatus status_of(std::string name, std::string controller, const watch::FabricWatch::View& view);

// What keeps the fabric from being watched in full, one sentence each; empty when the session is open, every watch live and
// no gap open.
std::vector<std::string> blind_spots(const FabricStatus& fabric);

// {"name":"dc1","controller":"https://apic1","session":"open","since":"...","objects":12,"live":true,"error":"",
//  "lastPush":"...","canary":"off","watches":[{"name":"config","state":"live","since":"...","pushes":3,"error":"",
//  "lastPush":"...","lastRefresh":"...","lastProof":"...","blindSince":null,"subscriptions":[{"name":"/api/class/...",
//  "state":"live",...}]}]}; a time that is not there is null.
void append_fabric_json(std::string& out, const FabricStatus& fabric);

}  // namespace aci::web
