#include "web/event_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aci::web {
namespace {

std::vector<std::uint64_t> seqs_after(const EventLog& log, std::uint64_t seq) {
  std::vector<std::uint64_t> seqs;
  for (const auto* entry = log.after(seq); entry; entry = log.after(entry->seq)) seqs.push_back(entry->seq);
  return seqs;
}

TEST(SseFrame, carries_id_event_and_data_on_lines_of_their_own) {
  EXPECT_EQ(sse_frame(7, "change", R"({"a":1})"), "id: 7\nevent: change\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(sse_frame(0, "fabric", "{}"), "event: fabric\ndata: {}\n\n");
}

TEST(SseFrame, line_ends_in_data_cannot_forge_a_field) {
  EXPECT_EQ(sse_frame(1, "change", "a\nid: 99\r\revent: x"),
            "id: 1\nevent: change\ndata: a\ndata: id: 99\ndata: \ndata: event: x\n\n");
}

TEST(EventLog, kinds_share_one_rising_sequence) {
  EventLog log({.first_seq = 40});
  EXPECT_EQ(log.last(), 39u);
  EXPECT_EQ(log.next_seq(), 40u);
  log.append(EventLog::Kind::change, "{}", {});
  log.append(EventLog::Kind::gap, "{}", {});
  EXPECT_EQ(log.append(EventLog::Kind::message, R"({"m":"data: x"})", {}).seq, 42u);
  EXPECT_EQ(log.last(), 42u);
  EXPECT_EQ(*log.after(41)->frame, "id: 42\nevent: message\ndata: {\"m\":\"data: x\"}\n\n");
  EXPECT_EQ(log.after(41)->json(), R"({"m":"data: x"})");
}

TEST(EventLog, reads_on_behind_any_seq) {
  EventLog log({.first_seq = 5});
  for (int i = 0; i < 3; ++i) log.append(EventLog::Kind::change, "{}", {});
  EXPECT_THAT(seqs_after(log, 0), testing::ElementsAre(5, 6, 7));
  EXPECT_THAT(seqs_after(log, 5), testing::ElementsAre(6, 7));
  EXPECT_THAT(seqs_after(log, 7), testing::IsEmpty());
  EXPECT_THAT(seqs_after(log, 900), testing::IsEmpty());
  EXPECT_EQ(log.before_newest(2), 5u);
  EXPECT_EQ(log.before_newest(900), 4u);
}

TEST(EventLog, oldest_entries_make_room_and_the_log_knows_what_it_lost) {
  EventLog log({.entries_max = 3});
  EXPECT_TRUE(log.holds_after(0)) << "nothing was ever given out";
  for (int i = 0; i < 5; ++i) log.append(EventLog::Kind::change, "{}", {});
  EXPECT_EQ(log.size(), 3u);
  EXPECT_THAT(seqs_after(log, 0), testing::ElementsAre(3, 4, 5));
  EXPECT_FALSE(log.holds_after(0));
  EXPECT_FALSE(log.holds_after(1));
  EXPECT_TRUE(log.holds_after(2));
  EXPECT_TRUE(log.holds_after(5));
  EXPECT_FALSE(log.holds_after(6)) << "a seq of another life";
  EXPECT_FALSE(log.holds_after(~0ull));
}

TEST(EventLog, bytes_are_bounded_but_the_newest_stays) {
  EventLog log({.bytes_max = 10'000});
  for (int i = 0; i < 100; ++i) log.append(EventLog::Kind::change, std::string(1'000, 'x'), {.text = std::string(1'000, 'y')});
  EXPECT_LE(log.bytes(), 10'000u);
  EXPECT_GE(log.size(), 3u);
  EXPECT_LE(log.size(), 5u);
  log.append(EventLog::Kind::change, std::string(50'000, 'x'), {});
  EXPECT_EQ(log.size(), 1u);
  EXPECT_EQ(log.after(100)->json().size(), 50'000u);
  log.append(EventLog::Kind::change, "{}", {});
  EXPECT_LT(log.bytes(), 1'000u);
}

}  // namespace
}  // namespace aci::web
