#include "io/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/ws_frames.hpp"
#include "unit/io/support.hpp"

namespace aci::io {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A server that echoes method, target and body, on both kinds of transport.
class ServerTest : public testing::TestWithParam<bool> {
 protected:
  void start(Server::Options options = {}) {
    if (GetParam()) options.certificate = test_certificate();
    if (!handlers.on_request) {
      handlers.on_request = [](HttpRequest request, std::shared_ptr<Responder> responder) {
        responder->send({200, {{"X-Echo", "yes"}}, request.method + " " + request.target + " " + request.body});
      };
    }
    if (!handlers.on_upgrade) {
      handlers.on_upgrade = [this](const HttpRequest& request, std::uint64_t) {
        targets.push_back(request.target);
        return HttpResponse{101};
      };
    }
    handlers.on_open = [this](std::shared_ptr<ServerSocket> socket) { sockets.push_back(socket); };
    handlers.on_close = [this](std::uint64_t id) { closed.push_back(id); };
    server = Server::start(loop, options, handlers).value();
  }
  std::unique_ptr<RawClient> client() { return std::make_unique<RawClient>(loop, server->port(), GetParam()); }
  // A client whose websocket handshake is done.
  std::unique_ptr<RawClient> websocket(const std::string& behind_the_head = {}) {
    auto raw = client();
    raw->send(
        "GET /socketToken+/= HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
        behind_the_head);
    EXPECT_TRUE(raw->wait_for("\r\n\r\n"));
    return raw;
  }
  // Number of bytes that come until the end, and the last ones of them.
  std::pair<std::size_t, std::string> read_to_the_end(RawClient& raw) {
    std::pair<std::size_t, std::string> read;
    EXPECT_TRUE(run_until(loop, [&] {
      Buffer& input = raw.connection().input();
      if (!input.empty()) read.second = std::string(input.view());
      read.first += input.size();
      input.clear();
      raw.connection().read_on();
      return raw.closed();
    }));
    return read;
  }
  static std::string masked(Opcode opcode, std::string payload) {
    const Mask mask{1, 2, 3, 4};
    const std::string head = frame_head(opcode, payload.size(), &mask);
    apply_mask(payload.data(), payload.size(), mask);
    return head + payload;
  }

  Loop loop;
  ServerHandlers handlers;
  std::vector<std::string> targets;
  std::vector<std::shared_ptr<ServerSocket>> sockets;
  std::vector<std::uint64_t> closed;
  std::unique_ptr<Server> server;
};
INSTANTIATE_TEST_SUITE_P(Plain, ServerTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, ServerTest, testing::Values(true));

TEST_P(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  start();
  auto raw = client();
  raw->send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none");
  ASSERT_TRUE(raw->wait_for("POST /a one"));
  EXPECT_THAT(raw->received(),
              StartsWith("HTTP/1.1 200 OK\r\nX-Echo: yes\r\nConnection: keep-alive\r\nContent-Length: 11\r\n\r\n"));
  raw->send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(raw->wait_for("GET /b "));
}

TEST_P(ServerTest, AnswersPipelinedRequestsInOrder) {
  std::vector<std::shared_ptr<Responder>> held;
  handlers.on_request = [&](HttpRequest, std::shared_ptr<Responder> responder) { held.push_back(responder); };
  start();
  auto raw = client();
  raw->send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 1; }));
  held[0]->send({200, {}, "first"});
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 2; }));
  held[1]->send({200, {}, "second"});
  ASSERT_TRUE(raw->wait_for("second"));
  EXPECT_LT(raw->received().find("first"), raw->received().find("second"));
}

