// Fuzz target: a query that is taken asks for the same after it was printed and read again. Seeds are in seeds/.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/query.hpp"

using aci::model::Filter;
using aci::model::Query;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Quotes that are added may lead a filter beyond its bound.
bool is_too_long(const std::optional<Filter>& filter) { return filter && filter->str().size() > Filter::size_max; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = Query::parse_url({reinterpret_cast<const char*>(data), size});
  if (!query) {
    const auto& error = query.error();
    require(error.code == 400 || error.code == 301);
    require(error.message.size() < 600);
    require(std::none_of(error.message.begin(), error.message.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
    return 0;
  }
  const std::string url = query->to_url();
  require(std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '#'; }));
  if (is_too_long(query->target_filter) || is_too_long(query->rsp_subtree_filter)) return 0;

  const auto again = Query::parse_url(url);
  require(again.has_value());
  require(again->to_url() == url);
  require(again->class_name == query->class_name && again->dn == query->dn && again->format == query->format);
  require(again->target == query->target && again->rsp_subtree == query->rsp_subtree);
  require(again->target_subtree_class == query->target_subtree_class && again->rsp_subtree_class == query->rsp_subtree_class);
  require(again->rsp_subtree_include == query->rsp_subtree_include && again->rsp_prop_include == query->rsp_prop_include);
  require(again->page == query->page && again->page_size == query->page_size);
  require(again->time_range.has_value() == query->time_range.has_value());
  require(again->subscription == query->subscription && again->refresh_timeout == query->refresh_timeout);
  return 0;
}
