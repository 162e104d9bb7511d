#include "relay/delivery.hpp"

#include <gtest/gtest.h>

#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

using State = Delivery::Status::State;
constexpr base::Duration second{1000}, minute{60'000}, hour{3'600'000};

// A destination with its clock: the screenplay says what was sent and what was answered.
struct Stage {
  explicit Stage(Service service = Service::webhook, DeliveryOptions options = {}) : delivery(service, options, base::Rng(1)) {}

  bool put(const std::string& id, std::size_t changes = 1) {
    std::vector<model::Event> events(changes, tenant(id));
    Batch batch = batch_of(events);
    batch.id = id;
    return delivery.enqueue(std::make_shared<const Batch>(std::move(batch)));
  }
  // The id of what is sent now, "" for nothing.
  std::string sent() {
    last = delivery.next(now);
    return last ? last->batch->id : "";
  }
  void answer(int status, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
    delivery.on_result(Answer{status, std::move(headers), std::move(body)}, now, wall);
  }
  void fail(base::Errc errc) { delivery.on_result(base::Error{errc, "no answer"}, now, wall); }
  void wait(base::Duration by) { now += by, wall = wall + by; }
  base::Duration until_wakeup() { return delivery.next_wakeup().value() - now; }

  base::Instant now{base::Duration{5'000'000}};
  base::WallTime wall{1767323045000, 0};
  Delivery delivery;
  std::optional<Delivery::Send> last;
};

TEST(Delivery, SendsOneAtATimeInOrder) {
  Stage stage;
  EXPECT_FALSE(stage.delivery.next_wakeup());
  stage.put("a");
  stage.put("b");
  EXPECT_EQ(stage.sent(), "a");
  EXPECT_EQ(stage.sent(), "");
  EXPECT_FALSE(stage.delivery.next_wakeup());
  stage.answer(200);
  EXPECT_EQ(stage.sent(), "b");
  stage.answer(204);
  EXPECT_TRUE(stage.delivery.idle());
  EXPECT_EQ(stage.delivery.inspect().delivered, 2u);
  EXPECT_EQ(stage.delivery.inspect().state, State::idle);
}

TEST(Delivery, TooManyRequestsHoldsTheWholeDestinationForRetryAfterAndKeepsTheOrder) {
  Stage stage;
  stage.put("a");
  stage.put("b");
  stage.sent();
  stage.answer(429, "", {{"retry-AFTER", "7"}});
  EXPECT_EQ(stage.delivery.inspect().state, State::waiting);
  EXPECT_EQ(stage.until_wakeup(), 7 * second);
  stage.put("c");
  stage.wait(7 * second - base::Duration{1});
  EXPECT_EQ(stage.sent(), "");
  stage.wait(base::Duration{1});
  EXPECT_EQ(stage.sent(), "a");
  EXPECT_EQ(stage.last->attempt, 2u);
  stage.answer(200);
  EXPECT_EQ(stage.sent(), "b");
  stage.answer(200);
  EXPECT_EQ(stage.sent(), "c");
}

TEST(Delivery, RetryAfterMayBeADateAndIsCapped) {
  Stage stage;
  stage.put("a");
  stage.sent();
  stage.answer(503, "", {{"Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"}});
  EXPECT_EQ(stage.until_wakeup(), minute);
  stage.wait(minute);
  stage.sent();
  stage.answer(503, "", {{"Retry-After", "999999"}});
  EXPECT_EQ(stage.until_wakeup(), hour);
}

TEST(Delivery, BacksOffWithJitterUpToFiveMinutes) {
  Stage stage;
  stage.put("a");
  base::Duration ceiling = second, longest{0};
  for (int attempt = 0; attempt < 60; ++attempt) {
    ASSERT_EQ(stage.sent(), "a");
    stage.answer(500);
    EXPECT_GE(stage.until_wakeup(), second / 8);
    EXPECT_LE(stage.until_wakeup(), ceiling);
    longest = std::max(longest, stage.until_wakeup());
    ceiling = std::min(ceiling * 2, 5 * minute);
    stage.wait(stage.until_wakeup());
  }
  EXPECT_GT(longest, 4 * minute);
  ASSERT_EQ(stage.sent(), "a");
  stage.answer(200);
  stage.put("b");
  stage.sent();
  stage.answer(500);
  EXPECT_LE(stage.until_wakeup(), second);  // a success ends the row of failures
}

TEST(Delivery, JitterComesFromTheSeed) {
  const auto delays = [](std::uint64_t seed) {
    Delivery delivery(Service::webhook, {}, base::Rng(seed));
    delivery.enqueue(std::make_shared<const Batch>(batch_of({tenant("a")})));
    std::vector<base::Duration> delays;
    base::Instant now{};
    for (int i = 0; i < 5; ++i) {
      delivery.next(now);
      delivery.on_result(Answer{500, {}, {}}, now, {});
      delays.push_back(*delivery.next_wakeup() - now);
      now = *delivery.next_wakeup();
    }
    return delays;
  };
  EXPECT_EQ(delays(1), delays(1));
  EXPECT_NE(delays(1), delays(2));
}

TEST(Delivery, AMessageThatIsRefusedForGoodIsParkedAndTheNextGoesOn) {
  Stage stage;
  stage.put("a");
  stage.put("b");
  stage.sent();
  stage.answer(422, "bad\nthing");
  ASSERT_EQ(stage.delivery.parked().size(), 1u);
  EXPECT_EQ(stage.delivery.parked()[0].batch->id, "a");
  EXPECT_EQ(stage.delivery.parked()[0].reason, "the webhook answered 422: bad thing");
  EXPECT_EQ(stage.sent(), "b");
}

TEST(Delivery, TheParkedListIsBounded) {
  Stage stage(Service::webhook, {.parked_max = 2});
  for (const char* id : {"a", "b", "c"}) {
    stage.put(id);
    stage.sent();
    stage.answer(400);
  }
  EXPECT_EQ(stage.delivery.parked().size(), 2u);
  EXPECT_EQ(stage.delivery.parked()[0].batch->id, "b");
  EXPECT_EQ(stage.delivery.inspect().parked, 3u);
}

TEST(Delivery, ADestinationThatIsLockedOutKeepsItsRowsAndTriesEveryQuarterOfAnHour) {
  for (const int status : {401, 403, 410, 302}) {
    Stage stage;
    stage.put("a");
    stage.put("b");
    stage.sent();
    stage.answer(status);
    EXPECT_EQ(stage.delivery.inspect().state, State::locked_out);
    EXPECT_FALSE(stage.delivery.inspect().problem.empty());
    EXPECT_EQ(stage.until_wakeup(), 15 * minute);
    stage.wait(15 * minute);
    EXPECT_EQ(stage.sent(), "a");
    stage.answer(200);
    EXPECT_EQ(stage.sent(), "b");
    EXPECT_EQ(stage.delivery.inspect().problem, "");
  }
}

TEST(Delivery, AFullQueueSaysNoAndTheNextMessageTellsHowMany) {
  Stage stage(Service::webhook, {.messages_max = 2});
  EXPECT_TRUE(stage.put("a"));
  EXPECT_TRUE(stage.put("b"));
  EXPECT_FALSE(stage.put("c"));
  EXPECT_FALSE(stage.put("d", 3));
  EXPECT_EQ(stage.delivery.inspect().not_taken, 4u);
  stage.sent();
  EXPECT_EQ(stage.last->not_shown, 0u);
  stage.answer(200);
  EXPECT_TRUE(stage.put("e"));
  stage.sent();
  stage.answer(200);
  EXPECT_EQ(stage.sent(), "e");
  EXPECT_EQ(stage.last->not_shown, 4u);
  stage.answer(503);  // told again on each attempt
  stage.wait(minute);
  stage.sent();
  EXPECT_EQ(stage.last->not_shown, 4u);
}

TEST(Delivery, TheCountOfTheNotShownOutlivesAParkedMessage) {
  Stage stage(Service::webhook, {.messages_max = 1});
  stage.put("a");
  stage.put("b");
  stage.sent();
  stage.answer(200);
  stage.put("c");
  stage.sent();
  EXPECT_EQ(stage.last->not_shown, 1u);
  stage.answer(400);
  stage.put("d");
  stage.sent();
  EXPECT_EQ(stage.last->not_shown, 1u);
}

TEST(Delivery, TheBoundIsAlsoOnChanges) {
  Stage stage(Service::webhook, {.changes_max = 10});
  EXPECT_TRUE(stage.put("a", 6));
  EXPECT_FALSE(stage.put("b", 6));
  EXPECT_TRUE(stage.put("c", 4));
}

TEST(Delivery, NoConnectionIsRetriedForEverButNotCountedAsPossibleDuplicate) {
  Stage stage;
  stage.put("a");
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(stage.sent(), "a");
    stage.fail(base::Errc::unreachable);
    stage.wait(5 * minute);
  }
  EXPECT_EQ(stage.delivery.inspect().possible_duplicates, 0u);
  stage.sent();
  stage.fail(base::Errc::timeout);
  EXPECT_EQ(stage.delivery.inspect().possible_duplicates, 1u);
  EXPECT_TRUE(stage.delivery.parked().empty());
}

