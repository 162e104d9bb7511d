// Health scores that follow the faults: healthInst below tenants, application profiles, EPGs, bridge domains and nodes,
// fabricHealthTotal below pods and the fabric. Floor: controller.
//
//   Health health(tree, writer);
//   health.note(change);              // hears of every change, and writes nothing
//   health.settle(stamp);             // scores that changed are told
//
// A score is 100 less the worst penalty: of a critical fault 100, major 80, minor 50, warning 20. A fault counts for the
// scored object that it stands in, half as much for the next one above, and so on. It counts while it is raised or
// raised-clearing. The penalties are the controller's defaults as they are remembered; its way of rolling up is not known.
// Scores are deterministic. Thread-safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Health {
 public:
  Health(ObjectTree& tree, Writer& writer) : tree_(tree), writer_(writer) {}

  void note(const NodeChange& change);
  void settle(const Stamp& stamp);
  // For objects that came without a change being told: scores for those that have none where `everybody`, else for those
  // with faults.
  void count_all(bool everybody);

 private:
  static constexpr std::size_t levels = 4, severities = 4;
  using Tally = std::array<std::array<std::uint32_t, severities>, levels>;

  void count(const Node& fault, bool there);
  void add(const Node& fault, std::size_t severity, bool there);
  void tell(const std::string& dn, const Stamp& stamp);

  ObjectTree& tree_;
  Writer& writer_;
  std::unordered_map<std::string, std::size_t> counted_;  // faults that count now, with their severity
  std::unordered_map<std::string, Tally> tallies_;        // by the DN of a scored object: faults by levels below it
  std::set<std::string> due_;                             // scored objects to look at
};

}  // namespace aci::controller
