#include "aci/session.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "unit/toolkit/support.hpp"

namespace aci::toolkit {
namespace {

std::string printed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

const std::string uni = "/api/mo/uni.json";

TEST(Login, answers_as_the_labs_show) {
  SimulatedFabric fabric;
  Session session(fabric.url(), "admin", "password", any_certificate());
  EXPECT_FALSE(session.logged_in());
  const Response login = session.login();
  EXPECT_TRUE(login) << login.error();
  EXPECT_EQ(printed(login), "<Response [200]>");
  EXPECT_TRUE(session.logged_in());
  EXPECT_TRUE(session.login());
}

TEST(Login, a_wrong_password_is_401_without_it_in_the_text_and_the_right_one_still_works) {
  SimulatedFabric fabric;
  Session session(fabric.url(), "admin", "hunter2", any_certificate());
  const Response login = session.login();
  EXPECT_FALSE(login);
  EXPECT_EQ(printed(login), "<Response [401]>");
  EXPECT_EQ(login.problem(), Problem::auth);
  EXPECT_NE(login.error(), "");
  EXPECT_EQ(login.error().find("hunter2"), std::string::npos);
  EXPECT_EQ(session.login().status(), 401);
  EXPECT_TRUE(LoggedIn(fabric).logged_in());
}

TEST(Login, an_untrusted_certificate_is_refused_by_default) {
  SimulatedFabric fabric;
  SessionOptions options;
  options.timeout = 20s;
  Session session(fabric.url(), "admin", "password", options);
  const Response login = session.login();
  EXPECT_EQ(login.problem(), Problem::unreachable);
  EXPECT_NE(login.error().find("certificate"), std::string::npos) << login.error();
  EXPECT_EQ(printed(login), "<Response [unreachable]>");
}

TEST(Login, nobody_there_is_told_in_one_line) {
  std::string url;
  { url = SimulatedFabric().url(); }
  const Response login = Session(url, "admin", "password", any_certificate()).login();
  EXPECT_EQ(login.problem(), Problem::unreachable);
  EXPECT_EQ(login.error().find('\n'), std::string::npos);
  EXPECT_EQ(Session("ftp://apic", "admin", "password").login().problem(), Problem::invalid);
}

TEST(Login, works_on_plain_http) {
  SimulatedFabric fabric(0, false);
  EXPECT_TRUE(LoggedIn(fabric).logged_in());
}

TEST(Lab, a_class_subscription_begins_with_what_is_there) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  EXPECT_EQ(printed(Tenant("common").subscribe(session)), "True");
  EXPECT_EQ(printed(Tenant.subscribe(session)), "True");
  ASSERT_TRUE(Tenant.has_events(session));
  std::string names;
  const auto count = Tenant.get_event_count(session);
  for (std::size_t i = 0; i < count; ++i) {
    const Event event = Tenant.get_event(session);
    EXPECT_EQ(event.origin(), Origin::baseline);
    EXPECT_FALSE(event.is_deleted());
    EXPECT_EQ(event.dn(), "uni/tn-" + event.name());
    names += printed(event) + " ";
  }
  EXPECT_EQ(names, "common infra mgmt ");
  EXPECT_FALSE(Tenant.has_events(session));
  ASSERT_TRUE(Tenant("common").has_events(session));
  EXPECT_EQ(Tenant("common").get_event(session).dn(), "uni/tn-common");
  EXPECT_FALSE(Tenant("common").has_events(session));
}

TEST(Lab, tenants_and_application_profiles_come_and_go) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(AppProfile.subscribe(session, {.only_new = true}));
  EXPECT_FALSE(session.has_events());
  ASSERT_TRUE(session.post(uni, tenant("WS_Example")));
  ASSERT_TRUE(session.post("/api/mo/uni/tn-WS_Example.json", R"({"fvAp":{"attributes":{"name":"Example_App"}}})"));
  ASSERT_TRUE(session.post(uni, tenant("WS_Example", "changed")));
  ASSERT_TRUE(session.del("/api/mo/uni/tn-WS_Example.json"));
  std::string seen;
  for (int i = 0; i < 5; ++i) {
    const Event event = session.wait_event(patience);
    ASSERT_TRUE(event) << seen;
    EXPECT_EQ(event.seq(), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(event.origin(), Origin::live);
    (((seen += to_string(event.op())) += ' ') += event.name()) += '\n';
    if (event.is_modified()) {
      EXPECT_EQ(event.changed(), std::vector<std::string>{"descr"});
      EXPECT_EQ(event.attribute("descr"), "changed");
      EXPECT_EQ(event.attribute("name"), "WS_Example");
    }
  }
  const std::string begin = "created WS_Example\ncreated Example_App\nmodified WS_Example\n";
  EXPECT_EQ(seen.substr(0, begin.size()), begin);
  EXPECT_NE(seen.find("deleted WS_Example\n"), std::string::npos);
  EXPECT_NE(seen.find("deleted Example_App\n"), std::string::npos);
}

TEST(Subscribe, to_one_object_watches_that_one_alone) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant("Heroes").subscribe(session));
  ASSERT_TRUE(session.post(uni, tenant("Villains")));
  ASSERT_TRUE(session.post(uni, tenant("Heroes")));
  const Event event = session.wait_event(patience);
  EXPECT_EQ(event.dn(), "uni/tn-Heroes");
  EXPECT_TRUE(event.is_created());
  EXPECT_FALSE(session.has_events());
}

