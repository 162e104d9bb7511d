// A message as a Slack payload, for incoming webhooks and chat.postMessage alike. Floor: relay.
//
// Slack has no escape for * _ ~ ` in its markup, so foreign text goes only where nothing is parsed: elements of rich_text
// (DNs and values with the code style) and plain_text. The `text` beside the blocks has & < > escaped and markup switched
// off. Limits kept: 45 blocks, 12,000 characters over all blocks (Slack's own are 50 and about 13,200), header 150, `text`
// 3,000; what does not fit becomes "+N more changes".
// Sources: docs.slack.dev/reference/block-kit, the webhook and chat.postMessage references. Thread-safety: pure function.
#pragma once

#include <string>
#include <string_view>

#include "relay/message.hpp"

namespace aci::relay {

// channel: of chat.postMessage, "" for a webhook. plain: text alone, for a service that refused the blocks.
std::string render_slack(const Message& message, std::string_view channel, bool plain);

}  // namespace aci::relay
