// Many new objects of one class at once, for load tests. Floor: controller.
//
//   storm.run("fvTenant", 1000, stamp);      // uni/tn-storm-1 ... uni/tn-storm-1000, told as created
//
// Each further run goes on counting. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "controller/object_tree.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Storm {
 public:
  Storm(ObjectTree& tree, Writer& writer) : tree_(tree), writer_(writer) {}

  // Tenants stand below uni, faults below the objects that are there, anything else below parents made for it. Errc
  // not_found for a class that is not known or has no known place in the tree.
  base::Result<void> run(std::string_view class_name, std::size_t count, const Stamp& stamp);

 private:
  base::Result<void> raise_faults(const model::ClassFacts& facts, std::size_t count, const Stamp& stamp);
  Node* parent_for(const model::ClassFacts& facts, const Stamp& stamp, int depth);
  Node* create(Node& parent, const model::ClassFacts& facts, std::size_t number, const Stamp& stamp);

  ObjectTree& tree_;
  Writer& writer_;
  std::size_t number_ = 0;
};

}  // namespace aci::controller
