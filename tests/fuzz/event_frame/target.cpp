// Event frames. The first byte picks: JSON in place ('0'), JSON copied ('1'), XML ('2', the '<' in front is ours).
#include <boost/json.hpp>
#include <string>

#include "codec/answer.hpp"
#include "codec/frame.hpp"
#include "fuzz/require.hpp"

using namespace aci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static codec::FrameDecoder decoder;  // one for all inputs: what one frame leaves behind must not show in the next
  const int pick = data[0] % 3;        // "0" is 48, a multiple of 3
  std::string text = pick == 2 ? "<" : "";
  text.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t length = text.size();
  // Spare bytes that look like more of the frame.
  if (pick == 0) text.resize(length + codec::FrameDecoder::padding, data[0] & 0x80 ? '}' : '"');
  const auto frame = pick == 0 ? decoder.decode(text.data(), length, text.size()) : decoder.decode(text);
  text.resize(length);
  if (!frame) {
    fuzz::require(!frame.error().message.empty(), "an error has a message");
    return 0;
  }
  std::string written;
  for (const auto& change : (*frame)->changes) {
    fuzz::require(!change.dn.empty(), "every change has a dn");
    const model::ManagedObject object{std::string(change.class_name), model::Attributes::from(change.attributes), {}};
    fuzz::require(object.dn() == change.dn, "the dn is the attribute's");
    written.clear();
    codec::append_object(written, object, model::Format::json);
    const auto again = codec::decode_body(written, model::Format::json);
    fuzz::require(again && *again == object, "a change survives being written and read");
  }
  if (!text.empty() && text[0] != '<') {
    boost::system::error_code failure;
    boost::json::parse_options options;
    options.max_depth = codec::depth_max;
    boost::json::parse(text, failure, {}, options);
    fuzz::require(!failure, "only valid JSON is taken");
  }
  return 0;
}
