#include "sim/scenario.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "unit/sim/driver.hpp"
#include "unit/sim/temporary.hpp"

namespace aci::sim {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ScenarioTest : public ApicsimTest {
 protected:
  void play(const std::string& text, double churn = 0) {
    const std::string path = temporary("scenario.yaml");
    std::ofstream(path) << text;
    Apicsim::Options options;
    options.tls = false;
    options.controller.fabric = controller::FabricShape{1, 2, 4, 12, 4};
    options.controller.token_lifetime = options.controller.session_lifetime = std::chrono::hours(24);
    options.scenario = path;
    options.churn = churn;
    options.on_note = [this](const std::string& note) { notes_.push_back(note); };
    client_.reset();
    sim_.reset();
    start(std::move(options));
  }
  std::string get(const std::string& dn) { return call("GET", "/api/mo/" + dn + ".json", "", log_in()).body; }
  void advance(int seconds) { call("POST", "/_sim/advance", "{\"seconds\":" + std::to_string(seconds) + "}"); }
  std::string mistake(const std::string& text) {
    if (!sim_) start();
    const auto parsed = Scenario::parse(text, "s.yaml", *sim_);
    return parsed ? "" : parsed.error().message;
  }
  std::vector<std::string> notes_;
};

TEST_F(ScenarioTest, every_step_happens_at_its_time) {
  play(R"(
- { at: 10s, post: { fvTenant: { dn: uni/tn-Heroes, descr: Saves the day } } }
- at: 20s
  post: {"fvTenant": {"attributes": {"dn": "uni/tn-Heroes"}, "children": [{"fvAp": {"attributes": {"name": "Shop"}}}]}}
- { at: 30s, port: { node: 101, port: eth1/9, state: down } }
- { at: 40s, port: { node: 101, port: eth1/9, state: up } }
- { at: 50s, endpoint: { epg: uni/tn-Lab/ap-Shop/epg-Web, mac: "00:50:56:AA:00:01", ip: 10.1.0.9, node: 102, port: eth1/7 } }
- { at: 60s, endpoint: { epg: uni/tn-Lab/ap-Shop/epg-Web, mac: "00:50:56:AA:00:01", ip: 10.1.0.9, node: 103, port: eth1/8 } }
- { at: 70s, set: { topSystem: { dn: topology/pod-1/node-101/sys, state: out-of-service } } }
- { at: 80s, storm: { class: fvTenant, count: 3 } }
- { at: 90s, fault: { dn: uni/tn-common, code: F0001, severity: minor } }
- { at: 100s, chaos: { restart_node: 102 } }
- { at: 110s, delete: uni/tn-Heroes }
- { at: 110s, delete: uni/tn-Nobody }
- { at: 5s, chaos: { two_cookies: true } }
)");
  const std::string port = "topology/pod-1/node-101/sys/phys-[eth1/9]/phys";
  const std::string endpoint = "uni/tn-Lab/ap-Shop/epg-Web/cep-00:50:56:AA:00:01";
  advance(9);
  EXPECT_THAT(get("uni/tn-Heroes"), HasSubstr("\"totalCount\":\"0\""));
  advance(12);
  EXPECT_THAT(get("uni/tn-Heroes"), HasSubstr("Saves the day"));
  EXPECT_THAT(get("uni/tn-Heroes/ap-Shop"), HasSubstr("\"totalCount\":\"1\""));
  advance(10);
  EXPECT_THAT(get(port), HasSubstr("\"operSt\":\"down\""));
  EXPECT_THAT(get(port + "/fault-F1394"), HasSubstr("\"lc\":\"soaking\""));
  advance(10);
  EXPECT_THAT(get(port), HasSubstr("\"operSt\":\"up\""));
  EXPECT_THAT(get(port + "/fault-F1394"), HasSubstr("soaking-clearing"));
  advance(10);
  EXPECT_THAT(get(endpoint + "/rscEpToPathEp-[topology/pod-1/paths-102/pathep-[eth1/7]]"), HasSubstr("\"totalCount\":\"1\""));
  advance(10);
  EXPECT_THAT(get(endpoint + "/rscEpToPathEp-[topology/pod-1/paths-102/pathep-[eth1/7]]"), HasSubstr("\"totalCount\":\"0\""));
  EXPECT_THAT(get(endpoint + "/rscEpToPathEp-[topology/pod-1/paths-103/pathep-[eth1/8]]"), HasSubstr("\"totalCount\":\"1\""));
  advance(60);
  EXPECT_THAT(get("topology/pod-1/node-101/sys"), HasSubstr("out-of-service"));
  EXPECT_THAT(get("uni/tn-storm-3"), HasSubstr("\"totalCount\":\"1\""));
  EXPECT_THAT(get("uni/tn-common/fault-F0001"), HasSubstr("\"totalCount\":\"1\""));
  EXPECT_THAT(get("uni/tn-Heroes"), HasSubstr("\"totalCount\":\"0\""));
  EXPECT_THAT(notes_, ElementsAre(AllOf(HasSubstr("scenario.yaml:14:"), HasSubstr("uni/tn-Nobody"))));
}

TEST_F(ScenarioTest, repeats_when_it_says_so) {
  play("repeat: 1m\nsteps:\n  - { at: 10s, storm: { class: fvTenant, count: 1 } }\n");
  advance(10 + 60 * 4);
  EXPECT_THAT(get("uni/tn-storm-5"), HasSubstr("\"totalCount\":\"1\""));
  EXPECT_THAT(get("uni/tn-storm-6"), HasSubstr("\"totalCount\":\"0\""));
}

// Times of day differ between two runs, so what the logs say without them is compared.
TEST_F(ScenarioTest, the_same_seed_gives_the_same_changes) {
  const auto run = [&](double pace) {
    play("- { at: 30s, churn: " + std::to_string(pace) + " }\n- { at: 60s, port: { node: 101, port: eth1/9, state: down } }\n",
         2);
    advance(600);
    std::vector<std::string> story;
    const auto answer = codec::decode_answer(call("GET", "/_sim/export").body);
    for (const auto& object : answer->objects)
      if (object.class_name == "aaaModLR" || object.class_name == "eventRecord") {
        const std::string changes(object.attributes.get("changeSet"));
        story.push_back(
            std::string(object.attributes.get("affected")) + " " + std::string(object.attributes.get("ind")) + " " +
            (changes.find("Ts") == std::string::npos && changes.find("lastReboot") == std::string::npos ? changes : ""));
      }
    return story;
  };
  const auto once = run(10), again = run(10), other = run(9);
  EXPECT_GT(once.size(), 5'000u);
  EXPECT_EQ(once, again);
  EXPECT_NE(once, other);
}

TEST_F(ScenarioTest, mistakes_are_told_with_their_line) {
  EXPECT_EQ(mistake("- { at: 1s, churn: 0 }"), "");
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"steps: 3", "s.yaml:1: a scenario is a list"},
           {"repeat: soon\nsteps: []", "s.yaml:1: repeat takes"},
           {"repeats: 5m\nsteps: []", "s.yaml:1: 'repeats' is not one of"},
           {"- { at: 1s, churn: 0 }\n- { churn: 0 }", "s.yaml:2: a step has its time"},
           {"- { at: 1s }", "s.yaml:1: a step has its time and one thing"},
           {"- { at: 1s, explode: true }", "'explode' is not one of post"},
           {"- { at: 1s, churn: fast }", "churn takes events"},
           {"- at: 1s\n  port: { node: 101, ports: eth1/9, state: up }", "s.yaml:2: 'ports' is not one of node, port, state"},
           {"- { at: 1s, port: { node: 101, port: eth1/9, state: sideways } }", "up or down"},
           {"- { at: 1s, post: { fvTenant: { descr: x } } }", "dn is missing"},
           {"- { at: 1s, post: fvTenant }", "an object is written as"},
           {"- { at: 1s, endpoint: { mac: x } }", "'epg' is missing"},
           {"- [", "s.yaml:1:"},
           {"repeat: 5s\nsteps: [ { at: 10s, churn: 0 } ]", "after the time"}})
    EXPECT_THAT(mistake(text), HasSubstr(told)) << text;
}

}  // namespace
}  // namespace aci::sim
