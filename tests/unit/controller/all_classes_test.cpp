// Every class of the facts that users may create: it can be written, its values are checked, its secrets stay secret.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "controller/commands.hpp"
#include "model/dn.hpp"
#include "model/property_check.hpp"
#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using model::ClassFacts;
using model::PropertyFacts;
using model::PropertyType;

// A value that the property takes.
std::string value_for(const PropertyFacts& property) {
  std::vector<std::string> candidates{"1",      "x1",           "10.0.0.1",   "00:22:BD:F8:19:FF", "uni/tn-common",
                                      "vlan-5", "abcdefghijkl", "A1!bcdefghi"};
  if (property.min) candidates.insert(candidates.begin(), std::to_string(*property.min));
  for (const auto value : property.values) candidates.emplace_back(value);
  for (const std::string& candidate : candidates)
    if (const auto checked = model::check_value(property, candidate);
        checked.verdict == model::ValueVerdict::fits && !(property.naming && checked.value.empty()))
      return candidate;
  return "";
}

class AllClassesTest : public ::testing::Test {
 protected:
  AllClassesTest() : apic(options()) { apic.log_in(); }
  static Options options() {
    Options options;
    options.record_log_max = 0;
    return options;
  }

  // The shortest way down from the root to each class, as DNs that can be written.
  std::map<const ClassFacts*, std::string> places() {
    std::map<const ClassFacts*, std::string> found{{model::find_class("polUni"), "uni"}};
    for (bool more = true; more;) {
      more = false;
      for (const ClassFacts& facts : model::all_classes()) {
        if (found.contains(&facts) || facts.abstract || facts.rn_format.empty()) continue;
        for (const auto parent : facts.parents) {
          const auto above = found.find(model::find_class(parent));
          if (above == found.end()) continue;
          model::Attributes naming;
          for (const auto name : facts.naming)
            if (const PropertyFacts* property = facts.property(name)) naming.set(name, value_for(*property));
          const auto rn = model::make_rn(facts, naming);
          if (!rn || model::class_of_rn(parent, *rn) != &facts) continue;  // two classes of one form below one parent
          found[&facts] = above->second + '/' + *rn;
          more = true;
          break;
        }
      }
    }
    return found;
  }

  std::string post(const std::string& dn, const ClassFacts& facts, const model::Attributes& attributes) {
    std::string body;
    codec::append_object(body, {std::string(facts.name), attributes, {}}, model::Format::json);
    return error_of(apic.post("/api/mo/" + dn + ".json", body));
  }

  Driver apic;
};

bool is_set_by_nobody(const PropertyFacts& property) {
  static const std::set<std::string_view> always{"childAction", "dn", "extMngdBy", "lcOwn", "modTs",
                                                 "monPolDn",    "rn", "status",    "uid"};
  return always.contains(property.name);
}

TEST_F(AllClassesTest, TakeWhatFitsAndAnswerItBack) {
  int classes = 0, properties = 0, secrets = 0;
  for (const auto& [facts, dn] : places()) {
    if (!facts->configurable || facts->name == "polUni") continue;
    // A class that came before may have needed it as a parent.
    const bool fresh = error_of(apic.send("DELETE", "/api/mo/" + dn + ".json")).empty();
    model::Attributes wanted;
    std::vector<std::string> hidden;
    for (const PropertyFacts& property : facts->properties()) {
      if (!property.configurable || property.naming || is_set_by_nobody(property)) continue;
      if (property.create_only && !fresh) continue;
      if (is_command(facts->name, property.name)) continue;
      const std::string value = value_for(property);
      if (value.empty()) continue;
      wanted.set(property.name, value);
      if (property.secret) hidden.emplace_back(property.name);
      ++properties;
    }
    ASSERT_EQ(post(dn, *facts, wanted), "") << facts->name << ' ' << dn;
    const auto objects = apic.objects("/api/mo/" + dn + ".json");
    ASSERT_EQ(objects.size(), 1u) << dn;
    EXPECT_EQ(objects[0].class_name, facts->name);
    for (const auto& [name, value] : wanted) {
      const PropertyFacts& property = *facts->property(name);
      if (property.secret) continue;
      const auto held = objects[0].attributes.find(name);
      ASSERT_TRUE(held) << facts->name << '.' << name;
      // What a relation finds out about its target is its own.
      if (name != "tDn" && name != "tCl" && name != "state" && name != "stateQual" && name != "tRn") {
        EXPECT_EQ(*held, model::check_value(property, value).value) << facts->name << '.' << name;
      }
    }
    for (const std::string& name : hidden) {
      ++secrets;
      EXPECT_FALSE(objects[0].attributes.contains(name)) << facts->name << '.' << name;
    }
    ++classes;
  }
  EXPECT_GT(classes, 1000);
  EXPECT_GT(properties, 5000);
  EXPECT_GT(secrets, 50);
}

TEST_F(AllClassesTest, RefuseWhatDoesNotFit) {
  int refused = 0;
  for (const auto& [facts, dn] : places()) {
    if (!facts->configurable || facts->name == "polUni") continue;
    ASSERT_EQ(post(dn, *facts, {}), "") << facts->name << ' ' << dn;
    EXPECT_EQ(post(dn, *facts, {{"noSuchProperty", "x"}}),
              "400 400 unknown attribute 'noSuchProperty' in element '" + std::string(facts->name) + "'");
    for (const PropertyFacts& property : facts->properties()) {
      if (property.naming || is_set_by_nobody(property)) continue;
      if (property.implicit) {
        EXPECT_EQ(post(dn, *facts, {{property.name, "x"}}),
                  "400 170 Admin implicit props cannot be modified, class=" + std::string(facts->name) +
                      ", prop=" + std::string(property.name));
        continue;
      }
      for (const std::string wrong : {"\x01", "no such value", "-99999999999"}) {
        const auto verdict = model::check_value(property, wrong).verdict;
        if (verdict == model::ValueVerdict::fits) continue;
        const std::string error = post(dn, *facts, {{property.name, wrong}});
        EXPECT_THAT(error,
                    ::testing::StartsWith(verdict == model::ValueVerdict::unknown_value ? "400 120 unknown property value"
                                                                                        : "400 801 property "))
            << facts->name << '.' << property.name;
        ++refused;
      }
      const bool has_kinds =
          property.type == PropertyType::boolean || (property.type == PropertyType::enumeration && !property.values.empty());
      EXPECT_TRUE(!has_kinds || model::check_value(property, "no such value").verdict == model::ValueVerdict::unknown_value)
          << facts->name << '.' << property.name;
    }
  }
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace aci::controller
