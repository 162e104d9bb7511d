#include "controller/writes.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class WritesTest : public ::testing::Test {
 protected:
  WritesTest() {
    apic.log_in();
    apic.subscribe("/api/mo/uni.json?subscription=yes&query-target=subtree");
  }
  // "" when it went well.
  std::string post(std::string target, std::string body) { return error_of(apic.post(std::move(target), std::move(body))); }
  std::string value(const std::string& dn, std::string_view name) {
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    return objects.empty() ? "<no object>" : std::string(objects[0].attributes.get(name));
  }
  bool there(const std::string& dn) { return !apic.objects("/api/mo/" + dn + ".json").empty(); }
  std::vector<std::string> children(const std::string& dn) {
    std::vector<std::string> all;
    for (const auto& object : apic.objects("/api/mo/" + dn + ".json?query-target=children")) all.push_back(object.class_name);
    return all;
  }
  // "created uni/tn-T" for each frame.
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (const std::string& frame : apic.frames()) {
      const auto answer = codec::decode_answer(frame);
      for (const auto& object : answer->objects)
        all.push_back(std::string(object.attributes.get("status")) + ' ' + std::string(object.dn()));
    }
    return all;
  }
  Driver apic;
};

TEST_F(WritesTest, TheUrlMayNameTheObjectItsParentOrTheRoot) {
  EXPECT_EQ(post("/api/mo/uni/tn-T1.json", R"({"fvTenant":{"attributes":{}}})"), "");
  EXPECT_EQ(post("/api/mo/uni/tn-T1.json", R"({"fvTenant":{"attributes":{"name":"T1","descr":"x"}}})"), "");
  EXPECT_EQ(post("/api/mo/uni.json", R"({"fvTenant":{"attributes":{"name":"T2"}}})"), "");
  EXPECT_EQ(post("/api/mo/uni/tn-T2.json", R"({"fvBD":{"attributes":{"name":"B"}}})"), "");
  EXPECT_EQ(post("/api/mo.json", R"({"fvTenant":{"attributes":{"dn":"uni/tn-T3","name":"T3"}}})"), "");
  EXPECT_EQ(post("/api/node/mo/uni/tn-T4.json", R"({"fvTenant":{"attributes":{"dn":"uni/tn-T4","rn":"tn-T4","name":"T4"}}})"),
            "");
  EXPECT_EQ(post("/api/node/mo/uni.json", R"({"polUni":{"attributes":{"dn":"uni","status":"modified"},"children":[
      {"fvTenant":{"attributes":{"dn":"uni/tn-T5","status":"created,modified"},"children":[{"fvCtx":{"attributes":{"rn":"ctx-v"}}}]}}]}})"),
            "");
  for (const char* dn : {"uni/tn-T1", "uni/tn-T2/BD-B", "uni/tn-T3", "uni/tn-T4", "uni/tn-T5/ctx-v"})
    EXPECT_TRUE(there(dn)) << dn;
  EXPECT_EQ(value("uni/tn-T1", "descr"), "x");
  EXPECT_EQ(value("uni/tn-T5", "name"), "T5");
}

TEST_F(WritesTest, BracketsAroundNamesAreOptional) {
  EXPECT_EQ(post("/api/mo/uni/tn-[T].json", R"({"fvTenant":{"attributes":{"name":"T"}}})"), "");
  EXPECT_TRUE(there("uni/tn-T"));
  EXPECT_TRUE(there("uni/tn-[T]"));
  EXPECT_EQ(apic.send("DELETE", "/api/mo/uni/tn-[T].json").status, 200);
  EXPECT_FALSE(there("uni/tn-T"));
}

TEST_F(WritesTest, ParentsThatAreMissingAreTakenForGranted) {
  EXPECT_EQ(post("/api/mo/uni/tn-P/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{"descr":"deep"}}})"), "");
  EXPECT_TRUE(there("uni/tn-P"));
  EXPECT_EQ(value("uni/tn-P/ap-A", "name"), "A");
  EXPECT_THAT(told(), ::testing::Contains("created uni/tn-P/ap-A/epg-E/rsbd"));
}

