// Programs for acitoolkit found passwords, tokens and cookies in their logs. Here whatever can go wrong does, everything that
// the SDK says is kept, and none of the secrets that went over the line may be in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "codec/answer.hpp"
#include "unit/keys.hpp"
#include "unit/toolkit/proxy.hpp"
#include "unit/toolkit/support.hpp"

namespace aci::toolkit {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string password = "Zq9-hunter\"\\two";
const base::Duration hour{3'600'000};

class SecretsTest : public testing::Test {
 protected:
  void hear(const std::string& text) { (said_ += text) += '\n'; }
  void hear(const Response& response) {
    std::ostringstream out;
    out << response;
    hear(out.str());
    hear(response.error());
  }
  void hear(const Subscribed& answer) { hear(answer.error()); }
  void hear(Session& session) {
    const SessionView view = session.inspect();
    for (const auto* text : {&view.state, &view.since, &view.error, &view.controller}) hear(*text);
    for (const auto& subscription : view.subscriptions)
      for (const auto* text : {&subscription.watch, &subscription.state, &subscription.error}) hear(*text);
    while (const auto gap = session.get_gap()) hear(gap->to_json());
    while (const Event event = session.get_event()) hear(event.to_json());
  }
  void hear_gap(Session& session) {
    const auto gap = next_gap(session);
    ASSERT_TRUE(gap);
    hear(gap->to_json());
  }
  // What went over the line in this pattern's group.
  static std::set<std::string> secrets(const std::string& carried, const std::string& pattern) {
    std::set<std::string> found;
    const std::regex regex(pattern);
    for (std::sregex_iterator it(carried.begin(), carried.end(), regex), end; it != end; ++it) found.insert((*it)[1]);
    return found;
  }
  void nothing_is_told(const std::set<std::string>& secrets) const {
    for (const std::string& secret : secrets) EXPECT_THAT(said_, Not(HasSubstr(secret)));
  }

  static sim::Apicsim::Options admin_with_that_password() {
    sim::Apicsim::Options options;
    options.port = 0;
    options.tls = false;
    options.controller.users = {{"admin", password}};
    return options;
  }

