#include "web/streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/web/support.hpp"

namespace aci::web {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class StreamsTest : public testing::Test {
 protected:
  void append(int count, std::size_t size = 2) {
    for (int i = 0; i < count; ++i) {
      log.append(EventLog::Kind::change, std::string(size, 'x'), {});
      streams.appended();
    }
  }
  std::unique_ptr<FakeResponder> open(std::uint64_t after, std::size_t bound = 4 * 1024 * 1024) {
    auto responder = std::make_unique<FakeResponder>();
    responder->body->bound = bound;
    streams.open(now, *responder, {}, after);
    return responder;
  }
  // Wakes at each wakeup up to that time, as a timer would.
  void pass(base::Duration time) {
    const auto end = now + time;
    while (streams.next_wakeup() && *streams.next_wakeup() <= end) {
      now = std::max(now, *streams.next_wakeup());
      streams.wake(now);
    }
    now = end;
  }
  static std::string frame(int seq) { return "id: " + std::to_string(seq) + "\nevent: change\ndata: xx\n\n"; }

  base::Instant now{1'000s};
  int status = 1;
  EventLog log{{.entries_max = 100}};
  Streams streams{log, {.clients_max = 2, .burst_bytes = 1'000}, [this] { return std::to_string(status); }};
};

const std::string head = "retry: 2000\n\nevent: fabric\ndata: 1\n\n";

TEST_F(StreamsTest, a_stream_begins_with_the_fabrics_and_what_follows_the_asked_seq) {
  append(3);
  const auto client = open(1);
  EXPECT_EQ(client->head->status, 200);
  EXPECT_EQ(io::header(client->head->headers, "Content-Type"), "text/event-stream");
  EXPECT_EQ(client->body->taken(), head + frame(2) + frame(3));
  append(1);
  EXPECT_EQ(client->body->taken(), frame(4));
}

TEST_F(StreamsTest, a_client_that_comes_back_misses_nothing_and_gets_nothing_twice) {
  const auto before = open(0);
  append(2);
  before->on_closed();
  EXPECT_EQ(streams.size(), 0u);
  append(2);
  EXPECT_EQ(before->body->taken(), head + frame(1) + frame(2));
  const auto again = open(2);
  append(1);
  EXPECT_EQ(again->body->taken(), head + frame(3) + frame(4) + frame(5));
}

TEST_F(StreamsTest, a_cut_history_is_said_and_the_oldest_held_comes_next) {
  append(103);
  const auto client = open(1);
  EXPECT_THAT(client->body->text, StartsWith(head + "id: 3\nevent: reset\ndata: {\"reason\":\"history was cut"));
  EXPECT_THAT(client->body->text, HasSubstr("\"after\":1,\"first\":4}\n\n" + frame(4)));
  pass(1s);
  EXPECT_THAT(client->body->text, EndsWith(frame(102) + frame(103)));
}

TEST_F(StreamsTest, a_seq_of_another_life_is_a_cut_history_too) {
  append(2);
  EXPECT_THAT(open(900)->body->text, HasSubstr("event: reset\ndata: {"));
  EXPECT_THAT(open(900)->body->text, EndsWith("\"after\":900,\"first\":1}\n\n" + frame(1) + frame(2)));
}

TEST_F(StreamsTest, a_long_history_comes_in_bursts_and_live_events_wait_their_turn) {
  append(20, 200);
  const auto client = open(0);
  const auto first = client->body->taken();
  EXPECT_LT(first.size(), 1'500u);
  append(1);
  EXPECT_EQ(client->body->taken(), "");
  EXPECT_EQ(streams.next_wakeup(), now + 20ms);
  pass(20ms);
  EXPECT_THAT(client->body->text, StartsWith("id: 6\n"));
  pass(1s);
  EXPECT_THAT(client->body->taken(), EndsWith("id: 20\nevent: change\ndata: " + std::string(200, 'x') + "\n\n" + frame(21)));
  append(1);
  EXPECT_EQ(client->body->taken(), frame(22)) << "caught up: live again";
}

TEST_F(StreamsTest, a_client_overtaken_by_the_log_is_told) {
  append(20, 200);
  const auto client = open(0);
  append(200);
  client->body->taken();
  pass(20ms);
  EXPECT_THAT(client->body->text, StartsWith("id: 120\nevent: reset\n"));
}

TEST_F(StreamsTest, a_slow_client_is_closed_and_the_others_go_on) {
  const auto slow = open(0, 100), quick = open(0);
  append(5);
  EXPECT_TRUE(slow->body->closed);
  EXPECT_FALSE(quick->body->closed);
  EXPECT_EQ(quick->body->text, head + frame(1) + frame(2) + frame(3) + frame(4) + frame(5));
  EXPECT_EQ(streams.size(), 1u);
  slow->on_closed();
  EXPECT_EQ(streams.size(), 1u);
}

TEST_F(StreamsTest, a_client_that_cannot_even_take_the_head_is_closed) {
  EXPECT_TRUE(open(0, 10)->body->closed);
  EXPECT_EQ(streams.size(), 0u);
  EXPECT_FALSE(streams.next_wakeup());
}

TEST_F(StreamsTest, a_comment_keeps_proxies_awake) {
  const auto client = open(0);
  client->body->taken();
  pass(14'999ms);
  EXPECT_EQ(client->body->taken(), "");
  pass(1ms);
  EXPECT_EQ(client->body->taken(), ": keep-alive\n\nevent: fabric\ndata: 1\n\n");
  pass(15s);
  EXPECT_EQ(client->body->taken(), ": keep-alive\n\nevent: fabric\ndata: 1\n\n");
}

TEST_F(StreamsTest, changes_of_the_fabrics_are_told_together) {
  const auto client = open(0);
  client->body->taken();
  streams.status_changed(now);
  now += 150ms;
  streams.status_changed(now);
  status = 2;
  pass(50ms);
  EXPECT_EQ(client->body->taken(), "event: fabric\ndata: 2\n\n");
  pass(1s);
  EXPECT_EQ(client->body->taken(), "");
}

TEST_F(StreamsTest, the_number_of_streams_is_bounded) {
  const auto one = open(0);
  EXPECT_FALSE(streams.full());
  const auto two = open(0);
  EXPECT_TRUE(streams.full());
  two->on_closed();
  EXPECT_FALSE(streams.full());
}

TEST_F(StreamsTest, nobody_listening_needs_no_timer) {
  streams.status_changed(now);
  append(1);
  EXPECT_FALSE(streams.next_wakeup());
}

}  // namespace
}  // namespace aci::web
