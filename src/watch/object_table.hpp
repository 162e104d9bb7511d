// The objects of one class, found by the DN that stands among their attributes. Floor: watch.
//
//   ObjectTable table;
//   table.insert({attributes, 0});              // false when its DN is there already
//   if (Object* object = table.find(dn)) ...    // lives until the next insert() or take()
//   for (Object& object : table) ...
//
// One array with linear probing: an object costs 16 bytes beside its attributes, and a third of that for the free places. A
// DN is held once. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "model/attributes.hpp"
#include "model/text.hpp"

namespace aci::watch {

class ObjectTable {
 public:
  struct Object {
    model::Attributes attributes;           // with a DN
    mutable std::uint32_t listed : 31 = 0;  // highest number of the listings that held it: several may run at a time
    std::uint32_t corrected : 1 = 0;        // the last that was told of it was found by a listing
    std::uint32_t hash = 0;                 // the table's own

    std::string_view dn() const { return attributes.dn(); }
  };

  std::size_t size() const { return size_; }

  Object* find(std::string_view dn) { return const_cast<Object*>(std::as_const(*this).find(dn)); }
  const Object* find(std::string_view dn) const { return find(dn, hash_of(dn)); }
  // The same in three steps. What is done between them is done while memory, of a large table far away, is waited for.
  std::uint32_t prepare(std::string_view dn) const {
    const std::uint32_t hash = hash_of(dn);
    if (size_ > 0) __builtin_prefetch(&places_[home(hash)]);
    return hash;
  }
  void approach(std::uint32_t hash) const {
    if (size_ > 0) places_[home(hash)].attributes.prefetch();
  }
  const Object* find(std::string_view dn, std::uint32_t hash) const {
    if (size_ == 0) return nullptr;
    const Object& object = places_[place_of(dn, hash)];
    return object.attributes.empty() ? nullptr : &object;
  }

  bool insert(Object object) {
    if ((size_ + 1) * 5 > places_.size() * 4) grow();
    const std::string_view dn = object.dn();
    object.hash = hash_of(dn);
    Object& there = places_[place_of(dn, object.hash)];
    if (!there.attributes.empty()) return false;
    there = std::move(object);
    ++size_;
    return true;
  }

  // The attributes of an object that is here, which is not from now on.
  model::Attributes take(std::string_view dn) {
    std::size_t free = static_cast<std::size_t>(find(dn) - places_.data());
    model::Attributes taken = std::move(places_[free].attributes);
    // What stands behind moves up, where that is no farther from its home than it was.
    for (std::size_t at = next(free); !places_[at].attributes.empty(); at = next(at)) {
      const std::size_t should = home(places_[at].hash);
      const bool stays = free < at ? free < should && should <= at : free < should || should <= at;
      if (stays) continue;
      places_[free] = std::move(places_[at]);
      free = at;
    }
    --size_;
    return taken;
  }

  template <class Choice>
  void erase_if(const Choice& choice) {
    std::vector<Object> all(places_.size());
    all.swap(places_);
    size_ = 0;
    for (Object& object : all) {
      if (object.attributes.empty() || choice(std::as_const(object))) continue;
      place(std::move(object));
      ++size_;
    }
  }

  class const_iterator {
   public:
    const_iterator(const Object* at, const Object* end) : at_(at), end_(end) { skip(); }
    const Object& operator*() const { return *at_; }
    const_iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.at_ == b.at_; }

   private:
    void skip() {
      while (at_ != end_ && at_->attributes.empty()) ++at_;
    }
    const Object *at_, *end_;
  };
  const_iterator begin() const { return {places_.data(), places_.data() + places_.size()}; }
  const_iterator end() const { return {places_.data() + places_.size(), places_.data() + places_.size()}; }

 private:
  static std::uint32_t hash_of(std::string_view dn) {
    const std::uint64_t hash = std::hash<std::string_view>{}(dn);
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }
  std::size_t home(std::uint32_t hash) const { return static_cast<std::size_t>(std::uint64_t{hash} * places_.size() >> 32); }
  std::size_t next(std::size_t at) const { return at + 1 == places_.size() ? 0 : at + 1; }

  // Where it is, or the free place where it would be. There is always a free one.
  std::size_t place_of(std::string_view dn, std::uint32_t hash) const {
    std::size_t at = home(hash);
    while (!places_[at].attributes.empty() && (places_[at].hash != hash || !model::same(places_[at].dn(), dn))) at = next(at);
    return at;
  }
  void place(Object object) {
    std::size_t at = home(object.hash);
    while (!places_[at].attributes.empty()) at = next(at);
    places_[at] = std::move(object);
  }
  void grow() {
    std::vector<Object> all(places_.size() + places_.size() / 2 + 8);
    all.swap(places_);
    for (Object& object : all)
      if (!object.attributes.empty()) place(std::move(object));
  }

  std::vector<Object> places_;  // a free one has no attributes
  std::size_t size_ = 0;
};

}  // namespace aci::watch
