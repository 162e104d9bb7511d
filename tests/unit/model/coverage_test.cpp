#include "model/coverage.hpp"

#include <gtest/gtest.h>

namespace aci::model {
namespace {

bool covers_tenant(const std::string& url, const std::string& class_name, const std::string& dn,
                   const Attributes& attributes = {}) {
  return covers(Query::parse_url(url).value(), class_name, dn, attributes);
}

TEST(Coverage, a_class_query_covers_the_objects_of_the_class) {
  EXPECT_TRUE(covers_tenant("/api/class/fvTenant.json", "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant("/api/class/fvTenant.json", "fvAp", "uni/tn-T/ap-A"));
}

TEST(Coverage, an_abstract_class_stands_for_its_concrete_ones) {
  EXPECT_TRUE(covers_tenant("/api/class/faultInfo.json", "faultInst", "uni/tn-T/fault-F1"));
  EXPECT_TRUE(covers_tenant("/api/class/faultInfo.json", "faultDelegate", "uni/tn-T/fd-[uni]-fault-F1"));
  EXPECT_FALSE(covers_tenant("/api/class/faultInst.json", "faultDelegate", "uni/tn-T/fd-[uni]-fault-F1"));
}

TEST(Coverage, a_class_query_below_a_dn_covers_what_is_below_it) {
  EXPECT_TRUE(covers_tenant("/api/class/uni/tn-T/fvBD.json", "fvBD", "uni/tn-T/BD-B"));
  EXPECT_FALSE(covers_tenant("/api/class/uni/tn-T/fvBD.json", "fvBD", "uni/tn-T2/BD-B"));
}

TEST(Coverage, an_object_query_covers_itself_children_or_the_subtree) {
  const std::string mo = "/api/mo/uni/tn-T.json";
  EXPECT_TRUE(covers_tenant(mo, "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(mo, "fvAp", "uni/tn-T/ap-A"));
  EXPECT_TRUE(covers_tenant(mo + "?query-target=children", "fvAp", "uni/tn-T/ap-A"));
  EXPECT_FALSE(covers_tenant(mo + "?query-target=children", "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(mo + "?query-target=children", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant(mo + "?query-target=subtree", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant(mo + "?query-target=subtree", "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(mo + "?query-target=subtree", "fvTenant", "uni/tn-T-test")) << "a name that only begins alike";
}

TEST(Coverage, target_subtree_class_and_filter_limit_it) {
  const std::string mo = "/api/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvAp,fvBD";
  EXPECT_TRUE(covers_tenant(mo, "fvBD", "uni/tn-T/BD-B"));
  EXPECT_FALSE(covers_tenant(mo, "fvCtx", "uni/tn-T/ctx-C"));
  const std::string filtered = "/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,\"T\")";
  EXPECT_TRUE(covers_tenant(filtered, "fvTenant", "uni/tn-T", {{"name", "T"}}));
  EXPECT_FALSE(covers_tenant(filtered, "fvTenant", "uni/tn-U", {{"name", "U"}}));
}

TEST(Coverage, the_subtree_of_a_class_is_found_through_the_ancestors) {
  const std::string below = "/api/class/fvTenant.json?query-target=subtree";
  EXPECT_TRUE(covers_tenant(below, "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant(below, "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(below, "infraInfra", "uni/infra"));
  EXPECT_TRUE(covers_tenant("/api/class/fvTenant.json?query-target=children", "fvAp", "uni/tn-T/ap-A"));
  EXPECT_FALSE(covers_tenant("/api/class/fvTenant.json?query-target=children", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
}

TEST(Coverage, the_subtree_of_a_class_below_a_dn_begins_at_objects_below_it) {
  const std::string below = "/api/class/uni/tn-T/ap-A/fvTenant.json?query-target=";
  EXPECT_FALSE(covers_tenant(below + "subtree", "fvAEPg", "uni/tn-T/ap-A/epg-E")) << "the tenant stands above ap-A";
  EXPECT_FALSE(covers_tenant(below + "children", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant("/api/class/uni/tn-T/fvAp.json?query-target=subtree", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant("/api/class/uni/tn-T/fvAp.json?query-target=children", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
}

TEST(Coverage, the_root_is_an_object_too) {
  EXPECT_TRUE(covers_tenant("/api/class/topRoot.json?query-target=subtree", "fvAEPg", "uni/tn-T/ap-A/epg-E"));
  EXPECT_TRUE(covers_tenant("/api/class/topRoot.json?query-target=children", "polUni", "uni"));
  EXPECT_TRUE(covers_tenant("/api/mo.json?query-target=children", "aaaModLR", "subj-[uni/tn-T]/mod-1"));
  EXPECT_FALSE(covers_tenant("/api/mo.json?query-target=children", "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant("/api/mo.json?query-target=children", "topRoot", ""));
}

TEST(Coverage, with_no_scoped_the_records_alone) {
  const std::string health = "/api/class/fvTenant.json?rsp-subtree-include=health,no-scoped";
  EXPECT_TRUE(covers_tenant(health, "healthInst", "uni/tn-T/health"));
  EXPECT_FALSE(covers_tenant(health, "healthInst", "uni/tn-T/ap-A/health"));
  EXPECT_TRUE(covers_tenant(health + ",subtree", "healthInst", "uni/tn-T/ap-A/health"));
  EXPECT_FALSE(covers_tenant(health, "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(health, "faultInst", "uni/tn-T/fault-F1"));
  EXPECT_TRUE(covers_tenant("/api/mo/uni/tn-T.json?rsp-subtree-include=faults,no-scoped", "faultDelegate",
                            "uni/tn-T/fd-[uni]-fault-F1"));
  const std::string nested = "/api/class/fvTenant.json?rsp-subtree-include=faults";
  EXPECT_TRUE(covers_tenant(nested, "fvTenant", "uni/tn-T"));
  EXPECT_FALSE(covers_tenant(nested, "faultInst", "uni/tn-T/fault-F1"));
}

}  // namespace
}  // namespace aci::model
