#include "controller/accounts.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string wrong_password = "401 401 User credential is incorrect - FAILED local authentication";

Options with_users() {
  Options options;
  options.users.push_back({"reader", "password", "read-all", "all", true});
  options.users.push_back({"sun", "password", "tenant-admin", "solar"});
  options.users.push_back({"viewer", "password", "admin", "solar", true});
  return options;
}

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() {
    apic.log_in();
    EXPECT_EQ(
        post("/api/mo/uni.json",
             R"({"fvTenant":{"attributes":{"name":"Solar"},"children":[{"aaaDomainRef":{"attributes":{"name":"solar"}}}]}})"),
        "");
    EXPECT_EQ(post("/api/mo/uni.json", R"({"fvTenant":{"attributes":{"name":"Lunar"}}})"), "");
  }
  std::string post(const std::string& target, const std::string& body) { return error_of(apic.post(target, body)); }
  // The DNs that a query finds, sorted.
  std::vector<std::string> dns(const std::string& target) {
    std::vector<std::string> found;
    for (const auto& object : apic.objects(target)) found.emplace_back(object.dn());
    std::sort(found.begin(), found.end());
    return found;
  }
  std::vector<std::string> pushed() {
    std::vector<std::string> told;
    for (const std::string& frame : apic.frames()) {
      const std::size_t begin = frame.find("\"dn\":\"") + 6;
      told.push_back(frame.substr(begin, frame.find('"', begin) - begin));
    }
    return told;
  }
  Driver apic{with_users()};
};

TEST_F(AccountsTest, WhoOnlyReadsIsRefusedWrites) {
  apic.log_in("reader");
  EXPECT_THAT(dns("/api/class/fvTenant.json"), SizeIs(5));
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})"),
            "403 403 User reader has no write privilege on (Dn0), Dn0=uni/tn-T, ");
  EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/uni/tn-Solar.json")), StartsWith("403 403 "));
  EXPECT_EQ(post("/api/mo/uni/tn-Solar.json", R"({"fvTenant":{"attributes":{"name":"Solar"}}})"), "") << "changes nothing";
  EXPECT_THAT(dns("/api/class/fvTenant.json"), SizeIs(5));
}

TEST_F(AccountsTest, AUserOfADomainSeesItsTenantsAndCommonAndNothingElse) {
  apic.log_in("sun");
  EXPECT_THAT(dns("/api/class/fvTenant.json"), ElementsAre("uni/tn-Solar", "uni/tn-common"));
  EXPECT_THAT(apic.get("/api/class/fvTenant.json").body, HasSubstr(R"("totalCount":"2")"));
  EXPECT_THAT(dns("/api/mo/uni/tn-Lunar.json"), IsEmpty());
  EXPECT_THAT(dns("/api/class/fabricNode.json"), IsEmpty());
  EXPECT_THAT(dns("/api/class/aaaUser.json"), ElementsAre("uni/userext/user-sun"));
  const std::string tree = apic.get("/api/mo/uni.json?rsp-subtree=full").body;
  EXPECT_THAT(tree, AllOf(HasSubstr("tn-Solar"), HasSubstr("tn-common"), HasSubstr("user-sun"), Not(HasSubstr("tn-Lunar")),
                          Not(HasSubstr("user-admin"))));
  EXPECT_THAT(dns("/api/mo/uni.json?query-target=subtree&target-subtree-class=fvTenant"),
              ElementsAre("uni/tn-Solar", "uni/tn-common"));
  EXPECT_THAT(apic.get("/api/class/aaaModLR.json").body, AllOf(HasSubstr("uni/tn-Solar"), Not(HasSubstr("uni/tn-Lunar"))));
  EXPECT_THAT(apic.get("/api/mo/uni.json?rsp-subtree-include=audit-logs,no-scoped,subtree").body,
              AllOf(HasSubstr("uni/tn-Solar"), Not(HasSubstr("uni/tn-Lunar"))));
}

