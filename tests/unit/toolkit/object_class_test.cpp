#include "aci/object_class.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "aci/session.hpp"

namespace aci {
namespace {

std::string printed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(ManagedObject, has_the_dn_that_its_class_name_and_parent_give) {
  EXPECT_EQ(Tenant("common").dn(), "uni/tn-common");
  EXPECT_EQ(AppProfile("Shop", Tenant("common")).dn(), "uni/tn-common/ap-Shop");
  EXPECT_EQ(EPG("Web", AppProfile("Shop", Tenant("T"))).dn(), "uni/tn-T/ap-Shop/epg-Web");
  EXPECT_EQ(Subnet("10.0.0.1/24", BridgeDomain("B", Tenant("T"))).dn(), "uni/tn-T/BD-B/subnet-[10.0.0.1/24]");
  EXPECT_EQ(Node("101", Pod("1")).dn(), "topology/pod-1/node-101");
  EXPECT_EQ(ObjectClass("fvTenant")("x").dn(), "uni/tn-x");
}

TEST(ManagedObject, says_why_it_has_no_dn) {
  EXPECT_EQ(AppProfile("Shop").dn(), "");
  EXPECT_NE(AppProfile("Shop").problem().find("needs its parent"), std::string::npos);
  EXPECT_NE(AppProfile("Shop", AppProfile("Other", Tenant("T"))).problem().find("does not stand below fvAp"), std::string::npos);
  EXPECT_NE(EPG("Web", AppProfile("Shop")).problem().find("fvAp 'Shop'"), std::string::npos);
  EXPECT_NE(Tenant("").problem().find("empty"), std::string::npos);
  EXPECT_EQ(Tenant("a/b").dn(), "");
  EXPECT_NE(Tenant("a/b").problem(), "");
  EXPECT_NE(ObjectClass("fvNoSuch")("x").problem().find("ManagedObject::at"), std::string::npos);
}

TEST(ManagedObject, is_found_by_its_dn) {
  const auto epg = ManagedObject::at("uni/tn-T/ap-A/epg-Web");
  EXPECT_EQ(epg.class_name(), "fvAEPg");
  EXPECT_EQ(epg.name(), "Web");
  EXPECT_EQ(epg, EPG("Web", AppProfile("A", Tenant("T"))));
  EXPECT_EQ(ManagedObject::at("uni/strange-x").dn(), "uni/strange-x");
  EXPECT_EQ(ManagedObject::at("uni//x").dn(), "");
  EXPECT_NE(ManagedObject::at("uni/[x").problem(), "");
}

TEST(ObjectClass, is_a_constant_and_a_value) {
  static_assert(Tenant == ObjectClass("fvTenant"));
  static_assert(!(Tenant == AppProfile));
  static_assert(ObjectClass(std::string_view("f0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")).name().empty());
  EXPECT_EQ(Fault.name(), "faultInst");
}

TEST(Subscribe, refuses_without_asking_what_cannot_work) {
  Session session("https://127.0.0.1:1", "admin", "password");
  EXPECT_EQ(printed(Tenant.subscribe(session)), "False (not logged in: call session.login() first)");
  EXPECT_NE(printed(ObjectClass("eqptIngrTotal5min").subscribe(session)).find("never pushes"), std::string::npos);
  EXPECT_EQ(ObjectClass("fv Tenant").subscribe(session).problem(), Problem::invalid);
  EXPECT_EQ(ObjectClass("").subscribe(session).problem(), Problem::invalid);
  const auto filtered = Tenant.subscribe(session, {.filter = "eq(fvTenant.name"});
  EXPECT_EQ(filtered.problem(), Problem::invalid);
  EXPECT_EQ(filtered.error().substr(0, 8), "filter: ");
  EXPECT_EQ(AppProfile("Shop").subscribe(session).problem(), Problem::invalid);
  EXPECT_FALSE(Tenant.has_events(session));
  EXPECT_FALSE(Tenant.get_event(session));
  EXPECT_EQ(Tenant.get_event_count(session), 0u);
  Tenant.unsubscribe(session);
}

TEST(Subscribed, prints_as_python_does) { EXPECT_EQ(printed(Subscribed()), "True"); }

}  // namespace
}  // namespace aci
