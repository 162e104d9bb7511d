#include "controller/controller.hpp"

#include <gmock/gmock.h>

#include "unit/controller/driver.hpp"

namespace aci::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr auto ok_body = R"({"totalCount":"0","imdata":[]})";

TEST(ControllerTest, WalkThroughOfTheLabs) {
  Driver apic;
  apic.log_in();
  const std::string id = apic.subscribe("/api/class/fvTenant.json?subscription=yes");
  EXPECT_THAT(id, SizeIs(17));
  const Response created = apic.post("/api/mo/uni/tn-WS_Example.json", R"({"fvTenant":{"attributes":{"name":"WS_Example"}}})");
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.body, ok_body);
  EXPECT_THAT(
      apic.frames(),
      ElementsAre(
          R"({"subscriptionId":[")" + id +
          R"("],"imdata":[{"fvTenant":{"attributes":{"annotation":"","childAction":"","descr":"","dn":"uni/tn-WS_Example",)"
          R"("extMngdBy":"","lcOwn":"local","modTs":"2023-11-14T22:13:20.123+00:00",)"
          R"("monPolDn":"uni/tn-common/monepg-default","name":"WS_Example","nameAlias":"","ownerKey":"","ownerTag":"",)"
          R"("rn":"","status":"created","uid":"15374","userdom":"all"}}}]})"));
  EXPECT_EQ(apic.get("/api/subscriptionRefresh.json?id=" + id).body, ok_body);
  EXPECT_EQ(apic.send("DELETE", "/api/mo/uni/tn-WS_Example.json").body, ok_body);
  EXPECT_THAT(apic.frames(), ElementsAre(R"({"subscriptionId":[")" + id +
                                         R"("],"imdata":[{"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-WS_Example",)"
                                         R"("modTs":"2023-11-14T22:13:20.123+00:00","rn":"","status":"deleted"}}}]})"));
}

TEST(ControllerTest, OutsideTheApiIsTheFrontEndsPage) {
  Driver apic;
  const Response response = apic.get("/nothing/here.html");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "text/html");
  EXPECT_THAT(response.body, HasSubstr("<hr><center>Cisco APIC</center>"));
}

}  // namespace
}  // namespace aci::controller
