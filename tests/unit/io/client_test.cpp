#include "io/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "io/http_text.hpp"
#include "io/ws_frames.hpp"
#include "unit/io/support.hpp"

namespace aci::io {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const TlsClientOptions anything{.verify = false};
constexpr base::Duration long_time{10'000};

// A peer that answers each connection's first bytes with fixed bytes, whatever was asked.
class RawServer {
 public:
  RawServer(Loop& loop, std::string answer, bool close_after = true, TlsContext tls = nullptr)
      : listener_(Listener::start(loop, "127.0.0.1", 0, tls, [this, answer = std::move(answer), close_after](auto connection) {
                    ++connections;
                    auto peer = std::make_shared<Peer>();
                    peer->owner = this;
                    peer->connection = connection;
                    peer->answer = answer;
                    peer->close_after = close_after;
                    peers_.push_back(peer);
                    return peer;
                  }).value()) {}
  ~RawServer() {
    for (const auto& peer : peers_) peer->connection->abort();
  }
  Endpoint endpoint(bool tls = false) const { return {tls, "127.0.0.1", listener_->port()}; }
  int connections = 0;
  std::string received;

 private:
  struct Peer final : ConnectionUser {
    void on_readable() override {
      owner->received += connection->input().view();
      connection->input().clear();
      if (!answer.empty()) connection->write(std::exchange(answer, {}));
      if (close_after) connection->finish();
    }
    void on_deadline() override {}
    void on_closed(const base::Error&) override {}
    RawServer* owner;
    std::shared_ptr<Connection> connection;
    std::string answer;
    bool close_after;
  };
  std::vector<std::shared_ptr<Peer>> peers_;
  std::unique_ptr<Listener> listener_;
};

std::string write_temporary(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "aci_io_" + name;
  std::ofstream(path) << text;
  return path;
}

base::Result<HttpResponse> ask(Loop& loop, HttpClient& client, HttpRequest request = {}, base::Duration timeout = long_time) {
  std::optional<base::Result<HttpResponse>> answer;
  client.request(std::move(request), timeout, [&](base::Result<HttpResponse> result) { answer = std::move(result); });
  EXPECT_FALSE(answer) << "called from inside the call";
  EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); }));
  return answer.value_or(base::Error{base::Errc::invalid, "no answer"});
}

base::Error error_of(Loop& loop, const Endpoint& endpoint, const TlsClientOptions& tls = anything, HttpRequest request = {},
                     base::Duration timeout = long_time) {
  HttpClient client(loop, endpoint, tls);
  const auto answer = ask(loop, client, std::move(request), timeout);
  return answer ? base::Error{base::Errc::invalid, "it worked"} : answer.error();
}

TEST(Endpoint, ReadsWhatPeopleWrite) {
  EXPECT_EQ(Endpoint::parse("https://apic")->str(), "https://apic");
  EXPECT_EQ(Endpoint::parse("apic:8443")->str(), "https://apic:8443");
  EXPECT_EQ(Endpoint::parse("HTTP://apic/")->port, 80);
  EXPECT_EQ(Endpoint::parse("http://[::1]:8080/")->str(), "http://[::1]:8080");
  EXPECT_EQ(Endpoint::parse("http://[::1]:8080/")->host, "::1");
  EXPECT_EQ(Endpoint::parse("https://apic:443")->host_header(), "apic");
  EXPECT_EQ(Endpoint::parse("https://apic")->authority(), "apic:443");
}

TEST(Endpoint, RefusesEverythingElse) {
  for (const char* url : {"", "https://", "ftp://apic", "https://apic/api", "https://apic?x", "https://apic:0",
                          "https://apic:65536", "https://apic:80x", "https://apic:", "::1", "https://[::1", "https://[apic]",
                          "https://[::1]8080", "https://a b", "https://apic\r\nX: y", "https://apic//"}) {
    const auto endpoint = Endpoint::parse(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().errc, base::Errc::invalid);
  }
  for (const char* url : {"https://admin:secret@apic", "admin:secret@apic", "https://admin:secret/1@apic",
                          "ftp://admin:secret@apic", "https://[admin:secret@apic"})
    EXPECT_THAT(Endpoint::parse(url).error().message, testing::Not(HasSubstr("secret"))) << url;
}

