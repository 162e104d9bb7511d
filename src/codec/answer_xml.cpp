// Answers and bodies as XML: attributes are attributes, children are elements.
#include <charconv>
#include <pugixml.hpp>

#include "codec/formats.hpp"
#include "codec/utf8.hpp"
#include "codec/xml_document.hpp"

namespace aci::codec::xml_format {
namespace {

class ObjectReader {
 public:
  bool read(const pugi::xml_node& element, model::ManagedObject& object, int depth = 1) {
    if (depth > object_depth_max) return fail("children are nested too deep");
    object.class_name = element.name();
    if (!read_xml_attributes(element, views_)) return fail("an attribute of '" + object.class_name + "' is not text");
    object.attributes = model::Attributes::from(views_);
    for (const auto& child : element) {
      if (child.type() != pugi::node_element) return fail("text within '" + object.class_name + "'");
      if (!read(child, object.children.emplace_back(), depth + 1)) return false;
    }
    return true;
  }
  const std::string& error() const { return error_; }

 private:
  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }
  std::string error_;
  std::vector<model::AttributeView> views_;
};

base::Error malformed(std::string_view why) {
  return {base::Errc::protocol, "the answer is not what a controller sends: " + std::string(why)};
}

}  // namespace

base::Result<Answer> decode_answer(std::string_view body) {
  pugi::xml_document document;
  if (const auto fault = parse_xml(document, body)) return malformed(*fault);
  if (std::string_view(document.first_child().name()) != "imdata") return malformed("its element is not 'imdata'");
  model::ManagedObject envelope;
  ObjectReader reader;
  if (!reader.read(document.first_child(), envelope, 0)) return malformed(reader.error());
  Answer answer;
  answer.total_count = envelope.children.size();
  if (const auto count = envelope.attributes.find("totalCount")) {
    const auto [end, failure] = std::from_chars(count->data(), count->data() + count->size(), answer.total_count);
    if (failure != std::errc{} || end != count->data() + count->size()) return malformed("'totalCount' is not a number");
  }
  std::vector<std::string_view> ids;
  split_ids(envelope.attributes.get("subscriptionId"), ids);
  answer.subscription_ids.assign(ids.begin(), ids.end());
  answer.objects = std::move(envelope.children);
  return answer;
}

base::Result<model::ManagedObject> decode_body(std::string_view body) {
  const auto refused = [](std::string text) { return base::Error{base::Errc::invalid, std::move(text), 400}; };
  pugi::xml_document document;
  if (const auto fault = parse_xml(document, body)) return refused("XML parsing failed - " + *fault);
  model::ManagedObject object;
  ObjectReader reader;
  if (!reader.read(document.first_child(), object)) return refused("XML parsing failed - " + reader.error());
  return object;
}

void append_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t length = utf8_length(text, i);
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      // A reader turns these into blanks when they stand as they are.
      case '\t': out += "&#9;"; break;
      case '\n': out += "&#10;"; break;
      case '\r': out += "&#13;"; break;
      default:
        if (length == 0 || static_cast<unsigned char>(c) < 0x20) out += replacement_character;
        else out.append(text, i, length);
    }
    i += length == 0 ? 1 : length;
  }
}

void append_object(std::string& out, const model::ManagedObject& object) {
  out += '<';
  out += object.class_name;
  for (const auto [name, value] : object.attributes) {
    out += ' ';
    out += name;
    out += "=\"";
    append_text(out, value);
    out += '"';
  }
  if (object.children.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  for (const auto& child : object.children) append_object(out, child);
  out += "</";
  out += object.class_name;
  out += '>';
}

}  // namespace aci::codec::xml_format
