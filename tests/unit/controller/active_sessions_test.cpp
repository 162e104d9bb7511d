#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* active = "/api/class/aaaActiveUserSession.json";
constexpr const char* admin = R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})";

TEST(ActiveSessionsTest, ALoginIsAnObjectAsRecorded) {
  Driver apic;
  apic.log_in();
  const auto sessions = apic.objects(active);
  ASSERT_THAT(sessions, SizeIs(1));
  const auto& one = sessions[0].attributes;
  EXPECT_EQ(sessions[0].dn(), "uni/usersessext/actsession-" + std::string(one.get("hashToken")));
  EXPECT_EQ(one.get("name"), "admin");
  EXPECT_EQ(one.get("uType"), "local");
  EXPECT_EQ(one.get("ipAddress"), "192.0.2.7");
  EXPECT_EQ(one.get("loginTime"), "2023-11-14T22:13:20.123+00:00");
  EXPECT_EQ(one.get("expiryTime"), "2023-11-14T22:23:20.123+00:00");
  EXPECT_THAT(apic.objects("/api/class/eventRecord.json"), IsEmpty()) << "no record is made of it";
}

TEST(ActiveSessionsTest, LoginRefreshAndLogoutArePushed) {
  Driver apic;
  apic.log_in();
  apic.subscribe(std::string(active) + "?subscription=yes");
  const std::string cookies = apic.cookies;
  const std::string other = apic.token_in(apic.post("/api/aaaLogin.json", admin).body);
  EXPECT_THAT(apic.frames(), ::testing::ElementsAre(AllOf(HasSubstr(R"("status":"created")"), HasSubstr(R"("name":"admin")"))));
  apic.pass(50s);
  apic.get("/api/aaaRefresh.json");
  EXPECT_THAT(apic.frames(), ::testing::ElementsAre(AllOf(HasSubstr(R"("expiryTime":"2023-11-14T22:24:10.123+00:00")"),
                                                          HasSubstr(R"("status":"modified")"), Not(HasSubstr("loginTime")))));
  apic.cookies = "APIC-cookie=" + other;
  apic.post("/api/aaaLogout.json", admin);
  EXPECT_THAT(apic.frames(), ::testing::ElementsAre(HasSubstr(R"("status":"deleted")")));
  apic.cookies = cookies;
  EXPECT_THAT(apic.objects(active), SizeIs(1));
}

TEST(ActiveSessionsTest, ASessionThatRunsOutIsGone) {
  Driver apic;
  apic.post("/api/aaaLogin.json", admin);
  apic.pass(300s);
  apic.log_in();
  apic.pass(301s);
  EXPECT_THAT(apic.objects(active), SizeIs(1));
  EXPECT_EQ(apic.controller.status().sessions, 1u);
}

}  // namespace
}  // namespace aci::controller
