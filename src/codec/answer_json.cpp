// Answers and bodies as JSON.
#include <boost/json.hpp>
#include <charconv>

#include "codec/formats.hpp"
#include "codec/json_document.hpp"

namespace aci::codec::json_format {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

// Reads {"fvTenant":{"attributes":{...},"children":[...]}}. In a body, which the controller reads from front to back,
// attributes come first and no other tag is known; in an answer the order does not matter.
class ObjectReader {
 public:
  explicit ObjectReader(bool is_body) : is_body_(is_body) {}

  bool read(const json::value& value, model::ManagedObject& object, int depth = 1) {
    if (depth > object_depth_max) return fail("children are nested too deep");
    const json::object* outer = value.if_object();
    if (!outer || outer->size() != 1) return fail("one class with its object must stand here");
    object.class_name = view(outer->begin()->key());
    const json::object* inner = outer->begin()->value().if_object();
    if (!inner || (is_body_ && !inner->empty() && inner->begin()->key() != "attributes")) return fail(attributes_first);
    for (const auto& [key, content] : *inner) {
      if (key == "attributes") {
        if (!read_attributes(content, object)) return false;
      } else if (key == "children") {
        const json::array* children = content.if_array();
        if (!children) return fail("tag 'children' must be a list");
        for (const auto& child : *children)
          if (!read(child, object.children.emplace_back(), depth + 1)) return false;
      } else if (is_body_) {
        return fail("unknown tag '" + std::string(view(key)) + "'");
      }
    }
    return true;
  }

  const std::string& error() const { return error_; }

 private:
  // The controller's words, also for an object that is no object.
  static constexpr const char* attributes_first =
      "invalid data at line '1'. Attributes are missing, tag 'attributes' must be specified first, before any other tag";

  bool read_attributes(const json::value& value, model::ManagedObject& object) {
    const json::object* attributes = value.if_object();
    if (!attributes) return fail(attributes_first);
    views_.clear();
    for (const auto& [name, content] : *attributes) {
      const json::string* text = content.if_string();
      if (!text) return fail("JSON parsing failed - incomplete attribute value at line: 1");
      views_.push_back({view(name), view(*text)});
    }
    object.attributes = model::Attributes::from(views_);
    return true;
  }

  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }

  bool is_body_;
  std::string error_;
  std::vector<model::AttributeView> views_;
};

base::Error malformed(std::string_view why) {
  return {base::Errc::protocol, "the answer is not what a controller sends: " + std::string(why)};
}

std::optional<std::uint64_t> number_of(const json::value& value) {
  if (const auto* number = value.if_uint64()) return *number;
  if (const auto* number = value.if_int64(); number && *number >= 0) return static_cast<std::uint64_t>(*number);
  const json::string* text = value.if_string();
  if (!text) return {};
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc{} || end != text->data() + text->size()) return {};
  return number;
}

bool read_id(const json::value& value, std::vector<std::string>& ids) {
  if (const json::string* text = value.if_string()) ids.emplace_back(view(*text));
  else if (const auto number = number_of(value)) ids.push_back(std::to_string(*number));
  else return false;
  return true;
}

bool read_ids(const json::value& value, std::vector<std::string>& ids) {
  const json::array* list = value.if_array();
  if (!list) return read_id(value, ids);
  for (const auto& id : *list)
    if (!read_id(id, ids)) return false;
  return true;
}

base::Error malformed(const JsonFault& fault) { return malformed(fault.reason + " at byte " + std::to_string(fault.byte)); }

}  // namespace

base::Result<Answer> decode_answer(std::string_view body) {
  const JsonDocument document(body);
  if (const auto& fault = document.fault()) return malformed(*fault);
  const json::object* envelope = document.root().if_object();
  const json::value* imdata = envelope ? envelope->if_contains("imdata") : nullptr;
  if (!imdata || !imdata->is_array()) return malformed("it has no list 'imdata'");
  Answer answer;
  ObjectReader reader(false);
  // One by one: a list of a million zeros must not make a million objects first.
  for (const auto& element : imdata->get_array())
    if (!reader.read(element, answer.objects.emplace_back()))
      return malformed("imdata[" + std::to_string(answer.objects.size() - 1) + "]: " + reader.error());
  answer.total_count = answer.objects.size();
  if (const json::value* count = envelope->if_contains("totalCount")) {
    const auto number = number_of(*count);
    if (!number) return malformed("'totalCount' is not a number");
    answer.total_count = *number;
  }
  const json::value* ids = envelope->if_contains("subscriptionId");
  if (ids && !read_ids(*ids, answer.subscription_ids)) return malformed("'subscriptionId' is neither a text nor a number");
  return answer;
}

base::Result<model::ManagedObject> decode_object(std::string_view text) {
  const JsonDocument document(text);
  if (const auto& fault = document.fault()) return malformed(*fault);
  model::ManagedObject object;
  ObjectReader reader(false);
  if (!reader.read(document.root(), object)) return malformed(reader.error());
  return object;
}

base::Result<model::ManagedObject> decode_body(std::string_view body) {
  const auto refused = [](std::string text) { return base::Error{base::Errc::invalid, std::move(text), 400}; };
  const JsonDocument document(body);
  if (const auto& fault = document.fault())
    return refused("JSON parsing failed - " + fault->reason + " at line: " + std::to_string(fault->line));
  model::ManagedObject object;
  ObjectReader reader(true);
  if (!reader.read(document.root(), object)) return refused(reader.error());
  return object;
}

void append_object(std::string& out, const model::ManagedObject& object) {
  out += '{';
  append_json_string(out, object.class_name);
  out += R"(:{"attributes":{)";
  bool first = true;
  for (const auto [name, value] : object.attributes) {
    if (!first) out += ',';
    first = false;
    append_member(out, name, value);
  }
  out += '}';
  if (!object.children.empty()) {
    out += R"(,"children":[)";
    for (const auto& child : object.children) {
      if (&child != object.children.data()) out += ',';
      append_object(out, child);
    }
    out += ']';
  }
  out += "}}";
}

}  // namespace aci::codec::json_format
