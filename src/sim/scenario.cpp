#include "sim/scenario.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "controller/fabric.hpp"
#include "controller/object_tree.hpp"
#include "sim/apicsim.hpp"
#include "sim/control.hpp"

namespace aci::sim {
namespace {

namespace json = boost::json;
using base::Duration;
using base::Errc;
using base::Error;
using base::Result;
using Deed = std::function<Result<void>()>;

constexpr int depth_max = 32;

Error wrong(const YAML::Node& at, const std::string& why) {
  return {Errc::invalid, why, at.Mark().line + 1};  // the code is the line until it is told
}

bool is_text(const YAML::Node& node) { return node.IsDefined() && node.IsScalar(); }
std::string text(const YAML::Node& node) { return is_text(node) ? node.Scalar() : ""; }

// What JSON makes of it: quoted text stays text, else numbers and booleans are such.
json::value to_json(const YAML::Node& node, int depth = 0) {
  if (node.IsMap() && depth < depth_max) {
    json::object object;
    for (const auto& member : node) object[text(member.first)] = to_json(member.second, depth + 1);
    return object;
  }
  if (node.IsSequence() && depth < depth_max) {
    json::array array;
    for (const auto& member : node) array.push_back(to_json(member, depth + 1));
    return array;
  }
  if (node.Tag() != "!" && is_text(node)) {
    json::error_code failure;
    auto value = json::parse(node.Scalar(), failure);
    if (!failure && (value.is_bool() || value.is_number())) return value;
  }
  return json::value(text(node));
}

// {fvTenant: {dn: ..., descr: ...}} or {fvTenant: {attributes: {...}, children: [...]}}
Result<model::ManagedObject> read_object(const YAML::Node& node, int depth = 0) {
  if (!node.IsMap() || node.size() != 1 || !node.begin()->second.IsMap() || depth > depth_max)
    return wrong(node, "an object is written as { fvTenant: { dn: uni/tn-T, descr: text } }");
  model::ManagedObject object{text(node.begin()->first), {}, {}};
  const YAML::Node inner = node.begin()->second;
  const bool as_api = inner["attributes"].IsDefined() && inner["attributes"].IsMap();
  const YAML::Node attributes = as_api ? inner["attributes"] : inner;
  for (const auto& member : attributes) {
    const std::string name = text(member.first);
    if (!is_text(member.second) && !member.second.IsNull()) return wrong(member.first, "attribute '" + name + "' takes a text");
    object.attributes.set(name, text(member.second));
  }
  if (as_api)
    for (const auto& child : inner["children"]) {
      auto read = read_object(child, depth + 1);
      if (!read) return read.error();
      object.children.push_back(std::move(*read));
    }
  return object;
}

// The members of a step: exactly these texts, those with a '?' in front may be absent.
template <std::size_t size>
Result<std::array<std::string, size>> read_texts(const YAML::Node& node, const std::array<std::string_view, size>& names) {
  std::string all;
  for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name.substr(name[0] == '?'));
  std::array<std::string, size> texts;
  if (!node.IsMap()) return wrong(node, "it takes " + all);
  for (const auto& member : node) {
    const auto known = std::find_if(names.begin(), names.end(),
                                    [&](std::string_view name) { return name.substr(name[0] == '?') == text(member.first); });
    if (known == names.end() || !is_text(member.second))
      return wrong(member.first, "'" + text(member.first) + "' is not one of " + all);
    texts[static_cast<std::size_t>(known - names.begin())] = text(member.second);
  }
  for (std::size_t i = 0; i < size; ++i)
    if (texts[i].empty() && names[i][0] != '?') return wrong(node, "'" + std::string(names[i]) + "' is missing");
  return texts;
}

// "topology/pod-1/node-101" when the node is there.
Result<std::string> find_node(Apicsim& sim, const std::string& id) {
  const auto& tree = sim.controller().tree();
  for (const auto* node = tree.class_first("fabricNode"); node; node = node->class_next)
    if (node->attributes.get("id") == id) return node->dn;
  return Error{Errc::not_found, "there is no node " + id, 0};
}

Result<Deed> read_port(const YAML::Node& value, Apicsim& sim) {
  const auto read = read_texts<3>(value, {"node", "port", "state"});
  if (!read) return read.error();
  const auto& [node, port, state] = *read;
  if (state != "up" && state != "down") return wrong(value, "the state of a port is up or down");
  return Deed([&sim, node = node, port = port, up = state == "up"]() -> Result<void> {
    const auto dn = find_node(sim, node);
    if (!dn) return dn.error();
    return controller::set_port(sim.controller(), sim.now(), sim.wall(), *dn + "/sys/phys-[" + port + "]/phys", up);
  });
}

Result<Deed> read_endpoint(const YAML::Node& value, Apicsim& sim) {
  const auto read = read_texts<6>(value, {"epg", "mac", "?ip", "node", "port", "?encap"});
  if (!read) return read.error();
  return Deed([&sim, given = *read]() -> Result<void> {
    const auto& [epg, mac, ip, node, port, encap] = given;
    const auto dn = find_node(sim, node);
    if (!dn) return dn.error();
    controller::Endpoint endpoint{epg, mac, ip, dn->substr(0, dn->rfind('/')) + "/paths-" + node + "/pathep-[" + port + "]"};
    if (!encap.empty()) endpoint.encap = encap;
    return sim.churn().see(sim.now(), sim.wall(), endpoint);
  });
}

Result<Deed> read_silence(const YAML::Node& value, Apicsim& sim) {
  const auto read = read_texts<2>(value, {"epg", "mac"});
  if (!read) return read.error();
  return Deed([&sim, endpoint = controller::Endpoint{(*read)[0], (*read)[1], "", ""}] {
    return sim.churn().silence(sim.now(), controller::endpoint_dn(endpoint));
  });
}

Result<Deed> read_deed(const std::string& kind, const YAML::Node& value, Apicsim& sim) {
  if (kind == "post" || kind == "set") {
    auto object = read_object(value);
    if (!object) return object.error();
    if (object->dn().empty()) return wrong(value, "the object's dn is missing");
    return Deed([&sim, object = std::move(*object), by_user = kind == "post"] {
      return by_user ? sim.controller().configure(sim.now(), sim.wall(), "admin", object)
                     : sim.controller().set(sim.wall(), object);
    });
  }
  if (kind == "delete") {
    if (text(value).empty()) return wrong(value, "delete takes the DN of an object");
    return Deed([&sim, dn = text(value)]() -> Result<void> {
      const auto* node = sim.controller().tree().find(dn);
      if (!node) return Error{Errc::not_found, "there is no object " + dn, 0};
      return sim.controller().configure(sim.now(), sim.wall(), "admin",
                                        {node->of->name, {{"dn", dn}, {"status", "deleted"}}, {}});
    });
  }
  if (kind == "port") return read_port(value, sim);
  if (kind == "endpoint") return read_endpoint(value, sim);
  if (kind == "silence") return read_silence(value, sim);
  if (kind == "churn") {
    const json::value pace = to_json(value);
    json::error_code failure;
    const double number = pace.is_number() ? pace.to_number<double>(failure) : -1;
    if (number < 0 || number > 10'000) return wrong(value, "churn takes events a second, up to 10000");
    return Deed([&sim, number]() -> Result<void> { return sim.churn().set_pace(sim.now(), number), Result<void>{}; });
  }
  const std::string body = json::serialize(to_json(value));
  if (kind == "chaos") return Deed([&sim, body] { return sim.control().chaos(body); });
  if (kind == "fault") return Deed([&sim, body] { return sim.control().fault(body); });
  if (kind == "storm")
    return Deed([&sim, body]() -> Result<void> {
      const auto made = sim.control().storm(body);
      if (!made) return made.error();
      return {};
    });
  return wrong(value, "'" + kind + "' is not one of post, set, delete, port, endpoint, silence, churn, chaos, storm, fault");
}

}  // namespace

Result<Scenario> Scenario::read(const std::string& path, Apicsim& sim) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::invalid, "cannot read " + path};
  std::ostringstream text;
  text << file.rdbuf();
  return parse(std::move(text).str(), path, sim);
}

