#include "model/attributes.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <unordered_map>

#include "model/change.hpp"
#include "model/text.hpp"

namespace aci::model {

// The sorted names that many objects share.
struct Attributes::Shape {
  std::vector<std::string> names;
  std::vector<std::string> usual;  // for each name the value that is packed as a mark; "" for none
  Names content;                   // those of them that are not bookkeeping
  std::size_t dn = 0;              // where it stands among them; behind them when it does not
  std::size_t hash = 0;
  bool in_table = false;  // else it belongs to the one block it was made for, and to those that take its place
  mutable std::atomic<std::uint32_t> blocks{0};  // of a shape that is not in the table
};

// What copies share. The values stand behind it: for each its length and one as LEB128, then its bytes, or a 0 for the usual
// value. What can be a mark always is, so that equal values are equal bytes.
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
  static Block* make(const Shape* shape, std::string_view bytes) {
    auto* block = new (::operator new(sizeof(Block) + bytes.size())) Block(shape, static_cast<std::uint32_t>(bytes.size()));
    std::memcpy(block->values(), bytes.data(), bytes.size());
    return block;
  }
  char* values() { return reinterpret_cast<char*>(this + 1); }
  std::string_view bytes() { return {values(), size}; }
};

namespace {

bool is_usual(std::string_view value, const std::string& usual) { return !usual.empty() && same(value, usual); }

template <class Word>
void copy_ends(char* to, const char* from, std::size_t size) {
  Word first, last;  // which may overlap
  std::memcpy(&first, from, sizeof first);
  std::memcpy(&last, from + size - sizeof last, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + size - sizeof last, &last, sizeof last);
}

// As memcpy, without a call for what is short, as most values are.
char* copy(char* to, const char* from, std::size_t size) {
  struct Two {
    std::uint64_t words[2];
  };
  if (size > 32) std::memcpy(to, from, size);
  else if (size >= 16) copy_ends<Two>(to, from, size);
  else if (size >= 8) copy_ends<std::uint64_t>(to, from, size);
  else if (size >= 4) copy_ends<std::uint32_t>(to, from, size);
  else if (size >= 2) copy_ends<std::uint16_t>(to, from, size);
  else if (size == 1) *to = *from;
  return to + size;
}

// Values being packed: how many bytes they take is known at the end.
class Packing {
 public:
  // Has room for these, and for so many bytes that are packed already.
  explicit Packing(const std::vector<AttributeView>& values, std::size_t packed = 0) {
    std::size_t room = packed;
    for (const auto& attribute : values) room += attribute.value.size() + head_max;
    if (room > sizeof usual_size_) large_.resize(room);
    begin_ = to_ = large_.empty() ? usual_size_ : large_.data();
  }
  void add(std::string_view value, const std::string& usual) {
    if (is_usual(value, usual)) {
      *to_++ = 0;
      return;
    }
    std::size_t code = value.size() + 1;
    for (; code >= 0x80; code >>= 7) *to_++ = static_cast<char>(0x80 | (code & 0x7f));
    *to_++ = static_cast<char>(code);
    add_packed(value.data(), value.data() + value.size());
  }
  void add_packed(const char* begin, const char* end) { to_ = copy(to_, begin, static_cast<std::size_t>(end - begin)); }
  std::string_view bytes() const { return {begin_, static_cast<std::size_t>(to_ - begin_)}; }

