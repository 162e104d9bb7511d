// The controller's filter language, parsed once and evaluated on objects. Floor: model.
//
//   auto filter = Filter::parse(R"(and(eq(fvTenant.name,"Heroes"),ne(fvTenant.descr,"")))");
//   if (!filter) ...                       // error: position and what was expected
//   filter->matches("fvTenant", attributes)
//
// Written once: the simulator answers queries with it, the service matches events with it.
//
// Grammar (protocol facts: Cisco APIC REST guide; IBM's restatement of it; recorded requests):
//   filter  = (eq|ne|lt|gt|le|ge|wcard) "(" prop "," value ")"        anybit|allbits likewise
//           | bw "(" prop "," value "," value ")"                      both ends belong to it
//           | (and|or|xor) "(" filter *("," filter) ")" | not "(" filter ")"
//           | (true|false) "(" ")"                       also true(filter) and false(filter), whose argument is ignored
//           | (pholder|passive) "(" ... ")"              accepted, always true (nobody documents them)
//   prop    = Class "." name                             value = "..." with \" and \\ inside, or a bare token
// White space between parts is tolerated. Depth is bounded by depth_max, length by size_max.
//
// Comparison: numbers and dates by value, enumerations by their rank (ge(faultInst.severity,"major")), flags by bits,
// booleans by what they mean ("true" is "yes"), anything else as text; also as text where one side is not of the
// property's type. Of a property whose type nobody knows, dates and integers without leading zeros go by value.
// wcard is a case-sensitive substring match unless the value holds '*' (any run) or '?' (any one byte); with one of these
// the whole value must match the pattern. With ".*", a '^' in front or a '$' behind it is a regular expression, searched
// for in the value, which has these operators alone. A property the object does not have compares as "".
// An object of another class than the property's does not match, and neither does it inside not(): such a condition is
// neither true nor false, as NULL in SQL. Abstract classes stand for their concrete ones.
//
// Thread-safety: immutable value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/attributes.hpp"

namespace aci::model {

class Filter {
 public:
  static constexpr int depth_max = 64;
  static constexpr std::size_t size_max = 64 * 1024;

  // Error text: "at position 14: expected ',' ...". Position counts bytes from 1. `code` is the controller's own error
  // number for the mistake: 301 for a malformed filter. What the class facts say is looked up here, once.
  static base::Result<Filter> parse(std::string_view text);

  // Checks classes, properties and values against the class facts as the controller does: error codes 122 (unknown
  // class), 121 (unknown property), 301 (value not valid for the property's type).
  base::Result<void> check() const;

  // Does not allocate.
  bool matches(std::string_view class_name, const Attributes& attributes) const;

  // False when no object of this concrete class can ever match, since what it must fulfil speaks of other classes.
  bool can_match(std::string_view class_name) const;

  // True when the verdict on an object cannot change in its life: only its DN, what names it, what is fixed at its
  // creation, or a log record is spoken of.
  bool is_steady() const;

  // What it compares, in order of appearance.
  struct Comparison {
    std::string_view op;  // "eq", "wcard", ...
    std::string class_name, property;
    std::vector<std::string> values;  // two of bw, else one
  };
  std::vector<Comparison> comparisons() const;

  // Classes named in it, each once, in order of appearance.
  std::vector<std::string> classes() const;

  // The canonical text: no blanks, every value quoted. parse(str()) gives an equal filter, unless the quotes it adds lead
  // beyond size_max.
  std::string str() const;

  struct Node;

 private:
  explicit Filter(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace aci::model
