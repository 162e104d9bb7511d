#include "codec/frame.hpp"

// Without its exceptions a forgotten error check does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <pugixml.hpp>

#include "codec/formats.hpp"
#include "codec/json_document.hpp"
#include "codec/xml_document.hpp"
#include "model/text.hpp"

namespace aci::codec {
namespace {

namespace ondemand = simdjson::ondemand;
using model::Change;

// Members are used inside their result: to copy a field out of it costs more than to read it.
using Member = simdjson::simdjson_result<ondemand::field>;
using Value = simdjson::simdjson_result<ondemand::value>;

std::string_view trimmed(std::string_view token) { return token.substr(0, token.find_last_not_of(" \t\r\n") + 1); }

// JSON taken token by token, for whoever knows what is to come: a parser that must find out takes twice the time. The first
// pass is simdjson's: it finds where tokens begin, and sees to it that all is UTF-8 and every text ends. A false says no more
// than that something else stands there, right or wrong.
class Tokens {
 public:
  bool begin(const char* data, std::size_t size) {
    if (!pass_ || size > pass_->capacity()) {
      const std::size_t capacity = std::max<std::size_t>(size, 4096);
      if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, depth_max, pass_)) return false;
      unescaped_.resize(capacity + simdjson::SIMDJSON_PADDING);
    }
    if (pass_->stage1(reinterpret_cast<const std::uint8_t*>(data), size, simdjson::stage1_mode::regular)) return false;
    data_ = data;
    at_ = pass_->structural_indexes.get();
    end_ = at_ + pass_->n_structural_indexes;  // where the size stands
    has_escapes_ = std::memchr(data, '\\', size) != nullptr;
    free_ = unescaped_.data();
    return true;
  }

  bool take(char mark) {
    if (at_ == end_ || data_[*at_] != mark) return false;
    ++at_;
    return true;
  }
  // Several of them, one behind the other.
  template <std::size_t Size>
  bool take(const char (&marks)[Size]) {
    constexpr std::ptrdiff_t count = Size - 1;
    if (end_ - at_ < count) return false;
    for (std::ptrdiff_t i = 0; i < count; ++i)
      if (data_[at_[i]] != marks[i]) return false;
    at_ += count;
    return true;
  }
  bool text(std::string_view& value) {
    if (at_ == end_ || data_[*at_] != '"') return false;
    value = text_at(data_, at_++);
    return !has_escapes_ || unescape(value);
  }
  // "name":"value", and more of them behind commas
  bool members(std::vector<model::AttributeView>& into) {
    const char* const data = data_;
    const std::uint32_t* at = at_;
    do {
      if (end_ - at < 4 || data[at[0]] != '"' || data[at[1]] != ':' || data[at[2]] != '"') return false;
      into.push_back({text_at(data, at), text_at(data, at + 2)});
      at += 4;
    } while (data[at[-1]] == ',');
    at_ = at - 1;
    if (!has_escapes_) return true;
    return std::all_of(into.begin(), into.end(),
                       [this](auto& member) { return unescape(member.name) && unescape(member.value); });
  }
  bool text(std::string_view& value, std::string_view expected) { return text(value) && model::same(value, expected); }
  bool ended() const { return at_ == end_; }

 private:
  static std::string_view text_at(const char* data, const std::uint32_t* token) {
    const char* const first = data + token[0] + 1;
    const char* last = data + token[1] - 1;
    while (*last != '"') --last;  // spaces, where there are some
    return {first, static_cast<std::size_t>(last - first)};
  }

  bool unescape(std::string_view& value) {
    if (value.find('\\') == std::string_view::npos) return true;
    std::uint8_t* const from = free_;
    free_ = pass_->parse_string(reinterpret_cast<const std::uint8_t*>(value.data()), from);
    if (!free_) return false;
    value = {reinterpret_cast<const char*>(from), static_cast<std::size_t>(free_ - from)};
    return true;
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> pass_;
  std::vector<std::uint8_t> unescaped_;
  const char* data_ = nullptr;
  const std::uint32_t *at_ = nullptr, *end_ = nullptr;
  std::uint8_t* free_ = nullptr;  // of unescaped_
  bool has_escapes_ = false;
};

}  // namespace

struct FrameDecoder::Impl {
  ondemand::parser parser;
  pugi::xml_document xml;
  Frame frame;
  std::vector<std::vector<model::AttributeView>> spare;  // attribute lists of former frames, with their memory
  std::vector<char> copy;
  Tokens tokens;
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
      if (model::same(name, "dn")) change.dn = value;
      else if (model::same(name, "status")) status = value;
    }
    if (change.dn.empty()) return fail("an object without 'dn'");
    const auto op = model::parse_op(status);
    if (!op) return fail("an object whose 'status' is none of created, modified, deleted");
    change.op = *op;
    return true;
  }

  // The frame as nearly all are: ids as texts, objects with attributes alone.
  bool read_usual(const char* data, std::size_t size) {
    std::string_view key;
    if (!tokens.begin(data, size) || !tokens.take('{') || !tokens.text(key, "subscriptionId") || !tokens.take(":["))
      return false;
    do {
      if (!tokens.text(frame.subscription_ids.emplace_back())) return false;
    } while (tokens.take(','));
    if (!tokens.take("],") || !tokens.text(key, "imdata") || !tokens.take(":[")) return false;
    do {
      if (!read_usual_object()) return false;
    } while (tokens.take(','));
    return tokens.take("]}") && tokens.ended();
  }

  bool read_usual_object() {
    std::string_view key;
    if (!tokens.take('{') || !tokens.text(key)) return false;
    Change& change = frame.changes[add_change(key)];
    if (!tokens.take(":{") || !tokens.text(key, "attributes") || !tokens.take(":{")) return false;
    return tokens.members(change.attributes) && tokens.take("}}}") && complete(change);
  }

  // Any JSON. Every function leaves at the parser's first error, after which the document must not be touched.

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
          if (auto error = item.unescaped_key().get(text)) return fail(error);
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
      if (auto error = item.unescaped_key().get(attribute.name)) return fail(error);
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
    if (auto error = entry.unescaped_key().get(key)) return fail(error);
    const std::size_t index = add_change(key);
    ondemand::object object;
    if (auto error = entry.value().get_object().get(object)) return fail(error);
    for (auto item : object) {
      if (auto error = item.unescaped_key().get(key)) return fail(error);
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
      if (auto error = item.unescaped_key().get(key)) return fail(error);
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
  if (!is_xml && impl.read_usual(data, size)) return &impl.frame;
  impl.clear();
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
