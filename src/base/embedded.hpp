// Files that were put into the program at build time (cmake/embed.cmake). Floor: base.
#pragma once

#include <string_view>

// ACI_EMBEDDED(class_table) declares `std::string_view class_table()`: the bytes of the file embedded under that name,
// for the life of the program. Use it at namespace scope of a .cpp file, outside every namespace.
#define ACI_EMBEDDED(name)                                                                                   \
  extern "C" const char aci_embedded_##name[];                                                               \
  extern "C" const char aci_embedded_##name##_end[];                                                         \
  static inline std::string_view name() {                                                                    \
    return {aci_embedded_##name, static_cast<std::size_t>(aci_embedded_##name##_end - aci_embedded_##name)}; \
  }
