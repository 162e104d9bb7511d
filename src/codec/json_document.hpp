// A JSON text parsed whole, with bounded depth, by Boost.JSON. Internal to the codec floor.
//
//   JsonDocument document(text);
//   if (document.fault()) ...                     // where and why
//   const boost::json::value& root = document.root();   // lives as long as the document
//
// Of two members with the same key the later counts; members keep their order. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::json {
class value;
}

namespace aci::codec {

struct JsonFault {
  std::string reason;    // "incomplete JSON"
  std::size_t byte = 0;  // of the text, from 1: where the parser stopped
  std::size_t line = 1;
};

class JsonDocument {
 public:
  explicit JsonDocument(std::string_view text);
  ~JsonDocument();

  const std::optional<JsonFault>& fault() const;
  // Precondition: no fault.
  const boost::json::value& root() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::codec
