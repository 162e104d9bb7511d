// The sessions as objects: aaaActiveUserSession, there from login until the session is over. Floor: controller.
//
//   ActiveSessions active(tree, writer);
//   active.note(session, wall, options.token_lifetime);    // after a login, and after each refresh
//   for (const std::string& id : sessions.take_ended()) active.forget(id, wall);
//
// Facts: a recorded created event (DN, attributes, expiryTime one token's life behind loginTime). That a refresh moves
// expiryTime is a guess, and so is that the DN's hash is that of the session's id; the container that its DN names is in
// no source and is not there. Thread-safety: one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "controller/object_tree.hpp"
#include "controller/sessions.hpp"
#include "controller/writes.hpp"

namespace aci::controller {

class ActiveSessions {
 public:
  ActiveSessions(ObjectTree& tree, Writer& writer) : tree_(tree), writer_(writer) {}

  void note(const Session& session, base::WallTime wall, base::Duration token_lifetime);
  void forget(std::string_view session_id, base::WallTime wall);

 private:
  ObjectTree& tree_;
  Writer& writer_;
};

}  // namespace aci::controller
