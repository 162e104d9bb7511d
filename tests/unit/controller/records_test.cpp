#include "controller/records.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* audit = "/api/class/aaaModLR.json?order-by=aaaModLR.id|asc";

class RecordsTest : public ::testing::Test {
 protected:
  RecordsTest() { apic.log_in(); }
  void post(std::string target, std::string body) { EXPECT_EQ(error_of(apic.post(std::move(target), std::move(body))), ""); }
  std::vector<std::string> values(const std::string& target, std::string_view name) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects(target)) all.emplace_back(object.attributes.get(name));
    return all;
  }
  void set(std::string class_name, std::vector<model::AttributeView> attributes) {
    EXPECT_TRUE(apic.controller.set(apic.wall, {std::move(class_name), model::Attributes::from(attributes), {}}));
  }
  Driver apic;
};

TEST_F(RecordsTest, AUsersWriteIsRecordedAsTheControllerRecordsIt) {
  post("/api/mo/uni/tn-T/ap-A.json", R"({"fvAp":{"attributes":{"name":"A"}}})");
  EXPECT_THAT(values(audit, "descr"),
              ElementsAre("Tenant T created", "Ap A created", "RsTenantMonPol created", "RsApMonPol created"));
  EXPECT_THAT(values(audit, "changeSet"),
              ElementsAre("name:T, userdom:all", "name:A, prio:unspecified, userdom:all", "userdom:all", "userdom:all"));
  const auto record = apic.objects(audit).at(1);
  EXPECT_EQ(record.dn(), "subj-[uni/tn-T/ap-A]/mod-" + std::string(record.attributes.get("id")));
  const auto session = codec::decode_answer(
      apic.post("/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})").body);
  for (const auto& [name, value] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"affected", "uni/tn-T/ap-A"},
                                                                            {"cause", "transition"},
                                                                            {"clientTag", ""},
                                                                            {"code", "E4211942"},
                                                                            {"created", "2023-11-14T22:13:20.123+00:00"},
                                                                            {"ind", "creation"},
                                                                            {"modTs", "never"},
                                                                            {"severity", "info"},
                                                                            {"status", ""},
                                                                            {"trig", "config"},
                                                                            {"user", "admin"}})
    EXPECT_EQ(record.attributes.find(name), value) << name;
  EXPECT_EQ(record.attributes.get("sessionId").size(), 24u);
  EXPECT_EQ(record.attributes.size(), 18u);
}

TEST_F(RecordsTest, ModificationsTellOldAndNewAndDeletionsNothing) {
  post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"descr":"one"}}})");
  post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"arpFlood":"yes","descr":"two"}}})");
  apic.send("DELETE", "/api/mo/uni/tn-T/BD-B.json");
  const std::string of_bd = "/api/class/aaaModLR.json?query-target-filter=eq(aaaModLR.affected,\"uni/tn-T/BD-B\")";
  EXPECT_THAT(values(of_bd, "ind"), ElementsAre("creation", "modification", "deletion"));
  EXPECT_THAT(values(of_bd, "code"), ElementsAre("E4211945", "E4211946", "E4211947"));
  EXPECT_THAT(values(of_bd, "descr"), ElementsAre("BD B created", "BD B modified", "BD B deleted"));
  EXPECT_THAT(values(of_bd, "changeSet"), ElementsAre(HasSubstr("arpFlood:no, descr:one,"),
                                                      "arpFlood (Old: no, New: yes), descr (Old: one, New: two)", ""));
  EXPECT_THAT(values("/api/class/aaaModLR.json?query-target-filter=eq(aaaModLR.ind,\"deletion\")", "affected"),
              ElementsAre("uni/tn-T/BD-B/rsctx", "uni/tn-T/BD-B/rsbdToEpRet", "uni/tn-T/BD-B/rsigmpsn", "uni/tn-T/BD-B/rsmldsn",
                          "uni/tn-T/BD-B/rsBDToNdP", "uni/tn-T/BD-B"));
}

TEST_F(RecordsTest, OneRequestIsOneTransaction) {
  post("/api/mo/uni/tn-T/ap-A.json", R"({"fvAp":{"attributes":{}}})");
  post("/api/mo/uni/tn-U.json", R"({"fvTenant":{"attributes":{}}})");
  const auto ids = values(audit, "txId");
  ASSERT_THAT(ids, SizeIs(6));
  EXPECT_EQ(ids[0], ids[3]);
  EXPECT_NE(ids[3], ids[4]);
  EXPECT_EQ(ids[4], ids[5]);
}

TEST_F(RecordsTest, WhatChangesNothingOrIsRefusedIsNotRecorded) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":""}}})");
  apic.post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"a=b"}}})");
  apic.send("DELETE", "/api/mo/uni/tn-Nobody.json");
  EXPECT_THAT(apic.objects(audit), SizeIs(2));
}

