#include "codec/event_json.hpp"

#include <boost/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "codec/answer.hpp"
#include "codec/json_document.hpp"

namespace aci::codec {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

// `name` is with its comma and quotes: R"(,"dn":)".
void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  append_json_string(out, value);
}

void append_attributes(std::string& out, const std::optional<model::Attributes>& attributes) {
  if (!attributes) {
    out += "null";
    return;
  }
  out += '{';
  for (const auto [name, value] : *attributes) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

base::Error malformed(std::string_view why) { return {base::Errc::invalid, "the event " + std::string(why)}; }

// One member of an event. What is absent leaves `out` as it was; false when it is there and of another kind.
bool read_text(const json::object& object, std::string_view name, std::string& out) {
  const json::value* value = object.if_contains(name);
  if (!value) return true;
  const json::string* text = value->if_string();
  if (text) out = view(*text);
  return text != nullptr;
}

bool read_attributes(const json::object& object, std::string_view name, std::optional<model::Attributes>& out) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return true;
  const json::object* members = value->if_object();
  if (!members) return false;
  std::vector<model::AttributeView> views;
  for (const auto& [key, content] : *members) {
    const json::string* text = content.if_string();
    if (!text) return false;
    views.push_back({view(key), view(*text)});
  }
  out = model::Attributes::from(views);
  return true;
}

bool read_names(const json::object& object, std::string_view name, std::vector<std::string>& out) {
  const json::value* value = object.if_contains(name);
  if (!value) return true;
  const json::array* list = value->if_array();
  if (!list) return false;
  for (const auto& item : *list) {
    const json::string* text = item.if_string();
    if (!text) return false;
    out.emplace_back(view(*text));
  }
  return true;
}

}  // namespace

void append_event_json(std::string& out, const model::Event& event) {
  append_member(out, R"({"fabric":)", event.fabric);
  out += R"(,"seq":)" + std::to_string(event.seq);
  append_member(out, R"(,"time":)", event.time.to_string());
  append_member(out, R"(,"class":)", event.class_name);
  append_member(out, R"(,"dn":)", event.dn);
  append_member(out, R"(,"op":)", model::to_string(event.op));
  append_member(out, R"(,"origin":)", model::to_string(event.origin));
  out += R"(,"before":)";
  append_attributes(out, event.before);
  out += R"(,"after":)";
  append_attributes(out, event.after);
  out += R"(,"changed":[)";
  for (const auto& name : event.changed) {
    if (out.back() != '[') out += ',';
    append_json_string(out, name);
  }
  out += ']';
  if (!event.user.empty()) append_member(out, R"(,"user":)", event.user);
  out += '}';
}

void append_gap_json(std::string& out, const model::Gap& gap) {
  append_member(out, R"({"gap":{"fabric":)", gap.fabric);
  append_member(out, R"(,"watch":)", gap.watch);
  append_member(out, R"(,"from":)", gap.from.to_string());
  append_member(out, R"(,"to":)", gap.to.to_string());
  append_member(out, R"(,"reason":)", gap.reason);
  out += R"(,"found":)" + std::to_string(gap.found) + R"(,"backfilled":)" + std::to_string(gap.backfilled);
  append_member(out, R"(,"history":)", gap.history);
  out += "}}";
}

void append_drift_json(std::string& out, std::string_view fabric, std::string_view watch, base::WallTime time,
                       std::uint64_t objects) {
  append_member(out, R"({"drift":{"fabric":)", fabric);
  append_member(out, R"(,"watch":)", watch);
  append_member(out, R"(,"time":)", time.to_string());
  out += R"(,"objects":)" + std::to_string(objects) + "}}";
}

void append_cloud_event(std::string& out, const model::Event& event, std::string_view epoch) {
  append_member(out, R"({"specversion":"1.0","id":)", std::string(epoch) + '-' + std::to_string(event.seq));
  append_member(out, R"(,"type":)", "com.cisco.aci." + event.class_name + '.' + std::string(model::to_string(event.op)));
  append_member(out, R"(,"source":)", "/aci/" + event.fabric);
  append_member(out, R"(,"subject":)", event.dn);
  append_member(out, R"(,"time":)", event.time.to_string());
  out += R"(,"datacontenttype":"application/json","data":)";
  append_event_json(out, event);
  out += '}';
}

base::Result<model::Event> decode_event(std::string_view text) {
  const JsonDocument document(text);
  if (const auto& fault = document.fault())
    return malformed("is not JSON: " + fault->reason + " at byte " + std::to_string(fault->byte));
  const json::object* object = document.root().if_object();
  if (!object) return malformed("is not a JSON object");

  model::Event event;
  std::string op, origin, time;
  const std::pair<const char*, std::string*> texts[] = {
      {"fabric", &event.fabric}, {"class", &event.class_name}, {"dn", &event.dn}, {"op", &op}, {"origin", &origin},
      {"time", &time},           {"user", &event.user}};
  for (const auto& [name, out] : texts)
    if (!read_text(*object, name, *out)) return malformed("has a '" + std::string(name) + "' that is not a text");
  if (event.class_name.empty() || event.dn.empty()) return malformed("must have 'class' and 'dn'");

  const auto known_op = model::parse_op(op);
  if (!known_op) return malformed("must have an 'op' of created, modified or deleted");
  event.op = *known_op;
  if (!origin.empty()) {
    const auto known_origin = model::parse_origin(origin);
    if (!known_origin) return malformed("has an 'origin' that is none of live, relist, backfill, baseline");
    event.origin = *known_origin;
  }
  if (!time.empty()) {
    const auto known_time = base::WallTime::parse(time);
    if (!known_time) return malformed("has a 'time' that is not like 2026-01-02T03:04:05.678+00:00");
    event.time = *known_time;
  }
  if (const json::value* seq = object->if_contains("seq")) {
    boost::system::error_code failure;
    event.seq = seq->to_number<std::uint64_t>(failure);
    if (failure) return malformed("has a 'seq' that is not a whole number");
  }
  if (!read_attributes(*object, "before", event.before) || !read_attributes(*object, "after", event.after))
    return malformed("must have in 'before' and 'after' null or an object of texts");
  std::vector<std::string> changed;
  if (!read_names(*object, "changed", changed)) return malformed("must have in 'changed' a list of names");
  event.changed = changed;
  return event;
}

}  // namespace aci::codec
