#include "model/attributes.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_set>

namespace aci::model {
namespace {

using Shape = Attributes::Shape;
using ShapePtr = std::shared_ptr<const Shape>;

void append_value(std::string& to, std::string_view value) {
  std::size_t length = value.size();
  for (; length >= 0x80; length >>= 7) to += static_cast<char>(0x80 | (length & 0x7f));
  to += static_cast<char>(length);
  to += value;
}

std::string_view read_value(const char*& at) {
  std::size_t length = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    length |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const std::string_view value(at, length);
  at += length;
  return value;
}

std::size_t hash_of(const std::vector<AttributeView>& sorted) {
  std::size_t hash = sorted.size();
  for (const auto& attribute : sorted) hash = hash * 0x9e3779b97f4a7c15ull + std::hash<std::string_view>{}(attribute.name);
  return hash;
}

bool same_names(const Shape& shape, std::size_t hash, const std::vector<AttributeView>& sorted) {
  return shape.hash == hash && std::equal(shape.names.begin(), shape.names.end(), sorted.begin(), sorted.end(),
                                          [](const std::string& name, const AttributeView& a) { return name == a.name; });
}

// Every shape once. A hostile peer could invent shapes without end, so the table takes a bounded number; a shape beyond
// it belongs to its object alone.
class ShapeTable {
 public:
  ShapePtr intern(const std::vector<AttributeView>& sorted) {
    const std::size_t hash = hash_of(sorted);
    // The shape a thread saw last for this hash needs no lock: streams of one class are the rule.
    thread_local ShapePtr recent[16];
    ShapePtr& slot = recent[hash % 16];
    if (slot && same_names(*slot, hash, sorted)) return slot;
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = shapes_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
      if (same_names(*it->second, hash, sorted)) return slot = it->second;
    auto shape = std::make_shared<Shape>();
    shape->hash = hash;
    shape->names.reserve(sorted.size());
    for (const auto& attribute : sorted) shape->names.emplace_back(attribute.name);
    if (shapes_.size() < shapes_max) shapes_.emplace(hash, shape);
    return slot = shape;
  }

 private:
  static constexpr std::size_t shapes_max = 20'000;
  std::mutex mutex_;
  std::unordered_multimap<std::size_t, ShapePtr> shapes_;
};

ShapeTable& shape_table() {
  static ShapeTable table;
  return table;
}

// Sorts by name and keeps the last of equal names.
void sort_unique(std::vector<AttributeView>& attributes) {
  const auto by_name = [](const AttributeView& a, const AttributeView& b) { return a.name < b.name; };
  if (!std::is_sorted(attributes.begin(), attributes.end(), by_name))
    std::stable_sort(attributes.begin(), attributes.end(), by_name);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (kept > 0 && attributes[kept - 1].name == attributes[i].name) attributes[kept - 1] = attributes[i];
    else attributes[kept++] = attributes[i];
  }
  attributes.resize(kept);
}

}  // namespace

Attributes::Attributes(std::initializer_list<AttributeView> attributes)
    : Attributes(from(attributes.begin(), attributes.size())) {}

Attributes Attributes::from(const AttributeView* attributes, std::size_t count) {
  std::vector<AttributeView> sorted(attributes, attributes + count);
  sort_unique(sorted);
  Attributes result;
  result.assign_sorted(sorted);
  return result;
}

void Attributes::assign_sorted(const std::vector<AttributeView>& sorted) {
  std::size_t bytes = 0;
  for (const auto& attribute : sorted) bytes += attribute.value.size() + (attribute.value.size() < 0x80 ? 1 : 5);
  std::string values;
  values.reserve(bytes);
  for (const auto& attribute : sorted) append_value(values, attribute.value);
  shape_ = sorted.empty() ? nullptr : shape_table().intern(sorted);
  values_ = std::move(values);
}

std::size_t Attributes::index_of(std::string_view name) const {
  if (!shape_) return npos;
  const auto it = std::lower_bound(shape_->names.begin(), shape_->names.end(), name);
  return it != shape_->names.end() && *it == name ? static_cast<std::size_t>(it - shape_->names.begin()) : npos;
}

std::optional<std::string_view> Attributes::find(std::string_view name) const {
  const std::size_t index = index_of(name);
  if (index == npos) return {};
  const char* at = values_.data();
  for (std::size_t i = 0; i < index; ++i) read_value(at);
  return read_value(at);
}

void Attributes::set(std::string_view name, std::string_view value) {
  const AttributeView one{name, value};
  merge(&one, 1);
}

void Attributes::merge(const AttributeView* attributes, std::size_t count) {
  // The old values are read from a copy's bytes while the new ones are packed.
  std::vector<AttributeView> all;
  all.reserve(size() + count);
  for (const auto& attribute : *this) all.push_back(attribute);
  all.insert(all.end(), attributes, attributes + count);
  sort_unique(all);
  const ShapePtr keep = shape_;  // the names viewed above live in it
  assign_sorted(all);
}

void Attributes::merge(const Attributes& other) {
  const std::vector<AttributeView> attributes(other.begin(), other.end());
  merge(attributes.data(), attributes.size());
}

bool Attributes::erase(std::string_view name) {
  if (!contains(name)) return false;
  std::vector<AttributeView> rest;
  for (const auto& attribute : *this)
    if (attribute.name != name) rest.push_back(attribute);
  const ShapePtr keep = shape_;
  assign_sorted(rest);
  return true;
}

Attributes::const_iterator Attributes::begin() const { return {shape_.get(), 0, values_.data()}; }
Attributes::const_iterator Attributes::end() const { return {nullptr, size(), nullptr}; }

void Attributes::const_iterator::read() {
  if (shape_ && index_ < shape_->names.size()) value_ = read_value(next_);
}

Attributes::const_iterator& Attributes::const_iterator::operator++() {
  ++index_;
  read();
  return *this;
}

bool operator==(const Attributes& a, const Attributes& b) {
  if (a.size() != b.size() || a.values_ != b.values_) return false;
  return a.shape_ == b.shape_ || a.size() == 0 || a.shape_->names == b.shape_->names;
}

std::vector<std::string> changed_names(const Attributes& before, const Attributes& after) {
  std::vector<std::string> names;
  auto b = before.begin();
  auto a = after.begin();
  while (b != before.end() || a != after.end()) {
    if (a == after.end() || (b != before.end() && (*b).name < (*a).name)) names.emplace_back((*b++).name);
    else if (b == before.end() || (*a).name < (*b).name) names.emplace_back((*a++).name);
    else {
      if ((*a).value != (*b).value) names.emplace_back((*a).name);
      ++a, ++b;
    }
  }
  return names;
}

}  // namespace aci::model
