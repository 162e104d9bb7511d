#include "sim/replay.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "codec/answer.hpp"

namespace aci::sim {

namespace json = boost::json;
using base::Duration;
using base::Errc;
using base::Error;
using base::Result;

Result<Replay> Replay::read(const std::string& path, double speed) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::invalid, "cannot read " + path, 0};
  Replay replay;
  double answered = 0;
  std::vector<std::pair<double, std::vector<model::ManagedObject>>> frames;
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    const auto wrong = [&](const std::string& why) {
      return Error{Errc::invalid, path + ":" + std::to_string(number) + ": " + why, 0};
    };
    json::error_code failure;
    json::parse_options deep;
    deep.max_depth = codec::depth_max;
    const json::value value = json::parse(text, failure, {}, deep);
    const json::object* line = failure ? nullptr : value.if_object();
    // A recording that was cut off is played as far as it goes.
    if (!line && file.eof() && number > 1) break;
    if (!line) return wrong("this is no line of a recording");
    if (number == 1 && !line->contains("aciwatch_recording")) return wrong("this is no recording of aciwatch record");
    const json::value* answer = line->if_contains("answer");
    const json::value* frame = line->if_contains("frame");
    if (!answer && !frame) continue;
    const json::value* at = line->if_contains("at");
    if (!at || !at->is_number() || !(at->to_number<double>() >= 0 && at->to_number<double>() < 1e9))
      return wrong("the time is missing");
    auto decoded = codec::decode_answer(json::serialize(answer ? *answer : *frame));
    if (!decoded) return wrong(decoded.error().message);
    if (frame) {
      frames.emplace_back(at->to_number<double>(), std::move(decoded->objects));
    } else {
      answered = at->to_number<double>();
      std::move(decoded->objects.begin(), decoded->objects.end(), std::back_inserter(replay.objects_));
    }
  }
  if (replay.objects_.empty() && frames.empty()) return Error{Errc::invalid, path + " holds no answers and no frames", 0};
  for (auto& [at, objects] : frames)
    replay.frames_.push_back(
        {Duration{static_cast<std::int64_t>(std::max(at - answered, 0.0) * 1000 / speed)}, std::move(objects)});
  return replay;
}

std::optional<base::Instant> Replay::next_wakeup() const {
  if (!began_ || next_ == frames_.size()) return {};
  return *began_ + frames_[next_].at;
}

void Replay::advance(controller::Controller& controller, base::Instant now, base::WallTime wall) {
  for (auto due = next_wakeup(); due && *due <= now; due = next_wakeup())
    for (const model::ManagedObject& object : frames_[next_++].objects) controller.replay(now, wall, object);
}

}  // namespace aci::sim
