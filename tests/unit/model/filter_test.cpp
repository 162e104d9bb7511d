#include "model/filter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "model/class_facts.hpp"

namespace aci::model {
namespace {

bool matches(std::string_view filter, std::string_view class_name, const Attributes& attributes) {
  const auto parsed = Filter::parse(filter);
  if (!parsed) {
    ADD_FAILURE() << filter << ": " << parsed.error().message;
    return false;
  }
  return parsed->matches(class_name, attributes);
}

std::string error_of(std::string_view filter) {
  const auto parsed = Filter::parse(filter);
  if (parsed) return "no error";
  EXPECT_EQ(parsed.error().code, 301);
  EXPECT_EQ(parsed.error().errc, base::Errc::invalid);
  return parsed.error().message;
}

// Classes that no controller has, so that no fact says what their properties are.
const Attributes thing{
    {"name", "Web"}, {"descr", "front end"}, {"size", "80"}, {"zip", "007"}, {"time", "2024-01-01T12:00:00.000+00:00"}};
bool holds(const std::string& filter) { return matches(filter, "testThing", thing); }

TEST(Filter, compares_texts) {
  EXPECT_TRUE(holds(R"(eq(testThing.name,"Web"))"));
  EXPECT_FALSE(holds(R"(eq(testThing.name,"web"))"));
  EXPECT_TRUE(holds(R"(ne(testThing.name,"web"))"));
  EXPECT_TRUE(holds(R"(lt(testThing.name,"Wec"))"));
  EXPECT_FALSE(holds(R"(lt(testThing.name,"Web"))"));
  EXPECT_TRUE(holds(R"(le(testThing.name,"Web"))"));
  EXPECT_TRUE(holds(R"(gt(testThing.name,"Wea"))"));
  EXPECT_TRUE(holds(R"(ge(testThing.name,"Web"))"));
  EXPECT_TRUE(holds(R"(bw(testThing.name,"Wea","Wec"))"));
  EXPECT_FALSE(holds(R"(bw(testThing.name,"Wec","Wed"))"));
}

TEST(Filter, takes_a_missing_property_as_empty) {
  EXPECT_TRUE(holds(R"(eq(testThing.owner,""))"));
  EXPECT_FALSE(holds(R"(ne(testThing.owner,""))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.owner,"*"))"));
}

TEST(Filter, takes_numbers_and_dates_by_value_where_nothing_is_known_of_the_property) {
  EXPECT_TRUE(holds("lt(testThing.size,100)"));
  EXPECT_TRUE(holds("gt(testThing.size,9)"));
  EXPECT_TRUE(holds("bw(testThing.size,9,100)"));
  EXPECT_TRUE(holds("bw(testThing.size,80,80)"));
  EXPECT_TRUE(holds("gt(testThing.size,-5)"));
  EXPECT_FALSE(holds("eq(testThing.zip,7)")) << "007 may be a name";
  EXPECT_TRUE(holds("eq(testThing.time,2024-01-01T13:00:00.000+01:00)"));
  EXPECT_TRUE(holds("gt(testThing.time,2024-01-01T12:30:00.000+01:00)"));
  EXPECT_TRUE(holds("gt(testThing.time,2024-01-01T11:59:59Z)"));
}

TEST(Filter, wcard_is_a_substring_or_a_pattern_for_the_whole) {
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"t e"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"Front"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,""))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"f*d"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"f*n"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"*nt*n?"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"ront*"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"front?end"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"front?"))"));
}

TEST(Filter, wcard_takes_the_regular_expressions_that_clients_write) {
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"ron.*en"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"front.*end"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,".*nd"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"end.*front"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"front..*nd"))")) << "a dot alone is a dot";
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"^front"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"^fr.*end$"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"end$"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"^end"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"front$"))"));
  EXPECT_FALSE(holds(R"(wcard(testThing.descr,"^$"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.descr,"^"))"));
  EXPECT_TRUE(holds(R"(wcard(testThing.owner,"^$"))"));
}

