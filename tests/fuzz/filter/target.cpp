// Fuzz target: a filter that is taken says the same after it was printed and read again. Seeds are in seeds/.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/filter.hpp"

using aci::model::Attributes;
using aci::model::Filter;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto filter = Filter::parse({reinterpret_cast<const char*>(data), size});
  if (!filter) {
    require(filter.error().code == 301 && filter.error().message.starts_with("at position "));
    return 0;
  }
  if (const auto checked = filter->check(); !checked)
    require(checked.error().code != 0 && checked.error().message.size() < 600);
  const std::string text = filter->str();
  if (text.size() > Filter::size_max) return 0;

  const auto again = Filter::parse(text);
  require(again.has_value() && again->str() == text);
  require(again->classes() == filter->classes());
  require(again->check().has_value() == filter->check().has_value());
  static const Attributes objects[] = {
      {},
      {{"dn", "uni/tn-Heroes"},
       {"name", "Heroes"},
       {"descr", ""},
       {"modTs", "2024-07-26T13:34:50.839-07:00"},
       {"status", "created"}},
      {{"code", "F0467"}, {"severity", "major"}, {"occur", "53"}, {"ack", "no"}, {"created", "2025-03-12T05:01:08.717+00:00"}},
      {{"scope", "public,shared"}, {"ip", "10.0.0.1/24"}, {"dFromPort", "http"}, {"dToPort", "443"}, {"prio", "level1"}},
  };
  const auto same = [&](std::string_view class_name) {
    for (const auto& object : objects) require(filter->matches(class_name, object) == again->matches(class_name, object));
  };
  for (const auto class_name : {"fvTenant", "faultInst", "fvSubnet", "vzEntry", ""}) same(class_name);
  for (const auto& class_name : filter->classes()) same(class_name);
  return 0;
}
