#include "sim/state_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>

#include "unit/sim/driver.hpp"
#include "unit/sim/temporary.hpp"

namespace aci::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class StateFileTest : public testing::Test {
 protected:
  StateFileTest() { std::filesystem::remove(path_); }

  // The objects that the file holds, DN to descr.
  base::Result<std::map<std::string, std::string>> read() {
    std::map<std::string, std::string> objects;
    const auto opened = StateFile::open(path_, [&](const StateFile::Part& part) {
      for (const auto& object : part) {
        if (object.attributes.get("status") == "deleted") objects.erase(std::string(object.dn()));
        else objects[std::string(object.dn())] = object.attributes.get("descr");
      }
    });
    if (!opened) return opened.error();
    return objects;
  }
  std::unique_ptr<StateFile> open() {
    auto file = StateFile::open(path_, [](const auto&) {}).value();
    if (file->is_new()) {
      EXPECT_TRUE(file->compact([] {}));
    }
    return file;
  }
  static StateFile::Part tenant(const std::string& name, const std::string& descr) {
    return {{"fvTenant", {{"dn", "uni/tn-" + name}, {"descr", descr}}, {}}};
  }

  const std::string path_ = temporary("apicsim.state");
};

TEST_F(StateFileTest, gives_back_what_was_committed_in_its_order) {
  {
    auto file = open();
    file->append(tenant("A", "first\nsecond line"));
    file->append(tenant("B", "x"));
    ASSERT_TRUE(file->commit());
    file->append(tenant("B", "y"));
    file->append({{"fvTenant", {{"dn", "uni/tn-A"}, {"status", "deleted"}}, {}}});
    file->append(tenant("C", ""));
    ASSERT_TRUE(file->commit());
    file->append(tenant("D", "never committed"));
  }
  EXPECT_THAT(read().value(), ElementsAre(Pair("uni/tn-B", "y"), Pair("uni/tn-C", "")));
}

TEST_F(StateFileTest, a_torn_end_is_cut_off_at_every_byte) {
  {
    auto file = open();
    file->append(tenant("A", "kept"));
    ASSERT_TRUE(file->commit());
  }
  const auto kept = std::filesystem::file_size(path_);
  {
    auto file = open();
    file->append(tenant("B", "torn"));
    ASSERT_TRUE(file->commit());
  }
  for (auto size = std::filesystem::file_size(path_) - 1; size > kept; --size) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(read().value(), ElementsAre(Pair("uni/tn-A", "kept"))) << size;
    EXPECT_EQ(std::filesystem::file_size(path_), kept);
    std::ofstream(path_, std::ios::app) << std::string(size - kept, 'x');
  }
}

TEST_F(StateFileTest, damage_before_whole_transactions_and_foreign_files_are_refused) {
  {
    auto file = open();
    for (const char* name : {"A", "B"}) file->append(tenant(name, "some text"));
    ASSERT_TRUE(file->commit());
  }
  std::fstream(path_, std::ios::in | std::ios::out).seekp(60).put('#');
  EXPECT_THAT(read().error().message, HasSubstr("damaged at byte 16"));
  std::ofstream(path_) << "my diary\n";
  EXPECT_THAT(read().error().message, HasSubstr("is no state file"));
  EXPECT_EQ(std::filesystem::file_size(path_), 9u);
}

TEST_F(StateFileTest, a_second_program_is_kept_out) {
  const auto file = open();
  EXPECT_THAT(read().error().message, HasSubstr("in use"));
}

