#include "model/change.hpp"

#include <gtest/gtest.h>

namespace aci::model {
namespace {

TEST(Change, NamesOfOpsAndOriginsAreReadBack) {
  for (const Op op : {Op::created, Op::modified, Op::deleted}) EXPECT_EQ(parse_op(to_string(op)), op);
  for (const Origin origin : {Origin::live, Origin::relist, Origin::backfill, Origin::baseline})
    EXPECT_EQ(parse_origin(to_string(origin)), origin);
  EXPECT_EQ(to_string(Op::deleted), "deleted");
  EXPECT_EQ(to_string(Origin::backfill), "backfill");
}

TEST(Change, OtherWordsAreNone) {
  EXPECT_FALSE(parse_op(""));
  EXPECT_FALSE(parse_op("Created"));
  EXPECT_FALSE(parse_op("created,modified"));
  EXPECT_FALSE(parse_origin("created"));
}

TEST(Change, BookkeepingIsWhatSaysNothingAboutTheObject) {
  for (const char* name : {"dn", "rn", "status", "childAction", "modTs"}) EXPECT_TRUE(is_bookkeeping(name)) << name;
  for (const char* name : {"", "name", "descr", "lcOwn", "uid", "Dn"}) EXPECT_FALSE(is_bookkeeping(name)) << name;
}

}  // namespace
}  // namespace aci::model
