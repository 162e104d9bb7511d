// A message as plain text: for the console, and for what stands beside a richer form. Floor: relay.
//
//   2026-01-02 03:04:05 +00:00 dc1: Tenant Heroes changed  uni/tn-Heroes
//     descr: "old" -> "new"
//
// Thread-safety: pure function.
#pragma once

#include <string>

#include "relay/message.hpp"

namespace aci::relay {

// Each line ends in '\n'. Colour is ANSI, by tone, on the words and not on foreign text.
std::string render_text(const Message& message, bool colour);

}  // namespace aci::relay
