#include "io/poster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "unit/io/support.hpp"

namespace aci::io {
namespace {

using testing::HasSubstr;
using testing::Not;

class PosterTest : public testing::Test {
 protected:
  PosterTest() {
    // A proxy of the machine that runs the tests has no part in them.
    setenv("no_proxy", "*", 1);
  }
  std::string start(bool tls, std::function<void(HttpRequest, std::shared_ptr<Responder>)> handler) {
    Server::Options options;
    if (tls) options.certificate = test_certificate();
    server = Server::start(loop, options, {.on_request = std::move(handler)}).value();
    return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(server->port());
  }
  base::Result<HttpResponse> post(PostRequest request) {
    Poster poster(loop);
    std::optional<base::Result<HttpResponse>> answer;
    poster.post(std::move(request), [&](base::Result<HttpResponse> result) { answer = std::move(result); });
    EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); }));
    return answer.value_or(base::Error{base::Errc::invalid, "no answer"});
  }
  base::Error error_of(PostRequest request) {
    const auto answer = post(std::move(request));
    EXPECT_FALSE(answer);
    EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("\n")));
    return answer ? base::Error{} : answer.error();
  }
  Loop loop;
  std::unique_ptr<Server> server;
};

TEST_F(PosterTest, SendsHeadersAndBodyAndGivesBackTheAnswer) {
  const auto url = start(false, [](HttpRequest request, std::shared_ptr<Responder> responder) {
    const auto of = [&](const char* name) { return std::string(header(request.headers, name)); };
    responder->send({429,
                     {{"Retry-After", "7"}},
                     request.method + " " + request.target + " " + of("Authorization") + " " + of("Content-Type") + " " +
                         of("Expect") + request.body});
  });
  const std::string body(100'000, 'b');
  const auto answer = post({url + "/hook?x=1", {{"Authorization", "Bearer t"}}, body});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(header(answer->headers, "retry-after"), "7");
  EXPECT_EQ(answer->body, "POST /hook?x=1 Bearer t application/json " + body);
}

TEST_F(PosterTest, DoesNotFollowRedirects) {
  int requests = 0;
  const auto url = start(false, [&](HttpRequest, std::shared_ptr<Responder> responder) {
    ++requests;
    responder->send({302, {{"Location", "/elsewhere"}}, ""});
  });
  const auto answer = post({url});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(requests, 1);
}

TEST_F(PosterTest, SendsManyAtOnce) {
  const auto url = start(false, [](HttpRequest request, std::shared_ptr<Responder> responder) {
    responder->send({200, {}, request.body});
  });
  Poster poster(loop);
  int right = 0;
  for (int i = 0; i < 50; ++i) {
    poster.post({url, {}, std::to_string(i)}, [&, i](auto answer) { right += answer && answer->body == std::to_string(i); });
  }
  EXPECT_TRUE(run_until(loop, [&] { return right == 50; }));
}

TEST_F(PosterTest, TrustsOnlyWhatItShould) {
  const auto url = start(true, [](HttpRequest, std::shared_ptr<Responder> responder) { responder->send({}); });
  const auto error = error_of({url + "/secret"});
  EXPECT_EQ(error.errc, base::Errc::unreachable);
  EXPECT_THAT(error.message, HasSubstr("is not trusted (self-signed certificate)"));
  EXPECT_TRUE(post({.url = url, .verify = false}));
  const std::string ca = testing::TempDir() + "aci_io_poster.pem";
  std::ofstream(ca) << test_certificate().certificate;
  EXPECT_TRUE(post({.url = url, .ca_file = ca}));
  std::remove(ca.c_str());
  const auto missing = error_of({.url = url, .ca_file = ca});
  EXPECT_EQ(missing.errc, base::Errc::io);
  EXPECT_THAT(missing.message, HasSubstr(ca));
}

TEST_F(PosterTest, SaysWhatIsWrongWithoutTheSecretPath) {
  const auto refused = error_of({"http://127.0.0.1:1/secret?secret=1"});
  EXPECT_EQ(refused.errc, base::Errc::unreachable);
  EXPECT_EQ(refused.message, "cannot connect to http://127.0.0.1:1");
  const auto unknown = error_of({"https://user:secret@no-such-host.invalid/secret"});
  EXPECT_EQ(unknown.errc, base::Errc::unreachable);
  EXPECT_EQ(unknown.message, "cannot resolve the host of https://no-such-host.invalid");
  EXPECT_EQ(error_of({"file:///secret"}).errc, base::Errc::invalid);
  EXPECT_EQ(error_of({"http://a b/secret"}).errc, base::Errc::invalid);
  EXPECT_EQ(error_of({"http://127.0.0.1:1", {{"X", "secret\r\nX-Evil: 1"}}}).errc, base::Errc::invalid);
}

TEST_F(PosterTest, AnAnswerThatDoesNotComeIsATimeout) {
  std::shared_ptr<Responder> held;
  const auto url = start(false, [&](HttpRequest, std::shared_ptr<Responder> responder) { held = responder; });
  EXPECT_EQ(error_of({.url = url + "/secret", .timeout = base::Duration{1000}}).errc, base::Errc::timeout);
}

TEST_F(PosterTest, APeerThatHangsUpIsAnError) {
  const auto url = start(false, [](HttpRequest, std::shared_ptr<Responder>) {});
  EXPECT_EQ(error_of({url + "/secret"}).errc, base::Errc::closed);
}

TEST_F(PosterTest, AnAnswerThatIsTooLongIsRefused) {
  const auto url = start(false, [](HttpRequest, std::shared_ptr<Responder> responder) {
    responder->send({200, {}, std::string(2'000'000, 'x')});
  });
  EXPECT_EQ(error_of({url}).errc, base::Errc::overflow);
}

TEST_F(PosterTest, DestroyingItCallsNoHandlerAndDoesNotWait) {
  std::vector<std::shared_ptr<Responder>> held;
  const auto url = start(false, [&](HttpRequest, std::shared_ptr<Responder> responder) { held.push_back(responder); });
  bool called = false;
  {
    Poster poster(loop);
    poster.post({url}, [&](auto) { called = true; });
    ASSERT_TRUE(run_until(loop, [&] { return !held.empty(); }));
  }
  held.clear();
  bool later = false;
  loop.post([&] { later = true; });
  ASSERT_TRUE(run_until(loop, [&] { return later; }));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace aci::io
