// A class or object query, to its URL and back. Floor: model.
//
//   Query query = Query::of_class("fvTenant");
//   query.subscription = true;
//   query.to_url()                          // "/api/class/fvTenant.json?subscription=yes"
//   Query::parse_url("/api/node/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvBD")
//
// A trace (/api/trace/<DN>.json?target-class=actrlRule, what a node has made of the policy) is read as the query of the
// object's subtree that it amounts to. Thread-safety: values. Source: Cisco APIC REST API Configuration Guide; recorded client requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/dn.hpp"
#include "model/filter.hpp"

namespace aci::model {

enum class Format : std::uint8_t { json, xml };
enum class Target : std::uint8_t { self, children, subtree };           // query-target
enum class RspSubtree : std::uint8_t { no, children, full, modified };  // rsp-subtree; modified only with a POST

struct OrderBy {
  std::string class_name, property;
  bool descending = false;
};

// time-range: the last so much, or from a time to another. Of log records, by when they were created.
struct TimeRange {
  std::optional<base::Duration> last;
  base::WallTime from, to;
  bool contains(base::WallTime time, base::WallTime now) const;
};

struct Query {
  // Exactly one of the two forms: a class query has class_name (dn then limits it to what is below that DN), an object
  // query has an empty class_name and a dn.
  std::string class_name;
  Dn dn;
  Format format = Format::json;

  Target target = Target::self;
  std::vector<std::string> target_subtree_class;
  std::optional<Filter> target_filter;  // query-target-filter
  RspSubtree rsp_subtree = RspSubtree::no;
  std::vector<std::string> rsp_subtree_class;
  std::optional<Filter> rsp_subtree_filter;
  std::vector<std::string> rsp_subtree_include;  // tokens as they came: health, required, count, ...
  std::string rsp_prop_include;                  // "", all, naming-only, config-only, ...
  std::vector<OrderBy> order_by;
  std::optional<std::uint32_t> page, page_size;
  std::optional<TimeRange> time_range;
  bool subscription = false;
  std::optional<base::Duration> refresh_timeout;  // whole seconds in the URL, rounded up

  static Query of_class(std::string name);
  static Query of_object(Dn dn);

  // Path and query, percent-encoded only where it must be: blank, '"', '%', '#', control and non-ASCII bytes, and '&', '+'
  // inside values. Brackets, commas, parentheses, '|' and ':' stay, since the controller wants them so.
  std::string to_url() const;

  // Reads "/api/[node/]class/X.json?...", "/api/[node/]class/<dn>/X.json?...", "/api/[node/]mo/<dn>.json?...", also
  // "/api/mo.json" (the root); "policymgr/" may stand for "node/". Takes what untidy clients send: raw quotes, pipes and
  // blanks, an option twice (the last wins), "?&", unknown options (ignored), options without a value (as if they were not
  // there), percent-encoding anywhere. A '+' is a blank only in values that a form encoder wrote, which left no "(),:| raw.
  // Errors carry the controller's `code` (400; 301 for a filter). Whether classes and properties exist is not asked here.
  static base::Result<Query> parse_url(std::string_view url);
};

// "%41%2f" -> "A/"; a '%' that is not followed by two hex digits stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace aci::model
