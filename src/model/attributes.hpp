// The attributes of one managed object, packed. Floor: model.
//
// Objects of one class have the same attribute names, so the names are held once, in a shape that all of them share,
// and an object keeps its values alone, one after the other in one block of memory; of those that are as they were in the
// first object of its shape ("", "uni/tn-common/monepg-default") only a mark. The block is never written to once it is made,
// so that copies share it. The simulator's tree and the watcher's mirror hold a million objects this way.
//
//   Attributes a{{"name", "Web"}, {"descr", ""}};
//   a.set("descr", "front end");
//   for (auto [name, value] : a) ...        // in ASCII order of the names, as the controller prints them
//
// Thread-safety: distinct objects may be used from distinct threads, copies and the shapes behind them included.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/names.hpp"

namespace aci::model {

struct AttributeView {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const AttributeView&, const AttributeView&) = default;
};

class Attributes {
 public:
  class const_iterator;
  Attributes() = default;
  Attributes(const Attributes& other);
  Attributes(Attributes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Attributes& operator=(Attributes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Attributes() {
    if (block_) release(block_);
  }
  Attributes(std::initializer_list<AttributeView> attributes);
  // In any order; of two with the same name the later wins. O(n log n).
  static Attributes from(const AttributeView* attributes, std::size_t count);
  static Attributes from(const std::vector<AttributeView>& attributes) { return from(attributes.data(), attributes.size()); }
  // Of names in order, each once: see put_in_order().
  static Attributes from_sorted(const std::vector<AttributeView>& sorted);

  // The view lives until this object and its copies have changed or gone. O(size).
  std::optional<std::string_view> find(std::string_view name) const;
  // "" when there is no such attribute.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  bool contains(std::string_view name) const { return find(name).has_value(); }
  std::string_view dn() const;  // as get("dn"), and sooner: objects are found by it
  void prefetch() const {       // what will be read soon, of as many values as most objects have
    __builtin_prefetch(block_);
    __builtin_prefetch(reinterpret_cast<const char*>(block_) + 64);
  }

  // Adds or replaces. O(bytes held). Views of this object's own names and values may be given, below too.
  void set(std::string_view name, std::string_view value);
  // Adds or replaces several at once, which costs one repacking.
  void merge(const AttributeView* attributes, std::size_t count);
  void merge(const Attributes& other);
  bool erase(std::string_view name);

  const_iterator begin() const;
  const_iterator end() const;
  std::size_t size() const;
  bool empty() const { return !block_; }
  // Those that say something about the object: see is_bookkeeping() in change.hpp.
  Names content_names() const;

  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  struct Shape;
  struct Block;
  class ShapeTable;
  friend class Overlay;
  explicit Attributes(Block* block) : block_(block) {}
  static void release(Block* block);

  Block* block_ = nullptr;  // none without attributes
};

// Sorts by name; of equal names the last one stays.
void put_in_order(std::vector<AttributeView>& attributes);

// A sparse change beside the attributes it is laid over: looked up once, then compared and merged.
//
//   overlay.look_up(known, pushed);
//   if (overlay.old(0) != pushed[0].value) known = overlay.merged();
//
// Kept for its memory. Thread-safety: one thread.
class Overlay {
 public:
  // `changes` in order, each name once. Both live until the last call of old() and merged().
  void look_up(const Attributes& under, const std::vector<AttributeView>& changes);
  // What stands there for the name of changes[i] now, and whether that is another value.
  std::optional<std::string_view> old(std::size_t i) const { return places_[i].value; }
  bool alters(std::size_t i) const { return places_[i].alters; }
  Attributes merged() const;

 private:
  struct Place {
    std::optional<std::string_view> value;
    const char *begin = nullptr, *end = nullptr;  // of the value as it is packed
    std::size_t index = 0;                        // of its name
    bool alters = false;
  };
  const Attributes* under_ = nullptr;
  const std::vector<AttributeView>* changes_ = nullptr;
  std::vector<Place> places_;  // of each change
  bool all_known_ = false;
};

// Names whose value differs between the two, or that only one of them has; in ASCII order.
std::vector<std::string> changed_names(const Attributes& before, const Attributes& after);

class Attributes::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = AttributeView;
  using difference_type = std::ptrdiff_t;
  using pointer = const AttributeView*;
  using reference = AttributeView;

  AttributeView operator*() const { return {(*names_)[index_], value_}; }
  const_iterator& operator++();
  const_iterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.index_ == b.index_; }

 private:
  friend class Attributes;
  const_iterator(const std::vector<std::string>* names, const std::vector<std::string>* usual, std::size_t index,
                 const char* next)
      : names_(names), usual_(usual), index_(index), next_(next) {
    read();
  }
  void read();

  const std::vector<std::string>*names_, *usual_;
  std::size_t index_;
  const char* next_;  // behind the current value
  std::string_view value_;
};

}  // namespace aci::model