TEST_F(AccountsTest, AUserOfADomainWritesItsTenantsOnly) {
  apic.log_in("sun");
  EXPECT_EQ(post("/api/mo/uni/tn-Solar.json", R"({"fvAp":{"attributes":{"name":"A"}}})"), "");
  EXPECT_EQ(
      post(
          "/api/mo/uni.json",
          R"({"polUni":{"attributes":{"status":"modified"},"children":[{"fvTenant":{"attributes":{"name":"Solar","descr":"x"}}}]}})"),
      "")
      << "the way down is not written";
  for (const char* url : {"/api/mo/uni/tn-Lunar.json", "/api/mo/uni/tn-common.json"})
    EXPECT_THAT(post(url, R"({"fvAp":{"attributes":{"name":"A"}}})"), StartsWith("403 403 ")) << url;
  EXPECT_THAT(post("/api/mo/uni/infra/cdpIfP-x.json", R"({"cdpIfPol":{"attributes":{}}})"), StartsWith("403 403 "));
  EXPECT_THAT(
      post("/api/mo/uni.json",
           R"({"fvTenant":{"attributes":{"name":"New"},"children":[{"aaaDomainRef":{"attributes":{"name":"solar"}}}]}})"),
      StartsWith("403 403 "))
      << "nobody tags what is not theirs";
  EXPECT_THAT(post("/api/mo/uni/tn-Lunar.json", R"({"aaaDomainRef":{"attributes":{"name":"solar"}}})"), StartsWith("403 403 "));
  EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/uni/tn-Lunar.json")), StartsWith("403 403 "));
  apic.log_in("viewer");
  EXPECT_THAT(post("/api/mo/uni/tn-Solar.json", R"({"fvAp":{"attributes":{"name":"B"}}})"), StartsWith("403 403 "));
}

TEST_F(AccountsTest, ARequestIsRefusedAsAWhole) {
  apic.log_in("sun");
  EXPECT_THAT(post("/api/mo/uni.json", R"({"polUni":{"attributes":{},"children":[
      {"fvTenant":{"attributes":{"name":"Solar","descr":"changed"}}},{"fvTenant":{"attributes":{"name":"Lunar","descr":"changed"}}}]}})"),
              StartsWith("403 403 "));
  EXPECT_THAT(apic.get("/api/mo/uni/tn-Solar.json").body, Not(HasSubstr("changed")));
}

TEST_F(AccountsTest, PushesTellOnlyWhatIsSeen) {
  apic.log_in("sun");
  apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  const std::string sun = apic.cookies;
  apic.log_in();
  post("/api/mo/uni/tn-Lunar.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})");
  EXPECT_THAT(pushed(), IsEmpty());
  post("/api/mo/uni/tn-Solar.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-Solar"));
  post("/api/mo/uni.json",
       R"({"fvTenant":{"attributes":{"name":"Second"},"children":[{"aaaDomainRef":{"attributes":{"name":"solar"}}}]}})");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-Second")) << "created before its tag";
  apic.send("DELETE", "/api/mo/uni/tn-Second.json");
  EXPECT_THAT(pushed(), ElementsAre("uni/tn-Second")) << "deleted after its tag";
  apic.send("DELETE", "/api/mo/uni/tn-Solar/domain-solar.json");
  post("/api/mo/uni/tn-Solar.json", R"({"fvTenant":{"attributes":{"descr":"y"}}})");
  EXPECT_THAT(pushed(), IsEmpty()) << "no longer its own";
}

