// Websocket frames (RFC 6455, section 5) in bytes, both ways and for both roles; no sockets. Floor: io.
//
//   while (true) {
//     auto message = reader.next(input);            // Result<optional<Message>>
//     if (!message) fail(message.error());          // error().code is the close code to send
//     if (!*message) break;                         // needs more bytes
//     handle(**message);
//   }
//   out += frame_head(Opcode::text, text.size()) + text;
//
// Not thread-safe. A server's reader says whether a text is UTF-8; a client's leaves that to the decoder of the events, which
// sees each byte anyway. Extensions are never agreed on, so their bits are errors.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "io/buffer.hpp"

namespace aci::io {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// A whole text or binary message, whatever number of frames it came in, or a control frame. The view has Buffer::spare
// readable bytes behind it and is good until the next call of next() or the next growth of the input.
struct Message {
  Opcode opcode;
  std::string_view payload;
};

class FrameReader {
 public:
  enum class Role { client, server };  // who reads: a server takes only masked frames, a client only bare ones
  static constexpr std::size_t message_max = 64 * 1024 * 1024;

  explicit FrameReader(Role role, std::size_t max = message_max) : role_(role), max_(max) {}

  // What the input must be able to hold: a message in one frame with its head.
  std::size_t frame_max() const { return max_ + 14; }

  // Takes the next message out of `input`. After an error the connection must be closed. The payload of a close frame is
  // empty, or a code that may be sent and a reason in UTF-8: its first two bytes are what it is answered with.
  base::Result<std::optional<Message>> next(Buffer& input);

 private:
  base::Result<std::optional<Message>> checked(Opcode opcode, std::string_view payload) const;

  Role role_;
  std::size_t max_;
  Opcode assembling_ = Opcode::continuation;  // of the message whose frames are coming; continuation for none
  Buffer assembled_;
};

using Mask = std::array<unsigned char, 4>;

// What stands before the payload of an unfragmented frame. A client passes a mask and masks the payload with it.
std::string frame_head(Opcode opcode, std::size_t payload_size, const Mask* mask = nullptr);
void apply_mask(char* data, std::size_t size, const Mask& mask);

// Payload of a close frame.
std::string close_payload(int code, std::string_view reason = {});

}  // namespace aci::io
