#include "io/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <fstream>

#include "io/tls_engine.hpp"

namespace aci::io {
namespace {

using testing::HasSubstr;
using Role = TlsEngine::Role;
using Status = TlsEngine::Status;

struct Pair {
  Pair(const Certificate& certificate, const TlsClientOptions& options, const std::string& host)
      : Pair(server_context(certificate).value(), client_context(options).value(), host) {}
  Pair(const TlsContext& server_side, const TlsContext& client_side, const std::string& host)
      : client(client_side, Role::client, host), server(server_side, Role::server, "") {
    client.receive("", at_client);
  }
  // Carries bytes to and fro until nothing moves, `piece` bytes at a time.
  void carry(std::size_t piece = 1 << 20) {
    for (bool moved = true; moved;) {
      moved = move(client, server, at_server, server_status, piece) | move(server, client, at_client, client_status, piece);
    }
  }
  static bool move(TlsEngine& from, TlsEngine& to, Buffer& plain, Status& status, std::size_t piece) {
    std::string bytes;
    from.take_output(bytes);
    for (std::size_t at = 0; at < bytes.size() && status == Status::going; at += piece) {
      status = to.receive(std::string_view(bytes).substr(at, piece), plain);
    }
    return !bytes.empty();
  }
  Buffer at_client, at_server;
  Status client_status = Status::going, server_status = Status::going;
  TlsEngine client, server;
};

const TlsClientOptions anything{.verify = false};

TEST(TlsEngine, CarriesBytesBothWaysInPiecesOfAnySize) {
  const auto certificate = make_self_signed("sim").value();
  for (const std::size_t piece : {1u, 7u, 1000u, 1'000'000u}) {
    Pair pair(certificate, anything, "sim");
    pair.carry(piece);
    ASSERT_TRUE(pair.client.open() && pair.server.open());
    const std::string text(100'000, 't');
    pair.client.write(text);
    pair.server.write("answer");
    pair.carry(piece);
    EXPECT_EQ(pair.at_server.view(), text);
    EXPECT_EQ(pair.at_client.view(), "answer");
    pair.client.close();
    pair.carry(piece);
    EXPECT_EQ(pair.server_status, Status::closed);
  }
}

TEST(TlsEngine, ChecksTheNameAndTheAddress) {
  const auto certificate = make_self_signed("sim.example").value();
  const std::string path = testing::TempDir() + "aci_io_tls.pem";
  std::ofstream(path) << certificate.certificate;
  const TlsClientOptions trusting{true, path};
  for (const char* host : {"sim.example", "localhost", "127.0.0.1", "::1"}) {
    Pair pair(certificate, trusting, host);
    pair.carry();
    EXPECT_TRUE(pair.client.open()) << host;
  }
  for (const auto& [host, reason] : {std::pair{"other.example", "hostname mismatch"}, {"127.0.0.2", "IP address mismatch"}}) {
    Pair pair(certificate, trusting, host);
    pair.carry();
    ASSERT_EQ(pair.client_status, Status::failed) << host;
    EXPECT_THAT(pair.client.error("x:1").message, HasSubstr(reason));
    EXPECT_EQ(pair.client.error("x:1").errc, base::Errc::unreachable);
  }
  std::remove(path.c_str());
}

// Terraform's provider offers TLS 1.2 with RSA alone.
TEST(TlsEngine, AClientThatTakesNoEllipticCurvesGetsAnRsaCertificate) {
  const auto connects = [](const TlsContext& server, const char* ciphers) {
    const auto client = client_context({.verify = false}).value();
    SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client.get(), ciphers);
    Pair pair(server, client, "sim");
    pair.carry();
    return pair.client.open() && pair.server.open();
  };
  auto certificate = make_self_signed("sim").value();
  int made = 0;
  certificate.with_rsa = [&made, make = certificate.with_rsa] {
    ++made;
    return make();
  };
  const auto server = server_context(certificate).value();
  EXPECT_TRUE(connects(server, "ECDHE-ECDSA-AES128-GCM-SHA256"));
  EXPECT_EQ(made, 0) << "it takes time, and few need it";
  for (const char* ciphers : {"ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES256-GCM-SHA384", "AES256-SHA"})
    EXPECT_TRUE(connects(server, ciphers)) << ciphers;
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(connects(server, "ECDHE-ECDSA-AES128-GCM-SHA256"));

  certificate.with_rsa = {};
  EXPECT_FALSE(connects(server_context(certificate).value(), "AES256-SHA"));
}

TEST(TlsEngine, TakesNoGarbage) {
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100, '\0'), std::string("\x16\x03\x01\x00\x05hello", 10)}) {
    TlsEngine server(server_context(make_self_signed("sim").value()).value(), Role::server, "");
    Buffer plain;
    EXPECT_EQ(server.receive(garbage, plain), Status::failed) << garbage;
    EXPECT_TRUE(plain.empty());
  }
}

TEST(MakeSelfSigned, RefusesWhatIsNoHostName) {
  for (const char* name : {"", "a,DNS:evil", "a b", "a\nb"}) EXPECT_FALSE(make_self_signed(name)) << name;
}

TEST(MakeSelfSigned, EachHasItsOwnKey) { EXPECT_NE(make_self_signed("sim")->key, make_self_signed("sim")->key); }

TEST(ReadCertificate, ReadsAPairAndRefusesOthers) {
  const auto one = make_self_signed("one").value(), two = make_self_signed("two").value();
  const std::string directory = testing::TempDir();
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(directory + name) << text;
    return directory + name;
  };
  const std::string certificate = write("aci_one.pem", one.certificate), key = write("aci_one.key", one.key);
  const std::string other_key = write("aci_two.key", two.key), empty = write("aci_empty.pem", "");
  const auto read = read_certificate(certificate, key);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->certificate, one.certificate);
  EXPECT_THAT(read_certificate(certificate, other_key).error().message, HasSubstr("does not belong"));
  EXPECT_EQ(read_certificate(certificate, certificate).error().errc, base::Errc::invalid);
  EXPECT_EQ(read_certificate(key, key).error().errc, base::Errc::invalid);
  EXPECT_THAT(read_certificate(empty, key).error().message, HasSubstr("it is empty"));
  EXPECT_THAT(read_certificate(directory + "aci_none.pem", key).error().message, HasSubstr("No such file"));
  EXPECT_EQ(read_certificate(directory, key).error().errc, base::Errc::io);
  for (const auto& path : {certificate, key, other_key, empty}) std::remove(path.c_str());
}

}  // namespace
}  // namespace aci::io