TEST_F(WritesTest, AnObjectAndAnImplicitChildAreCreatedOnce) {
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[
      {"fvAp":{"attributes":{"name":"A"},"children":[{"fvAEPg":{"attributes":{"name":"E"},"children":[
          {"fvRsBd":{"attributes":{"tnFvBDName":"B"}}}]}}]}},
      {"fvBD":{"attributes":{"name":"B"}}}]}})"),
            "");
  EXPECT_THAT(
      told(),
      ElementsAre("created uni/tn-T", "created uni/tn-T/ap-A", "created uni/tn-T/ap-A/epg-E",
                  "created uni/tn-T/ap-A/epg-E/rsbd", "created uni/tn-T/BD-B", "created uni/tn-T/rsTenantMonPol",
                  "created uni/tn-T/ap-A/rsApMonPol", "created uni/tn-T/ap-A/epg-E/rscustQosPol",
                  "created uni/tn-T/ap-A/epg-E/rsAEPgMonPol", "created uni/tn-T/BD-B/rsctx",
                  "created uni/tn-T/BD-B/rsbdToEpRet", "created uni/tn-T/BD-B/rsigmpsn", "created uni/tn-T/BD-B/rsmldsn",
                  "created uni/tn-T/BD-B/rsBDToNdP", "created uni/tn-T/BD-B/rtbd-[uni/tn-T/ap-A/epg-E]",
                  "modified uni/tn-T/BD-B", "modified uni/tn-T/ap-A/epg-E", "created uni/tn-T/health",
                  "created uni/tn-T/BD-B/health", "created uni/tn-T/ap-A/health", "created uni/tn-T/ap-A/epg-E/health"));
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "state"), "formed") << "its target stands further down in the same request";
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "uid"), "15374");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rscustQosPol", "uid"), "0");
}

TEST_F(WritesTest, ACtxBringsItsAnyAndItsPolicies) {
  EXPECT_EQ(post("/api/mo/uni/tn-T/ctx-v.json", R"({"fvCtx":{"attributes":{}}})"), "");
  EXPECT_THAT(children("uni/tn-T/ctx-v"), UnorderedElementsAre("vzAny", "fvRsCtxToEpRet", "fvRsOspfCtxPol", "fvRsBgpCtxPol",
                                                               "fvRsCtxToExtRouteTagPol", "fvRsCtxMonPol", "healthInst"));
}

TEST_F(WritesTest, RelationsAreResolvedByNameInTheTenantThenInCommon) {
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[{"fvBD":{"attributes":{"name":"own"}}},
      {"fvCtx":{"attributes":{"name":"v"}}}]}})"),
            "");
  const auto resolve = [&](const std::string& name) {
    EXPECT_EQ(post("/api/mo/uni/tn-T/ap-A/epg-E/rsbd.json", R"({"fvRsBd":{"attributes":{"tnFvBDName":")" + name + "\"}}}"), "");
    const std::string dn = "uni/tn-T/ap-A/epg-E/rsbd";
    return value(dn, "tDn") + ' ' + value(dn, "tRn") + ' ' + value(dn, "state") + ' ' + value(dn, "stateQual");
  };
  EXPECT_EQ(resolve("own"), "uni/tn-T/BD-own BD-own formed none");
  EXPECT_EQ(resolve("default"), "uni/tn-common/BD-default BD-default formed none");
  EXPECT_EQ(resolve("nowhere"), "uni/tn-T/BD-nowhere BD-nowhere missing-target none");
  EXPECT_EQ(resolve(""), "uni/tn-common/BD-default BD-default formed default-target");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsbd", "tCl"), "fvBD");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rscustQosPol", "tDn"), "uni/tn-common/qoscustom-default");
}

TEST_F(WritesTest, RelationsByDnAreFormedWhereTheTargetIs) {
  EXPECT_EQ(post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{},"children":[
      {"fvRsDomAtt":{"attributes":{"tDn":"uni/phys-phys"}}},{"fvRsDomAtt":{"attributes":{"tDn":"uni/phys-none"}}},
      {"fvRsPathAtt":{"attributes":{"tDn":"topology/pod-1/paths-101/pathep-[eth1/10]","encap":"vlan-5"}}}]}})"),
            "");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsdomAtt-[uni/phys-phys]", "state"), "formed");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rsdomAtt-[uni/phys-none]", "state"), "missing-target");
  EXPECT_EQ(value("uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]", "encap"), "vlan-5");
}

