#include "watch/watch_index.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "model/class_facts.hpp"

namespace aci::watch {

using model::Query;

namespace {

// Every class of which the query may cover objects; "" for any.
std::set<std::string> classes_of(const Query& query) {
  if (!query.rsp_subtree_include.empty()) return {""};  // records of what it is about
  std::set<std::string> classes;
  const auto add = [&](const std::string& name) {
    classes.insert(name);
    for (const std::string_view concrete : model::concrete_classes(name)) classes.emplace(concrete);
  };
  if (query.target == model::Target::self) add(query.class_name);
  else if (query.target_subtree_class.empty()) classes.insert("");
  else std::for_each(query.target_subtree_class.begin(), query.target_subtree_class.end(), add);
  return classes;
}

}  // namespace

template <class Use>
void WatchIndex::each_place(const Query& query, const Use& use) {
  if (query.class_name.empty() && query.target == model::Target::self && query.rsp_subtree_include.empty())
    return use(of_object_, query.dn.str());
  for (const std::string& name : classes_of(query)) use(of_class_, name);
}

void WatchIndex::add(WatchId watch, const Query& query) {
  each_place(query, [watch](auto& lists, const std::string& text) { lists[text].push_back(watch); });
}

void WatchIndex::remove(WatchId watch, const Query& query) {
  each_place(query, [watch](auto& lists, const std::string& text) {
    const auto list = lists.find(text);
    if (list == lists.end()) return;
    std::erase(list->second, watch);
    if (list->second.empty()) lists.erase(list);
  });
}

std::vector<WatchId> WatchIndex::candidates(std::string_view class_name, std::string_view dn) const {
  std::vector<WatchId> watches;
  const auto add = [&](const auto& lists, std::string_view text) {
    if (const auto list = lists.find(text); list != lists.end())
      watches.insert(watches.end(), list->second.begin(), list->second.end());
  };
  add(of_object_, dn);
  add(of_class_, class_name);
  add(of_class_, "");
  std::sort(watches.begin(), watches.end());
  return watches;
}

}  // namespace aci::watch
