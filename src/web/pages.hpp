// The page's files, as they were put into the program at build time. Floor: web.
//
//   if (const Page* page = find_page("/style.css")) ...
//
// Thread-safety: read-only.
#pragma once

#include <string>
#include <string_view>

namespace aci::web {

struct Page {
  std::string_view path, type, body;
  std::string etag;  // with its quotes
};

// nullptr when no such file is served.
const Page* find_page(std::string_view path);

}  // namespace aci::web
