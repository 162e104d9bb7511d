#include "service/dispatcher.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "codec/event_json.hpp"
#include "io/server.hpp"
#include "service/checks.hpp"

namespace aci::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

model::Event tenant(std::uint64_t seq, std::string name) {
  model::Event event;
  event.fabric = "dc1";
  event.seq = seq;
  event.time = {1767323045678, 0};
  event.class_name = "fvTenant";
  event.dn = "uni/tn-" + name;
  event.op = model::Op::created;
  event.after = model::Attributes{{"dn", event.dn}, {"name", name}};
  return event;
}

// A receiver on a free port: keeps what it gets, answers what the test says.
struct Mock {
  explicit Mock(io::Loop& loop) {
    io::ServerHandlers handlers;
    handlers.on_request = [this](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
      requests.push_back(std::move(request));
      io::HttpResponse response;
      if (!answers.empty()) response = answers.front(), answers.erase(answers.begin());
      responder->send(std::move(response));
      if (on_request) on_request();
    };
    server = io::Server::start(loop, {}, std::move(handlers)).value();
  }
  relay::Destination destination(relay::Service service = relay::Service::webhook) const {
    relay::Destination destination;
    destination.service = service;
    destination.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/hook";
    return destination;
  }
  std::vector<std::string> subjects() const {
    std::vector<std::string> subjects;
    for (const auto& request : requests)
      subjects.emplace_back(boost::json::parse(request.body).as_object().at("subject").as_string().c_str());
    return subjects;
  }

  std::vector<io::HttpRequest> requests;
  std::vector<io::HttpResponse> answers;
  std::function<void()> on_request;
  std::unique_ptr<io::Server> server;
};

class DispatcherTest : public testing::Test {
 protected:
  void start() {
    dispatcher = std::make_unique<Dispatcher>(loop, poster, config, 1);
    dispatcher->console = [this](const std::string& text) { console += text; };
    dispatcher->log = [this](const std::string& line) { log += line + '\n'; };
    dispatcher->on_message = [this](const relay::Message& message, std::string_view receiver) {
      room.push_back(std::string(receiver) + ": " + message.title);
    };
  }
  void receiver(std::string name, std::vector<relay::Destination> destinations) {
    if (config.receivers.empty()) config.route.receiver = name;
    config.route.group_wait = base::Duration{0};
    config.receivers.push_back({std::move(name), std::move(destinations)});
  }
  // Runs the loop until the condition holds, asked every few milliseconds; the guard is for a failing test only.
  void run_until(std::function<bool()> condition) {
    guard.after(base::Duration{20'000}, [this] {
      ADD_FAILURE() << "what was waited for did not come";
      loop.stop();
    });
    tick = [this, condition = std::move(condition)] {
      if (condition()) return loop.stop();
      poll.after(base::Duration{5}, tick);
    };
    tick();
    loop.run();
    guard.cancel();
  }

  io::Loop loop;
  io::Poster poster{loop};
  io::Timer guard{loop}, poll{loop};
  std::function<void()> tick;
  Config config;
  std::string console, log;
  std::vector<std::string> room;
  std::unique_ptr<Dispatcher> dispatcher;
};

TEST_F(DispatcherTest, AnEventReachesEveryDestinationOfItsReceiverOnce) {
  Mock mock(loop);
  relay::Destination to_console, to_room;
  to_console.service = relay::Service::console;
  to_room.service = relay::Service::room;
  receiver("noc", {mock.destination(), to_console, to_room});
  start();
  dispatcher->on_event(tenant(1, "A"));
  dispatcher->on_event(tenant(2, "B"));
  run_until([&] { return dispatcher->idle(); });
  EXPECT_THAT(mock.subjects(), ElementsAre("uni/tn-A", "uni/tn-B"));
  EXPECT_THAT(console, HasSubstr("Tenant B created"));
  EXPECT_THAT(room, ElementsAre("noc: Tenant A created", "noc: Tenant B created"));
  EXPECT_EQ(dispatcher->status().at(0).delivery.delivered, 2u);
}

TEST_F(DispatcherTest, ARetryKeepsTheOrderAndTheId) {
  Mock mock(loop);
  mock.answers = {{503, {}, ""}};
  receiver("noc", {mock.destination()});
  start();
  dispatcher->on_event(tenant(1, "A"));
  dispatcher->on_event(tenant(2, "B"));
  run_until([&] { return dispatcher->idle(); });
  EXPECT_THAT(mock.subjects(), ElementsAre("uni/tn-A", "uni/tn-A", "uni/tn-B"));
  EXPECT_EQ(io::header(mock.requests[0].headers, "webhook-id"), io::header(mock.requests[1].headers, "webhook-id"));
  EXPECT_EQ(mock.requests[0].body, mock.requests[1].body);
  EXPECT_THAT(log, HasSubstr("receiver noc (webhook): the webhook answered 503; tried again\n"));
  EXPECT_THAT(log, HasSubstr("receiver noc (webhook): delivers again\n"));
}

TEST_F(DispatcherTest, ADestinationThatIsDownDelaysNoOther) {
  Mock mock(loop), gone(loop);
  const auto nobody = gone.destination();
  gone.server->stop();
  receiver("noc", {nobody, mock.destination()});
  start();
  for (std::uint64_t i = 1; i <= 3; ++i) dispatcher->on_event(tenant(i, std::to_string(i)));
  run_until([&] { return mock.requests.size() == 3; });
  EXPECT_THAT(mock.subjects(), ElementsAre("uni/tn-1", "uni/tn-2", "uni/tn-3"));
  EXPECT_EQ(dispatcher->status().at(0).delivery.queued, 3u);
  EXPECT_FALSE(dispatcher->idle());
}

