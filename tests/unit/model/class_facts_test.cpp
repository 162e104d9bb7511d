#include "model/class_facts.hpp"

#include <gmock/gmock.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <thread>

#include "base/rng.hpp"

namespace aci::model {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

const ClassFacts& facts_of(std::string_view name) {
  const ClassFacts* facts = find_class(name);
  if (facts == nullptr) throw std::out_of_range(std::string(name));
  return *facts;
}

const PropertyFacts& property_of(std::string_view class_name, std::string_view name) {
  const PropertyFacts* property = facts_of(class_name).property(name);
  if (property == nullptr) throw std::out_of_range(std::string(class_name) + "." + std::string(name));
  return *property;
}

std::string_view class_name_of(const ClassFacts* facts) { return facts != nullptr ? facts->name : "none"; }

TEST(ClassFacts, HoldThousandsOfClassesInAsciiOrder) {
  EXPECT_GT(all_classes().size(), 3400u);
  EXPECT_TRUE(std::is_sorted(all_classes().begin(), all_classes().end(),
                             [](const ClassFacts& a, const ClassFacts& b) { return a.name < b.name; }));
  for (const auto& facts : all_classes()) {
    ASSERT_EQ(find_class(facts.name), &facts);
    ASSERT_EQ(&all_classes()[facts.index], &facts);
  }
}

TEST(ClassFacts, UnknownNamesAreNotFound) {
  for (const char* name : {"", "fvTenan", "fvtenant", "fvTenant ", "#", "c", "p", "\n"})
    EXPECT_EQ(find_class(name), nullptr) << name;
}

TEST(ClassFacts, TellHowTheUsualClassesAreNamed) {
  const std::pair<const char*, const char*> formats[] = {
      {"fvTenant", "tn-{name}"},
      {"fvAp", "ap-{name}"},
      {"fvAEPg", "epg-{name}"},
      {"fvBD", "BD-{name}"},
      {"fvCtx", "ctx-{name}"},
      {"fvSubnet", "subnet-[{ip}]"},
      {"fvRsBd", "rsbd"},
      {"fvRsPathAtt", "rspathAtt-[{tDn}]"},
      {"vzBrCP", "brc-{name}"},
      {"vzEntry", "e-{name}"},
      {"l3extOut", "out-{name}"},
      {"faultInst", "fault-{code}"},
      {"healthInst", "health"},
      {"faultDelegate", "fd-[{affected}]-fault-{code}"},
      {"topSystem", "sys"},
      {"aaaModLR", "subj-[{affected}]/mod-{id}"},
      {"fabricNode", "node-{id}"},
      {"fvnsEncapBlk", "from-[{from}]-to-[{to}]"},
      {"polUni", "uni"},
      {"infraHPortS", "hports-{name}-typ-{type}"},
      {"fabricTopology", "topology"},
      {"faultRecord", "subj-[{affected}]/fr-{id}"},
      {"l1PhysIf", "phys-[{id}]"},
      {"aaaSessionLR", "subj-[{affected}]/sess-{id}"},
      {"compUni", "comp"},
      {"eventRecord", "subj-[{affected}]/rec-{id}"},
      {"fvCEp", "cep-{name}"},
      {"fvRtBd", "rtbd-[{tDn}]"},
  };
  for (const auto& [name, format] : formats) EXPECT_EQ(facts_of(name).rn_format, format) << name;
  EXPECT_THAT(facts_of("infraHPortS").naming, ElementsAre("name", "type"));
  EXPECT_THAT(facts_of("fvAEPg").parents, ElementsAre("fvAp"));
  EXPECT_THAT(facts_of("fvSubnet").parents, Contains("fvBD"));
  EXPECT_TRUE(facts_of("faultInst").anywhere);
  EXPECT_TRUE(facts_of("tagAnnotation").anywhere);
  EXPECT_TRUE(facts_of("fvTenant").configurable);
  EXPECT_FALSE(facts_of("faultInst").configurable);
}

TEST(ClassFacts, ATenantHasThePropertiesOfARecordedOne) {
  std::vector<std::string_view> names;
  for (const auto& property : facts_of("fvTenant").properties()) names.push_back(property.name);
  EXPECT_THAT(names, ElementsAre("annotation", "childAction", "descr", "dn", "extMngdBy", "lcOwn", "modTs", "monPolDn", "name",
                                 "nameAlias", "ownerKey", "ownerTag", "rn", "status", "uid", "userdom"));
  EXPECT_EQ(property_of("fvTenant", "annotation").default_value, "");
  EXPECT_EQ(property_of("fvTenant", "lcOwn").default_value, "local");
  EXPECT_EQ(property_of("fvTenant", "extMngdBy").default_value, "");
  EXPECT_EQ(property_of("fvTenant", "monPolDn").default_value, "uni/tn-common/monepg-default");
  EXPECT_EQ(property_of("fvTenant", "userdom").default_value, "all");
  const auto& name = property_of("fvTenant", "name");
  EXPECT_TRUE(name.naming);
  EXPECT_TRUE(name.configurable);
  EXPECT_FALSE(name.implicit);
  EXPECT_EQ(name.min, 1);
  EXPECT_EQ(name.max, 63);
  EXPECT_EQ(name.pattern, "^[a-zA-Z0-9_.-]+$");
  EXPECT_TRUE(property_of("fvTenant", "uid").implicit);
}

TEST(ClassFacts, DefaultsAreShownAsTheControllerShowsThem) {
  EXPECT_EQ(property_of("fvBD", "arpFlood").default_value, "no");
  EXPECT_EQ(property_of("fvBD", "limitIpLearnToSubnets").default_value, "yes");
  EXPECT_EQ(property_of("fvBD", "mac").default_value, "00:22:BD:F8:19:FF");
  EXPECT_EQ(property_of("fvBD", "llAddr").default_value, "::");
  EXPECT_EQ(property_of("fvBD", "configIssues").default_value, "");
  EXPECT_EQ(property_of("fvAEPg", "fwdCtrl").default_value, "");
  EXPECT_EQ(property_of("fvAEPg", "shutdown").default_value, "no");
  EXPECT_EQ(property_of("fvAEPg", "prio").default_value, "unspecified");
  EXPECT_EQ(property_of("fvSubnet", "ctrl").default_value, "nd");
  EXPECT_EQ(property_of("vzEntry", "dFromPort").default_value, "unspecified");
  EXPECT_EQ(property_of("vzEntry", "tcpRules").default_value, "");
  EXPECT_EQ(property_of("fvRsPathAtt", "encap").default_value, "unknown");
  EXPECT_EQ(property_of("fvRsBd", "tCl").default_value, "fvBD");
  EXPECT_EQ(property_of("vzRsSubjFiltAtt", "tCl").default_value, "vzFilter");
  EXPECT_EQ(property_of("fvRsBd", "tType").default_value, "name");
  EXPECT_EQ(property_of("fvRsDomAtt", "tType").default_value, "mo");
  EXPECT_EQ(property_of("infraAccPortP", "monPolDn").default_value, "uni/fabric/monfab-default");
}

TEST(ClassFacts, EnumerationsAndFlagsKnowTheirNumbers) {
  const auto& scope = property_of("fvSubnet", "scope");
  EXPECT_EQ(scope.type, PropertyType::flags);
  EXPECT_THAT(scope.values, ElementsAre("public", "private", "shared"));
  EXPECT_THAT(scope.numbers, ElementsAre(1, 2, 4));
  const auto& port = property_of("vzEntry", "dFromPort");
  EXPECT_EQ(port.type, PropertyType::number);
  const auto http = std::find(port.values.begin(), port.values.end(), "http");
  ASSERT_NE(http, port.values.end());
  EXPECT_EQ(port.numbers[static_cast<std::size_t>(http - port.values.begin())], 80);
  EXPECT_THAT(property_of("vzEntry", "prot").values, Contains("tcp"));
  EXPECT_THAT(property_of("vzEntry", "icmpv4T").values, Contains("echo"));
  EXPECT_THAT(property_of("vzBrCP", "targetDscp").values, Contains("AF11"));
  EXPECT_EQ(property_of("fvCtx", "pcEnfPref").type, PropertyType::enumeration);
  EXPECT_TRUE(property_of("aaaUser", "pwd").secret);
}

TEST(ClassFacts, SeveritiesHaveTheirOrder) {
  for (const char* name : {"faultInst", "faultDelegate", "faultRecord", "faultInfo"}) {
    const auto& severity = property_of(name, "severity");
    EXPECT_EQ(severity.type, PropertyType::enumeration);
    EXPECT_THAT(severity.values, ElementsAre("cleared", "info", "warning", "minor", "major", "critical"));
    EXPECT_THAT(severity.numbers, ElementsAre(0, 1, 2, 3, 4, 5));
  }
  EXPECT_TRUE(property_of("faultInst", "ack").configurable);
}

TEST(ClassFacts, EveryPropertyOfEveryClassIsWellFormed) {
  std::set<std::string_view> patterns;
  for (const auto& facts : all_classes()) {
    const auto& properties = facts.properties();
    const std::string where(facts.name);
    ASSERT_TRUE(std::is_sorted(properties.begin(), properties.end(), [](auto& a, auto& b) { return a.name < b.name; }))
        << where;
    ASSERT_EQ(std::adjacent_find(properties.begin(), properties.end(), [](auto& a, auto& b) { return a.name == b.name; }),
              properties.end())
        << where;
    if (!facts.abstract) {
      ASSERT_EQ(properties.size(), static_cast<std::size_t>(std::count(facts.raw.begin(), facts.raw.end(), '~'))) << where;
      for (const char* name : {"childAction", "dn", "modTs", "rn", "status"}) ASSERT_NE(facts.property(name), nullptr) << where;
    }
    for (const auto name : facts.naming) {
      const auto* property = facts.property(name);
      ASSERT_NE(property, nullptr) << where;
      ASSERT_TRUE(property->naming) << where;
    }
    for (const auto& property : properties) {
      if (!facts.abstract) {
        ASSERT_EQ(property.naming, std::count(facts.naming.begin(), facts.naming.end(), property.name) > 0)
            << where << "." << property.name;
      }
      const std::string what = where + "." + std::string(property.name);
      ASSERT_FALSE(property.name.empty()) << where;
      ASSERT_EQ(property.values.size(), property.numbers.size()) << what;
      ASSERT_THAT(property.values, Each(Not(IsEmpty()))) << what;
      ASSERT_NE(property.configurable, property.implicit) << what;
      if (property.min && property.max) {
        ASSERT_LE(*property.min, *property.max) << what;
      }
      if (property.type == PropertyType::boolean) {
        ASSERT_TRUE(property.default_value == "yes" || property.default_value == "no") << what;
      }
      if (property.type == PropertyType::number) {
        std::int64_t number = 0;
        const auto& text = property.default_value;
        if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{} && !property.naming) {
          ASSERT_THAT(property.values, Contains(text)) << what;
        }
      }
      if (property.type == PropertyType::enumeration && !property.values.empty() && !property.default_value.empty()) {
        ASSERT_THAT(property.values, Contains(property.default_value)) << what;
      }
      if (property.type == PropertyType::flags && !property.values.empty()) {
        std::string_view rest = property.default_value;
        while (!rest.empty()) {
          ASSERT_THAT(property.values, Contains(rest.substr(0, rest.find(',')))) << what;
          rest.remove_prefix(std::min(rest.size(), rest.find(',') == rest.npos ? rest.size() : rest.find(',') + 1));
        }
      }
      patterns.insert(property.pattern);
    }
  }
  EXPECT_GT(patterns.size(), 10u);
  for (const auto pattern : patterns) {
    const re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
    EXPECT_TRUE(compiled.ok()) << pattern << ": " << compiled.error();
  }
}

