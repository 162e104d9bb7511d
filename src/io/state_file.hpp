// What a fabric watch remembers over a restart, in a file. Floor: io.
//
//   write_state("dc1.state", "dc1", driver.save());        // whole or not at all: a new file, synced, then renamed
//   auto saved = read_state("dc1.state", "dc1");           // nothing when there is no file yet
//   if (saved && *saved) driver.restore(**saved);
//
// Two lines of JSON: {"aciwatch":1,"fabric":"dc1","at":"...","watches":[{"name":"...","query":"..."}],"unsent":[]}, then the
// objects as a controller's answer.
// Errors: io (a file that cannot be read or written), invalid (one that is none of ours, broken, or of another fabric).
// Thread-safety: free functions.
#pragma once

#include <optional>
#include <string>

#include "watch/fabric_watch.hpp"

namespace aci::io {

base::Result<void> write_state(const std::string& path, const std::string& fabric, const watch::FabricWatch::Saved& saved);
base::Result<std::optional<watch::FabricWatch::Saved>> read_state(const std::string& path, const std::string& fabric);

}  // namespace aci::io
