// A managed object with what is nested below it. Floor: model.
#pragma once

#include <string>
#include <vector>

#include "model/attributes.hpp"

namespace aci::model {

// As one element of a controller's `imdata`: at the top level `dn` is among the attributes, nested `rn` is.
struct ManagedObject {
  std::string class_name;
  Attributes attributes;
  std::vector<ManagedObject> children;

  std::string_view dn() const { return attributes.dn(); }
  friend bool operator==(const ManagedObject&, const ManagedObject&) = default;
};

}  // namespace aci::model
