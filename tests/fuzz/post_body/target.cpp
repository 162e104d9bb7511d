// Bodies of a POST to a simulated controller. The first byte chooses JSON or XML and the address; whatever comes, the answer
// is an envelope and the tree hangs together.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "codec/answer.hpp"
#include "fuzz/apic.hpp"

using namespace aci;
using fuzz::Apic;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view addresses[] = {"uni/tn-T", "uni", "uni/tn-T/ap-A/epg-E/rsbd",
                                                   "uni/tn-T/BD-B/subnet-[10.0.0.1/24]"};
  if (size == 0) return 0;
  const auto format = data[0] & 1 ? model::Format::xml : model::Format::json;
  const std::string suffix = format == model::Format::xml ? ".xml" : ".json";
  const std::string address(addresses[data[0] >> 1 & 3]);
  const std::string_view options = data[0] & 8 ? "?rsp-subtree=modified" : data[0] & 16 ? "?rsp-subtree=full" : "";
  const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);

  // One machine for many inputs, fresh before it grows: an input may build on what others left.
  static std::unique_ptr<Apic> apic;
  if (!apic || apic->machine().status().objects > 500) apic = std::make_unique<Apic>();
  const std::size_t before = apic->machine().status().objects;
  const auto response = apic->send("POST", "/api/mo/" + address + suffix + std::string(options), body);
  const auto answer = codec::decode_answer(response.body, format);
  require(response.status == 200 ? answer.has_value() : !answer && answer.error().errc != base::Errc::protocol,
          "the answer is an envelope, an error exactly when its status says so");
  std::size_t created = 0, deleted = 0;
  for (const auto& push : apic->machine().take_pushes()) {
    const auto frame = codec::decode_answer(*push.frame);
    require(frame && frame->objects.size() == 1, "a frame holds one object");
    const auto status = frame->objects[0].attributes.get("status");
    created += status == "created";
    deleted += status == "deleted";
  }
  // The subscription covers everything that these addresses reach.
  require(apic->machine().status().objects == before + created - deleted, "the pushes account for every object");
  require(response.status == 200 || created + deleted == 0, "a refused request changes nothing");

  const auto whole = codec::decode_answer(apic->send("GET", "/api/mo/.json?query-target=subtree", "").body);
  const auto status = apic->machine().status();
  require(whole && whole->objects.size() == status.objects + status.records, "every object is reached from the root");
  return 0;
}
