// Pushed event frames, decoded: the hot path. Floor: codec.
//
//   {"subscriptionId":["72057628414509057"],"imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-WS_Example","status":"created",...}}}]}
//
// simdjson On Demand inside (only in frame.cpp). Thread-safety: one decoder per thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/change.hpp"

namespace aci::codec {

struct Frame {
  std::vector<std::string_view> subscription_ids;  // every id form: array or scalar, strings or numbers
  std::vector<model::Change> changes;              // every object of imdata, children flattened behind their parent
};

class FrameDecoder {
 public:
  // Spare bytes that must be allocated (not initialised) behind the text given to decode().
  static constexpr std::size_t padding = 64;

  FrameDecoder();
  ~FrameDecoder();

  // Decodes a JSON frame, or an XML one (it begins with "<"). The frame and its views live until the next call and while
  // the text's memory does. `capacity` counts bytes from `data` that may be read: at least size + padding for JSON.
  // Errors (errc protocol): not JSON, no imdata, an object without dn, an unknown status, depth, trailing content. After
  // an error the frame is empty. An empty text decodes to an empty frame: the controller may send one.
  base::Result<const Frame*> decode(const char* data, std::size_t size, std::size_t capacity);
  // The same with a copy into a buffer of its own, for texts without spare bytes.
  base::Result<const Frame*> decode(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::codec
