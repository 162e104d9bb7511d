// Websocket frames. The first byte picks the role and how the rest is cut into reads; the messages must not depend on the cuts.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/require.hpp"
#include "io/ws_frames.hpp"

using namespace aci;

namespace {

struct Read {
  std::vector<std::pair<io::Opcode, std::string>> messages;
  int error = 0;
  bool operator==(const Read&) const = default;
};

Read read_in_pieces(io::FrameReader::Role role, std::string_view bytes, std::size_t piece) {
  constexpr std::size_t max = 4096;
  io::FrameReader reader(role, max);
  io::Buffer input;
  Read read;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    input.append(bytes.substr(0, piece));
    for (;;) {
      const auto message = reader.next(input);
      if (!message) {
        read.error = message.error().code;
        fuzz::require(read.error == 1002 || read.error == 1007 || read.error == 1009, "an error has a close code");
        return read;
      }
      if (!*message) break;
      fuzz::require((*message)->payload.size() <= max, "a message keeps to its bound");
      read.messages.emplace_back((*message)->opcode, (*message)->payload);
    }
    fuzz::require(input.size() < max + 14, "what waits is less than one frame");
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto role = data[0] & 1 ? io::FrameReader::Role::server : io::FrameReader::Role::client;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = read_in_pieces(role, bytes, bytes.size() + 1);
  fuzz::require(read_in_pieces(role, bytes, 1 + data[0] / 2) == whole, "the cuts make no difference");

  // Whole messages written again read the same.
  std::string again;
  const io::Mask mask{data[0], 1, 2, 3};
  for (const auto& [opcode, payload] : whole.messages) {
    std::string body = payload;
    const bool masked = role == io::FrameReader::Role::server;
    if (masked) io::apply_mask(body.data(), body.size(), mask);
    again += io::frame_head(opcode, body.size(), masked ? &mask : nullptr) + body;
  }
  const Read second = read_in_pieces(role, again, again.size() + 1);
  fuzz::require(second.error == 0 && second.messages == whole.messages, "what is written reads the same");
  return 0;
}
