// Foreign text made harmless before a person sees it. Floor: relay.
//
// Names and descriptions are typed by whoever may write to the fabric. Here they lose what could steer a terminal or a
// chat client: control characters, bidirectional overrides, broken UTF-8. What a format itself gives a meaning to (& < > in
// Slack, * in Webex) is the renderers' business. Thread-safety: free functions, no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aci::relay {

// One line of valid UTF-8 without control and direction characters (each run of white space is one blank), of at most
// `characters`, the last being an ellipsis where something was cut.
std::string clean(std::string_view text, std::size_t characters);

// The longest prefix of at most `bytes` that ends at the end of a character. Precondition: valid UTF-8.
std::string_view cut_utf8(std::string_view text, std::size_t bytes);

// Number of characters (code points) of valid UTF-8.
std::size_t characters_of(std::string_view text);

}  // namespace aci::relay