TEST(Delivery, AMessageThatIsAnsweredWithLaterForADayIsParked) {
  Stage stage;
  stage.put("a");
  stage.put("b");
  for (int i = 0; i <= 24; ++i) {
    ASSERT_EQ(stage.sent(), "a");
    stage.answer(500);
    stage.wait(hour);
  }
  ASSERT_EQ(stage.delivery.parked().size(), 1u);
  EXPECT_EQ(stage.sent(), "b");
}

TEST(Delivery, AChatMessageThatIsTooRichIsSentOnceMorePlain) {
  Stage stage(Service::slack_webhook);
  stage.put("a");
  stage.put("b");
  stage.sent();
  EXPECT_FALSE(stage.last->plain);
  stage.answer(400, "invalid_blocks");
  EXPECT_EQ(stage.sent(), "a");
  EXPECT_TRUE(stage.last->plain);
  stage.answer(400, "invalid_blocks");
  EXPECT_EQ(stage.delivery.parked().size(), 1u);
  EXPECT_EQ(stage.sent(), "b");
  EXPECT_FALSE(stage.last->plain);
}

TEST(Delivery, OneDestinationThatIsDownDoesNotDelayAnother) {
  Stage down, up;
  for (auto* stage : {&down, &up})
    for (const char* id : {"a", "b"}) stage->put(id);
  down.sent();
  down.fail(base::Errc::unreachable);
  EXPECT_EQ(up.sent(), "a");
  up.answer(200);
  EXPECT_EQ(up.sent(), "b");
  up.answer(200);
  EXPECT_TRUE(up.delivery.idle());
  EXPECT_EQ(down.delivery.inspect().queued, 2u);
}

