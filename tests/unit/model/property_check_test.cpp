#include "model/property_check.hpp"

#include <gtest/gtest.h>

namespace aci::model {
namespace {

// The canonical value, or the verdict where it does not fit.
std::string checked(std::string_view class_name, std::string_view property, std::string_view value) {
  const ClassFacts* facts = find_class(class_name);
  const PropertyFacts* found = facts ? facts->property(property) : nullptr;
  if (!found) return "no such property";
  const CheckedValue result = check_value(*found, value);
  switch (result.verdict) {
    case ValueVerdict::fits: return result.value;
    case ValueVerdict::unknown_value: return "<unknown value>";
    case ValueVerdict::not_valid: return "<not valid>";
  }
  return "";
}

TEST(PropertyCheckTest, BooleansAreYesAndNo) {
  EXPECT_EQ(checked("fvBD", "arpFlood", "true"), "yes");
  EXPECT_EQ(checked("fvBD", "arpFlood", "yes"), "yes");
  EXPECT_EQ(checked("fvBD", "arpFlood", "false"), "no");
  EXPECT_EQ(checked("fvBD", "arpFlood", "maybe"), "<unknown value>");
}

TEST(PropertyCheckTest, FlagsAreInTheOrderOfTheirNamesAndNoneIsEmpty) {
  EXPECT_EQ(checked("fvSubnet", "scope", "shared,public"), "public,shared");
  EXPECT_EQ(checked("fvSubnet", "scope", " shared , public,shared"), "public,shared");
  EXPECT_EQ(checked("fvSubnet", "scope", "5"), "public,shared");
  EXPECT_EQ(checked("igmpIfPol", "ifCtrl", "fast-leave,allow-v3-asm"), "allow-v3-asm,fast-leave");
  EXPECT_EQ(checked("fvSubnet", "scope", ""), "");
  EXPECT_EQ(checked("fvAEPg", "fwdCtrl", "none"), "");
  EXPECT_EQ(checked("fvSubnet", "scope", "global"), "<unknown value>");
  EXPECT_EQ(checked("fvSubnet", "scope", "4096"), "<unknown value>");
}

TEST(PropertyCheckTest, EnumerationsAndNamedNumbersAreTheirNames) {
  EXPECT_EQ(checked("fvCtx", "pcEnfPref", "unenforced"), "unenforced");
  EXPECT_EQ(checked("fvCtx", "pcEnfPref", "2"), "unenforced");
  EXPECT_EQ(checked("fvCtx", "pcEnfPref", "77"), "<unknown value>");
  EXPECT_EQ(checked("vzEntry", "dToPort", "80"), "http");
  EXPECT_EQ(checked("vzEntry", "dToPort", "8080"), "8080");
  EXPECT_EQ(checked("vzEntry", "dToPort", "https"), "https");
  EXPECT_EQ(checked("vzEntry", "dToPort", "65536"), "<unknown value>");
  EXPECT_EQ(checked("vzEntry", "dToPort", "-1"), "<unknown value>");
  EXPECT_EQ(checked("vzEntry", "prot", "6"), "tcp");
}

TEST(PropertyCheckTest, TextsHaveALengthAndAPattern) {
  EXPECT_EQ(checked("fvTenant", "name", "Heroes_1.x-2"), "Heroes_1.x-2");
  EXPECT_EQ(checked("fvTenant", "name", "a b"), "<not valid>");
  EXPECT_EQ(checked("fvTenant", "name", ""), "<not valid>");
  EXPECT_EQ(checked("fvTenant", "name", std::string(63, 'n')), std::string(63, 'n'));
  EXPECT_EQ(checked("fvTenant", "name", std::string(64, 'n')), "<not valid>");
  EXPECT_EQ(checked("fvTenant", "descr", ""), "");
  EXPECT_EQ(checked("fvTenant", "descr", "x=y"), "<not valid>");
}

TEST(PropertyCheckTest, DefaultsFitWhateverTheBoundsSay) {
  EXPECT_EQ(checked("vzBrCP", "azNetworkSecurityGroupRule", ""), "");
  EXPECT_EQ(checked("aaaUser", "unixUserId", "0"), "0");
  EXPECT_EQ(checked("fvTenant", "name", ""), "<not valid>");
}

TEST(PropertyCheckTest, AddressesAreReadAndMacsAreCapitals) {
  EXPECT_EQ(checked("fvBD", "mac", "00:22:bd:f8:19:ff"), "00:22:BD:F8:19:FF");
  EXPECT_EQ(checked("fvBD", "mac", "00:22:bd:f8:19"), "<not valid>");
  EXPECT_EQ(checked("ospfExtP", "areaId", "1"), "0.0.0.1");
  EXPECT_EQ(checked("ospfExtP", "areaId", "4294967295"), "255.255.255.255");
  EXPECT_EQ(checked("ospfExtP", "areaId", "0.0.0.2"), "0.0.0.2");
  EXPECT_EQ(checked("ospfExtP", "areaId", "backbone"), "backbone");
  EXPECT_EQ(checked("ospfExtP", "areaId", "4294967296"), "<not valid>");
  EXPECT_EQ(checked("fvBD", "mac", "00:22:bd:f8:19:fg"), "<not valid>");
  EXPECT_EQ(checked("fvStCEp", "mac", "00-22-bd-f8-19-ff"), "00:22:BD:F8:19:FF");
  for (const char* ip : {"10.0.0.1/24", "0.0.0.0/0", "255.255.255.255/32", "2001:db8::1/64", "::", "::1/128", "1:2:3:4:5:6:7:8",
                         "::ffff:10.0.0.1", "fe80::", "1::8"})
    EXPECT_EQ(checked("fvSubnet", "ip", ip), ip);
  for (const char* ip :
       {"10.0.0.256/24", "10.0.0/24", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1.2", "1:2:3:4:5:6:7", ":::", "1::2::3",
        "1:2:3:4:5:6:7:8:9", "2001:db8::1/129", "12345::", "abc", "", ":", "1:", "+1.0.0.0", "1:2:3:4:5:6:7::8"})
    EXPECT_EQ(checked("fvSubnet", "ip", ip), "<not valid>") << ip;
  EXPECT_EQ(checked("fvBD", "llAddr", ""), "::");
}

TEST(PropertyCheckTest, NumbersAreWrittenTheOneUsualWay) {
  EXPECT_EQ(checked("fvEpRetPol", "holdIntvl", "0300"), "300");
  EXPECT_EQ(checked("fvEpRetPol", "holdIntvl", "80.0"), "80.000000");
  for (const char* none : {"nan", "inf", "0x50", "1e3", " 80", "", "80.0.0", "99999999999999999999999"})
    EXPECT_EQ(checked("fvEpRetPol", "holdIntvl", none), "<unknown value>") << none;
}

TEST(PropertyCheckTest, PropertiesAreAskedForWhereAllAreKnown) {
  const auto code = [](const char* class_name, const char* property) {
    const auto checked = check_property_name(class_name, property);
    return checked ? 0 : checked.error().code;
  };
  EXPECT_EQ(code("fvBD", "arpFlood"), 0);
  EXPECT_EQ(code("fvBD", "modTs"), 0);
  EXPECT_EQ(code("fvBD", "nam"), 121);
  EXPECT_EQ(code("faultInst", "cod"), 121);
  EXPECT_EQ(code("faultInfo", "severity"), 0);
  EXPECT_EQ(code("faultInfo", "cod"), 121);
  EXPECT_EQ(code("fvB", "name"), 122);
  EXPECT_EQ(code("eqptLC", "hwVer"), 0) << "recorded in part";
  EXPECT_EQ(code("vlanCktEp", "encap"), 0) << "known by its name alone";
}

}  // namespace
}  // namespace aci::model
