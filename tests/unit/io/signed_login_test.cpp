// A login with a certificate, as the driver carries it out: every request is signed, and so is the websocket's handshake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/fabric_driver.hpp"
#include "io/server.hpp"
#include "unit/io/support.hpp"
#include "unit/keys.hpp"

namespace aci::io {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

// "" where there is none.
std::string cookie(const HttpRequest& request, const std::string& name) {
  const std::string cookies = "; " + std::string(header(request.headers, "Cookie"));
  const auto at = cookies.find("; " + name + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 3;
  return cookies.substr(begin, cookies.find(';', begin) - begin);
}

// A controller with one tenant, which keeps what it was asked.
class SignedLogin : public testing::Test {
 protected:
  SignedLogin() {
    ServerHandlers on;
    on.on_request = [this](HttpRequest request, std::shared_ptr<Responder> responder) {
      const std::string body = request.target.starts_with("/api/webtokenSession")
                                   ? R"({"totalCount":"1","imdata":[{"webtokenSession":{"attributes":{"token":"t/o+k=="}}}]})"
                                   : R"({"totalCount":"0","subscriptionId":"72057628414509057","imdata":[]})";
      asked_.push_back(std::move(request));
      responder->send({200, {{"Content-Type", "application/json"}}, body});
    };
    on.on_upgrade = [this](const HttpRequest& request, std::uint64_t) {
      asked_.push_back(request);
      return HttpResponse{101, {}, {}};
    };
    on.on_open = [](const std::shared_ptr<ServerSocket>&) {};
    server_ = Server::start(loop_, {}, std::move(on)).value();
  }

  FabricDriver::Options admin() const {
    FabricDriver::Options options;
    options.controllers = {Endpoint::parse("http://127.0.0.1:" + std::to_string(server_->port())).value()};
    options.watch.user = "admin";
    return options;
  }

  Loop loop_;
  std::unique_ptr<Server> server_;
  std::vector<HttpRequest> asked_;
};

TEST_F(SignedLogin, SignsEveryRequestAndTheWebsocket) {
  auto options = admin();
  ASSERT_TRUE(options.use_certificate("admin.crt", test_keys + "admin.key", false));
  FabricDriver driver(loop_, std::move(options), {});
  driver.add({"config", model::Query::of_class("fvTenant")});
  driver.start();
  ASSERT_TRUE(run_until(loop_, [&] { return driver.all_live(); }));
  bool answered = false;
  driver.ask("POST", "/api/mo/uni.json", R"({"fvTenant":{"attributes":{"name":"T"}}})",
             [&](int, const base::Result<std::string>&) { answered = true; });
  ASSERT_TRUE(run_until(loop_, [&] { return answered; }));

  std::vector<std::string> targets;
  for (const HttpRequest& request : asked_) {
    targets.push_back(request.method + " " + request.target);
    EXPECT_TRUE(verify_signature(test_key("admin.crt"), request.method + request.target + request.body,
                                 cookie(request, "APIC-Request-Signature")))
        << targets.back();
    EXPECT_EQ(cookie(request, "APIC-Certificate-DN"), "uni/userext/user-admin/usercert-admin.crt") << targets.back();
  }
  EXPECT_THAT(targets, Contains("GET /api/webtokenSession.json"));
  EXPECT_THAT(targets, Contains("GET /sockett/o+k=="));
  EXPECT_THAT(targets, Contains(StartsWith("GET /api/class/fvTenant.json")));
  EXPECT_EQ(cookie(asked_.back(), "APIC-WebSocket-Session"), "t/o+k==");
}

// The machine wants it signed and there is no key: that is said, and nothing is sent.
TEST_F(SignedLogin, WithoutAKeyNothingIsSent) {
  auto options = admin();
  options.watch.login = watch::LoginKind::certificate;
  FabricDriver driver(loop_, std::move(options), {});
  driver.start();
  ASSERT_TRUE(run_until(loop_, [&] { return driver.inspect().session == watch::SessionState::waiting; }));
  EXPECT_THAT(driver.inspect().error.message, HasSubstr("needs its key"));
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace aci::io
