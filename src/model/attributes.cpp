#include "model/attributes.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <unordered_map>

namespace aci::model {

// The sorted names that many objects share.
struct Attributes::Shape {
  std::vector<std::string> names;
  std::size_t hash = 0;
  bool in_table = false;  // else it belongs to the one block it was made for, and to those that take its place
  mutable std::atomic<std::uint32_t> blocks{0};  // of a shape that is not in the table
};

// What copies share. The values stand behind it: for each its length as LEB128, then its bytes.
struct Attributes::Block {
  std::atomic<std::uint32_t> owners{1};
  std::uint32_t size;
  const Shape* shape;

  Block(const Shape* of, std::uint32_t bytes) : size(bytes), shape(of) {
    if (!shape->in_table) shape->blocks.fetch_add(1, std::memory_order_relaxed);
  }
  ~Block() {
    if (!shape->in_table && shape->blocks.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shape;
  }
  static Block* make(const Shape* shape, std::size_t bytes) {
    return new (::operator new(sizeof(Block) + bytes)) Block(shape, static_cast<std::uint32_t>(bytes));
  }
  static void release(Block* block) {
    // Who owns it alone needs no atomic write.
    if (block->owners.load(std::memory_order_acquire) != 1 && block->owners.fetch_sub(1, std::memory_order_acq_rel) != 1)
      return;
    block->~Block();
    ::operator delete(block);
  }
  char* values() { return reinterpret_cast<char*>(this + 1); }
  std::string_view bytes() { return {values(), size}; }
};

namespace {

std::size_t packed_size(std::string_view value) {
  std::size_t bytes = value.size() + 1;
  for (std::size_t length = value.size(); length >= 0x80; length >>= 7) ++bytes;
  return bytes;
}

char* pack(char* to, std::string_view value) {
  std::size_t length = value.size();
  for (; length >= 0x80; length >>= 7) *to++ = static_cast<char>(0x80 | (length & 0x7f));
  *to++ = static_cast<char>(length);
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

inline std::string_view read_value(const char*& at) {
  auto length = static_cast<std::size_t>(static_cast<unsigned char>(*at++));
  if (length >= 0x80) {
    length &= 0x7f;
    for (int shift = 7;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      length |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
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

bool same_names(const std::vector<std::string>& names, const std::vector<AttributeView>& sorted) {
  return std::equal(names.begin(), names.end(), sorted.begin(), sorted.end(),
                    [](const std::string& name, const AttributeView& a) { return name == a.name; });
}

bool is_sorted(const AttributeView* attributes, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i)
    if (!(attributes[i - 1].name < attributes[i].name)) return false;
  return true;
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

// Every shape once. A hostile peer could invent shapes without end, so the table takes a bounded number; a shape beyond
// it belongs to its object alone.
class Attributes::ShapeTable {
 public:
  // Lives for ever: attributes may outlive whatever else is static.
  static ShapeTable& the() {
    static ShapeTable& table = *new ShapeTable;
    return table;
  }

  const Shape* find_or_make(const std::vector<AttributeView>& sorted) {
    // The shapes a thread saw last need neither a lock nor a good hash: streams of few classes are the rule.
    thread_local const Shape* recent[64];
    std::size_t slot = sorted.size();
    for (const auto& [name, value] : sorted) slot = slot * 31 + name.size() + (name.empty() ? 0 : name.back());
    const Shape*& last = recent[slot % 64];
    if (last && same_names(last->names, sorted)) return last;
    const std::size_t hash = hash_of(sorted);
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = shapes_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
      if (same_names(it->second->names, sorted)) return last = it->second;
    auto* shape = new Shape;
    shape->hash = hash;
    shape->names.reserve(sorted.size());
    for (const auto& attribute : sorted) shape->names.emplace_back(attribute.name);
    if (shapes_.size() >= shapes_max) return shape;
    shape->in_table = true;
    shapes_.emplace(hash, shape);
    return last = shape;
  }

 private:
  static constexpr std::size_t shapes_max = 20'000;
  std::mutex mutex_;
  std::unordered_multimap<std::size_t, const Shape*> shapes_;
};

Attributes::Attributes(const Attributes& other) : block_(other.block_) {
  if (block_) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

Attributes::~Attributes() {
  if (block_) Block::release(block_);
}

Attributes::Attributes(std::initializer_list<AttributeView> attributes)
    : Attributes(from(attributes.begin(), attributes.size())) {}

Attributes Attributes::from(const AttributeView* attributes, std::size_t count) {
  std::vector<AttributeView> sorted(attributes, attributes + count);
  sort_unique(sorted);
  return from_sorted(sorted);
}

Attributes Attributes::from_sorted(const std::vector<AttributeView>& sorted) {
  if (sorted.empty()) return {};
  std::size_t bytes = 0;
  for (const auto& attribute : sorted) bytes += packed_size(attribute.value);
  Block* block = Block::make(ShapeTable::the().find_or_make(sorted), bytes);
  char* at = block->values();
  for (const auto& attribute : sorted) at = pack(at, attribute.value);
  return Attributes(block);
}

std::size_t Attributes::size() const { return block_ ? block_->shape->names.size() : 0; }

std::size_t Attributes::index_of(std::string_view name) const {
  if (!block_) return npos;
  const auto& names = block_->shape->names;
  const auto it = std::lower_bound(names.begin(), names.end(), name);
  return it != names.end() && *it == name ? static_cast<std::size_t>(it - names.begin()) : npos;
}

std::optional<std::string_view> Attributes::find(std::string_view name) const {
  const std::size_t index = index_of(name);
  if (index == npos) return {};
  const char* at = block_->values();
  for (std::size_t i = 0; i < index; ++i) read_value(at);
  return read_value(at);
}

void Attributes::set(std::string_view name, std::string_view value) {
  const AttributeView one{name, value};
  merge(&one, 1);
}

void Attributes::merge(const AttributeView* attributes, std::size_t count) {
  if (is_sorted(attributes, count) && replace_sorted(attributes, count)) return;
  std::vector<AttributeView> all;
  all.reserve(size() + count);
  for (const auto& attribute : *this) all.push_back(attribute);
  all.insert(all.end(), attributes, attributes + count);
  sort_unique(all);
  *this = from_sorted(all);
}

// The usual merge: of names that are all here already. False, with nothing done, when one is not.
bool Attributes::replace_sorted(const AttributeView* attributes, std::size_t count) {
  if (!block_) return false;
  const auto& names = block_->shape->names;
  const AttributeView* const end = attributes + count;
  const AttributeView* next = attributes;
  std::size_t bytes = block_->size;
  const char* from = block_->values();
  for (auto name = names.begin(); name != names.end() && next != end; ++name) {
    const std::string_view old = read_value(from);
    if (*name != next->name) continue;
    bytes += packed_size(next->value);
    bytes -= packed_size(old);
    ++next;
  }
  if (next != end) return false;
  Block* block = Block::make(block_->shape, bytes);
  char* to = block->values();
  from = block_->values();
  next = attributes;
  for (auto name = names.begin(); next != end; ++name) {
    const std::string_view old = read_value(from);
    to = pack(to, *name == next->name ? next++->value : old);
  }
  const std::string_view rest = block_->bytes().substr(static_cast<std::size_t>(from - block_->values()));
  std::memcpy(to, rest.data(), rest.size());
  *this = Attributes(block);
  return true;
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
  *this = from_sorted(rest);
  return true;
}

Attributes::const_iterator Attributes::begin() const {
  return block_ ? const_iterator(&block_->shape->names, 0, block_->values()) : const_iterator(nullptr, 0, nullptr);
}
Attributes::const_iterator Attributes::end() const { return {nullptr, size(), nullptr}; }

void Attributes::const_iterator::read() {
  if (names_ && index_ < names_->size()) value_ = read_value(next_);
}

Attributes::const_iterator& Attributes::const_iterator::operator++() {
  ++index_;
  read();
  return *this;
}

bool operator==(const Attributes& a, const Attributes& b) {
  if (a.block_ == b.block_) return true;
  if (!a.block_ || !b.block_ || a.block_->bytes() != b.block_->bytes()) return false;
  return a.block_->shape == b.block_->shape || a.block_->shape->names == b.block_->shape->names;
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
