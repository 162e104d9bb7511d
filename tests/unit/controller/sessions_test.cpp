#include "controller/sessions.hpp"

#include <gmock/gmock.h>

#include <regex>

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

constexpr auto login_body = R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})";

TEST(SessionsTest, LoginAnswersWithWhatClientsReadFromIt) {
  Driver apic;
  const Response response = apic.post("/api/aaaLogin.json", login_body);
  ASSERT_EQ(response.status, 200);
  const auto answer = codec::decode_answer(response.body);
  ASSERT_TRUE(answer);
  const auto& login = answer->objects.at(0);
  EXPECT_EQ(login.class_name, "aaaLogin");
  EXPECT_EQ(login.attributes.get("refreshTimeoutSeconds"), "600");
  EXPECT_EQ(login.attributes.get("maximumLifetimeSeconds"), "86400");
  EXPECT_EQ(login.attributes.get("creationTime"), "1700000000");
  EXPECT_EQ(login.attributes.get("userName"), "admin");
  EXPECT_EQ(login.attributes.get("unixUserId"), "15374");
  EXPECT_EQ(login.attributes.get("node"), "topology/pod-1/node-1");
  EXPECT_EQ(login.attributes.get("version"), "5.2(7f)");
  EXPECT_THAT(std::string(login.attributes.get("sessionId")), AllOf(SizeIs(24), ::testing::EndsWith("==")));
  EXPECT_FALSE(login.attributes.contains("urlToken"));
  ASSERT_THAT(login.children, SizeIs(4));
  EXPECT_EQ(login.children[0].class_name, "aaaUserDomain");
  EXPECT_EQ(login.children[0].children.at(1).children.at(0).class_name, "role");
  EXPECT_EQ(login.children[3].attributes.get("dn"), "uni/tn-mgmt");

  const std::string token(login.attributes.get("token"));
  EXPECT_EQ(response.set_cookie, "APIC-cookie=" + token + "; path=/; HttpOnly; HttpOnly; Secure");
}

TEST(SessionsTest, ALoginsAttributesStandInTheOrderOfTheRecordings) {
  Driver apic;
  const std::string body = apic.post("/api/aaaLogin.json?gui-token-request=yes", login_body).body;
  std::size_t at = 0;
  for (const char* name :
       {"token", "siteFingerprint", "refreshTimeoutSeconds", "maximumLifetimeSeconds", "guiIdleTimeoutSeconds",
        "restTimeoutSeconds", "creationTime", "firstLoginTime", "userName", "remoteUser", "unixUserId", "sessionId", "lastName",
        "firstName", "version", "buildTime", "node", "urlToken"}) {
    const std::size_t found = body.find("\"" + std::string(name) + "\":\"");
    ASSERT_NE(found, std::string::npos) << name;
    EXPECT_GT(found, at) << name;
    at = found;
  }
  EXPECT_THAT(body, StartsWith(R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":")"));
  EXPECT_THAT(body,
              HasSubstr(R"(,"children":[{"aaaUserDomain":{"attributes":{"name":"all","rolesR":"admin","rolesW":"admin"})"));
}

std::string decode_base64url(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(c));
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return bytes;
}

