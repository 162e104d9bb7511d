#include "controller/signed_request.hpp"

#include <gmock/gmock.h>

#include "controller/cookies.hpp"
#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(CookiesTest, ValuesAreFoundAmongJunk) {
  EXPECT_THAT(cookie_values("a=b;;=; x ; APIC-Cookie = \"T\"; apic-COOKIE=U; path=/", "APIC-cookie"), ElementsAre("T", "U"));
  EXPECT_THAT(cookie_values("XAPIC-cookie=T", "APIC-cookie"), IsEmpty());
  EXPECT_THAT(cookie_values("", "a"), IsEmpty());
}

TEST(SignedRequestTest, EveryFormThatClientsSignIsTried) {
  EXPECT_THAT(signed_texts("GET", "/api/class/fvTenant.json", ""), ElementsAre("GET/api/class/fvTenant.json"));
  EXPECT_THAT(signed_texts("GET", "/api//mo/uni/a-%5Bx%5D.json?", ""),
              AllOf(Contains("GET/api//mo/uni/a-%5Bx%5D.json?"), Contains("GET/api//mo/uni/a-[x].json?"),
                    Contains("GET/api/mo/uni/a-[x].json"), SizeIs(4)));
  EXPECT_THAT(signed_texts("POST", "/api/mo/uni.json", "{}"), ElementsAre("POST/api/mo/uni.json{}", "POST/api/mo/uni.json"));
}

TEST(SignedRequestTest, AllThatIsNeededMustBeThere) {
  const std::string all =
      "APIC-Request-Signature=c2ln;  APIC-Certificate-Algorithm=v1.0;  APIC-Certificate-Fingerprint=fingerprint;  "
      "APIC-Certificate-DN=uni/userext/user-a/usercert-b";
  const auto signature = signature_in(all);
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->value, "c2ln");
  EXPECT_EQ(signature->certificate_dn, "uni/userext/user-a/usercert-b");
  for (const char* part : {"APIC-Request-Signature", "APIC-Certificate-DN", "v1.0"}) {
    std::string without = all;
    without.replace(without.find(part), std::string_view(part).size(), "x");
    EXPECT_FALSE(signature_in(without)) << part;
  }
}

// The signature of a text is here the certificate, a colon and the text.
Options with_signatures() {
  Options options;
  options.users.push_back({"sun", "password", "tenant-admin", "solar"});
  options.verify_signature = [](std::string_view certificate, std::string_view payload, std::string_view signature) {
    return signature == std::to_string(std::hash<std::string>{}(std::string(certificate) + ':' + std::string(payload)));
  };
  return options;
}

class SignaturesTest : public ::testing::Test {
 protected:
  SignaturesTest() {
    apic.log_in();
    store("uni/userext/user-sun/usercert-sun.crt", "CERT");
    store("uni/userext/appuser-Vendor_App/usercert-Vendor_App", "APPCERT");
    admin = apic.cookies;
    apic.cookies.clear();
  }
  void store(const std::string& dn, const std::string& certificate) {
    EXPECT_EQ(
        error_of(apic.post("/api/mo/" + dn + ".json", R"({"aaaUserCert":{"attributes":{"data":")" + certificate + R"("}}})")),
        "");
  }
  // `signed_path` is what the client takes for the path.
  Response send(std::string method, std::string target, std::string body = "", std::string signed_path = "") {
    const std::string payload = method + (signed_path.empty() ? target : signed_path) + body;
    apic.cookies = "APIC-Request-Signature=" + std::to_string(std::hash<std::string>{}(certificate + ':' + payload)) +
                   ";  APIC-Certificate-Algorithm=v1.0;  APIC-Certificate-Fingerprint=fingerprint;  APIC-Certificate-DN=" + dn +
                   socket_cookie;
    return apic.send(std::move(method), std::move(target), std::move(body));
  }
  void be_app() {
    dn = "uni/userext/appuser-Vendor_App/usercert-Vendor_App";
    certificate = "APPCERT";
  }
  std::string token_of(const Response& response) { return Driver::token_in(response.body); }

  Driver apic{with_signatures()};
  std::string admin, dn = "uni/userext/user-sun/usercert-sun.crt", certificate = "CERT", socket_cookie;
};

TEST_F(SignaturesTest, ASignedRequestIsItsUsers) {
  EXPECT_THAT(send("GET", "/api/class/fvTenant.json").body, HasSubstr(R"("totalCount":"1")")) << "common, as its rights are";
  EXPECT_EQ(send("GET", "/api/mo/uni/tn-%5Bx%5D.json", "", "/api/mo/uni/tn-[x].json").status, 200);
  EXPECT_THAT(error_of(send("POST", "/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})")),
              StartsWith("403 403 User sun has no write privilege"));
  EXPECT_EQ(apic.controller.status().sessions, 1u) << "there is no session";
}

