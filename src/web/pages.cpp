#include "web/pages.hpp"

#include <array>
#include <cstdint>

#include "base/embedded.hpp"

ACI_EMBEDDED(room_index)
ACI_EMBEDDED(room_style)
ACI_EMBEDDED(room_script)
ACI_EMBEDDED(room_icon)

namespace aci::web {
namespace {

// FNV-1a, 64 bits: enough to tell one build's file from another's.
std::string etag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return '"' + std::to_string(hash) + '"';
}

}  // namespace

const Page* find_page(std::string_view path) {
  static const auto pages = [] {
    std::array<Page, 4> all{{{"/", "text/html; charset=utf-8", room_index(), {}},
                             {"/style.css", "text/css; charset=utf-8", room_style(), {}},
                             {"/room.js", "text/javascript; charset=utf-8", room_script(), {}},
                             {"/icon.svg", "image/svg+xml", room_icon(), {}}}};
    for (auto& page : all) page.etag = etag_of(page.body);
    return all;
  }();
  for (const auto& page : pages)
    if (page.path == path) return &page;
  return nullptr;
}

}  // namespace aci::web