TEST_F(WritesTest, ARelationThatMovesTellsItsNewTargetAsRecorded) {
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[{"fvBD":{"attributes":{"name":"B1"}}},
      {"fvBD":{"attributes":{"name":"B2"}}},{"fvAp":{"attributes":{"name":"A"},"children":[{"fvAEPg":{"attributes":{"name":"E"},
      "children":[{"fvRsBd":{"attributes":{"tnFvBDName":"B1"}}}]}}]}}]}})"),
            "");
  apic.frames();
  EXPECT_EQ(post("/api/mo/uni/tn-T/ap-A/epg-E/rsbd.json", R"({"fvRsBd":{"attributes":{"tnFvBDName":"B2"}}})"), "");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(3)) << "the two bridge domains have a reverse relation less and more";
  EXPECT_THAT(frames[0],
              ::testing::EndsWith(R"("imdata":[{"fvRsBd":{"attributes":{"childAction":"","dn":"uni/tn-T/ap-A/epg-E/rsbd",)"
                                  R"("modTs":"2023-11-14T22:13:20.123+00:00","rn":"","state":"formed","status":"modified",)"
                                  R"("tDn":"uni/tn-T/BD-B2","tRn":"BD-B2","tnFvBDName":"B2"}}}]})"));
}

TEST_F(WritesTest, AModificationTellsWhatChangedAndNothingTellsNothing) {
  post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{}}})");
  apic.frames();
  apic.pass(5s);
  EXPECT_EQ(
      post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"arpFlood":"true","unicastRoute":"yes","descr":""}}})"), "");
  const auto frames = apic.frames();
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_THAT(frames[0], HasSubstr(R"({"fvBD":{"attributes":{"arpFlood":"yes","childAction":"","dn":"uni/tn-T/BD-B",)"
                                   R"("modTs":"2023-11-14T22:13:25.123+00:00","rn":"","status":"modified"}}})"));
  EXPECT_EQ(value("uni/tn-T/BD-B", "modTs"), "2023-11-14T22:13:25.123+00:00");
  apic.pass(5s);
  EXPECT_EQ(post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"arpFlood":"yes","unicastRoute":"true"}}})"), "");
  EXPECT_THAT(apic.frames(), IsEmpty());
  EXPECT_EQ(value("uni/tn-T/BD-B", "modTs"), "2023-11-14T22:13:25.123+00:00");
}

TEST_F(WritesTest, DeletingTellsEveryDescendantBeforeItsParent) {
  post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{}}})");
  apic.frames();
  EXPECT_EQ(apic.send("DELETE", "/api/mo/uni/tn-T/ap-A.json").body, R"({"totalCount":"0","imdata":[]})");
  EXPECT_THAT(told(), ElementsAre("deleted uni/tn-T/ap-A/epg-E/rsbd", "deleted uni/tn-T/ap-A/epg-E/rscustQosPol",
                                  "deleted uni/tn-T/ap-A/epg-E/rsAEPgMonPol", "deleted uni/tn-T/ap-A/epg-E/health",
                                  "deleted uni/tn-T/ap-A/epg-E", "deleted uni/tn-T/ap-A/rsApMonPol",
                                  "deleted uni/tn-T/ap-A/health", "deleted uni/tn-T/ap-A"));
  EXPECT_FALSE(there("uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(there("uni/tn-T"));
}

TEST_F(WritesTest, DeletingWhatIsNotThereIsFine) {
  EXPECT_EQ(apic.send("DELETE", "/api/mo/uni/tn-Nobody.json").body, R"({"totalCount":"0","imdata":[]})");
  EXPECT_EQ(post("/api/mo/uni/tn-Nobody.json", R"({"fvTenant":{"attributes":{"status":"deleted"}}})"), "");
  EXPECT_FALSE(there("uni/tn-Nobody"));
  EXPECT_THAT(apic.frames(), IsEmpty());
}

TEST_F(WritesTest, TheFabricItselfCannotBeDeleted) {
  for (const char* dn : {"uni", "topology", "uni/tn-common", "uni/infra"}) {
    EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/" + std::string(dn) + ".json")), StartsWith("400 107 ")) << dn;
    EXPECT_TRUE(there(dn));
  }
  EXPECT_THAT(post("/api/mo/uni.json", R"({"polUni":{"attributes":{"status":"deleted"}}})"), StartsWith("400 107 "));
}

TEST_F(WritesTest, StatusSaysWhatMayHappen) {
  const auto with_status = [&](const std::string& status) {
    return post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":")" + status + "\"}}}");
  };
  EXPECT_THAT(with_status("modified"), StartsWith("400 102 configured object ((Dn0)) not found Dn0=uni/tn-T, "));
  EXPECT_EQ(with_status("created"), "");
  EXPECT_THAT(with_status("created"),
              AllOf(StartsWith("400 103 "), HasSubstr("child (Rn) of class fvTenant is already attached.")));
  EXPECT_EQ(with_status("modified"), "");
  EXPECT_EQ(with_status("created, modified"), "");
  EXPECT_EQ(with_status("created,modified"), "");
  EXPECT_EQ(with_status(""), "");
  EXPECT_THAT(with_status("replaced"), StartsWith("400 120 unknown property value replaced, , name status, class fvTenant"));
  EXPECT_EQ(with_status("deleted"), "");
  EXPECT_FALSE(there("uni/tn-T"));
}

