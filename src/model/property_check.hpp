// Whether a property is there, whether a value fits it, and how the controller would write it. Floor: model.
//
//   check_property_name("faultInst", "cod")                            // error 121
//   check_value(*find_class("fvTenant")->property("name"), "a b")      // not_valid
//   check_value(*find_class("vzEntry")->property("dToPort"), "80")     // fits, "http"
//
// Canonical forms: enumerations by name, flags in the order of their names and "" for none, booleans as yes/no, named
// numbers by their name, MAC addresses in capitals. Source: class metadata that the controller exports; recorded answers.
// Thread-safety: may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/class_facts.hpp"

namespace aci::model {

enum class ValueVerdict : std::uint8_t {
  fits,
  unknown_value,  // not one of the names or numbers that the type has: the controller's error 120
  not_valid,      // length or pattern of a text: the controller's error 801
};

struct CheckedValue {
  ValueVerdict verdict = ValueVerdict::fits;
  std::string value;  // canonical; meaningless unless it fits
};

CheckedValue check_value(const PropertyFacts& property, std::string_view value);

// What a query may name: the controller's errors 122 for a class that is not known and 121 for a property that the class, or
// none of the concrete ones of an abstract class, has. Of a class whose properties are not all known any is taken.
base::Result<void> check_property_name(std::string_view class_name, std::string_view property);

}  // namespace aci::model
