#include "codec/json_document.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "codec/answer.hpp"

namespace aci::codec {
namespace json = boost::json;

struct JsonDocument::Impl {
  // Small texts, the rule, need no memory beside this.
  unsigned char memory[8192];
  json::monotonic_resource resource{memory, sizeof memory};
  std::optional<json::value> root;
  std::optional<JsonFault> fault;
};

JsonDocument::JsonDocument(std::string_view text) : impl_(new Impl) {
  json::parse_options options;
  options.max_depth = depth_max;
  unsigned char scratch[4096];
  json::parser parser({}, options, scratch);
  parser.reset(&impl_->resource);
  boost::system::error_code failure;
  const std::size_t read = parser.write(text.data(), text.size(), failure);
  if (!failure) {
    impl_->root.emplace(parser.release());
    return;
  }
  const std::size_t at = std::min(read, text.size());
  impl_->fault = JsonFault{failure == json::error::incomplete ? "it ends too early" : failure.message(), at + 1,
                           static_cast<std::size_t>(1 + std::count(text.begin(), text.begin() + at, '\n'))};
}

JsonDocument::~JsonDocument() = default;
const std::optional<JsonFault>& JsonDocument::fault() const { return impl_->fault; }
const json::value& JsonDocument::root() const { return *impl_->root; }

}  // namespace aci::codec
