// Events for the tests of this floor.
#pragma once

#include <memory>

#include "model/change.hpp"
#include "relay/batch.hpp"

namespace aci::relay {

inline model::Event event(std::string class_name, std::string dn, model::Op op, model::Attributes attributes = {}) {
  model::Event event;
  event.fabric = "dc1";
  event.seq = 7;
  event.time = {1767323045678, 0};  // 2026-01-02T03:04:05.678Z
  event.class_name = std::move(class_name);
  event.dn = std::move(dn);
  event.op = op;
  if (op == model::Op::deleted) event.before = std::move(attributes);
  else event.after = std::move(attributes);
  return event;
}

inline model::Event tenant(std::string name, model::Op op = model::Op::created) {
  return event("fvTenant", "uni/tn-" + name, op, {{"name", name}});
}

inline Batch batch_of(std::vector<model::Event> events) {
  Batch batch;
  batch.id = "e1-7";
  batch.receiver = "noc";
  for (auto& one : events) batch.events.push_back(std::make_shared<const model::Event>(std::move(one)));
  batch.grouped = batch.events.size() > 1;
  return batch;
}

}  // namespace aci::relay