TEST(SessionsTest, ATokenIsAWebTokenThatSaysWhoseItIs) {
  Driver apic;
  apic.log_in();
  const std::size_t first = apic.token.find('.'), second = apic.token.find('.', first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_THAT(decode_base64url(apic.token.substr(0, first)),
              AllOf(StartsWith(R"({"alg":"RS256","kid":")"), ::testing::EndsWith(R"(","typ":"jwt"})")));
  EXPECT_THAT(decode_base64url(apic.token.substr(first + 1, second - first - 1)),
              AllOf(StartsWith(R"({"rbac":[{"domain":"all","rolesR":0,"rolesW":1}],"iss":"ACI APIC","username":"admin",)"
                               R"("userid":15374,"userflags":0,"iat":1700000000,"exp":1700000600,"sessionid":")"),
                    ::testing::EndsWith(R"(=="})")));
  EXPECT_THAT(decode_base64url(apic.token.substr(second + 1)), SizeIs(256));
}

TEST(SessionsTest, ATokenMayBeOpaqueAsBeforeRelease52) {
  Options options;
  options.opaque_tokens = true;
  Driver apic(options);
  apic.log_in();
  EXPECT_THAT(apic.token, AllOf(SizeIs(172), HasSubstr("+"), HasSubstr("/"), ::testing::EndsWith("=")));
}

TEST(SessionsTest, AfterAChallengeEachRequestMustAnswerIt) {
  Driver apic;
  const Response login = apic.post("/api/aaaLogin.json?gui-token-request=yes", login_body);
  const auto answer = codec::decode_answer(login.body);
  const std::string challenge(answer->objects.at(0).attributes.get("urlToken"));
  apic.cookies = "APIC-cookie=" + Driver::token_in(login.body);
  for (const char* target : {"/api/class/fvTenant.json", "/api/aaaRefresh.json", "/api/class/fvTenant.json?challenge=x"})
    EXPECT_EQ(error_of(apic.get(target)), "403 403 Token was invalid (Error: Challenge token missing)") << target;
  EXPECT_EQ(apic.get("/api/class/fvTenant.json?challenge=" + challenge).status, 200);
  apic.challenge = challenge;
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
  const Response refreshed = apic.get("/api/aaaRefresh.json");
  EXPECT_THAT(refreshed.body, HasSubstr("\"urlToken\":\"" + challenge + '"'));
}

TEST(SessionsTest, LoginsMayBeThrottled) {
  Options options;
  options.login_rate = 2;
  options.controllers = 2;
  Driver apic(options);
  apic.log_in();
  EXPECT_EQ(apic.get("/api/aaaRefresh.json").status, 200);
  const Response refused = apic.get("/api/aaaRefresh.json");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("<html>"));
  EXPECT_EQ(apic.post("/api/aaaLogin.json", login_body).status, 503);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200) << "others are not";
  apic.controller_asked = 1;
  EXPECT_EQ(apic.post("/api/aaaLogin.json", login_body).status, 200) << "each controller counts its own";
  apic.controller_asked = 0;
  apic.pass(1s);
  EXPECT_EQ(apic.get("/api/aaaRefresh.json").status, 200);
}

TEST(SessionsTest, AChannelEndsWhenItsTimeIsOverAndItsSessionGoesOn) {
  Options options;
  options.socket_lifetime = 100s;
  Driver apic(options);
  const ChannelId first = apic.log_in();
  apic.subscribe("/api/class/fvTenant.json?subscription=yes&refresh-timeout=3600");
  apic.pass(50s);
  const auto second = apic.controller.open_channel(apic.now, "/socket" + apic.token);
  apic.pass(49s);
  EXPECT_THAT(apic.controller.take_closes(), IsEmpty());
  EXPECT_EQ(*apic.controller.next_wakeup() - apic.now, 1s);
  apic.pass(1s);
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(first));
  EXPECT_EQ(apic.controller.status().subscriptions, 0u);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json?subscription=yes").status, 200) << "on the other channel";
  apic.pass(50s);
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(*second));
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
}

