// The controller against a slow and plain one, and against what its own pushes tell.
#include "unit/controller/reference.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "model/coverage.hpp"
#include "unit/controller/driver.hpp"

namespace aci::controller::reference {
namespace {

// Another one where the environment says so, to search further than a test may take.
std::uint64_t seed(std::uint64_t usual) {
  const char* other = std::getenv("ACI_SEED");
  return other ? usual + 1000 * static_cast<std::uint64_t>(std::atoi(other)) : usual;
}

Tree tree_of(const codec::Answer& answer) {
  Tree tree;
  for (const auto& object : answer.objects) flatten(object, "", tree);
  return tree;
}

codec::Answer answer_of(Driver& apic, const std::string& target) {
  auto answer = codec::decode_answer(apic.get(target).body);
  EXPECT_TRUE(answer) << target << ": " << answer.error().message;
  return answer ? std::move(*answer) : codec::Answer{};
}

Tree whole_tree(Driver& apic) { return tree_of(answer_of(apic, "/api/mo.json?query-target=subtree")); }

// What differs, for a message a person can read.
std::string difference(const Tree& expected, const Tree& found) {
  std::string text;
  for (const auto& [dn, object] : expected) {
    const auto other = found.find(dn);
    if (other == found.end()) text += "missing " + object.class_name + ' ' + dn + '\n';
    else
      for (const auto& [name, value] : object.attributes) {
        const auto held = other->second.attributes.find(name);
        if (held == other->second.attributes.end()) text += dn + ": no " + name + '\n';
        else if (held->second != value) text += dn + ": " + name + " is '" + held->second + "', not '" + value + "'\n";
      }
  }
  for (const auto& [dn, object] : found) {
    const auto other = expected.find(dn);
    if (other == expected.end()) text += "too much " + object.class_name + ' ' + dn + '\n';
    else
      for (const auto& [name, value] : object.attributes)
        if (!other->second.attributes.contains(name)) text += dn + ": " + name + " '" + value + "' too much\n";
  }
  return text;
}

TEST(Reference, TransactionsLeaveTheSameTree) {
  Driver apic;
  apic.log_in();
  Random random(seed(7));
  Tree expected;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    const ManagedObject transaction = random.transaction();
    if (random.rarely(30) && !expected.empty()) {
      const std::string dn = random.dn_of(expected);
      ASSERT_EQ(error_of(apic.send("DELETE", "/api/mo/" + dn + ".json")), "");
      Writer::remove(expected, dn);
    } else {
      const std::string error = error_of(apic.post("/api/mo/uni.json", body_of(transaction)));
      const bool taken = Writer().post(expected, transaction, "uni");
      ASSERT_EQ(error.empty(), taken) << body_of(transaction) << '\n' << error;
      refused += !taken;
    }
    if (i % 20 != 0) continue;
    // Of the controller's tree what a transaction may name; it adds and finds out more.
    Tree found;
    for (auto& [dn, object] : tree_of(answer_of(apic, "/api/mo/uni.json?query-target=subtree"))) {
      const bool ours = plain(object.class_name) && dn.starts_with("uni/tn-") && !dn.starts_with("uni/tn-common") &&
                        !dn.starts_with("uni/tn-infra") && !dn.starts_with("uni/tn-mgmt");
      if (!ours) continue;
      Object& kept = found[dn];
      kept.class_name = object.class_name;
      if (const auto same = expected.find(dn); same != expected.end())
        for (const auto& [name, value] : same->second.attributes) kept.attributes[name] = object.attributes[name];
    }
    ASSERT_EQ(difference(expected, found), "") << "after " << i;
  }
  EXPECT_GT(expected.size(), 20u);
  EXPECT_GT(refused, 100);
}

class RandomQueries {
 public:
  explicit RandomQueries(Random& random) : random_(random) {}

  Query query(const Tree& tree) {
    Query query;
    if (random_.rarely(2)) query.class_name = random_.class_name();
    if (query.class_name.empty() || random_.rarely(3)) query.dn = random_.rarely(8) ? "uni/tn-nobody" : random_.dn_of(tree);
    if (!query.class_name.empty() && query.dn.starts_with("subj-")) query.dn.clear();
    query.target = random_.one<std::string>({"self", "children", "subtree"});
    while (random_.rarely(3)) query.target_classes.push_back(random_.class_name());
    if (random_.rarely(2)) query.filter = filter(tree);
    return query;
  }

