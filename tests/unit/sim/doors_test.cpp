// Several controllers behind their own ports, a clock that goes ahead, and trouble by request.
#include <gmock/gmock.h>

#include "unit/sim/driver.hpp"

namespace aci::sim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DoorsTest : public ApicsimTest {
 protected:
  void start_cluster(std::size_t count) {
    Apicsim::Options options;
    options.tls = false;
    options.controller.controllers = count;
    start(std::move(options));
  }
  std::string chaos(const std::string& body) { return call("POST", "/_sim/chaos", body).body; }
  // Whether a connection comes about.
  bool reachable(std::size_t controller) {
    io::HttpClient client(loop_, io::Endpoint::parse(sim_->url(controller)).value(), {});
    bool reached = false;
    client.request({"GET", "/api/aaaListDomains.json", {}, ""}, base::Duration{20'000},
                   [&](const base::Result<io::HttpResponse>& response) {
                     reached = response.has_value();
                     loop_.stop();
                   });
    loop_.run();
    return reached;
  }
};

TEST_F(DoorsTest, each_controller_has_its_port_and_all_one_fabric) {
  start_cluster(3);
  EXPECT_NE(sim_->url(0), sim_->url(1));
  EXPECT_NE(sim_->url(1), sim_->url(2));
  const std::string cookie = log_in();
  call("POST", "/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})", cookie);
  use(2);
  EXPECT_EQ(call("GET", "/api/mo/uni/tn-T.json", "", cookie).status, 403) << "a token of another controller";
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-T.json", "", log_in()).body, HasSubstr("uni/tn-T"));
}

TEST_F(DoorsTest, the_others_take_the_next_free_ports) {
  Apicsim::Options options;
  options.tls = false;
  start(std::move(options));
  const auto taken = io::Endpoint::parse(sim_->url()).value().port;
  Apicsim::Options next;
  next.tls = false;
  next.port = static_cast<std::uint16_t>(taken - 1);
  next.controller.controllers = 2;
  auto cluster = Apicsim::start(loop_, next);
  if (!cluster) GTEST_SKIP() << "the port before is in use";
  EXPECT_EQ(io::Endpoint::parse((*cluster)->url(0)).value().port, taken - 1);
  EXPECT_GT(io::Endpoint::parse((*cluster)->url(1)).value().port, taken);
  next.port = taken;
  EXPECT_EQ(Apicsim::start(loop_, next).error().errc, base::Errc::overflow) << "the first one is where it was asked for";
}

TEST_F(DoorsTest, a_stopped_controller_refuses_connections_until_it_is_started) {
  start_cluster(2);
  const std::string url = sim_->url(0);
  EXPECT_THAT(chaos(R"({"stop_controller":1})"), HasSubstr("ok")) << "it answers before it goes";
  EXPECT_FALSE(reachable(0));
  EXPECT_TRUE(reachable(1));
  use(1);
  EXPECT_THAT(call("GET", "/_sim/status").body, AllOf(HasSubstr("\"running\":false"), HasSubstr("\"running\":true")));
  EXPECT_THAT(chaos(R"({"stop_controller":2})"), HasSubstr("the only controller that runs"));
  EXPECT_THAT(chaos(R"({"start_controller":1})"), HasSubstr("ok"));
  EXPECT_TRUE(reachable(0));
  EXPECT_EQ(sim_->url(0), url);
  EXPECT_THAT(chaos(R"({"stop_controller":3})"), HasSubstr("from 1"));
  EXPECT_THAT(chaos(R"({"stop_controller":0})"), HasSubstr("from 1"));
}

TEST_F(DoorsTest, the_clock_goes_ahead_when_told_to) {
  start_cluster(1);
  const std::string cookie = log_in();
  EXPECT_EQ(call("POST", "/_sim/advance", R"({"seconds":599})").status, 200);
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).status, 200);
  const auto before = sim_->wall();
  EXPECT_EQ(call("POST", "/_sim/advance", R"({"seconds":86400})").status, 200);
  EXPECT_GE(sim_->wall(), before + base::Duration{86'400'000});
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).status, 403);
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", log_in()).status, 200);
  for (const char* wrong : {"", "{}", R"({"seconds":-1})", R"({"seconds":1,"minutes":1})", R"({"seconds":"1"})"})
    EXPECT_THAT(call("POST", "/_sim/advance", wrong).body, HasSubstr("advance takes")) << wrong;
}

TEST_F(DoorsTest, what_is_due_after_that_comes_at_its_time) {
  Apicsim::Options options;
  options.controller.token_lifetime = base::Duration{100};
  start(std::move(options));
  call("POST", "/_sim/advance", R"({"seconds":3600})");
  log_in();
  std::string body;
  do body = call("GET", "/_sim/status").body;
  while (body.find("\"sessions\":0") == std::string::npos && !HasFailure());
}