  SimulatedFabric fabric_{admin_with_that_password()};
  Proxy proxy_{fabric_.url()};
  std::string said_;
};

TEST_F(SecretsTest, of_a_password_and_its_tokens_nothing_is_told) {
  SessionOptions options = any_certificate();
  options.subscription_lifetime = 1s;
  Session session(proxy_.url(), "admin", password, options);
  hear(Tenant.subscribe(session));
  hear(session.login());
  hear(Tenant.subscribe(session));
  hear(session);
  const std::string users = R"({"aaaUser":{"attributes":{"name":"joe","pwd":")" + password.substr(0, 4);
  for (const auto* end : {"", R"(","nosuch":"1"}}})", R"(","expires":"maybe"}}})"})
    hear(session.post("/api/mo/uni/userext.json", users + end));
  hear(session.get("/api/aaaRefresh.xml?=" + password));
  hear(session.get("http://somebody:" + password + "@apic/api/mo/uni.json"));
  hear(session.get("/socket"));

  // Each request of the session, and the websocket, in each kind of trouble.
  for (const char* path : {"/api/subscriptionRefresh", "/api/class", "/api/aaaLogin"}) {
    fabric_.with([&](sim::Apicsim& sim) {
      sim.controller().refuse(sim.now(), 403, base::Duration{400}, path);
      sim.controller().expire_tokens();
      sim.controller().drop_channels();
    });
    hear(session.get("/api/class/fvTenant.json"));
    ASSERT_NO_FATAL_FAILURE(hear_gap(session)) << path;
    hear(session);
  }
  fabric_.with([&](sim::Apicsim& sim) { sim.controller().answer_html(sim.now(), 200, hour, ""); });
  ASSERT_TRUE(comes_true([&] { return session.inspect().subscriptions.at(0).blind_since != ""; }));
  hear(session);
  hear(session.get("/api/class/fvTenant.json"));
  hear(Session(proxy_.url(), "admin", password, options).login());

  const std::string carried = proxy_.carried();
  const auto tokens = secrets(carried, R"("token":"([^"]+)\")"), cookies = secrets(carried, "APIC-cookie=([^\r;]+)");
  EXPECT_GE(tokens.size(), 3u);
  EXPECT_GE(cookies.size(), 3u);
  EXPECT_THAT(secrets(carried, "GET /socket([^ ]+)"), SizeIs(testing::Ge(3u)));
  nothing_is_told(tokens);
  nothing_is_told(cookies);
  nothing_is_told({password, password.substr(0, 4), "two"});
}

TEST_F(SecretsTest, of_a_login_that_fails_nothing_is_told) {
  Session refused(proxy_.url(), "admin", password + "!", any_certificate());
  const Response wrong = refused.login();
  EXPECT_EQ(wrong.status(), 401);
  hear(wrong);
  hear(refused);
  for (const std::string& url :
       {"https://admin:" + password + "@apic", "ftp://admin:" + password + "/1@apic", std::string("http://127.0.0.1:1")}) {
    Session nowhere(url, "admin", password, any_certificate());
    hear(nowhere.login());
    hear(nowhere);
  }
  const auto here = std::filesystem::temp_directory_path() / ("aci_secrets_" + std::to_string(getpid()));
  std::filesystem::create_directories(here);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(here);
  for (const std::string& line : {"PASSWORD = '" + password, "PASSWORD = f(\"" + password + "\")", "PASSWORD: " + password}) {
    std::ofstream("credentials.py") << "URL = 'https://apic'\nLOGIN = 'admin'\n" << line << '\n';
    hear(find_credentials(Credentials{}).error);
  }
  const char* const arguments[] = {"program", "-u", "https://apic", "-p", password.c_str(), "--pasword"};
  hear(find_credentials(6, arguments).error);
  std::filesystem::current_path(before);
  std::filesystem::remove_all(here);
  EXPECT_THAT(said_, HasSubstr("credentials.py"));
  nothing_is_told({password, "two"});
}

TEST_F(SecretsTest, of_a_key_and_its_signatures_nothing_is_told) {
  SessionOptions options = any_certificate();
  options.subscription_lifetime = 1s;
  options.cert_name = "admin.crt";
  options.key_file = test_keys + "admin.key";
  Session stranger(proxy_.url(), "admin", "", options);
  const Response unknown = stranger.login();
  EXPECT_FALSE(unknown);
  hear(unknown);
  hear(stranger);
  fabric_.with([](sim::Apicsim& sim) {
    ASSERT_TRUE(sim.controller().set(
        sim.wall(),
        {"aaaUserCert", {{"dn", "uni/userext/user-admin/usercert-admin.crt"}, {"data", test_key("admin.crt")}}, {}}));
  });
  Session session(proxy_.url(), "admin", "", options);
  hear(session.login());
  hear(Tenant.subscribe(session));
  ASSERT_TRUE(session.logged_in());
  hear(session.post(std::string("/api/mo/uni.json"), "{"));
  fabric_.with([&](sim::Apicsim& sim) {
    sim.controller().refuse(sim.now(), 403, base::Duration{400}, "/api/");
    sim.controller().drop_channels();
  });
  ASSERT_NO_FATAL_FAILURE(hear_gap(session));
  hear(session);
  for (const char* file : {"admin.crt", "none.key", ""}) {
    options.key_file = test_keys + file;
    hear(Session(proxy_.url(), "admin", "", options).login());
  }
  const std::string carried = proxy_.carried();
  const auto signatures = secrets(carried, "APIC-Request-Signature=([^\r;]+)"),
             tokens = secrets(carried, R"("token":"([^"]+)\")");
  const auto sockets = secrets(carried, "APIC-WebSocket-Session=([^\r;]+)");
  EXPECT_GE(signatures.size(), 3u);
  EXPECT_GE(tokens.size() + sockets.size(), 1u);
  for (const auto& found : {signatures, tokens, sockets}) nothing_is_told(found);
  nothing_is_told({"PRIVATE KEY", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDMqmLC4aDiUPNJ"});
}

}  // namespace
}  // namespace aci::toolkit
