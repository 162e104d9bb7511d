#include "watch/mirror.hpp"

#include "model/text.hpp"
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

constexpr base::Duration skew_memory{600'000};  // clocks are set

}  // namespace

HeldChange::HeldChange(const Change& change, WallTime received)
    : class_name(change.class_name),
      dn(change.dn),
      op(change.op),
      attributes(Attributes::from(change.attributes)),
      received(received) {}

Change HeldChange::view() const {
  Change change;
  change.class_name = class_name;
  change.dn = dn;
  change.op = op;
  for (const AttributeView attribute : attributes) change.attributes.push_back(attribute);
  return change;
}

// --- objects ---------------------------------------------------------------------------------------------------------

const ObjectTable* Mirror::table_of(std::string_view class_name) const {
  if (!last_table_ || !model::same(last_table_->first, class_name)) {
    const auto table = tables_.find(class_name);
    if (table == tables_.end()) return nullptr;
    last_table_ = &*table;
  }
  return &last_table_->second;
}

Mirror::Object* Mirror::find(std::string_view class_name, std::string_view dn) {
  return const_cast<Object*>(std::as_const(*this).find(class_name, dn));
}

const Mirror::Object* Mirror::find(std::string_view class_name, std::string_view dn) const {
  const ObjectTable* table = table_of(class_name);
  return table ? table->find(dn) : nullptr;
}

const Attributes* Mirror::get(std::string_view class_name, std::string_view dn) const {
  const Object* object = find(class_name, dn);
  return object ? &object->attributes : nullptr;
}

std::uint32_t Mirror::last_listing_of(std::string_view class_name, std::string_view dn) const {
  const Object* object = find(class_name, dn);
  return object ? object->listed : 0;
}

void Mirror::insert(std::string_view class_name, Attributes attributes, std::uint32_t listed) {
  if (!tombstones_.empty())
    if (const auto grave = tombstones_.find(attributes.dn()); grave != tombstones_.end()) tombstones_.erase(grave);
  const ObjectTable* table = table_of(class_name);
  if (!table) table = &tables_[std::string(class_name)];
  if (const_cast<ObjectTable*>(table)->insert({std::move(attributes), listed})) ++size_;
}

Attributes Mirror::take(std::string_view class_name, std::string_view dn) {
  --size_;
  return tables_.find(class_name)->second.take(dn);
}

void Mirror::bury(std::string_view dn, Tombstone stone) {
  stone.listings = listings_;
  if (tombstones_.insert_or_assign(std::string(dn), std::move(stone)).second) buried_.emplace_back(dn);
  for (; buried_.size() > tombstones_max; buried_.pop_front()) tombstones_.erase(buried_.front());
}

Event Mirror::event(std::string_view class_name, std::string_view dn, Op op, Origin origin, WallTime time) const {
  Event event;
  fill(event, class_name, dn, op, origin, time);
  return event;
}

void Mirror::fill(Event& event, std::string_view class_name, std::string_view dn, Op op, Origin origin, WallTime time) const {
  event.fabric = fabric_;
  event.time = time;
  event.class_name = class_name;
  event.dn = dn;
  event.op = op;
  event.origin = origin;
}

// --- pushes ----------------------------------------------------------------------------------------------------------

void Mirror::take_up(const Change& change) {
  pushed_.clear();
  pushed_stamp_ = {};
  std::string_view transition;
  for (const AttributeView& attribute : change.attributes) {
    const std::string_view name = attribute.name;
    if (is_of_message(name)) continue;
    if (is_named(name, "modTs")) pushed_stamp_ = attribute.value;
    else if (is_named(name, "lastTransition")) transition = attribute.value;
    pushed_.push_back(attribute);
  }
  model::put_in_order(pushed_);
  pushed_now_ = !pushed_stamp_.empty() && pushed_stamp_ != "never";
  if (!pushed_now_) pushed_stamp_ = transition;
}

