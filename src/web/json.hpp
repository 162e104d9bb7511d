// Small JSON put together by hand, into a string that grows. Floor: web.
//
//   JsonObject object(out);                 // {
//   object.text("name", name);              //  "name":"...",
//   object.raw("count", "3");               //  "count":3}     closed when it goes out of scope
//
// Thread-safety: one thread per string.
#pragma once

#include <string>
#include <string_view>

#include "codec/answer.hpp"

namespace aci::web {

class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // The value is then up to the caller.
  void key(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    codec::append_json_string(out_, key);
    out_ += ':';
  }
  void text(std::string_view key, std::string_view value) {
    this->key(key);
    codec::append_json_string(out_, value);
  }
  void raw(std::string_view key, std::string_view json) {
    this->key(key);
    out_ += json;
  }

 private:
  std::string& out_;
};

// each(value) appends the value's JSON.
template <class Range, class Each>
void append_array(std::string& out, const Range& range, Each each) {
  out += '[';
  for (const auto& value : range) {
    if (out.back() != '[') out += ',';
    each(value);
  }
  out += ']';
}

inline std::string error_json(std::string_view message) {
  std::string out;
  JsonObject(out).text("error", message);
  return out;
}

}  // namespace aci::web
