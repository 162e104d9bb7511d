#include "io/ws_frames.hpp"

#include <gtest/gtest.h>

namespace aci::io {
namespace {

using Role = FrameReader::Role;

struct Read {
  std::vector<std::pair<Opcode, std::string>> messages;
  std::optional<base::Error> error;
  friend bool operator==(const Read& a, const Read& b) {
    return a.messages == b.messages && a.error.has_value() == b.error.has_value() &&
           (!a.error || a.error->code == b.error->code);
  }
};

Read read_pieces(Role role, const std::vector<std::string_view>& pieces, std::size_t max = FrameReader::message_max) {
  FrameReader reader(role, max);
  Buffer input;
  Read read;
  for (const auto piece : pieces) {
    input.append(piece);
    for (;;) {
      const auto message = reader.next(input);
      if (!message) {
        read.error = message.error();
        return read;
      }
      if (!*message) break;
      read.messages.emplace_back((*message)->opcode, (*message)->payload);
    }
  }
  return read;
}

Read read_all(Role role, std::string_view bytes, std::size_t max = FrameReader::message_max) {
  return read_pieces(role, {bytes}, max);
}

std::string frame(Opcode opcode, std::string payload, bool masked = false, bool fin = true) {
  const Mask mask{0xde, 0xad, 0xbe, 0xef};
  std::string head = frame_head(opcode, payload.size(), masked ? &mask : nullptr);
  if (!fin) head[0] = static_cast<char>(head[0] & 0x7f);
  if (masked) apply_mask(payload.data(), payload.size(), mask);
  return head + payload;
}

TEST(WsFrames, KeepsTheExamplesOfTheStandard) {
  EXPECT_EQ(frame(Opcode::text, "Hello"), "\x81\x05Hello");
  const Mask mask{0x37, 0xfa, 0x21, 0x3d};
  std::string payload = "Hello";
  apply_mask(payload.data(), payload.size(), mask);
  EXPECT_EQ(frame_head(Opcode::text, 5, &mask) + payload, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(frame_head(Opcode::binary, 256), std::string("\x82\x7e\x01\x00", 4));
  EXPECT_EQ(frame_head(Opcode::binary, 65536), std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(close_payload(1002, "why"), "\x03\xeawhy");
}

TEST(WsFrames, ReadsTheSameHoweverTheBytesAreSplit) {
  for (const bool masked : {false, true}) {
    const std::string bytes = frame(Opcode::text, "first", masked) + frame(Opcode::text, "frag", masked, false) +
                              frame(Opcode::ping, "between", masked) + frame(Opcode::continuation, "", masked, false) +
                              frame(Opcode::continuation, "mented", masked) +
                              frame(Opcode::binary, std::string(300, 'b'), masked) + frame(Opcode::text, "", masked) +
                              frame(Opcode::close, close_payload(1000), masked);
    const Role role = masked ? Role::server : Role::client;
    const Read whole = read_all(role, bytes);
    EXPECT_FALSE(whole.error);
    const std::vector<std::pair<Opcode, std::string>> expected = {
        {Opcode::text, "first"},      {Opcode::ping, "between"},
        {Opcode::text, "fragmented"}, {Opcode::binary, std::string(300, 'b')},
        {Opcode::text, ""},           {Opcode::close, close_payload(1000)}};
    EXPECT_EQ(whole.messages, expected);
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      single.push_back(std::string_view(bytes).substr(i, 1));
      const std::vector<std::string_view> two = {std::string_view(bytes).substr(0, i), std::string_view(bytes).substr(i)};
      EXPECT_EQ(read_pieces(role, two), whole) << "split at " << i;
    }
    EXPECT_EQ(read_pieces(role, single), whole);
  }
}

TEST(WsFrames, RefusesWhatIsAgainstTheRules) {
  const std::vector<std::pair<const char*, std::string>> wrong = {
      {"reserved bit", "\xc1\x05Hello"},
      {"unknown opcode", "\x83\x05Hello"},
      {"unknown control opcode", std::string("\x8b\x00", 2)},
      {"fragmented control frame", std::string("\x09\x00", 2)},
      {"long control frame", std::string("\x89\x7e\x00\x7e", 4)},
      {"continuation of nothing", frame(Opcode::continuation, "x")},
      {"message in a message", frame(Opcode::text, "x", false, false) + frame(Opcode::text, "y")},
      {"length not in its shortest form", std::string("\x81\x7e\x00\x05", 4)},
      {"long length not in its shortest form", std::string("\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10)},
      {"masked by a server", frame(Opcode::text, "x", true)},
  };
  for (const auto& [what, bytes] : wrong) {
    const Read read = read_all(Role::client, bytes);
    ASSERT_TRUE(read.error) << what;
    EXPECT_EQ(read.error->code, 1002) << what;
    EXPECT_EQ(read.error->errc, base::Errc::protocol) << what;
  }
  EXPECT_EQ(read_all(Role::server, frame(Opcode::text, "x")).error->code, 1002);
}

TEST(WsFrames, ChecksTheCodeAndReasonOfACloseFrame) {
  const auto error_of = [](const std::string& payload) {
    const Read read = read_all(Role::client, frame(Opcode::close, payload));
    return read.error ? read.error->code : 0;
  };
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999})
    EXPECT_EQ(error_of(close_payload(code, "\xc3\xa4")), 0) << code;
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    EXPECT_EQ(error_of(close_payload(code)), 1002) << code;
  EXPECT_EQ(error_of(""), 0);
  EXPECT_EQ(error_of("\x03"), 1002);
  EXPECT_EQ(error_of(close_payload(1000, "\xc3")), 1007);
}

TEST(WsFrames, AServerTakesOnlyTextsThatAreUtf8) {
  const auto read_as = [](Role role, const std::string& first, const std::string& second, Opcode opcode = Opcode::text) {
    const bool masked = role == Role::server;
    return read_all(role, frame(opcode, first, masked, false) + frame(Opcode::continuation, second, masked));
  };
  EXPECT_FALSE(read_as(Role::server, "\xe2\x82", "\xac").error);
  EXPECT_EQ(read_as(Role::server, "\xe2\x82", "x").error->code, 1007);
  EXPECT_FALSE(read_as(Role::server, "\xe2\x82", "x", Opcode::binary).error);
  EXPECT_FALSE(read_as(Role::client, "\xe2\x82", "x").error);
  EXPECT_EQ(read_all(Role::server, frame(Opcode::text, "\xed\xa0\x80", true)).error->code, 1007);
}

TEST(WsFrames, RefusesALongMessageBeforeItsBytesCome) {
  EXPECT_FALSE(read_all(Role::client, frame(Opcode::text, std::string(1000, 'x')), 1000).error);
  EXPECT_EQ(read_all(Role::client, frame_head(Opcode::text, 1001), 1000).error->code, 1009);
  EXPECT_EQ(read_all(Role::client, "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff").error->code, 1009);
  const std::string part = frame(Opcode::text, std::string(600, 'x'), false, false);
  EXPECT_EQ(read_all(Role::client, part + frame_head(Opcode::continuation, 401), 1000).error->code, 1009);
}

TEST(WsFrames, LeavesReadableBytesBehindAMessage) {
  FrameReader reader(Role::client);
  Buffer input;
  for (const std::string& bytes :
       {frame(Opcode::text, "whole"), frame(Opcode::text, "in ", false, false) + frame(Opcode::continuation, "two")}) {
    input.append(bytes);
    const auto message = reader.next(input);
    ASSERT_TRUE(message && *message);
    const auto payload = (*message)->payload;
    volatile char sum = 0;  // the address sanitizer watches this
    for (std::size_t i = 0; i < payload.size() + Buffer::spare; ++i) sum = static_cast<char>(sum + payload.data()[i]);
  }
}

TEST(Buffer, KeepsItsBytesWhenItGrowsAndMoves) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 77), static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
    const std::size_t eat = std::min<std::size_t>(expected.size(), static_cast<std::size_t>(i % 70));
    buffer.consume(eat);
    expected.erase(0, eat);
    ASSERT_EQ(buffer.view(), expected);
  }
}

}  // namespace
}  // namespace aci::io
