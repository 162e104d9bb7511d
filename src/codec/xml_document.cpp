#include "codec/xml_document.hpp"

#include <algorithm>
#include <pugixml.hpp>

#include "codec/utf8.hpp"

namespace aci::codec {
namespace {

// NUL would end a text early in pugixml's eyes, so it counts as no text.
std::size_t first_non_text(std::string_view text) { return std::min(text.find('\0'), first_non_utf8(text)); }

// <aaaUser name=admin pwd=secret/> -> <aaaUser name="admin" pwd="secret"/>
std::string with_quotes(std::string_view text) {
  std::string quoted;
  bool in_tag = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;  // of what is copied as it is
    if (text[at] == '<' || text[at] == '>') {
      in_tag = text[at] == '<';
    } else if (in_tag && (text[at] == '"' || text[at] == '\'')) {
      end = std::min(text.find(text[at], end), text.size() - 1) + 1;
    } else if (in_tag && text[at] == '=' && end < text.size() && text.find_first_of("\"' \t\r\n", end) != end) {
      quoted += "=\"";
      at = end;
      end = std::min(text.find_first_of(" \t\r\n>", at), text.size());
      if (text.substr(at, end - at).ends_with('/') && text.substr(end).starts_with('>'))
        --end;  // "/>" ends the element, not the value
      quoted.append(text.substr(at, end - at)) += '"';
      at = end;
      continue;
    }
    quoted += text.substr(at, end - at);
    at = end;
  }
  return quoted;
}

}  // namespace

std::optional<std::string> parse_xml(pugi::xml_document& document, std::string_view text) {
  const auto fault = [](std::string_view why, std::size_t at) {
    return std::string(why) + " at byte " + std::to_string(at + 1);
  };
  if (const std::size_t at = first_non_text(text); at != std::string_view::npos) return fault("bytes that are not UTF-8", at);
  // As a fragment, so that what stands beside the element is kept and seen.
  const auto load = [&](std::string_view what) {
    return document.load_buffer(what.data(), what.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
  };
  const auto result = load(text);
  if (!result && !(result.status == pugi::status_bad_attribute && load(with_quotes(text))))
    return fault(result.description(), static_cast<std::size_t>(result.offset));
  int elements = 0;
  for (const auto& node : document) {
    if (node.type() != pugi::node_element || ++elements > 1)
      return fault("more than one element", static_cast<std::size_t>(node.offset_debug()));
  }
  if (elements == 0) return fault("no element", text.size());
  return {};
}

bool read_xml_attributes(const pugi::xml_node& element, std::vector<model::AttributeView>& attributes) {
  attributes.clear();
  for (const auto& attribute : element.attributes()) {
    const std::string_view value = attribute.value();
    if (first_non_text(value) != std::string_view::npos) return false;
    attributes.push_back({attribute.name(), value});
  }
  return true;
}

void split_ids(std::string_view text, std::vector<std::string_view>& ids) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) ids.push_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

}  // namespace aci::codec
