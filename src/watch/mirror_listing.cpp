// How the mirror is compared with what the controller lists: listings that correct it, audits that only look.
#include <algorithm>

#include "model/class_facts.hpp"
#include "model/coverage.hpp"
#include "watch/mirror.hpp"
#include "watch/object_state.hpp"

namespace aci::watch {

using base::WallTime;
using model::Attributes;
using model::Change;
using model::Event;
using model::ManagedObject;
using model::Op;
using model::Origin;

// --- listings --------------------------------------------------------------------------------------------------------

Mirror::Listing Mirror::begin_listing() {
  open_listings_.insert(++listings_);
  return {listings_, pushes_, *open_listings_.begin()};
}

const std::vector<Mirror::Touch>* Mirror::touches_since(const Listing& listing, std::string_view dn, std::size_t& first) const {
  if (touches_.empty()) return nullptr;
  const auto found = touches_.find(dn);
  if (found == touches_.end() || found->second.back().number <= listing.pushes) return nullptr;
  for (first = 0; found->second[first].number <= listing.pushes;) ++first;
  return &found->second;
}

void Mirror::list(const Listing& listing, const ManagedObject& listed, Origin origin, WallTime received,
                  std::vector<Event>& out) {
  const std::string dn(listed.dn());
  if (dn.empty()) return;
  std::size_t first = 0;
  const auto* touches = touches_since(listing, dn, first);
  if (touches && touches->back().change.op == Op::deleted) return;
  auto attributes = own_of(listed.attributes);
  Object* known = find(listed.class_name, dn);
  if (touches && known && !is_older(stamp_of(touches->back().change.attributes), stamp_of(attributes))) {
    // The page may be older than these.
    for (std::size_t i = first; i < touches->size(); ++i) {
      const HeldChange& change = (*touches)[i].change;
      own_attributes(change.attributes, pushed_);
      if (change.op == Op::created) attributes = Attributes::from(pushed_);
      else attributes.merge(pushed_.data(), pushed_.size());
    }
  }

  const WallTime time = time_of(stamp_of(attributes), received);
  if (known) {
    if (touches)
      for (Touch& touch : touches_[dn]) touch.told = true;
    const bool beside = known->listed >= listing.beside;
    known->listed = std::max<std::uint32_t>(known->listed, listing.number);
    auto changed = content_changes(known->attributes, attributes);
    const bool doubtful = !changed.empty() && beside && !is_older(stamp_of(known->attributes), stamp_of(attributes));
    if (doubtful) {
      doubt(listed.class_name, dn, received);
      attributes = known->attributes;
      changed = {};
    }
    if (!changed.empty()) {
      // What the mirror knew otherwise has changed unseen by every watch that had it, whatever this one is after.
      Event& told = out.emplace_back(event(listed.class_name, dn, Op::modified, Origin::relist, time));
      told.changed = std::move(changed);
      told.before = std::move(known->attributes);
      told.after = attributes;
      known->corrected = true;
    } else if (origin == Origin::baseline) {
      Event& told = out.emplace_back(event(listed.class_name, dn, Op::created, Origin::baseline, time));
      told.changed = attributes.content_names();
      told.after = attributes;
    }
    // An older page that says the same does not make what is known older.
    if (!beside || !is_older(stamp_of(attributes), stamp_of(known->attributes))) known->attributes = std::move(attributes);
    return;
  }
  // Of a listing that had begun before the deletion was known, nobody can tell which of the two came first.
  const auto grave = tombstones_.find(dn);
  if (grave != tombstones_.end() &&
      (listing.number <= grave->second.listings || is_older(stamp_of(attributes), grave->second.stamp)))
    return doubt(listed.class_name, dn, received);
  Event& told = out.emplace_back(event(listed.class_name, dn, Op::created, origin, time));
  told.changed = attributes.content_names();
  told.after = attributes;
  insert(listed.class_name, std::move(attributes), listing.number);
  find(listed.class_name, dn)->corrected = true;
  if (!touches) return;
  // Changes that were waiting for this.
  for (Touch& touch : touches_[dn]) {
    if (touch.told) continue;
    touch.told = true;
    const Change change = touch.change.view();
    take_up(change);
    Object* object = find(listed.class_name, dn);
    if (judge(change, object, touch.change.received) == Verdict::told)
      tell(change, object, touch.change.received, out.emplace_back());
  }
}

void Mirror::doubt(std::string_view class_name, std::string_view dn, WallTime received) {
  Change nothing;
  nothing.class_name = class_name;
  nothing.dn = dn;
  unexplained_.emplace_back(nothing, received).is_doubt = true;
}

template <class Use>
void Mirror::each_covered(const model::Query& query, const Use& use) const {
  const bool one_object = query.class_name.empty() && query.target == model::Target::self;
  const auto visit = [&](const std::string& class_name, const ObjectTable& table) {
    if (one_object) {
      const Object* object = table.find(query.dn.str());
      if (object && model::covers(query, class_name, query.dn.str(), object->attributes)) use(class_name, *object);
      return;
    }
    for (const Object& object : table)
      if (model::covers(query, class_name, object.attributes.dn(), object.attributes)) use(class_name, object);
  };
  if (!query.class_name.empty() && query.target == model::Target::self) {
    auto classes = model::concrete_classes(query.class_name);
    if (classes.empty()) classes.push_back(query.class_name);
    for (const std::string_view name : classes)
      if (const auto table = tables_.find(name); table != tables_.end()) visit(table->first, table->second);
    return;
  }
  for (const auto& [class_name, table] : tables_) visit(class_name, table);
}

void Mirror::finish(const Listing& listing, const model::Query& query, WallTime received, std::vector<Event>& out, bool paged) {
  struct Gone {
    std::string class_name, dn;
    bool beside;
    auto operator<=>(const Gone&) const = default;
  };
  std::vector<Gone> all_gone;
  std::size_t first = 0;
  each_covered(query, [&](const std::string& class_name, const Object& object) {
    const std::string_view dn = object.attributes.dn();
    if (object.listed < listing.number && !touches_since(listing, dn, first))
      all_gone.push_back({class_name, std::string(dn), object.listed >= listing.beside});
  });
  std::sort(all_gone.begin(), all_gone.end());
  for (const Gone& gone : all_gone) {
    if ((paged || gone.beside) && all_gone.size() <= doubts_max) doubt(gone.class_name, gone.dn, received);
    else tell_gone(gone.class_name, gone.dn, received, out.emplace_back());
  }
  end(listing);
}

// When it was deleted is not known, but that a deletion after this is another one.
void Mirror::tell_gone(std::string_view class_name, std::string_view dn, WallTime received, Event& told) {
  fill(told, class_name, dn, Op::deleted, Origin::relist, received);
  told.before = take(class_name, dn);
  const WallTime reckoned = received + fastest_;  // no push has come faster: it may be later by now
  if (skew_) bury(dn, {reckoned.to_string(), (reckoned + push_way).to_string(), received});
  else bury(dn, {"", "", received});
}

void Mirror::end(const Listing& listing) {
  open_listings_.erase(listing.number);
  if (!open_listings_.empty()) return;
  for (const auto& [dn, touches] : touches_)
    for (const Touch& touch : touches)
      if (!touch.told) unexplained_.push_back(touch.change);
  touches_.clear();
}

std::vector<HeldChange> Mirror::take_unexplained() { return std::exchange(unexplained_, {}); }

std::optional<WallTime> Mirror::waiting_since() const {
  std::optional<WallTime> since;
  for (const auto& [dn, touches] : touches_)
    for (const Touch& touch : touches)
      if (!touch.told && (!since || touch.change.received < *since)) since = touch.change.received;
  return since;
}

// --- audits ----------------------------------------------------------------------------------------------------------

bool Mirror::compare(const Listing& listing, const ManagedObject& listed) {
  const std::string_view dn = listed.dn();
  const Object* known = find(listed.class_name, dn);
  if (dn.empty()) return false;
  if (known) known->listed = std::max<std::uint32_t>(known->listed, listing.number);
  if (known && content_changes(known->attributes, own_of(listed.attributes)).empty()) return false;
  return untouched(listing, std::string(dn));
}

std::vector<std::string> Mirror::unlisted(const Listing& listing, const model::Query& query) const {
  std::vector<std::string> dns;
  each_covered(query, [&](const std::string&, const Object& object) {
    std::string dn(object.attributes.dn());
    if (object.listed < listing.number && untouched(listing, dn)) dns.push_back(std::move(dn));
  });
  std::sort(dns.begin(), dns.end());
  return dns;
}

bool Mirror::untouched(const Listing& listing, const std::string& dn) const {
  std::size_t first = 0;
  if (touches_since(listing, dn, first)) return false;
  return std::none_of(tables_.begin(), tables_.end(), [&](const auto& table) {
    const Object* known = table.second.find(dn);
    return known && known->listed > listing.number;
  });
}

std::size_t Mirror::count(const model::Query& query) const {
  std::size_t count = 0;
  each_covered(query, [&](const std::string&, const Object&) { ++count; });
  return count;
}

}  // namespace aci::watch
