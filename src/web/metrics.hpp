// Prometheus' text form, written. Floor: web.
//
//   Metrics metrics;
//   metrics.family("aciwatch_events_total", "counter", "Changes seen.");
//   metrics.sample({{"op", "created"}}, 3);            // aciwatch_events_total{op="created"} 3
//   std::move(metrics).text()
//
// Source: prometheus.io, "Exposition formats", text format 0.0.4. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aci::web {

class Metrics {
 public:
  // The samples that follow belong to it. Help is our own text, of one line.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // Values of labels may be any text.
  void sample(const std::vector<std::pair<std::string_view, std::string_view>>& labels, std::uint64_t value);
  std::string text() && { return std::move(text_); }

 private:
  std::string text_, name_;
};

}  // namespace aci::web
