// What one delivery carries: the changes of one group, or a gap, or a text of our own. Floor: relay.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/change.hpp"
#include "relay/labels.hpp"

namespace aci::relay {

// Immutable once made and shared by the destinations of its receiver. Exactly one of events, gap and note is there.
struct Batch {
  std::string id;  // the same on every attempt; letters, digits and '-' only
  std::string receiver;
  std::vector<std::shared_ptr<const model::Event>> events;
  std::optional<model::Gap> gap;
  std::string note;                                  // a text of our own: a test message
  bool grouped = false;                              // made by a group_wait above 0, even when it holds one event
  std::vector<std::pair<Label, std::string>> group;  // the group_by labels and their values

  // How many changes it stands for; a gap or note counts as one.
  std::size_t size() const { return events.empty() ? 1 : events.size(); }
};

}  // namespace aci::relay
