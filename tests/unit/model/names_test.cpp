#include "model/names.hpp"

#include <gmock/gmock.h>

#include "model/attributes.hpp"

namespace aci::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Names, copies_share_a_list) {
  const Names a{"descr", "nameAlias"}, b = Names::of({"descr", "nameAlias"}), other{"descr", "ownerKey"};
  EXPECT_THAT(a, ElementsAre("descr", "nameAlias"));
  const Names copy = a;
  EXPECT_EQ(&a.list(), &copy.list());
  EXPECT_EQ(a, b);
  EXPECT_NE(a, other);
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_EQ(Names(), Names::of({}));
}

TEST(Names, any_number_of_lists_is_right) {
  std::vector<Names> all;
  for (int i = 0; i < 30'000; ++i) all.push_back(Names(Names::List{"a" + std::to_string(i), "b"}));
  for (int i = 0; i < 30'000; ++i) ASSERT_THAT(all[static_cast<std::size_t>(i)], ElementsAre("a" + std::to_string(i), "b"));
}

TEST(Names, of_the_content_leave_out_what_is_about_the_message) {
  const Attributes tenant{{"dn", "uni/tn-T"}, {"descr", ""}, {"modTs", "never"}, {"name", "T"}, {"status", "created"}};
  EXPECT_THAT(tenant.content_names(), ElementsAre("descr", "name"));
  EXPECT_THAT(Attributes{}.content_names(), IsEmpty());
}

}  // namespace
}  // namespace aci::model