TEST(SessionsTest, LoginTakesXmlTheOtherAddressADomainAndAChallenge) {
  Driver apic;
  const Response xml = apic.post("/api/aaaLogin.xml", R"(<aaaUser name="admin" pwd="password"/>)");
  EXPECT_EQ(xml.status, 200);
  EXPECT_EQ(xml.content_type, "text/xml");
  EXPECT_THAT(xml.body, AllOf(StartsWith("<?xml"), HasSubstr("<aaaLogin "), HasSubstr("<role name=\"admin\"/>")));
  EXPECT_THAT(xml.body, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?><imdata totalCount=\"1\">\n<aaaLogin token=\""));
  const std::regex recorded(
      R"(<aaaLogin token="[^"]+" siteFingerprint="[^"]+" refreshTimeoutSeconds="600" maximumLifetimeSeconds="86400" )"
      R"(guiIdleTimeoutSeconds="1200" restTimeoutSeconds="90" creationTime="1700000000" firstLoginTime="1700000000" )"
      R"(userName="admin" remoteUser="false" unixUserId="15374" sessionId="[^"]+" lastName="" firstName="" )"
      R"(changePassword="no" version="[^"]+" buildTime="[^"]+" node="topology/pod-1/node-1">\n)"
      R"(<aaaUserDomain name="all" rolesR="admin" rolesW="admin">\n<aaaReadRoles/>\n<aaaWriteRoles>\n<role name="admin"/>\n)"
      R"(</aaaWriteRoles>\n</aaaUserDomain>\n)"
      R"(<DnDomainMapEntry dn="uni/tn-common" readPrivileges="admin" writePrivileges="admin"/>\n)"
      R"(<DnDomainMapEntry dn="uni/tn-infra" readPrivileges="admin" writePrivileges="admin"/>\n)"
      R"(<DnDomainMapEntry dn="uni/tn-mgmt" readPrivileges="admin" writePrivileges="admin"/>\n</aaaLogin></imdata>\n$)");
  EXPECT_TRUE(std::regex_search(xml.body, recorded)) << xml.body;
  EXPECT_EQ(apic.post("/api/mo/aaaLogin.json", login_body).status, 200);
  EXPECT_EQ(
      apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"apic:local\\admin","pwd":"password"}}})").status,
      200);
  EXPECT_THAT(apic.post("/api/aaaLogin.json?gui-token-request=yes", login_body).body, HasSubstr("\"urlToken\":\""));
}

TEST(SessionsTest, TheSettingsOfTokensAreObjectsThatCount) {
  Options options;
  options.token_lifetime = 120s;
  Driver apic(options);
  apic.log_in();
  const auto login = [&] { return apic.post("/api/aaaLogin.json", login_body).body; };
  EXPECT_THAT(login(),
              HasSubstr(R"("refreshTimeoutSeconds":"120","maximumLifetimeSeconds":"86400","guiIdleTimeoutSeconds":"1200")"));
  const std::string settings = "/api/mo/uni/userext/pkiext/webtokendata.json";
  EXPECT_EQ(
      error_of(apic.post(settings, R"({"pkiWebTokenData":{"attributes":{"webtokenTimeoutSeconds":"299"}}})")).substr(0, 7),
      "400 120");
  EXPECT_EQ(error_of(apic.post(settings, R"({"pkiWebTokenData":{"attributes":{"webtokenTimeoutSeconds":"300",)"
                                         R"("maximumValidityPeriod":"4","uiIdleTimeoutSeconds":"60"}}})")),
            "");
  EXPECT_THAT(login(),
              HasSubstr(R"("refreshTimeoutSeconds":"300","maximumLifetimeSeconds":"14400","guiIdleTimeoutSeconds":"60")"));
  apic.log_in();
  apic.pass(299s);
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 200);
  apic.pass(1s);
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 403);
}

TEST(SessionsTest, TooManyWrongPasswordsBlockAUserWhereTheProfileSaysSo) {
  Driver apic;
  apic.log_in();
  const auto try_with = [&](const char* password) {
    return apic.post("/api/aaaLogin.json", codec::login_body("admin", password)).status;
  };
  for (int i = 0; i < 9; ++i) EXPECT_EQ(try_with("wrong"), 401);
  EXPECT_EQ(try_with("password"), 200) << "it is off";
  EXPECT_EQ(error_of(apic.post("/api/mo/uni/userext/blockloginp.json",
                               R"({"aaaBlockLoginProfile":{"attributes":{"enableLoginBlock":"enable","maxFailedAttempts":"3",)"
                               R"("maxFailedAttemptsWindow":"5","blockDuration":"10"}}})")),
            "");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(try_with("wrong"), 401);
  apic.pass(5min);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(try_with("wrong"), 401);
  EXPECT_EQ(try_with("password"), 200) << "the first two are forgotten";
  EXPECT_EQ(try_with("wrong"), 401);
  EXPECT_EQ(try_with("password"), 401);
  apic.pass(599s);
  EXPECT_EQ(try_with("password"), 401);
  apic.pass(1s);
  EXPECT_EQ(try_with("password"), 200);
}

