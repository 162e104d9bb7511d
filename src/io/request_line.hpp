// The first line of a request, "GET /path?query HTTP/1.1", read more leniently than Beast's parser reads it. Floor: io.
//
//   auto target = take_target(input);     // Result<optional<string>>
//   if (!target) refuse(target.error().code, target.error().message);
//   if (!*target) wait;                   // the line is not complete
//   parser.put(input.data(), ...);        // finds "GET / HTTP/1.1" in its place
//
// Real clients send targets with blanks in them. The target is all between the method and the version, byte for byte; only
// blanks around it and the scheme and host of an absolute one ("http://apic/api/...") are left out.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "io/buffer.hpp"

namespace aci::io {

inline constexpr std::size_t request_line_max = 16 * 1024;

// Errors carry the HTTP status, 414 or 400, as soon as it is clear that no request comes.
base::Result<std::optional<std::string>> take_target(Buffer& input);

}  // namespace aci::io
