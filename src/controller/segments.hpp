// The numbers that the fabric gives to bridge domains, VRFs and EPGs: seg, scope, pcTag. Floor: controller.
//
//   Segments segments(tree, writer, relations);
//   segments.note(change);            // hears of every change, and writes nothing
//   segments.settle(stamp);           // what was created is modified once more, as a controller's clients see it
//
// A VRF's scope is its segment; that of a bridge domain and of an EPG is the VRF's that their relations lead to, and
// follows them. Facts: recorded numbers look like these; how a controller chooses them is not known.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/object_tree.hpp"
#include "controller/relations.hpp"
#include "controller/subscriptions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class Segments {
 public:
  Segments(ObjectTree& tree, Writer& writer, const Relations& relations)
      : tree_(tree), writer_(writer), relations_(relations) {}

  void note(const NodeChange& change);
  void settle(const Stamp& stamp);
  // For objects that came without a change being told: those without numbers get theirs, and further ones go on behind
  // those that are there.
  void number_all();

 private:
  void number(const std::string& dn, const Stamp& stamp);
  void follow(const std::string& dn, const Stamp& stamp);
  // "" while it is not known.
  std::string_view scope_of(const Node& node) const;

  ObjectTree& tree_;
  Writer& writer_;
  const Relations& relations_;
  std::uint32_t contexts_ = 0, domains_ = 0, tags_ = 0;  // given so far
  std::vector<std::string> fresh_, moved_;
};

}  // namespace aci::controller