TEST_F(DoorsTest, answers_are_late_when_told_to) {
  start_cluster(1);
  EXPECT_THAT(chaos(R"({"delay_ms":120,"seconds":600,"path":"/api/class"})"), HasSubstr("ok"));
  const std::string cookie = log_in();
  const auto began = io::Loop::now();
  EXPECT_EQ(call("GET", "/api/class/fvTenant.json", "", cookie).status, 200);
  EXPECT_GE(io::Loop::now() - began, base::Duration{120});
}

TEST_F(DoorsTest, every_trouble_can_be_asked_for) {
  start_cluster(1);
  EXPECT_THAT(chaos(R"({"duplicate":0.5,"reorder":1,"seconds":60,"restart_node":101,"two_cookies":true,"mute_seconds":1,
                        "miss_first_child_seconds":5,"subscriptions_early_seconds":40})"),
              HasSubstr("ok"));
  EXPECT_THAT(chaos(R"({"html":{"status":200,"seconds":60,"path":"/api/class"}})"), HasSubstr("ok"));
  EXPECT_THAT(chaos(R"({"no_data":true,"seconds":60,"path":"/api/mo/uni"})"), HasSubstr("ok"));
  const std::string cookie = log_in();
  EXPECT_THAT(call("GET", "/api/class/fvTenant.json", "", cookie).body, HasSubstr("<html>"));
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).body, R"({"totalCount":"1","imdata":[]})");
}

TEST_F(DoorsTest, a_wrong_wish_is_answered_with_the_reason) {
  start_cluster(1);
  const std::pair<const char*, const char*> wrong[] = {
      {"[]", "a JSON object is needed"},
      {R"({"explode":true})", "'explode' is not one of drop_channels"},
      {R"({"drop_channels":false})", "drop_channels takes true"},
      {R"({"seconds":5})", "nothing is asked for"},
      {R"({"no_data":true,"seconds":-5})", "seconds takes"},
      {R"({"no_data":true,"path":5})", "path a text"},
      {R"({"duplicate":1.5})", "duplicate takes a probability"},
      {R"({"reorder":"often"})", "reorder takes a probability"},
      {R"({"delay_ms":-1})", "delay_ms takes"},
      {R"({"restart_node":"leaf"})", "restart_node takes"},
      {R"({"restart_node":999})", "there is no node 999"},
      {R"({"html":{"status":100}})", "html takes"},
      {R"({"refuse":{"status":200}})", "refuse takes"},
      {R"({"refuse":{"code":500}})", "refuse takes"},
      {R"({"two_cookies":1})", "two_cookies takes true or false"},
      {R"({"start_controller":2})", "start_controller takes"},
  };
  for (const auto& [body, reason] : wrong) {
    const auto response = call("POST", "/_sim/chaos", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr(reason)) << body;
  }
}

TEST_F(DoorsTest, a_fault_is_raised_and_cleared_on_demand) {
  start();
  const std::string cookie = log_in();
  const auto state = [&] { return call("GET", "/api/mo/topology/pod-1/node-101/sys/fault-F0532.json", "", cookie).body; };
  const std::string fault = R"("dn":"topology/pod-1/node-101/sys","code":"F0532")";
  EXPECT_EQ(call("POST", "/_sim/fault", "{" + fault + R"(,"severity":"critical","descr":"Port is down"})").status, 200);
  EXPECT_THAT(state(), AllOf(HasSubstr(R"("lc":"soaking")"), HasSubstr(R"("severity":"critical")"), HasSubstr("Port is down")));
  call("POST", "/_sim/advance", R"({"seconds":120})");
  EXPECT_THAT(state(), HasSubstr(R"("lc":"raised")"));
  EXPECT_EQ(call("POST", "/_sim/fault", "{" + fault + R"(,"clear":true})").status, 200);
  EXPECT_THAT(state(), HasSubstr(R"("lc":"raised-clearing")"));
  EXPECT_THAT(call("GET", "/_sim/status").body, HasSubstr(R"("records":8)"));
  for (const char* wrong : {"{}", "[]", R"({"dn":"uni"})", R"({"dn":"uni/tn-None","code":"F1"})", R"({"dn":"uni","code":"1"})",
                            R"({"dn":"uni","code":"F1","severity":"bad"})", R"({"dn":"uni","code":"F1","clear":1})",
                            R"({"dn":"uni","code":"F1","x":"y"})"})
    EXPECT_EQ(call("POST", "/_sim/fault", wrong).status, 400) << wrong;
}

TEST_F(DoorsTest, trouble_may_be_there_from_the_beginning) {
  Apicsim::Options options;
  options.chaos = {R"({"refuse":{"path":"/api/class"}})"};
  start(std::move(options));
  EXPECT_EQ(call("GET", "/api/class/fvTenant.json").status, 503);
  Apicsim::Options wrong;
  wrong.port = 0;
  wrong.chaos = {"nonsense"};
  EXPECT_EQ(Apicsim::start(loop_, std::move(wrong)).error().errc, base::Errc::invalid);
}

}  // namespace
}  // namespace aci::sim
