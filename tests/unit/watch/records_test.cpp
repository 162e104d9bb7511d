#include "watch/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aci::watch {
namespace {

std::string show(std::string_view text) {
  std::string out;
  for (const SetChange& change : parse_change_set(text))
    out += std::string(change.name) + ":" + std::string(change.before.value_or("-")) + ">" +
           std::string(change.after.value_or("-")) + "|";
  return out;
}

TEST(ChangeSet, IsReadAsTheControllerWritesIt) {
  EXPECT_EQ(show(""), "");
  EXPECT_EQ(show("descr (Old: , New: Test 1)"), "descr:>Test 1|");
  EXPECT_EQ(show("operSt (New: up), operStQual (New: link-up)"), "operSt:->up|operStQual:->link-up|");
  EXPECT_EQ(show("state (Old: formed, New: missing-target)"), "state:formed>missing-target|");
}

TEST(ChangeSet, ValuesMayHoldWhatSeparates) {
  EXPECT_EQ(show("descr (Old: a (b), c, New: x), name (y), alias (Old: p, New: q)"), "descr:a (b), c>x), name (y|alias:p>q|")
      << "a value that looks like an entry cannot be told from one";
  EXPECT_EQ(show("descr (Old: a, b, New: c, d), alias (New: e)"), "descr:a, b>c, d|alias:->e|");
}

TEST(ChangeSet, WhatIsNoneEndsIt) {
  EXPECT_EQ(show("nonsense"), "");
  EXPECT_EQ(show("a (New: 1), rubbish"), "");
  EXPECT_EQ(show("(New: 1)"), "");
}

TEST(Record, TellsWhoChangedWhat) {
  const model::ManagedObject record{"aaaModLR",
                                    {{"affected", "uni/tn-T/ap-A/epg-E"},
                                     {"changeSet", "descr (Old: a, New: b)"},
                                     {"created", "2021-10-28T07:32:34.846+01:00"},
                                     {"dn", "subj-[uni/tn-T/ap-A/epg-E]/mod-4295233655"},
                                     {"ind", "modification"},
                                     {"user", "alice"}},
                                    {}};
  const auto change = parse_record(record);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->dn, "uni/tn-T/ap-A/epg-E");
  EXPECT_EQ(change->user, "alice");
  EXPECT_EQ(change->op, model::Op::modified);
  EXPECT_EQ(change->created.to_string(), "2021-10-28T07:32:34.846+01:00");
  auto other = record;
  other.attributes.set("created", "never");
  EXPECT_FALSE(parse_record(other));
  other = record;
  other.attributes.erase("affected");
  EXPECT_FALSE(parse_record(other));
}

TEST(Record, IsAskedForFromATimeOnOldestFirst) {
  const auto query = record_query("aaaModLR", *base::WallTime::parse("2026-01-02T03:04:05.678+00:00"), 2, 100);
  const auto url = model::percent_decode(query.to_url());
  EXPECT_EQ(url,
            "/api/class/aaaModLR.json?query-target-filter=ge(aaaModLR.created,\"2026-01-02T03:04:05.678+00:00\")"
            "&order-by=aaaModLR.created|asc&page=2&page-size=100");
}

}  // namespace
}  // namespace aci::watch
