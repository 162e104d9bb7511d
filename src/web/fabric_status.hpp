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
  std::string error;  // why it failed, or ""
};

struct FabricStatus {
  std::string name, controller;  // the address in use
  watch::SessionState session = watch::SessionState::idle;
  base::WallTime since;  // in this state of the session
  std::size_t objects = 0;
  std::string error;
  std::vector<WatchStatus> watches;
};

// Watches of one name are one watch to people: it is as live as the least live of them.
FabricStatus status_of(std::string name, std::string controller, const watch::FabricWatch::View& view);

// What keeps the fabric from being watched in full, one sentence each; empty when the session is open and every watch live.
std::vector<std::string> blind_spots(const FabricStatus& fabric);

// {"name":"dc1","controller":"https://apic1","session":"open","since":"...","objects":12,"live":true,"error":"",
//  "lastPush":"..." or null,"watches":[{"name":"config","state":"live","since":"...","pushes":3,"error":""}]}
void append_fabric_json(std::string& out, const FabricStatus& fabric, const std::optional<base::WallTime>& last_push);

}  // namespace aci::web
