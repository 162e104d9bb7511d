// How HTTP/1.1 heads are written; reading is Beast's parser. Floor: io, for its own files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/http.hpp"

namespace aci::io {

// "HTTP/1.1 200 OK" and headers, with Connection and (unless nullopt, or there is one in the headers) Content-Length, and
// the empty line. Line breaks in headers become spaces, so that no value can smuggle in another header.
std::string response_head(const HttpResponse& response, std::optional<std::size_t> content_length, const char* connection);

// "GET /target HTTP/1.1", Host, headers, Content-Length where there is a body or the method wants one, and the empty line.
std::string request_head(const HttpRequest& request, const std::string& host);

// Whether the request can be written at all: a method of letters, a target without space or control character.
bool writable(const HttpRequest& request);

// The reason phrase that belongs to a status: "Not Found".
std::string reason_of(int status);

// The key with which a server answers a client's Sec-WebSocket-Key.
std::string accept_key(std::string_view client_key);

}  // namespace aci::io