TEST_F(DispatcherTest, AGroupIsOneRequest) {
  Mock mock(loop);
  receiver("noc", {mock.destination()});
  config.route.group_wait = base::Duration{30};
  start();
  for (std::uint64_t i = 1; i <= 3; ++i) dispatcher->on_event(tenant(i, std::to_string(i)));
  EXPECT_FALSE(dispatcher->idle());
  run_until([&] { return dispatcher->idle(); });
  ASSERT_EQ(mock.requests.size(), 1u);
  EXPECT_EQ(io::header(mock.requests[0].headers, "Content-Type"), "application/cloudevents-batch+json");
  EXPECT_EQ(boost::json::parse(mock.requests[0].body).as_array().size(), 3u);
}

TEST_F(DispatcherTest, FlushSendsWhatGroupsHold) {
  Mock mock(loop);
  receiver("noc", {mock.destination()});
  config.route.group_wait = base::Duration{3'600'000};
  start();
  dispatcher->on_event(tenant(1, "A"));
  dispatcher->flush();
  run_until([&] { return dispatcher->idle(); });
  EXPECT_EQ(mock.requests.size(), 1u);
}

TEST_F(DispatcherTest, AGapIsTold) {
  Mock mock(loop);
  receiver("noc", {mock.destination()});
  start();
  dispatcher->on_gap({"dc1", "config", {1000, 0}, {2000, 0}, "channel closed", 1});
  run_until([&] { return dispatcher->idle(); });
  ASSERT_EQ(mock.requests.size(), 1u);
  EXPECT_THAT(mock.requests[0].body, HasSubstr("com.cisco.aci.gap"));
}

TEST_F(DispatcherTest, AnAnswerThatComesAfterTheEndIsForgotten) {
  Mock mock(loop);
  receiver("noc", {mock.destination()});
  start();
  mock.on_request = [this] { dispatcher.reset(); };
  dispatcher->on_event(tenant(1, "A"));
  run_until([&] { return dispatcher == nullptr; });
  // Room for the answer to arrive.
  bool passed = false;
  poster.post({mock.destination().url}, [&](auto) { passed = true; });
  mock.on_request = nullptr;
  run_until([&] { return passed; });
  EXPECT_EQ(mock.requests.size(), 2u);
}

TEST(Checks, CheckPrintsEachMistakeOnALineOrWhatItRead) {
  const std::string path = testing::TempDir() + "aci_check_" + std::to_string(::getpid()) + ".yaml";
  const std::string good =
      "fabrics: [ { name: dc1, controllers: [apic1], username: u, password: p, watch: [ { name: w, class: fvTenant } ] } ]\n"
      "route: { receiver: noc }\nreceivers: [ { name: noc, console: [ {} ] } ]\n";
  std::ostringstream fine, broken;
  std::ofstream(path) << good;
  EXPECT_EQ(check_file(path, fine), 0);
  EXPECT_EQ(fine.str(), path + ": fine: 1 fabric, 1 watch, 1 route, 1 receiver\n");
  std::ofstream(path) << good << "jurnal: {}\n";
  EXPECT_EQ(check_file(path, broken), 2);
  EXPECT_EQ(broken.str(), path + ":4:1: unknown key 'jurnal' in the configuration (did you mean 'journal'?)\n");
  std::remove(path.c_str());
}

TEST(Checks, ExplainTellsRouteReceiverGroupAndMessage) {
  Config config;
  config.route.receiver = "noc";
  relay::RouteSpec child;
  child.receiver = "tenants";
  child.matchers = relay::Matchers::parse("class=fvTenant").value();
  child.group_wait = base::Duration{0};
  config.route.routes = {child};
  config.receivers = {{"noc", {}}, {"tenants", {relay::Destination{}}}};
  std::string json;
  codec::append_event_json(json, tenant(1, "A"));
  std::ostringstream out, err;
  EXPECT_EQ(explain(config, json, out, err), 0);
  EXPECT_EQ(err.str(), "");
  EXPECT_THAT(out.str(), HasSubstr("yes  route.routes[0]: class=\"fvTenant\"\n"));
  EXPECT_THAT(out.str(), HasSubstr("goes to tenants (console) by route.routes[0], at once\n"));
  EXPECT_THAT(out.str(), HasSubstr("Tenant A created"));
  EXPECT_EQ(explain(config, "{", out, err), 2);
  EXPECT_THAT(err.str(), HasSubstr("not an event"));
}

TEST(Checks, SendTestSaysWhatEachDestinationAnswered) {
  io::Loop loop;
  Mock mock(loop);
  mock.answers = {{200, {}, "ok"}, {401, {}, "go away"}};
  Config config;
  config.receivers = {{"noc", {mock.destination(relay::Service::slack_webhook)}}};
  std::thread server([&] { loop.run(); });
  std::ostringstream good, bad, unknown;
  EXPECT_EQ(send_test(config, "noc", good, unknown), 0);
  EXPECT_EQ(send_test(config, "noc", bad, unknown), 1);
  EXPECT_EQ(send_test(config, "nok", good, unknown), 2);
  loop.stop();
  server.join();
  EXPECT_EQ(good.str(), "slack: took it\n");
  EXPECT_EQ(bad.str(), "slack: Slack answered 401: go away\n");
  EXPECT_EQ(unknown.str(), "no receiver is named 'nok' (did you mean 'noc'?)\n");
  EXPECT_THAT(mock.requests.at(0).body, HasSubstr("[TEST]"));
}

}  // namespace
}  // namespace aci::service
