// Objects made whole: defaults, relations resolved, implicit children. Floor: controller.
//
//   Attributes tenant = maker.make(*find_class("fvTenant"), "uni/tn-T", {{"name", "T"}}, {mod_ts, "15374"});
//   maker.resolve(exists, *find_class("fvRsBd"), dn, attributes);     // tDn, tRn, state, stateQual
//   implicit_children("fvAp")                                       // {"fvRsApMonPol"}
//
// Facts: recorded created events (which attributes), fvRsBd and fvRsCustQosPol events (relations). Thread-safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/attributes.hpp"
#include "model/class_facts.hpp"

namespace aci::controller {

struct Stamp {
  std::string mod_ts;
  std::string uid;
};

class ObjectMaker {
 public:
  // The full attribute set of a new object: defaults, then `values` (canonical ones, later wins), naming values from the
  // RN, dn and stamp. Secrets are left out.
  model::Attributes make(const model::ClassFacts& facts, std::string_view dn, const std::vector<model::AttributeView>& values,
                         const Stamp& stamp);

  // DNs that a relation's target may have, the preferred one first; none when it names nothing that is known, and for an
  // object that is no relation.
  std::vector<std::string> targets(const model::ClassFacts& facts, std::string_view dn, const model::Attributes& attributes);

  // Tells whether an object is there, or will be when the request at hand is done.
  using Exists = std::function<bool(std::string_view dn)>;
  // Sets what the controller finds out about a relation's target. Nothing happens to an object that is no relation.
  void resolve(const Exists& exists, const model::ClassFacts& facts, std::string_view dn, model::Attributes& attributes);

 private:
  struct Relation {
    std::string_view name_property;             // tnFvBDName; "" for a relation that names its target by tDn
    const model::ClassFacts* target = nullptr;  // nullptr when it is not known
  };
  struct Known {
    std::vector<model::AttributeView> defaults;  // sorted
    bool is_relation = false;
    Relation relation;
  };
  const Known& known(const model::ClassFacts& facts);

  std::unordered_map<const model::ClassFacts*, Known> known_;
  std::unordered_set<std::string> canonical_;  // keeps the canonical forms that differ from the facts' text
};

// Classes of the children that the controller adds by itself when an object of this class is created.
const std::vector<std::string_view>& implicit_children(std::string_view class_name);

}  // namespace aci::controller
