#include "controller/active_sessions.hpp"

#include <algorithm>

namespace aci::controller {
namespace {

// A '/' would end the name.
std::string hash_of(std::string_view session_id) {
  std::string hash(session_id);
  std::replace(hash.begin(), hash.end(), '/', '_');
  return hash;
}

std::string dn_of(const std::string& hash) { return "uni/usersessext/actsession-" + hash; }

}  // namespace

void ActiveSessions::note(const Session& session, base::WallTime wall, base::Duration token_lifetime) {
  const std::string hash = hash_of(session.session_id), now = wall.to_string(), dn = dn_of(hash);
  const std::string expiry = (wall + token_lifetime).to_string();
  if (tree_.find(dn)) {
    (void)writer_.set({"aaaActiveUserSession", {{"dn", dn}, {"expiryTime", expiry}}, {}}, {now, "0"});
    return;
  }
  writer_.create(*tree_.find("uni"), *model::find_class("aaaActiveUserSession"), dn,
                 {{"expiryTime", expiry},
                  {"hashToken", hash},
                  {"ipAddress", session.address},
                  {"loginTime", now},
                  {"name", session.user},
                  {"uType", "local"}},
                 {now, "0"});
}

void ActiveSessions::forget(std::string_view session_id, base::WallTime wall) {
  const std::string dn = dn_of(hash_of(session_id));
  (void)writer_.set({"aaaActiveUserSession", {{"dn", dn}, {"status", "deleted"}}, {}}, {wall.to_string(), "0"});
}

}  // namespace aci::controller
