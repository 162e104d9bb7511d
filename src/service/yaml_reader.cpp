#include "service/yaml_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/nearest.hpp"
#include "model/text.hpp"

namespace aci::service {
namespace {

constexpr std::size_t nodes_max = 20'000, secret_max = 16 * 1024, mistakes_max = 100;

std::string shown(std::string_view text) { return "'" + std::string(text.substr(0, 100)) + "'"; }

}  // namespace

void Reader::mistake(const YAML::Mark& mark, const std::string& message) {
  if (mistakes_.size() < mistakes_max) mistakes_.push_back({mark.line + 1, mark.column + 1, message});
}

void Reader::mistake_without_place(const std::string& message) { mistakes_.push_back({0, 0, message}); }

std::vector<std::string> Reader::mistakes() const {
  auto sorted = mistakes_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Mistake& a, const Mistake& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::vector<std::string> lines;
  for (const auto& mistake : sorted) {
    std::string line = name_ + ':';
    if (mistake.line > 0) line += std::to_string(mistake.line) + ':' + std::to_string(mistake.column) + ':';
    line += ' ';
    // Foreign bytes must not make two lines of one.
    for (const char c : mistake.message) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    lines.push_back(std::move(line));
  }
  return lines;
}

bool Reader::visit(const YAML::Mark& mark) {
  ++visited_;
  if (visited_ == nodes_max) mistake(mark, "the file has too many values; are aliases nested in aliases?");
  return visited_ < nodes_max;
}

std::optional<std::string> Reader::expand(const Text& text) {
  std::string out;
  bool complete = true;
  std::string_view rest = text.value;
  for (;;) {
    const std::size_t begin = rest.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : rest.find('}', begin);
    if (end == std::string_view::npos) {
      if (!complete) return {};
      return out += rest;
    }
    out += rest.substr(0, begin);
    const std::string name(rest.substr(begin + 2, end - begin - 2));
    if (const auto value = environment_(name)) out += *value;
    else {
      mistake(text.mark, "the environment variable " + name + " is not set");
      complete = false;
    }
    rest.remove_prefix(end + 1);
  }
}

std::string Reader::path(const std::string& text) const {
  const std::filesystem::path path(text);
  return path.is_absolute() || folder_.empty() ? text : (std::filesystem::path(folder_) / path).string();
}

std::optional<std::string> Reader::content(const std::string& text, const YAML::Mark& mark) {
  const std::string where = path(text);
  std::error_code failure;
  const bool regular = std::filesystem::is_regular_file(where, failure);
  std::ifstream file(where, std::ios::binary);
  if (!regular || !file) {
    const bool exists = std::filesystem::exists(where, failure);
    mistake(mark, "cannot read " + shown(where) + ": " +
                      (!exists    ? "no such file"
                       : !regular ? "not a file"
                                  : "not permitted"));
    return {};
  }
  std::string content(secret_max + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > secret_max) {
    mistake(mark, shown(where) + " is longer than 16 KiB, which is no secret");
    return {};
  }
  std::string secret(model::trimmed(content));
  if (secret.empty()) {
    mistake(mark, shown(where) + " is empty");
    return {};
  }
  return secret;
}

Mapping::Mapping(Reader& reader, const YAML::Node& node, std::string what)
    : reader_(reader), what_(std::move(what)), mark_(node.Mark()) {
  if (!node.IsMap()) {
    reader_.mistake(mark_, what_ + (node.IsNull() ? " is empty" : " must be a mapping of keys to values"));
    return;
  }
  for (const auto& pair : node) {
    const YAML::Mark mark = pair.first.Mark();
    if (!reader_.visit(mark)) return;
    if (!pair.first.IsScalar()) {
      reader_.mistake(mark, "a key in " + what_ + " must be a word");
      continue;
    }
    const std::string& key = pair.first.Scalar();
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
    if (same == entries_.end()) entries_.push_back({key, mark, pair.second, false});
    else
      reader_.mistake(
          mark, "duplicate key " + shown(key) + " in " + what_ + ", first in line " + std::to_string(same->mark.line + 1));
  }
}

const YAML::Node* Mapping::get(const std::string& key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  for (auto& entry : entries_) {
    if (entry.key != key) continue;
    entry.known = true;
    return &entry.value;
  }
  return nullptr;
}

const YAML::Mark& Mapping::key_mark(const std::string& key) const {
  for (const auto& entry : entries_)
    if (entry.key == key) return entry.mark;
  return mark_;
}

std::optional<Text> Mapping::raw_text(const std::string& key) {
  const YAML::Node* node = get(key);
  if (!node) return {};
  if (!node->IsScalar()) {
    reader_.mistake(key_mark(key), shown(key) + (node->IsNull() ? " has no value" : " must be one text"));
    return {};
  }
  return Text{node->Scalar(), node->Mark()};
}

std::optional<Text> Mapping::text(const std::string& key) {
  auto text = raw_text(key);
  if (!text) return {};
  auto expanded = reader_.expand(*text);
  if (!expanded) return {};
  return Text{std::move(*expanded), text->mark};
}

std::string Mapping::required(const std::string& key) {
  if (!has(key)) {
    reader_.mistake(mark_, what_ + " needs " + shown(key));
    return {};
  }
  const auto found = text(key);
  if (found && found->value.empty()) reader_.mistake(key_mark(key), shown(key) + " must not be empty");
  return found ? found->value : std::string();
}

bool Mapping::boolean(const std::string& key, bool otherwise) {
  const auto found = raw_text(key);
  if (!found) return otherwise;
  // Only these: what YAML once took for a boolean ("yes", "on") is better said clearly.
  if (found->value == "true") return true;
  if (found->value == "false") return false;
  reader_.mistake(found->mark, shown(key) + " must be true or false, not " + shown(found->value));
  return otherwise;
}

std::optional<base::Duration> Mapping::duration(const std::string& key) {
  const auto found = text(key);
  if (!found) return {};
  const auto value = base::parse_duration(found->value);
  if (!value)
    reader_.mistake(found->mark, shown(key) + ": " + shown(found->value) + " is no duration such as 30s, 5m, 1h30m or 7d");
  return value;
}

std::optional<Text> Mapping::secret(const std::string& key) {
  const std::string file_key = key + "_file";
  const bool direct = has(key), file = has(file_key);
  if (direct && file) {
    reader_.mistake(key_mark(file_key), "only one of " + shown(key) + " and " + shown(file_key) + " may be there");
    return {};
  }
  if (direct) return text(key);
  const auto path = text(file_key);
  if (!path) return {};
  const auto content = reader_.content(path->value, path->mark);
  if (!content) return {};
  return Text{*content, path->mark};
}

std::string Mapping::required_secret(const std::string& key) {
  if (!has(key) && !has(key + "_file")) reader_.mistake(mark_, what_ + " needs " + shown(key) + " or " + shown(key + "_file"));
  const auto found = secret(key);
  if (found && found->value.empty()) reader_.mistake(found->mark, shown(key) + " must not be empty");
  return found ? found->value : std::string();
}

std::vector<Text> Mapping::texts(const std::string& key) {
  const YAML::Node* node = get(key);
  if (!node) return {};
  if (node->IsScalar()) return {{node->Scalar(), node->Mark()}};
  std::vector<Text> texts;
  if (!node->IsSequence()) {
    reader_.mistake(key_mark(key), shown(key) + (node->IsNull() ? " has no value" : " must be a text or a list of texts"));
    return {};
  }
  for (const auto& element : *node) {
    if (!reader_.visit(element.Mark())) break;
    if (element.IsScalar()) texts.push_back({element.Scalar(), element.Mark()});
    else reader_.mistake(element.Mark(), shown(key) + " must hold texts only");
  }
  return texts;
}

void Mapping::each(const std::string& key, const std::function<void(const YAML::Node&, const std::string&)>& call) {
  const YAML::Node* node = get(key);
  if (!node) return;
  if (!node->IsSequence()) {
    reader_.mistake(key_mark(key), shown(key) + (node->IsNull() ? " has no value" : " must be a list"));
    return;
  }
  std::size_t i = 0;
  for (const auto& element : *node) {
    if (!reader_.visit(element.Mark())) return;
    call(element, key + '[' + std::to_string(i++) + ']');
  }
}

void Mapping::done() {
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const auto& entry : entries_)
    if (!entry.known)
      reader_.mistake(entry.mark, "unknown key " + shown(entry.key) + " in " + what_ + base::did_you_mean(entry.key, known));
}

}  // namespace aci::service
