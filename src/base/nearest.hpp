// "Did you mean": the known word nearest to a misspelt one. Floor: base.
//
//   did_you_mean("recevier", {"receiver", "routes"})   // " (did you mean 'receiver'?)"
//
// Thread-safety: free functions, no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aci::base {

// Edit distance with case folded; two neighbours swapped count as one. O(|a|*|b|); words over 64 bytes are cut there.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate, "" when none is near enough to be a misspelling. The first of equally near ones.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// The end of an error message: a suggestion in brackets with a blank before it, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace aci::base
