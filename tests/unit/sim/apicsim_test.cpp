#include "sim/apicsim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "unit/sim/driver.hpp"
#include "unit/sim/temporary.hpp"

namespace aci::sim {
namespace {

using testing::HasSubstr;

TEST_F(ApicsimTest, serves_the_api_with_and_without_tls) {
  for (const bool tls : {true, false}) {
    Apicsim::Options options;
    options.tls = tls;
    start(std::move(options));
    EXPECT_THAT(sim_->url(), testing::StartsWith(tls ? "https://127.0.0.1:" : "http://127.0.0.1:"));
    const auto answer = call("GET", "/api/class/fvTenant.json", "", log_in());
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("uni/tn-common"));
  }
}

// A page's script may not set the Cookie header, and its browser asks first whether it may ask.
TEST_F(ApicsimTest, scripts_in_a_browser_bring_the_token_in_a_header_of_its_own) {
  start();
  const std::string cookie = log_in(), token = cookie.substr(cookie.find('=') + 1);
  const std::string tenants = "/api/class/fvTenant.json";
  const auto asked = call_with({{"Origin", "http://a.page"}}, "OPTIONS", tenants);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.body, "");
  EXPECT_THAT(std::string(io::header(asked.headers, "Access-Control-Allow-Headers")), HasSubstr("devcookie"));
  EXPECT_THAT(std::string(io::header(asked.headers, "Access-Control-Allow-Methods")), HasSubstr("DELETE"));

  const auto answer = call_with({{"Origin", "http://a.page"}, {"DevCookie", token}}, "GET", tenants);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(io::header(answer.headers, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(io::header(call("GET", tenants, "", cookie).headers, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(call_with({{"DevCookie", "other"}}, "GET", tenants).status, 403);
}

TEST_F(ApicsimTest, loads_what_a_controller_answered_and_nested_objects) {
  const std::string answer = temporary("answer.json"), nested = temporary("nested.json"), broken = temporary("broken.json");
  std::ofstream(answer)
      << R"({"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-Loaded","name":"Loaded"}}}]})";
  std::ofstream(nested)
      << R"({"fvTenant":{"attributes":{"dn":"uni/tn-Nested","name":"Nested"},"children":[{"fvAp":{"attributes":{"name":"Shop"}}}]}})";
  std::ofstream(broken) << R"({"nothing)";
  Apicsim::Options options;
  options.load = {answer, nested};
  start(std::move(options));
  const std::string cookie = log_in();
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-Loaded.json", "", cookie).body, HasSubstr("\"Loaded\""));
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-Nested/ap-Shop.json", "", cookie).body, HasSubstr("\"Shop\""));

  for (const std::string& wrong : {broken, std::string("/nonexistent/file.json")}) {
    Apicsim::Options with_wrong;
    with_wrong.port = 0;
    with_wrong.load = {wrong};
    const auto refused = Apicsim::start(loop_, std::move(with_wrong));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr(wrong));
  }
}

TEST_F(ApicsimTest, loads_pushed_frames_one_after_the_other) {
  const std::string frames = temporary("frames.json");
  std::ofstream(frames) << R"([
 {"subscriptionId": ["72057"], "imdata": [{"fvAEPg": {"attributes": {"dn": "uni/tn-R/ap-A/epg-E", "name": "E", "rn": "", "status": "created"}}}]},
 {"subscriptionId": ["72057"], "imdata": [{"fvAEPg": {"attributes": {"dn": "uni/tn-R/ap-A/epg-F", "name": "F", "rn": "", "status": "created"}}}]},
 {"subscriptionId": ["72057"], "imdata": [{"fvAEPg": {"attributes": {"descr": "x", "dn": "uni/tn-R/ap-A/epg-E", "rn": "", "status": "modified"}}}]},
 {"subscriptionId": ["72057"], "imdata": [{"fvAEPg": {"attributes": {"dn": "uni/tn-R/ap-A/epg-F", "rn": "", "status": "deleted"}}}]}])";
  Apicsim::Options options;
  options.load = {frames};
  start(std::move(options));
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-R/ap-A.json?query-target=children&target-subtree-class=fvAEPg", "", log_in()).body,
              HasSubstr(R"({"totalCount":"1","imdata":[{"fvAEPg":{"attributes":{"childAction":"","descr":"x",)"
                        R"("dn":"uni/tn-R/ap-A/epg-E","name":"E","status":""}}}]})"));
}

TEST_F(ApicsimTest, the_control_api_counts_storms_and_refuses) {
  start();
  EXPECT_THAT(call("POST", "/_sim/storm", R"({"class":"fvTenant","count":7})").body, HasSubstr("\"count\":7"));
  const std::string cookie = log_in();
  EXPECT_THAT(call("GET", "/api/class/fvTenant.json", "", cookie).body, HasSubstr("\"totalCount\":\"10\""));
  EXPECT_EQ(call("POST", "/_sim/chaos", R"({"refuse":{"status":503,"seconds":600,"path":"/api/class"}})").status, 200);
  EXPECT_EQ(call("GET", "/api/class/fvTenant.json", "", cookie).status, 503);
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).status, 200);
  EXPECT_EQ(call("POST", "/_sim/chaos", R"({"expire_tokens":true})").status, 200);
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).status, 403);
  EXPECT_THAT(call("GET", "/_sim/status").body, HasSubstr("\"sessions\":0"));
}

TEST_F(ApicsimTest, a_wrong_control_request_does_nothing_of_it) {
  start();
  const std::string cookie = log_in();
  const auto refused = call("POST", "/_sim/chaos", R"({"expire_tokens":true,"mute_seconds":-1})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("mute_seconds"));
  EXPECT_EQ(call("GET", "/api/mo/uni.json", "", cookie).status, 200);
}

TEST_F(ApicsimTest, a_paced_storm_goes_on_until_its_count_is_made) {
  start();
  EXPECT_EQ(call("POST", "/_sim/storm", R"({"class":"fvTenant","count":20,"per_second":1000})").status, 200);
  const std::string cookie = log_in();
  std::string body;
  do body = call("GET", "/api/class/fvTenant.json", "", cookie).body;
  while (body.find("\"totalCount\":\"23\"") == std::string::npos && !HasFailure());
}

}  // namespace
}  // namespace aci::sim
