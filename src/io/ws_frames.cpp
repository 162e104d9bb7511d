#include "io/ws_frames.hpp"

#include <utility>

#include "codec/utf8.hpp"

namespace aci::io {

namespace {

constexpr unsigned char fin_bit = 0x80, reserved_bits = 0x70, opcode_bits = 0x0f, mask_bit = 0x80;

base::Error broken(const char* what) { return {base::Errc::protocol, what, 1002}; }

base::Result<void> utf8(std::string_view text, const char* otherwise) {
  if (codec::first_non_utf8(text) == std::string_view::npos) return {};
  return base::Error{base::Errc::protocol, otherwise, 1007};
}

// Those of RFC 6455, section 7.4, that may stand in a frame, of IANA's registry, and of libraries and private use.
bool may_be_sent(int code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) || (code >= 3000 && code <= 4999);
}

base::Result<void> check_close(std::string_view payload) {
  if (payload.empty()) return {};
  if (payload.size() == 1) return broken("a websocket close frame has half a code");
  const int code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
  if (!may_be_sent(code)) return broken("a websocket close frame has a code that may not be sent");
  return utf8(payload.substr(2), "the reason of a websocket close frame is not UTF-8");
}

}  // namespace

void apply_mask(char* data, std::size_t size, const Mask& mask) {
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(data[i] ^ mask[i & 3]);
}

base::Result<std::optional<Message>> FrameReader::next(Buffer& input) {
  // What was handed out by the last call is done with.
  if (assembling_ == Opcode::continuation) assembled_.clear();
  for (;;) {
    const auto* head = reinterpret_cast<const unsigned char*>(input.data());
    if (input.size() < 2) return std::nullopt;

    const bool fin = head[0] & fin_bit;
    const auto opcode = static_cast<Opcode>(head[0] & opcode_bits);
    const bool control = head[0] & 0x08;
    const bool masked = head[1] & mask_bit;
    std::uint64_t size = head[1] & 0x7f;
    if (head[0] & reserved_bits) return broken("a websocket frame has reserved bits set");
    if (masked != (role_ == Role::server)) {
      return broken(masked ? "a websocket frame of a server is masked" : "a websocket frame of a client is not masked");
    }
    switch (opcode) {
      case Opcode::continuation:
        if (assembling_ == Opcode::continuation) return broken("a websocket message begins with a continuation frame");
        break;
      case Opcode::text:
      case Opcode::binary:
        if (assembling_ != Opcode::continuation) return broken("a websocket message begins inside another one");
        break;
      case Opcode::close:
      case Opcode::ping:
      case Opcode::pong:
        if (!fin) return broken("a websocket control frame is fragmented");
        if (size > 125) return broken("a websocket control frame is too long");
        break;
      default: return broken("a websocket frame has an unknown opcode");
    }

    std::size_t at = 2;
    const std::size_t length_size = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (input.size() < at + length_size) return std::nullopt;
    if (length_size > 0) {
      const std::uint64_t smallest = length_size == 2 ? 126 : 65536;
      size = 0;
      for (std::size_t i = 0; i < length_size; ++i) size = size << 8 | head[at + i];
      if (size < smallest) return broken("a websocket frame's length is not in its shortest form");
      at += length_size;
    }
    if (!control && size > max_ - assembled_.size()) {
      return base::Error{base::Errc::overflow, "a websocket message is longer than " + std::to_string(max_) + " bytes", 1009};
    }
    Mask mask{};
    if (masked) {
      if (input.size() < at + mask.size()) return std::nullopt;
      std::memcpy(mask.data(), head + at, mask.size());
      at += mask.size();
    }
    if (input.size() - at < size) return std::nullopt;

    char* payload = input.data() + at;
    if (masked) apply_mask(payload, size, mask);
    input.consume(at + size);
    if (control || (fin && opcode != Opcode::continuation)) return checked(opcode, {payload, size});

    if (opcode != Opcode::continuation) assembling_ = opcode;
    assembled_.append({payload, size});
    if (fin) return checked(std::exchange(assembling_, Opcode::continuation), assembled_.view());
  }
}

base::Result<std::optional<Message>> FrameReader::checked(Opcode opcode, std::string_view payload) const {
  if (opcode == Opcode::close) {
    if (const auto right = check_close(payload); !right) return right.error();
  } else if (opcode == Opcode::text && role_ == Role::server) {
    if (const auto right = utf8(payload, "a websocket text is not UTF-8"); !right) return right.error();
  }
  return Message{opcode, payload};
}

std::string frame_head(Opcode opcode, std::size_t payload_size, const Mask* mask) {
  const std::size_t length_size = payload_size < 126 ? 0 : payload_size < 65536 ? 2 : 8;
  const std::size_t length = length_size == 0 ? payload_size : length_size == 2 ? 126 : 127;
  std::string head{static_cast<char>(fin_bit | static_cast<unsigned char>(opcode)),
                   static_cast<char>((mask ? mask_bit : 0) | length)};
  for (std::size_t i = length_size; i-- > 0;) head += static_cast<char>(payload_size >> (8 * i));
  if (mask) head.append(mask->begin(), mask->end());
  return head;
}

std::string close_payload(int code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  payload += reason.substr(0, 123);
  return payload;
}

}  // namespace aci::io
