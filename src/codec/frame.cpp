#include "codec/frame.hpp"

// Without its exceptions a forgotten error check does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <pugixml.hpp>

#include "codec/formats.hpp"
#include "codec/json_document.hpp"
#include "codec/xml_document.hpp"

namespace aci::codec {
namespace {

namespace ondemand = simdjson::ondemand;
using model::Change;

// Members are used inside their result: to copy a field out of it costs more than to read it.
using Member = simdjson::simdjson_result<ondemand::field>;
using Value = simdjson::simdjson_result<ondemand::value>;

// A key as text. Keys are short and hardly ever escaped, so the bytes of the frame themselves serve.
inline simdjson::error_code read_key(Member& member, std::string_view& key) {
  ondemand::raw_json_string raw;
  if (auto error = member.key().get(raw)) return error;
  const char* const begin = raw.raw();
  const char* end = begin;
  // The parser's first pass has seen that every string ends.
  while (*end != '"' && *end != '\\') ++end;
  if (*end == '\\') return member.unescaped_key().get(key);
  key = {begin, static_cast<std::size_t>(end - begin)};
  return simdjson::SUCCESS;
}

std::string_view trimmed(std::string_view token) { return token.substr(0, token.find_last_not_of(" \t\r\n") + 1); }

}  // namespace

struct FrameDecoder::Impl {
  ondemand::parser parser;
  pugi::xml_document xml;
  Frame frame;
  std::vector<std::vector<model::AttributeView>> spare;  // attribute lists of former frames, with their memory
  std::vector<char> copy;
  std::string why;

  void clear() {
    for (auto& change : frame.changes) spare.push_back(std::move(change.attributes));
    frame.changes.clear();
    frame.subscription_ids.clear();
  }

  bool fail(std::string_view text) {
    if (why.empty()) why = text;
    return false;
  }
  bool fail(simdjson::error_code code) { return fail(simdjson::error_message(code)); }

  // Index of a new change: references would not outlive its children.
  std::size_t add_change(std::string_view class_name) {
    Change& change = frame.changes.emplace_back();
    change.class_name = class_name;
    if (!spare.empty()) {
      change.attributes = std::move(spare.back());
      change.attributes.clear();
      spare.pop_back();
    }
    return frame.changes.size() - 1;
  }

  // Takes dn and status from the attributes; of several the last counts.
  bool complete(Change& change) {
    std::string_view status;
    for (const auto& [name, value] : change.attributes) {
      if (name == "dn") change.dn = value;
      else if (name == "status") status = value;
    }
    if (change.dn.empty()) return fail("an object without 'dn'");
    const auto op = model::parse_op(status);
    if (!op) return fail("an object whose 'status' is none of created, modified, deleted");
    change.op = *op;
    return true;
  }

  // JSON. Every function leaves at the parser's first error, after which the document must not be touched.

  // Walks a value nobody asked for: what is not read is not checked by the parser.
  bool skip(Value value, int depth) {
    if (depth > depth_max) return fail("nested too deep");
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return fail(error);
    std::string_view text;
    switch (type) {
      case ondemand::json_type::array: {
        ondemand::array list;
        if (auto error = value.get_array().get(list)) return fail(error);
        for (auto item : list) {
          if (!skip(item, depth + 1)) return false;
        }
        return true;
      }
      case ondemand::json_type::object: {
        ondemand::object object;
        if (auto error = value.get_object().get(object)) return fail(error);
        for (auto item : object) {
          if (auto error = read_key(item, text)) return fail(error);
          if (!skip(item.value(), depth + 1)) return false;
        }
        return true;
      }
      case ondemand::json_type::string: {
        const auto error = value.get_string().get(text);
        return error ? fail(error) : true;
      }
      case ondemand::json_type::number: {
        ondemand::number number;
        const auto error = value.get_number().get(number);
        return error ? fail(error) : true;
      }
      case ondemand::json_type::boolean: {
        bool flag;
        const auto error = value.get_bool().get(flag);
        return error ? fail(error) : true;
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        const auto error = value.is_null().get(is_null);
        return !error && is_null ? true : fail("no value");
      }
    }
    return fail("no value");
  }

  bool read_id(Value value) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return fail(error);
    std::string_view id;
    if (type == ondemand::json_type::number) {
      std::uint64_t number;
      std::string_view token;
      if (auto error = value.raw_json_token().get(token)) return fail(error);
      if (auto error = value.get_uint64().get(number)) return fail(error);
      id = trimmed(token);
    } else if (auto error = value.get_string().get(id)) {
      return fail(error);
    }
    frame.subscription_ids.push_back(id);
    return true;
  }

