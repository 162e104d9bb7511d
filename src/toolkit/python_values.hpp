// Reads NAME = 'text' assignments out of a Python file without running it. Floor: toolkit.
//
//   auto values = read_python_values(file_text, {"URL", "LOGIN"});   // {{"URL", "https://apic"}}
//
// Takes single and double quotes, the prefixes r and u, Python's escapes, and comments. Lines that assign none of the wanted
// names are passed over, whatever they hold. Of two assignments the later wins. Thread-safety: free function.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace aci::toolkit {

// Errors begin with "line 3: ".
base::Result<std::map<std::string, std::string>> read_python_values(std::string_view text, const std::vector<std::string>& wanted);

}  // namespace aci::toolkit