TEST_P(ServerTest, TheTargetIsLeftAsItIs) {
  start();
  auto raw = client();
  raw->send("GET //api/./mo%2Funi//tn-[a/b]?q=%20+= HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(raw->wait_for("GET //api/./mo%2Funi//tn-[a/b]?q=%20+= "));
}

TEST_P(ServerTest, TakesTargetsThatAreNoUrls) {
  start();
  auto raw = client();
  const std::string untidy = "/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name, \"a  <b>{c}^`\\|\xc3\xa4\")";
  for (const auto& [sent, taken] :
       std::vector<std::pair<std::string, std::string>>{{untidy, untidy},
                                                        {"  /a b ", "/a b"},
                                                        {"/a HTTP/1.1", "/a HTTP/1.1"},
                                                        {"http://apic:80/a?http://b/", "/a?http://b/"},
                                                        {"HTTPS://apic", "/"},
                                                        {"*", "*"}}) {
    raw->send("POST " + sent + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nend");
    EXPECT_TRUE(raw->wait_for("POST " + taken + " end")) << sent;
  }
}

TEST_P(ServerTest, LineBreaksBetweenRequestsAreNone) {
  start();
  auto raw = client();
  raw->send("\r\n\r\nPOST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\none\r\nGET /2 HTTP/1.1\r\n\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("GET /2 "));
  EXPECT_THAT(raw->received(), HasSubstr("POST /1 one"));
}

TEST_P(ServerTest, TakesARequestThatComesByteByByte) {
  start();
  auto raw = client();
  for (const char c : std::string(
           "POST /slow one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    raw->send({&c, 1});
    run_until(loop, [&] { return raw->connection().unsent() == 0; });
  }
  EXPECT_TRUE(raw->wait_for("POST /slow one abcde"));
}

TEST_P(ServerTest, ContinuesWhoExpectsIt) {
  start();
  auto raw = client();
  raw->send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  raw->send("body");
  ASSERT_TRUE(raw->wait_for("POST /e body"));
  EXPECT_EQ(count_of(raw->received(), "100 Continue"), 1u);
}

TEST_P(ServerTest, HeadGetsTheHeadOnly) {
  start();
  auto raw = client();
  raw->send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("OPTIONS * "));
  EXPECT_THAT(raw->received(), HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(raw->received(), Not(HasSubstr("HEAD /h")));
}

TEST_P(ServerTest, ClosesWhenAskedTo) {
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(raw->wait_for_close());
  EXPECT_THAT(raw->received(), HasSubstr("Connection: close\r\n"));
}

TEST_P(ServerTest, NoHeaderCanSmuggleInAnother) {
  handlers.on_request = [](HttpRequest, std::shared_ptr<Responder> responder) {
    responder->send({200, {{"X-A", "b\r\nX-Evil: 1"}, {"X-B\r\nX-Evil", "2"}}, "done"});
  };
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("done"));
  EXPECT_THAT(raw->received(), Not(HasSubstr("\nX-Evil")));
}

TEST_P(ServerTest, WhatIsNoHttpGets400AndTheServerServesOn) {
  start();
  for (const std::string garbage : {"\x16\x03\x01\x02garbage\r\n\r\n", "GET\r\n\r\n", "{\"a\":1}\n\n\n\n\r\n\r\n",
                                    "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", "\x16\x03\x01\x02",
                                    "GET /a b\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET /\x7f HTTP/1.1\r\n\r\n",
                                    "GET /a\tb HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/2.0\r\n\r\n"}) {
    auto raw = client();
    raw->send(garbage);
    ASSERT_TRUE(raw->wait_for_close()) << garbage;
    EXPECT_THAT(raw->received(), StartsWith("HTTP/1.1 400 ")) << garbage;
  }
  auto raw = client();
  raw->send("GET /alive HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(raw->wait_for("GET /alive"));
}

TEST_P(ServerTest, TheOwnerWordsRefusals) {
  handlers.on_refusal = [](int status, const std::string&) { return HttpResponse{status, {{"X-Mine", "yes"}}, "mine"}; };
  start();
  auto raw = client();
  raw->send("HEAD / HTTP/1.1\r\n\r\ngarbage\r\n\r\n");
  ASSERT_TRUE(raw->wait_for_close());
  EXPECT_THAT(raw->received(), HasSubstr("HTTP/1.1 400 Bad Request\r\nX-Mine: yes\r\n"));
  EXPECT_THAT(raw->received(), EndsWith("mine"));
}

TEST_P(ServerTest, ALineWithoutEndGets414) {
  start();
  auto raw = client();
  raw->send("GET /" + std::string(20'000, 'x'));
  ASSERT_TRUE(raw->wait_for("HTTP/1.1 414 "));
}

TEST_P(ServerTest, AHeadWithoutEndGets431) {
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n");
  const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
  for (int i = 0; i < 10'000 && !raw->closed(); ++i) raw->send(line);
  ASSERT_TRUE(raw->wait_for("HTTP/1.1 431 "));
}

TEST_P(ServerTest, ABodyThatIsTooLongGets413) {
  Server::Options options;
  options.body_max = 1000;
  start(options);
  auto told = client();
  told->send("POST / HTTP/1.1\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(told->wait_for_close());
  EXPECT_THAT(told->received(), StartsWith("HTTP/1.1 413 "));
  auto chunked = client();
  chunked->send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) chunked->send("64\r\n" + std::string(100, 'x') + "\r\n");
  ASSERT_TRUE(chunked->wait_for_close());
  EXPECT_THAT(chunked->received(), StartsWith("HTTP/1.1 413 "));
}

TEST_P(ServerTest, AnEndlessChunkHeadIsRefused) {
  start();
  auto raw = client();
  raw->send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  raw->send(std::string(1'000'000, 'x'));
  ASSERT_TRUE(raw->wait_for("HTTP/1.1 400 "));
}

TEST_P(ServerTest, HalfARequestIsCutOffAfterItsTime) {
  Server::Options options;
  options.request_timeout = std::chrono::seconds(0);
  start(options);
  auto raw = client();
  raw->send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  ASSERT_TRUE(raw->wait_for_close());
  EXPECT_THAT(raw->received(), Not(HasSubstr("200")));
}

TEST_P(ServerTest, AnIdleConnectionIsClosed) {
  Server::Options options;
  options.idle_timeout = std::chrono::seconds(0);
  start(options);
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(raw->wait_for_close());
  EXPECT_THAT(raw->received(), HasSubstr("200 OK"));
}

TEST_P(ServerTest, AnUnansweredRequestClosesTheConnection) {
  handlers.on_request = [](HttpRequest, std::shared_ptr<Responder>) {};
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(raw->wait_for_close());
  EXPECT_EQ(raw->received(), "");
}

TEST_P(ServerTest, AnAnswerAfterTheClientLeftDoesNoHarm) {
  std::shared_ptr<Responder> held;
  handlers.on_request = [&](HttpRequest, std::shared_ptr<Responder> responder) { held = responder; };
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return held != nullptr; }));
  raw.reset();
  held->send({200, {}, std::string(1'000'000, 'x')});
  auto other = client();
  other->send("GET / HTTP/1.1\r\n\r\n");
  held.reset();
  ASSERT_TRUE(run_until(loop, [&] { return held != nullptr; }));
}

TEST_P(ServerTest, ALongAnswerArrivesWhole) {
  handlers.on_request = [](HttpRequest, std::shared_ptr<Responder> responder) {
    responder->send({200, {{"Connection", "close"}}, std::string(20'000'000, 'x') + "end"});
  };
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n\r\n");
  const auto [size, last] = read_to_the_end(*raw);
  EXPECT_GT(size, 20'000'000u);
  EXPECT_THAT(last, EndsWith("end"));
}

TEST_P(ServerTest, WhoReadsTheLastAnswerSlowlyGetsItWhole) {
  const std::string body = std::string(20'000'000, 'x') + "end";
  handlers.on_request = [&](HttpRequest, std::shared_ptr<Responder> responder) {
    responder->send({200, {{"Connection", "close"}}, body});
  };
  start();
  auto raw = client();
  raw->send("GET / HTTP/1.1\r\n\r\n");
  // Longer than a connection that ends in order is given to do so.
  Timer pause(loop);
  pause.after(std::chrono::milliseconds(2'200), [&] { loop.stop(); });
  loop.run();
  EXPECT_THAT(read_to_the_end(*raw).second, EndsWith("end"));
}

TEST_P(ServerTest, StreamsInChunksAndSaysWhenTheClientLeaves) {
  std::shared_ptr<Stream> stream;
  int left = 0;
  handlers.on_request = [&](HttpRequest, std::shared_ptr<Responder> responder) {
    stream = responder->stream({200, {{"Content-Type", "text/event-stream"}}, ""}, [&] { ++left; });
  };
  start();
  auto raw = client();
  raw->send("GET /stream HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(stream->write(std::make_shared<const std::string>("data: 1\n\n")));
  ASSERT_TRUE(raw->wait_for("9\r\ndata: 1\n\n\r\n"));
  raw.reset();
  ASSERT_TRUE(run_until(loop, [&] { return left == 1; }));
  EXPECT_FALSE(stream->write(std::make_shared<const std::string>("data: 2\n\n")));
}

TEST_P(ServerTest, AStreamThatIsNotReadReachesItsBound) {
  std::shared_ptr<Stream> stream;
  handlers.on_request = [&](HttpRequest, std::shared_ptr<Responder> responder) { stream = responder->stream({}, [] {}); };
  start();
  auto raw = client();
  raw->send("GET /stream HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return stream != nullptr; }));
  const auto chunk = std::make_shared<const std::string>(1024 * 1024, 'x');
  int taken = 0;
  while (stream->write(chunk)) ++taken;
  EXPECT_EQ(taken, 3);  // with its head, the fourth would pass 4 MiB
  stream->close();
  ASSERT_TRUE(raw->wait_for("0\r\n\r\n"));
  EXPECT_TRUE(raw->wait_for_close());
}

TEST_P(ServerTest, UpgradesWithTheRawTarget) {
  start();
  auto raw = websocket();
  EXPECT_THAT(raw->received(), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(raw->received(), HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(raw->received(), HasSubstr("Connection: Upgrade\r\n"));
  EXPECT_EQ(targets, std::vector<std::string>{"/socketToken+/="});
  ASSERT_EQ(sockets.size(), 1u);
  EXPECT_TRUE(sockets[0]->send(std::make_shared<const std::string>("hello")));
  EXPECT_TRUE(raw->wait_for("\x81\x05hello"));
}

TEST_P(ServerTest, RefusesAnUpgradeWithTheHandlersAnswer) {
  handlers.on_upgrade = [](const HttpRequest&, std::uint64_t) { return HttpResponse{403, {}, "no token"}; };
  start();
  auto raw = websocket();
  EXPECT_THAT(raw->received(), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_TRUE(raw->wait_for("no token"));
  EXPECT_TRUE(sockets.empty());
}

TEST_P(ServerTest, RefusesAWrongWebsocketVersion) {
  start();
  auto raw = client();
  raw->send(
      "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: "
      "8\r\n\r\n");
  ASSERT_TRUE(raw->wait_for("HTTP/1.1 426 "));
  EXPECT_THAT(raw->received(), HasSubstr("Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
}

TEST_P(ServerTest, RefusesAWrongWebsocketKey) {
  start();
  for (const std::string key : {"", "a", "dGhlIHNhbXBsZSBub25jZQ", "c2hvcnQ=", "!!!!!!!!!!!!!!!!!!!!!!=="}) {
    auto raw = client();
    raw->send(
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
        key + "\r\n\r\n");
    EXPECT_TRUE(raw->wait_for("HTTP/1.1 400 ")) << key;
  }
}

TEST_P(ServerTest, AnswersPingsAndIgnoresTexts) {
  start();
  auto raw = websocket(masked(Opcode::ping, "early"));
  EXPECT_TRUE(
      raw->wait_for("\x8a\x05"
                    "early"));
  raw->send(masked(Opcode::text, "ignored") + masked(Opcode::ping, "late"));
  EXPECT_TRUE(
      raw->wait_for("\x8a\x04"
                    "late"));
}

TEST_P(ServerTest, AnswersACloseFrameAndCloses) {
  start();
  auto raw = websocket();
  raw->send(masked(Opcode::close, close_payload(1000)));
  EXPECT_TRUE(raw->wait_for("\x88\x02\x03\xe8"));
  EXPECT_TRUE(raw->wait_for_close());
  ASSERT_TRUE(run_until(loop, [&] { return closed.size() == 1; }));
  EXPECT_EQ(closed[0], sockets[0]->id());
  EXPECT_FALSE(sockets[0]->send(std::make_shared<const std::string>("late")));
}

TEST_P(ServerTest, AMessageOfAClientHasABound) {
  start();
  auto raw = websocket();
  raw->send(masked(Opcode::text, std::string(1024 * 1024, 'x')) + masked(Opcode::ping, "taken"));
  EXPECT_TRUE(raw->wait_for("taken"));
  const Mask mask{};
  raw->send(frame_head(Opcode::text, 1024 * 1024 + 1, &mask));
  EXPECT_TRUE(raw->wait_for("\x03\xf1"));  // 1009
  EXPECT_TRUE(raw->wait_for_close());
}

TEST_P(ServerTest, AWrongFrameClosesWithItsCode) {
  start();
  auto raw = websocket();
  raw->send("\x81\x05hello");  // not masked
  EXPECT_TRUE(raw->wait_for("\x03\xea"));
  EXPECT_TRUE(raw->wait_for_close());
  EXPECT_TRUE(run_until(loop, [&] { return closed.size() == 1; }));
}

TEST_P(ServerTest, SaysOnceWhenASocketsClientIsGone) {
  start();
  auto raw = websocket();
  raw.reset();
  ASSERT_TRUE(run_until(loop, [&] { return !closed.empty(); }));
  sockets[0]->close();
  bool later = false;
  loop.post([&] { later = true; });
  ASSERT_TRUE(run_until(loop, [&] { return later; }));
  EXPECT_EQ(closed.size(), 1u);
}

TEST_P(ServerTest, KeepsTheOrderOfManyTexts) {
  start();
  auto raw = websocket();
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const auto text = std::make_shared<const std::string>(std::to_string(i));
    ASSERT_TRUE(sockets[0]->send(text));
    expected += frame_head(Opcode::text, text->size()) + *text;
  }
  ASSERT_TRUE(run_until(loop, [&] { return raw->received().size() >= expected.size(); }));
  EXPECT_THAT(raw->received(), EndsWith(expected));
}

TEST_P(ServerTest, ASocketThatDoesNotReadReachesItsBound) {
  start();
  auto raw = websocket();
  const auto text = std::make_shared<const std::string>(1024 * 1024, 'x');
  int taken = 0;
  while (taken < 100 && sockets[0]->send(text)) ++taken;
  EXPECT_EQ(taken, 63);
}

TEST_P(ServerTest, StopClosesEverythingAndCallsNobody) {
  start();
  auto socket = websocket();
  auto idle = client();
  idle->send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(idle->wait_for("200 OK"));
  server->stop();
  EXPECT_TRUE(socket->wait_for("\x88\x02\x03\xe9"));
  EXPECT_TRUE(socket->wait_for_close());
  EXPECT_TRUE(idle->wait_for_close());
  EXPECT_TRUE(closed.empty());
}

TEST(Server, APortInUseIsSaid) {
  Loop loop;
  auto first = Server::start(loop, {}, {});
  ASSERT_TRUE(first);
  Server::Options options;
  options.port = (*first)->port();
  const auto second = Server::start(loop, options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().errc, base::Errc::overflow);
  EXPECT_THAT(second.error().message, HasSubstr("is in use"));
}

TEST(Server, AnAddressOfSomebodyElseIsAnError) {
  Loop loop;
  Server::Options options;
  options.address = "192.0.2.1";
  const auto server = Server::start(loop, options, {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().errc, base::Errc::io);
  EXPECT_THAT(server.error().message, HasSubstr("192.0.2.1"));
}

TEST(Server, GarbageInsteadOfTlsClosesTheConnectionOnly) {
  Loop loop;
  Server::Options options;
  options.certificate = test_certificate();
  const auto server = Server::start(loop, options,
                                    {.on_request =
                                         [](HttpRequest, std::shared_ptr<Responder> responder) {
                                           responder->send({200, {}, "fine"});
                                         }})
                          .value();
  for (const std::string garbage :
       {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff garbage garbage", "aaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    RawClient raw(loop, server->port());
    raw.send(garbage);
    raw.connection().write(std::string(70'000, 'x'));
    EXPECT_TRUE(raw.wait_for_close()) << garbage;
  }
  RawClient raw(loop, server->port(), true);
  raw.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(raw.wait_for("fine"));
}

}  // namespace
}  // namespace aci::io