TEST(Filter, a_pattern_made_to_backtrack_ends_soon) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "*a";
  EXPECT_FALSE(matches("wcard(x.y,\"" + pattern + "b\")", "x", {{"y", std::string(4000, 'a')}}));
}

TEST(Filter, looks_for_names_in_lists) {
  const Attributes attributes{{"ctrl", "public,shared"}};
  EXPECT_TRUE(matches("anybit(testThing.ctrl,\"shared,private\")", "testThing", attributes));
  EXPECT_FALSE(matches("anybit(testThing.ctrl,\"share,private\")", "testThing", attributes));
  EXPECT_TRUE(matches("allbits(testThing.ctrl,\"shared, public\")", "testThing", attributes));
  EXPECT_FALSE(matches("allbits(testThing.ctrl,\"shared,private\")", "testThing", attributes));
  EXPECT_FALSE(matches("anybit(testThing.ctrl,\"\")", "testThing", attributes));
  EXPECT_TRUE(matches("allbits(testThing.ctrl,\"\")", "testThing", attributes));
}

TEST(Filter, joins_conditions) {
  const std::string yes = R"(eq(testThing.name,"Web"))", no = R"(eq(testThing.name,"App"))";
  EXPECT_TRUE(holds("and(" + yes + "," + yes + ")"));
  EXPECT_FALSE(holds("and(" + yes + "," + no + ")"));
  EXPECT_TRUE(holds("and(" + yes + ")"));
  EXPECT_TRUE(holds("or(" + no + "," + yes + ")"));
  EXPECT_FALSE(holds("or(" + no + "," + no + ")"));
  EXPECT_TRUE(holds("xor(" + no + "," + yes + ")"));
  EXPECT_FALSE(holds("xor(" + yes + "," + yes + ")"));
  EXPECT_TRUE(holds("xor(" + yes + "," + yes + "," + yes + ")"));
  EXPECT_TRUE(holds("not(" + no + ")"));
  EXPECT_FALSE(holds("not(" + yes + ")"));
  EXPECT_TRUE(holds("true()"));
  EXPECT_TRUE(holds("true(" + no + ")"));
  EXPECT_FALSE(holds("false()"));
  EXPECT_FALSE(holds("false(" + yes + ")"));
  EXPECT_TRUE(holds("pholder(whatever(\")\"), 1)"));
  EXPECT_TRUE(holds("passive()"));
}

TEST(Filter, neither_a_condition_nor_its_negation_holds_for_another_class) {
  const Attributes attributes{{"name", "Web"}};
  for (const std::string other : {R"(eq(testOther.name,"Web"))", R"(eq(testOther.name,"App"))"}) {
    EXPECT_FALSE(matches(other, "testThing", attributes));
    EXPECT_FALSE(matches("not(" + other + ")", "testThing", attributes));
    EXPECT_FALSE(matches("not(not(" + other + "))", "testThing", attributes));
    EXPECT_FALSE(matches("xor(" + other + ",true())", "testThing", attributes));
    EXPECT_FALSE(matches("and(" + other + R"(,eq(testThing.name,"Web")))", "testThing", attributes));
    EXPECT_TRUE(matches("or(" + other + R"(,eq(testThing.name,"Web")))", "testThing", attributes));
    EXPECT_TRUE(matches("not(and(" + other + R"(,eq(testThing.name,"App"))))", "testThing", attributes));
  }
}

struct Malformed {
  const char *filter, *error;
};