TEST_F(StateFileTest, grows_to_a_bound_and_is_compacted) {
  auto file = open();
  EXPECT_FALSE(file->wants_compaction());
  const std::string text(100'000, 'x');
  for (int i = 0; i < 100; ++i) file->append(tenant("A", text));
  ASSERT_TRUE(file->commit());
  EXPECT_TRUE(file->wants_compaction());
  ASSERT_TRUE(file->compact([&] { file->add("fvTenant", tenant("A", "last").front().attributes); }));
  EXPECT_FALSE(file->wants_compaction());
  file->append(tenant("B", "after"));
  ASSERT_TRUE(file->commit());
  file.reset();
  EXPECT_LT(std::filesystem::file_size(path_), 1000u);
  EXPECT_THAT(read().value(), ElementsAre(Pair("uni/tn-A", "last"), Pair("uni/tn-B", "after")));
}

// The pauses of a compaction are for transactions, and a crash in one of them finds the old file.
TEST_F(StateFileTest, what_is_committed_while_it_is_compacted_is_kept) {
  auto file = open();
  const std::string text(1000, 'x');
  std::vector<model::ManagedObject> objects;
  for (int i = 0; i < 10'000; ++i) objects.push_back(tenant(std::to_string(i), text).front());
  file->append(objects);
  ASSERT_TRUE(file->commit());
  std::atomic<int> progress = 0;
  ASSERT_TRUE(file->begin_compaction([&] { ++progress; }));
  EXPECT_FALSE(file->wants_compaction()) << "it is on";
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (i == 5'000) {
      file->append(tenant("1", "changed behind it"));
      file->append(tenant("9999", "changed before it"));
      ASSERT_TRUE(file->commit());
      std::filesystem::copy_file(path_, path_ + ".crashed", std::filesystem::copy_options::overwrite_existing);
    }
    file->add("fvTenant", i == 9'999 ? tenant("9999", "changed before it").front().attributes : objects[i].attributes);
  }
  for (int i = 0; i < 3'000; ++i) file->append(tenant("late", text));  // more than is copied at once
  ASSERT_TRUE(file->commit());
  file->end_of_objects();
  while (file->compacts()) ASSERT_TRUE(file->finish_compaction());
  EXPECT_GT(progress, 0);
  file->append(tenant("after", "all"));
  ASSERT_TRUE(file->commit());
  file.reset();
  for (const bool crashed : {false, true}) {
    if (crashed) std::filesystem::rename(path_ + ".crashed", path_);
    const auto kept = read().value();
    EXPECT_EQ(kept.size(), crashed ? 10'000u : 10'002u);
    EXPECT_EQ(kept.at("uni/tn-1"), "changed behind it");
    EXPECT_EQ(kept.at("uni/tn-9999"), "changed before it");
    EXPECT_EQ(kept.at("uni/tn-5"), text);
  }
}

TEST_F(StateFileTest, a_compaction_that_cannot_be_written_says_so) {
  auto file = open();
  std::filesystem::create_directory(path_ + ".new");
  EXPECT_THAT(file->compact([] {}).error().message, HasSubstr("cannot make a new " + path_));
  std::filesystem::remove(path_ + ".new");
}

class KeptFabricTest : public ApicsimTest {
 protected:
  KeptFabricTest() { std::filesystem::remove(path_); }
  void begin(std::vector<std::string> load = {}) {
    Apicsim::Options options;
    options.tls = false;
    options.state = path_;
    if (!users_.empty()) options.controller.users = users_;
    options.load = std::move(load);
    client_.reset();
    sim_.reset();
    start(std::move(options));
  }
  const std::string path_ = temporary("fabric.state");
  std::vector<controller::User> users_;
};

TEST_F(KeptFabricTest, a_restart_changes_nothing) {
  begin();
  const std::string cookie = log_in();
  call("POST", "/api/mo/uni/tn-T.json",
       R"({"fvTenant":{"attributes":{"descr":"a b"},"children":[)"
       R"({"fvCtx":{"attributes":{"name":"v"}}},{"fvBD":{"attributes":{"name":"b"},"children":[)"
       R"({"fvRsCtx":{"attributes":{"tnFvCtxName":"v"}}}]}},{"fvRsTenantMonPol":{"attributes":{"tnMonEPGPolName":"gone"}}}]}})",
       cookie);
  call("DELETE", "/api/mo/uni/phys-phys.json", "", cookie);
  const std::string before = call("GET", "/_sim/export").body;
  EXPECT_THAT(before, HasSubstr("aaaModLR"));
  EXPECT_THAT(before, Not(HasSubstr("aaaActiveUserSession"))) << "sessions end with the program";
  begin();
  EXPECT_EQ(call("GET", "/_sim/export").body, before);
  const std::string again = log_in();
  call("POST", "/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"later"}}})", again);
  call("POST", "/api/mo/uni/tn-U/ctx-w.json", R"({"fvCtx":{"attributes":{}}})", again);
  begin();
  const std::string after = call("GET", "/_sim/export").body;
  EXPECT_THAT(after, HasSubstr("\"later\""));
  const auto segment = [&](const std::string& dn) {
    return std::string(
        codec::decode_answer(call("GET", "/api/mo/" + dn + ".json", "", log_in()).body)->objects.at(0).attributes.get("seg"));
  };
  EXPECT_NE(segment("uni/tn-T/ctx-v"), segment("uni/tn-U/ctx-w")) << "numbers are not given twice";
}

TEST_F(KeptFabricTest, passwords_are_kept_and_not_exported) {
  begin();
  call(
      "POST", "/api/mo/uni/userext/user-joe.json",
      R"({"aaaUser":{"attributes":{"pwd":"first-Secret1"},"children":[{"aaaUserDomain":{"attributes":{"name":"all"},"children":[)"
      R"({"aaaUserRole":{"attributes":{"name":"admin","privType":"writePriv"}}}]}}]}})",
      log_in());
  call("POST", "/api/mo/uni/userext/user-joe.json", R"({"aaaUser":{"attributes":{"pwd":"second-Secret2"}}})", log_in());
  begin();
  EXPECT_THAT(call("POST", "/api/aaaLogin.json", codec::login_body("joe", "second-Secret2")).body, HasSubstr("\"token\""));
  EXPECT_THAT(call("GET", "/_sim/export").body, Not(HasSubstr("Secret")));
  // Who is new on the command line may log in as well, and whose password was changed keeps the new one.
  users_ = {{"admin", "password"}, {"joe", "from the command line"}, {"ann", "new here"}};
  begin();
  EXPECT_EQ(call("POST", "/api/aaaLogin.json", codec::login_body("ann", "new here")).status, 200);
  EXPECT_EQ(call("POST", "/api/aaaLogin.json", codec::login_body("joe", "second-Secret2")).status, 200);
  EXPECT_EQ(call("POST", "/api/aaaLogin.json", codec::login_body("joe", "from the command line")).status, 401);
}

TEST_F(KeptFabricTest, a_fault_goes_on_with_its_life) {
  begin();
  call("POST", "/api/mo/uni/tn-T.json",
       R"({"fvTenant":{"attributes":{},"children":[{"fvBD":{"attributes":{"name":"b"},"children":[)"
       R"({"fvRsCtx":{"attributes":{"tnFvCtxName":"missing"}}}]}}]}})",
       log_in());
  EXPECT_THAT(call("GET", "/_sim/export").body, HasSubstr("\"lc\":\"soaking\""));
  begin();
  call("POST", "/_sim/advance", R"({"seconds":121})");
  EXPECT_THAT(call("GET", "/_sim/export").body, HasSubstr("\"lc\":\"raised\""));
}

TEST_F(KeptFabricTest, what_is_kept_goes_before_what_is_loaded) {
  const std::string file = temporary("one.json");
  std::ofstream(file) << R"({"fvTenant":{"attributes":{"name":"Loaded","descr":"old"}}})";
  begin({file});
  call("POST", "/api/mo/uni/tn-Loaded.json", R"({"fvTenant":{"attributes":{"descr":"new"}}})", log_in());
  begin({file});
  EXPECT_THAT(call("GET", "/_sim/export").body, HasSubstr("\"new\""));
}

TEST_F(KeptFabricTest, an_export_loads_as_what_it_was) {
  begin();
  call("POST", "/api/mo/uni/tn-T.json",
       R"({"fvTenant":{"attributes":{},"children":[{"fvAp":{"attributes":{"name":"a"},"children":[)"
       R"({"fvAEPg":{"attributes":{"name":"e"}}}]}}]}})",
       log_in());
  const std::string before = call("GET", "/_sim/export").body, file = temporary("export.json");
  std::ofstream(file) << before;
  Apicsim::Options options;
  options.load = {file};
  start(std::move(options));
  EXPECT_THAT(call("GET", "/_sim/export").body, HasSubstr("uni/tn-T/ap-a/epg-e/rsbd"));
  EXPECT_EQ(call("GET", "/_sim/export").body, before);
}

TEST_F(KeptFabricTest, what_was_deleted_before_an_export_stays_away) {
  begin();
  const std::string cookie = log_in();
  for (const char* dn : {"uni/phys-phys", "uni/infra/attentp-default", "uni/tn-common/brc-default"})
    EXPECT_EQ(call("DELETE", "/api/mo/" + std::string(dn) + ".json", "", cookie).status, 200);
  const std::string before = call("GET", "/_sim/export").body, file = temporary("export.json");
  std::ofstream(file) << before;
  Apicsim::Options options;
  options.load = {file};
  options.controller.users = {{"admin", "password"}, {"ann", "from the command line"}};
  start(std::move(options));
  EXPECT_THAT(call("GET", "/_sim/export").body, Not(HasSubstr(R"("dn":"uni/phys-phys")")));
  EXPECT_EQ(call("POST", "/api/aaaLogin.json", codec::login_body("ann", "from the command line")).status, 200);
  // What a controller answered is not the whole tree, and adds to it.
  std::ofstream(file) << call("GET", "/api/class/fvTenant.json", "", log_in()).body;
  options = {};
  options.load = {file};
  start(std::move(options));
  EXPECT_THAT(call("GET", "/_sim/export").body, HasSubstr(R"("dn":"uni/phys-phys")"));
}

// The file wants to be compacted, which nobody notices.
TEST_F(KeptFabricTest, requests_are_answered_while_the_file_is_compacted) {
  begin();
  const std::string cookie = log_in();
  call("POST", "/_sim/storm", R"({"class":"fvBD","count":4000})");
  std::string before;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(
        call("POST", "/api/mo/uni/tn-T" + std::to_string(i) + ".json", R"({"fvTenant":{"attributes":{}}})", cookie).status,
        200);
    if (i % 10 == 9) call("DELETE", "/api/mo/uni/tn-T" + std::to_string(i - 5) + ".json", "", cookie);
  }
  before = call("GET", "/_sim/export").body;
  begin();
  const auto sorted = [](const std::string& body) {
    std::vector<std::string> all;
    const auto answer = codec::decode_answer(body).value();
    for (const auto& object : answer.objects) {
      all.emplace_back();
      codec::append_object(all.back(), object, model::Format::json);
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  EXPECT_EQ(sorted(call("GET", "/_sim/export").body), sorted(before));
}

// As rsp-prop-include=config-only and naming-only leave objects, and as tools keep lists of them.
TEST_F(KeptFabricTest, trimmed_objects_are_completed) {
  const std::string nested = temporary("nested.json"), list = temporary("list.json");
  std::ofstream(nested)
      << R"({"imdata":[{"fvTenant":{"attributes":{"name":"T"},"children":[)"
         R"({"fvCtx":{"attributes":{"name":"v"}}},)"
         R"({"fvBD":{"attributes":{"name":"b"},"children":[{"fvRsCtx":{"attributes":{"tnFvCtxName":"v"}}}]}}]}}]})";
  std::ofstream(list) << R"([{"fabricNode":{"attributes":{"dn":"topology/pod-2/node-301","role":"leaf"}}},)"
                         R"({"infraAccPortP":{"attributes":{"name":"p"}}}])";
  Apicsim::Options options;
  options.load = {nested, list};
  start(std::move(options));
  const std::string cookie = log_in();
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-T/BD-b.json", "", cookie).body, HasSubstr("\"arpFlood\":\"no\""));
  EXPECT_THAT(call("GET", "/api/mo/uni/tn-T/BD-b/rsctx.json", "", cookie).body,
              testing::AllOf(HasSubstr("\"state\":\"formed\""), HasSubstr("\"tDn\":\"uni/tn-T/ctx-v\"")));
  EXPECT_THAT(call("GET", "/api/mo/topology/pod-2/node-301.json", "", cookie).body, HasSubstr("\"id\":\"301\""));
  EXPECT_THAT(call("GET", "/api/mo/uni/infra/accportprof-p.json", "", cookie).body, HasSubstr("\"totalCount\":\"1\""));
}

}  // namespace
}  // namespace aci::sim