  void shape(Query& query) {
    query.rsp_subtree = random_.one<std::string>({"no", "no", "children", "full"});
    while (random_.rarely(3)) query.rsp_classes.push_back(random_.class_name());
    if (random_.rarely(2)) {
      query.order_property = random_.one<std::string>({"name", "dn"});
      query.descending = random_.rarely(2);
    }
    if (random_.rarely(3)) {
      query.order_property = "dn";  // the only one that makes the page certain
      query.page_size = random_.one<std::size_t>({1, 2, 7, 50});
      query.page = random_.one<std::size_t>({0, 1, 2});
    }
  }

 private:
  Filter filter(const Tree& tree) {
    Filter filter;
    filter.all = random_.rarely(2);
    do {
      Condition one{random_.one<std::string>({"eq", "ne", "wcard"}), random_.class_name(), "dn", "", random_.rarely(3)};
      one.value = one.op == "wcard" ? random_.one<std::string>({"tn-", "B1", "epg", "uni"}) : random_.dn_of(tree);
      const auto* facts = model::find_class(one.class_name);
      if (random_.rarely(2) && facts->property("descr")) {
        one.property = "descr";
        one.value = random_.one<std::string>({"a", "b", "x"});
      }
      filter.conditions.push_back(std::move(one));
    } while (random_.rarely(2));
    return filter;
  }

  Random& random_;
};

void grow(Driver& apic, Random& random, int transactions) {
  for (int i = 0; i < transactions; ++i) {
    apic.pass(std::chrono::milliseconds(10));
    apic.post("/api/mo/uni.json", body_of(random.transaction()));
  }
}

void expect_answer(const Tree& tree, const Query& query, const codec::Answer& answer) {
  std::vector<std::string> expected;
  for (const auto& [dn, object] : tree)
    if (query.selects(tree, dn)) expected.push_back(dn);
  ASSERT_EQ(answer.total_count, expected.size());
  const auto key = [&](const std::string& dn) {
    return query.order_property == "dn" ? dn : tree.at(dn).attributes.count("name") ? tree.at(dn).attributes.at("name") : "";
  };
  if (!query.order_property.empty())
    std::stable_sort(expected.begin(), expected.end(),
                     [&](const auto& a, const auto& b) { return query.descending ? key(a) > key(b) : key(a) < key(b); });
  if (query.page_size > 0) {
    const std::size_t begin = std::min(expected.size(), query.page * query.page_size);
    expected = {expected.begin() + static_cast<std::ptrdiff_t>(begin),
                expected.begin() + static_cast<std::ptrdiff_t>(std::min(expected.size(), begin + query.page_size))};
  }
  std::vector<std::string> found;
  for (const auto& object : answer.objects) found.emplace_back(object.dn());
  if (query.order_property == "name") {  // equal names in any order
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) ASSERT_EQ(key(found[i]), key(expected[i]));
  }
  if (query.order_property != "dn") {
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
  }
  ASSERT_EQ(found, expected);
  for (const auto& object : answer.objects) {
    Tree nested;
    flatten(object, "", nested);
    for (const auto& [dn, one] : nested) {
      const auto stored = tree.find(dn);
      ASSERT_TRUE(stored != tree.end() && stored->second == one) << dn;
    }
    std::set<std::string> dns;
    for (const auto& [dn, one] : nested) dns.insert(dn);
    dns.erase(std::string(object.dn()));
    const auto wanted = query.nested(tree, std::string(object.dn()));
    std::vector<std::string> differing;
    std::set_symmetric_difference(dns.begin(), dns.end(), wanted.begin(), wanted.end(), std::back_inserter(differing));
    ASSERT_EQ(differing, std::vector<std::string>{}) << object.dn();
  }
}

