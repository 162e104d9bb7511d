#include "io/state_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace aci::io {
namespace {

using testing::HasSubstr;

class StateFile : public testing::Test {
 protected:
  StateFile() : path_(testing::TempDir() + "aci_state_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(path_);
  }
  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(path_).rdbuf();
    return out.str();
  }
  void put(const std::string& text) const { std::ofstream(path_) << text; }
  std::string error() const {
    const auto read = read_state(path_, "dc1");
    return read ? "read" : read.error().message;
  }
  const std::string path_;
  const watch::FabricWatch::Saved saved_{
      {1'767'323'045'678, 60},
      {{"tenants", "/api/class/fvTenant.json"}, {"x \"y\"", R"(/api/class/fvBD.json?query-target-filter=eq(fvBD.name,"x"))"}},
      {{"fvTenant", {{"dn", "uni/tn-T"}, {"descr", "a \"b\"\n\\ \xc3\xa4"}}, {}}, {"fvBD", {{"dn", "uni/tn-T/BD-B"}}, {}}},
      {{0, "fvTenant", "uni/tn-T", model::Attributes{{"dn", "uni/tn-T"}, {"descr", "told last"}}},
       {1, "fvTenant", "uni/tn-New", {}}}};
};

TEST_F(StateFile, IsReadBackAsItWas) {
  ASSERT_TRUE(write_state(path_, "dc1", saved_));
  const auto read = read_state(path_, "dc1");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->at.to_string(), saved_.at.to_string());
  EXPECT_EQ((*read)->watches, saved_.watches);
  EXPECT_EQ((*read)->objects, saved_.objects);
  EXPECT_EQ((*read)->unsent, saved_.unsent);
  ASSERT_TRUE(write_state(path_, "dc1", {saved_.at, {}, {}, {}}));
  EXPECT_TRUE(read_state(path_, "dc1").value()->objects.empty());
}

TEST_F(StateFile, NoFileIsNoState) { EXPECT_FALSE(read_state(path_, "dc1").value()); }

TEST_F(StateFile, HoldsSecretsOfNobodyElse) {
  ASSERT_TRUE(write_state(path_, "dc1", saved_));
  EXPECT_EQ(std::filesystem::status(path_).permissions() & std::filesystem::perms::mask, std::filesystem::perms(0600));
}

TEST_F(StateFile, ABrokenOneIsRefusedAndSaysWhatToDo) {
  ASSERT_TRUE(write_state(path_, "dc1", saved_));
  const std::string whole = text();
  EXPECT_THAT(read_state(path_, "dc2").error().message, HasSubstr("is the state of fabric dc1, not of dc2"));
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    put(whole.substr(0, size));
    EXPECT_THAT(error(), HasSubstr("remove it to begin anew")) << size;
  }
  for (const char* other :
       {"{}", "{\"aciwatch\":2}\n", "{\"aciwatch\":1,\"fabric\":\"dc1\",\"at\":\"x\",\"watches\":[]}\n", "[]\n"}) {
    put(other);
    EXPECT_THAT(error(), HasSubstr("no state file")) << other;
  }
}

TEST_F(StateFile, WhatCannotBeWrittenLeavesTheOldOne) {
  ASSERT_TRUE(write_state(path_, "dc1", saved_));
  std::filesystem::create_directory(path_ + ".new");
  const auto written = write_state(path_, "dc1", {});
  std::filesystem::remove(path_ + ".new");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().errc, base::Errc::io);
  EXPECT_EQ(read_state(path_, "dc1").value()->objects, saved_.objects);
  EXPECT_FALSE(write_state("/nowhere/at/all", "dc1", saved_));
}

}  // namespace
}  // namespace aci::io