TEST_F(WritesTest, StatusMayBeTheMasksNumber) {
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":"4"}}})"), StartsWith("400 102 "));
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":"2"}}})"), "");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":"6"}}})"), "");
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":"16"}}})"), StartsWith("400 120 "));
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"status":"8"}}})"), "");
  EXPECT_FALSE(there("uni/tn-T"));
}

TEST_F(WritesTest, TheRootMayBeTheOutermostObject) {
  EXPECT_EQ(post("/api/mo.json", R"({"topRoot":{"attributes":{},"children":[{"polUni":{"attributes":{},"children":[
      {"fvTenant":{"attributes":{"name":"T"}}}]}}]}})"),
            "");
  EXPECT_EQ(apic.post("/api/policymgr/mo/.xml", R"(<polUni><fvTenant name="U"/></polUni>)").status, 200);
  EXPECT_TRUE(there("uni/tn-T"));
  EXPECT_TRUE(there("uni/tn-U"));
}

TEST_F(WritesTest, DnAndRnMustNameTheSameObjectHoweverTheyAreBracketed) {
  EXPECT_EQ(post("/api/mo.json", R"({"fvTenant":{"attributes":{"dn":"uni/tn-[T]","rn":"tn-[T]"}}})"), "");
  EXPECT_TRUE(there("uni/tn-T"));
  EXPECT_THAT(post("/api/mo.json", R"({"fvTenant":{"attributes":{"dn":"uni/tn-T","rn":"tn-U"}}})"),
              StartsWith("400 104 Invalid RN tn-U"));
}

TEST_F(WritesTest, ADeletionNamesTheClassThatIsThere) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[{"rtctrlSubjP":{"attributes":{"name":"s"}}}]}})");
  EXPECT_THAT(post("/api/mo.json", R"({"vzSubj":{"attributes":{"dn":"uni/tn-T/subj-s","status":"deleted"}}})"),
              StartsWith("400 400 Invalid DN uni/tn-T/subj-s"));
  EXPECT_TRUE(there("uni/tn-T/subj-s"));
}

TEST_F(WritesTest, NobodyWritesTheLogs) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  const auto logs = apic.objects("/api/class/aaaModLR.json?query-target-filter=eq(aaaModLR.affected,\"uni/tn-T\")");
  ASSERT_THAT(logs, SizeIs(1));
  const std::string dn(logs[0].dn());
  EXPECT_THAT(error_of(apic.send("DELETE", "/api/mo/" + dn + ".json")), StartsWith("400 107 "));
  EXPECT_THAT(post("/api/mo/" + dn + ".json", R"({"tagAnnotation":{"attributes":{"key":"k","value":"v"}}})"),
              StartsWith("400 400 Invalid request. Can not contain child 'tagAnnotation' under parent 'aaaModLR'"));
  EXPECT_EQ(post("/api/mo/" + dn + ".json", R"({"aaaModLR":{"attributes":{"descr":"it was not me"}}})"),
            "400 170 Admin implicit props cannot be modified, class=aaaModLR, prop=descr");
  EXPECT_EQ(value(dn, "descr"), logs[0].attributes.get("descr"));
}