TEST(Reference, QueriesAnswerWhatASearchThroughEverythingFinds) {
  Options options;
  options.record_log_max = 100;
  Driver apic(options);
  apic.log_in();
  Random random(seed(11));
  RandomQueries queries(random);
  std::size_t found = 0;
  for (int round = 0; round < 8; ++round) {
    grow(apic, random, 15);
    const Tree tree = whole_tree(apic);
    for (int i = 0; i < 150; ++i) {
      Query query = queries.query(tree);
      queries.shape(query);
      const codec::Answer answer = answer_of(apic, query.url());
      ASSERT_NO_FATAL_FAILURE(expect_answer(tree, query, answer)) << query.url();
      found += answer.objects.size();
    }
  }
  EXPECT_GT(found, 2000u);
}

// --- pushes ------------------------------------------------------------------------------------------------------------

// A client that keeps what it was answered and then only listens.
struct Replica {
  std::string url;
  Tree tree;
  int heard = 0;

  void hear(const ManagedObject& object) {
    ++heard;
    const std::string dn(object.dn());
    const auto status = object.attributes.get("status");
    Tree told;
    flatten(object, "", told);
    if (status == "created") tree[dn] = told.at(dn);
    else if (status == "deleted") tree.erase(dn);
    else
      for (const auto& [name, value] : told.at(dn).attributes) tree[dn].attributes[name] = value;
  }
};

void disturb(Driver& apic, Random& random) {
  const Tree tree = tree_of(answer_of(apic, "/api/mo/uni.json?query-target=subtree"));
  switch (random.one<int>({0, 0, 0, 0, 1, 2, 3, 4})) {
    case 0: apic.post("/api/mo/uni.json", body_of(random.transaction())); break;
    case 1: apic.send("DELETE", "/api/mo/" + random.dn_of(tree) + ".json"); break;
    case 2:
      (void)apic.controller.storm(apic.wall, random.one<std::string>({"faultInst", "faultDelegate", "fvBD", "fvCEp"}), 2);
      break;
    case 3: {
      const std::string dn = random.dn_of(tree);
      const std::string fault = join(dn.starts_with("uni/tn-") ? dn : "uni/infra", "fault-F" + std::to_string(tree.size() % 3));
      ManagedObject object{"faultInst", {{"dn", fault}, {"severity", random.one<std::string>({"minor", "major"})}}, {}};
      if (random.rarely(3)) object.attributes.set("status", "deleted");
      (void)apic.controller.set(apic.wall, object);
      break;
    }
    default: {
      const std::string node = random.one<std::string>({"101", "102"});
      (void)apic.controller.set(
          apic.wall, {"fabricNode",
                      {{"dn", "topology/pod-1/node-" + node}, {"fabricSt", random.one<std::string>({"active", "inactive"})}},
                      {}});
    }
  }
  apic.pass(std::chrono::milliseconds(500));
}