TEST(Subscribe, to_a_subtree_watches_all_below) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(session.post(uni, tenant("Heroes")));
  ASSERT_TRUE(Tenant("Heroes").subscribe(session, {.only_new = true, .subtree = true}));
  ASSERT_TRUE(session.post("/api/mo/uni/tn-Heroes.json", R"({"fvAp":{"attributes":{"name":"Cave"}}})"));
  EXPECT_EQ(session.wait_event(patience).dn(), "uni/tn-Heroes/ap-Cave");
}

TEST(Subscribe, with_filter_or_extension_sees_what_matches_through_the_same_handle) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.filter = R"(eq(fvTenant.name,"infra"))"}));
  EXPECT_EQ(Tenant.get_event_count(session), 1u);
  EXPECT_EQ(Tenant.get_event(session).name(), "infra");
  ASSERT_TRUE(Context.subscribe(session, {.extension = R"(&query-target-filter=eq(fvCtx.name,"none"))"}));
  EXPECT_FALSE(Context.has_events(session));
  Tenant.unsubscribe(session);
  EXPECT_FALSE(Tenant.has_events(session));
  EXPECT_EQ(session.inspect().subscriptions.size(), 1u);
}

TEST(Subscribe, an_unknown_class_is_false_with_the_nearest_names_and_leaves_nothing) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  const Subscribed answer = ObjectClass("fvTenent").subscribe(session);
  EXPECT_FALSE(answer);
  EXPECT_NE(answer.error().find("fvTenant"), std::string::npos) << answer.error();
  EXPECT_TRUE(session.inspect().subscriptions.empty());
  EXPECT_FALSE(ObjectClass("fvTenent").subscribe(session)) << "the second time must not pass for done";
}

TEST(Subscribe, is_counted_and_shared) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session));
  ASSERT_TRUE(ObjectClass("fvTenant").subscribe(session));
  EXPECT_EQ(Tenant.get_event_count(session), 3u);
  EXPECT_EQ(session.inspect().subscriptions.size(), 1u);
  Tenant.unsubscribe(session);
  EXPECT_EQ(session.inspect().subscriptions.size(), 1u);
  EXPECT_TRUE(Tenant.has_events(session));
  Tenant.unsubscribe(session);
  EXPECT_TRUE(session.inspect().subscriptions.empty());
  EXPECT_FALSE(Tenant.has_events(session));
}

TEST(Requests, answer_with_body_or_the_controllers_own_error) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  const Response all = session.get("/api/class/fvTenant.json");
  EXPECT_EQ(all.status(), 200);
  EXPECT_NE(all.body().find(R"("dn":"uni/tn-common")"), std::string::npos);
  EXPECT_TRUE(session.get(fabric.url() + "/api/mo/uni/tn-common.json"));
  const Response wrong = session.get("/api/class/fvNoSuch.json");
  EXPECT_FALSE(wrong);
  EXPECT_EQ(wrong.problem(), Problem::refused);
  EXPECT_NE(wrong.error().find("fvNoSuch"), std::string::npos) << wrong.error();
  EXPECT_TRUE(session.get("/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,\"a b\")"));
}