Mirror::Verdict Mirror::judge(const Change& change, const Object* known, WallTime received, std::uint32_t listing) {
  const std::string_view stamp = pushed_stamp_;
  if (!known) {
    const auto grave = tombstones_.empty() ? tombstones_.end() : tombstones_.find(change.dn);
    if (change.op == Op::deleted) {
      if (grave == tombstones_.end()) return Verdict::told;
      const Tombstone& told = grave->second;
      const bool another = told.until.empty() ? told.learned + push_way < received : is_older(told.until, stamp);
      const bool the_same = !told.stirred && !told.stamp.empty() && !is_older(told.stamp, stamp);
      return another ? Verdict::told : the_same ? Verdict::known : Verdict::unsure;
    }
    if (change.op == Op::modified) return !open_listings_.empty() ? Verdict::awaited : Verdict::unsure;
    return grave != tombstones_.end() && is_older(stamp, grave->second.until) ? Verdict::unsure : Verdict::told;
  }
  if (change.op == Op::deleted) {
    const std::string_view known_stamp = stamp_of(known->attributes);
    const bool doubtful = known->corrected && (stamp.empty() || known_stamp.empty() || stamp == known_stamp);
    return doubtful || is_older(stamp, known_stamp) ? Verdict::unsure : Verdict::told;
  }
  if (change.op == Op::modified && known->listed < listing) return Verdict::awaited;
  overlay_.look_up(known->attributes, pushed_);
  altered_.clear();
  std::string_view known_stamp;
  for (std::size_t i = 0; i < pushed_.size(); ++i) {
    if (is_named(pushed_[i].name, "modTs")) known_stamp = overlay_.old(i).value_or(std::string_view{});
    else if (overlay_.alters(i)) altered_.push_back(pushed_[i].name);
  }
  const bool differs = !altered_.empty();
  if (known_stamp.empty() || known_stamp == "never") known_stamp = stamp_of(known->attributes);
  const bool newer = !stamp.empty() && !model::same(stamp, known_stamp);
  // The controller numbers what it creates within the same millisecond: a creation of that time is behind what we know.
  if (change.op == Op::created && !newer && !stamp.empty()) return Verdict::known;
  if (newer && is_older(stamp, known_stamp)) return differs || known->corrected ? Verdict::unsure : Verdict::known;
  // Without a time of its own nobody can tell whether it is older than what a reading has found.
  const bool timeless = stamp.empty() || (!newer && known->attributes.get("modTs") != stamp);
  if (differs && timeless && known->corrected) return Verdict::unsure;
  return differs || newer ? Verdict::told : Verdict::known;
}

void Mirror::tell(const Change& change, Object* known, WallTime received, Event& told) {
  begin(change, received, told);
  make_true(change, known, received, told);
}

void Mirror::begin(const Change& change, WallTime received, Event& told) const {
  fill(told, change.class_name, change.dn, change.op, Origin::live, time_of(pushed_stamp_, received));
}

void Mirror::make_true(const Change& change, Object* known, WallTime received, Event& told) {
  if (pushed_now_) note_skew(base::Duration{told.time.unix_ms - received.unix_ms}, received);
  if (change.op == Op::deleted) {
    if (known) told.before = take(change.class_name, change.dn);
    const std::string stamp(pushed_stamp_);
    return bury(change.dn, {stamp, stamp, received});
  }
  Attributes after;
  if (known && change.op == Op::modified) {
    after = overlay_.merged();
    told.changed = model::Names::of(altered_);
  } else {
    after = Attributes::from_sorted(pushed_);
    told.changed = after.content_names();
  }
  if (known) told.before = std::move(known->attributes);  // of a creation: its deletion was not pushed
  told.after = after;
  if (known) {
    known->attributes = std::move(after);
    known->corrected = false;
  } else {
    insert(change.class_name, std::move(after));
  }
}

void Mirror::note_skew(base::Duration skew, WallTime received) {
  const bool worn = !skew_ || received.unix_ms - fastest_seen_.unix_ms > skew_memory.count();
  skew_ = skew;
  if (skew >= fastest_ || worn) {
    fastest_ = skew;
    fastest_seen_ = received;
  }
}

Mirror::Verdict Mirror::apply(const Change& change, WallTime received, Event& event, std::uint32_t listing) {
  ++pushes_;
  const ObjectTable* table = table_of(change.class_name);
  const std::uint32_t hash = table ? table->prepare(change.dn) : 0;
  take_up(change);
  if (table) table->approach(hash);
  begin(change, received, event);  // it will be told, as most are
  Object* known = table ? const_cast<Object*>(table->find(change.dn, hash)) : nullptr;
  const Verdict verdict = judge(change, known, received, listing);
  if (!open_listings_.empty()) {
    HeldChange held(change, received);
    touches_[held.dn].push_back({pushes_, std::move(held), verdict != Verdict::awaited});
  }
  if (verdict == Verdict::told) make_true(change, known, received, event);
  return verdict;
}

// --- whole -----------------------------------------------------------------------------------------------------------

void Mirror::forget(const Choice& unwatched) {
  for (auto& [class_name, table] : tables_) {
    const std::size_t before = table.size();
    table.erase_if(
        [&, &name = class_name](const Object& object) { return unwatched(name, object.attributes.dn(), object.attributes); });
    size_ -= before - table.size();
  }
}

std::vector<ManagedObject> Mirror::save() const {
  std::vector<ManagedObject> objects;
  objects.reserve(size_);
  for (const auto& [class_name, table] : tables_)
    for (const Object& object : table) objects.push_back({class_name, object.attributes, {}});
  return objects;
}

void Mirror::restore(const std::vector<ManagedObject>& objects) {
  for (const ManagedObject& object : objects)
    if (!object.dn().empty()) insert(object.class_name, object.attributes);
}

}  // namespace aci::watch
