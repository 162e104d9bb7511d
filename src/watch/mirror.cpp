#include "watch/mirror.hpp"

#include <algorithm>
#include <cstring>

#include "model/class_facts.hpp"
#include "model/coverage.hpp"
#include "model/text.hpp"

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

// Compares without a call: it is asked many times of each push.
template <std::size_t Size>
bool is_named(std::string_view name, const char (&text)[Size]) {
  return name.size() == Size - 1 && std::memcmp(name.data(), text, Size - 1) == 0;
}

bool is_of_message(std::string_view name) {
  return is_named(name, "status") || is_named(name, "rn") || is_named(name, "childAction");
}

// The attributes that belong to the object and not to the message that carries it.
template <class Range>
void own_attributes(const Range& attributes, std::vector<AttributeView>& own) {
  own.clear();
  for (const AttributeView attribute : attributes)
    if (!is_of_message(attribute.name)) own.push_back(attribute);
  model::put_in_order(own);
}

Attributes own_of(const Attributes& attributes) {
  std::vector<AttributeView> own;
  own_attributes(attributes, own);
  return Attributes::from(own);
}

// Names of what a reader would call a change.
model::Names content_changes(const Attributes& before, const Attributes& after) {
  auto names = model::changed_names(before, after);
  std::erase_if(names, [](const std::string& name) { return model::is_bookkeeping(name); });
  return names;
}