TEST(Outcome, JudgesEachServicesAnswer) {
  struct {
    Service service;
    int status;
    const char* body;
    Fate fate;
  } const table[] = {
      {Service::slack_webhook, 200, "ok", Fate::delivered},
      {Service::slack_webhook, 200, "ok\n", Fate::delivered},
      {Service::slack_webhook, 200, "", Fate::delivered},
      {Service::slack_webhook, 200, "{\"ok\":true}", Fate::delivered},
      {Service::slack_webhook, 200, "<html>please log in</html>", Fate::retry},
      {Service::slack_webhook, 200, "invalid_payload", Fate::simplify},
      {Service::slack_webhook, 400, "invalid_payload", Fate::simplify},
      {Service::slack_webhook, 404, "channel_not_found", Fate::locked_out},
      {Service::slack_webhook, 404, "no_service", Fate::locked_out},
      {Service::slack_webhook, 410, "channel_is_archived", Fate::locked_out},
      {Service::slack_webhook, 403, "action_prohibited", Fate::locked_out},
      {Service::slack_webhook, 500, "rollup_error", Fate::retry},
      {Service::slack_webhook, 429, R"({"retry_after":1,"ok":false,"error":"rate_limited"})", Fate::retry},
      {Service::slack_webhook, 400, "no_text", Fate::refused},
      {Service::slack_api, 200, R"({"ok":true,"ts":"1.2"})", Fate::delivered},
      {Service::slack_api, 200, R"({"ok":false,"error":"channel_not_found"})", Fate::locked_out},
      {Service::slack_api, 200, R"({"ok":false,"error":"invalid_auth"})", Fate::locked_out},
      {Service::slack_api, 200, R"({"ok":false,"error":"restricted_action_thread_locked"})", Fate::locked_out},
      {Service::slack_api, 200, R"({"ok":false,"error":"msg_blocks_too_long"})", Fate::simplify},
      {Service::slack_api, 200, R"({"ok":false,"error":"fatal_error"})", Fate::retry},
      {Service::slack_api, 200, R"({"ok":false,"error":"ratelimited"})", Fate::retry},
      {Service::slack_api, 200, R"({"ok":false,"error":"something_new"})", Fate::refused},
      {Service::slack_api, 200, "", Fate::retry},
      {Service::slack_api, 200, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", Fate::retry},
      {Service::webex, 200, "{}", Fate::delivered},
      {Service::webex, 401, "", Fate::locked_out},
      {Service::webex, 404, "", Fate::refused},
      {Service::webex, 413, "", Fate::simplify},
      {Service::webex, 423, "", Fate::retry},
      {Service::webhook, 202, "", Fate::delivered},
      {Service::webhook, 408, "", Fate::retry},
      {Service::webhook, 425, "", Fate::retry},
      {Service::webhook, 502, "", Fate::retry},
      {Service::webhook, 504, "", Fate::retry},
      {Service::webhook, 501, "", Fate::refused},
      {Service::webhook, 400, "", Fate::refused},
      {Service::webhook, 413, "", Fate::refused},
      {Service::webhook, 301, "", Fate::locked_out},
  };
  for (const auto& [service, status, body, fate] : table)
    EXPECT_EQ(judge(service, Answer{status, {}, body}, {}).fate, fate) << to_string(service) << ' ' << status << ' ' << body;
}

TEST(Outcome, SlackMayAskForTimeInItsBody) {
  const auto outcome =
      judge(Service::slack_webhook, Answer{429, {}, R"({"retry_after":3,"ok":false,"error":"rate_limited"})"}, {});
  EXPECT_EQ(outcome.retry_after, 3 * second);
  EXPECT_EQ(outcome.reason, "Slack answered 429: rate_limited");
}

TEST(Outcome, ReadsRetryAfter) {
  const base::WallTime now{1767323045000, 0};  // Fri, 02 Jan 2026 03:04:05 GMT
  EXPECT_EQ(parse_retry_after("120", now), 120 * second);
  EXPECT_EQ(parse_retry_after(" 0 ", now), base::Duration{0});
  EXPECT_EQ(parse_retry_after("Fri, 02 Jan 2026 03:04:15 GMT", now), 10 * second);
  EXPECT_EQ(parse_retry_after("Fri, 02 Jan 2015 03:04:15 GMT", now), base::Duration{0});
  for (const char* bad :
       {"", "-5", "soon", "1.5", "Fri, 02 Xxx 2026 03:04:15 GMT", "Fri, 02 Jan 2026 03:04:15 CET", "99999999999999999999"})
    EXPECT_FALSE(parse_retry_after(bad, now)) << bad;
}

}  // namespace
}  // namespace aci::relay