TEST(SessionsTest, ABrowserMayAskWhatItMayDo) {
  Driver apic;
  const Response options = apic.send("OPTIONS", "/api/aaaLogin.json");
  EXPECT_EQ(options.status, 200);
  EXPECT_EQ(options.body, "");
}

TEST(SessionsTest, ALoginTellsTheUsersName) {
  Driver apic;
  apic.log_in();
  apic.post("/api/mo/uni/userext/user-admin.json", R"({"aaaUser":{"attributes":{"firstName":"Ada","lastName":"Lovelace"}}})");
  EXPECT_THAT(apic.post("/api/aaaLogin.json", login_body).body, HasSubstr(R"("lastName":"Lovelace","firstName":"Ada")"));
}

TEST(SessionsTest, WrongLoginsAreRefusedInTheWordsOfTheRelease) {
  Driver apic;
  const std::string refused = "401 401 User credential is incorrect - FAILED local authentication";
  EXPECT_EQ(error_of(apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"x"}}})")), refused);
  EXPECT_EQ(error_of(apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"joe","pwd":"password"}}})")),
            refused);
  EXPECT_EQ(error_of(apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{}}})")), refused);
  EXPECT_THAT(error_of(apic.post("/api/aaaLogin.json", "nonsense")), StartsWith("400 400 "));
  EXPECT_EQ(apic.controller.status().sessions, 0u);
}

TEST(SessionsTest, RequestsNeedAToken) {
  Driver apic;
  EXPECT_THAT(error_of(apic.get("/api/class/fvTenant.json")), StartsWith("403 403 Need a valid webtoken cookie"));
  apic.cookies = "APIC-cookie=nonsense";
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_THAT(apic.get("/api/class/fvTenant.xml").body, HasSubstr(R"(<error code="403" text="Token was invalid)"));
}

TEST(SessionsTest, TheCookieIsFoundAmongJunkAndByAnySpelling) {
  Driver apic;
  apic.log_in();
  for (const std::string& cookies :
       {"apic-COOKIE=" + apic.token, "APIC-cookie=" + apic.token + "; path=/; HttpOnly; HttpOnly; Secure",
        "a=b;;=; x ; APIC-Cookie = \"" + apic.token + "\"", "APIC-cookie=old; APIC-cookie=" + apic.token}) {
    apic.cookies = cookies;
    EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200) << cookies;
  }
  apic.cookies = "XAPIC-cookie=" + apic.token;
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 403);
}

TEST(SessionsTest, ATokenEndsWhenItsTimeIsOverAndItsChannelWithIt) {
  Driver apic;
  const ChannelId channel = apic.log_in();
  apic.pass(599s);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
  EXPECT_THAT(apic.controller.take_closes(), IsEmpty());
  apic.pass(1s);
  EXPECT_EQ(error_of(apic.get("/api/class/fvTenant.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_EQ(error_of(apic.get("/api/aaaRefresh.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(channel));
  EXPECT_EQ(apic.controller.status().sessions, 0u);
}

TEST(SessionsTest, RefreshByGetAndPostGivesANewTokenOfTheSameSession) {
  Driver apic;
  apic.log_in();
  const std::string first = apic.token;
  apic.pass(500s);
  const Response refreshed = apic.get("/api/aaaRefresh.json");
  const std::string second = Driver::token_in(refreshed.body);
  EXPECT_NE(second, first);
  EXPECT_THAT(refreshed.set_cookie, HasSubstr(second));
  EXPECT_THAT(refreshed.body,
              AllOf(HasSubstr(R"("creationTime":"1700000500")"), HasSubstr(R"("firstLoginTime":"1700000000")")));
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200) << "the old token lives to its own end";
  apic.cookies = "APIC-cookie=" + second;
  EXPECT_EQ(apic.post("/api/aaaRefresh.json", login_body).status, 200);
  apic.pass(200s);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json?subscription=yes").status, 200) << "the channel stays open";
  apic.cookies = "APIC-cookie=" + first;
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 403);
  EXPECT_EQ(apic.controller.status().sessions, 1u);
}

