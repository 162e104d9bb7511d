#include "web/fabric_status.hpp"

#include <algorithm>

#include "web/json.hpp"

namespace aci::web {
namespace {

// From what is good to what is bad.
int rank(watch::WatchState state) {
  switch (state) {
    case watch::WatchState::live: return 0;
    case watch::WatchState::listing: return 1;
    case watch::WatchState::wanted: return 2;
    case watch::WatchState::paused: return 3;
    case watch::WatchState::failed: return 4;
  }
  return 4;
}

void merge(WatchStatus& into, WatchStatus other) {
  const auto pushes = into.pushes + other.pushes;
  const auto since = std::max(into.since, other.since);
  if (rank(other.state) > rank(into.state)) into = std::move(other);
  into.pushes = pushes;
  into.since = since;
}

}  // namespace

FabricStatus status_of(std::string name, std::string controller, const watch::FabricWatch::View& view) {
  FabricStatus fabric{std::move(name), std::move(controller), view.session, view.since, view.objects, view.error.message};
  for (const auto& view_of_one : view.watches) {
    WatchStatus one{view_of_one.name, view_of_one.state, view_of_one.since, view_of_one.pushes, view_of_one.error.message};
    const auto same =
        std::find_if(fabric.watches.begin(), fabric.watches.end(), [&](const auto& other) { return other.name == one.name; });
    if (same == fabric.watches.end()) fabric.watches.push_back(std::move(one));
    else merge(*same, std::move(one));
  }
  return fabric;
}

std::vector<std::string> blind_spots(const FabricStatus& fabric) {
  const auto because = [](const std::string& error) { return error.empty() ? "" : " (" + error + ")"; };
  const std::string where = "fabric " + fabric.name + ": ";
  std::vector<std::string> spots;
  if (fabric.session != watch::SessionState::open) {
    spots.push_back(where + "session is " + to_string(fabric.session) + because(fabric.error));
  }
  if (fabric.watches.empty()) spots.push_back(where + "no watch yet");
  for (const auto& watch : fabric.watches) {
    if (watch.state != watch::WatchState::live) {
      spots.push_back(where + "watch " + watch.name + " is " + to_string(watch.state) + because(watch.error));
    }
  }
  return spots;
}

void append_fabric_json(std::string& out, const FabricStatus& fabric, const std::optional<base::WallTime>& last_push) {
  JsonObject object(out);
  object.text("name", fabric.name);
  object.text("controller", fabric.controller);
  object.text("session", to_string(fabric.session));
  object.text("since", fabric.since.to_string());
  object.raw("objects", std::to_string(fabric.objects));
  object.raw("live", blind_spots(fabric).empty() ? "true" : "false");
  object.text("error", fabric.error);
  if (last_push) object.text("lastPush", last_push->to_string());
  else object.raw("lastPush", "null");
  object.key("watches");
  append_array(out, fabric.watches, [&](const WatchStatus& watch) {
    JsonObject each(out);
    each.text("name", watch.name);
    each.text("state", to_string(watch.state));
    each.text("since", watch.since.to_string());
    each.raw("pushes", std::to_string(watch.pushes));
    each.text("error", watch.error);
  });
}

}  // namespace aci::web
