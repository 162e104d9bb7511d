// The last known state of every watched object of a fabric. Floor: watch.
//
// A pushed change is sparse; merged onto the mirror it becomes an Event with before, after and what changed. What a
// re-reading answers is compared with the mirror, and the difference comes out as events too. One mirror serves all
// watches of a fabric: an object that several of them cover is held once, and its change is one event.
//
//   mirror.apply(change, wall)                           // one pushed change -> event, or nothing (known already)
//   auto listing = mirror.begin_listing();               // before the request is sent
//   mirror.list(listing, object, origin, wall, out);     // each object of each page
//   mirror.finish(listing, covers, origin, wall, out);   // what the listing no longer holds has been deleted
//
// A listing of origin baseline, a watch's first, tells every object it holds, known to the mirror or not; one of origin
// relist tells only what differs. A difference from what was known is of origin relist in both.
//
// Pushes that arrive between begin_listing() and finish() win over what the pages say of the same object, since the
// pages may be older. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "model/change.hpp"
#include "model/managed_object.hpp"

namespace aci::watch {

class Mirror {
 public:
  explicit Mirror(std::string fabric) : fabric_(std::move(fabric)) {}

  // Nothing when the mirror knew all of it already: the push of a change that a re-reading has reported before.
  std::optional<model::Event> apply(const model::Change& change, base::WallTime received);

  struct Listing {
    std::uint32_t number = 0;
    std::uint64_t pushes = 0;  // count of pushes when it began
  };
  Listing begin_listing();
  void list(const Listing& listing, const model::ManagedObject& object, model::Origin origin, base::WallTime received,
            std::vector<model::Event>& out);
  using Covers = std::function<bool(std::string_view class_name, std::string_view dn, const model::Attributes& attributes)>;
  void finish(const Listing& listing, const Covers& covers, model::Origin origin, base::WallTime received,
              std::vector<model::Event>& out);
  // Ends a listing whose request failed.
  void abandon();

  // Drops the objects for which `unwatched` holds, without events: no watch covers them any more.
  void forget(const Covers& unwatched);

  std::size_t size() const { return objects_.size(); }

 private:
  struct Object {
    const std::string* class_name;  // one text for all objects of the class
    model::Attributes attributes;
    std::uint64_t pushed = 0;  // number of the last push that touched it, 0 for none
    std::uint32_t listed = 0;  // number of the last listing that held it
    bool relisted = false;     // its last event came from a re-reading
  };

  const std::string* intern(std::string_view class_name);
  model::Event event(const std::string& dn, const std::string& class_name, model::Op op, model::Origin origin,
                     base::WallTime time) const;

  std::string fabric_;
  std::unordered_map<std::string, Object> objects_;              // by DN
  std::unordered_map<std::string, std::uint64_t> deleted_;       // DN -> push that deleted it, while a listing is open
  std::unordered_map<std::string, const std::string*> classes_;  // the values point at the keys
  std::uint64_t pushes_ = 0;
  std::uint32_t listings_ = 0;
  std::size_t open_listings_ = 0;
};

}  // namespace aci::watch
