#include "io/fabric_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "io/state_file.hpp"
#include "unit/sim/driver.hpp"
#include "unit/sim/temporary.hpp"

namespace aci::sim {
namespace {

using model::Origin;
using testing::HasSubstr;
using watch::WatchState;

// A driver on the loop of a simulated fabric; what it tells is kept.
class FabricDriverTest : public ApicsimTest {
 protected:
  void drive(watch::FabricWatch::Options watch = {}, io::FabricDriver::Options options = {}) {
    for (std::size_t i = 0; i < sim_->controller_count(); ++i)
      options.controllers.push_back(io::Endpoint::parse(sim_->url(i)).value());
    options.tls.verify = false;
    options.watch = std::move(watch);
    options.watch.fabric = "dc1";
    options.watch.user = "admin";
    options.watch.password = "password";
    io::FabricDriver::Handlers on;
    on.on_event = [this](model::Event event, const std::vector<watch::WatchId>&) {
      if (event.origin != Origin::baseline) events_.push_back(std::move(event));
    };
    on.on_gap = [this](const watch::GapClosed& gap) { gaps_.push_back(gap.gap); };
    on.on_watch = [this](const watch::WatchChanged& change) { states_.push_back(change.state); };
    driver_ = std::make_unique<io::FabricDriver>(loop_, std::move(options), std::move(on));
  }

  // False when that takes longer than twenty seconds.
  bool until(const std::function<bool()>& done) {
    const auto give_up = io::Loop::now() + std::chrono::seconds(20);
    std::function<void()> look = [&] {
      if (done() || io::Loop::now() > give_up) loop_.stop();
      else loop_.post(look);
    };
    loop_.post(look);
    loop_.run();
    return done();
  }
  bool live() {
    return until([&] { return driver_->all_live() && !driver_->inspect().watches.empty(); });
  }

  void post(const std::string& name) {
    if (cookie_.empty()) cookie_ = log_in();
    EXPECT_EQ(call("POST", "/api/mo/uni.json", R"({"fvTenant":{"attributes":{"name":")" + name + R"("}}})", cookie_).status,
              200);
  }
  std::multiset<std::string> told() const {
    std::multiset<std::string> dns;
    for (const auto& event : events_) dns.insert(std::string(model::to_string(event.origin)) + " " + event.dn);
    return dns;
  }

  std::unique_ptr<io::FabricDriver> driver_;
  std::vector<model::Event> events_;
  std::vector<model::Gap> gaps_;
  std::vector<WatchState> states_;
  std::string cookie_;
};

TEST_F(FabricDriverTest, TellsWhatIsPushed) {
  start();
  drive();
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  post("T");
  ASSERT_TRUE(until([&] { return !events_.empty(); }));
  EXPECT_EQ(events_[0].dn, "uni/tn-T");
  EXPECT_EQ(events_[0].origin, Origin::live);
  EXPECT_TRUE(gaps_.empty());
}

TEST_F(FabricDriverTest, ChangesOverToANewLoginWithTwoChannelsAndTellsEverythingOnce) {
  start();
  drive({.channel_lifetime = base::Duration{500}});
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  ASSERT_TRUE(
      until([&] { return sim_->controller().status().channels == 2 && sim_->controller().status().subscriptions == 2; }));
  post("T");
  post("U");
  ASSERT_TRUE(until([&] { return driver_->inspect().counters.duplicates >= 2; }));
  EXPECT_EQ(told(), (std::multiset<std::string>{"live uni/tn-T", "live uni/tn-U"}));
  EXPECT_TRUE(gaps_.empty());
}

TEST_F(FabricDriverTest, GoesToAnotherControllerWhenTheFirstStops) {
  Apicsim::Options options;
  options.controller.controllers = 3;
  start(std::move(options));
  drive();
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  EXPECT_EQ(driver_->controller().str(), sim_->url(0));
  sim_->stop_controller(0);
  use(1);
  ASSERT_TRUE(until([&] { return !gaps_.empty() && driver_->all_live(); }));
  EXPECT_NE(driver_->controller().str(), sim_->url(0));
  post("T");
  ASSERT_TRUE(until([&] { return !events_.empty(); }));
  EXPECT_EQ(events_.back().dn, "uni/tn-T");
}

TEST_F(FabricDriverTest, WhatHappenedWhilePausedComesOutAfterwards) {
  start();
  drive();
  const auto id = driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  driver_->pause(id, "nobody reads");
  ASSERT_EQ(driver_->inspect().watches.at(0).state, WatchState::paused);
  post("T");
  driver_->resume(id);
  ASSERT_TRUE(until([&] { return !gaps_.empty(); }));
  EXPECT_EQ(told().count("relist uni/tn-T"), 1u);
  EXPECT_EQ(gaps_[0].reason, "nobody reads");
}

TEST_F(FabricDriverTest, WhatHappenedWhileItDidNotRunComesOutAtTheNextStart) {
  start();
  drive();
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  const std::string path = temporary("aci_driver_state");
  ASSERT_TRUE(io::write_state(path, "dc1", driver_->save()));
  driver_.reset();
  post("T");
  drive();
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->restore(**io::read_state(path, "dc1"));
  driver_->start();
  ASSERT_TRUE(until([&] { return !gaps_.empty(); }));
  EXPECT_EQ(told().count("relist uni/tn-T"), 1u);
  EXPECT_EQ(gaps_[0].reason, "the program was not running");
  EXPECT_EQ(gaps_[0].found, 1u);
}

// Nothing is pushed: only an answered ping can say that the channel was well until then.
TEST_F(FabricDriverTest, AnAnsweredPingIsASignOfTheChannel) {
  start();
  drive({.subscription_lifetime = base::Duration{2'000}}, {.silence = base::Duration{300}});
  driver_->add({"config", model::Query::of_class("fvTenant")});
  driver_->start();
  ASSERT_TRUE(live());
  const auto before = io::Loop::wall();
  // What is saved is as old as the last sign, and the last refresh.
  ASSERT_TRUE(until([&] { return driver_->save().at > before; }));
  sim_->controller().drop_channels();
  sim_->flush();
  ASSERT_TRUE(until([&] { return !gaps_.empty(); }));
  EXPECT_GT(gaps_[0].from, before);
}

TEST_F(FabricDriverTest, ACertificateWithoutItsKeyIsSaid) {
  io::FabricDriver::Options options;
  options.watch.user = "admin";
  const auto used = options.use_certificate("admin.crt", "/nowhere/admin.key", false);
  ASSERT_FALSE(used);
  EXPECT_THAT(used.error().message, HasSubstr("/nowhere/admin.key"));
  EXPECT_EQ(options.watch.login, watch::LoginKind::password);
}

}  // namespace
}  // namespace aci::sim
