#include "relay/routes.hpp"

#include <algorithm>

namespace aci::relay {
namespace {

Route compile(const RouteSpec& spec, const Route& parent, std::string path) {
  Route route;
  route.path = std::move(path);
  route.receiver = spec.receiver.empty() ? parent.receiver : spec.receiver;
  route.matchers = spec.matchers;
  route.group_by = spec.group_by.value_or(parent.group_by);
  route.group_wait = spec.group_wait.value_or(parent.group_wait);
  route.keep_going = spec.keep_going;
  for (std::size_t i = 0; i < spec.routes.size(); ++i)
    route.routes.push_back(compile(spec.routes[i], route, route.path + ".routes[" + std::to_string(i) + "]"));
  return route;
}

Route compile_root(const RouteSpec& spec) {
  Route defaults;
  defaults.group_by = {Label::fabric, Label::class_name};
  defaults.group_wait = Routes::default_group_wait;
  return compile(spec, defaults, "route");
}

// Adds the routes below and including this one that take the event; false when none does.
bool walk(const Route& route, const Labels& labels, std::vector<const Route*>& taken, std::vector<Routes::Step>* steps) {
  const Matcher* mismatch = route.matchers.mismatch(labels);
  if (steps) {
    std::string why;
    if (mismatch) {
      const std::string_view label = to_string(mismatch->label);
      why = std::string(label) + " is '" + std::string(labels.get(mismatch->label)) + "', wanted " + mismatch->str();
    } else {
      why = route.matchers.empty() ? "matches everything" : route.matchers.str();
    }
    steps->push_back({&route, mismatch == nullptr, std::move(why)});
  }
  if (mismatch) return false;
  bool below = false;
  for (const Route& child : route.routes) {
    if (!walk(child, labels, taken, steps)) continue;
    below = true;
    if (!child.keep_going) break;
  }
  if (!below) taken.push_back(&route);
  return true;
}

}  // namespace

Routes::Routes(const RouteSpec& root) : root_(compile_root(root)) {}

std::vector<const Route*> Routes::match(const Labels& labels) const {
  std::vector<const Route*> taken, once;
  walk(root_, labels, taken, nullptr);
  for (const Route* route : taken) {
    const auto same = [&](const Route* other) { return other->receiver == route->receiver; };
    if (std::none_of(once.begin(), once.end(), same)) once.push_back(route);
  }
  return once;
}

std::vector<Routes::Step> Routes::explain(const Labels& labels) const {
  std::vector<const Route*> taken;
  std::vector<Step> steps;
  walk(root_, labels, taken, &steps);
  return steps;
}

}  // namespace aci::relay