TEST(Requests, go_to_this_controller_alone) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  EXPECT_EQ(session.get("https://elsewhere/api/class/fvTenant.json").problem(), Problem::invalid);
  EXPECT_EQ(session.get("api/class/fvTenant.json").problem(), Problem::invalid);
  EXPECT_EQ(Session(fabric.url(), "a", "b").get("/api/class/fvTenant.json").problem(), Problem::closed);
}

TEST(Callbacks, get_every_event_in_a_thread_that_may_call_the_session) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  std::promise<std::string> seen;
  session.on_event([&](const Event& event) {
    if (event.name() == "WS_Example") seen.set_value(session.get("/api/mo/" + event.dn() + ".json").body());
  });
  ASSERT_TRUE(Tenant.subscribe(session));
  ASSERT_TRUE(session.post(uni, tenant("WS_Example")));
  auto body = seen.get_future();
  ASSERT_EQ(body.wait_for(patience), std::future_status::ready);
  EXPECT_NE(body.get().find("uni/tn-WS_Example"), std::string::npos);
  session.on_event({});
  ASSERT_TRUE(session.post(uni, tenant("Later")));
  EXPECT_EQ(session.wait_event(patience).name(), "Later");
}

TEST(Callbacks, may_end_themselves) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  std::promise<void> called;
  session.on_event([&](const Event&) {
    session.on_event({});
    called.set_value();
  });
  ASSERT_TRUE(Tenant.subscribe(session));
  EXPECT_EQ(called.get_future().wait_for(patience), std::future_status::ready);
}

TEST(Outage, what_changed_unseen_comes_as_relist_and_then_the_gap) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(Tenant("Unseen").subscribe(session, {.only_new = true}));
  fabric.with([](sim::Apicsim& sim) { sim.controller().mute(io::Loop::now(), base::Duration{3'600'000}); });
  ASSERT_TRUE(other.post(uni, tenant("Unseen")));
  fabric.with([](sim::Apicsim& sim) {
    sim.controller().mute(io::Loop::now(), base::Duration{0});
    sim.controller().drop_channels();
  });
  const Event event = session.wait_event(patience);
  EXPECT_EQ(event.name(), "Unseen");
  EXPECT_EQ(event.origin(), Origin::relist);
  std::promise<Gap> promise;
  session.on_gap([&, told = false](const Gap& gap) mutable {
    if (!told) promise.set_value(gap);
    told = true;
  });
  auto gap = promise.get_future();
  ASSERT_EQ(gap.wait_for(patience), std::future_status::ready);
  EXPECT_NE(gap.get().reason.find("closed"), std::string::npos);
  while (session.has_events()) EXPECT_EQ(session.get_event().origin(), Origin::backfill) << "one change, one event";
}

TEST(Queues, that_are_full_make_the_subscription_rest_and_lose_nothing) {
  SimulatedFabric fabric;
  SessionOptions options = any_certificate();
  options.queue_capacity = 2;
  LoggedIn session(fabric, options);
  LoggedIn other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session)) << "what is there already does not count";
  EXPECT_EQ(session.inspect().queued, 3u);
  while (session.has_events()) session.get_event();

  for (const char* name : {"A", "B"}) ASSERT_TRUE(other.post(uni, tenant(name)));
  ASSERT_TRUE(reaches(session, "fvTenant", "paused"));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(other.post(uni, tenant("Later" + std::to_string(i))));
  ASSERT_TRUE(other.del("/api/mo/uni/tn-A.json"));
  EXPECT_LE(session.inspect().queued, 3u) << "memory is bounded";

  EXPECT_EQ(session.get_event().name(), "A");
  EXPECT_EQ(session.get_event().name(), "B");
  std::set<std::string> created;
  bool deleted = false;
  while (created.size() < 50 || !deleted) {
    const Event event = session.wait_event(patience);
    ASSERT_TRUE(event) << created.size();
    EXPECT_EQ(event.origin(), Origin::relist);
    if (event.is_deleted()) deleted = event.name() == "A";
    else EXPECT_TRUE(created.insert(event.name()).second) << event.name();
  }
  std::uint64_t found = 0;
  while (found < 51) {
    while (session.has_events()) session.get_event();  // what the records tell beside
    const auto gap = next_gap(session);
    ASSERT_TRUE(gap) << found;
    EXPECT_EQ(gap->reason, "queue full");
    found += gap->found;
  }
  EXPECT_EQ(found, 51u);
  EXPECT_TRUE(reaches(session, "fvTenant", "live"));
}

