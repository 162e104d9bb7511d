// What programs written for acitoolkit meet in a controller's bad hours, each as a twin that must not lose anything:
// refreshes that are refused or not answered, pushes before their subscription is known, outages, full or busy readers.
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "io/server.hpp"
#include "unit/toolkit/proxy.hpp"
#include "unit/toolkit/support.hpp"

namespace aci::toolkit {
namespace {

const std::string uni = "/api/mo/uni.json";
const base::Duration hour{3'600'000};

// Refreshed every second.
SessionOptions quick() {
  SessionOptions options = any_certificate();
  options.subscription_lifetime = 3s;
  return options;
}

// The next event but for those that the controller's records tell after a gap.
Event next_event(Session& session) {
  for (;;) {
    Event event = session.wait_event(patience);
    if (!event || event.origin() != Origin::backfill) return event;
  }
}

// A controller that does what the test says, where apicsim would do what a controller does.
class ScriptedController {
 public:
  static constexpr const char* subscription = "72057628414509057";

  ScriptedController() {
    io::Server::Options options;
    options.certificate = io::make_self_signed("scripted").value();
    io::ServerHandlers on;
    on.on_request = [this](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
      responder->send({200, {{"Content-Type", "application/json"}}, answer(request.target)});
    };
    on.on_upgrade = [](const io::HttpRequest&, std::uint64_t) { return io::HttpResponse{101, {}, {}}; };
    on.on_open = [this](std::shared_ptr<io::ServerSocket> socket) { socket_ = std::move(socket); };
    on.on_close = [](std::uint64_t) {};
    server_ = io::Server::start(loop_, std::move(options), std::move(on)).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~ScriptedController() {
    loop_.post([this] {
      server_->stop();
      loop_.stop();
    });
    thread_.join();
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  void push(const std::string& frame) {
    loop_.post([this, frame] { (void)socket_->send(std::make_shared<const std::string>(frame)); });
  }
  static std::string change(const std::string& objects) {
    return std::string(R"({"subscriptionId":[")") + subscription + R"("],"imdata":[)" + objects + "]}";
  }
  static std::string object(const std::string& class_name, const std::string& dn, const std::string& status) {
    return "{\"" + class_name + R"(":{"attributes":{"dn":")" + dn + R"(","descr":"","status":")" + status + R"("}}})";
  }

  // Both on the controller's thread. What a listing and a refresh answer, and what is pushed before a subscription is.
  std::string there, refresh_answer = R"({"totalCount":"0","imdata":[]})";
  std::vector<std::string> pushed_early;
  std::atomic<int> subscribed = 0, refreshed = 0;

 private:
  std::string answer(const std::string& target) {
    if (target.starts_with("/api/aaaLogin"))
      return R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"T","refreshTimeoutSeconds":"600"}}}]})";
    if (target.starts_with("/api/subscriptionRefresh")) {
      ++refreshed;
      return refresh_answer;
    }
    if (!target.starts_with("/api/class/fvTenant")) return R"({"totalCount":"0","imdata":[]})";
    const bool subscribes = target.find("subscription=yes") != std::string::npos;
    if (subscribes) {
      ++subscribed;
      for (const auto& frame : std::exchange(pushed_early, {})) (void)socket_->send(std::make_shared<const std::string>(frame));
    }
    return R"({"totalCount":")" + std::string(there.empty() ? "0" : "1") + '"' +
           (subscribes ? std::string(R"(,"subscriptionId":")") + subscription + '"' : "") + R"(,"imdata":[)" + there + "]}";
  }

  io::Loop loop_;
  std::unique_ptr<io::Server> server_;
  std::shared_ptr<io::ServerSocket> socket_;
  std::thread thread_;
};

// --- refreshes -------------------------------------------------------------------------------------------------------

struct RefreshTrouble {
  const char* name;
  void (*begin)(sim::Apicsim&);
};
void PrintTo(const RefreshTrouble& trouble, std::ostream* out) { *out << trouble.name; }

const char* const refreshes = "/api/subscriptionRefresh";

class RefreshTwin : public testing::TestWithParam<RefreshTrouble> {};

