// What happens when, from a YAML file. Floor: sim.
//
//   repeat: 5m                  # optional: begins again after this time
//   steps:                      # or this list alone
//     - { at: 10s, post: { fvTenant: { dn: uni/tn-Heroes, descr: Saves the day } } }
//     - { at: 12s, set: { topSystem: { dn: topology/pod-1/node-101/sys, state: out-of-service } } }
//     - { at: 20s, delete: uni/tn-Heroes }
//     - { at: 30s, port: { node: 101, port: eth1/9, state: down } }         # and its fault; up again clears it
//     - { at: 40s, endpoint: { epg: uni/tn-Lab/ap-Shop/epg-Web, mac: "00:50:56:AA:00:01", ip: 10.1.0.9, node: 102, port: eth1/7
//     } }
//     - { at: 45s, silence: { epg: uni/tn-Lab/ap-Shop/epg-Web, mac: "00:50:56:AA:00:01" } }   # and ages
//     - { at: 50s, churn: 5 }                                               # events a second from now on, 0 for none
//     - { at: 60s, chaos: { drop_channels: true } }                         # bodies of /_sim/chaos, /_sim/storm, /_sim/fault
//     - { at: 70s, storm: { class: faultInst, count: 100 } }
//     - { at: 80s, fault: { dn: uni/tn-common, code: F0001, severity: minor } }
//
// post is what a user does (admin, with every check and the record of it), set what the fabric does. An object is its
// attributes, or { attributes: {...}, children: [...] } as the API has it. Times count from the start, on the fabric's clock,
// in any order; steps of one time come in the order of the file. Thread-safety: one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace aci::sim {

class Apicsim;

class Scenario {
 public:
  // Every mistake in a file is Errc invalid with its line.
  static base::Result<Scenario> read(const std::string& path, Apicsim& sim);
  static base::Result<Scenario> parse(const std::string& text, const std::string& name, Apicsim& sim);

  void begin(base::Instant now) { began_ = now; }
  std::optional<base::Instant> next_wakeup() const;
  // Does what is due; the answer names each step that could not be done, and why.
  std::vector<std::string> advance(base::Instant now);

 private:
  struct Step {
    base::Duration at{};
    std::string place;  // "file.yaml:3"
    std::function<base::Result<void>()> deed;
  };
  std::vector<Step> steps_;  // by time
  std::size_t next_ = 0;
  std::optional<base::Duration> repeat_;
  std::optional<base::Instant> began_;
};

}  // namespace aci::sim
