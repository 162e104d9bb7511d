// An XML text parsed whole by pugixml: one element, nothing behind it, UTF-8 only. Internal to the codec floor.
//
//   pugi::xml_document document;
//   if (auto fault = parse_xml(document, text)) ...
//
// Values of attributes may stand without quotes: clients in use send <aaaUser name=admin pwd=secret/>, and it works for them.
// Entities but the five of XML itself stay as they are written, so no text grows. Thread-safety: a free function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/attributes.hpp"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace aci::codec {

// Nothing on success, else where and why: "end element tag mismatch at byte 17".
std::optional<std::string> parse_xml(pugi::xml_document& document, std::string_view text);

// The attributes of an element as views into the document. False when a value is not UTF-8, which a character reference
// may bring about.
bool read_xml_attributes(const pugi::xml_node& element, std::vector<model::AttributeView>& attributes);

// "1,2" -> 1, 2: the ids of an `imdata` element.
void split_ids(std::string_view text, std::vector<std::string_view>& ids);

}  // namespace aci::codec
