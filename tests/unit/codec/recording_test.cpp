#include "codec/recording.hpp"

#include <gmock/gmock.h>

#include "codec/answer.hpp"

namespace aci::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// DNs of what is read when the text comes in pieces of a size; the error where there is one.
std::vector<std::string> read(std::string_view text, std::size_t piece) {
  std::vector<std::string> dns;
  RecordingReader reader([&](const model::ManagedObject& object) -> base::Result<void> {
    dns.emplace_back(object.dn());
    return {};
  });
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (const auto done = reader.read(text.substr(at, piece)); !done) return {done.error().message};
  const auto done = reader.finish();
  return done ? dns : std::vector<std::string>{done.error().message};
}

constexpr std::string_view frame =
    R"({ "totalCount" : "1", "x":[1,{"imdata":[3]},"}]"], "y":{"a":"\\\"]}"}, "n": -12.5 , "t":true,)"
    R"("imdata":[{"fvAp":{"attributes":{"dn":"uni/tn-\"}]T/ap-A"},"children":[{"fvAEPg":{"attributes":{}}}]}} ,)"
    R"({"fvAp":{"attributes":{"dn":"b"}}}], "z" : null })";

TEST(Recording, IsReadHoweverItIsCut) {
  const std::string one(frame), list = "[" + one + ",\n" + one + " ]";
  const std::string nested = R"({"fvTenant":{"attributes":{"dn":"uni/tn-T"},"children":[]}} )";
  for (const std::size_t piece : {1, 2, 3, 7, 64, 10'000}) {
    EXPECT_THAT(read(one, piece), ElementsAre("uni/tn-\"}]T/ap-A", "b")) << piece;
    EXPECT_THAT(read(list, piece), ElementsAre("uni/tn-\"}]T/ap-A", "b", "uni/tn-\"}]T/ap-A", "b")) << piece;
    EXPECT_THAT(read(nested, piece), ElementsAre("uni/tn-T")) << piece;
    EXPECT_THAT(read("[" + nested + "," + nested + "]", piece), ElementsAre("uni/tn-T", "uni/tn-T")) << piece;
    EXPECT_THAT(read(R"({"imdata":[]})", piece), IsEmpty());
    EXPECT_THAT(read(R"({"x":{"y":[]},"imdata":[{"fvAp":{"attributes":{"dn":"a"}}}]})", piece), ElementsAre("a"));
    EXPECT_THAT(read("[]", piece), IsEmpty());
  }
}

TEST(Recording, WhatIsNoneIsRefusedWhereverItIsCut) {
  const std::string one(frame);
  for (const std::string& wrong : {std::string(),
                                   std::string("x"),
                                   std::string("{}"),
                                   std::string(R"({"totalCount":"0"})"),
                                   one + one,
                                   one + "x",
                                   "[" + one,
                                   "[" + one + ",]",
                                   "[," + one + "]",
                                   std::string(R"({"imdata":[,]})"),
                                   std::string(R"({"imdata":[{"fvAp":{}},]})"),
                                   std::string(R"({"imdata":[1]})"),
                                   std::string(R"({"imdata":{}})"),
                                   std::string(R"({"imdata":[],})"),
                                   std::string(R"({"a":,"imdata":[]})"),
                                   std::string(R"({"fvAp":{"attributes":[]}})"),
                                   std::string(R"({"fvAp":{},"b":1})"),
                                   std::string(R"({"imdata":[{"fvAp":{"attributes":{"dn":1}}}]})"),
                                   std::string(R"({"imdata" [])"),
                                   std::string(R"({"imdata":[],"imdata":[]})")})
    for (const std::size_t piece : {1, 5, 10'000}) {
      const auto result = read(wrong, piece);
      ASSERT_EQ(result.size(), 1u) << wrong;
      EXPECT_THAT(result[0], HasSubstr("byte ")) << wrong;
    }
}

TEST(Recording, EndsWhereItIsCutOff) {
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_THAT(read(frame.substr(0, size), 16).back(), HasSubstr("it ends too early")) << size;
}

TEST(Recording, StopsWhenWhatItHandsOverIsNotTaken) {
  RecordingReader reader([](const model::ManagedObject&) -> base::Result<void> {
    return base::Error{base::Errc::overflow, "full", 0};
  });
  const auto done = reader.read(frame);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "full");
}

}  // namespace
}  // namespace aci::codec