TEST_F(RecordsTest, SecretsAreNotRecorded) {
  post("/api/mo/uni/userext.json", R"({"aaaUser":{"attributes":{"name":"joe","pwd":"s3cret-word"}}})");
  post("/api/mo/uni/userext/user-joe.json", R"({"aaaUser":{"attributes":{"pwd":"s3cret-again","descr":"Joe"}}})");
  EXPECT_THAT(apic.get(audit).body, AllOf(HasSubstr("descr (Old: , New: Joe)"), Not(HasSubstr("s3cret"))));
}

TEST_F(RecordsTest, RecordsArePushedAsTheyAreMade) {
  apic.subscribe("/api/class/aaaModLR.json?subscription=yes&page-size=1");
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(2));
  EXPECT_THAT(frames[0], AllOf(HasSubstr(R"({"aaaModLR":{"attributes":{"affected":"uni/tn-T",)"),
                               HasSubstr(R"("modTs":"never")"), HasSubstr(R"("status":"created")")));
}

TEST_F(RecordsTest, AGapIsReadPageByPage) {
  for (int i = 0; i < 5; ++i) {
    apic.pass(10s);
    post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"step )" + std::to_string(i) + R"("}}})");
  }
  const std::string since =
      "/api/class/aaaModLR.json?query-target-filter=ge(aaaModLR.created,\"2023-11-14T22:13:50.123+00:00\")";
  EXPECT_THAT(values(since + "&order-by=aaaModLR.created|asc&page=0&page-size=2", "changeSet"),
              ElementsAre("descr (Old: step 1, New: step 2)", "descr (Old: step 2, New: step 3)"));
  EXPECT_THAT(values(since + "&order-by=aaaModLR.created|asc&page=1&page-size=2", "changeSet"),
              ElementsAre("descr (Old: step 3, New: step 4)"));
  EXPECT_THAT(apic.get(since + "&page-size=2").body, StartsWith(R"({"totalCount":"3",)"));
  EXPECT_THAT(values(since + "&rsp-subtree-include=count", "count"), ElementsAre("3"));
  EXPECT_THAT(values(since + "&order-by=aaaModLR.created|desc&page-size=1", "changeSet"),
              ElementsAre("descr (Old: step 3, New: step 4)"));
}

TEST_F(RecordsTest, ARecordIsFoundByItsDn) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  const std::string dn(apic.objects(audit).at(0).dn());
  EXPECT_THAT(values("/api/mo/" + dn + ".json", "descr"), ElementsAre("Tenant T created"));
}

TEST_F(RecordsTest, WhatTheFabricDoesIsAnEvent) {
  const std::string port = "topology/pod-1/node-101/sys/phys-[eth1/9]";
  set("l1PhysIf", {{"dn", port}, {"id", "eth1/9"}});
  set("ethpmPhysIf", {{"dn", port + "/phys"}, {"operSt", "down"}});
  set("ethpmPhysIf", {{"dn", port + "/phys"}, {"operSt", "up"}, {"operStQual", "link-up"}});
  EXPECT_THAT(apic.objects(audit), IsEmpty());
  const auto events = apic.objects("/api/class/eventRecord.json");
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].attributes.get("ind"), "creation");
  const auto& up = events[2].attributes;
  EXPECT_EQ(events[2].dn(), "subj-[" + port + "/phys]/rec-" + std::string(up.get("id")));
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"cause", "port-up"},
           {"changeSet", "operSt (New: up), operStQual (New: link-up)"},
           {"code", "E4205125"},
           {"descr", "Port is up"},
           {"ind", "state-transition"},
           {"trig", "oper"},
           {"user", "internal"}})
    EXPECT_EQ(up.find(name), value) << name;
}

TEST_F(RecordsTest, AFaultsTransitionsAreItsRecords) {
  const std::string fault = "topology/pod-1/node-101/sys/fault-F1394";
  set("faultInst", {{"dn", fault}, {"code", "F1394"}, {"severity", "major"}, {"lc", "raised"}, {"created", "never"}});
  apic.pass(5s);
  set("faultInst", {{"dn", fault}, {"severity", "cleared"}, {"lc", "retaining"}});
  set("faultInst", {{"dn", fault}, {"status", "deleted"}});
  const std::string all = "/api/class/faultRecord.json";
  EXPECT_THAT(values(all, "ind"), ElementsAre("creation", "modification", "deletion"));
  EXPECT_THAT(values(all, "affected"), Each(fault));
  EXPECT_THAT(values(all, "severity"), ElementsAre("major", "cleared", "cleared"));
  EXPECT_THAT(values(all, "created"),
              ElementsAre("2023-11-14T22:13:20.123+00:00", "2023-11-14T22:13:25.123+00:00", "2023-11-14T22:13:25.123+00:00"));
  EXPECT_THAT(values(all, "dn").at(0), StartsWith("subj-[" + fault + "]/fr-"));
  EXPECT_THAT(apic.objects("/api/class/eventRecord.json"), IsEmpty());
}

