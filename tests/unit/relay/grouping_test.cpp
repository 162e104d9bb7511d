#include "relay/grouping.hpp"

#include <gtest/gtest.h>

#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

const base::Instant start{base::Duration{1'000'000}};
constexpr base::Duration second{1000};

Route route(base::Duration wait, std::vector<Label> by = {Label::tenant}) {
  Route route;
  route.path = "route";
  route.receiver = "noc";
  route.group_by = std::move(by);
  route.group_wait = wait;
  return route;
}

struct Groups : Grouping {
  Groups() : Grouping("e1") {}
  void add(const Route& route, const std::string& tenant_name, base::Instant now) {
    auto one = tenant(tenant_name);
    one.seq = ++seq;
    auto shared = std::make_shared<const model::Event>(std::move(one));
    Grouping::add(route, shared, Labels::of(*shared), now);
  }
  std::uint64_t seq = 0;
};

TEST(Grouping, WithoutAWaitEachEventIsAMessageAtOnce) {
  Groups groups;
  groups.add(route(base::Duration{0}), "A", start);
  groups.add(route(base::Duration{0}), "A", start);
  EXPECT_LE(*groups.next_wakeup(), start);
  const auto batches = groups.due(start);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].id, "e1-1");
  EXPECT_EQ(batches[1].id, "e1-2");
  EXPECT_FALSE(batches[0].grouped);
  EXPECT_TRUE(groups.empty());
}

TEST(Grouping, HoldsAGroupFromItsFirstEventForTheWait) {
  Groups groups;
  const Route grouped = route(second);
  groups.add(grouped, "A", start);
  groups.add(grouped, "B", start + second / 4);
  groups.add(grouped, "A", start + second / 2);
  EXPECT_EQ(groups.next_wakeup(), start + second);
  EXPECT_TRUE(groups.due(start + second - base::Duration{1}).empty());
  auto batches = groups.due(start + second);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].events.size(), 2u);
  EXPECT_EQ(batches[0].events[1]->seq, 3u);
  EXPECT_TRUE(batches[0].grouped);
  EXPECT_EQ(batches[0].group[0].second, "A");
  EXPECT_EQ(groups.next_wakeup(), start + second + second / 4);
  batches = groups.due(start + 2 * second);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].id, "e1-2-group");
  EXPECT_FALSE(groups.next_wakeup());
}

TEST(Grouping, AFullGroupIsDueAtOnce) {
  Groups groups;
  for (std::size_t i = 0; i < Grouping::events_max; ++i) groups.add(route(second), "A", start);
  const auto batches = groups.due(start);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].events.size(), Grouping::events_max);
  EXPECT_TRUE(groups.empty());
}

TEST(Grouping, TooManyGroupsReleaseTheOldest) {
  Groups groups;
  for (std::size_t i = 0; i <= Grouping::groups_max; ++i)
    groups.add(route(second), "T" + std::to_string(i), start + base::Duration(static_cast<std::int64_t>(i)));
  const auto batches = groups.due(start);  // before anything is due by its wait
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].events[0]->dn, "uni/tn-T0");
  EXPECT_EQ(groups.flush().size(), Grouping::groups_max);
  EXPECT_TRUE(groups.empty());
}

TEST(Grouping, RoutesDoNotShareGroups) {
  Groups groups;
  Route other = route(second);
  other.path = "route.routes[0]";
  groups.add(route(second), "A", start);
  groups.add(other, "A", start);
  EXPECT_EQ(groups.flush().size(), 2u);
}

}  // namespace
}  // namespace aci::relay
