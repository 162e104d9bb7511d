#include "model/query.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/rng.hpp"

namespace aci::model {
namespace {

using namespace std::chrono_literals;

Query parsed(std::string_view url) {
  auto query = Query::parse_url(url);
  if (query) return *query;
  ADD_FAILURE() << url << ": " << query.error().message;
  return {};
}

TEST(Query, of_a_class_and_of_an_object_print_their_addresses) {
  EXPECT_EQ(Query::of_class("fvTenant").to_url(), "/api/class/fvTenant.json");
  EXPECT_EQ(Query::of_object(Dn::trusted("uni/tn-T")).to_url(), "/api/mo/uni/tn-T.json");
  EXPECT_EQ(Query::of_object(Dn()).to_url(), "/api/mo.json");
  Query below = Query::of_class("fvBD");
  below.dn = Dn::trusted("uni/tn-T");
  below.format = Format::xml;
  EXPECT_EQ(below.to_url(), "/api/class/uni/tn-T/fvBD.xml");
}

TEST(Query, reads_every_option) {
  const Query query = parsed(
      "/api/node/mo/uni/tn-T.json?query-target=subtree&target-subtree-class=fvBD,fvAp&query-target-filter=eq(fvBD.name,\"b\")"
      "&rsp-subtree=full&rsp-subtree-class=fvSubnet&rsp-subtree-filter=eq(fvSubnet.scope,\"shared\")"
      "&rsp-subtree-include=health,no-scoped&rsp-prop-include=config-only&order-by=fvBD.name|desc,fvBD.descr"
      "&page=2&page-size=100000&subscription=yes&refresh-timeout=90");
  EXPECT_EQ(query.class_name, "");
  EXPECT_EQ(query.dn.str(), "uni/tn-T");
  EXPECT_EQ(query.format, Format::json);
  EXPECT_EQ(query.target, Target::subtree);
  EXPECT_EQ(query.target_subtree_class, (std::vector<std::string>{"fvBD", "fvAp"}));
  EXPECT_EQ(query.target_filter->str(), "eq(fvBD.name,\"b\")");
  EXPECT_EQ(query.rsp_subtree, RspSubtree::full);
  EXPECT_EQ(query.rsp_subtree_class, std::vector<std::string>{"fvSubnet"});
  EXPECT_EQ(query.rsp_subtree_filter->str(), "eq(fvSubnet.scope,\"shared\")");
  EXPECT_EQ(query.rsp_subtree_include, (std::vector<std::string>{"health", "no-scoped"}));
  EXPECT_EQ(query.rsp_prop_include, "config-only");
  ASSERT_EQ(query.order_by.size(), 2u);
  EXPECT_EQ(query.order_by[0].class_name, "fvBD");
  EXPECT_EQ(query.order_by[0].property, "name");
  EXPECT_TRUE(query.order_by[0].descending);
  EXPECT_EQ(query.order_by[1].property, "descr");
  EXPECT_FALSE(query.order_by[1].descending);
  EXPECT_EQ(query.page, 2u);
  EXPECT_EQ(query.page_size, 100'000u);
  EXPECT_TRUE(query.subscription);
  EXPECT_EQ(query.refresh_timeout, base::Duration(90s));
}

// What a client sends, and how we would ask for the same.
TEST(Query, takes_what_clients_send) {
  const std::pair<const char*, const char*> cases[] = {
      // The forms of the address.
      {"/api/mo/uni/tn-T.json", "/api/mo/uni/tn-T.json"},
      {"/api/node/mo/uni/tn-T.json", "/api/mo/uni/tn-T.json"},
      {"/api/class/fvTenant.json", "/api/class/fvTenant.json"},
      {"/api/node/class/fvTenant.xml", "/api/class/fvTenant.xml"},
      {"/api/class/uni/tn-T/fvBD.json", "/api/class/uni/tn-T/fvBD.json"},
      {"/api/node/class/topology/pod-1/topSystem.json", "/api/class/topology/pod-1/topSystem.json"},
      {"/api/class/topology/pod-1/node-101/vlanCktEp.json", "/api/class/topology/pod-1/node-101/vlanCktEp.json"},
      {"/api/mo.json", "/api/mo.json"},
      {"/api/policymgr/mo/.xml", "/api/mo.xml"},
      {"/api/node/mo.xml", "/api/mo.xml"},
      {"/api/trace/topology/pod-1/node-101.json?target-class=actrlRule,fvEpP",
       "/api/mo/topology/pod-1/node-101.json?query-target=subtree&target-subtree-class=actrlRule,fvEpP"},
      {"/api/mo/info.json", "/api/mo/info.json"},
      // Names with marks of their own.
      {"/api/mo/uni/tn-a.json.b.json", "/api/mo/uni/tn-a.json.b.json"},
      {"/api/mo/uni/tn-a.xml.json", "/api/mo/uni/tn-a.xml.json"},
      {"/api/mo/topology/pod-1/node-101/sys/phys-[eth1/1].json", "/api/mo/topology/pod-1/node-101/sys/phys-[eth1/1].json"},
      {"/api/mo/uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]].json",
       "/api/mo/uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/10]].json"},
      {"/api/class/uni/tn-T/BD-B/subnet-[10.0.0.1/24]/faultInst.json",
       "/api/class/uni/tn-T/BD-B/subnet-[10.0.0.1/24]/faultInst.json"},
      {"/api/mo/uni/userext/rule-[a=b/c:d].json", "/api/mo/uni/userext/rule-[a=b/c:d].json"},
      {"/api/mo/uni/tn-what%3f/ap-A.json?query-target=self", "/api/mo/uni/tn-what%3F/ap-A.json"},
      {"/api/mo/uni/tn-50%25.json", "/api/mo/uni/tn-50%25.json"},
      {"/api/mo/uni/tn-50%.json", "/api/mo/uni/tn-50%25.json"},
      {"/api/mo/uni/tn-a b\"c.json", "/api/mo/uni/tn-a%20b%22c.json"},
      // Percent-encoded all over.
      {"/%61pi/mo/uni%2Ftn-T%2FBD-B%2Fsubnet-%5B10.0.0.1%2F24%5D%2ejson?query%2Dtarget=%73ubtree",
       "/api/mo/uni/tn-T/BD-B/subnet-[10.0.0.1/24].json?query-target=subtree"},
      {"/api/class/fvBD.json?query-target-filter=eq%28fvBD.name%2C%22a%26b%22%29&order-by=fvBD.dn%7Cdesc",
       "/api/class/fvBD.json?query-target-filter=eq(fvBD.name,%22a%26b%22)&order-by=fvBD.dn|desc"},
      // A form encoder's blank, and the plus of an offset sent raw.
      {"/api/class/fvBD.json?query-target-filter=eq%28fvBD.name%2C+%22a+b%2Bc%22%29",
       "/api/class/fvBD.json?query-target-filter=eq(fvBD.name,%22a%20b%2Bc%22)"},
      {"/api/class/faultInst.json?query-target-filter=gt(faultInst.created,\"2024-01-01T00:00:00.000+01:00\")",
       "/api/class/faultInst.json?query-target-filter=gt(faultInst.created,%222024-01-01T00:00:00.000%2B01:00%22)"},
      // Raw quotes, pipes, blanks.
      {"/api/class/fvBD.json?query-target-filter=and( eq(fvBD.name, \"b\") )&order-by=fvBD.name | asc , fvBD.dn|desc",
       "/api/class/fvBD.json?query-target-filter=and(eq(fvBD.name,%22b%22))&order-by=fvBD.name|asc,fvBD.dn|desc"},
      {"/api/class/aaaModLR.json?time-range=1week", "/api/class/aaaModLR.json?time-range=168h"},
      {"/api/class/aaaModLR.json?time-range=2026-01-02T03:04:05Z|2026-01-03T03:04:05.678-07:00",
       "/api/class/aaaModLR.json?time-range=2026-01-02T03:04:05.000%2B00:00|2026-01-03T03:04:05.678-07:00"},
      {"/api/class/fvBD.json? query-target = children &target-subtree-class= fvSubnet, fvRsCtx ,",
       "/api/class/fvBD.json?query-target=children&target-subtree-class=fvSubnet,fvRsCtx"},
      {"/api/class/fvBD.json?query-target-filter=wcard(fvBD.name,\"a?b=c\")",
       "/api/class/fvBD.json?query-target-filter=wcard(fvBD.name,%22a?b=c%22)"},
      // Options twice, of which the last counts; empty, unknown and nameless ones.
      {"/api/mo/uni.json?query-target=children&query-target=subtree&target-subtree-class=fvBD&target-subtree-class=fvAp",
       "/api/mo/uni.json?query-target=subtree&target-subtree-class=fvAp"},
      {"/api/mo/uni.json?query-target=nonsense&page=x&query-target=subtree&page=1",
       "/api/mo/uni.json?query-target=subtree&page=1"},
      {"/api/mo/uni.json?query-target=subtree&query-target=", "/api/mo/uni.json"},
      {"/api/mo/uni.json?&name=&&=&=x&query-target=self&", "/api/mo/uni.json"},
      {"/api/mo/uni.json?", "/api/mo/uni.json"},
      {"/api/class/fvTenant.json?_dc=1393456789&replica=1&target-node=101&subscription=no", "/api/class/fvTenant.json"},
      {"/api/class/fvTenant.json?subscription=yes&rsp-subtree-include=health,required",
       "/api/class/fvTenant.json?rsp-subtree-include=health,required&subscription=yes"},
      {"/api/class/fvTenant.json?subscription&query-target", "/api/class/fvTenant.json"},
      {"/api/mo/uni/tn-T.json?rsp-subtree=modified", "/api/mo/uni/tn-T.json?rsp-subtree=modified"},
      {"/api/class/aaaModLR.json?page=0&page-size=1&refresh-timeout=36000",
       "/api/class/aaaModLR.json?page=0&page-size=1&refresh-timeout=36000"},
      {"/api/class/aaaModLR.json?rsp-prop-include=_all_", "/api/class/aaaModLR.json?rsp-prop-include=_all_"},
  };
  for (const auto& [url, canonical] : cases) {
    EXPECT_EQ(parsed(url).to_url(), canonical) << url;
    EXPECT_EQ(parsed(canonical).to_url(), canonical);
  }
}

struct Refused {
  const char* url;
  int code;
  const char* message;
};

TEST(Query, refuses_what_is_not_a_query) {
  const std::string long_dn = "/api/mo/uni/tn-" + std::string(5000, 'x') + ".json";
  const char* const address = ": expected /api/mo/<DN>.json or /api/class/<class>.json (or .xml)";
  const Refused cases[] = {
      {"", 400, address},
      {"/", 400, "no such address '/'"},
      {"/api/", 400, address},
      {"/api/mo", 400, address},
      {"/api/mo/uni/tn-T", 400, "no such address '/api/mo/uni/tn-T'"},
      {"/api/mo/uni/tn-T.jso", 400, address},
      {"/api/mo/uni/tn-T.JSON", 400, address},
      {"/apix/mo/uni.json", 400, address},
      {"/api/nodes/mo/uni.json", 400, address},
      {"/api/tag/mo/uni.json", 400, address},
      {"/api/momo.json", 400, address},
      {"/api/class.json", 400, address},
      {"/api/aaaLogin\n.json", 400, "no such address '/api/aaaLogin..json'"},
      {"/api/class/.json", 400, "Request failed, unresolved class for "},
      {"/api/class/fv-Tenant.json", 400, "Request failed, unresolved class for fv-Tenant"},
      {"/api/class/uni/tn-T.json", 400, "Request failed, unresolved class for tn-T"},
      {"/api/class//fvTenant.json", 400, "malformed DN"},
      {"/api/mo/uni//tn-T.json", 400, "malformed DN 'uni//tn-T' at position 5"},
      {"/api/mo/uni/.json", 400, "malformed DN"},
      {"/api/mo/uni/phys-[eth1/1.json", 400, "'[' without ']'"},
      {"/api/mo/uni/tn-%00.json", 400, "control character"},
      {"/api/mo/uni/tn-%0a.json", 400, "malformed DN 'uni/tn-.' at position 8: control character"},
      {long_dn.c_str(), 400, "longer than 4096 bytes"},
      {"/api/mo/uni.json?query-target=tree", 400, "query-target 'tree': expected self, children, subtree"},
      {"/api/mo/uni.json?rsp-subtree=yes", 400, "rsp-subtree 'yes': expected no, children, full, modified"},
      {"/api/mo/uni.json?subscription=maybe", 400, "subscription 'maybe': expected yes or no"},
      {"/api/mo/uni.json?page=-1", 400, "page '-1': expected a number from 0 to 4294967295"},
      {"/api/mo/uni.json?page=4294967296", 400, "page '4294967296'"},
      {"/api/mo/uni.json?page-size=0", 400, "page-size '0': expected a number from 1 to 100000"},
      {"/api/mo/uni.json?page-size=100001", 400, "page-size '100001'"},
      {"/api/mo/uni.json?page-size=10x", 400, "page-size '10x'"},
      {"/api/mo/uni.json?page-size=1e3", 400, "page-size '1e3'"},
      {"/api/mo/uni.json?refresh-timeout=0", 400, "refresh-timeout '0': expected a number from 1 to 4294967295"},
      {"/api/mo/uni.json?refresh-timeout=60s", 400, "refresh-timeout '60s'"},
      {"/api/mo/uni.json?target-subtree-class=fvBD,fv BD", 400,
       "target-subtree-class 'fv BD': expected classes, separated by ','"},
      {"/api/mo/uni.json?rsp-subtree-class=1a", 400, "rsp-subtree-class '1a'"},
      {"/api/mo/uni.json?order-by=name", 400, "order-by 'name': expected Class.property|asc or Class.property|desc"},
      {"/api/mo/uni.json?order-by=fvBD.name|up", 400, "order-by 'fvBD.name|up'"},
      {"/api/mo/uni.json?order-by=fvBD.name,.x", 400, "order-by '.x'"},
      {"/api/mo/uni.json?query-target-filter=eq(fvBD.n", 301,
       "query-target-filter: at position 10: expected ',' after the property"},
      {"/api/mo/uni.json?rsp-subtree-filter=allbit(a.b,c)", 301, "rsp-subtree-filter: at position 1: no such filter type"},
      {"/api/mo/uni.json?query-target=self&query-target=tree", 400, "query-target 'tree'"},
  };
  for (const auto& c : cases) {
    const auto query = Query::parse_url(c.url);
    ASSERT_FALSE(query) << c.url;
    EXPECT_EQ(query.error().code, c.code) << c.url;
    EXPECT_EQ(query.error().errc, base::Errc::invalid) << c.url;
    EXPECT_NE(query.error().message.find(c.message), std::string::npos) << c.url << ": " << query.error().message;
    EXPECT_EQ(query.error().message.find('\n'), std::string::npos);
    EXPECT_LT(query.error().message.size(), 400u);
  }
}

TEST(Query, many_options_take_time_in_proportion) {
  std::string url = "/api/mo/uni.json?";
  for (int i = 0; i < 100'000; ++i) url += "o" + std::to_string(i) + "&";
  EXPECT_EQ(parsed(url + "page=7").page, 7u);
}

TEST(Query, rounds_a_refresh_timeout_up_to_seconds) {
  Query query = Query::of_class("fvTenant");
  query.refresh_timeout = 1500ms;
  EXPECT_EQ(query.to_url(), "/api/class/fvTenant.json?refresh-timeout=2");
}

TEST(Query, encodes_only_what_it_must) {
  Query query = Query::of_object(Dn::trusted("uni/tn-a b/x-[c:d/e,(f)|%]/y-é#?&+"));
  EXPECT_EQ(query.to_url(), "/api/mo/uni/tn-a%20b/x-[c:d/e,(f)|%25]/y-%C3%A9%23%3F&+.json");
  query = Query::of_class("fvBD");
  query.target_filter = *Filter::parse("or(eq(fvBD.name,\"a+b&c%#[]:|?\"),wcard(fvBD.descr,\"\x01é*\"))");
  EXPECT_EQ(query.to_url(),
            "/api/class/"
            "fvBD.json?query-target-filter=or(eq(fvBD.name,%22a%2Bb%26c%25%23[]:|?%22),wcard(fvBD.descr,%22%01%C3%A9*%22))");
  EXPECT_EQ(parsed(query.to_url()).target_filter->str(), query.target_filter->str());
}

TEST(Query, random_queries_survive_their_url) {
  base::Rng rng(7);
  const auto any = [&](std::initializer_list<const char*> from) {
    return std::string(*(from.begin() + rng.below(from.size())));
  };
  const auto class_name = [&] { return any({"fvTenant", "fvBD", "faultInst", "eqptIngrTotal5min", "a_b"}); };
  const auto dn = [&] {
    Dn out;
    for (auto n = 1 + rng.below(4); n > 0; --n) {
      out = out.child(any({"uni", "tn-", "x-[a/b[c]/d]", "y.json", "z.xml", "%41", "é", "+", "&", "?", "#", " ", "=", "\"", "|",
                           "a:b,(c)"}) +
                      any({"", "1", ".json", "%", "%%25", "[/]"}));
    }
    return out;
  };
  const auto filter = [&] {
    return *Filter::parse("and(eq(" + class_name() + ".name,\"" +
                          any({"", "a", "+", "&", "%2B", "é", "a b", "\\\"", "\\\\", "=", ";"}) + "\"),true())");
  };
  for (int i = 0; i < 3000; ++i) {
    Query query = rng.below(2) ? Query::of_class(class_name()) : Query::of_object(dn());
    if (!query.class_name.empty() && rng.below(2)) query.dn = dn();
    query.format = static_cast<Format>(rng.below(2));
    query.target = static_cast<Target>(rng.below(3));
    query.rsp_subtree = static_cast<RspSubtree>(rng.below(4));
    for (auto n = rng.below(3); n > 0; --n) query.target_subtree_class.push_back(class_name());
    for (auto n = rng.below(3); n > 0; --n) query.rsp_subtree_class.push_back(class_name());
    for (auto n = rng.below(3); n > 0; --n) query.rsp_subtree_include.push_back(any({"health", "count", "a+b", "%", "x y"}));
    for (auto n = rng.below(3); n > 0; --n) query.order_by.push_back({class_name(), any({"dn", "name"}), rng.below(2) == 1});
    if (rng.below(2)) query.target_filter = filter();
    if (rng.below(2)) query.rsp_subtree_filter = filter();
    if (rng.below(2)) query.rsp_prop_include = any({"all", "naming-only", "config-only"});
    if (rng.below(2)) query.page = static_cast<std::uint32_t>(rng.below(5));
    if (rng.below(2)) query.page_size = static_cast<std::uint32_t>(1 + rng.below(100'000));
    if (rng.below(2)) query.refresh_timeout = std::chrono::seconds(1 + rng.below(86'400));
    query.subscription = rng.below(2) == 1;

    const std::string url = query.to_url();
    ASSERT_EQ(url.find_first_of(" \"#"), std::string::npos) << url;
    const Query again = parsed(url);
    ASSERT_EQ(again.to_url(), url);
    ASSERT_EQ(again.class_name, query.class_name) << url;
    ASSERT_EQ(again.dn, query.dn) << url;
    ASSERT_EQ(again.format, query.format);
    ASSERT_EQ(again.target, query.target);
    ASSERT_EQ(again.target_subtree_class, query.target_subtree_class);
    ASSERT_EQ(again.rsp_subtree, query.rsp_subtree);
    ASSERT_EQ(again.rsp_subtree_class, query.rsp_subtree_class);
    ASSERT_EQ(again.rsp_subtree_include, query.rsp_subtree_include);
    ASSERT_EQ(again.rsp_prop_include, query.rsp_prop_include);
    ASSERT_EQ(again.order_by.size(), query.order_by.size());
    ASSERT_EQ(again.page, query.page);
    ASSERT_EQ(again.page_size, query.page_size);
    ASSERT_EQ(again.subscription, query.subscription);
    ASSERT_EQ(again.refresh_timeout, query.refresh_timeout);
    ASSERT_EQ(again.target_filter.has_value(), query.target_filter.has_value());
    if (query.target_filter) {
      ASSERT_EQ(again.target_filter->str(), query.target_filter->str());
    }
  }
}

TEST(Query, percent_decoding_leaves_what_is_not_an_escape) {
  EXPECT_EQ(percent_decode("%41%2f%2F"), "A//");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%4g%%41"), "%zz%4g%A");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%2541"), "%41");
}

}  // namespace
}  // namespace aci::model
