#include "model/watchable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aci::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string why_not(const Query& query) {
  const auto fine = watchable(query);
  return fine ? "" : fine.error().message;
}

std::string why_not(const std::string& url) { return why_not(Query::parse_url(url).value()); }

std::string why_not_filter(const std::string& class_name, const std::string& filter) {
  auto query = Query::of_class(class_name);
  query.target_filter = Filter::parse(filter).value();
  return why_not(query);
}

TEST(Watchable, WhatIsPushed) {
  for (const char* url :
       {"/api/class/fvTenant.json", "/api/class/faultInfo.json", "/api/mo/uni/tn-T.json",
        "/api/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvBD,fvAEPg", "/api/class/uni/tn-T/fvBD.json",
        "/api/class/fvTenant.json?order-by=fvTenant.name&page=0&page-size=1&rsp-prop-include=all",
        "/api/mo/uni/some-thing/nobody-knows.json"})
    EXPECT_EQ(why_not(std::string(url)), "") << url;
}

TEST(Watchable, StatisticsAreNever) {
  EXPECT_THAT(why_not(Query::of_class("eqptIngrTotal5min")), HasSubstr("never pushes"));
  EXPECT_THAT(why_not("/api/mo/topology.json?query-target=subtree&target-subtree-class=fabricNode,fabricNodeHealth15min"),
              HasSubstr("fabricNodeHealth15min holds statistics"));
}

TEST(Watchable, AMisspeltClassIsNamedWithItsNeighbours) {
  EXPECT_THAT(why_not(Query::of_class("fvTenat")), HasSubstr("'fvTenant'"));
  EXPECT_THAT(why_not("/api/mo/uni.json?query-target=subtree&target-subtree-class=fvBDD"), HasSubstr("unknown class 'fvBDD'"));
  EXPECT_THAT(why_not_filter("fvTenant", R"(eq(fvTenat.name,"x"))"), HasSubstr("did you mean 'fvTenant'"));
}

TEST(Watchable, FiltersThatCanWork) {
  for (const auto& [class_name, filter] : std::vector<std::pair<std::string, std::string>>{
           {"fvTenant", R"(eq(fvTenant.name,"Heroes"))"},
           {"fvTenant", R"(not(eq(fvTenant.name,"Heroes")))"},
           {"fvTenant", R"(or(eq(fvTenant.name,"Heroes"),eq(fvAp.name,"Heroes")))"},
           {"fvTenant", "true()"},
           {"faultInst", R"(ge(faultInst.severity,"major"))"},
           {"faultInst", R"(eq(faultInfo.severity,"major"))"},
           {"faultInfo", R"(eq(faultInst.severity,"major"))"},
           {"faultInst", R"(wcard(faultInst.severity,"m"))"},
           {"aaaActiveUserSession", R"(wcard(aaaActiveUserSession.status,"created"))"},
           {"aaaActiveUserSession", R"(eq(aaaActiveUserSession.status,"created"))"},
           {"vzEntry", R"(eq(vzEntry.dToPort,"http"))"},
           {"vzEntry", R"(eq(vzEntry.dToPort,"8080"))"},
           {"fvSubnet", R"(eq(fvSubnet.ip,"10.0.0.1/24"))"}})
    EXPECT_EQ(why_not_filter(class_name, filter), "") << filter;
}

TEST(Watchable, FiltersThatCannot) {
  EXPECT_THAT(why_not_filter("fvTenant", R"(eq(fvTenant.nme,"x"))"),
              AllOf(HasSubstr("class fvTenant has no property 'nme'"), HasSubstr("did you mean 'name'")));
  EXPECT_THAT(why_not_filter("faultInst", R"(eq(faultInst.severity,"majr"))"),
              AllOf(HasSubstr("faultInst.severity is never 'majr'"), HasSubstr("did you mean 'major'"), HasSubstr("critical")));
  EXPECT_THAT(why_not_filter("faultInst", R"(ge(faultInst.severity,"sev1"))"), HasSubstr("'sev1'"));
  EXPECT_THAT(why_not_filter("fvTenant", R"(eq(fvBD.name,"x"))"),
              AllOf(HasSubstr("never matches an object of fvTenant"), HasSubstr("fvBD")));
  EXPECT_THAT(why_not_filter("fvTenant", R"(and(eq(fvTenant.name,"x"),eq(fvBD.name,"x")))"), HasSubstr("never matches"));
  EXPECT_THAT(why_not_filter("fvTenant", R"(not(eq(fvBD.name,"x")))"), HasSubstr("never matches"));
  EXPECT_THAT(why_not_filter("fvTenant", "false()"), HasSubstr("never matches"));
  EXPECT_THAT(why_not_filter("fvTenant", "not(true())"), HasSubstr("never matches"));
  EXPECT_THAT(why_not_filter("l2InstPol", R"(eq(l2InstPol.fabricMtu,"99999"))"),
              AllOf(HasSubstr("is never '99999'"), HasSubstr("9216")));
  EXPECT_THAT(why_not(R"(/api/mo/uni/tn-T.json?query-target-filter=eq(fvBD.name,"x"))"),
              HasSubstr("never matches an object of fvTenant"));
}

TEST(Watchable, OptionsThatMeanNothingToPushes) {
  EXPECT_THAT(why_not("/api/class/fvTenant.json?rsp-subtree=full"), HasSubstr("query-target=subtree"));
  EXPECT_THAT(why_not("/api/class/fvTenant.json?rsp-subtree-include=count"), HasSubstr("count is not pushed"));
  EXPECT_THAT(why_not("/api/class/fvTenant.json?rsp-subtree-include=health,no-scoped"), HasSubstr("healthInst"));
  EXPECT_THAT(why_not("/api/class/fvTenant.json?rsp-subtree-include=faults"), HasSubstr("faultInst"));
  EXPECT_THAT(why_not("/api/class/fvTenant.json?rsp-prop-include=config-only"), HasSubstr("withhold"));
  EXPECT_THAT(why_not("/api/class/fvTenant.json?page=3&page-size=10"), HasSubstr("one page"));
  EXPECT_THAT(why_not("/api/mo.json"), HasSubstr("nothing to watch"));
}

}  // namespace
}  // namespace aci::model
