// What aaaLogin, aaaRefresh and requestAppToken answer. Floor: controller.
//
//   encode_login({session, rights, token, fingerprint, wall, 600s, 86400s}, model::Format::json)
//
// The attributes stand in the order of the recordings, not sorted as everywhere else, and the XML is broken into lines as
// recorded. Thread-safety: a pure function.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "controller/accounts.hpp"
#include "controller/sessions.hpp"
#include "model/query.hpp"

namespace aci::controller {

struct LoginFacts {
  const Session& session;
  const Rights& rights;
  std::string_view token, fingerprint, first_name, last_name;
  base::WallTime now;
  base::Duration token_lifetime{}, session_lifetime{}, gui_idle{};
};

std::string encode_login(const LoginFacts& facts, model::Format format);

}  // namespace aci::controller
