#include "base/result.hpp"

namespace aci::base {

const char* to_string(Errc errc) {
  switch (errc) {
    case Errc::invalid: return "invalid";
    case Errc::auth: return "auth";
    case Errc::unreachable: return "unreachable";
    case Errc::timeout: return "timeout";
    case Errc::protocol: return "protocol";
    case Errc::refused: return "refused";
    case Errc::not_found: return "not_found";
    case Errc::overflow: return "overflow";
    case Errc::io: return "io";
    case Errc::closed: return "closed";
  }
  return "unknown";
}

}  // namespace aci::base
