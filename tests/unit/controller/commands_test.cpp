#include "controller/commands.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using ::testing::ElementsAre;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() { apic.log_in(); }

  std::string read(const std::string& dn, const char* property) {
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    return objects.size() == 1 ? std::string(objects[0].attributes.get(property)) : "";
  }
  std::vector<std::string> dns(const std::string& class_name) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects("/api/class/" + class_name + ".json?order-by=" + class_name + ".dn"))
      all.emplace_back(object.dn());
    return all;
  }
  void trigger(const std::string& attributes) {
    EXPECT_EQ(error_of(apic.post("/api/mo/uni/fabric/configexp-E.json",
                                 R"({"configExportP":{"attributes":{"adminSt":"triggered")" + attributes + "}}}")),
              "");
  }

  Driver apic;
};

TEST_F(CommandsTest, ACommandIsAtRestOnceCarriedOut) {
  apic.post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{}}})");
  const auto answer = codec::decode_answer(
      apic.post("/api/mo/uni/tn-T/BD-B.json?rsp-subtree=modified", R"({"fvBD":{"attributes":{"epClear":"yes"}}})").body);
  ASSERT_TRUE(answer && answer->objects.size() == 1);
  EXPECT_EQ(answer->objects[0].attributes.get("epClear"), "yes");
  EXPECT_EQ(read("uni/tn-T/BD-B", "epClear"), "no");
}

TEST_F(CommandsTest, AnExportLeavesAJob) {
  trigger("");
  EXPECT_EQ(read("uni/fabric/configexp-E", "adminSt"), "untriggered");
  EXPECT_THAT(dns("configJob"), ElementsAre("uni/backupst/jobs-[uni/fabric/configexp-E]/run-2023-11-14T22-13-20"));
  EXPECT_EQ(read("uni/backupst/jobs-[uni/fabric/configexp-E]", "name"), "E");
  EXPECT_THAT(dns("configSnapshot"), ElementsAre());
}

TEST_F(CommandsTest, ASnapshotIsTakenAndRetired) {
  const std::string all = "uni/backupst/snapshots-[uni/fabric/configexp-E]";
  trigger(R"(,"snapshot":"yes","maxSnapshotCount":"2")");
  apic.pass(std::chrono::seconds(1));
  trigger("");
  EXPECT_EQ(read(all, "name"), "E");
  EXPECT_THAT(dns("configSnapshot"),
              ElementsAre(all + "/snapshot-run-2023-11-14T22-13-20", all + "/snapshot-run-2023-11-14T22-13-21"));
  EXPECT_EQ(read(all + "/snapshot-run-2023-11-14T22-13-20", "fileName"), "ce2_E-2023-11-14T22-13-20.tar.gz");
  apic.pass(std::chrono::seconds(1));
  trigger("");
  EXPECT_THAT(dns("configSnapshot"),
              ElementsAre(all + "/snapshot-run-2023-11-14T22-13-21", all + "/snapshot-run-2023-11-14T22-13-22"));
  EXPECT_EQ(error_of(apic.post("/api/mo/" + all + "/snapshot-run-2023-11-14T22-13-21.json",
                               R"({"configSnapshot":{"attributes":{"retire":"yes"}}})")),
            "");
  EXPECT_THAT(dns("configSnapshot"), ElementsAre(all + "/snapshot-run-2023-11-14T22-13-22"));
}

}  // namespace
}  // namespace aci::controller
