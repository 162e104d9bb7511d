// What the commands check, explain and send-test do. Floor: service.
//
// Each returns the exit code of the program and writes for a person, to `err` what is wrong with what it was given.
// Thread-safety: free functions; send_test runs a loop of its own until every destination has answered.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "service/config.hpp"

namespace aci::service {

// One line for each mistake, "file:line:column: message"; without a mistake one line that says what was read. 0 or 2.
int check_file(const std::string& path, std::ostream& out);

// Which routes the event was tried on, which took it, and what its receivers would show. The event is one line of
// `tail --format json`. 0, or 2 when it is none.
int explain(const Config& config, std::string_view event_json, std::ostream& out, std::ostream& err);

// One message marked as a test to every destination of the receiver, once each, and what each answered. 0 when all took
// it, 1 when one did not, 2 when no receiver has that name.
int send_test(const Config& config, const std::string& receiver, std::ostream& out, std::ostream& err);

}  // namespace aci::service