TEST_F(AccountsTest, UsersWrittenByRestLogInUntilTheyAreDeleted) {
  EXPECT_EQ(post("/api/mo/uni/userext.json",
                 R"({"aaaUser":{"attributes":{"name":"joe","pwd":"secret"},"children":[{"aaaUserDomain":{"attributes":
      {"name":"all"},"children":[{"aaaUserRole":{"attributes":{"name":"admin","privType":"writePriv"}}}]}}]}})"),
            "");
  const std::string admin = apic.cookies;
  apic.log_in("joe", "secret");
  EXPECT_EQ(post("/api/mo/uni/tn-Joe.json", R"({"fvTenant":{"attributes":{}}})"), "");
  EXPECT_THAT(apic.get("/api/mo/uni/tn-Joe.json").body, HasSubstr(R"("uid":"15378")"));
  EXPECT_THAT(apic.get("/api/aaaRefresh.json").body,
              AllOf(HasSubstr(R"("userName":"joe")"), HasSubstr(R"("unixUserId":"15378")")));
  EXPECT_THAT(apic.get("/api/mo/uni/userext/user-joe.json?rsp-subtree=full").body, Not(HasSubstr("secret")));

  apic.cookies = admin;
  EXPECT_EQ(post("/api/mo/uni/userext/user-joe.json", R"({"aaaUser":{"attributes":{"pwd":"changed"}}})"), "");
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("joe", "secret")), wrong_password);
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("joe", "changed")), "");
  EXPECT_EQ(post("/api/mo/uni/userext/user-joe.json", R"({"aaaUser":{"attributes":{"accountStatus":"inactive"}}})"), "");
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("joe", "changed")), wrong_password);
  EXPECT_EQ(error_of(apic.send("DELETE", "/api/mo/uni/userext/user-joe.json")), "");
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaUser":{"attributes":{"name":"joe"}}})"), "");
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("joe", "changed")), wrong_password);
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("joe", "")), wrong_password) << "without a password none logs in";
}

TEST_F(AccountsTest, WhoHasNoDomainLogsInAndSeesNothing) {
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaUser":{"attributes":{"name":"joe","pwd":"secret"}}})"), "");
  apic.log_in("joe", "secret");
  EXPECT_THAT(dns("/api/class/fvTenant.json"), IsEmpty());
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})"), StartsWith("403 403 "));
}

TEST_F(AccountsTest, RightsThatAreTakenAwayAreGoneAtOnce) {
  apic.log_in("sun");
  const std::string sun = apic.cookies;
  apic.log_in();
  EXPECT_EQ(error_of(apic.send("DELETE", "/api/mo/uni/userext/user-sun/userdomain-solar.json")), "");
  apic.cookies = sun;
  EXPECT_THAT(dns("/api/class/fvTenant.json"), IsEmpty());
}

TEST_F(AccountsTest, AdminCannotShutItselfOut) {
  EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/uni/userext/user-admin.json")), StartsWith("400 107 "));
  EXPECT_EQ(error_of(apic.send("DELETE", "/api/mo/uni/userext/user-admin/userdomain-all.json")), "");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})"), "");
}

TEST_F(AccountsTest, RolesSayWhereOneWrites) {
  for (const auto& [role, tenant, infra, users] : {std::tuple{"tenant-admin", true, false, false},
                                                   {"access-admin", false, true, false},
                                                   {"aaa", false, false, true},
                                                   {"admin", true, true, true},
                                                   {"ops", false, false, false},
                                                   {"made-up", false, false, false}}) {
    Options options;
    options.users.push_back({"joe", "password", role});
    Driver driver(options);
    driver.log_in("joe");
    const auto writes = [&](const char* url, const char* body) { return driver.post(url, body).status == 200; };
    EXPECT_EQ(writes("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})"), tenant) << role;
    EXPECT_EQ(writes("/api/mo/uni/infra/cdpIfP-x.json", R"({"cdpIfPol":{"attributes":{}}})"), infra) << role;
    EXPECT_EQ(writes("/api/mo/uni/userext/user-x.json", R"({"aaaUser":{"attributes":{}}})"), users) << role;
  }
}

