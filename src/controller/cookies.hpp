// Values out of a Cookie header, as clients really send it. Floor: controller.
//
//   cookie_values("a=b; apic-Cookie=\"T\"; path=/", "APIC-cookie")     // {"T"}
//
// Names are matched without regard to case; what is no pair is passed over, since clients send whole Set-Cookie lines
// back. The values are views into the header. Thread-safety: a pure function.
#pragma once

#include <string_view>
#include <vector>

namespace aci::controller {

std::vector<std::string_view> cookie_values(std::string_view header, std::string_view name);

}  // namespace aci::controller
