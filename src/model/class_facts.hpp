// What is known of the controller's classes. Floor: model.
//
// Written once and used by both sides: the simulator builds DNs and validates with these facts, the service knows from
// them which classes exist, which are statistics, and what the parts of a DN mean. The table is data/classes.tsv, made
// by tools/make_class_table and embedded in the programs.
//
//   const ClassFacts* epg = find_class("fvAEPg");      // nullptr: no such class is known
//   epg->rn_format                                     // "epg-{name}"
//   rn_values(*epg, "epg-Web")                         // {{"name", "Web"}}
//   make_rn(*epg, Attributes{{"name", "Web"}})         // "epg-Web"
//   class_of_dn("uni/tn-T/ap-A/epg-Web")               // -> fvAEPg
//
// Thread-safety: everything here is read-only after first use, and may be called from any thread. Pointers and views
// live for the life of the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/attributes.hpp"
#include "model/dn.hpp"

namespace aci::model {

enum class PropertyType : std::uint8_t { text, number, boolean, enumeration, flags, date, reference, mac, ip, other };

struct PropertyFacts {
  std::string_view name;
  PropertyType type = PropertyType::text;
  bool configurable = false;  // may be written by a user
  bool naming = false;        // part of the RN
  bool create_only = false;   // fixed at creation
  bool secret = false;        // written, never shown
  bool implicit = false;      // set by the controller alone; writing it is refused (error 170)
  // As the controller shows it on a fresh object: booleans are yes or no, an empty set of flags is "". For properties that
  // the controller sets it is what recordings show where that is the same everywhere, else the type's empty value.
  std::string_view default_value;
  std::vector<std::string_view> values;  // names of an enumeration or of flags, in the order of `numbers`; empty: free
  std::vector<std::int64_t> numbers;     // their numbers: an enumeration's rank, a flag's bit
  std::optional<std::int64_t> min, max;  // of a number: its value; of a text: its length
  std::string_view pattern;              // regular expression (RE2) that the whole of a non-empty text matches; "": none
};

struct ClassFacts {
  std::string_view name;                  // "fvAEPg"
  std::string_view label;                 // "EPG", "tenant": what a network engineer calls it; "" when not known
  std::string_view rn_format;             // "epg-{name}", "" when not known
  std::vector<std::string_view> naming;   // naming properties in the order of the RN
  std::vector<std::string_view> parents;  // classes it may stand below; empty: not known, or anywhere
  bool anywhere = false;                  // it may stand below almost every class (faultInst, tagTag)
  bool abstract = false;                  // faultInfo: queried, never instantiated
  bool configurable = false;              // users may create it
  bool is_log_record() const { return rn_format.starts_with("subj-["); }  // written once, never changed
  // Sorted by name, those of every object (dn, rn, status, childAction, modTs) among them; an abstract class has what all
  // of its concrete ones have. Parsed at first use.
  const std::vector<PropertyFacts>& properties() const;
  const PropertyFacts* property(std::string_view name) const;

  std::size_t index = 0;  // its place in all_classes()
  std::string_view raw;   // keys of its properties, or an abstract class's concrete classes, as the table has them
};

const ClassFacts* find_class(std::string_view name);

// All of them in ASCII order of their names.
const std::vector<ClassFacts>& all_classes();

// Concrete classes that a query of an abstract class answers with (faultInfo -> faultDelegate, faultInst); the class itself
// when it is concrete.
std::vector<std::string_view> concrete_classes(std::string_view name);

// True for the classes of collected statistics (eqptIngrTotal5min, fabricNodeHealth15min, ...), known by their ending:
// the controller accepts a subscription to them and never pushes anything.
bool is_statistics_class(std::string_view name);

// Known class names nearest to a misspelt one (edit distance, then common prefix, case folded), best first. A label names
// its class too ("tenant" -> fvTenant). Names that have little in common with every class have no neighbours.
std::vector<std::string_view> nearest_classes(std::string_view name, std::size_t count = 3);

// What to tell somebody who named a class that is not known: "unknown class 'fvTenat' (did you mean 'fvTenant' or 'fvBD'?)".
std::string unknown_class(std::string_view name);

// The naming values in an RN of this class, or nothing when the RN is not of the class's form. Brackets around a value
// are optional on input for formats without them, as on the controller: "tn-[x]" names "x". Where several values stand
// in one RN the literal text between them is matched from the left, and the last value takes the rest. A log record, which
// is named by two RNs, is also read from the last alone: "mod-42" has {{"id", "42"}}.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> rn_values(const ClassFacts& facts,
                                                                                    std::string_view rn);

// The RN for an object with these attributes; an error names the naming property that is missing, or whose value would
// break a DN ('/' outside brackets, unbalanced brackets, control characters).
base::Result<std::string> make_rn(const ClassFacts& facts, const Attributes& attributes);

// The class that an RN stands for below a parent of the given class ("" for the root), nullptr when the facts do not tell.
// Log records have two RNs in one name at the root: "subj-[uni/tn-T]/mod-4295".
const ClassFacts* class_of_rn(std::string_view parent_class, std::string_view rn);

// The class of the object a DN names, followed down from the root; nullptr when one of its RNs is not known.
const ClassFacts* class_of_dn(std::string_view dn);

// What people call an object of this class, always something: the label where there is one, else the class name.
std::string_view label_of(std::string_view class_name);

// Where an object stands in the network, read from its DN: only the parts that are there. Names within brackets count
// where the DN itself says nothing: a static binding below an EPG has the port it names, an audit record the tenant it is
// about. The views live as long as the text.
struct Place {
  std::string_view tenant, app, epg, bd, vrf, pod, node, port;
};
Place place_of(std::string_view dn);

}  // namespace aci::model