class HttpClientTest : public testing::TestWithParam<bool> {
 protected:
  void start(std::function<void(HttpRequest, std::shared_ptr<Responder>)> handler) {
    Server::Options options;
    if (GetParam()) options.certificate = test_certificate();
    server = Server::start(loop, options, {.on_request = std::move(handler)}).value();
    client.emplace(loop, Endpoint{GetParam(), "127.0.0.1", server->port()}, anything);
  }
  Loop loop;
  std::unique_ptr<Server> server;
  std::optional<HttpClient> client;
};
INSTANTIATE_TEST_SUITE_P(Plain, HttpClientTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, HttpClientTest, testing::Values(true));

TEST_P(HttpClientTest, SendsAndReceivesWhole) {
  start([](HttpRequest request, std::shared_ptr<Responder> responder) {
    responder->send(
        {201, {{"X-Host", std::string(header(request.headers, "host"))}}, request.method + request.target + request.body});
  });
  const std::string body(3'000'000, 'b');
  const auto answer = ask(loop, *client, {"POST", "/api//x?y=[1]", {}, body});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(header(answer->headers, "x-host"), "127.0.0.1:" + std::to_string(server->port()));
  EXPECT_EQ(answer->body, "POST/api//x?y=[1]" + body);
}

TEST_P(HttpClientTest, KeepsAtMostFourConnectionsAndTheOrder) {
  std::vector<std::shared_ptr<Responder>> held;
  std::vector<std::string> targets;
  start([&](HttpRequest request, std::shared_ptr<Responder> responder) {
    targets.push_back(request.target);
    held.push_back(responder);
  });
  int answered = 0;
  for (int i = 0; i < 6; ++i) {
    client->request({"GET", "/" + std::to_string(i)}, long_time, [&](auto result) { answered += result.has_value(); });
  }
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 4; }));
  held[0]->send({});
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 5; }));
  EXPECT_EQ(targets.back(), "/4");
  for (std::size_t i = 1; i < 5; ++i) held[i]->send({});
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 6; }));
  held[5]->send({});
  EXPECT_TRUE(run_until(loop, [&] { return answered == 6; }));
}

TEST_P(HttpClientTest, MoreConnectionsWhenAskedFor) {
  std::vector<std::shared_ptr<Responder>> held;
  start([&](HttpRequest, std::shared_ptr<Responder> responder) { held.push_back(responder); });
  int answered = 0;
  for (int i = 0; i < 20; ++i) client->request({}, long_time, [&](base::Result<HttpResponse>) { ++answered; });
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 4; }));
  client->connections_max(16);
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 16; }));
  for (std::size_t i = 0; i < 16; ++i) held[i]->send({});
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 20; }));
  for (std::size_t i = 16; i < 20; ++i) held[i]->send({});
  EXPECT_TRUE(run_until(loop, [&] { return answered == 20; }));
}

