// Fuzz target: a DN that is taken falls into RNs that make it up again. Seeds are in seeds/.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/class_facts.hpp"
#include "model/dn.hpp"

using aci::model::Dn;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto dn = Dn::parse(text);
  if (!dn) {
    require(!dn.error().message.empty() && dn.error().message.size() < 400);
    return 0;
  }
  require(dn->str() == text && text.size() <= Dn::size_max);

  Dn built;
  for (const auto rn : dn->rns()) {
    const Dn parent = built;
    built = built.child(rn);
    require(built.rn() == rn && built.parent() == parent && built.is_below(parent));
    require(Dn::parse(built.str()).has_value());
  }
  require(built == *dn);
  require(dn->empty() || dn->is_below(Dn()));
  require(!dn->is_below(*dn));

  // What reads DNs that a peer sent must take every one of them.
  aci::model::class_of_dn(text);
  aci::model::place_of(text);
  return 0;
}
