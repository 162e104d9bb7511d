// Answers, bodies and our own events. The first byte picks: answer as JSON ('0') or XML ('1'), body as JSON ('2') or XML
// ('3'), event ('4').
#include <string_view>

#include "codec/answer.hpp"
#include "codec/event_json.hpp"
#include "fuzz/require.hpp"

using namespace aci;
using model::Format;

namespace {

void answer(std::string_view text, Format format) {
  const auto answer = codec::decode_answer(text, format);
  if (!answer) return fuzz::require(!answer.error().message.empty(), "an error has a message");
  (void)codec::login_of(*answer);
  const auto again = codec::decode_answer(codec::encode_answer(*answer, Format::json), Format::json);
  fuzz::require(again && again->objects == answer->objects && again->subscription_ids == answer->subscription_ids &&
                    again->total_count == answer->total_count,
                "an answer survives being written and read");
  if (format == Format::xml)
    fuzz::require(bool(codec::decode_answer(codec::encode_answer(*answer, format), format)), "XML written is XML read");
}

void body(std::string_view text, Format format) {
  const auto object = codec::decode_body(text, format);
  if (!object)
    return fuzz::require(object.error().code == 400 && !object.error().message.empty(), "an error is the controller's");
  std::string written;
  codec::append_object(written, *object, Format::json);
  const auto again = codec::decode_body(written, Format::json);
  fuzz::require(again && *again == *object, "a body survives being written and read");
}

void event(std::string_view text) {
  const auto event = codec::decode_event(text);
  if (!event) return;
  std::string written, rewritten;
  codec::append_event_json(written, *event);
  const auto again = codec::decode_event(written);
  fuzz::require(bool(again), "an event written is read");
  codec::append_event_json(rewritten, *again);
  fuzz::require(written == rewritten, "an event survives being written and read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] & 7) {
    case 0: answer(text, Format::json); break;
    case 1: answer(text, Format::xml); break;
    case 2: body(text, Format::json); break;
    case 3: body(text, Format::xml); break;
    case 4: event(text); break;
    default: break;
  }
  return 0;
}