TEST(Queues, a_resting_subscription_hears_later_what_another_was_told_meanwhile) {
  SimulatedFabric fabric;
  SessionOptions options = any_certificate();
  options.queue_capacity = 2;
  LoggedIn session(fabric, options), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(Tenant("Both").subscribe(session, {.only_new = true}));
  for (const char* name : {"A", "B"}) ASSERT_TRUE(other.post(uni, tenant(name)));
  ASSERT_TRUE(reaches(session, "fvTenant", "paused"));
  EXPECT_EQ(state_of(session, "uni/tn-Both"), "live");
  ASSERT_TRUE(other.post(uni, tenant("Both")));
  ASSERT_TRUE(session.wait(patience));
  while (!Tenant("Both").has_events(session)) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(Tenant("Both").get_event(session).origin(), Origin::live);
  EXPECT_EQ(Tenant.get_event(session).name(), "A");
  EXPECT_EQ(Tenant.get_event(session).name(), "B");
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->watch, "fvTenant");
  EXPECT_EQ(gap->found, 1u);
  const Event both = Tenant.get_event(session);
  EXPECT_EQ(both.name(), "Both");
  EXPECT_EQ(both.origin(), Origin::relist);
  EXPECT_TRUE(both.is_created());
}

TEST(Inspect, tells_where_each_subscription_stands) {
  SimulatedFabric fabric;
  SessionOptions options = any_certificate();
  options.subscription_lifetime = 3s;
  LoggedIn session(fabric, options), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  auto view = session.inspect();
  ASSERT_EQ(view.subscriptions.size(), 1u);
  EXPECT_EQ(view.subscriptions[0].state, "live");
  EXPECT_NE(view.since, "");
  EXPECT_NE(view.subscriptions[0].since, "");
  EXPECT_NE(view.subscriptions[0].last_proof, "");
  EXPECT_EQ(view.subscriptions[0].last_push, "");
  EXPECT_EQ(view.subscriptions[0].blind_since, "");
  ASSERT_TRUE(other.post(uni, tenant("T")));
  ASSERT_TRUE(session.wait_event(patience));
  view = session.inspect();
  EXPECT_NE(view.subscriptions[0].last_push, "");
  EXPECT_EQ(view.subscriptions[0].pushes, 1u);
  fabric.with([](sim::Apicsim& sim) {
    sim.controller().refuse(sim.now(), 503, base::Duration{3'600'000}, "/api/aaaLogin");
    sim.controller().drop_channels();
  });
  ASSERT_TRUE(reaches(session, "fvTenant", "wanted"));
  EXPECT_NE(session.inspect().subscriptions[0].blind_since, "");
  EXPECT_NE(session.inspect().subscriptions[0].error, "");
}

TEST(Urls, of_several_controllers_stand_with_commas_between_them) {
  SimulatedFabric fabric;
  std::string nobody;
  { nobody = SimulatedFabric().url(); }
  Session session(nobody + ", " + fabric.url(), "admin", "password", any_certificate());
  ASSERT_TRUE(session.login()) << "the second one answers";
  EXPECT_EQ(session.inspect().controller, fabric.url());
  EXPECT_TRUE(session.get(nobody + "/api/class/fvTenant.json")) << "any of the fabric's URLs will do";
  EXPECT_EQ(Session("https://apic1,", "a", "b").login().problem(), Problem::invalid);
}

TEST(Backfill, tells_who_did_what_happened_unseen) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  fabric.with([](sim::Apicsim& sim) { sim.controller().mute(sim.now(), base::Duration{3'600'000}); });
  ASSERT_TRUE(other.post(uni, tenant("Brief")));
  ASSERT_TRUE(other.del("/api/mo/uni/tn-Brief.json"));
  fabric.with([](sim::Apicsim& sim) {
    sim.controller().mute(sim.now(), base::Duration{0});
    sim.controller().drop_channels();
  });
  for (const Op op : {Op::created, Op::deleted}) {
    const Event event = session.wait_event(patience);
    ASSERT_TRUE(event);
    EXPECT_EQ(event.dn(), "uni/tn-Brief");
    EXPECT_EQ(event.op(), op);
    EXPECT_EQ(event.origin(), Origin::backfill);
    EXPECT_EQ(event.user(), "admin");
  }
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->backfilled, 2u);
  EXPECT_EQ(gap->history, "complete");
  EXPECT_EQ(gap->drifted, 0u);
}

