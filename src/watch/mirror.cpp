#include "watch/mirror.hpp"

namespace aci::watch {

using model::Attributes;
using model::AttributeView;
using model::Change;
using model::Event;
using model::Op;
using model::Origin;

namespace {

// The attributes that belong to the object and not to the message that carries it.
template <class Range>
std::vector<AttributeView> own_attributes(const Range& attributes) {
  std::vector<AttributeView> own;
  own.reserve(attributes.size());
  for (const AttributeView& attribute : attributes)
    if (attribute.name != "status" && attribute.name != "rn" && attribute.name != "childAction") own.push_back(attribute);
  return own;
}

// Names of what a reader would call a change.
std::vector<std::string> content_changes(const Attributes& before, const Attributes& after) {
  auto names = model::changed_names(before, after);
  std::erase_if(names, [](const std::string& name) { return model::is_bookkeeping(name); });
  return names;
}

base::WallTime time_of(std::string_view mod_ts, base::WallTime received) {
  return base::WallTime::parse(mod_ts).value_or(received);
}

}  // namespace

const std::string* Mirror::intern(std::string_view class_name) {
  const auto [it, added] = classes_.try_emplace(std::string(class_name), nullptr);
  if (added) it->second = &it->first;
  return it->second;
}

Event Mirror::event(const std::string& dn, const std::string& class_name, Op op, Origin origin, base::WallTime time) const {
  Event event;
  event.fabric = fabric_;
  event.time = time;
  event.class_name = class_name;
  event.dn = dn;
  event.op = op;
  event.origin = origin;
  return event;
}

std::optional<Event> Mirror::apply(const Change& change, base::WallTime received) {
  ++pushes_;
  std::string dn(change.dn);
  std::string_view mod_ts;
  for (const auto& attribute : change.attributes)
    if (attribute.name == "modTs") mod_ts = attribute.value;
  const base::WallTime time = time_of(mod_ts, received);
  const auto found = objects_.find(dn);

  if (change.op == Op::deleted) {
    if (open_listings_ > 0) deleted_[dn] = pushes_;
    Event result = event(dn, *intern(change.class_name), Op::deleted, Origin::live, time);
    if (found != objects_.end()) {
      result.before = std::move(found->second.attributes);
      objects_.erase(found);
    }
    return result;
  }

  const auto pushed = own_attributes(change.attributes);
  if (found == objects_.end()) {
    Object object{intern(change.class_name), Attributes::from(pushed), pushes_};
    // For a modification of an object never seen, what it was is not known and only what the push says is told.
    Event result = event(dn, *object.class_name, change.op, Origin::live, time);
    result.changed = content_changes(Attributes{}, object.attributes);
    result.after = object.attributes;
    objects_.emplace(std::move(dn), std::move(object));
    return result;
  }

  Object& object = found->second;
  Attributes after;
  if (change.op == Op::modified) after = object.attributes;
  after.merge(pushed.data(), pushed.size());
  const bool told = object.relisted && after == object.attributes;
  object.pushed = pushes_;
  object.relisted = false;
  if (told) return {};
  Event result = event(dn, *object.class_name, change.op, Origin::live, time);
  result.changed = content_changes(change.op == Op::modified ? object.attributes : Attributes{}, after);
  if (change.op == Op::modified) result.before = std::move(object.attributes);
  result.after = after;
  object.attributes = std::move(after);
  return result;
}

Mirror::Listing Mirror::begin_listing() {
  ++open_listings_;
  return {++listings_, pushes_};
}

void Mirror::list(const Listing& listing, const model::ManagedObject& listed, Origin origin, base::WallTime received,
                  std::vector<Event>& out) {
  const std::string dn(listed.dn());
  if (const auto gone = deleted_.find(dn); gone != deleted_.end() && gone->second > listing.pushes) return;
  auto attributes = Attributes::from(own_attributes(listed.attributes));
  const auto [it, added] = objects_.try_emplace(dn, Object{intern(listed.class_name), {}});
  Object& object = it->second;
  object.listed = listing.number;
  const bool pushed_since = object.pushed > listing.pushes;
  auto changed = content_changes(object.attributes, pushed_since ? object.attributes : attributes);
  if (!added && !changed.empty()) {
    // What the mirror knew otherwise has changed unseen by every watch that had it, whatever this one is after.
    Event result = event(dn, *object.class_name, Op::modified, Origin::relist, time_of(attributes.get("modTs"), received));
    result.changed = std::move(changed);
    result.before = std::move(object.attributes);
    result.after = attributes;
    object.relisted = true;
    out.push_back(std::move(result));
  } else if (added || origin == Origin::baseline) {
    if (pushed_since) attributes = object.attributes;
    Event result = event(dn, *object.class_name, Op::created, origin, time_of(attributes.get("modTs"), received));
    result.changed = content_changes(Attributes{}, attributes);
    result.after = attributes;
    if (added) object.relisted = origin == Origin::relist;
    out.push_back(std::move(result));
  }
  if (!pushed_since) object.attributes = std::move(attributes);
}

void Mirror::finish(const Listing& listing, const Covers& covers, Origin origin, base::WallTime received,
                    std::vector<Event>& out) {
  for (auto it = objects_.begin(); it != objects_.end();) {
    Object& object = it->second;
    if (object.listed == listing.number || object.pushed > listing.pushes ||
        !covers(*object.class_name, it->first, object.attributes)) {
      ++it;
      continue;
    }
    Event result = event(it->first, *object.class_name, Op::deleted, origin, received);
    result.before = std::move(object.attributes);
    out.push_back(std::move(result));
    it = objects_.erase(it);
  }
  abandon();
}

void Mirror::abandon() {
  if (--open_listings_ == 0) deleted_.clear();
}

void Mirror::forget(const Covers& unwatched) {
  std::erase_if(objects_,
                [&](const auto& item) { return unwatched(*item.second.class_name, item.first, item.second.attributes); });
}

}  // namespace aci::watch