TEST_F(WritesTest, WhatIsFixedAtCreationIsFixedForTheWholeRequest) {
  EXPECT_EQ(post("/api/mo/uni/controller/nodeidentpol.json",
                 R"({"fabricNodeIdentP":{"attributes":{"serial":"S1","nodeType":"unspecified","nodeId":"101"}}})"),
            "");
  const std::string changed = R"({"fabricNodeIdentP":{"attributes":{"serial":"S1","nodeType":"remote-leaf-wan"}}})";
  const std::string refusal =
      "Create-only and naming props cannot be modified after creation, class=fabricNodeIdentP, prop=nodeType";
  EXPECT_THAT(post("/api/mo/uni/controller/nodeidentpol.json", changed), HasSubstr(refusal));
  EXPECT_THAT(
      post("/api/mo/uni/controller/nodeidentpol.json",
           R"({"fabricNodeIdentPol":{"attributes":{},"children":[{"fabricNodeIdentP":{"attributes":{"serial":"S1"}}},)" +
               changed + "]}}"),
      HasSubstr(refusal));
}

TEST_F(WritesTest, ARequestIsDoneAsAWholeOrNotAtAll) {
  const auto objects = apic.controller.status().objects;
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[{"fvBD":{"attributes":{"name":"B"}}},
      {"fvCtx":{"attributes":{"name":"bad name"}}}]}})"),
              StartsWith("400 801 "));
  EXPECT_FALSE(there("uni/tn-T"));
  EXPECT_EQ(apic.controller.status().objects, objects);
  EXPECT_THAT(apic.frames(), IsEmpty());
}

TEST_F(WritesTest, DeletingAndCreatingInOneRequestStartsAfresh) {
  post("/api/mo/uni/tn-T/BD-B.json",
       R"({"fvBD":{"attributes":{"descr":"old"},"children":[{"fvSubnet":{"attributes":{"ip":"10.0.0.1/24"}}}]}})");
  apic.frames();
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[
      {"fvBD":{"attributes":{"name":"B","status":"deleted"}}},{"fvBD":{"attributes":{"name":"B","status":"created"},"children":[
          {"fvSubnet":{"attributes":{"ip":"10.0.0.1/24","status":"created"}}}]}}]}})"),
            "");
  EXPECT_EQ(value("uni/tn-T/BD-B", "descr"), "");
  EXPECT_THAT(told(), AllOf(::testing::Contains("deleted uni/tn-T/BD-B/subnet-[10.0.0.1/24]"),
                            ::testing::Contains("created uni/tn-T/BD-B/subnet-[10.0.0.1/24]")));
}

