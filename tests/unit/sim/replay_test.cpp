#include "sim/replay.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "unit/controller/driver.hpp"
#include "unit/sim/temporary.hpp"

namespace aci::sim {
namespace {

using testing::HasSubstr;

base::Result<Replay> read(const std::string& text, double speed = 1) {
  const std::string path = temporary("recording.jsonl");
  std::ofstream(path, std::ios::trunc) << text;
  return Replay::read(path, speed);
}

const std::string recording =
    R"({"aciwatch_recording":1,"began":"2026-01-31T12:00:00.000+01:00"}
{"at":0.5,"login":{"totalCount":"1","imdata":[]}}
{"at":1.0,"request":"/api/class/fvTenant.json?subscription=yes","status":200,"answer":{"totalCount":"1","subscriptionId":"7","imdata":[{"fvTenant":{"attributes":{"childAction":"","descr":"old","dn":"uni/tn-T","modTs":"2026-01-01T00:00:00.000+01:00","name":"T","status":""}}}]}}
{"at":11.0,"frame":{"subscriptionId":["7"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","descr":"new","dn":"uni/tn-T","modTs":"2026-01-31T12:00:11.000+01:00","rn":"","status":"modified"}}}]}}
{"at":21.0,"frame":{"subscriptionId":["7"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","descr":"","dn":"uni/tn-U","modTs":"2026-01-31T12:00:21.000+01:00","name":"U","rn":"","status":"created"}}}]}}
{"at":31.0,"frame":{"subscriptionId":["7"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-T","modTs":"2026-01-31T12:00:31.000+01:00","rn":"","status":"deleted"}}}]}}
)";

TEST(ReplayTest, FramesComeAtTheirTimesAndAsTheyWere) {
  for (const double speed : {1.0, 10.0}) {
    controller::Driver apic;
    auto replay = read(recording, speed).value();
    ASSERT_TRUE(apic.controller.load(apic.wall, replay.objects()));
    apic.log_in();
    apic.subscribe("/api/class/fvTenant.json?subscription=yes");
    EXPECT_FALSE(replay.next_wakeup());
    const base::Instant began = apic.now;
    replay.begin(began);
    std::vector<std::string> told;
    for (const int seconds : {10, 20, 30}) {
      ASSERT_EQ(replay.next_wakeup(), began + base::Duration{static_cast<int>(seconds * 1000 / speed)});
      apic.pass(*replay.next_wakeup() - apic.now);
      replay.advance(apic.controller, apic.now, apic.wall);
      for (std::string& frame : apic.frames()) told.push_back(std::move(frame));
    }
    EXPECT_FALSE(replay.next_wakeup());
    ASSERT_EQ(told.size(), 3u) << "nothing but what was recorded";
    EXPECT_THAT(
        told[0],
        HasSubstr(R"("descr":"new","dn":"uni/tn-T","modTs":"2026-01-31T12:00:11.000+01:00","rn":"","status":"modified"}})"));
    EXPECT_THAT(
        told[1],
        HasSubstr(
            R"({"fvTenant":{"attributes":{"childAction":"","descr":"","dn":"uni/tn-U","modTs":"2026-01-31T12:00:21.000+01:00","name":"U","rn":"","status":"created"}})"));
    EXPECT_THAT(told[2], HasSubstr(R"("dn":"uni/tn-T","modTs":"2026-01-31T12:00:31.000+01:00","rn":"","status":"deleted"}})"));
    EXPECT_EQ(apic.objects("/api/mo/uni/tn-T.json").size(), 0u);
    EXPECT_EQ(apic.objects("/api/class/aaaModLR.json").size(), 0u);
  }
}

TEST(ReplayTest, ARecordingThatWasCutOffIsPlayedAsFarAsItGoes) {
  EXPECT_EQ(read(recording.substr(0, recording.size() - 40))->frames(), 2u);
  EXPECT_THAT(read("[]\n").error().message, HasSubstr(":1:"));
  EXPECT_THAT(read("{\"aciwatch_recording\":1}\n{\"answer\":{\"imdata\":[]}}\n").error().message, HasSubstr("time is missing"));
}

}  // namespace
}  // namespace aci::sim
