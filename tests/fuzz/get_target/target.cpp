// Targets of a GET to a simulated controller: whatever is asked, the answer is an envelope and nothing changes.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/apic.hpp"

using namespace aci;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Apic apic;
  const std::string target = "/api/" + std::string(reinterpret_cast<const char*>(data), size);
  // Sessions, and the domains, which are bare objects, are not what is asked for here.
  for (const std::string_view session : {"aaaL", "aaaRefresh", "oken"})
    if (target.find(session) != std::string::npos) return 0;
  const auto before = apic.machine().status();
  const auto response = apic.send("GET", target, "");
  const auto format = response.content_type == "text/xml" ? model::Format::xml : model::Format::json;
  const auto answer = codec::decode_answer(response.body, format);
  require(response.status == 200 || response.status == 301 || (response.status >= 400 && response.status < 500),
          "the server itself never fails");
  require(response.status == 200 ? answer.has_value() : !answer && answer.error().errc != base::Errc::protocol,
          "the answer is an envelope, an error exactly when its status says so");
  const auto after = apic.machine().status();
  require(before.objects == after.objects && before.records == after.records && after.pushed == before.pushed,
          "a question changes nothing");
  apic.machine().expire_subscriptions();
  return 0;
}