TEST_F(WritesTest, MistakesAreAnsweredWithTheRecordedCodesAndTexts) {
  post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{}}})");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvFoobar":{"attributes":{}}})"),
            "400 122 unknown managed object class fvFoobar");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"description":"x"}}})"),
            "400 400 unknown attribute 'description' in element 'fvTenant'");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvSubnet":{"attributes":{"ip":"10.0.0.1/24"}}})"),
            "400 400 Invalid request. Can not contain child 'fvSubnet' under parent 'fvTenant'");
  EXPECT_EQ(post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"bcastP":"1.1.1.1"}}})"),
            "400 170 Admin implicit props cannot be modified, class=fvBD, prop=bcastP");
  EXPECT_EQ(post("/api/mo/uni/tn-T/BD-B.json", R"({"fvBD":{"attributes":{"arpFlood":"maybe"}}})"),
            "400 120 unknown property value maybe, , name arpFlood, class fvBD [(Dn0)] Dn0=, ");
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"descr":"a=b"}}})"),
            "400 801 property descr of uni/tn-T failed validation for value 'a=b'");
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"name":"U"}}})"),
              HasSubstr("Create-only and naming props cannot be modified after creation, class=fvTenant, prop=name"));
  EXPECT_THAT(post("/api/mo/uni.json", R"({"fvTenant":{"attributes":{"descr":"x"}}})"), StartsWith("400 104 Invalid RN"));
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{"dn":"uni/tn-U"}}})"),
              StartsWith("400 400 Invalid DN uni/tn-U"));
  EXPECT_THAT(post("/api/mo/uni/tn-T/nonsense-1.json", R"({"fvBD":{"attributes":{"name":"B"}}})"),
              StartsWith("400 400 Invalid DN uni/tn-T/nonsense-1 wrong rn prefix nonsense at position 9"));
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"children":[],"attributes":{}}})"),
              HasSubstr("Attributes are missing"));
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvTenant":)"), StartsWith("400 400 "));
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", ""), StartsWith("400 400 "));
  EXPECT_THAT(post("/api/class/fvTenant.json", R"({"fvTenant":{"attributes":{"name":"T"}}})"), StartsWith("400 400 "));
}

TEST_F(WritesTest, NamesCannotBreakOutOfTheirRn) {
  for (const char* target : {"a]/b", "[", "a]b", "]", "uni/x]/y-["})
    EXPECT_THAT(
        post("/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvRsDomAtt":{"attributes":{"tDn":")" + std::string(target) + "\"}}}"),
        StartsWith("400 104 Invalid RN "));
  EXPECT_THAT(post("/api/mo/uni/tn-T.json", R"({"fvBD":{"attributes":{"rn":"BD-B/subnet-[10.0.0.1/24]"}}})"),
              StartsWith("400 104 Invalid RN "));
  EXPECT_FALSE(there("uni/tn-T")) << "not even parents are made for a request that is refused";
  EXPECT_EQ(post("/api/mo/uni/tn-T/BD-B.json",
                 R"({"fvBD":{"attributes":{},"children":[{"tagAnnotation":{"attributes":{"key":"k","value":"v"}}}]}})"),
            "");
  EXPECT_EQ(value("uni/tn-T/BD-B/annotationKey-[k]", "value"), "v");
}

TEST_F(WritesTest, ValuesComeBackInCanonicalForm) {
  EXPECT_EQ(post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{},"children":[
      {"vzFilter":{"attributes":{"name":"f"},"children":[{"vzEntry":{"attributes":{"name":"e","etherT":"ip","prot":"6","dFromPort":"80","dToPort":"http"}}}]}},
      {"fvBD":{"attributes":{"name":"B","mac":"00:22:bd:f8:19:aa"},"children":[{"fvSubnet":{"attributes":{"ip":"10.0.0.1/24","scope":"shared,public"}}}]}}]}})"),
            "");
  EXPECT_EQ(value("uni/tn-T/flt-f/e-e", "dFromPort"), "http");
  EXPECT_EQ(value("uni/tn-T/flt-f/e-e", "prot"), "tcp");
  EXPECT_EQ(value("uni/tn-T/BD-B", "mac"), "00:22:BD:F8:19:AA");
  EXPECT_EQ(value("uni/tn-T/BD-B/subnet-[10.0.0.1/24]", "scope"), "public,shared");
}

TEST_F(WritesTest, AnExportedObjectMayBePostedBack) {
  post("/api/mo/uni/tn-T.json", R"({"fvTenant":{"attributes":{}}})");
  apic.frames();
  EXPECT_EQ(post("/api/mo/uni/tn-T.json",
                 R"({"fvTenant":{"attributes":{"annotation":"","childAction":"","dn":"uni/tn-T","extMngdBy":"",
      "lcOwn":"local","modTs":"2020-01-01T00:00:00.000+00:00","monPolDn":"x","name":"T","rn":"","status":"","uid":"1"}}})"),
            "");
  EXPECT_THAT(apic.frames(), IsEmpty());
}

