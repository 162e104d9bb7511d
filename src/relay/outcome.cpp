#include "relay/outcome.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "model/text.hpp"
#include "relay/plain.hpp"

namespace aci::relay {
namespace {

using model::trimmed;

struct Word {
  std::string_view word;
  Fate fate;
};

constexpr std::array words{
    Word{"invalid_auth", Fate::locked_out},
    Word{"not_authed", Fate::locked_out},
    Word{"token_revoked", Fate::locked_out},
    Word{"token_expired", Fate::locked_out},
    Word{"account_inactive", Fate::locked_out},
    Word{"missing_scope", Fate::locked_out},
    Word{"no_permission", Fate::locked_out},
    Word{"ekm_access_denied", Fate::locked_out},
    Word{"invalid_token", Fate::locked_out},
    Word{"action_prohibited", Fate::locked_out},
    Word{"posting_to_general_channel_denied", Fate::locked_out},
    Word{"channel_not_found", Fate::locked_out},
    Word{"channel_is_archived", Fate::locked_out},
    Word{"is_archived", Fate::locked_out},
    Word{"not_in_channel", Fate::locked_out},
    Word{"restricted_action", Fate::locked_out},
    Word{"no_service", Fate::locked_out},
    Word{"no_service_id", Fate::locked_out},
    Word{"no_team", Fate::locked_out},
    Word{"team_disabled", Fate::locked_out},
    Word{"no_active_hooks", Fate::locked_out},
    Word{"user_not_found", Fate::locked_out},
    Word{"invalid_blocks", Fate::simplify},
    Word{"msg_blocks_too_long", Fate::simplify},
    Word{"msg_too_long", Fate::simplify},
    Word{"invalid_payload", Fate::simplify},
    Word{"too_many_attachments", Fate::simplify},
    Word{"invalid_blocks_format", Fate::simplify},
    Word{"no_text", Fate::refused},
    Word{"invalid_arguments", Fate::refused},
    Word{"ratelimited", Fate::retry},
    Word{"rate_limited", Fate::retry},
    Word{"request_timeout", Fate::retry},
    Word{"service_unavailable", Fate::retry},
    Word{"fatal_error", Fate::retry},
    Word{"internal_error", Fate::retry},
    Word{"rollup_error", Fate::retry},
    Word{"team_added_to_org", Fate::retry},
    Word{"org_login_required", Fate::retry},
};

std::optional<Fate> fate_of_word(std::string_view word) {
  if (word.starts_with("restricted_action")) return Fate::locked_out;
  for (const auto& known : words)
    if (known.word == word) return known.fate;
  return {};
}

Fate fate_of_status(Service service, int status) {
  if (status >= 200 && status < 300) return Fate::delivered;
  if (status == 401 || status == 403 || status == 407 || status == 410) return Fate::locked_out;
  // A redirect is not followed: the address has to be put right.
  if (status >= 300 && status < 400) return Fate::locked_out;
  if (status == 408 || status == 423 || status == 425 || status == 429) return Fate::retry;
  if (status >= 500 && status != 501) return Fate::retry;
  if (status == 413 && is_chat(service)) return Fate::simplify;
  return Fate::refused;
}

std::string name_of(Service service) {
  switch (service) {
    case Service::slack_webhook:
    case Service::slack_api: return "Slack";
    case Service::webex: return "Webex";
    default: return "the webhook";
  }
}

// The word in Slack's answer, and whether its JSON says ok:true or ok:false.
struct SlackAnswer {
  std::string word;
  std::optional<bool> ok;
  std::optional<base::Duration> retry_after;
};

SlackAnswer read_slack(std::string_view body) {
  SlackAnswer answer;
  body = trimmed(body);
  if (!body.starts_with('{')) {
    // The bare word of a webhook; a page of HTML is no word.
    if (body.size() <= 64 && body.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos)
      answer.word = body;
    return answer;
  }
  boost::json::error_code failure;
  const auto value = boost::json::parse({body.data(), body.size()}, failure);
  if (failure || !value.is_object()) return answer;
  const auto& object = value.get_object();
  if (const auto* ok = object.if_contains("ok"); ok && ok->is_bool()) answer.ok = ok->get_bool();
  if (const auto* error = object.if_contains("error"); error && error->is_string()) answer.word = error->get_string().c_str();
  if (const auto* after = object.if_contains("retry_after"); after && after->is_int64() && after->get_int64() >= 0)
    answer.retry_after = std::chrono::seconds(std::min<std::int64_t>(after->get_int64(), 1'000'000));
  return answer;
}

}  // namespace

std::string_view to_string(Service service) {
  static constexpr std::array<std::string_view, 6> names{"slack", "slack", "webex", "webhook", "console", "room"};
  return names[static_cast<std::size_t>(service)];
}

std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now) {
  value = trimmed(value);
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failure == std::errc{} && end == value.data() + value.size()) {
    if (seconds < 0) return {};
    return std::chrono::seconds(std::min<std::int64_t>(seconds, 1'000'000));
  }
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (value.size() != 29 || value.substr(25) != " GMT") return {};
  const std::size_t month = months.find(value.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return {};
  const std::string number = std::to_string(month / 3 + 1);
  const std::string iso = std::string(value.substr(12, 4)) + '-' + (number.size() == 1 ? "0" : "") + number + '-' +
                          std::string(value.substr(5, 2)) + 'T' + std::string(value.substr(17, 8)) + 'Z';
  const auto date = base::WallTime::parse(iso);
  if (!date) return {};
  return base::Duration(std::clamp<std::int64_t>(date->unix_ms - now.unix_ms, 0, 1'000'000'000));
}

Outcome judge(Service service, const base::Result<Answer>& result, base::WallTime now) {
  if (!result) {
    const base::Error& error = result.error();
    // Before the connection stood nothing was sent; afterwards nobody knows.
    const bool unsent = error.errc == base::Errc::unreachable || error.errc == base::Errc::invalid;
    return {error.errc == base::Errc::invalid ? Fate::locked_out : Fate::retry, clean(error.message, 300), {}, !unsent};
  }
  const Answer& answer = *result;
  Outcome outcome;
  outcome.fate = fate_of_status(service, answer.status);
  std::string word;
  if (service == Service::slack_webhook || service == Service::slack_api) {
    const SlackAnswer slack = read_slack(answer.body);
    outcome.retry_after = slack.retry_after;
    word = slack.word == "ok" ? "" : slack.word;
    if (const auto fate = fate_of_word(word)) outcome.fate = *fate;
    else if (outcome.fate == Fate::delivered) {
      // A word that we do not know is about the message; what is no answer of Slack's (a proxy's page) may pass.
      const bool fine =
          slack.ok.value_or(service == Service::slack_webhook &&
                            (slack.word == "ok" || trimmed(answer.body).empty() || trimmed(answer.body).starts_with('{')));
      if (!fine) outcome.fate = word.empty() ? Fate::retry : Fate::refused;
      outcome.ambiguous = outcome.fate == Fate::retry;
    }
  }
  if (outcome.fate == Fate::delivered) return {};
  for (const auto& [name, value] : answer.headers)
    if (model::equal_ignoring_case(name, "retry-after"))
      if (const auto after = parse_retry_after(value, now)) outcome.retry_after = after;
  outcome.reason = name_of(service) + " answered " + std::to_string(answer.status);
  const std::string detail = clean(word.empty() ? std::string_view(answer.body) : std::string_view(word), 200);
  if (!detail.empty()) outcome.reason += ": " + detail;
  if (outcome.fate == Fate::locked_out && answer.status >= 300 && answer.status < 400)
    outcome.reason = name_of(service) + " answered " + std::to_string(answer.status) +
                     ", a redirect; redirects are not followed, configure the new address";
  return outcome;
}

}  // namespace aci::relay