 private:
  static constexpr std::size_t head_max = 10;  // of a value's length
  char usual_size_[1024];
  std::vector<char> large_;
  char *begin_, *to_;
};

// A value's length and one, or 0.
inline std::size_t read_code(const char*& at) {
  auto code = static_cast<std::size_t>(static_cast<unsigned char>(*at++));
  if (code < 0x80) return code;
  code &= 0x7f;
  for (int shift = 7;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    code |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return code;
  }
}

inline std::string_view read_value(const char*& at, const std::string& usual) {
  const std::size_t code = read_code(at);
  if (code == 0) return usual;
  const std::string_view value(at, code - 1);
  at += code - 1;
  return value;
}

inline void skip_value(const char*& at) {
  if (const std::size_t code = read_code(at)) at += code - 1;
}

std::size_t hash_of(const std::vector<AttributeView>& sorted) {
  std::size_t hash = sorted.size();
  for (const auto& attribute : sorted) hash = hash * 0x9e3779b97f4a7c15ull + std::hash<std::string_view>{}(attribute.name);
  return hash;
}

bool same_names(const std::vector<std::string>& names, const std::vector<AttributeView>& sorted) {
  return std::equal(names.begin(), names.end(), sorted.begin(), sorted.end(),
                    [](const std::string& name, const AttributeView& a) { return same(name, a.name); });
}

// As a < b, without a call: names that are neighbours differ soon.
inline bool is_less(std::string_view a, std::string_view b) {
  const std::size_t both = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i)
    if (a[i] != b[i]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
  return a.size() < b.size();
}

bool is_sorted(const AttributeView* attributes, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i)
    if (!is_less(attributes[i - 1].name, attributes[i].name)) return false;
  return true;
}

}  // namespace

void put_in_order(std::vector<AttributeView>& attributes) {
  if (is_sorted(attributes.data(), attributes.size())) return;
  std::stable_sort(attributes.begin(), attributes.end(),
                   [](const AttributeView& a, const AttributeView& b) { return a.name < b.name; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (kept > 0 && attributes[kept - 1].name == attributes[i].name) attributes[kept - 1] = attributes[i];
    else attributes[kept++] = attributes[i];
  }
  attributes.resize(kept);
}

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
    std::size_t slot = sorted.size() * 31;
    for (const auto& attribute : sorted) slot += attribute.name.size();
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
    for (const auto& [name, value] : sorted) {
      shape->names.emplace_back(name);
      shape->usual.emplace_back(value.size() <= usual_max ? value : std::string_view());
    }
    shape->dn = static_cast<std::size_t>(std::find(shape->names.begin(), shape->names.end(), "dn") - shape->names.begin());
    std::vector<std::string_view> content;
    for (const auto& [name, value] : sorted)
      if (!is_bookkeeping(name)) content.push_back(name);
    shape->content = Names::of(content);
    if (shapes_.size() >= shapes_max) return shape;
    shape->in_table = true;
    shapes_.emplace(hash, shape);
    return last = shape;
  }

 private:
  static constexpr std::size_t shapes_max = 20'000, usual_max = 64;
  std::mutex mutex_;
  std::unordered_multimap<std::size_t, const Shape*> shapes_;
};

