// A message as the body of Webex's POST /v1/messages. Floor: relay.
//
// Markdown of at most 7,439 bytes, cut between items, else at the end of a character. Foreign text stands in code spans or
// with its markdown characters escaped; & < > are entities everywhere, so that no mention (<@all>) or tag is left.
// Source: developer.webex.com, "Create a Message". Thread-safety: pure function.
#pragma once

#include <string>
#include <string_view>

#include "relay/message.hpp"

namespace aci::relay {

inline constexpr std::size_t webex_bytes_max = 7'439;

// plain: `text` in place of `markdown`, for a service that refused the markdown.
std::string render_webex(const Message& message, std::string_view room_id, bool plain);

}  // namespace aci::relay