TEST_F(SignaturesTest, AWrongSignatureIsRefused) {
  const std::string refused = "403 403 bad signature";
  EXPECT_EQ(error_of(send("GET", "/api/class/fvTenant.json", "", "/api/class/fvBD.json")), refused);
  certificate = "OTHER";
  EXPECT_EQ(error_of(send("GET", "/api/class/fvTenant.json")), refused);
  certificate = "CERT";
  dn = "uni/userext/user-sun/usercert-none";
  EXPECT_EQ(error_of(send("GET", "/api/class/fvTenant.json")), refused);
  dn = "uni/tn-common";
  EXPECT_EQ(error_of(send("GET", "/api/class/fvTenant.json")), refused) << "no certificate";
  Driver deaf;
  deaf.cookies = "APIC-Request-Signature=x; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-DN=uni/userext/user-a/usercert-b";
  EXPECT_EQ(error_of(deaf.get("/api/class/fvTenant.json")), refused) << "without anybody to verify";
}

TEST_F(SignaturesTest, AuditRecordsNameTheSigner) {
  be_app();
  EXPECT_EQ(send("POST", "/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})").status, 200);
  EXPECT_THAT(send("GET", "/api/class/aaaModLR.json?query-target-filter=eq(aaaModLR.affected,\"uni/tn-T\")").body,
              HasSubstr(R"("user":"Vendor_App")"));
}

TEST_F(SignaturesTest, SignedRequestsSubscribeOnASocketThatATokenOpened) {
  be_app();
  EXPECT_THAT(error_of(send("GET", "/api/class/fvTenant.json?subscription=yes")),
              StartsWith("405 405 Subscription request failed"));
  const Response given = send("GET", "/api/webtokenSession.json");
  EXPECT_THAT(given.body, HasSubstr(R"({"webtokenSession":{"attributes":{"token":)"));
  const std::string token = token_of(given);
  EXPECT_THAT(error_of(send("GET", "/api/class/fvTenant.json?subscription=yes")), StartsWith("405 405 "));
  const auto channel = apic.controller.open_channel(apic.now, "/socket" + token);
  ASSERT_TRUE(channel);
  EXPECT_THAT(error_of(send("GET", "/api/class/fvTenant.json?subscription=yes")), StartsWith("405 405 ")) << "not named";
  socket_cookie = "; APIC-WebSocket-Session=" + token;
  const Response subscribed = send("GET", "/api/class/fvTenant.json?subscription=yes&refresh-timeout=86400");
  const auto answer = codec::decode_answer(subscribed.body);
  ASSERT_TRUE(answer) << subscribed.body;
  EXPECT_EQ(send("POST", "/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})").status, 200);
  const auto pushes = apic.controller.take_pushes();
  ASSERT_THAT(pushes, SizeIs(1));
  EXPECT_EQ(pushes[0].channel, *channel);
  EXPECT_EQ(send("GET", "/api/subscriptionRefresh.json?id=" + answer->subscription_ids.at(0)).status, 200);

  apic.cookies = "APIC-cookie=" + token;
  EXPECT_EQ(apic.get("/api/mo/uni.json").status, 403) << "such a token is no login";
  dn = "uni/userext/user-sun/usercert-sun.crt";
  certificate = "CERT";
  EXPECT_THAT(error_of(send("GET", "/api/class/fvTenant.json?subscription=yes")), StartsWith("405 405 ")) << "another's socket";
  apic.pass(12h);
  EXPECT_THAT(apic.controller.take_closes(), Contains(*channel));
}

TEST_F(SignaturesTest, AnAppGetsATokenForItself) {
  be_app();
  const Response response =
      send("POST", "/api/requestAppToken.json", R"({"aaaAppToken":{"attributes":{"appName":"Vendor_App"}}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.set_cookie, "");
  EXPECT_THAT(response.body, StartsWith(R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":")"));
  apic.cookies = "APIC-cookie=" + token_of(response);
  EXPECT_EQ(apic.get("/api/class/fvTenant.json").status, 200);
  EXPECT_TRUE(apic.controller.open_channel(apic.now, "/socket" + token_of(response)));

  EXPECT_EQ(send("POST", "/api/requestAppToken.json", R"({"aaaAppToken":{"attributes":{"appName":"Other"}}})").status, 403);
  apic.cookies = admin;
  EXPECT_EQ(apic.post("/api/requestAppToken.json", R"({"aaaAppToken":{"attributes":{"appName":"Vendor_App"}}})").status, 403);
}

TEST_F(SignaturesTest, SignaturesRefreshNoToken) {
  be_app();
  EXPECT_EQ(error_of(send("GET", "/api/aaaRefresh.json")), "403 403 Token was invalid (Error: Token timeout)");
  EXPECT_EQ(send("POST", "/api/aaaLogout.json").status, 200);
}

}  // namespace
}  // namespace aci::controller
