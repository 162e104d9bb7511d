#include "target.hpp"

#include "model/class_facts.hpp"

namespace aciwatch {

using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;
using aci::model::Query;

namespace {

bool names_object(const std::string& text) {
  return text.find('/') != std::string::npos || text == "uni" || text == "topology" || text == "comp";
}

Result<void> check_class(const std::string& name, bool watching) {
  if (watching && aci::model::is_statistics_class(name))
    return Error{Errc::invalid,
                 name + " holds statistics, which the controller never pushes; read it with 'aciwatch get " + name + "'"};
  if (aci::model::find_class(name) || aci::model::is_statistics_class(name)) return {};
  return Error{Errc::invalid, aci::model::unknown_class(name)};
}

}  // namespace

Result<Query> parse_target(const std::string& text, bool subtree, const std::string& filter, bool watching) {
  Query query;
  if (names_object(text)) {
    auto dn = aci::model::Dn::parse(text);
    if (!dn) return dn.error();
    query = Query::of_object(std::move(*dn));
  } else {
    if (const auto known = check_class(text, watching); !known) return known.error();
    query = Query::of_class(text);
  }
  if (subtree) query.target = aci::model::Target::subtree;
  if (!filter.empty()) {
    auto parsed = aci::model::Filter::parse(filter);
    if (!parsed) return Error{Errc::invalid, "filter " + parsed.error().message};
    if (const auto right = parsed->check(); !right) return Error{Errc::invalid, "filter: " + right.error().message};
    query.target_filter = std::move(*parsed);
  }
  return query;
}

}  // namespace aciwatch
