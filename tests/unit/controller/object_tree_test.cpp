#include "controller/object_tree.hpp"

#include <gmock/gmock.h>

namespace aci::controller {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> subtree(const Node& top) {
  std::vector<std::string> all;
  for (const Node* node = &top; node; node = next_in_subtree(*node, top)) all.push_back(node->dn);
  return all;
}

std::vector<std::string> of_class(const ObjectTree& tree, std::string_view name) {
  std::vector<std::string> all;
  for (const Node* node = tree.class_first(name); node; node = node->class_next) all.push_back(node->dn);
  return all;
}

class ObjectTreeTest : public ::testing::Test {
 protected:
  ObjectTreeTest() {
    add(uni, "fvTenant", "uni/tn-A");
    Node& b = add(uni, "fvTenant", "uni/tn-B");
    add(uni, "fvTenant", "uni/tn-C");
    add(b, "fvAp", "uni/tn-B/ap-1");
    add(b, "fvAp", "uni/tn-B/ap-2");
  }
  Node& add(Node& parent, std::string_view class_name, std::string dn) {
    return tree.insert(parent, class_name, dn, {{"dn", dn}});
  }
  ObjectTree tree;
  Node& uni = tree.insert(tree.root(), "polUni", "uni", {{"dn", "uni"}});
};

TEST_F(ObjectTreeTest, FindsByDnAndNothingElse) {
  EXPECT_EQ(tree.find("uni/tn-B")->of->name, "fvTenant");
  EXPECT_EQ(tree.find("")->of->name, "topRoot");
  EXPECT_EQ(tree.find("uni/tn-D"), nullptr);
  EXPECT_EQ(tree.size(), 7u);
}

TEST_F(ObjectTreeTest, KeepsTheOrderOfCreationByParentAndByClass) {
  EXPECT_THAT(of_class(tree, "fvTenant"), ElementsAre("uni/tn-A", "uni/tn-B", "uni/tn-C"));
  EXPECT_THAT(subtree(uni), ElementsAre("uni", "uni/tn-A", "uni/tn-B", "uni/tn-B/ap-1", "uni/tn-B/ap-2", "uni/tn-C"));
  EXPECT_THAT(subtree(*tree.find("uni/tn-B")), ElementsAre("uni/tn-B", "uni/tn-B/ap-1", "uni/tn-B/ap-2"));
}

TEST_F(ObjectTreeTest, AWalkGoesOnWhileObjectsComeAndGo) {
  const auto walk = [&](int count) {
    std::vector<std::string> met;
    for (const Node* node; count > 0 && (node = tree.walk()); --count) met.push_back(node->dn);
    return met;
  };
  tree.begin_walk();
  EXPECT_THAT(walk(2), ElementsAre("uni", "uni/tn-A"));
  tree.erase(*tree.find("uni/tn-B/ap-1"));
  tree.erase(*tree.find("uni/tn-B/ap-2"));
  tree.erase(*tree.find("uni/tn-B"));  // the next one
  add(uni, "fvTenant", "uni/tn-D");
  tree.erase(*tree.find("uni/tn-A"));  // behind
  EXPECT_THAT(walk(9), ElementsAre("uni/tn-C", "uni/tn-D"));
  EXPECT_THAT(walk(9), ElementsAre());
  // An object that stood in for one further up goes below its parent when that comes.
  Node& stray = add(uni, "fvAEPg", "uni/x/y");
  add(stray, "fvSubnet", "uni/x/y/z");
  add(uni, "fvTenant", "uni/tn-E");
  tree.begin_walk();
  EXPECT_THAT(walk(4), ElementsAre("uni", "uni/tn-C", "uni/tn-D", "uni/x/y"));
  tree.move(stray, add(uni, "fvAp", "uni/x"));
  EXPECT_THAT(walk(9), ElementsAre("uni/tn-E", "uni/x", "uni/x/y", "uni/x/y/z"));
}

TEST_F(ObjectTreeTest, ErasingFirstMiddleAndLastKeepsTheListsWhole) {
  tree.erase(*tree.find("uni/tn-A"));
  EXPECT_THAT(of_class(tree, "fvTenant"), ElementsAre("uni/tn-B", "uni/tn-C"));
  tree.erase(*tree.find("uni/tn-C"));
  EXPECT_THAT(of_class(tree, "fvTenant"), ElementsAre("uni/tn-B"));
  tree.erase(*tree.find("uni/tn-B/ap-1"));
  EXPECT_THAT(subtree(uni), ElementsAre("uni", "uni/tn-B", "uni/tn-B/ap-2"));
  add(uni, "fvTenant", "uni/tn-A");
  EXPECT_THAT(of_class(tree, "fvTenant"), ElementsAre("uni/tn-B", "uni/tn-A"));
}

TEST_F(ObjectTreeTest, DeepestFirstIsWhereDeletionBegins) {
  EXPECT_EQ(deepest_first(uni).dn, "uni/tn-A");
  EXPECT_EQ(deepest_first(*tree.find("uni/tn-B")).dn, "uni/tn-B/ap-1");
}

TEST(CanonicalDnTest, BracketsThatTheFormatDoesNotAskForFallAway) {
  EXPECT_EQ(canonical_dn("uni/tn-[T]/ap-[A]/epg-E"), "uni/tn-T/ap-A/epg-E");
  EXPECT_EQ(canonical_dn("uni/tn-T/BD-B/subnet-[10.0.0.1/24]"), "uni/tn-T/BD-B/subnet-[10.0.0.1/24]");
  EXPECT_EQ(canonical_dn("uni/unheard-[of]/tn-[T]"), "uni/unheard-[of]/tn-[T]");
  EXPECT_EQ(canonical_dn("uni/fabric/dnsp-default/prov-10.0.0.1"), "uni/fabric/dnsp-default/prov-[10.0.0.1]");
  EXPECT_EQ(canonical_dn("uni/unheard-of/prov-10.0.0.1"), "uni/unheard-of/prov-10.0.0.1");
}

}  // namespace
}  // namespace aci::controller