  bool read_ids(Value value) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return fail(error);
    if (type != ondemand::json_type::array) return read_id(value);
    ondemand::array list;
    if (auto error = value.get_array().get(list)) return fail(error);
    for (auto item : list) {
      if (!read_id(item)) return false;
    }
    return true;
  }

  bool read_attributes(Value value, Change& change) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    for (auto item : object) {
      auto& attribute = change.attributes.emplace_back();
      if (auto error = read_key(item, attribute.name)) return fail(error);
      if (auto error = item.value().get_string().get(attribute.value)) return fail(error);
    }
    return true;
  }

  bool read_objects(Value value, int depth) {
    if (depth > object_depth_max) return fail("nested too deep");
    ondemand::array list;
    if (auto error = value.get_array().get(list)) return fail(error);
    for (auto item : list) {
      ondemand::object outer;
      if (auto error = item.get_object().get(outer)) return fail(error);
      int classes = 0;
      for (auto item : outer) {
        if (++classes > 1) break;
        if (!read_object(item, depth)) return false;
      }
      if (classes != 1) return fail("an object that is not of one class");
    }
    return true;
  }

  bool read_object(Member& entry, int depth) {
    std::string_view key;
    if (auto error = read_key(entry, key)) return fail(error);
    const std::size_t index = add_change(key);
    ondemand::object object;
    if (auto error = entry.value().get_object().get(object)) return fail(error);
    for (auto item : object) {
      if (auto error = read_key(item, key)) return fail(error);
      const bool read = key == "attributes" ? read_attributes(item.value(), frame.changes[index])
                        : key == "children" ? read_objects(item.value(), depth + 1)
                                            : skip(item.value(), 3 * depth);
      if (!read) return false;
    }
    return complete(frame.changes[index]);
  }

  bool read_json(const char* data, std::size_t size, std::size_t capacity) {
    ondemand::document document;
    if (auto error = parser.iterate(data, size, capacity).get(document)) return fail(error);
    ondemand::object envelope;
    if (auto error = document.get_object().get(envelope)) return fail(error);
    bool has_imdata = false;
    for (auto item : envelope) {
      std::string_view key;
      if (auto error = read_key(item, key)) return fail(error);
      bool read;
      if (key == "subscriptionId") {
        read = read_ids(item.value());
      } else if (key == "imdata") {
        has_imdata = true;
        read = read_objects(item.value(), 1);
      } else {
        read = skip(item.value(), 2);
      }
      if (!read) return false;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return fail("something follows its end");
    return has_imdata || fail("it has no 'imdata'");
  }

  // XML.

  bool read_element(const pugi::xml_node& element, int depth) {
    if (depth > object_depth_max) return fail("nested too deep");
    const std::size_t index = add_change(element.name());
    if (!read_xml_attributes(element, frame.changes[index].attributes)) return fail("an attribute that is not text");
    if (!complete(frame.changes[index])) return false;
    return read_elements(element, depth + 1);
  }

  bool read_elements(const pugi::xml_node& parent, int depth) {
    for (const auto& element : parent) {
      if (element.type() != pugi::node_element) return fail("text between the elements");
      if (!read_element(element, depth)) return false;
    }
    return true;
  }

  bool read_xml(std::string_view text) {
    if (const auto fault = parse_xml(xml, text)) return fail(*fault);
    const pugi::xml_node imdata = xml.first_child();
    if (std::string_view(imdata.name()) != "imdata") return fail("its element is not 'imdata'");
    split_ids(imdata.attribute("subscriptionId").value(), frame.subscription_ids);
    return read_elements(imdata, 1);
  }
};

FrameDecoder::FrameDecoder() : impl_(std::make_unique<Impl>()) {}
FrameDecoder::~FrameDecoder() = default;

base::Result<const Frame*> FrameDecoder::decode(const char* data, std::size_t size, std::size_t capacity) {
  static_assert(padding >= simdjson::SIMDJSON_PADDING);
  Impl& impl = *impl_;
  impl.clear();
  if (size == 0) return &impl.frame;
  const bool is_xml = *data == '<';
  if (!is_xml && (capacity < size || capacity - size < padding)) return decode(std::string_view(data, size));
  impl.why.clear();
  if (is_xml ? impl.read_xml({data, size}) : impl.read_json(data, size, capacity)) return &impl.frame;
  impl.clear();
  std::string message = "the frame is not what a controller pushes: " + impl.why;
  // The fast parser does not say where; the thorough one does.
  if (!is_xml) {
    const JsonDocument document(std::string_view(data, size));
    if (const auto& fault = document.fault()) message += " at byte " + std::to_string(fault->byte);
  }
  return base::Error{base::Errc::protocol, std::move(message)};
}

base::Result<const Frame*> FrameDecoder::decode(std::string_view text) {
  auto& copy = impl_->copy;
  if (copy.size() < text.size() + padding) copy.resize(text.size() + padding);
  std::copy(text.begin(), text.end(), copy.begin());
  return decode(copy.data(), text.size(), copy.size());
}

}  // namespace aci::codec
