// The two formats behind answer.hpp. Internal to the codec floor; contracts are answer.hpp's.
#pragma once

#include "codec/answer.hpp"

namespace aci::codec {

// Levels of objects within objects. A level costs three of JSON's own (class, children, element), so what is within this
// bound in one format is within depth_max in the other.
inline constexpr int object_depth_max = (depth_max - 2) / 3;

namespace json_format {
base::Result<Answer> decode_answer(std::string_view body);
// One object as it stands in an answer.
base::Result<model::ManagedObject> decode_object(std::string_view text);
base::Result<model::ManagedObject> decode_body(std::string_view body);
void append_object(std::string& out, const model::ManagedObject& object);
// Appends "name":"value".
void append_member(std::string& out, std::string_view name, std::string_view value);
}  // namespace json_format

namespace xml_format {
// `imdata` elements as they stand; an `error` is an object like any other here.
base::Result<Answer> decode_answer(std::string_view body);
base::Result<model::ManagedObject> decode_body(std::string_view body);
void append_object(std::string& out, const model::ManagedObject& object);
// Text as the inside of a quoted attribute value. What XML cannot carry becomes U+FFFD.
void append_text(std::string& out, std::string_view text);
}  // namespace xml_format

}  // namespace aci::codec
