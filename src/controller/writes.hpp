// POST and DELETE: checked as a whole, then applied as a whole. Floor: controller.
//
//   Writer writer(tree, maker, [&](const NodeChange& change) { subscriptions.publish(change, pushes); });
//   auto done = writer.post(url_dn, object, stamp);       // error: the controller's code and text; the tree is untouched
//   done->outcomes                                        // what this request created, modified or deleted
//
// Facts: protocol of writes and the error texts collected from clients; what is guessed says so. Thread-safety: one thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "model/dn.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

// What a request did to one object that it named.
struct Outcome {
  std::string dn;
  std::string class_name;
  model::Op op;
};

struct Written {
  std::string dn;                 // of the outermost object
  std::vector<Outcome> outcomes;  // in the order of the request; objects that did not change are not among them
};

class Writer {
 public:
  using Listener = std::function<void(const NodeChange&)>;

  Writer(ObjectTree& tree, ObjectMaker& maker, Listener listener)
      : tree_(tree),
        maker_(maker),
        listener_(std::move(listener)),
        // A relation may be to something that stands further down in the same request.
        exists_([this](std::string_view dn) { return tree_.find(dn) || (applied_ && applied_->upserts.contains(dn)); }) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Asked about each object that a request would change before anything is; its error is the request's.
  using Guard = std::function<base::Result<void>(std::string_view dn, const model::ClassFacts* facts)>;

  base::Result<Written> post(const model::Dn& url, const model::ManagedObject& object, const Stamp& stamp,
                             const Guard& guard = {});
  // An object that is not there is no error, and no outcome.
  base::Result<Written> remove(const model::Dn& dn, const Stamp& stamp, const Guard& guard = {});

  // Writes as the fabric itself does, operational classes included: no value is checked, only that the class is known and
  // the parent there. `dn` names the object, `status` may be "deleted".
  base::Result<void> set(const model::ManagedObject& object, const Stamp& stamp);
  // Adds or overwrites without checking values: data of a real controller, in pushes too, where `deleted` removes. What it left
  // out of an object is completed. The listener hears nothing.
  base::Result<std::size_t> load(const model::ManagedObject& object, const Stamp& stamp);
  // After the last of them: relations that were completed find their targets.
  void finish_load();
  // Before a load that brings the whole tree: takes everything away, and tells nobody.
  void clear();
  // Puts back an object as it was told of before, or takes it away where its status is "deleted". The listener hears nothing.
  void restore(const model::ManagedObject& object);
  // What a controller pushed, told again as it came; nothing follows from it.
  void replay(const model::ManagedObject& object, const Stamp& stamp);
  // Creates an object below an existing one, with its implicit children; the listener hears of it.
  Node& create(Node& parent, const model::ClassFacts& facts, std::string dn, const std::vector<model::AttributeView>& values,
               const Stamp& stamp);
  // Looks for a relation's target again, and tells what came of it.
  void resolve(Node& node, const Stamp& stamp);

 private:
  struct Step {
    enum class Kind { upsert, remove } kind = Kind::upsert;
    const model::ClassFacts* facts = nullptr;
    std::string dn;
    std::vector<std::pair<std::string_view, std::string>> values;  // names belong to the facts or to the request
    bool named = true;                                             // by the request, not a parent that it takes for granted
  };
  struct Plan {
    std::vector<Step> steps;
    std::map<std::string, const model::ClassFacts*, std::less<>> upserts;  // what will be there, by DN
    std::set<std::string, std::less<>> removed;
  };

  base::Result<std::string> dn_at_url(const model::ManagedObject& object, const model::ClassFacts& facts,
                                      const model::Dn& url) const;
  base::Result<std::string> dn_below(const model::ManagedObject& object, const model::ClassFacts& facts,
                                     std::string_view parent) const;
  base::Result<void> plan_object(Plan& plan, const model::ManagedObject& object, const model::ClassFacts& facts,
                                 std::string dn) const;
  base::Result<void> plan_parents(Plan& plan, std::string_view dn) const;
  base::Result<void> plan_values(Step& step, const model::ManagedObject& object, const Node* present) const;
  base::Result<void> check_removable(std::string_view dn) const;
  bool changes(const Step& step) const;
  // Whether an object is there after the steps so far, and its class; loaded objects may be of a class without facts.
  struct Presence {
    bool there = false;
    const model::ClassFacts* facts = nullptr;
  };
  Presence presence(const Plan& plan, std::string_view dn) const;
  // What was in the tree under this name when the request came is gone by its steps so far.
  static bool is_removed(const Plan& plan, std::string_view dn);

  void apply_upsert(const Step& step, const Stamp& stamp, std::vector<Outcome>& outcomes, std::vector<std::string>& created);
  // False when nothing differs, and nothing is told.
  bool replace(Node& node, model::Attributes after, const Stamp& stamp);
  // Without a stamp nobody is told.
  bool apply_remove(std::string_view dn, const Stamp* stamp);
  Node& insert(Node& parent, const model::ClassFacts& facts, std::string dn, const std::vector<model::AttributeView>& values,
               const Stamp& stamp);
  void add_implicit_children(Node& node, const std::string& mod_ts);
  Node& load_new(const model::ManagedObject& object, const std::string& dn, const Stamp& stamp);
  base::Result<std::size_t> load_below(const model::ManagedObject& object, std::string_view parent, const Stamp& stamp);

  ObjectTree& tree_;
  ObjectMaker& maker_;
  Listener listener_;
  std::vector<std::string> incomplete_;  // loaded objects that were completed
  const Plan* applied_ = nullptr;        // the plan that is being carried out
  ObjectMaker::Exists exists_;
  std::unordered_set<std::string> assumed_;    // made by load() as parents of others, not told of themselves
  std::set<std::string, std::less<>> strays_;  // loaded objects below one further up, whose parent nobody knows
};

}  // namespace aci::controller