TEST_F(RecordsTest, LoadedDataIsNotRecordedAndRecordsAreNotObjects) {
  const auto before = apic.controller.status().objects;
  ASSERT_TRUE(apic.controller.load(apic.wall, {{"fvTenant", {{"dn", "uni/tn-T"}, {"name", "T"}}, {}}}));
  EXPECT_EQ(apic.controller.status().records, 1u) << "that of the login";
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})");
  EXPECT_EQ(apic.controller.status().records, 2u);
  EXPECT_EQ(apic.controller.status().objects, before + 1);
}

TEST(RecordsLimitTest, AFullLogLosesItsOldestInBatches) {
  Driver apic({.record_log_max = 1000});
  apic.log_in();
  for (int i = 0; i < 1001; ++i)
    apic.post("/api/mo/uni/tn-common.json", R"({"fvTenant":{"attributes":{"descr":"step )" + std::to_string(i) + R"("}}})");
  const auto records = apic.objects(audit);
  ASSERT_THAT(records, SizeIs(751));
  EXPECT_EQ(records.front().attributes.get("changeSet"), "descr (Old: step 249, New: step 250)");
  EXPECT_EQ(records.back().attributes.get("changeSet"), "descr (Old: step 999, New: step 1000)");
  EXPECT_EQ(apic.controller.status().records, 1u + 751u) << "that of the login, too";
}

TEST_F(RecordsTest, ASessionsStepsAreRecorded) {
  const std::string log = "/api/class/aaaSessionLR.json?order-by=aaaSessionLR.id";
  const auto login = [&](const char* name, const char* password) {
    return apic.post("/api/aaaLogin.json", codec::login_body(name, password)).status;
  };
  EXPECT_EQ(login("admin", "wrong"), 401);
  EXPECT_EQ(login("no]/body[", "x"), 401);
  EXPECT_EQ(apic.get("/api/aaaRefresh.json").status, 200);
  const std::string good = "[user admin] From-192.0.2.7-client-type-REST-Success";
  EXPECT_THAT(values(log, "descr"), ElementsAre(good, "[user admin] From-192.0.2.7-client-type-REST-Failure",
                                                "[user ] From-192.0.2.7-client-type-REST-Failure", good));
  EXPECT_THAT(values(log, "trig"), ElementsAre("login,session", "login,session", "login,session", "refresh,session"));
  EXPECT_THAT(values(log, "user"), ElementsAre("admin", "admin", "", "admin"));
  EXPECT_THAT(values(log, "affected"),
              ElementsAre("uni/userext/user-admin", "uni/userext/user-admin", "uni/userext", "uni/userext/user-admin"));
  const auto first = apic.objects(log).front();
  EXPECT_EQ(first.dn(), "subj-[uni/userext/user-admin]/sess-" + std::string(first.attributes.get("id")));
  EXPECT_THAT(apic.objects("/api/class/aaaActiveUserSession.json").front().dn(),
              StartsWith("uni/usersessext/actsession-" + std::string(first.attributes.get("sessionId")).substr(0, 4)));
  apic.subscribe("/api/class/aaaSessionLR.json?subscription=yes");
  const std::string cookies = apic.cookies;
  EXPECT_EQ(login("admin", "password"), 200);
  EXPECT_THAT(apic.frames(), ElementsAre(HasSubstr("\"aaaSessionLR\"")));
  apic.post("/api/aaaLogout.json", R"({"aaaUser":{"attributes":{"name":"admin"}}})");
  apic.log_in();
  EXPECT_THAT(values(log, "trig"), Contains("logout,session"));
}

TEST_F(RecordsTest, ScoresThatMoveAreRecorded) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  FaultCondition condition;
  condition.dn = "uni/tn-T";
  condition.code = "F0001";
  condition.severity = "minor";
  EXPECT_TRUE(apic.controller.raise_fault(apic.now, apic.wall, condition));
  EXPECT_THAT(values("/api/class/healthRecord.json", "cur"), IsEmpty()) << "it soaks";
  apic.pass(120s);
  const std::string of_tenant = "/api/mo/uni/tn-T.json?rsp-subtree-include=health-records,no-scoped";
  EXPECT_THAT(values(of_tenant, "cur"), ElementsAre("50"));
  EXPECT_THAT(values(of_tenant, "chng"), ElementsAre("-50"));
  EXPECT_THAT(values(of_tenant, "affected"), ElementsAre("uni/tn-T"));
  EXPECT_TRUE(apic.controller.clear_fault(apic.now, apic.wall, "uni/tn-T", "F0001"));
  apic.pass(120s);
  EXPECT_THAT(values(of_tenant, "cur"), ElementsAre("50", "100"));
  // A fault's record is found at the object that has the fault, too.
  EXPECT_THAT(values("/api/mo/uni/tn-T.json?rsp-subtree-include=fault-records,no-scoped", "lc"),
              ElementsAre("soaking", "raised", "raised-clearing", "retaining"));
}

}  // namespace
}  // namespace aci::controller