// There an answer other than 400 ended the loop that refreshes: nothing was subscribed anew, the others expired too.
TEST_P(RefreshTwin, costs_no_change_of_any_subscription) {
  SimulatedFabric fabric;
  LoggedIn session(fabric, quick()), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(AppProfile.subscribe(session, {.only_new = true}));
  fabric.with(GetParam().begin);
  std::set<std::string> blind;
  while (blind.size() < 2) {
    const auto gap = next_gap(session);
    ASSERT_TRUE(gap);
    EXPECT_NE(gap->reason, "");
    blind.insert(gap->watch);
  }
  ASSERT_TRUE(other.post(uni, tenant("After")));
  ASSERT_TRUE(other.post("/api/mo/uni/tn-After.json", R"({"fvAp":{"attributes":{"name":"Shop"}}})"));
  std::set<std::string> seen;
  while (seen.size() < 2) {
    const Event event = next_event(session);
    ASSERT_TRUE(event);
    EXPECT_TRUE(seen.insert(event.dn()).second) << event.dn();
  }
  EXPECT_EQ(seen, (std::set<std::string>{"uni/tn-After", "uni/tn-After/ap-Shop"}));
}

INSTANTIATE_TEST_SUITE_P(
    Refresh, RefreshTwin,
    testing::Values(
        RefreshTrouble{"refused_405", [](sim::Apicsim& s) { s.controller().refuse(s.now(), 405, hour, refreshes); }},
        RefreshTrouble{"refused_503", [](sim::Apicsim& s) { s.controller().refuse(s.now(), 503, hour, refreshes); }},
        RefreshTrouble{"refused_400", [](sim::Apicsim& s) { s.controller().refuse(s.now(), 400, hour, refreshes); }},
        RefreshTrouble{"html", [](sim::Apicsim& s) { s.controller().answer_html(s.now(), 200, hour, refreshes); }},
        RefreshTrouble{"not_answered",
                       [](sim::Apicsim& s) { s.controller().delay_answers(s.now(), hour, base::Duration{3'000}, refreshes); }},
        RefreshTrouble{"expired", [](sim::Apicsim& s) { s.controller().expire_subscriptions(); }}),
    [](const auto& trouble) { return std::string(trouble.param.name); });

// An error inside an answer of 200 was taken for success, and the subscription expired unseen.
TEST(RefreshTwin, answered_200_with_an_error_in_it_is_no_refresh) {
  ScriptedController controller;
  controller.refresh_answer =
      R"({"totalCount":"1","imdata":[{"error":{"attributes":{"code":"400","text":"Subscription refresh timeout"}}}]})";
  Session session(controller.url(), "admin", "password", quick());
  ASSERT_TRUE(session.login());
  ASSERT_TRUE(Tenant.subscribe(session));
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_NE(gap->reason.find("refresh"), std::string::npos) << gap->reason;
  EXPECT_GE(controller.subscribed, 2);
}

// One after the other, each round trip waited for, they took longer than a subscription lives.
TEST(RefreshTwin, many_over_a_slow_link_are_all_in_time) {
  constexpr int count = 24;
  SimulatedFabric fabric;
  LoggedIn session(fabric, quick());
  for (int i = 0; i < count; ++i) ASSERT_TRUE(Tenant("T" + std::to_string(i)).subscribe(session));
  fabric.with([](sim::Apicsim& sim) { sim.controller().delay_answers(sim.now(), base::Duration{150}, hour, refreshes); });
  // Every one twice after the delay began: had one been late, there would be a gap.
  std::map<std::string, std::set<std::string>> refreshed;
  const auto done = [&] {
    for (const auto& subscription : session.inspect().subscriptions)
      refreshed[subscription.watch].insert(subscription.last_refresh);
    return std::all_of(refreshed.begin(), refreshed.end(), [](const auto& times) { return times.second.size() >= 4; });
  };
  EXPECT_TRUE(comes_true(done));
  EXPECT_EQ(refreshed.size(), std::size_t{count});
  EXPECT_FALSE(session.get_gap());
  EXPECT_EQ(fabric.status().subscriptions, std::size_t{count});
}

// --- subscriptions ---------------------------------------------------------------------------------------------------

// There the retry forgot only_new: all that exists came as new.
TEST(SubscribeTwin, one_that_succeeds_at_the_second_try_tells_nothing_old) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  fabric.with([](sim::Apicsim& sim) { sim.controller().refuse(sim.now(), 503, base::Duration{1'000}, "/api/class/fvTenant"); });
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  EXPECT_FALSE(session.has_events());
  ASSERT_TRUE(other.post(uni, tenant("New")));
  EXPECT_EQ(next_event(session).name(), "New");
  EXPECT_FALSE(session.has_events());
}

// There a failed one counted as made, and the second try passed for success.
TEST(SubscribeTwin, a_refused_one_is_false_each_time_and_true_once_it_is_not) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  fabric.with(
      [](sim::Apicsim& sim) { sim.controller().refuse(sim.now(), 400, base::Duration{60'000}, "/api/class/fvTenant"); });
  EXPECT_FALSE(Tenant.subscribe(session));
  EXPECT_FALSE(Tenant.subscribe(session));
  EXPECT_FALSE(Tenant.has_events(session));
  fabric.with([](sim::Apicsim& sim) { sim.advance_clock(base::Duration{61'000}); });
  EXPECT_TRUE(Tenant.subscribe(session));
  EXPECT_EQ(Tenant.get_event_count(session), 3u);
}

// There a push whose id was not stored yet went where nobody looks.
TEST(SubscribeTwin, a_push_that_overtakes_the_answer_is_told) {
  ScriptedController controller;
  controller.pushed_early = {ScriptedController::change(ScriptedController::object("fvTenant", "uni/tn-Early", "created"))};
  Session session(controller.url(), "admin", "password", any_certificate());
  ASSERT_TRUE(session.login());
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  EXPECT_EQ(session.wait_event(patience).dn(), "uni/tn-Early");
}

TEST(SubscribeTwin, what_changes_while_subscribing_anew_is_told_once) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  std::atomic<bool> go_on = true;
  std::atomic<int> made = 0;
  auto changes = std::async(std::launch::async, [&] {
    while (go_on || made < 100) {
      if (!other.post(uni, tenant("T" + std::to_string(made)))) return false;
      ++made;
    }
    return true;
  });
  ASSERT_TRUE(Tenant.subscribe(session));
  for (int loss = 0; loss < 2; ++loss) {
    fabric.with([](sim::Apicsim& sim) { sim.controller().drop_channels(); });
    const auto gap = next_gap(session);
    EXPECT_TRUE(gap);
  }
  go_on = false;
  ASSERT_TRUE(changes.get());
  std::map<std::string, int> told;
  while (static_cast<int>(told.size()) < made + 3) {
    const Event event = next_event(session);
    ASSERT_TRUE(event) << told.size() << " of " << made + 3;
    EXPECT_EQ(++told[event.name()], 1) << event.name() << ' ' << event.to_json();
  }
}

// Subscribing to one object subscribed to all of its class.
TEST(SubscribeTwin, one_object_is_one_object) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant("bob").subscribe(session));
  ASSERT_TRUE(other.post(uni, tenant("alice")));
  ASSERT_TRUE(other.post(uni, tenant("bob")));
  EXPECT_EQ(next_event(session).name(), "bob");
  EXPECT_FALSE(session.has_events());
}

// Events of a subscription with an extension could be seen and never be taken.
TEST(SubscribeTwin, events_of_an_extended_one_are_taken_through_its_handle) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true, .extension = "&query-target-filter=eq(fvTenant.name,\"bob\")"}));
  ASSERT_TRUE(other.post(uni, tenant("alice")));
  ASSERT_TRUE(other.post(uni, tenant("bob")));
  ASSERT_TRUE(session.wait(patience));
  EXPECT_TRUE(Tenant.has_events(session));
  EXPECT_EQ(Tenant.get_event(session).name(), "bob");
  Tenant.unsubscribe(session);
  EXPECT_TRUE(session.inspect().subscriptions.empty());
}

// Unsubscribing asked the controller for what it cannot do, and closed the socket.
TEST(SubscribeTwin, giving_up_one_leaves_the_others_and_the_channel) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(AppProfile.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  const auto requests = fabric.status().requests;
  AppProfile.unsubscribe(session);
  ASSERT_TRUE(other.post(uni, tenant("T")));
  EXPECT_EQ(next_event(session).name(), "T");
  EXPECT_EQ(fabric.status().requests, requests + 1) << "nothing but the post";
  EXPECT_EQ(fabric.status().channels, 1u);
  EXPECT_FALSE(session.get_gap());
}

// --- outages ---------------------------------------------------------------------------------------------------------

// What changed while the socket was gone was gone too.
TEST(OutageTwin, changes_of_every_kind_come_afterwards_with_what_was_before) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  for (const char* name : {"Kept", "Gone"}) ASSERT_TRUE(other.post(uni, tenant(name, "old")));
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  fabric.with([](sim::Apicsim& sim) { sim.controller().mute(sim.now(), hour); });
  ASSERT_TRUE(other.post(uni, tenant("Kept", "new")));
  ASSERT_TRUE(other.post(uni, tenant("Made")));
  ASSERT_TRUE(other.del("/api/mo/uni/tn-Gone.json"));
  fabric.with([](sim::Apicsim& sim) {
    sim.controller().mute(sim.now(), base::Duration{0});
    sim.controller().drop_channels();
  });
  std::map<std::string, Event> told;
  while (told.size() < 3) {
    const Event event = next_event(session);
    ASSERT_TRUE(event);
    EXPECT_EQ(event.origin(), Origin::relist);
    told.emplace(event.name(), event);
  }
  EXPECT_TRUE(told["Made"].is_created());
  EXPECT_EQ(told["Kept"].was("descr"), "old");
  EXPECT_EQ(told["Kept"].attribute("descr"), "new");
  EXPECT_TRUE(told["Gone"].is_deleted());
  EXPECT_EQ(told["Gone"].was("descr"), "old");
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->found, 3u);
  EXPECT_NE(gap->history, "");
}

// A peer that no longer said anything, on a connection that stood, was waited for without end while its requests went well.
TEST(OutageTwin, a_channel_that_falls_silent_is_lost_though_requests_are_answered) {
  SimulatedFabric fabric(0, false);
  Proxy proxy(fabric.url());
  SessionOptions options = any_certificate();
  options.silence = 600ms;
  Session session(proxy.url(), "admin", "password", options);
  LoggedIn other(fabric);
  ASSERT_TRUE(session.login());
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  ASSERT_TRUE(comes_true([&] { return proxy.pongs() > 0; }));
  proxy.stall_channels();
  ASSERT_TRUE(session.post(uni, tenant("Unseen")));
  const Event unseen = next_event(session);
  EXPECT_EQ(unseen.dn(), "uni/tn-Unseen");
  EXPECT_EQ(unseen.origin(), Origin::relist);
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_NE(gap->reason.find("no sign of"), std::string::npos) << gap->reason;
  EXPECT_EQ(gap->found, 1u);
  ASSERT_TRUE(other.post(uni, tenant("After")));
  const Event after = next_event(session);
  EXPECT_EQ(after.dn(), "uni/tn-After");
  EXPECT_EQ(after.origin(), Origin::live);
}

TEST(OutageTwin, a_controller_that_stops_answering_is_seen_as_lost_until_it_answers_again) {
  SimulatedFabric fabric(0, false);
  Proxy proxy(fabric.url());
  SessionOptions options = quick();
  options.timeout = 1s;
  Session session(proxy.url(), "admin", "password", options);
  LoggedIn other(fabric);
  ASSERT_TRUE(session.login());
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  proxy.stall();
  ASSERT_TRUE(comes_true([&] { return session.inspect().state == "waiting"; })) << "the refreshes' timeouts say so";
  EXPECT_NE(session.inspect().error, "");
  EXPECT_NE(session.inspect().subscriptions.at(0).blind_since, "");
  EXPECT_FALSE(session.get(uni));
  ASSERT_TRUE(other.post(uni, tenant("Unseen")));
  proxy.heal();
  EXPECT_EQ(next_event(session).dn(), "uni/tn-Unseen");
  const auto gap = next_gap(session);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->found, 1u);
}

// After a failed login both threads ended, and no event came ever again.
TEST(OutageTwin, a_login_that_fails_for_a_while_is_tried_until_it_works) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  fabric.with([](sim::Apicsim& sim) {
    sim.controller().refuse(sim.now(), 503, base::Duration{2'000}, "/api/aaaLogin");
    sim.controller().expire_tokens();
    sim.controller().drop_channels();
  });
  ASSERT_TRUE(next_gap(session));
  LoggedIn other(fabric);
  ASSERT_TRUE(other.post(uni, tenant("After")));
  EXPECT_EQ(next_event(session).name(), "After");
}

// A 403 was answered with a login and all subscriptions, again and again.
TEST(OutageTwin, a_controller_that_answers_403_to_every_token_is_not_stormed) {
  SimulatedFabric fabric;
  LoggedIn session(fabric, quick());
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  const auto before = fabric.status().requests;
  fabric.with([](sim::Apicsim& sim) {
    for (const char* path : {refreshes, "/api/class/"}) sim.controller().refuse(sim.now(), 403, base::Duration{3'000}, path);
  });
  ASSERT_TRUE(next_gap(session));
  EXPECT_LT(fabric.status().requests - before, 40u);
}

// Two readers of one socket, and two threads that took from one queue and blocked.
TEST(OutageTwin, each_event_is_read_by_one_and_taken_by_one) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  for (int loss = 0; loss < 2; ++loss) {
    fabric.with([](sim::Apicsim& sim) { sim.controller().drop_channels(); });
    ASSERT_TRUE(next_gap(session));
  }
  std::atomic<int> left = 300;
  const auto take = [&] {
    std::vector<std::string> names;
    while (left > 0) {
      const Event event = session.wait_event(100ms);
      if (!event || event.origin() == Origin::backfill) continue;
      names.push_back(event.name());
      --left;
    }
    return names;
  };
  auto one = std::async(std::launch::async, take), two = std::async(std::launch::async, take);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(other.post(uni, tenant("T" + std::to_string(i))));
  auto names = one.get();
  const auto more = two.get();
  names.insert(names.end(), more.begin(), more.end());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 300u);
  EXPECT_EQ(names.size(), 300u);
  EXPECT_FALSE(session.has_events());
}

TEST(OutageTwin, the_next_controller_takes_over) {
  sim::Apicsim::Options options;
  options.port = 0;
  options.controller.controllers = 2;
  SimulatedFabric fabric(options);
  LoggedIn session(fabric);
  const std::string first = session.inspect().controller;
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  fabric.with([&](sim::Apicsim& sim) { sim.stop_controller(sim.url(0) == first ? 0 : 1); });
  ASSERT_TRUE(next_gap(session));
  EXPECT_NE(session.inspect().controller, first);
  EXPECT_TRUE(session.post(uni, tenant("After")));
  EXPECT_EQ(next_event(session).name(), "After");
}

// --- frames and their events -----------------------------------------------------------------------------------------

// A frame that cannot be read ended the thread, without a word.
TEST(FrameTwin, garbage_is_told_as_a_gap_and_the_watch_goes_on) {
  for (const char* garbage : {"{\"imdata\":[", "<html><body>502 Bad Gateway</body></html>", "\xff\xfe", "{}"}) {
    ScriptedController controller;
    Session session(controller.url(), "admin", "password", any_certificate());
    ASSERT_TRUE(session.login());
    ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
    controller.push(garbage);
    const auto gap = next_gap(session);
    ASSERT_TRUE(gap) << garbage;
    EXPECT_NE(gap->reason, "");
    controller.push(ScriptedController::change(ScriptedController::object("fvTenant", "uni/tn-After", "created")));
    EXPECT_EQ(next_event(session).dn(), "uni/tn-After");
  }
}

// Only the first object of a push was looked at, and an unknown class was an exception.
TEST(FrameTwin, every_object_of_a_push_is_told_whatever_its_class) {
  ScriptedController controller;
  Session session(controller.url(), "admin", "password", any_certificate());
  ASSERT_TRUE(session.login());
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  controller.push(ScriptedController::change(ScriptedController::object("fvTenant", "uni/tn-A", "created") + "," +
                                             ScriptedController::object("fvTenant", "uni/tn-B", "created") + "," +
                                             ScriptedController::object("fvNewInThisRelease", "uni/x-C", "created")));
  std::set<std::string> told;
  for (int i = 0; i < 3; ++i) told.insert(session.wait_event(patience).dn());
  EXPECT_EQ(told, (std::set<std::string>{"uni/tn-A", "uni/tn-B", "uni/x-C"}));
}

// A fault's change carries little of the fault: KeyError; its end could not be told at all; each fault came twice.
TEST(FaultTwin, changes_are_whole_its_end_is_told_and_each_comes_once) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(other.post(uni, tenant("T")));
  ASSERT_TRUE(Fault.subscribe(
      session, {.only_new = true, .filter = R"(and(eq(faultInst.code,"F0467"),eq(faultInst.severity,"minor")))"}));
  const auto fault = [&](const std::string& code, const std::string& severity, const std::string& status) {
    fabric.with([&](sim::Apicsim& sim) {
      model::ManagedObject object{
          "faultInst", {{"dn", "uni/tn-T/fault-" + code}, {"code", code}, {"severity", severity}, {"type", "config"}}, {}};
      if (!status.empty()) object.attributes.set("status", status);
      const auto set = sim.controller().set(sim.wall(), object);
      EXPECT_TRUE(set) << set.error().message;
    });
  };
  fault("F0468", "minor", "");  // another code: both parts of the filter count
  fault("F0467", "minor", "");
  const Event raised = next_event(session);
  EXPECT_EQ(raised.dn(), "uni/tn-T/fault-F0467");
  EXPECT_TRUE(raised.is_created());
  fabric.with([](sim::Apicsim& sim) {
    (void)sim.controller().set(sim.wall(), {"faultInst", {{"dn", "uni/tn-T/fault-F0467"}, {"ack", "yes"}}, {}});
  });
  const Event changed = next_event(session);
  EXPECT_TRUE(changed.is_modified());
  EXPECT_EQ(changed.attribute("type"), "config");
  EXPECT_EQ(changed.attribute("severity"), "minor");
  fault("F0467", "minor", "deleted");
  const Event cleared = next_event(session);
  EXPECT_TRUE(cleared.is_deleted());
  EXPECT_EQ(cleared.was("code"), "F0467");
  EXPECT_FALSE(session.has_events());
}

// A wrong filter ended the whole program.
TEST(FaultTwin, a_wrong_filter_is_an_answer) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  const auto requests = fabric.status().requests;
  for (const char* filter : {"eq(faultInst.severity", R"(eq(faultInst.sevrity,"major"))", R"(eq(fvTenant.name,"T"))"}) {
    const Subscribed answer = Fault.subscribe(session, {.filter = filter});
    EXPECT_EQ(answer.problem(), Problem::invalid) << filter;
    EXPECT_NE(answer.error(), "");
  }
  EXPECT_EQ(ObjectClass("eqptIngrTotal5min").subscribe(session).problem(), Problem::invalid);
  EXPECT_EQ(fabric.status().requests, requests) << "said before the first request";
}

// Each endpoint's event made requests of its own.
TEST(LoadTwin, events_cost_no_request) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Endpoint.subscribe(session, {.only_new = true}));
  const auto requests = fabric.status().requests;
  fabric.with([](sim::Apicsim& sim) { ASSERT_TRUE(sim.controller().storm(sim.wall(), "fvCEp", 500)); });
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(session.wait_event(patience)) << i;
  EXPECT_EQ(fabric.status().requests, requests);
}

// The initial load took time with the square of its size, and all that was queued was put to JSON and back.
TEST(LoadTwin, a_large_population_is_read_to_the_last) {
  SimulatedFabric fabric;
  fabric.with([](sim::Apicsim& sim) { ASSERT_TRUE(sim.controller().storm(sim.wall(), "fvTenant", 25'000)); });
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session));
  EXPECT_EQ(Tenant.get_event_count(session), 25'003u);
  std::set<std::string> names;
  while (Event event = Tenant.get_event(session)) names.insert(event.dn());
  EXPECT_EQ(names.size(), 25'003u);
}

// Waiting was a loop at full speed; the time of an event was that of its reader.
TEST(LoadTwin, waiting_rests_and_an_event_has_the_controllers_time) {
  SimulatedFabric fabric;
  LoggedIn session(fabric), other(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  const auto cpu = [] {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_utime.tv_usec + usage.ru_stime.tv_usec + (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000;
  };
  const auto before = cpu();
  EXPECT_FALSE(session.wait(200ms));
  EXPECT_LT(cpu() - before, 50'000);
  fabric.with([](sim::Apicsim& sim) { sim.advance_clock(hour); });
  Session later(fabric.url(), "admin", "password", any_certificate());
  ASSERT_TRUE(later.login());
  ASSERT_TRUE(later.post(uni, tenant("T")));
  const Event event = next_event(session);
  EXPECT_EQ(event.time(), event.attribute("modTs"));
  EXPECT_GT(event.when() - std::chrono::system_clock::now(), 50min);
}

// The socket was never verified, whatever was asked for.
TEST(TrustTwin, requests_and_channel_take_a_trusted_certificate_and_no_other) {
  const auto certificate = io::make_self_signed("apic").value(), other = io::make_self_signed("apic").value();
  const auto file = std::filesystem::temp_directory_path() / ("aci_twins_" + std::to_string(getpid()) + ".pem");
  sim::Apicsim::Options options;
  options.port = 0;
  options.certificate = certificate;
  SimulatedFabric fabric(options);
  SessionOptions trusting = any_certificate();
  trusting.verify = true;
  trusting.ca_file = file.string();
  std::ofstream(file) << certificate.certificate;
  {
    LoggedIn session(fabric, trusting);
    EXPECT_TRUE(Tenant.subscribe(session)) << "the channel too";
  }
  std::ofstream(file) << other.certificate;
  EXPECT_EQ(Session(fabric.url(), "admin", "password", trusting).login().problem(), Problem::unreachable);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace aci::toolkit