TEST(Reference, PushesTellExactlyWhatQueriesShow) {
  Options options;
  options.subscription_lifetime = std::chrono::hours(20);
  options.token_lifetime = std::chrono::hours(20);
  options.session_lifetime = std::chrono::hours(20);
  Driver apic(options);
  apic.log_in();
  Random random(seed(3));
  std::map<std::string, Replica> replicas;
  for (const char* url :
       {"/api/class/fvTenant.json",
        "/api/class/fvRsBd.json",
        "/api/class/fvEPg.json",
        "/api/class/faultInst.json",
        "/api/class/faultInfo.json",
        "/api/class/aaaModLR.json",
        "/api/class/fabricNode.json",
        "/api/mo/uni/tn-N.json",
        "/api/mo/uni/tn-B1.json?query-target=children",
        "/api/mo/uni/tn-B1.json?query-target=subtree",
        "/api/mo/topology.json?query-target=subtree",
        "/api/mo/uni.json?query-target=subtree&target-subtree-class=fvBD,fvSubnet,faultInfo",
        "/api/class/fvAp.json?query-target=subtree",
        "/api/class/fvBD.json?query-target=children",
        "/api/class/uni/tn-N/fvBD.json",
        "/api/class/uni/tn-N/fvAp.json?query-target=subtree",
        "/api/class/fvBD.json?query-target-filter=eq(fvBD.name,\"B1\")",
        "/api/mo/uni.json?query-target=subtree&query-target-filter=or(eq(fvAp.name,\"N\"),wcard(fvBD.dn,\"tn-B2\"))",
        "/api/mo/uni/tn-N.json?rsp-subtree-include=faults",
        "/api/class/fvTenant.json?rsp-subtree-include=health,faults",
        "/api/mo/uni/tn-N.json?rsp-subtree-include=health,faults,subtree,no-scoped",
        "/api/mo/uni/tn-B1.json?query-target=subtree&rsp-subtree-include=faults",
        "/api/class/fvCEp.json",
        "/api/mo.json?query-target=subtree"}) {
    const std::string plain(url);
    const codec::Answer answer =
        answer_of(apic, plain + (plain.find('?') == std::string::npos ? "?" : "&") + "subscription=yes");
    ASSERT_EQ(answer.subscription_ids.size(), 1u);
    replicas[answer.subscription_ids[0]] = {plain, tree_of(answer)};
  }
  for (int i = 0; i < 1000; ++i) {
    disturb(apic, random);
    for (const std::string& frame : apic.frames()) {
      const auto pushed = codec::decode_answer(frame);
      ASSERT_TRUE(pushed && pushed->objects.size() == 1);
      for (const std::string& id : pushed->subscription_ids) replicas.at(id).hear(pushed->objects[0]);
    }
    if (i % 50 != 49) continue;
    for (const auto& [id, replica] : replicas)
      ASSERT_EQ(difference(tree_of(answer_of(apic, replica.url)), replica.tree), "") << replica.url << " after " << i;
  }
  for (const auto& [id, replica] : replicas) EXPECT_GT(replica.heard, 10) << replica.url;
}

TEST(Reference, CoversAgreesWithWhatSubscriptionsHear) {
  Options options;
  options.subscription_lifetime = options.token_lifetime = options.session_lifetime = std::chrono::hours(20);
  Driver apic(options);
  apic.log_in();
  Random random(seed(5));
  RandomQueries queries(random);
  grow(apic, random, 30);
  std::map<std::string, model::Query> subscribed;
  const codec::Answer all = answer_of(apic, "/api/mo.json?query-target=subtree&subscription=yes");
  std::map<std::string, model::Attributes> objects;
  for (const auto& object : all.objects) objects[std::string(object.dn())] = object.attributes;
  const Tree tree = whole_tree(apic);
  while (subscribed.size() < 80) {
    Query query = queries.query(tree);
    const bool records_only = random.rarely(6);
    if (records_only) query.filter.reset();  // nobody can tell from a record what a filter says of its object
    std::string url = query.url();
    if (records_only)
      url += random.one<std::string>({"&rsp-subtree-include=faults,no-scoped", "&rsp-subtree-include=health,no-scoped",
                                      "&rsp-subtree-include=health,faults,subtree,no-scoped"});
    const auto parsed = model::Query::parse_url(url);
    ASSERT_TRUE(parsed) << url;
    subscribed.emplace(apic.subscribe(url + "&subscription=yes&page-size=1"), *parsed);
  }
  apic.frames();
  std::size_t heard = 0;
  for (int i = 0; i < 300; ++i) {
    disturb(apic, random);
    for (const std::string& frame : apic.frames()) {
      const auto pushed = codec::decode_answer(frame);
      const ManagedObject& object = pushed->objects.at(0);
      const std::string dn(object.dn());
      model::Attributes state = objects[dn];
      state.merge(object.attributes);
      for (const auto& [id, query] : subscribed) {
        const bool told =
            std::find(pushed->subscription_ids.begin(), pushed->subscription_ids.end(), id) != pushed->subscription_ids.end();
        ASSERT_EQ(model::covers(query, object.class_name, dn, state), told) << query.to_url() << '\n' << frame;
        heard += told;
      }
      if (object.attributes.get("status") == "deleted") objects.erase(dn);
      else objects[dn] = std::move(state);
    }
  }
  EXPECT_GT(heard, 300u);
}

}  // namespace
}  // namespace aci::controller::reference
