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

using Time = std::optional<base::WallTime>;

void merge(WatchStatus& into, const WatchStatus& other) {
  if (rank(other.state) > rank(into.state)) {
    into.state = other.state;
    into.error = other.error;
  }
  into.since = std::max(into.since, other.since);
  into.pushes += other.pushes;
  into.last_push = std::max(into.last_push, other.last_push);  // a time that is not there is before all others
  into.last_refresh = std::min(into.last_refresh, other.last_refresh);
  into.last_proof = std::min(into.last_proof, other.last_proof);
  if (!into.blind_since || (other.blind_since && *other.blind_since < *into.blind_since)) into.blind_since = other.blind_since;
}

void append_time(JsonObject& object, std::string_view key, const Time& time) {
  if (time) object.text(key, time->to_string());
  else object.raw(key, "null");
}

void append_watch(JsonObject& object, const WatchStatus& watch) {
  object.text("name", watch.name);
  object.text("state", to_string(watch.state));
  object.text("since", watch.since.to_string());
  object.raw("pushes", std::to_string(watch.pushes));
  object.text("error", watch.error);
  append_time(object, "lastPush", watch.last_push);
  append_time(object, "lastRefresh", watch.last_refresh);
  append_time(object, "lastProof", watch.last_proof);
  append_time(object, "blindSince", watch.blind_since);
}

}  // namespace

FabricStatus status_of(std::string name, std::string controller, const watch::FabricWatch::View& view) {
  FabricStatus fabric{std::move(name), std::move(controller), view.session, view.since, view.objects, view.error.message, {},
                      view.canary,     view.counters};
  for (const auto& view_of_one : view.watches) {
    WatchStatus one{view_of_one.query,        view_of_one.state,         view_of_one.since,
                    view_of_one.pushes,       view_of_one.error.message, view_of_one.last_push,
                    view_of_one.last_refresh, view_of_one.last_proof,    view_of_one.blind_since};
    const auto same = std::find_if(fabric.watches.begin(), fabric.watches.end(),
                                   [&](const auto& other) { return other.name == view_of_one.name; });
    const bool first = same == fabric.watches.end();
    WatchStatus& watch = first ? fabric.watches.emplace_back(one) : *same;
    if (first) watch.name = view_of_one.name;
    else merge(watch, one);
    watch.subscriptions.push_back(std::move(one));
  }
  return fabric;
}

std::vector<std::string> blind_spots(const FabricStatus& fabric) {
  const auto because = [](const std::string& error) { return error.empty() ? "" : " (" + error + ")"; };
  const std::string where = "fabric " + fabric.name + ": ";
  std::vector<std::string> spots;
  if (fabric.session != watch::SessionState::open) {
    spots.push_back(where + "session is " + to_string(fabric.session) + " since " + fabric.since.to_string() +
                    because(fabric.error));
  }
  if (fabric.watches.empty()) spots.push_back(where + "no watch yet");
  for (const auto& watch : fabric.watches) {
    if (watch.state != watch::WatchState::live) {
      spots.push_back(where + "watch " + watch.name + " is " + to_string(watch.state) + " since " + watch.since.to_string() +
                      because(watch.error));
    } else if (watch.blind_since) {
      spots.push_back(where + "watch " + watch.name + ": what happened since " + watch.blind_since->to_string() +
                      " is still being found out");
    }
  }
  return spots;
}

void append_fabric_json(std::string& out, const FabricStatus& fabric) {
  JsonObject object(out);
  object.text("name", fabric.name);
  object.text("controller", fabric.controller);
  object.text("session", to_string(fabric.session));
  object.text("since", fabric.since.to_string());
  object.raw("objects", std::to_string(fabric.objects));
  object.raw("live", blind_spots(fabric).empty() ? "true" : "false");
  object.text("error", fabric.error);
  Time last_push;
  for (const auto& watch : fabric.watches) last_push = std::max(last_push, watch.last_push);
  append_time(object, "lastPush", last_push);
  object.text("canary", fabric.canary);
  object.key("watches");
  append_array(out, fabric.watches, [&](const WatchStatus& watch) {
    JsonObject each(out);
    append_watch(each, watch);
    each.key("subscriptions");
    append_array(out, watch.subscriptions, [&](const WatchStatus& subscription) {
      JsonObject one(out);
      append_watch(one, subscription);
    });
  });
}

}  // namespace aci::web