constexpr base::Duration skew_memory{600'000};  // clocks are set
constexpr base::Duration push_way{60'000};      // a push may be on its way for that long

WallTime time_of(std::string_view mod_ts, WallTime received) { return WallTime::parse(mod_ts).value_or(received); }

// When it was last changed, by the controller's clock; "" where that is not said. A fault's modTs is "never".
std::string_view stamp_of(const Attributes& attributes) {
  const std::string_view mod_ts = attributes.get("modTs");
  return mod_ts == "never" ? attributes.get("lastTransition") : mod_ts;
}

// By the controller's own clock, where both have a time.
bool is_older(std::string_view a, std::string_view b) {
  if (model::same(a, b)) return false;
  // "2024-07-26T13:34:50.839-07:00": of one offset they sort as texts.
  constexpr std::size_t form = 29, offset = 23;
  if (a.size() == form && b.size() == form && a[19] == '.' && b[19] == '.' && model::same(a.substr(offset), b.substr(offset)))
    return a < b;
  const auto time_a = WallTime::parse(a), time_b = WallTime::parse(b);
  return time_a && time_b && *time_a < *time_b;
}

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

Change view_of(const HeldChange& held) {
  Change change;
  change.class_name = held.class_name;
  change.dn = held.dn;
  change.op = held.op;
  for (const AttributeView attribute : held.attributes) change.attributes.push_back(attribute);
  return change;
}

}  // namespace

HeldChange::HeldChange(const Change& change, WallTime received)
    : class_name(change.class_name),
      dn(change.dn),
      op(change.op),
      attributes(Attributes::from(change.attributes)),
      received(received) {}

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

void Mirror::insert(std::string_view class_name, Attributes attributes, std::uint32_t listed) {
  if (!tombstones_.empty())
    if (const auto grave = tombstones_.find(attributes.get("dn")); grave != tombstones_.end()) tombstones_.erase(grave);
  const ObjectTable* table = table_of(class_name);
  if (!table) table = &tables_[std::string(class_name)];
  if (const_cast<ObjectTable*>(table)->insert({std::move(attributes), listed})) ++size_;
}

Attributes Mirror::take(std::string_view class_name, std::string_view dn) {
  --size_;
  return tables_.find(class_name)->second.take(dn);
}

void Mirror::bury(std::string_view dn, std::string_view stamp, WallTime learned) {
  if (tombstones_.insert_or_assign(std::string(dn), Tombstone{std::string(stamp), learned}).second) buried_.emplace_back(dn);
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
  if (pushed_stamp_ == "never") pushed_stamp_ = transition;
}

Mirror::Verdict Mirror::judge(const Change& change, const Object* known, WallTime received, std::uint32_t listing) {
  const std::string_view stamp = pushed_stamp_;
  if (!known) {
    const auto grave = tombstones_.empty() ? tombstones_.end() : tombstones_.find(change.dn);
    if (change.op == Op::deleted) {
      if (grave == tombstones_.end()) return Verdict::told;
      const auto& [buried, learned, stirred] = grave->second;
      const bool another = buried.empty() ? learned + push_way < received : is_older(buried, stamp);
      return another ? Verdict::told : stirred || buried.empty() ? Verdict::unsure : Verdict::known;
    }
    if (change.op == Op::modified) return !open_listings_.empty() ? Verdict::awaited : Verdict::unsure;
    return grave != tombstones_.end() && is_older(stamp, grave->second.stamp) ? Verdict::unsure : Verdict::told;
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
  if (newer && is_older(stamp, known_stamp))
    return differs || (known->corrected && change.op == Op::modified) ? Verdict::unsure : Verdict::known;
  // Without a time of its own nobody can tell whether it is older than what a reading has found.
  const bool timeless = stamp.empty() || (!newer && known->attributes.get("modTs") != stamp);
  if (differs && timeless && known->corrected) return Verdict::unsure;
  return differs || newer ? Verdict::told : Verdict::known;
}

// Makes the change true in the mirror.
void Mirror::tell(const Change& change, Object* known, WallTime received, Event& told) {
  const std::string_view stamp = pushed_stamp_;
  fill(told, change.class_name, change.dn, change.op, Origin::live, time_of(stamp, received));
  if (told.time != received || !skew_) note_skew(base::Duration{told.time.unix_ms - received.unix_ms}, received);
  if (change.op == Op::deleted) {
    if (known) told.before = take(change.class_name, change.dn);
    return bury(change.dn, stamp, received);
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
  skew_ = skew;
  const bool worn = received.unix_ms - fastest_seen_.unix_ms > skew_memory.count() || received.unix_ms < fastest_seen_.unix_ms;
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
  Object* known = table ? const_cast<Object*>(table->find(change.dn, hash)) : nullptr;
  const Verdict verdict = judge(change, known, received, listing);
  if (!open_listings_.empty()) {
    HeldChange held(change, received);
    touches_[held.dn].push_back({pushes_, std::move(held), verdict != Verdict::awaited});
  }
  if (verdict == Verdict::told) tell(change, known, received, event);
  return verdict;
}

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
  const std::size_t unsaid = was && read && was->corrected ? overtaken(was->attributes, held, is) : 0;
  bool all_late = true, any_late = false;
  Attributes late = was ? was->attributes : Attributes{};  // the state that the late ones tell of
  // What is told after them begins where they have led.
  const auto goes_on = [&](Event& told) {
    if (!any_late || !told.before || !told.after) return;
    told.before = late;
    told.changed = content_changes(late, *told.after);
  };
  for (std::size_t i = 0; i < held.size(); ++i) {
    const HeldChange& change = held[i];
    if (change.is_doubt) continue;
    const std::string_view stamp = stamp_of(change.attributes);
    const bool has_no_time = stamp.empty() || known_stamp.empty() || stamp == known_stamp;
    if (over || (i < unsaid && has_no_time) || (!set_back && is_older(stamp, known_stamp))) {
      tell_late(change, out);
      any_late = true;
      if (change.op != Op::modified) late = {};
      if (change.op != Op::deleted) late.merge(own_of(change.attributes));
      if (over) grave->second.stirred = change.op != Op::deleted;
      continue;
    }
    all_late = false;
    Object* known = find(class_name, dn);
    const Change view = view_of(change);
    take_up(view);
    if (!known && change.op == Op::modified) tell_unseen(view, read ? &is : nullptr, change.received, out.emplace_back());
    else if (judge(view, known, change.received) != Verdict::known) {
      tell(view, known, change.received, out.emplace_back());
      goes_on(out.back());
      any_late = false;
    } else if (any_late) {
      tell_late(change, out);  // the way back to what is known
    }
  }
  Object* known = find(class_name, dn);
  if (!read) {
    const bool doubted = std::any_of(held.begin(), held.end(), [](const HeldChange& change) { return change.is_doubt; });
    if (known && all_late && doubted) tell_gone(class_name, dn, held.front().received, out.emplace_back());
    return;
  }
  if (!known && !all_late) return;  // deleted since, or again
  if (known && !set_back && is_older(stamp_of(is), stamp_of(known->attributes))) return;
  const WallTime time = time_of(stamp_of(is), held.front().received);
  if (!known) {
    Event& told = out.emplace_back(event(class_name, dn, Op::created, Origin::relist, time));
    told.changed = is.content_names();
    told.after = is;
    insert(class_name, is, listings_);
    find(class_name, dn)->corrected = true;
    return;
  }
  if (auto changed = content_changes(known->attributes, is); !changed.empty()) {
    Event& told = out.emplace_back(event(class_name, dn, Op::modified, Origin::live, time));
    told.changed = std::move(changed);
    told.before = std::move(known->attributes);
    told.after = is;
    goes_on(told);
    known->corrected = true;
  }
  known->attributes = is;
  known->listed = listings_;  // no listing that is open can tell better
}

// A modification of what was never seen, laid over what was read: of what it was before, nothing is known.
void Mirror::tell_unseen(const Change& change, const Attributes* read, WallTime received, Event& told) {
  fill(told, change.class_name, change.dn, change.op, Origin::live, time_of(pushed_stamp_, received));
  Attributes after = Attributes::from(pushed_);
  told.changed = after.content_names();
  if (read) {
    after = *read;
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
    const bool beside = known->listed >= listing.beside && known->listed != listing.number;
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
  const auto grave = tombstones_.find(dn);
  if (grave != tombstones_.end() && is_older(stamp_of(attributes), grave->second.stamp))
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
    const Change change = view_of(touch.change);
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
      if (model::covers(query, class_name, object.attributes.get("dn"), object.attributes)) use(class_name, object);
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
    const std::string_view dn = object.attributes.get("dn");
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
  bury(dn, skew_ ? (received + fastest_).to_string() : "", received);
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
    std::string dn(object.attributes.get("dn"));
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

// --- whole -----------------------------------------------------------------------------------------------------------

void Mirror::forget(const Choice& unwatched) {
  for (auto& [class_name, table] : tables_) {
    const std::size_t before = table.size();
    table.erase_if([&, &name = class_name](const Object& object) {
      return unwatched(name, object.attributes.get("dn"), object.attributes);
    });
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
