// A recording of `aciwatch record`, played back: its answers are the fabric, its frames happen at their times. Floor: sim.
//
//   auto replay = Replay::read("night.jsonl", 10);      // ten times as fast
//   controller.load(wall, replay->objects());
//   replay->begin(now);                                 // once somebody has subscribed: whom else would it be played to
//   replay->advance(controller, now, wall);             // whenever next_wakeup() says so
//
// Frames are told as they came, to those who subscribed to what they tell: nothing follows from them but what was recorded
// too. A time of 0 is when the recording's last answer was there. Errors are Errc invalid with file and line.
// Thread-safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "controller/controller.hpp"
#include "model/managed_object.hpp"

namespace aci::sim {

class Replay {
 public:
  static base::Result<Replay> read(const std::string& path, double speed);

  const std::vector<model::ManagedObject>& objects() const { return objects_; }
  std::size_t frames() const { return frames_.size(); }
  bool begun() const { return began_.has_value(); }
  void begin(base::Instant now) { began_ = now; }
  std::optional<base::Instant> next_wakeup() const;
  void advance(controller::Controller& controller, base::Instant now, base::WallTime wall);

 private:
  struct Frame {
    base::Duration at{};
    std::vector<model::ManagedObject> objects;
  };
  std::vector<model::ManagedObject> objects_;
  std::vector<Frame> frames_;
  std::size_t next_ = 0;
  std::optional<base::Instant> began_;
};

}  // namespace aci::sim