TEST(Filter, says_where_a_mistake_is) {
  const Malformed cases[] = {
      {"", R"(at position 1: expected a filter such as eq(fvTenant.name,"Web"))"},
      {"  ", R"(at position 3: expected a filter such as eq(fvTenant.name,"Web"))"},
      {"eq(fvTenant.n \"a\")", "at position 15: expected ',' after the property"},
      {"eq(fvTenant.n", "at position 14: expected ',' after the property"},
      {"eq", "at position 3: expected '(' after the filter type"},
      {"allbit(a.b,\"c\")", "at position 1: no such filter type"},
      {"and(eq(a.b,c), contains(a.b,c))", "at position 16: no such filter type"},
      {"eq()", "at position 4: expected a property such as fvTenant.name"},
      {"eq(fvTenant,\"a\")", "at position 12: expected '.' and a property after the class"},
      {"eq(fvTenant.,\"a\")", "at position 13: expected a property's name after the '.'"},
      {"eq(fvTenant .name,\"a\")", "at position 12: expected '.' and a property after the class"},
      {"eq(a.b,)", "at position 8: expected a value"},
      {"eq(a.b,", "at position 8: expected a value"},
      {"eq(a.b,\"c)", "at position 8: the quote is not closed"},
      {"eq(a.b,\"c\\\")", "at position 8: the quote is not closed"},
      {"eq(a.b,5.2(1g))", R"(at position 11: a value with '(' or '"' must be quoted)"},
      {"eq(a.b,c d)", "at position 10: expected ')' after the value"},
      {"eq(a.b,c,d)", "at position 9: expected ')' after the value"},
      {"bw(a.b,1)", "at position 9: expected ',' after the value, bw takes two"},
      {"eq(a.b,c))", "at position 10: nothing may follow the filter"},
      {"eq(a.b,c) eq(a.b,c)", "at position 11: nothing may follow the filter"},
      {"and()", R"(at position 5: expected a filter such as eq(fvTenant.name,"Web"))"},
      {"and(eq(a.b,c)", "at position 14: expected ',' or ')' after the filter"},
      {"and(eq(a.b,c),)", R"(at position 15: expected a filter such as eq(fvTenant.name,"Web"))"},
      {"not(eq(a.b,c),eq(a.b,c))", "at position 14: expected ')' after the filter"},
      {"true(", R"(at position 6: expected a filter such as eq(fvTenant.name,"Web"))"},
      {"pholder(\")", "at position 11: expected ')'"},
      {"pholder(\"\\", "at position 11: expected ')'"},
      {"EQ(a.b,c)", "at position 1: no such filter type"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.filter), c.error) << c.filter;
}

TEST(Filter, bounds_depth_and_size) {
  const auto nested = [](int depth) {
    std::string text = "true()";
    for (int i = 1; i < depth; ++i) text = "not(" + text + ")";
    return text;
  };
  EXPECT_TRUE(Filter::parse(nested(Filter::depth_max)));
  EXPECT_EQ(error_of(nested(Filter::depth_max + 1)), "at position 257: filters nested deeper than 64");
  EXPECT_EQ(error_of(std::string(100'000, '(')), "at position 65537: the filter is longer than 65536 bytes");
  std::string deep;
  while (deep.size() + 4 <= Filter::size_max) deep += "and(";
  EXPECT_EQ(error_of(deep), "at position 257: filters nested deeper than 64");
}

TEST(Filter, bounds_the_memory_that_abstract_classes_multiply) {
  std::string text = "or(eq(namingNamedObject.name,a)";
  for (int i = 0; i < 200; ++i) text += ",eq(namingNamedObject.name,a)";
  EXPECT_TRUE(Filter::parse(text + ")"));
  for (int i = 0; i < 2000; ++i) text += ",eq(namingNamedObject.name,a)";
  EXPECT_NE(error_of(text + ")").find("the filter stands for conditions on too many classes"), std::string::npos);
}

TEST(Filter, prints_canonically) {
  const std::pair<const char*, const char*> cases[] = {
      {"eq(fvTenant.name,\"Web\")", "eq(fvTenant.name,\"Web\")"},
      {"  and ( eq( fvTenant.name , Web ) ,\tne(fvTenant.descr, \"\") ) ",
       "and(eq(fvTenant.name,\"Web\"),ne(fvTenant.descr,\"\"))"},
      {"bw(faultInst.occur,1, 5)", "bw(faultInst.occur,\"1\",\"5\")"},
      {R"(eq(a.b,"say \"x\" \\ \n"))", R"(eq(a.b,"say \"x\" \\ \\n"))"},
      {"true( )", "true()"},
      {"false(eq(a.b,c))", "false(eq(a.b,\"c\"))"},
      {"pholder( a, (b) )", "pholder(a, (b))"},
      {"wcard(l1PhysIf.id,eth1/1)", "wcard(l1PhysIf.id,\"eth1/1\")"},
  };
  for (const auto& [text, canonical] : cases) {
    const auto filter = Filter::parse(text);
    ASSERT_TRUE(filter) << text << ": " << filter.error().message;
    EXPECT_EQ(filter->str(), canonical);
    EXPECT_EQ(Filter::parse(filter->str())->str(), canonical);
  }
}

TEST(Filter, names_its_classes_once_in_order) {
  const auto filter = Filter::parse("or(eq(fvBD.name,a),not(eq(fvAp.name,b)),true(eq(vzBrCP.name,c)),eq(fvBD.descr,d))");
  EXPECT_EQ(filter->classes(), (std::vector<std::string>{"fvBD", "fvAp", "vzBrCP"}));
  EXPECT_TRUE(Filter::parse("true()")->classes().empty());
}

TEST(Filter, compares_by_the_type_of_the_property) {
  const auto port = [](const char* value) { return Attributes{{"dFromPort", value}}; };
  EXPECT_TRUE(matches("gt(vzEntry.dFromPort,\"443\")", "vzEntry", port("1433")));
  EXPECT_TRUE(matches("eq(vzEntry.dFromPort,\"80.0\")", "vzEntry", port("80.000000")));
  EXPECT_TRUE(matches("eq(vzEntry.dFromPort,\"unspecified\")", "vzEntry", port("unspecified")));
  EXPECT_TRUE(matches("gt(aaaModLR.txId,\"9223372036854775808\")", "aaaModLR", {{"txId", "18374686479671627862"}}));

  EXPECT_TRUE(matches("gt(vzBrCP.prio,level3)", "vzBrCP", {{"prio", "level1"}})) << "level1 ranks above level3";
  EXPECT_TRUE(matches("bw(vzBrCP.prio,level3,level1)", "vzBrCP", {{"prio", "level2"}}));
  EXPECT_TRUE(matches("gt(vzBrCP.prio,abc)", "vzBrCP", {{"prio", "level1"}})) << "an unknown name: as text";

  EXPECT_TRUE(matches("eq(fvBD.arpFlood,\"true\")", "fvBD", {{"arpFlood", "yes"}}));

  const Attributes subnet{{"scope", "public,shared"}};
  EXPECT_TRUE(matches("eq(fvSubnet.scope,\"shared,public\")", "fvSubnet", subnet));
  EXPECT_FALSE(matches("eq(fvSubnet.scope,\"public\")", "fvSubnet", subnet));
  EXPECT_TRUE(matches("anybit(fvSubnet.scope,\"private,shared\")", "fvSubnet", subnet));
  EXPECT_FALSE(matches("allbits(fvSubnet.scope,\"private,shared\")", "fvSubnet", subnet));
  EXPECT_TRUE(matches("allbits(fvSubnet.scope,\"shared\")", "fvSubnet", subnet));
  EXPECT_TRUE(matches("eq(fvSubnet.ctrl,\"unspecified\")", "fvSubnet", {{"ctrl", ""}})) << "no flag at all";

  const Attributes tenant{{"modTs", "2024-07-26T13:34:50.839-07:00"}};
  EXPECT_TRUE(matches("eq(fvTenant.modTs,\"2024-07-26T20:34:50.839+00:00\")", "fvTenant", tenant));
  EXPECT_TRUE(matches("lt(fvTenant.modTs,\"2024-07-26T21:00:00.000+00:00\")", "fvTenant", tenant));
  EXPECT_TRUE(matches("gt(fvTenant.modTs,\"never\")", "fvTenant", tenant));
}

TEST(Filter, ranks_severities) {
  const std::vector<std::string> rising{"cleared", "info", "warning", "minor", "major", "critical"};
  for (const std::string class_name : {"faultInst", "faultInfo"}) {
    for (std::size_t i = 0; i < rising.size(); ++i) {
      for (std::size_t j = 0; j < rising.size(); ++j) {
        const auto filter = Filter::parse("ge(" + class_name + ".severity,\"" + rising[j] + "\")");
        EXPECT_EQ(filter->matches("faultInst", {{"severity", rising[i]}}), i >= j) << rising[i] << " >= " << rising[j];
        EXPECT_EQ(filter->matches("faultDelegate", {{"severity", rising[i]}}), i >= j && class_name == "faultInfo");
      }
    }
  }
}

TEST(Filter, an_abstract_class_stands_for_its_concrete_ones) {
  const auto filter = Filter::parse("eq(faultInfo.code,\"F0467\")");
  EXPECT_TRUE(filter->matches("faultInst", {{"code", "F0467"}}));
  EXPECT_TRUE(filter->matches("faultDelegate", {{"code", "F0467"}}));
  EXPECT_FALSE(filter->matches("faultInst", {{"code", "F0468"}}));
  EXPECT_FALSE(filter->matches("fvTenant", {{"code", "F0467"}}));
  EXPECT_TRUE(filter->check());
}

TEST(Filter, check_answers_as_the_controller) {
  const auto error = [](const char* text) {
    const auto filter = Filter::parse(text);
    EXPECT_TRUE(filter) << text;
    const auto checked = filter->check();
    return checked ? std::string("fine") : std::to_string(checked.error().code) + " " + checked.error().message;
  };
  EXPECT_EQ(error(R"(eq(faultInst.cod,"F0467"))"), "121 Prop 'cod' not found in class 'faultInst' property table");
  EXPECT_EQ(error(R"(eq(faultIns.code,"F0467"))"), "122 class faultIns not found");
  EXPECT_EQ(error(R"(and(true(),not(eq(faultIns.code,"F0467"))))"), "122 class faultIns not found");
  EXPECT_EQ(error(R"(ge(vzBrCP.prio,"level99"))"), "301 Incorrect filter format for vzBrCP.prio, value 'level99' is not valid");
  EXPECT_EQ(error(R"(eq(fvBD.arpFlood,"maybe"))"), "301 Incorrect filter format for fvBD.arpFlood, value 'maybe' is not valid");
  EXPECT_EQ(error(R"(bw(faultInst.occur,"1","x"))"), "301 Incorrect filter format for faultInst.occur, value 'x' is not valid");
  EXPECT_EQ(error(R"(anybit(fvSubnet.scope,"public,x"))"),
            "301 Incorrect filter format for fvSubnet.scope, value 'public,x' is not valid");
  EXPECT_EQ(error(R"(gt(fvTenant.modTs,"yesterday"))"),
            "301 Incorrect filter format for fvTenant.modTs, value 'yesterday' is not valid");
  EXPECT_EQ(error("eq(fvBD.arpFlood,\"a\nb\")"), "301 Incorrect filter format for fvBD.arpFlood, value 'a.b' is not valid");
  EXPECT_LT(error(("eq(fvBD.arpFlood," + std::string(10'000, 'x') + ")").c_str()).size(), 300u);
  for (const char* good : {R"(ne(fvTenant.descr,""))", R"(wcard(vzBrCP.dn,"__ui_"))", R"(wcard(vzBrCP.prio,"level*"))",
                           R"(eq(vzEntry.dFromPort,"http"))", R"(eq(fvTenant.status,"created"))", "true()",
                           R"(eq(fvSubnet.scope,"shared,public"))", R"(ge(faultInfo.severity,"major"))"}) {
    EXPECT_EQ(error(good), "fine") << good;
  }
}

// A second, naive evaluation: negations pushed down to the conditions, each value read anew each time.
enum class Kind { text, number, rank, flags, boolean, date };
struct Reference {
  std::string op;
  std::vector<Reference> operands;
  std::string class_name, property;
  Kind kind = Kind::text;
  std::vector<std::string> values;
};

const std::map<std::string, double> ranks{{"unspecified", 0}, {"level3", 1}, {"level2", 2}, {"level1", 3},
                                          {"level6", 7},      {"level5", 8}, {"level4", 9}};

std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  std::string name;
  for (const char c : list + ",") {
    if (c != ',') {
      name += c;
    } else if (!name.empty()) {
      names.insert(std::exchange(name, ""));
    }
  }
  return names;
}

std::optional<double> scale(Kind kind, const std::string& value) {
  if (kind == Kind::number) {
    const auto digits = value.find_first_not_of("0123456789.", value.starts_with('-') ? 1 : 0);
    if (value.empty() || digits != std::string::npos || value.find_first_of("0123456789") == std::string::npos) return {};
    return std::stod(value);
  }
  if (kind == Kind::rank) return ranks.contains(value) ? std::optional(ranks.at(value)) : std::nullopt;
  if (kind == Kind::boolean) {
    if (value == "yes" || value == "true") return 1;
    if (value == "no" || value == "false") return 0;
  }
  if (kind == Kind::flags) {
    double bits = 0;
    for (const auto& name : names_in(value)) {
      if (name != "public" && name != "private" && name != "shared") return {};
      bits += name == "public" ? 1 : name == "private" ? 2 : 4;
    }
    return bits;
  }
  if (kind == Kind::date) {
    if (value == "never") return 0;
    if (const auto time = base::WallTime::parse(value)) return static_cast<double>(time->unix_ms);
  }
  return {};
}

bool like(const std::string& pattern, const std::string& text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return like(pattern.substr(1), text) || (!text.empty() && like(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) && like(pattern.substr(1), text.substr(1));
}

bool reference_condition(const Reference& r, const std::string& value) {
  if (r.op == "wcard") {
    if (r.values[0].find_first_of("*?") != std::string::npos) return like(r.values[0], value);
    return value.find(r.values[0]) != std::string::npos;
  }
  if (r.op == "anybit" || r.op == "allbits") {
    const auto held = names_in(value), wanted = names_in(r.values[0]);
    std::size_t common = 0;
    for (const auto& name : wanted) common += held.count(name);
    return r.op == "anybit" ? common > 0 : common == wanted.size();
  }
  bool by_value = scale(r.kind, value).has_value();
  for (const auto& v : r.values) by_value = by_value && scale(r.kind, v);
  const auto order = [&](const std::string& v) {
    if (!by_value) return value.compare(v);
    const double a = *scale(r.kind, value), b = *scale(r.kind, v);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const int first = order(r.values[0]);
  if (r.op == "eq") return first == 0;
  if (r.op == "ne") return first != 0;
  if (r.op == "lt") return first < 0;
  if (r.op == "le") return first <= 0;
  if (r.op == "gt") return first > 0;
  if (r.op == "ge") return first >= 0;
  return first >= 0 && order(r.values[1]) <= 0;
}

bool reference_matches(const Reference& r, const std::string& class_name, const Attributes& attributes, bool negated = false) {
  const auto all = [&](bool wanted) {
    for (const auto& operand : r.operands) {
      if (reference_matches(operand, class_name, attributes, negated) != wanted) return false;
    }
    return true;
  };
  if (r.op == "not") return reference_matches(r.operands[0], class_name, attributes, !negated);
  if (r.op == "true") return !negated;
  if (r.op == "false") return negated;
  if (r.op == "and" || r.op == "or") return (r.op == "and") != negated ? all(true) : !all(false);
  if (r.op == "xor") {
    bool odd = false;
    for (const auto& operand : r.operands) {
      const bool yes = reference_matches(operand, class_name, attributes);
      if (!yes && !reference_matches(operand, class_name, attributes, true)) return false;
      odd = odd != yes;
    }
    return odd != negated;
  }
  return r.class_name == class_name && reference_condition(r, std::string(attributes.get(r.property))) != negated;
}

struct Property {
  const char *class_name, *name;
  Kind kind;
  std::vector<std::string> values;
};

const std::vector<Property> properties{
    {"testThing", "name", Kind::text, {"", "Web", "web", "a\"b\\c", "We?", "W*b", "*", "x,y(z)", "é\n"}},
    {"fvTenant", "descr", Kind::text, {"", "front end", "10", "9", "f*", "a]b[", "t e"}},
    {"fvTenant",
     "modTs",
     Kind::date,
     {"never", "2024-07-26T13:34:50.839-07:00", "2024-07-26T20:34:50.839+00:00", "2020-01-01T00:00:00Z", "x"}},
    {"vzEntry", "dFromPort", Kind::number, {"0", "-1", "80", "80.0", "080", "443", "1433", "65535", "80.5", "", "spam"}},
    {"vzBrCP", "prio", Kind::rank, {"unspecified", "level1", "level2", "level3", "level4", "level5", "level6", "", "nine"}},
    {"fvSubnet",
     "scope",
     Kind::flags,
     {"", "public", "private", "shared", "public,shared", "shared,public", "private,shared", "x"}},
    {"fvBD", "arpFlood", Kind::boolean, {"yes", "no", "true", "false", "", "maybe"}},
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : rng_(seed) {}

  Reference filter(int depth) {
    static const std::vector<std::string> joins{"and", "or", "xor", "not", "true", "false"};
    static const std::vector<std::string> tests{"eq", "ne", "lt", "gt", "le", "ge", "wcard", "bw", "anybit", "allbits"};
    Reference r;
    if (depth > 0 && rng_.below(3) != 0) {
      r.op = joins[rng_.below(joins.size())];
      const bool many = r.op == "and" || r.op == "or" || r.op == "xor";
      const bool optional = r.op == "true" || r.op == "false";
      const std::uint64_t count = many ? 1 + rng_.below(4) : optional ? rng_.below(2) : 1;
      for (std::uint64_t i = 0; i < count; ++i) r.operands.push_back(filter(depth - 1));
      return r;
    }
    const Property& property = properties[rng_.below(properties.size())];
    r.class_name = property.class_name;
    r.property = property.name;
    r.kind = property.kind;
    // Bits of a value that is not a set of flags mean nothing; the reference counts names.
    r.op = tests[rng_.below(property.kind == Kind::flags ? tests.size() : tests.size() - 2)];
    r.values.push_back(value(property));
    if (r.op == "bw") r.values.push_back(value(property));
    return r;
  }

  // With blanks where they are allowed and quotes left out where they may be.
  std::string text(const Reference& r) {
    std::string out = blank() + r.op + blank() + "(" + blank();
    if (!r.class_name.empty()) out += r.class_name + "." + r.property;
    for (const auto& operand : r.operands) out += (&operand == &r.operands[0] ? "" : ",") + text(operand);
    for (const auto& v : r.values) {
      out += blank() + "," + blank();
      const bool bare = !v.empty() && v.find_first_of(",()\"\\ \n") == std::string::npos && rng_.below(2) == 0;
      if (bare) {
        out += v;
        continue;
      }
      out += '"';
      for (const char c : v) (c == '"' || c == '\\' ? out += '\\' : out) += c;
      out += '"';
    }
    return out + blank() + ")" + blank();
  }

  const Property& property() { return properties[rng_.below(properties.size())]; }
  std::string value(const Property& property) { return property.values[rng_.below(property.values.size())]; }

 private:
  std::string blank() { return std::string(rng_.below(8) == 0 ? rng_.below(3) : 0, ' '); }
  base::Rng rng_;
};

// As observed on a controller: the pattern is checked against the property's own format.
TEST(Filter, patterns_may_not_begin_with_a_star_nor_stand_for_dn_descr_and_addresses) {
  const auto code = [](const char* text) {
    const auto checked = Filter::parse(text).value().check();
    return checked ? 0 : checked.error().code;
  };
  EXPECT_EQ(code(R"(wcard(fvBD.name,"prod*"))"), 0);
  EXPECT_EQ(code(R"(wcard(fvBD.name,"prod"))"), 0);
  EXPECT_EQ(code(R"(wcard(fvBD.name,"*prod*"))"), 301);
  EXPECT_EQ(code(R"(not(wcard(vzBrCP.dn,"__ui_")))"), 0);
  EXPECT_EQ(code(R"(wcard(fvBD.dn,"uni/tn-*"))"), 301);
  EXPECT_EQ(code(R"(wcard(fvBD.descr,"a*"))"), 301);
  EXPECT_EQ(code(R"(wcard(fabricHealthTotal.dn,"topology/.*/health"))"), 0) << "a regular expression that exporters use";
}

TEST(Filter, is_steady_where_it_speaks_of_what_never_changes) {
  const auto steady = [](const char* text) { return Filter::parse(text).value().is_steady(); };
  EXPECT_TRUE(steady(R"(eq(fvTenant.name,"A"))"));
  EXPECT_TRUE(steady(R"(or(wcard(fvCEp.dn,"tn-A/"),eq(fvCEp.name,"00:22:BD:F8:19:FF")))"));
  EXPECT_TRUE(steady(R"(eq(eventRecord.code,"E4208219"))")) << "a log record is written once";
  EXPECT_FALSE(steady(R"(eq(fvTenant.descr,"A"))"));
  EXPECT_FALSE(steady(R"(and(eq(fvTenant.name,"A"),not(eq(fvTenant.nameAlias,"hot"))))"));
  EXPECT_FALSE(steady(R"(eq(faultInfo.severity,"critical"))"));
  EXPECT_FALSE(steady(R"(eq(nobodyKnows.name,"A"))"));
}

TEST(Filter, random_filters_agree_with_a_naive_evaluation_and_survive_printing) {
  Generator generator(20240726);
  int matched = 0, missed = 0;
  for (int i = 0; i < 5000; ++i) {
    const Reference reference = generator.filter(4);
    const std::string text = generator.text(reference);
    const auto filter = Filter::parse(text);
    ASSERT_TRUE(filter) << text << ": " << filter.error().message;
    const auto again = Filter::parse(filter->str());
    ASSERT_TRUE(again) << filter->str() << ": " << again.error().message;
    ASSERT_EQ(again->str(), filter->str());
    for (int j = 0; j < 8; ++j) {
      const Property& about = generator.property();
      Attributes attributes;
      for (const auto& property : properties) {
        if (property.class_name == std::string_view(about.class_name)) attributes.set(property.name, generator.value(property));
      }
      const bool expected = reference_matches(reference, about.class_name, attributes);
      ASSERT_EQ(filter->matches(about.class_name, attributes), expected) << text << " on " << about.class_name;
      ASSERT_EQ(again->matches(about.class_name, attributes), expected) << filter->str();
      ++(expected ? matched : missed);
    }
  }
  EXPECT_GT(matched, 5000) << "both outcomes must be common for the comparison to mean something";
  EXPECT_GT(missed, 5000);
}

}  // namespace
}  // namespace aci::model
