// Names of attributes in ASCII order, as an event says what has changed. Floor: model.
//
//   event.changed = Names::of({"descr", "nameAlias"});
//   for (const std::string& name : event.changed) ...
//
// Changes of one sort name the same attributes, so that they share one list: a copy is a pointer, and costs no memory.
// Thread-safety: distinct objects may be used from distinct threads, copies included.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aci::model {

class Names {
 public:
  using List = std::vector<std::string>;
  using value_type = std::string;
  using const_iterator = List::const_iterator;

  Names() = default;
  Names(std::initializer_list<std::string_view> names) : Names(of(names)) {}
  Names(const List& names) : Names(of({names.begin(), names.end()})) {}
  static Names of(const std::vector<std::string_view>& names);

  // Lives as long as this or a copy.
  const List& list() const;
  const_iterator begin() const { return list().begin(); }
  const_iterator end() const { return list().end(); }
  std::size_t size() const { return list().size(); }
  bool empty() const { return !list_; }

  friend bool operator==(const Names& a, const Names& b) { return a.list_ == b.list_ || a.list() == b.list(); }

 private:
  explicit Names(std::shared_ptr<const List> list) : list_(std::move(list)) {}
  std::shared_ptr<const List> list_;  // none without names; mostly of a list that nobody owns, since it stays for ever
};

}  // namespace aci::model
