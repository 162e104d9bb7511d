// Recordings of a controller: however they are cut, the same objects are read and the same end is met.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "codec/answer.hpp"
#include "codec/recording.hpp"
#include "fuzz/require.hpp"

using namespace aci;

namespace {

// The objects as they would be written, and what was wrong.
std::pair<std::string, std::string> read(std::string_view text, std::size_t piece) {
  std::string objects;
  codec::RecordingReader reader([&](const model::ManagedObject& object) -> base::Result<void> {
    codec::append_object(objects, object, model::Format::json);
    return {};
  });
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (const auto done = reader.read(text.substr(at, piece)); !done) return {objects, done.error().message};
  const auto done = reader.finish();
  return {objects, done ? "" : done.error().message};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = read(text, size);
  fuzz::require(whole == read(text, 1) && whole == read(text, 1 + data[0] % 32), "how it is cut makes no difference");
  // Keys that are escaped or come twice are nothing that a controller writes.
  const bool usual = text.find('\\') == std::string_view::npos && text.find("imdata") == text.rfind("imdata");
  if (const auto answer = codec::decode_answer(text); answer && usual) {
    std::string objects;
    for (const auto& object : answer->objects) codec::append_object(objects, object, model::Format::json);
    fuzz::require(whole.second.empty() && whole.first == objects, "an answer is read as an answer");
  }
  return 0;
}
