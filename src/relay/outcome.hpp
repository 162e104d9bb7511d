// What a receiver's answer means for the message and for its destination. Floor: relay.
//
//   Outcome outcome = judge(Service::slack_webhook, result, wall);
//   if (outcome.fate == Fate::retry) ...
//
// Slack is judged by the word it answers, before the status: a webhook says "ok" or "channel_is_archived", the API answers
// 200 with {"ok":false,"error":"..."}. Everybody else is judged by the status alone.
// Sources: Slack's webhook error and chat.postMessage references, Webex's response codes, Standard Webhooks 1.0.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace aci::relay {

enum class Service : std::uint8_t { slack_webhook, slack_api, webex, webhook, console, room };
std::string_view to_string(Service service);

// Whether its messages have a plainer form to fall back to.
inline bool is_chat(Service service) {
  return service == Service::slack_webhook || service == Service::slack_api || service == Service::webex;
}

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

enum class Fate : std::uint8_t {
  delivered,
  retry,      // the same again, later
  simplify,   // this message was too rich: once more, plainer, then refused
  refused,    // this message will never be taken
  locked_out  // no message will be taken until somebody changes something: a token, a channel, an address
};

struct Outcome {
  Fate fate = Fate::delivered;
  std::string reason;                         // one line: "Slack answered 429 rate_limited"; "" when delivered
  std::optional<base::Duration> retry_after;  // as asked for by the receiver
  bool ambiguous = false;                     // it may have been delivered although we do not know
};

Outcome judge(Service service, const base::Result<Answer>& result, base::WallTime now);

// Retry-After: a number of seconds, or an HTTP date. Nothing when it is neither; a date that is past gives 0.
std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now);

}  // namespace aci::relay
