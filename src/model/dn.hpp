// Distinguished and relative names. Floor: model.
//
// A DN is RNs joined by '/'. An RN may hold values in brackets, and a bracketed value may hold '/' and further
// brackets, so a DN is split by counting brackets:
//
//   uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]   has 5 RNs
//
// Thread-safety: values. Source: Cisco APIC REST API Configuration Guide, "Using the REST API"; recorded DNs.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace aci::model {

class Dn {
 public:
  // Longest DN taken, in bytes; longer ones are refused as hostile.
  static constexpr std::size_t size_max = 4096;

  // The empty DN: the root of the tree, parent of "uni" and "topology".
  Dn() = default;

  // Refuses unbalanced brackets, empty RNs ("a//b", a leading or trailing '/'), control characters and DNs over
  // size_max. The error names the position. "" is the root.
  static base::Result<Dn> parse(std::string_view text);

  // For text that is known to be a DN already (read back from a Dn, or built from checked parts).
  static Dn trusted(std::string text) { return Dn(std::move(text)); }

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  // The RNs from the root downward. The views live as long as this Dn.
  std::vector<std::string_view> rns() const { return split(text_); }

  // The last RN ("epg-E"), "" for the root. The view lives as long as this Dn.
  std::string_view rn() const { return rn_of(text_); }

  // The DN without its last RN; the root's parent is the root.
  Dn parent() const { return Dn(std::string(parent_of(text_))); }

  Dn child(std::string_view rn) const;

  // True for a DN strictly below `ancestor`. Every DN but the root is below the root.
  bool is_below(const Dn& ancestor) const { return is_below(text_, ancestor.text_); }

  friend auto operator<=>(const Dn&, const Dn&) = default;

  // The same on plain text that is known to be a DN: no allocation but for split()'s vector.
  static std::vector<std::string_view> split(std::string_view dn);
  static std::string_view rn_of(std::string_view dn);
  static std::string_view parent_of(std::string_view dn);
  static bool is_below(std::string_view dn, std::string_view ancestor);

 private:
  explicit Dn(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace aci::model

template <>
struct std::hash<aci::model::Dn> {
  std::size_t operator()(const aci::model::Dn& dn) const noexcept { return std::hash<std::string>{}(dn.str()); }
};
