#include "io/state_file.hpp"

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codec/answer.hpp"
#include "io/whole_file.hpp"

namespace aci::io {
namespace {

namespace json = boost::json;

std::string view(const json::string& text) { return {text.data(), text.size()}; }

// True when all of them are there, and are texts.
bool texts_of(const json::object& object, std::initializer_list<std::pair<const char*, std::string*>> texts) {
  for (const auto& [name, into] : texts) {
    const json::value* text = object.if_contains(name);
    if (!text || !text->is_string()) return false;
    *into = view(text->get_string());
  }
  return true;
}

std::optional<watch::FabricWatch::Saved::Unsent> parse_unsent(const json::value& item) {
  const json::object* object = item.if_object();
  const json::value* before = object ? object->if_contains("before") : nullptr;
  if (!before) return {};
  watch::FabricWatch::Saved::Unsent unsent;
  const json::value* number = object->if_contains("watch");
  if (!number || !number->is_int64() || number->get_int64() < 0) return {};
  unsent.watch = static_cast<std::size_t>(number->get_int64());
  if (!texts_of(*object, {{"class", &unsent.class_name}, {"dn", &unsent.dn}})) return {};
  if (before->is_null()) return unsent;
  if (!before->is_object()) return {};
  std::vector<model::AttributeView> attributes;
  for (const auto& [name, value] : before->get_object()) {
    if (!value.is_string()) return {};
    attributes.push_back({{name.data(), name.size()}, {value.get_string().data(), value.get_string().size()}});
  }
  unsent.before = model::Attributes::from(attributes);
  return unsent;
}

std::optional<watch::FabricWatch::Saved> parse_header(const std::string& line, std::string& fabric) {
  json::error_code failure;
  const json::value parsed = json::parse(line, failure);
  const json::object* header = failure ? nullptr : parsed.if_object();
  const auto* version = header ? header->if_contains("aciwatch") : nullptr;
  std::string time;
  if (!version || *version != 1 || !texts_of(*header, {{"fabric", &fabric}, {"at", &time}})) return {};
  const auto* watches = header->if_contains("watches") ? header->at("watches").if_array() : nullptr;
  const auto at = base::WallTime::parse(time);
  if (!at || !watches) return {};
  watch::FabricWatch::Saved saved;
  saved.at = *at;
  for (const json::value& item : *watches) {
    auto& known = saved.watches.emplace_back();
    if (!item.is_object() || !texts_of(item.get_object(), {{"name", &known.name}, {"query", &known.query}})) return {};
  }
  if (const json::value* unsent = header->if_contains("unsent")) {
    if (!unsent->is_array()) return {};
    for (const json::value& item : unsent->get_array())
      if (auto parsed_item = parse_unsent(item)) saved.unsent.push_back(std::move(*parsed_item));
      else return {};
  }
  return saved;
}

json::array watches_of(const watch::FabricWatch::Saved& saved) {
  json::array list;
  for (const auto& [name, query] : saved.watches) list.push_back(json::object{{"name", name}, {"query", query}});
  return list;
}

json::array unsent_of(const watch::FabricWatch::Saved& saved) {
  json::array list;
  for (const auto& unsent : saved.unsent) {
    json::value before;  // null
    if (unsent.before)
      for (json::object& attributes = before.emplace_object(); const auto attribute : *unsent.before)
        attributes.emplace(attribute.name, attribute.value);
    list.push_back(
        json::object{{"watch", unsent.watch}, {"class", unsent.class_name}, {"dn", unsent.dn}, {"before", std::move(before)}});
  }
  return list;
}

}  // namespace

base::Result<void> write_state(const std::string& path, const std::string& fabric, const watch::FabricWatch::Saved& saved) {
  std::string text = json::serialize(json::object{{"aciwatch", 1},
                                                  {"fabric", fabric},
                                                  {"at", saved.at.to_string()},
                                                  {"watches", watches_of(saved)},
                                                  {"unsent", unsent_of(saved)}});
  text += '\n';
  text += codec::encode_answer({saved.objects.size(), {}, saved.objects}, model::Format::json);
  text += '\n';
  return replace_file(path, text);
}

base::Result<std::optional<watch::FabricWatch::Saved>> read_state(const std::string& path, const std::string& fabric) {
  using Answer = std::optional<watch::FabricWatch::Saved>;
  std::error_code failure;
  if (!std::filesystem::exists(path, failure) && !failure) return Answer{};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string header;
  std::ostringstream rest;
  if (!file) return base::Error{base::Errc::io, "cannot read '" + path + "': " + std::strerror(errno)};
  std::getline(file, header);
  rest << file.rdbuf();
  const auto broken = [&](const std::string& why) {
    return base::Error{base::Errc::invalid, "'" + path + "' " + why + "; remove it to begin anew"};
  };
  std::string of;
  auto saved = parse_header(header, of);
  if (!saved) return broken("is no state file of aciwatch");
  if (of != fabric) return broken("is the state of fabric " + of.substr(0, 100) + ", not of " + fabric);
  std::string body = std::move(rest).str();
  if (body.ends_with('\n')) body.pop_back();
  auto answer = codec::decode_answer(body);
  if (!answer) return broken("is broken: " + answer.error().message);
  saved->objects = std::move(answer->objects);
  return Answer(std::move(saved));
}

}  // namespace aci::io
