#include "target.hpp"

#include "model/class_facts.hpp"
#include "model/watchable.hpp"

namespace aciwatch {

using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;
using aci::model::Query;

namespace {

bool names_object(const std::string& text) {
  return text.find('/') != std::string::npos || text == "uni" || text == "topology" || text == "comp";
}

}  // namespace

Result<Query> parse_target(const std::string& text, bool subtree, const std::string& filter, bool watching) {
  Query query;
  if (names_object(text)) {
    auto dn = aci::model::Dn::parse(text);
    if (!dn) return dn.error();
    query = Query::of_object(std::move(*dn));
  } else {
    if (!watching && !aci::model::find_class(text) && !aci::model::is_statistics_class(text))
      return Error{Errc::invalid, aci::model::unknown_class(text)};
    query = Query::of_class(text);
  }
  if (subtree) query.target = aci::model::Target::subtree;
  if (!filter.empty()) {
    auto parsed = aci::model::Filter::parse(filter);
    if (!parsed) return Error{Errc::invalid, "filter " + parsed.error().message};
    if (const auto right = parsed->check(); !right && !watching)
      return Error{Errc::invalid, "filter: " + right.error().message};
    query.target_filter = std::move(*parsed);
  }
  if (watching)
    if (const auto fine = aci::model::watchable(query); !fine) return fine.error();
  return query;
}

}  // namespace aciwatch