// As tools that keep snapshots of the configuration do.
TEST_F(WritesTest, AnExportOfTheWholeConfigurationMayBePostedBack) {
  const std::string query = "?rsp-subtree=full&rsp-prop-include=config-only";
  apic.frames();
  const std::string json = apic.get("/api/mo/uni.json" + query).body, begin = R"("imdata":[)";
  const std::size_t from = json.find(begin) + begin.size();
  EXPECT_EQ(post("/api/mo/uni.json", json.substr(from, json.rfind("]}") - from)), "");
  const std::string xml = apic.get("/api/mo/uni.xml" + query).body;
  const std::size_t first = xml.find("<polUni");
  EXPECT_THAT(apic.post("/api/mo/uni.xml", xml.substr(first, xml.rfind("</imdata>") - first)).body,
              HasSubstr("totalCount=\"0\""));
  EXPECT_THAT(apic.frames(), IsEmpty()) << "nothing has changed";
}

TEST_F(WritesTest, SecretsAreTakenAndNeverShown) {
  EXPECT_EQ(post("/api/mo/uni/userext.json", R"({"aaaUser":{"attributes":{"name":"joe","pwd":"s3cret-word"}}})"), "");
  for (const std::string& frame : apic.frames()) EXPECT_THAT(frame, Not(HasSubstr("s3cret-word")));
  EXPECT_THAT(apic.get("/api/mo/uni/userext/user-joe.json").body,
              AllOf(HasSubstr("\"name\":\"joe\""), Not(HasSubstr("\"pwd\""))));
}

TEST_F(WritesTest, RspSubtreeModifiedShowsWhatTheRequestDid) {
  const auto body = R"({"fvTenant":{"attributes":{"name":"T"},"children":[{"fvAp":{"attributes":{"name":"A"}}}]}})";
  const auto first = codec::decode_answer(apic.post("/api/mo/uni/tn-T.json?rsp-subtree=modified", body).body);
  ASSERT_TRUE(first && first->objects.size() == 1);
  const auto& tenant = first->objects[0];
  EXPECT_EQ(tenant.attributes.get("status"), "created");
  EXPECT_EQ(tenant.attributes.get("childAction"), "deleteNonPresent");
  EXPECT_EQ(tenant.attributes.get("rn"), "");
  EXPECT_EQ(tenant.dn(), "uni/tn-T");
  EXPECT_EQ(tenant.attributes.get("monPolDn"), "uni/tn-common/monepg-default");
  ASSERT_THAT(tenant.children, SizeIs(1));
  EXPECT_EQ(tenant.children[0].dn(), "uni/tn-T/ap-A");
  EXPECT_EQ(apic.post("/api/mo/uni/tn-T.json?rsp-subtree=modified", body).body, R"({"totalCount":"0","imdata":[]})");
  const auto gone = codec::decode_answer(
      apic.post("/api/mo/uni/tn-T.json?rsp-subtree=modified", R"({"fvAp":{"attributes":{"name":"A","status":"deleted"}}})")
          .body);
  ASSERT_TRUE(gone && gone->objects.size() == 1);
  EXPECT_EQ(gone->objects[0].attributes.get("status"), "deleted");
}

TEST_F(WritesTest, RspSubtreeFullShowsTheTree) {
  const auto answer = codec::decode_answer(
      apic.post("/api/mo/uni/tn-T.json?rsp-subtree=full", R"({"fvTenant":{"attributes":{"name":"T"}}})").body);
  ASSERT_TRUE(answer && answer->objects.size() == 1);
  ASSERT_THAT(answer->objects[0].children, SizeIs(1));
  EXPECT_EQ(answer->objects[0].children[0].class_name, "fvRsTenantMonPol");
}

TEST_F(WritesTest, XmlIsReadWhereTheUrlSaysXml) {
  const Response response = apic.post("/api/mo/uni/tn-T.xml", R"(<fvTenant descr="xml"><fvAp name="A"/></fvTenant>)");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?><imdata totalCount=\"0\""));
  EXPECT_EQ(value("uni/tn-T", "descr"), "xml");
  EXPECT_TRUE(there("uni/tn-T/ap-A"));
  EXPECT_THAT(apic.post("/api/mo/uni/tn-T.xml", "<fvTenant").body, HasSubstr("<error code=\"400\""));
}

}  // namespace
}  // namespace aci::controller