Result<Scenario> Scenario::parse(const std::string& content, const std::string& name, Apicsim& sim) {
  Scenario scenario;
  const auto at_line = [&](int line, const std::string& why) {
    return Error{Errc::invalid, name + ":" + std::to_string(line) + ": " + why, 0};
  };
  try {
    const YAML::Node root = YAML::Load(content);
    if (root.IsMap())
      for (const auto& member : root)
        if (text(member.first) != "repeat" && text(member.first) != "steps")
          return at_line(member.first.Mark().line + 1, "'" + text(member.first) + "' is not one of repeat, steps");
    if (root.IsMap() && root["repeat"].IsDefined()) {
      scenario.repeat_ = base::parse_duration(text(root["repeat"]));
      if (!scenario.repeat_ || *scenario.repeat_ <= Duration{0})
        return at_line(root["repeat"].Mark().line + 1, "repeat takes a time as 5m");
    }
    const YAML::Node steps = root.IsMap() ? root["steps"] : root;
    if (!steps.IsDefined() || !steps.IsSequence())
      return at_line(1, "a scenario is a list of steps as { at: 10s, post: { fvTenant: { dn: uni/tn-T } } }");
    for (const auto& node : steps) {
      const int line = node.Mark().line + 1;
      const auto at = node.IsMap() ? base::parse_duration(text(node["at"])) : std::nullopt;
      if (!at) return at_line(line, "a step has its time, as at: 10s");
      if (node.size() != 2) return at_line(line, "a step has its time and one thing that happens");
      for (const auto& member : node) {
        if (text(member.first) == "at") continue;
        auto deed = read_deed(text(member.first), member.second, sim);
        if (!deed) return at_line(deed.error().code, deed.error().message);
        scenario.steps_.push_back({*at, name + ":" + std::to_string(line), std::move(*deed)});
      }
    }
  } catch (const YAML::Exception& failure) {
    return at_line(failure.mark.line + 1, failure.msg);
  }
  std::stable_sort(scenario.steps_.begin(), scenario.steps_.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  if (scenario.repeat_ && !scenario.steps_.empty() && scenario.steps_.back().at > *scenario.repeat_)
    return at_line(1, "a step comes after the time when everything repeats");
  return scenario;
}

std::optional<base::Instant> Scenario::next_wakeup() const {
  if (!began_ || next_ >= steps_.size()) return {};
  return *began_ + steps_[next_].at;
}

std::vector<std::string> Scenario::advance(base::Instant now) {
  std::vector<std::string> failures;
  for (auto due = next_wakeup(); due && *due <= now; due = next_wakeup()) {
    const Step& step = steps_[next_];
    if (const auto done = step.deed(); !done) failures.push_back(step.place + ": " + done.error().message);
    if (++next_ == steps_.size() && repeat_) {
      next_ = 0;
      *began_ += *repeat_;
    }
  }
  return failures;
}

}  // namespace aci::sim
