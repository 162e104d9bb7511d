#include "base/time.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace aci::base {
namespace {

using namespace std::chrono_literals;

TEST(WallTime, ReadsTheControllersFormAndPrintsItBackTheSame) {
  const auto time = WallTime::parse("2024-07-26T13:34:50.839-07:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->unix_ms, 1722026090839);
  EXPECT_EQ(time->offset_minutes, -420);
  EXPECT_EQ(time->to_string(), "2024-07-26T13:34:50.839-07:00");
}

TEST(WallTime, ReadsTheEpochAndTimesBeforeIt) {
  EXPECT_EQ(WallTime::parse("1970-01-01T00:00:00.000+00:00")->unix_ms, 0);
  EXPECT_EQ(WallTime::parse("1969-12-31T23:59:59.999+00:00")->unix_ms, -1);
  EXPECT_EQ(WallTime{.unix_ms = -1}.to_string(), "1969-12-31T23:59:59.999+00:00");
}

TEST(WallTime, TakesFractionsOfZeroToNineDigitsAndZuluTime) {
  EXPECT_EQ(WallTime::parse("1970-01-01T00:00:01Z")->unix_ms, 1000);
  EXPECT_EQ(WallTime::parse("1970-01-01T00:00:01.5Z")->unix_ms, 1500);
  EXPECT_EQ(WallTime::parse("1970-01-01T00:00:01.123456789+00:00")->unix_ms, 1123);
  EXPECT_FALSE(WallTime::parse("1970-01-01T00:00:01.1234567890+00:00"));
}

TEST(WallTime, OffsetsMoveTheInstant) {
  EXPECT_EQ(WallTime::parse("1970-01-01T05:30:00.000+05:30")->unix_ms, 0);
  EXPECT_EQ(WallTime::parse("1970-01-01T05:30:00.000+05:30"), WallTime::parse("1969-12-31T17:00:00.000-07:00"));
  EXPECT_LT(*WallTime::parse("2024-01-01T00:00:00.000+01:00"), *WallTime::parse("2024-01-01T00:00:00.000+00:00"));
}

TEST(WallTime, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "never",
                           "2024-07-26",
                           "2024-07-26T13:34:50.839",
                           "2024-13-01T00:00:00Z",
                           "2024-00-10T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2024-02-31T00:00:00Z",
                           "2024-04-31T00:00:00Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:61Z",
                           "2024-01-01T00:00:00+0100",
                           "2024-01-01T00:00:00+01:60",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00Zx",
                           "2024/01/01T00:00:00Z",
                           "2024-01-01T00.00.00Z",
                           "-024-01-01T00:00:00Z",
                           "2024-01-01T00:00:00.Z1",
                           " 2024-01-01T00:00:00Z"})
    EXPECT_FALSE(WallTime::parse(text)) << text;
}

TEST(WallTime, TimesOfOneMinuteAreReadAsIfEachWereAlone) {
  const WallTime first = *WallTime::parse("2024-07-26T13:34:50.839-07:00");
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:00.001-07:00")->unix_ms, first.unix_ms - 50'838);
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:60.000-07:00")->unix_ms, first.unix_ms + 9'161);
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:50.839-07:00")->offset_minutes, -420);
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:50.839-08:00")->unix_ms, first.unix_ms + 3'600'000);
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:50.83945678Z")->unix_ms, first.unix_ms - 7 * 3'600'000);
  EXPECT_EQ(WallTime::parse("2024-07-26T13:34:51.83945678Z")->unix_ms, first.unix_ms - 7 * 3'600'000 + 1'000);
  for (const char* text : {"2024-07-26T13:34:61.000-08:00", "2024-07-26T13:34:5x.000-08:00", "2024-07-26T13:34:50.x00-08:00",
                           "2024-07-26T13:34:50.00x-08:00", "2024-07-26T13:34:50.000-08:0x"}) {
    ASSERT_TRUE(WallTime::parse("2024-07-26T13:34:50.839-08:00"));
    EXPECT_FALSE(WallTime::parse(text)) << text;
  }
}

TEST(WallTime, KnowsLeapYears) {
  EXPECT_TRUE(WallTime::parse("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(WallTime::parse("2000-02-29T00:00:00Z"));
  EXPECT_FALSE(WallTime::parse("1900-02-29T00:00:00Z"));
}

TEST(WallTime, EveryTimePrintedIsReadBackTheSame) {
  Rng rng(1);
  for (int i = 0; i < 5000; ++i) {
    const WallTime time{static_cast<std::int64_t>(rng.below(253'402'300'799'000)) - 62'000'000'000'000,
                        static_cast<int>(rng.below(2 * 14 * 60 + 1)) - 14 * 60};
    const auto again = WallTime::parse(time.to_string());
    ASSERT_TRUE(again) << time.to_string();
    EXPECT_EQ(again->unix_ms, time.unix_ms) << time.to_string();
    EXPECT_EQ(again->offset_minutes, time.offset_minutes) << time.to_string();
  }
}

TEST(WallTime, MovesByADuration) { EXPECT_EQ((WallTime{1000, 60} + 1500ms).unix_ms, 2500); }

TEST(ParseDuration, ReadsUnitsSumsAndBareSeconds) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("7d"), 7 * 24h);
  EXPECT_EQ(parse_duration("15"), 15s);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(ParseDuration, RefusesWhatIsNone) {
  for (const char* text : {"", "s", "-1s", "+1s", "1.5s", "1h30", "5 m", " 5m", "5x", "5M", "99999999999s", "1s "})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(ParseDuration, ALongTextIsRefusedInsteadOfOverflowing) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "1000000000d";
  EXPECT_FALSE(parse_duration(text));
}

}  // namespace
}  // namespace aci::base