TEST_P(HttpClientTest, HeadHasNoBody) {
  start([](HttpRequest, std::shared_ptr<Responder> responder) { responder->send({200, {}, "12345"}); });
  const auto answer = ask(loop, *client, {"HEAD", "/"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(header(answer->headers, "Content-Length"), "5");
  EXPECT_TRUE(ask(loop, *client, {"HEAD", "/"}));
}

TEST_P(HttpClientTest, AStaleConnectionIsReplacedForGet) {
  const auto handler = [](HttpRequest, std::shared_ptr<Responder> responder) { responder->send({}); };
  start(handler);
  ASSERT_TRUE(ask(loop, *client));
  const auto port = server->port();
  server.reset();
  Server::Options options;
  options.port = port;
  if (GetParam()) options.certificate = test_certificate();
  server = Server::start(loop, options, {.on_request = handler}).value();
  const auto answer = ask(loop, *client);
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_P(HttpClientTest, ATimeoutIsSaidAndTheClientGoesOn) {
  std::vector<std::shared_ptr<Responder>> held;
  start([&](HttpRequest request, std::shared_ptr<Responder> responder) {
    if (request.target == "/never") held.push_back(responder);
    else responder->send({});
  });
  ASSERT_TRUE(ask(loop, *client, {"GET", "/now"})) << "opens the connection";
  const auto late = ask(loop, *client, {"GET", "/never"}, base::Duration{100});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().errc, base::Errc::timeout);
  EXPECT_TRUE(ask(loop, *client, {"GET", "/now"}));
}

TEST_P(HttpClientTest, DestroyingItCallsNoHandler) {
  start([](HttpRequest, std::shared_ptr<Responder> responder) { responder->send({}); });
  bool called = false;
  client->request({}, long_time, [&](auto) { called = true; });
  client.reset();
  RawClient other(loop, server->port(), GetParam());
  other.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(other.wait_for("200 OK"));
  EXPECT_FALSE(called);
}

TEST_P(HttpClientTest, AHandlerMayDestroyTheClient) {
  start([](HttpRequest, std::shared_ptr<Responder> responder) { responder->send({}); });
  client->request({}, long_time, [&](auto) { client.reset(); });
  EXPECT_TRUE(run_until(loop, [&] { return !client; }));
}

TEST(HttpClient, AGetOnAConnectionThatDiesIsTriedOnceMore) {
  Loop loop;
  // Answers the first request and hangs up on the second, which comes on the same connection.
  int requests = 0;
  const auto server = Server::start(loop, {},
                                    {.on_request =
                                         [&](HttpRequest, std::shared_ptr<Responder> responder) {
                                           if (++requests != 2) responder->send({});
                                         }})
                          .value();
  HttpClient client(loop, {false, "127.0.0.1", server->port()}, {});
  ASSERT_TRUE(ask(loop, client));
  EXPECT_TRUE(ask(loop, client));
  EXPECT_EQ(requests, 3);
}

TEST(HttpClient, APostOnAConnectionThatDiesIsNot) {
  Loop loop;
  int requests = 0;
  const auto server = Server::start(loop, {},
                                    {.on_request =
                                         [&](HttpRequest, std::shared_ptr<Responder> responder) {
                                           if (++requests != 2) responder->send({});
                                         }})
                          .value();
  HttpClient client(loop, {false, "127.0.0.1", server->port()}, {});
  ASSERT_TRUE(ask(loop, client));
  const auto answer = ask(loop, client, {"POST", "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().errc, base::Errc::closed);
  EXPECT_EQ(requests, 2);
}

TEST(HttpClient, SaysThatAConnectionIsRefused) {
  Loop loop;
  const auto error = error_of(loop, {false, "127.0.0.1", 1});
  EXPECT_EQ(error.errc, base::Errc::unreachable);
  EXPECT_EQ(error.message, "connection to 127.0.0.1:1 refused");
}

TEST(HttpClient, SaysThatANameDoesNotResolve) {
  Loop loop;
  const auto error = error_of(loop, {true, "no-such-host.invalid", 443});
  EXPECT_EQ(error.errc, base::Errc::unreachable);
  EXPECT_EQ(error.message, "cannot resolve host 'no-such-host.invalid'");
}

TEST(HttpClient, SaysWhyACertificateIsNotTrusted) {
  Loop loop;
  Server::Options options;
  options.certificate = test_certificate();
  const auto server =
      Server::start(loop, options, {.on_request = [](HttpRequest, std::shared_ptr<Responder> r) { r->send({}); }}).value();
  const Endpoint endpoint{true, "127.0.0.1", server->port()};
  const auto error = error_of(loop, endpoint, {});
  EXPECT_EQ(error.errc, base::Errc::unreachable);
  EXPECT_EQ(error.message, "certificate of " + endpoint.authority() + " is not trusted (self-signed certificate)");

  const std::string ca = write_temporary("ca.pem", test_certificate().certificate);
  HttpClient trusting(loop, endpoint, {true, ca});
  EXPECT_TRUE(ask(loop, trusting)) << "the address is in the certificate";
  HttpClient by_name(loop, {true, "localhost", server->port()}, {true, ca});
  EXPECT_TRUE(ask(loop, by_name)) << "the name is in the certificate";
  std::remove(ca.c_str());
}

TEST(HttpClient, AMissingCaFileIsSaid) {
  Loop loop;
  const auto error = error_of(loop, {true, "127.0.0.1", 1}, {true, "no/such/file.pem"});
  EXPECT_EQ(error.errc, base::Errc::io);
  EXPECT_THAT(error.message, HasSubstr("no/such/file.pem"));
}

TEST(HttpClient, SaysThatThePeerDoesNotSpeakTls) {
  Loop loop;
  RawServer plain(loop, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto error = error_of(loop, plain.endpoint(true));
  EXPECT_EQ(error.errc, base::Errc::protocol);
  EXPECT_THAT(error.message, HasSubstr("does not speak TLS"));
  RawServer silent(loop, "");
  EXPECT_EQ(error_of(loop, silent.endpoint(true)).errc, base::Errc::unreachable);
}

TEST(HttpClient, ATlsHandshakeThatNeverEndsIsUnreachable) {
  Loop loop;
  RawServer mute(loop, "", false);
  EXPECT_EQ(error_of(loop, mute.endpoint(true), anything, {}, base::Duration{50}).errc, base::Errc::unreachable);
}

TEST(HttpClient, SaysThatThePeerDoesNotSpeakHttp) {
  Loop loop;
  RawServer ssh(loop, "SSH-2.0-OpenSSH_9.2\r\n", false);
  const auto error = error_of(loop, ssh.endpoint());
  EXPECT_EQ(error.errc, base::Errc::protocol);
  EXPECT_THAT(error.message, HasSubstr("does not answer in HTTP"));
  RawServer endless(loop, "HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x'), false);
  EXPECT_EQ(error_of(loop, endless.endpoint()).errc, base::Errc::protocol);
}

TEST(HttpClient, AnAnswerThatBreaksOffIsAnError) {
  Loop loop;
  RawServer server(loop, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(error_of(loop, server.endpoint()).errc, base::Errc::closed);
}

TEST(HttpClient, TakesAnswersWithoutLengthAndInterimAnswers) {
  Loop loop;
  RawServer server(loop,
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.0 200 OK\r\n\r\nuntil the end");
  HttpClient client(loop, server.endpoint(), {});
  const auto answer = ask(loop, client);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "until the end");
}

TEST(HttpClient, RefusesToWriteARequestThatIsTwo) {
  Loop loop;
  EXPECT_EQ(error_of(loop, {false, "127.0.0.1", 1}, {}, {"GET", "/ HTTP/1.1\r\nX: y"}).errc, base::Errc::invalid);
}

// --- ClientSocket

struct Heard {
  std::vector<std::string> texts;
  bool opened = false;
  std::optional<base::Error> closed;
  int pongs = 0;
  ClientSocket::Handlers handlers() {
    return {[this] { opened = true; }, [this](const char* data, std::size_t size) { texts.emplace_back(data, size); },
            [this](base::Error why) { closed = std::move(why); }, [this] { ++pongs; }};
  }
};

class ClientSocketTest : public testing::TestWithParam<bool> {
 protected:
  void start() {
    Server::Options options;
    if (GetParam()) options.certificate = test_certificate();
    ServerHandlers handlers;
    handlers.on_upgrade = [this](const HttpRequest& request, std::uint64_t) {
      targets.push_back(request.target);
      cookies.emplace_back(header(request.headers, "Cookie"));
      return HttpResponse{upgrade_status};
    };
    handlers.on_open = [this](std::shared_ptr<ServerSocket> socket) { sockets.push_back(socket); };
    handlers.on_close = [this](std::uint64_t) { ++gone; };
    server = Server::start(loop, options, std::move(handlers)).value();
  }
  void connect(ClientSocketOptions options = {}) {
    client.emplace(loop, Endpoint{GetParam(), "127.0.0.1", server->port()}, anything, "/socketabc+/=//x", heard.handlers(),
                   options);
  }
  void connected() {
    start();
    connect();
    ASSERT_TRUE(run_until(loop, [&] { return heard.opened && !sockets.empty(); }));
  }
  Loop loop;
  int upgrade_status = 101;
  std::vector<std::string> targets, cookies;
  std::vector<std::shared_ptr<ServerSocket>> sockets;
  int gone = 0;
  std::unique_ptr<Server> server;
  Heard heard;
  std::optional<ClientSocket> client;
};
INSTANTIATE_TEST_SUITE_P(Plain, ClientSocketTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, ClientSocketTest, testing::Values(true));

TEST_P(ClientSocketTest, OpensWithTheRawTarget) {
  connected();
  EXPECT_EQ(targets, std::vector<std::string>{"/socketabc+/=//x"});
}

TEST_P(ClientSocketTest, DeliversTextsOfAllSizesInOrder) {
  connected();
  std::vector<std::string> sent;
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 3'000'000u, 5u}) sent.emplace_back(size, 'x');
  for (const auto& text : sent) ASSERT_TRUE(sockets[0]->send(std::make_shared<const std::string>(text)));
  ASSERT_TRUE(run_until(loop, [&] { return heard.texts.size() == sent.size(); }));
  EXPECT_EQ(heard.texts, sent);
}

TEST_P(ClientSocketTest, SaysThatTheServerClosed) {
  connected();
  sockets[0]->close();
  ASSERT_TRUE(run_until(loop, [&] { return heard.closed.has_value(); }));
  EXPECT_EQ(heard.closed->errc, base::Errc::closed);
}

TEST_P(ClientSocketTest, DestroyingItClosesAndCallsNobody) {
  connected();
  client.reset();
  ASSERT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_FALSE(heard.closed);
}

TEST_P(ClientSocketTest, MayBeDestroyedByItsHandler) {
  start();
  auto handlers = heard.handlers();
  int texts = 0;
  handlers.on_text = [&](const char*, std::size_t) {
    ++texts;
    client.reset();
  };
  client.emplace(loop, Endpoint{GetParam(), "127.0.0.1", server->port()}, anything, "/", handlers);
  ASSERT_TRUE(run_until(loop, [&] { return !sockets.empty(); }));
  for (int i = 0; i < 10; ++i) (void)sockets[0]->send(std::make_shared<const std::string>("x"));
  ASSERT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_EQ(texts, 1);
}

TEST_P(ClientSocketTest, SaysHowTheServerRefused) {
  upgrade_status = 403;
  start();
  connect();
  ASSERT_TRUE(run_until(loop, [&] { return heard.closed.has_value(); }));
  EXPECT_FALSE(heard.opened);
  EXPECT_EQ(heard.closed->errc, base::Errc::auth);
  EXPECT_EQ(heard.closed->code, 403);
}

TEST_P(ClientSocketTest, PingsASilentServerAndStaysOpenWhenItAnswers) {
  start();
  connect({.ping_after = base::Duration{5}, .give_up_after = base::Duration{5'000}});
  ASSERT_TRUE(run_until(loop, [&] { return heard.pongs >= 5; }));
  EXPECT_TRUE(heard.opened);
  EXPECT_FALSE(heard.closed) << heard.closed->message;
}

TEST_P(ClientSocketTest, SendsACookieWithTheHandshake) {
  start();
  connect({.cookie = "APIC-Request-Signature=abc="});
  ASSERT_TRUE(run_until(loop, [&] { return heard.opened && !cookies.empty(); }));
  EXPECT_EQ(cookies.front(), "APIC-Request-Signature=abc=");
}

struct ClientSocketAgainst : testing::Test {
  // What the socket makes of these bytes right behind a correct handshake.
  Heard after(const std::string& bytes, ClientSocketOptions options = {}) {
    Loop loop;
    std::shared_ptr<Connection> connection;
    struct Peer final : ConnectionUser {
      void on_readable() override {
        const std::string text(connection->input().view());
        connection->input().clear();
        received += text;
        const auto at = text.find("Sec-WebSocket-Key: ");
        if (at == std::string::npos) return;
        connection->write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
            accept_key(text.substr(at + 19, 24)) + "\r\n\r\n" + bytes);
      }
      void on_deadline() override {}
      void on_closed(const base::Error&) override { closed = true; }
      std::shared_ptr<Connection> connection;
      std::string bytes, received;
      bool closed = false;
    };
    const auto peer = std::make_shared<Peer>();
    peer->bytes = bytes;
    const auto listener = Listener::start(loop, "127.0.0.1", 0, nullptr, [&](auto accepted) {
                            peer->connection = accepted;
                            return peer;
                          }).value();
    Heard heard;
    ClientSocket client(loop, {false, "127.0.0.1", listener->port()}, anything, "/", heard.handlers(), options);
    EXPECT_TRUE(run_until(loop, [&] { return heard.closed && peer->closed; }));
    received = peer->received;
    if (peer->connection) peer->connection->abort();
    return heard;
  }
  std::string received;
};

TEST_F(ClientSocketAgainst, FramesThatComeWithTheHandshake) {
  const auto heard =
      after(std::string("\x81\x02hi\x01\x01"
                        "a\x80\x01"
                        "b\x88\x00",
                        12));
  EXPECT_EQ(heard.texts, (std::vector<std::string>{"hi", "ab"}));
  EXPECT_EQ(heard.closed->errc, base::Errc::closed);
}

TEST_F(ClientSocketAgainst, AMaskedFrame) {
  const auto heard = after(
      "\x81\x82"
      "abcd"
      "xx");
  EXPECT_EQ(heard.closed->errc, base::Errc::protocol);
  EXPECT_TRUE(heard.texts.empty());
}

TEST_F(ClientSocketAgainst, AFrameThatIsTooLong) {
  const auto heard = after(std::string("\x81\x7f\x00\x00\x00\x00\x04\x00\x00\x01", 10));
  EXPECT_EQ(heard.closed->errc, base::Errc::overflow);
}

TEST_F(ClientSocketAgainst, APeerThatFallsSilentAfterItAnsweredAPing) {
  const auto heard =
      after(std::string("\x81\x02hi\x8a\x00", 6), {.ping_after = base::Duration{10}, .give_up_after = base::Duration{35}});
  EXPECT_EQ(heard.texts.size(), 1u);
  EXPECT_EQ(heard.pongs, 1);
  EXPECT_EQ(heard.closed->errc, base::Errc::timeout);
  EXPECT_THAT(received, HasSubstr("\x89\x80"));  // at least one ping was sent
}

TEST_F(ClientSocketAgainst, AFrameThatDoesNotEnd) {
  const auto heard = after(std::string("\x81\x02hi\x81\x7e\xff\xff\x8a\x00\x8a\x00", 12),
                           {.ping_after = base::Duration{5}, .frame_within = base::Duration{20}});
  EXPECT_EQ(heard.texts.size(), 1u);
  EXPECT_EQ(heard.closed->errc, base::Errc::protocol);
  EXPECT_THAT(heard.closed->message, HasSubstr("does not end"));
}

TEST_F(ClientSocketAgainst, APeerThatIsKnownToAnswerPings) {
  const auto heard =
      after("\x81\x02hi", {.ping_after = base::Duration{10}, .give_up_after = base::Duration{35}, .answers_pings = true});
  EXPECT_EQ(heard.closed->errc, base::Errc::timeout);
}

TEST(ClientSocket, APeerThatNeverAnswersPingsIsKept) {
  Loop loop;
  struct Peer final : ConnectionUser {
    void on_readable() override {
      const std::string text(connection->input().view());
      connection->input().clear();
      pings += count_of(text, "\x89\x80");
      if (const auto at = text.find("Sec-WebSocket-Key: "); at != std::string::npos)
        connection->write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
            accept_key(text.substr(at + 19, 24)) + "\r\n\r\n");
    }
    void on_deadline() override {}
    void on_closed(const base::Error&) override {}
    std::shared_ptr<Connection> connection;
    std::size_t pings = 0;
  };
  const auto peer = std::make_shared<Peer>();
  const auto listener = Listener::start(loop, "127.0.0.1", 0, nullptr, [&](auto accepted) {
                          peer->connection = accepted;
                          return peer;
                        }).value();
  Heard heard;
  ClientSocket client(loop, {false, "127.0.0.1", listener->port()}, anything, "/", heard.handlers(),
                      {.ping_after = base::Duration{2}, .give_up_after = base::Duration{5}});
  EXPECT_TRUE(run_until(loop, [&] { return peer->pings >= 10; }));
  EXPECT_FALSE(heard.closed) << heard.closed->message;
  peer->connection->abort();
}

TEST(ClientSocket, APeerThatDoesNotAnswerTheHandshake) {
  Loop loop;
  RawServer mute(loop, "", false);
  Heard heard;
  ClientSocket client(loop, mute.endpoint(), anything, "/", heard.handlers(), {.open_within = base::Duration{300}});
  ASSERT_TRUE(run_until(loop, [&] { return heard.closed.has_value(); }));
  EXPECT_EQ(heard.closed->errc, base::Errc::timeout);
}

TEST(ClientSocket, APeerThatIsNoWebsocketServer) {
  Loop loop;
  for (const auto& [answer, errc] :
       {std::pair<std::string, base::Errc>{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", base::Errc::refused},
        {"SSH-2.0-OpenSSH_9.2\r\n", base::Errc::protocol},
        {"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n", base::Errc::protocol}}) {
    RawServer server(loop, answer);
    Heard heard;
    ClientSocket client(loop, server.endpoint(), anything, "/", heard.handlers());
    ASSERT_TRUE(run_until(loop, [&] { return heard.closed.has_value(); }));
    EXPECT_EQ(heard.closed->errc, errc) << heard.closed->message;
    EXPECT_FALSE(heard.opened);
  }
}

TEST(ClientSocket, AnUnreachablePeerIsReportedOnce) {
  Loop loop;
  int calls = 0;
  ClientSocket client(loop, {false, "127.0.0.1", 1}, anything, "/",
                      {[] {}, [](const char*, std::size_t) {},
                       [&](base::Error why) {
                         ++calls;
                         EXPECT_EQ(why.errc, base::Errc::unreachable);
                       }});
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(run_until(loop, [&] { return calls == 1; }));
}

}  // namespace
}  // namespace aci::io