Attributes::Attributes(const Attributes& other) : block_(other.block_) {
  if (block_) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

void Attributes::release(Block* block) {
  // Who owns it alone needs no atomic write.
  if (block->owners.load(std::memory_order_acquire) != 1 && block->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block->~Block();
  ::operator delete(block);
}

Attributes::Attributes(std::initializer_list<AttributeView> attributes)
    : Attributes(from(attributes.begin(), attributes.size())) {}

Attributes Attributes::from(const AttributeView* attributes, std::size_t count) {
  std::vector<AttributeView> sorted(attributes, attributes + count);
  put_in_order(sorted);
  return from_sorted(sorted);
}

Attributes Attributes::from_sorted(const std::vector<AttributeView>& sorted) {
  if (sorted.empty()) return {};
  const Shape* shape = ShapeTable::the().find_or_make(sorted);
  Packing packing(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) packing.add(sorted[i].value, shape->usual[i]);
  return Attributes(Block::make(shape, packing.bytes()));
}

std::size_t Attributes::size() const { return block_ ? block_->shape->names.size() : 0; }

Names Attributes::content_names() const { return block_ ? block_->shape->content : Names(); }

std::optional<std::string_view> Attributes::find(std::string_view name) const {
  if (!block_) return {};
  const auto& names = block_->shape->names;
  const auto& usual = block_->shape->usual;
  const char* at = block_->values();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (same(names[i], name)) return read_value(at, usual[i]);
    skip_value(at);
  }
  return {};
}

std::string_view Attributes::dn() const {
  if (!block_ || block_->shape->dn == block_->shape->names.size()) return {};
  const Shape& shape = *block_->shape;
  const char* at = block_->values();
  for (std::size_t i = 0; i < shape.dn; ++i) skip_value(at);
  return read_value(at, shape.usual[shape.dn]);
}

void Attributes::set(std::string_view name, std::string_view value) {
  const AttributeView one{name, value};
  merge(&one, 1);
}

void Attributes::merge(const AttributeView* attributes, std::size_t count) {
  std::vector<AttributeView> changes(attributes, attributes + count);
  put_in_order(changes);
  Overlay overlay;
  overlay.look_up(*this, changes);
  *this = overlay.merged();
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

void Overlay::look_up(const Attributes& under, const std::vector<AttributeView>& changes) {
  under_ = &under;
  changes_ = &changes;
  places_.resize(changes.size());
  std::size_t next = 0;
  if (under.block_) {
    const Attributes::Shape& shape = *under.block_->shape;
    const auto& names = shape.names;
    const char* at = under.block_->values();
    for (std::size_t i = 0; next < changes.size(); ++i, ++next) {
      const auto& [name, value] = changes[next];
      Place& place = places_[next];
      // Changes of one sort come in rows: mostly it stands where the last one's did.
      std::size_t index = place.index;
      if (index < i || index >= names.size() || !same(names[index], name))
        for (index = i; index < names.size() && !same(names[index], name); ++index) {
        }
      if (index == names.size()) break;
      for (; i < index; ++i) skip_value(at);
      place.index = index;
      place.begin = at;
      const std::string_view old = read_value(at, shape.usual[index]);
      place.end = at;
      place.value = old;
      place.alters = !same(old, value);
    }
  }
  all_known_ = next == changes.size();
  // From the first name on that is not there.
  for (; next < changes.size(); ++next) {
    const auto value = under.find(changes[next].name);
    places_[next] = {value, nullptr, nullptr, 0, value != changes[next].value};
  }
}

Attributes Overlay::merged() const {
  if (changes_->empty()) return *under_;
  if (!all_known_) {
    std::vector<AttributeView> all;
    all.reserve(under_->size() + changes_->size());
    for (const auto& attribute : *under_) all.push_back(attribute);
    all.insert(all.end(), changes_->begin(), changes_->end());
    put_in_order(all);
    return Attributes::from_sorted(all);
  }
  // The usual merge: of names that are all there, so that the shape stays.
  Attributes::Block& old = *under_->block_;
  Packing packing(*changes_, old.size);
  const char* from = old.values();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].alters) continue;
    packing.add_packed(from, places_[i].begin);
    packing.add((*changes_)[i].value, old.shape->usual[places_[i].index]);
    from = places_[i].end;
  }
  packing.add_packed(from, old.values() + old.size);
  return Attributes(Attributes::Block::make(old.shape, packing.bytes()));
}

Attributes::const_iterator Attributes::begin() const {
  return block_ ? const_iterator(&block_->shape->names, &block_->shape->usual, 0, block_->values())
                : const_iterator(nullptr, nullptr, 0, nullptr);
}
Attributes::const_iterator Attributes::end() const { return {nullptr, nullptr, size(), nullptr}; }

void Attributes::const_iterator::read() {
  if (names_ && index_ < names_->size()) value_ = read_value(next_, (*usual_)[index_]);
}

Attributes::const_iterator& Attributes::const_iterator::operator++() {
  ++index_;
  read();
  return *this;
}

bool operator==(const Attributes& a, const Attributes& b) {
  if (a.block_ == b.block_) return true;
  if (!a.block_ || !b.block_) return false;
  if (a.block_->shape == b.block_->shape) return a.block_->bytes() == b.block_->bytes();
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
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
