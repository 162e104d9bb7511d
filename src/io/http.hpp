// What HTTP clients and servers of src/io exchange. Floor: io.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aci::io {

using Headers = std::vector<std::pair<std::string, std::string>>;

// First header of that name whatever its case; "" for none.
std::string_view header(const Headers& headers, std::string_view name);

// Whether two header names are the same: case does not count.
bool same_name(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, as it stands in the request line
  Headers headers;
  std::string body;
  std::string peer;  // of a request that came in: the address it came from, "" where that is not known any more
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

}  // namespace aci::io
