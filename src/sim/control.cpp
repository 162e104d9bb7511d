#include "sim/control.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

#include "sim/apicsim.hpp"

namespace aci::sim {
namespace {

namespace json = boost::json;

io::HttpResponse answer(int status, const json::value& value) {
  return {status, {{"Content-Type", "application/json"}}, json::serialize(value) + "\n"};
}

base::Error invalid(std::string why) { return {base::Errc::invalid, std::move(why), 0}; }

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
constexpr std::uint64_t advance_seconds_max = 100ull * 365 * 86'400;

std::optional<base::Duration> seconds(const json::value& value, std::uint64_t max = seconds_max) {
  const auto number = whole(value, 0, max);
  if (!number) return {};
  return base::Duration{static_cast<std::int64_t>(*number) * 1000};
}

std::optional<double> probability(const json::value& value) {
  json::error_code failure;
  const auto number = value.to_number<double>(failure);
  if (failure || !(number >= 0 && number <= 1)) return {};
  return number;
}

// For how long and for which requests; absent members: 10 seconds, all requests.
struct Scope {
  base::Duration time{10'000};
  std::string path;
};

std::optional<Scope> read_scope(const json::object& object) {
  Scope scope;
  if (const auto* time = object.if_contains("seconds")) {
    const auto given = seconds(*time);
    if (!given) return {};
    scope.time = *given;
  }
  if (const auto* path = object.if_contains("path")) {
    if (!path->is_string()) return {};
    scope.path = path->as_string();
  }
  return scope;
}

struct StatusAndScope {
  int status = 503;
  Scope scope;
};

std::optional<StatusAndScope> read_status(const json::value& value, std::uint64_t status_min) {
  if (!value.is_object()) return {};
  const auto& object = value.as_object();
  for (const auto& [key, member] : object)
    if (key != "status" && key != "seconds" && key != "path") return {};
  auto scope = read_scope(object);
  const auto* status = object.if_contains("status");
  const auto code = status ? whole(*status, status_min, 599) : std::optional<std::uint64_t>(503);
  if (!scope || !code) return {};
  return StatusAndScope{static_cast<int>(*code), std::move(*scope)};
}

using Deed = std::function<base::Result<void>()>;

Deed sure(std::function<void()> deed) {
  return [deed = std::move(deed)]() -> base::Result<void> { return deed(), base::Result<void>{}; };
}

struct Asked {
  Apicsim& sim;
  const json::value& value;
  const Scope& scope;
};

// One thing that a chaos request can ask for. `read` gives nothing for a wrong value.
struct Trouble {
  std::string_view key, takes;
  std::optional<Deed> (*read)(const Asked& asked);
};

template <void (controller::Controller::*method)()>
std::optional<Deed> once(const Asked& asked) {
  if (!asked.value.is_bool() || !asked.value.as_bool()) return {};
  return sure([&sim = asked.sim] { (sim.controller().*method)(); });
}

template <void (controller::Controller::*method)(base::Duration)>
std::optional<Deed> from_now_on(const Asked& asked) {
  const auto time = seconds(asked.value);
  if (!time) return {};
  return sure([&sim = asked.sim, time] { (sim.controller().*method)(*time); });
}

template <std::uint64_t status_min, void (controller::Controller::*method)(base::Instant, int, base::Duration, std::string)>
std::optional<Deed> for_a_time(const Asked& asked) {
  const auto read = read_status(asked.value, status_min);
  if (!read) return {};
  return sure([&sim = asked.sim, read = *read] {
    (sim.controller().*method)(sim.now(), read.status, read.scope.time, read.scope.path);
  });
}

// Controllers count from 1, as their nodes do.
template <class Do>
std::optional<Deed> with_controller(const Asked& asked, Do deed) {
  const auto number = whole(asked.value, 1, asked.sim.controller_count());
  if (!number) return {};
  return [&sim = asked.sim, deed, at = static_cast<std::size_t>(*number - 1)] { return deed(sim, at); };
}

base::Result<void> stop_controller(Apicsim& sim, std::size_t at) {
  std::size_t others = 0;
  for (std::size_t i = 0; i < sim.controller_count(); ++i) others += i != at && sim.controller().controller_running(i);
  if (others == 0)
    return base::Error{base::Errc::refused, "the only controller that runs cannot be stopped: none could start it again", 0};
  sim.stop_controller(at);
  return {};
}

constexpr Trouble troubles[] = {
    {"drop_channels", "true", once<&controller::Controller::drop_channels>},
    {"expire_tokens", "true", once<&controller::Controller::expire_tokens>},
    {"expire_subscriptions", "true", once<&controller::Controller::expire_subscriptions>},
    {"mute_seconds", "a whole number up to 86400",
     [](const Asked& asked) -> std::optional<Deed> {
       const auto time = seconds(asked.value);
       if (!time) return {};
       return sure([&sim = asked.sim, time] { sim.controller().mute(sim.now(), *time); });
     }},
    {"refuse", R"({"status":400..599,"seconds":0..86400,"path":"/api/..."})", for_a_time<400, &controller::Controller::refuse>},
    {"html", R"({"status":200..599,"seconds":0..86400,"path":"/api/..."})",
     for_a_time<200, &controller::Controller::answer_html>},
    {"no_data", "true",
     [](const Asked& asked) -> std::optional<Deed> {
       if (!asked.value.is_bool() || !asked.value.as_bool()) return {};
       return sure(
           [&sim = asked.sim, scope = asked.scope] { sim.controller().withhold_data(sim.now(), scope.time, scope.path); });
     }},
    {"delay_ms", "a whole number up to 600000",
     [](const Asked& asked) -> std::optional<Deed> {
       const auto delay = whole(asked.value, 0, 600'000);
       if (!delay) return {};
       return sure([&sim = asked.sim, scope = asked.scope, delay = base::Duration{static_cast<std::int64_t>(*delay)}] {
         sim.controller().delay_answers(sim.now(), delay, scope.time, scope.path);
       });
     }},
    {"subscriptions_early_seconds", "a whole number up to 86400",
     from_now_on<&controller::Controller::expire_subscriptions_early>},
    {"miss_first_child_seconds", "a whole number up to 86400", from_now_on<&controller::Controller::miss_first_child>},
    {"two_cookies", "true or false",
     [](const Asked& asked) -> std::optional<Deed> {
       if (!asked.value.is_bool()) return {};
       return sure([&sim = asked.sim, on = asked.value.as_bool()] { sim.controller().trap_two_cookies(on); });
     }},
    {"restart_node", "the number of a switch",
     [](const Asked& asked) -> std::optional<Deed> {
       const auto node = whole(asked.value, 1, 16'000);
       if (!node) return {};
       return [&sim = asked.sim, node = static_cast<unsigned>(*node)] {
         return sim.controller().restart_node(sim.now(), sim.wall(), node);
       };
     }},
    {"stop_controller", "the number of a controller, from 1",
     [](const Asked& asked) { return with_controller(asked, stop_controller); }},
    {"start_controller", "the number of a controller, from 1",
     [](const Asked& asked) {
       return with_controller(asked, [](Apicsim& sim, std::size_t at) { return sim.start_controller(at); });
     }},
};

std::string known_troubles() {
  std::string names;
  for (const Trouble& trouble : troubles) names += std::string(trouble.key) + ", ";
  return names + "duplicate, reorder";
}

}  // namespace

Control::Control(Apicsim& sim) : sim_(sim), timer_(sim.loop()) {}

void Control::stop() { timer_.cancel(); }

io::HttpResponse Control::handle(const io::HttpRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method == "GET" && path == "/_sim/status") return status();
  if (request.method == "GET" && path == "/_sim/export")
    return {200, {{"Content-Type", "application/json"}}, sim_.export_tree()};
  if (request.method == "POST" && path == "/_sim/storm") {
    const auto made = storm(request.body);
    return made ? answer(200, json::object{{"ok", true}, {"count", *made}}) : wrong(made.error().message);
  }
  if (request.method == "POST" && (path == "/_sim/chaos" || path == "/_sim/advance" || path == "/_sim/fault")) {
    const auto done = path == "/_sim/chaos"     ? chaos(request.body)
                      : path == "/_sim/advance" ? advance(request.body)
                                                : fault(request.body);
    return done ? answer(200, json::object{{"ok", true}}) : wrong(done.error().message);
  }
  return answer(404,
                json::object{{"error",
                              "there are GET /_sim/status and /_sim/export, POST /_sim/chaos, /_sim/storm, /_sim/fault and "
                              "/_sim/advance"}});
}

io::HttpResponse Control::status() const {
  const auto status = sim_.controller().status();
  json::array controllers;
  for (std::size_t i = 0; i < sim_.controller_count(); ++i)
    controllers.push_back(json::object{{"url", sim_.url(i)}, {"running", sim_.controller().controller_running(i)}});
  return answer(200, json::object{{"sessions", status.sessions},
                                  {"channels", status.channels},
                                  {"subscriptions", status.subscriptions},
                                  {"objects", status.objects},
                                  {"records", status.records},
                                  {"pushed", status.pushed},
                                  {"requests", status.requests},
                                  {"time", sim_.wall().to_string()},
                                  {"controllers", std::move(controllers)}});
}

base::Result<void> Control::advance(const std::string& body) {
  const auto asked = parse_object(body);
  const auto* time = asked ? asked->if_contains("seconds") : nullptr;
  const auto by = time ? seconds(*time, advance_seconds_max) : std::nullopt;
  if (!by || asked->size() != 1) return invalid("advance takes {\"seconds\":N}, a whole number");
  sim_.advance_clock(*by);
  return {};
}

base::Result<void> Control::fault(const std::string& body) {
  const auto asked = parse_object(body);
  if (!asked) return invalid("a JSON object is needed, as {\"dn\":\"topology/pod-1/node-101/sys\",\"code\":\"F0532\"}");
  controller::FaultCondition condition;
  const std::pair<std::string_view, std::string*> texts[] = {{"dn", &condition.dn},
                                                             {"code", &condition.code},
                                                             {"severity", &condition.severity},
                                                             {"cause", &condition.cause},
                                                             {"descr", &condition.descr},
                                                             {"change_set", &condition.change_set},
                                                             {"domain", &condition.domain},
                                                             {"rule", &condition.rule},
                                                             {"subject", &condition.subject},
                                                             {"type", &condition.type},
                                                             {"delegate_to", &condition.delegate_to}};
  bool clear = false;
  for (const auto& [key, value] : *asked) {
    const std::string_view name = key;
    const auto* text = std::find_if(std::begin(texts), std::end(texts), [&](const auto& one) { return one.first == name; });
    if (name == "clear" && value.is_bool()) clear = value.as_bool();
    else if (text != std::end(texts) && value.is_string()) *text->second = value.as_string();
    else return invalid("fault does not take '" + std::string(key) + "' so");
  }
  if (condition.code.size() < 2 || condition.code[0] != 'F' ||
      condition.code.find_first_not_of("0123456789", 1) != std::string::npos)
    return invalid("fault takes a code as \"F0532\"");
  static constexpr std::string_view severities[] = {"critical", "major", "minor", "warning", "info"};
  if (std::find(std::begin(severities), std::end(severities), condition.severity) == std::end(severities))
    return invalid("severity is critical, major, minor, warning or info");
  if (clear) return sim_.controller().clear_fault(sim_.now(), sim_.wall(), condition.dn, condition.code);
  return sim_.controller().raise_fault(sim_.now(), sim_.wall(), condition);
}

base::Result<void> Control::chaos(const std::string& body) {
  const auto asked = parse_object(body);
  if (!asked || asked->empty()) return invalid("a JSON object is needed, as {\"drop_channels\":true}");
  const auto scope = read_scope(*asked);
  if (!scope) return invalid("seconds takes a whole number up to 86400, path a text as \"/api/class\"");
  std::vector<Deed> deeds;  // carried out only when all of the request is right
  std::optional<controller::PushTrouble> pushes;
  for (const auto& [key, value] : *asked) {
    if (key == "seconds" || key == "path") continue;
    if (key == "duplicate" || key == "reorder") {
      const auto chance = probability(value);
      if (!chance) return invalid(std::string(key) + " takes a probability from 0 to 1");
      if (!pushes) pushes.emplace();
      (key == "duplicate" ? pushes->duplicate : pushes->reorder) = *chance;
      continue;
    }
    const auto* trouble =
        std::find_if(std::begin(troubles), std::end(troubles), [&](const Trouble& t) { return t.key == key; });
    if (trouble == std::end(troubles)) return invalid("'" + std::string(key) + "' is not one of " + known_troubles());
    auto deed = trouble->read({sim_, value, *scope});
    if (!deed) return invalid(std::string(key) + " takes " + std::string(trouble->takes));
    deeds.push_back(std::move(*deed));
  }
  if (pushes)
    deeds.push_back(sure([this, &scope, &pushes] { sim_.controller().disturb_pushes(sim_.now(), *pushes, scope->time); }));
  if (deeds.empty()) return invalid("nothing is asked for; there are " + known_troubles());
  for (const Deed& deed : deeds)
    if (const auto done = deed(); !done) return done;
  return {};
}

base::Result<std::uint64_t> Control::storm(const std::string& body) {
  const auto asked = parse_object(body);
  if (!asked) return invalid("a JSON object is needed, as {\"class\":\"faultInst\",\"count\":1000,\"per_second\":500}");
  const auto* class_name = asked->if_contains("class");
  const auto* count = asked->if_contains("count");
  const auto* per_second = asked->if_contains("per_second");
  const auto number = count ? whole(*count, 1, 1'000'000) : std::nullopt;
  const auto pace = per_second ? whole(*per_second, 1, 1'000'000) : std::optional<std::uint64_t>(0);
  if (!class_name || !class_name->is_string() || !number || !pace)
    return invalid("storm takes {\"class\":\"...\",\"count\":1..1000000,\"per_second\":1..1000000}");
  const std::string name(class_name->as_string());
  if (*pace == 0) {
    if (const auto made = sim_.controller().storm(sim_.wall(), name, *number); !made) return made.error();
  } else {
    if (const auto known = sim_.controller().storm(sim_.wall(), name, 0); !known) return known.error();
    storm_ = {name, *number, *pace, 0, sim_.now()};
    blow();
  }
  return *number;
}

// Makes as many as are due by now, a hundred times a second.
void Control::blow() {
  const auto elapsed = static_cast<std::uint64_t>((sim_.now() - storm_.began).count());
  const std::uint64_t due = std::min(storm_.count, elapsed * storm_.per_second / 1000 + 1);
  if (due > storm_.made) (void)sim_.controller().storm(sim_.wall(), storm_.class_name, due - storm_.made);
  storm_.made = std::max(storm_.made, due);
  sim_.flush();
  if (storm_.made < storm_.count) timer_.after(base::Duration{10}, [this] { blow(); });
}

}  // namespace aci::sim
