// What the mirror makes of an object that was read because pushes of it, or a listing, left a doubt.
#include <algorithm>

#include "watch/mirror.hpp"
#include "watch/object_state.hpp"

namespace aci::watch {

using base::WallTime;
using model::Attributes;
using model::AttributeView;
using model::Change;
using model::Event;
using model::ManagedObject;
using model::Op;
using model::Origin;

namespace {

// How many of the changes, the oldest first, are from before `known`: the rest of them makes `is` of it. All, where none do.
std::size_t overtaken(const Attributes& known, const std::vector<HeldChange>& changes, const Attributes& is) {
  constexpr std::size_t looked_at_max = 16;
  for (std::size_t rest = 0; rest <= std::min(changes.size(), looked_at_max); ++rest) {
    Attributes state = known;
    const auto begin = changes.end() - static_cast<std::ptrdiff_t>(rest);
    for (auto change = begin; change != changes.end(); ++change) {
      if (change->op != Op::modified) state = {};
      if (change->op != Op::deleted) state.merge(own_of(change->attributes));
    }
    if (content_changes(state, is).empty()) return changes.size() - rest;
  }
  return changes.size();
}

}  // namespace

bool Mirror::is_ordered(const ManagedObject& read, const HeldChange& change) {
  const std::string_view is = stamp_of(read.attributes), was = stamp_of(change.attributes);
  // A modTs is of one change; a fault's transition is followed by changes that have no time of their own.
  const bool same = !is.empty() && is == was && is == read.attributes.get("modTs");
  return same || is_older(is, was) || is_older(was, is);
}

void Mirror::settle(std::string_view dn, const ManagedObject* read, const std::vector<HeldChange>& held,
                    std::vector<Event>& out) {
  if (held.empty()) return;
  const std::string& class_name = held.front().class_name;
  const Attributes is = read ? own_of(read->attributes) : Attributes{};
  const Object* was = find(class_name, dn);
  const auto grave = tombstones_.find(dn);
  // What is of before this has been overtaken by a listing, unless the controller's clock was set back.
  const std::string known_stamp(was ? stamp_of(was->attributes) : grave != tombstones_.end() ? grave->second.stamp : "");
  const bool set_back = was && read && is_older(stamp_of(is), known_stamp);
  const bool over = !read && !was && grave != tombstones_.end();  // its end has been told
  // A push without a newer time may be from before what a reading has found, or after: it is after, where it and those that
  // followed make of that what was read now.
  const std::size_t unsaid = was && was->corrected ? overtaken(was->attributes, held, is) : 0;
  bool all_late = true, any_late = false;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const HeldChange& change = held[i];
    if (change.is_doubt) continue;
    const std::string_view stamp = stamp_of(change.attributes);
    const bool has_no_time = stamp.empty() || known_stamp.empty() || stamp == known_stamp;
    if (over || (i < unsaid && has_no_time) || (!set_back && is_older(stamp, known_stamp))) {
      tell_late(change, out);
      any_late = true;
      if (over) grave->second.stirred = change.op != Op::deleted;
      continue;
    }
    Object* known = find(class_name, dn);
    const Change view = change.view();
    take_up(view);
    const Verdict verdict = judge(view, known, change.received);
    if (!known && change.op == Op::deleted && verdict == Verdict::unsure) {  // most likely the deletion that was told
      tell_late(change, out);
      any_late = true;
      continue;
    }
    all_late = false;
    if (!known && change.op == Op::modified)
      tell_unseen(view, read ? &is : nullptr, std::span(held).subspan(i + 1), change.received, out.emplace_back());
    else if (verdict != Verdict::known) tell(view, known, change.received, out.emplace_back());
    else if (any_late) tell_late(change, out);  // the way back to what is known
  }
  Object* known = find(class_name, dn);
  if (!read) {
    const bool doubted = std::any_of(held.begin(), held.end(), [](const HeldChange& change) { return change.is_doubt; });
    if (known && all_late && doubted) tell_gone(class_name, dn, held.front().received, out.emplace_back());
    return;
  }
  if (!known && !all_late) return;  // deleted since, or again
  if (known && !set_back && is_older(stamp_of(is), stamp_of(known->attributes))) return;
  correct(class_name, is, time_of(stamp_of(is), held.front().received), out);
}

// Makes what was read true in the mirror.
void Mirror::correct(std::string_view class_name, const Attributes& is, WallTime time, std::vector<Event>& out) {
  const std::string dn(is.dn());
  Object* known = find(class_name, dn);
  if (!known) {
    Event& told = out.emplace_back(event(class_name, dn, Op::created, Origin::relist, time));
    told.changed = is.content_names();
    told.after = is;
    insert(class_name, is, listings_);
    find(class_name, dn)->corrected = true;
    return;
  }
  known->listed = listings_;  // no listing that is open can tell better
  if (auto changed = content_changes(known->attributes, is); !changed.empty()) {
    Event& told = out.emplace_back(event(class_name, dn, Op::modified, Origin::live, time));
    told.changed = std::move(changed);
    told.before = std::move(known->attributes);
    told.after = is;
    known->corrected = true;
  }
  known->attributes = is;
}

// A modification of what was never seen, laid over what was read: of what it was before, nothing is known; nor of what later
// pushes have changed, until they are told.
void Mirror::tell_unseen(const Change& change, const Attributes* read, std::span<const HeldChange> later, WallTime received,
                         Event& told) {
  begin(change, received, told);
  Attributes after = Attributes::from(pushed_);
  told.changed = after.content_names();
  if (read) {
    const auto is_of_then = [&](const AttributeView& attribute) {
      return std::none_of(later.begin(), later.end(), [&](const HeldChange& next) {
        return next.op != Op::modified || next.attributes.find(attribute.name);
      });
    };
    std::vector<AttributeView> known;
    for (const AttributeView attribute : *read)
      if (is_named(attribute.name, "dn") || is_of_then(attribute)) known.push_back(attribute);
    after = Attributes::from(known);
    after.merge(pushed_.data(), pushed_.size());
    insert(change.class_name, after, listings_);
  }
  told.after = std::move(after);
}

// A push that a reading has overtaken: what is there now has been told, what was between had not.
void Mirror::tell_late(const HeldChange& change, std::vector<Event>& out) const {
  Event& told = out.emplace_back(
      event(change.class_name, change.dn, change.op, Origin::backfill, time_of(stamp_of(change.attributes), change.received)));
  auto attributes = own_of(change.attributes);
  if (change.op != Op::deleted) told.changed = attributes.content_names();
  (change.op == Op::deleted ? told.before : told.after) = std::move(attributes);
}

}  // namespace aci::watch
