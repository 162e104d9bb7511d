// Which receivers an event goes to, and why. Floor: relay.
//
//   Routes routes(spec);                       // compiled once, immutable
//   for (const Route* route : routes.match(labels)) ...   // route->receiver, route->group_by, route->group_wait
//   routes.explain(labels)                     // one line for each route that was tried
//
// Alertmanager's tree: children are tried in order, the first that matches takes the event unless it says `continue`; a
// route none of whose children took it takes it itself; the root takes everything. What a route leaves out it has from
// its parent. An event goes to one receiver once, by the first route that leads there.
// Thread-safety: immutable; pointers to routes live as long as the Routes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "relay/matcher.hpp"

namespace aci::relay {

// As configured: what is absent is inherited.
struct RouteSpec {
  static constexpr int depth_max = 16;  // of nesting; the configuration refuses more

  std::string receiver;
  Matchers matchers;
  std::optional<std::vector<Label>> group_by;
  std::optional<base::Duration> group_wait;
  bool keep_going = false;  // `continue`
  std::vector<RouteSpec> routes;
};

// As it works.
struct Route {
  std::string path;  // "route", "route.routes[0]", as in the file
  std::string receiver;
  Matchers matchers;
  std::vector<Label> group_by;
  base::Duration group_wait{0};
  bool keep_going = false;
  std::vector<Route> routes;
};

class Routes {
 public:
  static constexpr base::Duration default_group_wait{1000};

  // Precondition: the root has a receiver and no matchers.
  explicit Routes(const RouteSpec& root);

  std::vector<const Route*> match(const Labels& labels) const;

  struct Step {
    const Route* route;
    bool matched;
    std::string why;  // "class is 'fvBD', wanted class=~\"fvTenant|fvAp\""
  };
  // Every route that was looked at, in order.
  std::vector<Step> explain(const Labels& labels) const;

  const Route& root() const { return root_; }

 private:
  Route root_;
};

}  // namespace aci::relay