TEST_F(AccountsTest, ALoginTellsTheRights) {
  const Response response = apic.post("/api/aaaLogin.json", codec::login_body("sun", "password"));
  EXPECT_THAT(response.body,
              HasSubstr(R"({"aaaUserDomain":{"attributes":{"name":"solar","rolesR":"tenant-admin","rolesW":"tenant-admin"},)"
                        R"("children":[{"aaaReadRoles":{"attributes":{}}},{"aaaWriteRoles":{"attributes":{},"children":[)"
                        R"({"role":{"attributes":{"name":"tenant-admin"}}}]}}]}})"));
  EXPECT_THAT(apic.post("/api/aaaLogin.json", codec::login_body("reader", "password")).body,
              HasSubstr(R"({"name":"all","rolesR":"read-all","rolesW":""},"children":[{"aaaReadRoles":{"attributes":{},)"
                        R"("children":[{"role":{"attributes":{"name":"read-all"}}}]}},{"aaaWriteRoles":{"attributes":{}}}]})"));
}

TEST_F(AccountsTest, ALoginDomainMustBeThere) {
  for (const char* name :
       {"apic:local\\admin", "apic#local\\\\admin", "apic:fallback\\admin", "apic:DefaultAuth\\admin", "admin"})
    EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body(name, "password")), "") << name;
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("apic:Radius\\admin", "password")), wrong_password);
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaLoginDomain":{"attributes":{"name":"Radius"}}})"), "");
  EXPECT_EQ(post("/api/aaaLogin.json", codec::login_body("apic:Radius\\admin", "password")), "");
  EXPECT_THAT(apic.get("/api/aaaListDomains.json").body, HasSubstr(R"({"name":"Radius"})"));
  EXPECT_THAT(apic.get("/api/aaaListDomains.xml").body, AllOf(HasSubstr(R"(name="local")"), HasSubstr(R"(name="Radius")")));
}

TEST_F(AccountsTest, ARoleThatAUserMadeAndADomainThatAUserMadeCount) {
  EXPECT_THAT(dns("/api/class/aaaRole.json"), testing::Contains("uni/userext/role-tenant-admin"));
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaRole":{"attributes":{"name":"porter","priv":"access-qos"}}})"), "");
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaDomain":{"attributes":{"name":"moon"}}})"), "");
  const auto hire = [&](const std::string& name, const std::string& domain, const std::string& role) {
    EXPECT_EQ(
        post("/api/mo/uni/userext/user-" + name + ".json",
             R"({"aaaUser":{"attributes":{"pwd":"password"},"children":[{"aaaUserDomain":{"attributes":{"name":")" + domain +
                 R"("},"children":[{"aaaUserRole":{"attributes":{"name":")" + role + R"(","privType":"writePriv"}}}]}}]}})"),
        "");
  };
  hire("joe", "all", "porter");
  hire("luna", "moon", "tenant-admin");
  EXPECT_EQ(post("/api/mo/uni/tn-Lunar.json", R"({"aaaDomainRef":{"attributes":{"name":"moon"}}})"), "");
  apic.log_in("joe");
  EXPECT_EQ(post("/api/mo/uni/infra.json", R"({"infraAttEntityP":{"attributes":{"name":"a"}}})"), "");
  EXPECT_THAT(post("/api/mo/uni/tn-Lunar.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})"), HasSubstr("403"));
  apic.log_in("luna");
  EXPECT_THAT(dns("/api/class/fvTenant.json"), ElementsAre("uni/tn-Lunar", "uni/tn-common"));
  EXPECT_EQ(post("/api/mo/uni/tn-Lunar.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})"), "");
  // A role that changes, changes for who has it.
  apic.log_in();
  EXPECT_EQ(post("/api/mo/uni/userext/role-porter.json", R"({"aaaRole":{"attributes":{"priv":"tenant-epg"}}})"), "");
  apic.log_in("joe");
  EXPECT_EQ(post("/api/mo/uni/tn-Lunar.json", R"({"fvTenant":{"attributes":{"descr":"y"}}})"), "");
  EXPECT_THAT(post("/api/mo/uni/infra.json", R"({"infraAttEntityP":{"attributes":{"name":"b"}}})"), HasSubstr("403"));
}

}  // namespace
}  // namespace aci::controller