TEST(ClassFacts, NamingPropertiesAcceptTheDefaultsOfTheirPatterns) {
  const re2::RE2 name(std::string(property_of("fvTenant", "name").pattern));
  EXPECT_TRUE(re2::RE2::FullMatch("Heroes_1.a-b", name));
  EXPECT_FALSE(re2::RE2::FullMatch("no blanks", name));
  const re2::RE2 descr(std::string(property_of("fvTenant", "descr").pattern));
  EXPECT_TRUE(re2::RE2::FullMatch("front end, (new) \\ 50%", descr));
  EXPECT_FALSE(re2::RE2::FullMatch("a=b", descr));
}

TEST(ClassFacts, AreReadInSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(4);
  for (auto& count : counts)
    threads.emplace_back([&count] {
      for (const auto& facts : all_classes()) count += facts.properties().size() + (class_of_rn("fvTenant", "ap-x") != nullptr);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(counts, Each(Eq(counts[0])));
  EXPECT_GT(counts[0], 20'000u);
}

TEST(ConcreteClasses, OfAnAbstractOneAreItsDescendants) {
  EXPECT_THAT(concrete_classes("faultInfo"), ElementsAre("faultDelegate", "faultInst"));
  EXPECT_THAT(concrete_classes("fvTenant"), ElementsAre("fvTenant"));
  EXPECT_THAT(concrete_classes("nonsense"), IsEmpty());
  for (const auto& facts : all_classes()) {
    if (!facts.abstract) continue;
    const auto concrete = concrete_classes(facts.name);
    ASSERT_FALSE(concrete.empty()) << facts.name;
    for (const auto name : concrete) ASSERT_FALSE(facts_of(name).abstract) << facts.name << " " << name;
  }
}

TEST(ConcreteClasses, AnAbstractClassHasWhatAllOfThemHave) {
  EXPECT_NE(facts_of("faultInfo").property("severity"), nullptr);
  EXPECT_NE(facts_of("faultInfo").property("code"), nullptr);
  EXPECT_EQ(facts_of("faultInfo").property("affected"), nullptr);
}

TEST(StatisticsClass, IsKnownByItsEnding) {
  for (const char* name : {"eqptIngrTotal5min", "eqptIngrTotalHist5min", "fabricNodeHealth15min", "cloudAppGwStatsAg1year",
                           "fabricOverallHealthHist5min", "l2IngrBytesAg1qtr", "procSysCPU1mo", "x1h", "x1d", "x1w"})
    EXPECT_TRUE(is_statistics_class(name)) << name;
  for (const char* name : {"", "fvTenant", "faultInst", "healthInst", "statsHierColl", "fvBD", "eqptIngrTotal5minx"})
    EXPECT_FALSE(is_statistics_class(name)) << name;
}

TEST(StatisticsClass, IsNeverOneThatUsersConfigureOrThatRecordingsPush) {
  std::size_t statistics = 0;
  for (const auto& facts : all_classes()) {
    if (!is_statistics_class(facts.name)) continue;
    ++statistics;
    EXPECT_FALSE(facts.configurable) << facts.name;
  }
  EXPECT_GT(statistics, 500u);
}

TEST(NearestClasses, AMisspeltNameFindsItsClassFirst) {
  EXPECT_EQ(nearest_classes("fvTenent").at(0), "fvTenant");
  EXPECT_EQ(nearest_classes("fvtenant").at(0), "fvTenant");
  EXPECT_EQ(nearest_classes("faultInts").at(0), "faultInst");
  EXPECT_EQ(nearest_classes("vzBRCP").at(0), "vzBrCP");
  EXPECT_EQ(nearest_classes("fvAEPG").at(0), "fvAEPg");
}

TEST(NearestClasses, ALabelFindsItsClassToo) {
  EXPECT_EQ(nearest_classes("tenant").at(0), "fvTenant");
  EXPECT_EQ(nearest_classes("epg").at(0), "fvAEPg");
  EXPECT_EQ(nearest_classes("Bridge Domain").at(0), "fvBD");
}

TEST(NearestClasses, AreAtMostAsManyAsAskedForAndNoneForNonsense) {
  EXPECT_EQ(nearest_classes("fvRsCtx", 2).size(), 2u);
  EXPECT_THAT(nearest_classes("fvRsCtx", 0), IsEmpty());
  EXPECT_THAT(nearest_classes(""), IsEmpty());
  EXPECT_THAT(nearest_classes("qqqqqqqqqqqq"), IsEmpty());
  EXPECT_THAT(nearest_classes(std::string(1'000'000, 'f')), IsEmpty());
}

TEST(NearestClasses, EveryNameWithOneLetterLostIsAmongItsOwnNeighbours) {
  base::Rng rng(31);
  for (int i = 0; i < 40; ++i) {
    const auto& facts = all_classes()[rng.below(all_classes().size())];
    if (facts.name.size() < 6) continue;
    std::string name(facts.name);
    name.erase(rng.below(name.size()), 1);
    EXPECT_THAT(nearest_classes(name, 10), Contains(facts.name)) << name;
  }
}

TEST(RnValues, AreReadAlongTheFormat) {
  EXPECT_THAT(*rn_values(facts_of("fvAEPg"), "epg-Web"), ElementsAre(Pair("name", "Web")));
  EXPECT_THAT(*rn_values(facts_of("fvRsBd"), "rsbd"), IsEmpty());
  EXPECT_THAT(*rn_values(facts_of("fvSubnet"), "subnet-[10.0.0.1/24]"), ElementsAre(Pair("ip", "10.0.0.1/24")));
  EXPECT_THAT(*rn_values(facts_of("infraHPortS"), "hports-web-typ-range"),
              ElementsAre(Pair("name", "web"), Pair("type", "range")));
  EXPECT_THAT(*rn_values(facts_of("fvnsEncapBlk"), "from-[vlan-1]-to-[vlan-9]"),
              ElementsAre(Pair("from", "vlan-1"), Pair("to", "vlan-9")));
  EXPECT_THAT(*rn_values(facts_of("fvStCEp"), "stcep-00:11:22:33:44:55-type-silent-host"),
              ElementsAre(Pair("mac", "00:11:22:33:44:55"), Pair("type", "silent-host")));
  EXPECT_THAT(*rn_values(facts_of("faultDelegate"), "fd-[uni/epp/fv-[uni/tn-T]/node-1]-fault-F0467"),
              ElementsAre(Pair("affected", "uni/epp/fv-[uni/tn-T]/node-1"), Pair("code", "F0467")));
  EXPECT_THAT(*rn_values(facts_of("fvRsPathAtt"), "rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]"),
              ElementsAre(Pair("tDn", "topology/pod-1/paths-101/pathep-[eth1/10]")));
  EXPECT_THAT(*rn_values(facts_of("aaaModLR"), "subj-[uni/tn-T]/mod-42"),
              ElementsAre(Pair("affected", "uni/tn-T"), Pair("id", "42")));
}

TEST(RnValues, OfALogRecordAreAlsoReadFromItsLastName) {
  EXPECT_THAT(*rn_values(facts_of("aaaModLR"), "mod-42"), ElementsAre(Pair("id", "42")));
  EXPECT_FALSE(rn_values(facts_of("aaaModLR"), "rec-42"));
  EXPECT_FALSE(rn_values(facts_of("aaaModLR"), "subj-[uni/tn-T]"));
}

TEST(RnValues, BracketsAreOptionalOnInputWhereTheFormatHasNone) {
  EXPECT_THAT(*rn_values(facts_of("fvTenant"), "tn-[x]"), ElementsAre(Pair("name", "x")));
  EXPECT_THAT(*rn_values(facts_of("fvTenant"), "tn-[x]y"), ElementsAre(Pair("name", "[x]y")));
  EXPECT_THAT(*rn_values(facts_of("infraHPortS"), "hports-[a-typ-b]-typ-[range]"),
              ElementsAre(Pair("name", "a-typ-b"), Pair("type", "range")));
}

TEST(RnValues, AreMatchedFromTheLeftAndTheLastTakesTheRest) {
  EXPECT_THAT(*rn_values(facts_of("infraHPortS"), "hports-a-typ-b-typ-range"),
              ElementsAre(Pair("name", "a"), Pair("type", "b-typ-range")));
}

TEST(RnValues, ABracketedValueMayBeEmptyAPlainOneNot) {
  EXPECT_THAT(*rn_values(facts_of("fvTagSelector"), "tagselectorkey-[k]-value-[]"),
              ElementsAre(Pair("matchKey", "k"), Pair("matchValue", "")));
  EXPECT_FALSE(rn_values(facts_of("fvTenant"), "tn-"));
  EXPECT_FALSE(rn_values(facts_of("fvTenant"), "tn-[]"));
}

TEST(RnValues, OtherFormsAreRefused) {
  for (const char* rn : {"", "tn", "ap-x", "TN-x", "xtn-x"}) EXPECT_FALSE(rn_values(facts_of("fvTenant"), rn)) << rn;
  for (const char* rn : {"subnet-10.0.0.1/24", "subnet-[10.0.0.1/24", "subnet-[1]x", "subnet-[", "subnet-[1]]"})
    EXPECT_FALSE(rn_values(facts_of("fvSubnet"), rn)) << rn;
  for (const char* rn : {"rsbd-x", "rsb", ""}) EXPECT_FALSE(rn_values(facts_of("fvRsBd"), rn)) << rn;
  EXPECT_FALSE(rn_values(facts_of("faultInfo"), ""));
}

TEST(MakeRn, PutsTheNamingValuesIn) {
  EXPECT_EQ(make_rn(facts_of("fvAEPg"), {{"name", "Web"}, {"descr", "x"}}).value(), "epg-Web");
  EXPECT_EQ(make_rn(facts_of("fvRsBd"), {}).value(), "rsbd");
  EXPECT_EQ(make_rn(facts_of("fvSubnet"), {{"ip", "10.0.0.1/24"}}).value(), "subnet-[10.0.0.1/24]");
  EXPECT_EQ(make_rn(facts_of("infraHPortS"), {{"type", "range"}, {"name", "a"}}).value(), "hports-a-typ-range");
}

TEST(MakeRn, NamesTheClassAndThePropertyThatIsMissing) {
  const auto missing = make_rn(facts_of("infraHPortS"), {{"name", "a"}});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, AllOf(HasSubstr("infraHPortS"), HasSubstr("'type'")));
  EXPECT_FALSE(make_rn(facts_of("fvTenant"), {{"name", ""}}));
  EXPECT_FALSE(make_rn(facts_of("faultInfo"), {{"code", "F1"}}));
}

TEST(MakeRn, RefusesValuesThatWouldBreakADn) {
  for (const std::string value : {"a/b", "a[b", "a]b", "][", "a\nb", "a\x7f"}) {
    EXPECT_FALSE(make_rn(facts_of("fvTenant"), {{"name", value}})) << value;
  }
  for (const std::string value : {"a[b", "a]b", "][", "a\nb"})
    EXPECT_FALSE(make_rn(facts_of("fvSubnet"), {{"ip", value}})) << value;
  EXPECT_FALSE(make_rn(facts_of("fvTenant"), {{"name", std::string(5000, 'a')}}));
}

TEST(MakeRn, WhatItMakesOfAnyClassIsReadBackAndIsAGoodName) {
  base::Rng rng(41);
  std::size_t classes = 0;
  for (const auto& facts : all_classes()) {
    if (facts.rn_format.empty()) continue;
    ++classes;
    for (int round = 0; round < 3; ++round) {
      Attributes attributes;
      std::vector<std::pair<std::string, std::string>> expected;
      for (const auto name : facts.naming) {
        std::string value;
        for (std::uint64_t i = 1 + rng.below(8); i > 0; --i) value += "XYZ019.:_"[rng.below(9)];
        if (facts.rn_format.find("[{" + std::string(name) + "}]") != std::string_view::npos && rng.below(2) == 0)
          value = "uni/tn-" + value + "/x-[" + value + "/y]";
        attributes.set(name, value);
        expected.emplace_back(name, value);
      }
      const auto rn = make_rn(facts, attributes);
      ASSERT_TRUE(rn) << facts.name << ": " << rn.error().message;
      const auto values = rn_values(facts, *rn);
      ASSERT_TRUE(values) << facts.name << " " << *rn;
      EXPECT_EQ((std::vector<std::pair<std::string, std::string>>(values->begin(), values->end())), expected) << *rn;
      EXPECT_TRUE(Dn::parse(*rn)) << *rn;
      for (const auto parent : facts.parents)
        if (find_class(parent) != nullptr && parent != "topRoot") {
          const ClassFacts* found = class_of_rn(parent, *rn);
          ASSERT_NE(found, nullptr) << parent << " / " << *rn;
          EXPECT_EQ(found->rn_format, facts.rn_format) << parent << " / " << *rn;
        }
    }
  }
  EXPECT_GT(classes, 2200u);
}

TEST(RnValues, DamagedNamesAreRefusedOrReadToValuesThatMakeANameAgain) {
  base::Rng rng(42);
  std::size_t read = 0, refused = 0;
  for (const auto& facts : all_classes()) {
    if (facts.naming.empty()) continue;
    std::string rn(facts.rn_format);
    for (std::uint64_t i = 1 + rng.below(4); i > 0; --i) {
      const std::size_t at = rng.below(rn.size() + 1);
      if (rng.below(2) == 0 && at < rn.size()) rn.erase(at, 1);
      else rn.insert(at, 1, "[]/-a"[rng.below(5)]);
    }
    const auto values = rn_values(facts, rn);
    if (!values || values->size() != facts.naming.size()) {
      ++refused;
      continue;
    }
    Attributes attributes;
    for (const auto& [name, value] : *values) attributes.set(name, value);
    const auto again = make_rn(facts, attributes);
    if (!again) continue;  // a value that no DN could hold
    ++read;
    const auto values_again = rn_values(facts, *again);
    ASSERT_TRUE(values_again) << facts.rn_format << " " << rn;
    for (const auto& [name, value] : *values_again) ASSERT_FALSE(value.empty() && rn.find("[]") == std::string::npos) << rn;
  }
  EXPECT_GT(read, 200u);
  EXPECT_GT(refused, 200u);
}

TEST(ClassOfRn, DependsOnTheParent) {
  EXPECT_EQ(class_name_of(class_of_rn("", "uni")), "polUni");
  EXPECT_EQ(class_name_of(class_of_rn("topRoot", "uni")), "polUni");
  EXPECT_EQ(class_name_of(class_of_rn("fvTenant", "ctx-V")), "fvCtx");
  EXPECT_EQ(class_name_of(class_of_rn("rtctrlProfile", "ctx-V")), "rtctrlCtxP");
  EXPECT_EQ(class_name_of(class_of_rn("fvBD", "subnet-[10.0.0.1/24]")), "fvSubnet");
  EXPECT_EQ(class_name_of(class_of_rn("mgmtInstP", "subnet-[10.0.0.1/24]")), "mgmtSubnet");
  EXPECT_EQ(class_name_of(class_of_rn("fvAp", "tn-T")), "none");
  EXPECT_EQ(class_name_of(class_of_rn("fvTenant", "subnet-[10.0.0.1/24")), "none");
  EXPECT_EQ(class_name_of(class_of_rn("fvTenant", "")), "none");
}

TEST(ClassOfRn, FaultsAndTagsStandEverywhere) {
  for (const char* parent : {"fvTenant", "vzEntry", "l1PhysIf"}) {
    EXPECT_EQ(class_name_of(class_of_rn(parent, "fault-F1123")), "faultInst");
    EXPECT_EQ(class_name_of(class_of_rn(parent, "annotationKey-[k]")), "tagAnnotation");
    EXPECT_EQ(class_name_of(class_of_rn(parent, "fd-[uni/tn-T]-fault-F1")), "faultDelegate");
  }
}

TEST(ClassOfDn, FollowsTheNamesDownFromTheRoot) {
  const std::pair<const char*, const char*> dns[] = {
      {"", "topRoot"},
      {"uni", "polUni"},
      {"uni/tn-T", "fvTenant"},
      {"uni/tn-T/ap-A/epg-Web", "fvAEPg"},
      {"uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]]", "fvRsPathAtt"},
      {"uni/tn-T/ap-A/epg-E/rsbd/fault-F0955", "faultInst"},
      {"uni/tn-T/ap-A/epg-E/cep-00:50:56:8A:3A:10/ip-[10.0.0.9]", "fvIp"},
      {"uni/tn-T/BD-B/rtbd-[uni/tn-T/ap-A/epg-E]", "fvRtBd"},
      {"uni/tn-T/BD-B/subnet-[10.0.0.1/24]", "fvSubnet"},
      {"uni/tn-T/brc-C/subj-S/rssubjFiltAtt-F", "vzRsSubjFiltAtt"},
      {"uni/infra/hpaths-P", "infraHPathS"},
      {"topology/pod-1/node-101/sys/phys-[eth1/12]/phys", "ethpmPhysIf"},
      {"topology/pod-1/node-1/sys/ctrlrfwstatuscont/ctrlrrunning", "firmwareCtrlrRunning"},
      {"topology/pod-1/paths-101/pathep-[eth1/10]", "fabricPathEp"},
      {"topology/pod-1/node-1001/sys/lldp/inst/if-[eth1/1]/adj-1", "lldpAdjEp"},
      {"topology/pod-1/node-1/av/node-1", "infraWiNode"},
      {"topology/health", "fabricHealthTotal"},
      {"uni/tn-T/health", "healthInst"},
      {"subj-[uni/tn-T/ap-A/epg-E]/mod-4295233655", "aaaModLR"},
      {"subj-[topology/pod-1/node-101/sys/phys-[eth1/40]/phys]/rec-4294970653", "eventRecord"},
      {"comp/prov-VMware/ctrlr-[DVS]-vc1/hv-host-29", "compHv"},
  };
  for (const auto& [dn, name] : dns) EXPECT_EQ(class_name_of(class_of_dn(dn)), name) << dn;
}

TEST(ClassOfDn, AnUnknownNameAnywhereMakesItUnknown) {
  for (const char* dn :
       {"nonsense", "uni/nonsense", "uni/nonsense/tn-T", "uni/tn-T/nonsense/ap-A", "tn-T", "uni//tn-T", "]", "[[[", "/"})
    EXPECT_EQ(class_name_of(class_of_dn(dn)), "none") << dn;
}

TEST(Label, IsWhatPeopleSayOrElseTheClassName) {
  EXPECT_EQ(label_of("fvTenant"), "tenant");
  EXPECT_EQ(label_of("fvAEPg"), "EPG");
  EXPECT_EQ(label_of("fvRsBd"), "EPG to bridge domain relation");
  EXPECT_EQ(label_of("faultInfo"), "fault");
  EXPECT_EQ(label_of("vzCtrct"), "vzCtrct");
  EXPECT_EQ(label_of("fvCrtrn"), "fvCrtrn");
  EXPECT_GE(std::count_if(all_classes().begin(), all_classes().end(), [](const ClassFacts& f) { return !f.label.empty(); }),
            60);
}

TEST(Place, IsReadFromTheDn) {
  const Place epg = place_of("uni/tn-T/ap-A/epg-E");
  EXPECT_EQ(epg.tenant, "T");
  EXPECT_EQ(epg.app, "A");
  EXPECT_EQ(epg.epg, "E");
  EXPECT_EQ(epg.node, "");
  const Place port = place_of("topology/pod-1/node-101/sys/phys-[eth1/12]/fault-F1");
  EXPECT_EQ(port.pod, "1");
  EXPECT_EQ(port.node, "101");
  EXPECT_EQ(port.port, "eth1/12");
  EXPECT_EQ(port.tenant, "");
  EXPECT_EQ(place_of("uni/tn-T/BD-B/subnet-[10.0.0.1/24]").bd, "B");
  EXPECT_EQ(place_of("uni/tn-T/ctx-V/any").vrf, "V");
  EXPECT_EQ(place_of("uni/tn-T/prof-P/ctx-NotAVrf").vrf, "");
  EXPECT_EQ(place_of("topology/pod-1/node-3/av/node-1").node, "3");
  EXPECT_EQ(place_of("topology/pod-1/paths-101/extpaths-102/pathep-[eth1/1/16]").port, "eth1/1/16");
  EXPECT_EQ(place_of("topology/pod-1/node-101/sys/aggr-[po1]").port, "po1");
}

TEST(Place, NamesWithinBracketsCountWhereTheDnItselfSaysNothing) {
  const Place binding = place_of("uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/protpaths-101-102/pathep-[vpc1]]");
  EXPECT_EQ(binding.epg, "E");
  EXPECT_EQ(binding.pod, "1");
  EXPECT_EQ(binding.node, "101-102");
  EXPECT_EQ(binding.port, "vpc1");
  EXPECT_EQ(place_of("subj-[uni/tn-T/ap-A]/mod-1").app, "A");
  EXPECT_EQ(place_of("uni/epp/fv-[uni/tn-T/ap-A/epg-E]/node-101/stpathatt-[x]").epg, "E");
  EXPECT_EQ(place_of("uni/tn-T/BD-B/rtbd-[uni/tn-Other/ap-A/epg-E]").tenant, "T");
  EXPECT_EQ(place_of("uni/tn-T/BD-B/rtbd-[uni/tn-Other/ap-A/epg-E]").epg, "");
}

TEST(Place, HostileTextIsReadQuicklyAndFindsNothing) {
  EXPECT_EQ(place_of(std::string(4000, '[')).tenant, "");
  std::string nested;
  for (int i = 0; i < 500; ++i) nested += "a-[";
  nested += "uni/tn-T" + std::string(500, ']');
  EXPECT_EQ(place_of(nested).tenant, "");
  EXPECT_EQ(place_of("").tenant, "");
  EXPECT_EQ(place_of("uni/tn-").tenant, "");
}

}  // namespace
}  // namespace aci::model
