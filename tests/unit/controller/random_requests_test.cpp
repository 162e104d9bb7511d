// Whatever is asked: an envelope, never a crash, never an error of the server, and a tree that hangs together.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "unit/controller/driver.hpp"
#include "unit/controller/random_requests.hpp"

namespace aci::controller {
namespace {

// As many requests as the environment says, to search longer than a test may take.
int requests_wanted() {
  const char* wanted = std::getenv("ACI_RANDOM_REQUESTS");
  return wanted ? std::atoi(wanted) : 20'000;
}

struct Outcomes {
  std::map<int, int> statuses;
  std::set<int> codes;
};

void expect_envelope(const Request& request, const Response& response, Outcomes& outcomes) {
  ++outcomes.statuses[response.status];
  const std::string told = request.method + " " + request.target + "\n" + request.body + "\n-> " + response.body.substr(0, 500);
  const std::size_t slashes = std::min(request.target.find_first_not_of('/'), request.target.size());  // as many as one
  if (slashes == 0 || !request.target.substr(slashes - 1).starts_with("/api/")) {
    ASSERT_EQ(response.status, 404) << told;
    return;
  }
  const bool known = response.status == 200 || response.status == 301 || (response.status >= 400 && response.status < 500);
  ASSERT_TRUE(known) << response.status << ' ' << told;
  const auto format = response.content_type == "text/xml" ? model::Format::xml : model::Format::json;
  const auto answer = codec::decode_answer(response.body, format);
  if (response.status == 200) {
    // Domains are bare objects without a class.
    ASSERT_TRUE(answer || request.target.find("aaaListDomains") != std::string::npos) << answer.error().message << ' ' << told;
    return;
  }
  ASSERT_FALSE(answer) << told;
  ASSERT_NE(answer.error().errc, base::Errc::protocol) << answer.error().message << ' ' << told;
  outcomes.codes.insert(answer.error().code);
}

// Every object is found from the root, by its class and by its DN.
void expect_whole_tree(Driver& apic) {
  const auto objects = apic.objects("/api/mo.json?query-target=subtree");
  ASSERT_EQ(objects.size(), apic.controller.status().objects + apic.controller.status().records);
  std::map<std::string, std::size_t> of_class;
  for (const auto& object : objects) ++of_class[object.class_name];
  for (const auto& [name, count] : of_class) ASSERT_EQ(apic.objects("/api/class/" + name + ".json").size(), count) << name;
}

TEST(RandomRequests, AreAllAnsweredWithAnEnvelope) {
  RandomRequests random(20261121);
  Outcomes outcomes;
  const int wanted = requests_wanted();
  constexpr int per_controller = 2'000;
  for (int done = 0; done < wanted;) {
    Options options;
    options.record_log_max = 300;
    Driver apic(options);
    apic.log_in();
    for (int i = 0; i < per_controller && done < wanted; ++i, ++done) {
      Request request = random.next();
      const std::string cookies = apic.cookies;
      if (i % 50 == 0) apic.cookies = "APIC-cookie=" + std::to_string(i);
      const Response response = apic.send(request.method, request.target, request.body);
      apic.cookies = cookies;
      ASSERT_NO_FATAL_FAILURE(expect_envelope(request, response, outcomes));
      for (const std::string& frame : apic.frames()) {
        const auto format = frame.starts_with('<') ? model::Format::xml : model::Format::json;
        const auto pushed = codec::decode_answer(frame, format);
        ASSERT_TRUE(pushed && pushed->objects.size() == 1 && !pushed->subscription_ids.empty()) << frame;
      }
      if (i % 16 == 0) apic.pass(std::chrono::milliseconds(100));
      if (i % 200 == 0 && error_of(apic.get("/api/mo/uni.json")) != "") apic.log_in();
    }
    ASSERT_NO_FATAL_FAILURE(expect_whole_tree(apic));
  }
  // The search is worth something: all of it was reached.
  EXPECT_GT(outcomes.statuses[200], wanted / 5);
  EXPECT_GT(outcomes.statuses[400], wanted / 5);
  for (const int code : {12, 102, 103, 104, 107, 120, 121, 122, 170, 301, 400, 401, 403, 801})
    EXPECT_TRUE(outcomes.codes.contains(code) || wanted < 20'000) << code;
  if (std::getenv("ACI_RANDOM_REQUESTS"))
    for (const auto& [status, count] : outcomes.statuses) std::printf("%d: %d\n", status, count);
}

}  // namespace
}  // namespace aci::controller
