#include "sim/control.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "sim/apicsim.hpp"

namespace aci::sim {
namespace {

namespace json = boost::json;

io::HttpResponse answer(int status, const json::value& value) {
  return {status, {{"Content-Type", "application/json"}}, json::serialize(value) + "\n"};
}

io::HttpResponse wrong(const std::string& why) { return answer(400, json::object{{"error", why}}); }

std::optional<json::object> parse_object(const std::string& body) {
  json::error_code failure;
  auto value = json::parse(body, failure);
  if (failure || !value.is_object()) return {};
  return std::move(value.as_object());
}

// A whole number from `min` to `max`, nothing when the value is anything else.
std::optional<std::uint64_t> whole(const json::value& value, std::uint64_t min, std::uint64_t max) {
  json::error_code failure;
  const auto number = value.to_number<std::uint64_t>(failure);
  if (failure || number < min || number > max) return {};
  return number;
}

constexpr std::uint64_t seconds_max = 86'400;

}  // namespace

Control::Control(Apicsim& sim) : sim_(sim), timer_(sim.loop()) {}

void Control::stop() { timer_.cancel(); }

io::HttpResponse Control::handle(const io::HttpRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method == "GET" && path == "/_sim/status") return status();
  if (request.method == "POST" && path == "/_sim/chaos") return chaos(request.body);
  if (request.method == "POST" && path == "/_sim/storm") return storm(request.body);
  return answer(404, json::object{{"error", "there are GET /_sim/status, POST /_sim/chaos and POST /_sim/storm"}});
}

io::HttpResponse Control::status() const {
  const auto status = sim_.controller().status();
  return answer(200, json::object{{"sessions", status.sessions},
                                  {"channels", status.channels},
                                  {"subscriptions", status.subscriptions},
                                  {"objects", status.objects},
                                  {"pushed", status.pushed},
                                  {"requests", status.requests}});
}

io::HttpResponse Control::chaos(const std::string& body) {
  const auto asked = parse_object(body);
  if (!asked || asked->empty()) return wrong("a JSON object is needed, as {\"drop_channels\":true}");
  auto& controller = sim_.controller();
  std::vector<std::function<void()>> deeds;  // carried out only when all of the request is right
  for (const auto& [key, value] : *asked) {
    const bool on = value.is_bool() && value.as_bool();
    if (key == "drop_channels" && on) {
      deeds.emplace_back([&] { controller.drop_channels(); });
    } else if (key == "expire_tokens" && on) {
      deeds.emplace_back([&] { controller.expire_tokens(); });
    } else if (key == "expire_subscriptions" && on) {
      deeds.emplace_back([&] { controller.expire_subscriptions(); });
    } else if (key == "mute_seconds") {
      const auto seconds = whole(value, 0, seconds_max);
      if (!seconds) return wrong("mute_seconds takes a whole number up to 86400");
      deeds.emplace_back([&, seconds] { controller.mute(io::Loop::now(), base::Duration{*seconds * 1000}); });
    } else if (key == "refuse" && value.is_object()) {
      const auto& refuse = value.as_object();
      const auto* status = refuse.if_contains("status");
      const auto* seconds = refuse.if_contains("seconds");
      const auto* path = refuse.if_contains("path");
      const auto code = status ? whole(*status, 400, 599) : std::optional<std::uint64_t>(503);
      const auto time = seconds ? whole(*seconds, 0, seconds_max) : std::optional<std::uint64_t>(10);
      if (!code || !time || (path && !path->is_string()))
        return wrong("refuse takes {\"status\":400..599,\"seconds\":0..86400,\"path\":\"/api/...\"}");
      std::string prefix = path ? std::string(path->as_string()) : std::string();
      deeds.emplace_back([&, code, time, prefix] {
        controller.refuse(io::Loop::now(), static_cast<int>(*code), base::Duration{*time * 1000}, prefix);
      });
    } else {
      return wrong("'" + std::string(key) +
                   "' is not one of drop_channels, expire_tokens, expire_subscriptions (true), mute_seconds, refuse");
    }
  }
  for (const auto& deed : deeds) deed();
  return answer(200, json::object{{"ok", true}});
}

io::HttpResponse Control::storm(const std::string& body) {
  const auto asked = parse_object(body);
  if (!asked) return wrong("a JSON object is needed, as {\"class\":\"faultInst\",\"count\":1000,\"per_second\":500}");
  const auto* class_name = asked->if_contains("class");
  const auto* count = asked->if_contains("count");
  const auto* per_second = asked->if_contains("per_second");
  const auto number = count ? whole(*count, 1, 1'000'000) : std::nullopt;
  const auto pace = per_second ? whole(*per_second, 1, 1'000'000) : std::optional<std::uint64_t>(0);
  if (!class_name || !class_name->is_string() || !number || !pace)
    return wrong("storm takes {\"class\":\"...\",\"count\":1..1000000,\"per_second\":1..1000000}");
  const std::string name(class_name->as_string());
  if (*pace == 0) {
    if (const auto made = sim_.controller().storm(io::Loop::wall(), name, *number); !made) return wrong(made.error().message);
  } else {
    if (const auto known = sim_.controller().storm(io::Loop::wall(), name, 0); !known) return wrong(known.error().message);
    storm_ = {name, *number, *pace, 0, io::Loop::now()};
    blow();
  }
  return answer(200, json::object{{"ok", true}, {"count", *number}});
}

// Makes as many as are due by now, a hundred times a second.
void Control::blow() {
  const auto elapsed = static_cast<std::uint64_t>((io::Loop::now() - storm_.began).count());
  const std::uint64_t due = std::min(storm_.count, elapsed * storm_.per_second / 1000 + 1);
  if (due > storm_.made) (void)sim_.controller().storm(io::Loop::wall(), storm_.class_name, due - storm_.made);
  storm_.made = std::max(storm_.made, due);
  sim_.flush();
  if (storm_.made < storm_.count) timer_.after(base::Duration{10}, [this] { blow(); });
}

}  // namespace aci::sim