// Nothing fails, and yet a push is lost: only an audit can find out.
class Drift : public testing::TestWithParam<SessionOptions> {};

TEST_P(Drift, is_found_by_an_audit_and_told) {
  SimulatedFabric fabric;
  LoggedIn session(fabric, GetParam()), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(AppProfile.subscribe(session, {.only_new = true}));
  fabric.with([](sim::Apicsim& sim) { sim.controller().mute(sim.now(), base::Duration{3'600'000}); });
  for (const char* name : {"Unseen", "Neither"}) ASSERT_TRUE(other.post(uni, tenant(name)));
  fabric.with([](sim::Apicsim& sim) { sim.controller().mute(sim.now(), base::Duration{0}); });
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->watch, "fvTenant");
  EXPECT_EQ(gap->drifted, 2u);
  EXPECT_EQ(gap->found, 2u);
  EXPECT_EQ(gap->reason, "an audit found 2 objects that differ");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Tenant.get_event(session).origin(), Origin::relist);
  EXPECT_FALSE(session.get_gap());
  ASSERT_TRUE(other.post(uni, tenant("After")));
  Event after = session.wait_event(patience);
  while (after.origin() == Origin::backfill) after = session.wait_event(patience);
  EXPECT_EQ(after.dn(), "uni/tn-After");
}

SessionOptions audits(std::chrono::milliseconds audit_interval, std::chrono::milliseconds compare_interval) {
  SessionOptions options = any_certificate();
  options.audit_interval = audit_interval;
  options.compare_interval = compare_interval;
  return options;
}
INSTANTIATE_TEST_SUITE_P(Audit, Drift, testing::Values(audits(300ms, 0ms), audits(0ms, 300ms)),
                         [](const auto& options) { return options.param.audit_interval > 0ms ? "counts" : "compares"; });

TEST(Close, ends_every_wait_and_every_later_call) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  auto waiting = std::async(std::launch::async, [&] { return bool(session.wait_event()); });
  session.close();
  EXPECT_FALSE(waiting.get());
  EXPECT_EQ(Tenant.subscribe(session).problem(), Problem::closed);
  EXPECT_EQ(session.get("/api/class/fvTenant.json").problem(), Problem::closed);
  EXPECT_EQ(session.login().problem(), Problem::closed);
  EXPECT_EQ(session.inspect().state, "idle");
  session.close();
}

TEST(Close, logs_out) {
  SimulatedFabric fabric;
  {
    LoggedIn session(fabric);
    ASSERT_TRUE(Tenant.subscribe(session));
  }
  EXPECT_TRUE(comes_true([&] { return fabric.status().sessions == 0; }));
}

TEST(Close, ends_a_request_that_is_under_way) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  std::promise<void> held, go_on;
  auto hold = std::async(std::launch::async, [&] {
    fabric.with([&](sim::Apicsim&) {
      held.set_value();
      go_on.get_future().wait();
    });
  });
  held.get_future().wait();
  auto asking = std::async(std::launch::async, [&] { return session.get("/api/class/fvTenant.json").problem(); });
  session.close();
  EXPECT_EQ(asking.get(), Problem::closed);
  go_on.set_value();
}

TEST(Threads, may_use_one_session_at_the_same_time) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  std::vector<std::future<int>> threads;
  for (int t = 0; t < 4; ++t)
    threads.push_back(std::async(std::launch::async, [&session, t] {
      int done = 0;
      for (int i = 0; i < 5; ++i) {
        done += bool(Tenant.subscribe(session));
        done += bool(session.post("/api/mo/uni.json", tenant("T" + std::to_string(t))));
        Tenant.get_event(session);
        done += session.inspect().state == "open";
        Tenant.unsubscribe(session);
      }
      return done;
    }));
  for (auto& thread : threads) EXPECT_EQ(thread.get(), 15);
  EXPECT_TRUE(session.inspect().subscriptions.empty());
}

}  // namespace
}  // namespace aci::toolkit