TEST(SessionsTest, RefreshingDoesNotOutliveTheSession) {
  Options options;
  options.session_lifetime = 1000s;
  Driver apic(options);
  const ChannelId channel = apic.log_in();
  apic.pass(500s);
  apic.cookies = "APIC-cookie=" + Driver::token_in(apic.get("/api/aaaRefresh.json").body);
  apic.pass(499s);
  EXPECT_EQ(apic.get("/api/aaaRefresh.json").status, 200);
  apic.pass(1s);
  EXPECT_EQ(apic.get("/api/aaaRefresh.json").status, 403);
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(channel));
}

TEST(SessionsTest, ManyRefreshesDoNotGrowWithoutBound) {
  Driver apic;
  apic.log_in();
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    last = Driver::token_in(apic.get("/api/aaaRefresh.json").body);
    apic.cookies = "APIC-cookie=" + last;
  }
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
  apic.cookies = "APIC-cookie=" + apic.token;
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 403) << "the oldest token gave way";
}

TEST(SessionsTest, LogoutEndsTheSessionAndItsChannel) {
  Driver apic;
  const ChannelId channel = apic.log_in();
  EXPECT_EQ(apic.post("/api/aaaLogout.json", R"({"aaaUser":{"attributes":{"name":"admin"}}})").body,
            R"({"totalCount":"0","imdata":[]})");
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 403);
  EXPECT_THAT(apic.controller.take_closes(), ElementsAre(channel));
}

TEST(SessionsTest, DomainsAreListedWithoutALogin) {
  Driver apic;
  const Response response = apic.get("/api/aaaListDomains.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"({"name":"local")"));
}

TEST(SessionsTest, AChannelNeedsAValidTokenAsItStandsInThePath) {
  Driver apic;
  apic.log_in();
  EXPECT_TRUE(apic.controller.open_channel(apic.now, "/socket" + apic.token));
  for (const std::string& target :
       {"/socket" + apic.token + "x", std::string("/socket"), "/sock" + apic.token, std::string()}) {
    const auto channel = apic.controller.open_channel(apic.now, target);
    ASSERT_FALSE(channel) << target;
    EXPECT_EQ(channel.error().errc, base::Errc::auth);
  }
  apic.pass(600s);
  EXPECT_FALSE(apic.controller.open_channel(apic.now, "/socket" + apic.token));
}

TEST(SessionsTest, TheSameSeedGivesTheSameTokensAndAnotherOneOthers) {
  const auto token_of = [](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    Driver apic(options);
    apic.log_in();
    return apic.token;
  };
  EXPECT_EQ(token_of(1), token_of(1));
  EXPECT_NE(token_of(1), token_of(2));
}

TEST(SessionsTest, SlashesTooManyAreTakenForOne) {
  Driver apic;
  EXPECT_EQ(apic.post("//api/aaaLogin.json", login_body).status, 200);
  apic.log_in();
  EXPECT_EQ(apic.get("//api//mo///uni/tn-common.json?a=//").status, 200);
  EXPECT_THAT(apic.get("//api//mo///uni/tn-common.json").body, HasSubstr("uni/tn-common"));
}

TEST(SessionsTest, ABrowserMayAskWhatItMayAsk) {
  Driver apic;
  const Response answer = apic.send("OPTIONS", "/api/class/fvTenant.json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

}  // namespace
}  // namespace aci::controller
