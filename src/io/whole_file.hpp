// Writing files so that they are there whole or as they were, a power cut included. Floor: io.
//
// Errors (io) name the file and the reason. Thread-safety: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace aci::io {

// All of it, however many pieces the system takes it in. False with errno set.
bool write_all(int file, std::string_view bytes);

// A rename is only on the disk once its folder is. Best effort: some file systems know no such thing.
void sync_folder_of(const std::string& path);

// Writes `path`.new, has it on the disk, and puts it in the place of `path`. Readable by its owner alone.
base::Result<void> replace_file(const std::string& path, std::string_view bytes);

}  // namespace aci::io
