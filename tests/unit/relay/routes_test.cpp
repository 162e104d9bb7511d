#include "relay/routes.hpp"

#include <gmock/gmock.h>

#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

using testing::ElementsAre;

RouteSpec spec(const char* receiver, const char* matchers, std::vector<RouteSpec> routes = {}, bool keep_going = false) {
  RouteSpec spec;
  spec.receiver = receiver;
  spec.matchers = Matchers::parse(matchers).value();
  spec.routes = std::move(routes);
  spec.keep_going = keep_going;
  return spec;
}

std::vector<std::string> receivers(const Routes& routes, const model::Event& event) {
  std::vector<std::string> names;
  for (const auto* route : routes.match(Labels::of(event))) names.push_back(route->receiver);
  return names;
}

TEST(Routes, FirstMatchWinsAndTheRootTakesTheRest) {
  const Routes routes(spec("noc", "", {spec("tenants", "class=fvTenant"), spec("fv", "class=~fv.*")}));
  EXPECT_THAT(receivers(routes, tenant("T")), ElementsAre("tenants"));
  EXPECT_THAT(receivers(routes, event("fvBD", "uni/tn-T/BD-b", model::Op::created)), ElementsAre("fv"));
  EXPECT_THAT(receivers(routes, event("vzBrCP", "uni/tn-T/brc-c", model::Op::created)), ElementsAre("noc"));
}

TEST(Routes, ContinueGoesOnButAReceiverGetsAnEventOnce) {
  const Routes routes(
      spec("noc", "", {spec("a", "op=created", {}, true), spec("a", "class=fvTenant", {}, true), spec("b", "")}));
  EXPECT_THAT(receivers(routes, tenant("T")), ElementsAre("a", "b"));
}

TEST(Routes, ChildrenInheritWhatTheyLeaveOut) {
  auto child = spec("", "class=fvTenant");
  auto grandchild = spec("", "op=deleted");
  grandchild.group_wait = base::Duration{0};
  child.group_by = {{Label::tenant}};
  child.routes = {grandchild};
  const Routes routes(spec("noc", "", {child}));
  const auto taken = routes.match(Labels::of(tenant("T", model::Op::deleted)));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->path, "route.routes[0].routes[0]");
  EXPECT_EQ(taken[0]->receiver, "noc");
  EXPECT_THAT(taken[0]->group_by, ElementsAre(Label::tenant));
  EXPECT_EQ(taken[0]->group_wait.count(), 0);
  EXPECT_EQ(routes.root().group_wait, Routes::default_group_wait);
  EXPECT_THAT(routes.root().group_by, ElementsAre(Label::fabric, Label::class_name));
}

TEST(Routes, ExplainsEachRouteItTried) {
  const Routes routes(spec("noc", "", {spec("x", "class=fvBD"), spec("y", "class=fvTenant, op!=deleted"), spec("z", "")}));
  const auto steps = routes.explain(Labels::of(tenant("T")));
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].why, "matches everything");
  EXPECT_FALSE(steps[1].matched);
  EXPECT_EQ(steps[1].why, "class is 'fvTenant', wanted class=\"fvBD\"");
  EXPECT_TRUE(steps[2].matched);
  EXPECT_EQ(steps[2].route->receiver, "y");
}

}  // namespace
}  // namespace aci::relay
