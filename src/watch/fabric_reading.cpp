// What FabricWatch reads: listings, audits, single objects, the subtrees of new ones.
#include <algorithm>
#include <charconv>

#include "model/class_facts.hpp"
#include "model/coverage.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::watch {

using base::Duration;
using base::Errc;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;
using model::Origin;
using model::Query;
using model::Target;

namespace {

constexpr std::uint32_t turns_back_max = 50;
constexpr std::size_t suspects_max = 10'000;
constexpr std::size_t parents_max = 32;  // more new objects at a time are looked after by an audit
constexpr int times_read_max = 8;        // an object that changes while it is read
constexpr Duration audit_retry{60'000};

// As an event of a pushed or listed change would be covered, whatever the object's attributes: they are not known.
bool may_cover(Query query, std::string_view class_name, std::string_view dn) {
  query.target_filter.reset();
  return model::covers(query, class_name, dn, {});
}

// True when an object of `class_name` may stand somewhere below one of `above`.
bool may_stand_below(std::string_view class_name, std::string_view above) {
  std::vector<std::string_view> seen{class_name};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const model::ClassFacts* facts = model::find_class(seen[i]);
    if (!facts || facts->anywhere) continue;  // those are pushed by others than their parents' controller
    for (const std::string_view parent : facts->parents) {
      if (parent == above) return true;
      if (std::find(seen.begin(), seen.end(), parent) == seen.end()) seen.push_back(parent);
    }
  }
  return false;
}

std::vector<std::string> classes_of(const Query& query) {
  if (!query.class_name.empty() && query.target == Target::self) return {query.class_name};
  return query.target_subtree_class;
}

}  // namespace

// --- listings ------------------------------------------------------------------------------------------------------------

Query FabricWatch::listing_query(const Watch& watch, std::uint32_t page, bool subscription) const {
  Query query = watch.asked;
  query.format = model::Format::json;
  query.subscription = subscription;
  if (subscription && options_.subscription_lifetime != Duration{60'000})
    query.refresh_timeout = options_.subscription_lifetime;
  query.page = page;
  query.page_size = options_.page_size;
  // Pages are no snapshot; a fixed order keeps an object from slipping between two of them.
  if (query.order_by.empty() && !query.class_name.empty() && query.target == Target::self)
    query.order_by.push_back({query.class_name, "dn", false});
  return query;
}

FabricWatch::Reading FabricWatch::begin_reading(const Watch& watch) {
  return {mirror_.begin_listing(), 1, 0, 0, watch.deletions, 0};
}

void FabricWatch::subscribe(Line& line, WallTime wall, WatchId id, Watch& watch) {
  wanted_.erase(id);
  watch.reading = begin_reading(watch);
  watch.begun = true;
  set_state(wall, id, watch, WatchState::listing);
  send_query(line, {Kind::subscribe, id, 0, 0, ""}, listing_query(watch, 0, true));
}

FabricWatch::Turn FabricWatch::turn_page(const Watch& watch, Reading& reading, const codec::Answer& answer) const {
  const std::uint32_t page = reading.next_page - 1;
  const std::uint64_t begin = static_cast<std::uint64_t>(page) * options_.page_size;
  if (answer.objects.empty() && answer.total_count > begin) return Turn::broken;
  // What was deleted moved the rest forward, perhaps from this page to one that has been read.
  const std::uint64_t fewer = reading.total > answer.total_count ? reading.total - answer.total_count : 0;
  const std::uint64_t gone = page > 0 ? std::max(fewer, watch.deletions - reading.deletions) : 0;
  reading.total = answer.total_count;
  reading.deletions = watch.deletions;
  reading.received += answer.objects.size();
  if (gone > 0 && reading.turns_back < turns_back_max) {
    ++reading.turns_back;
    const std::uint64_t back = std::min<std::uint64_t>(page, (gone - 1) / options_.page_size + 1);
    reading.next_page = page - static_cast<std::uint32_t>(back);
    return Turn::next;
  }
  return begin + options_.page_size >= answer.total_count ? Turn::last : Turn::next;
}

void FabricWatch::stop_reading(Watch& watch) {
  if (watch.reading) mirror_.end(watch.reading->listing);
  if (watch.audit.reading) mirror_.end(watch.audit.reading->listing);
  watch.reading.reset();
  watch.audit = {};
}

void FabricWatch::listed(Instant now, WallTime wall, WatchId id, Watch& watch, const codec::Answer& answer) {
  Reading& reading = *watch.reading;
  const Origin origin = watch.baselined ? Origin::relist : Origin::baseline;
  for (const auto& object : answer.objects) {
    const bool is_new = !watch.baselined && !mirror_.get(object.class_name, object.dn());
    const std::size_t first = events_.size();
    if (!watch.ahead.empty()) watch.ahead.erase(std::string(object.dn()));
    mirror_.list(reading.listing, object, origin, wall, events_);
    if (is_new && first < events_.size()) tell_others(now, id, events_[first]);
  }
  const Turn turn = turn_page(watch, reading, answer);
  if (turn == Turn::last) {
    // An answer that holds less than it counts proves nothing of what is missing in it.
    if (reading.received < answer.total_count) mirror_.end(reading.listing);
    else mirror_.finish(reading.listing, watch.asked, wall, events_, reading.next_page > 1);
  }
  emit_all(now, {id});
  switch (turn) {
    case Turn::broken:
      put_off(now, wall, id, watch, {Errc::protocol, "the controller counted objects and answered none"});
      break;
    case Turn::next:
      send_query(*line_, {Kind::page, id, 0, reading.listing.number, ""}, listing_query(watch, reading.next_page, false));
      ++reading.next_page;
      break;
    case Turn::last:
      watch.reading.reset();
      went_live(now, wall, id, watch);
      break;
  }
}

// A watch's first sight of an object that others should have been told of: the listing has overtaken its push, or a listing
// of theirs, which would not find it new any more.
void FabricWatch::tell_others(Instant now, WatchId id, model::Event event) {
  event.origin = Origin::relist;
  auto others = covering(event, {}, id);
  // One that is read for the first time as well most likely finds it itself.
  std::erase_if(others, [&](WatchId other) {
    Watch& watch = watches_.at(other);
    if (!watch.baselined) watch.ahead.try_emplace(event.dn, Unsent{event.class_name, {}});
    return !watch.baselined;
  });
  if (others.empty()) return;
  actions_.push_back(Emit{std::move(event), std::move(others)});
  complete_emit(now, id);
}

// What other watches were told while this one was paused.
void FabricWatch::tell_unsent(WallTime wall, WatchId id, Watch& watch) {
  std::map<std::string, Unsent> unsent;
  unsent.swap(watch.unsent);
  for (auto& [dn, was] : unsent) {
    const model::Attributes* is = mirror_.get(was.class_name, dn);
    if (is ? was.before == *is : !was.before) continue;
    model::Event event;
    event.fabric = options_.fabric;
    event.time = wall;
    event.class_name = was.class_name;
    event.dn = dn;
    event.op = !is ? model::Op::deleted : was.before ? model::Op::modified : model::Op::created;
    event.origin = Origin::relist;
    if (is) {
      auto changed = model::changed_names(was.before.value_or(model::Attributes{}), *is);
      std::erase_if(changed, [](const std::string& name) { return model::is_bookkeeping(name); });
      event.changed = changed;
    }
    event.before = std::move(was.before);
    if (is) event.after = *is;
    if (!concerns(watch, event)) continue;
    if (watch.gap) ++watch.gap->found;
    actions_.push_back(Emit{std::move(event), {id}});
  }
}

void FabricWatch::went_live(Instant now, WallTime wall, WatchId id, Watch& watch) {
  watch.baselined = true;
  watch.tries = 0;
  watch.last_proof = wall;
  watch.audit.count_at = next_turn(now, options_.count_every);
  watch.audit.compare_at = next_turn(now, options_.compare_every);
  set_state(wall, id, watch, WatchState::live);
  blind_.erase(id);
  watch.unsent.merge(std::exchange(watch.ahead, {}));
  tell_unsent(wall, id, watch);
  if (watch.gap) {
    watch.gap->to = std::max(wall, watch.gap->from);  // the clock may have been set back
    to_close_.insert(id);
  }
  read_unexplained(now, wall);
}

// --- audits --------------------------------------------------------------------------------------------------------------

void FabricWatch::audit(Instant now, WallTime wall, WatchId id, Watch& watch) {
  Audit& audit = watch.audit;
  if (audit.settling) return settle_audit(now, wall, id, watch);
  if (in_flight_ >= in_flight_max()) {
    for (Instant* at : {&audit.count_at, &audit.compare_at}) *at = std::max(*at, now + Duration{1'000});
    return;
  }
  ++counters_.audits;
  const Query& query = watch.asked;
  const bool countable = !query.class_name.empty() && query.target == Target::self;
  if (now < audit.compare_at && countable) {
    audit.counting = true;
    Query count = query;
    count.rsp_subtree_include.push_back("count");
    send_query(*line_, {Kind::count, id, 0, 0, ""}, count);
    return;
  }
  audit.reading = begin_reading(watch);
  audit.suspects.clear();
  send_query(*line_, {Kind::compare, id, 0, audit.reading->listing.number, ""}, listing_query(watch, 0, false));
}

void FabricWatch::counted(Instant now, WatchId id, Watch& watch, const Result<codec::Answer>& answer) {
  Audit& audit = watch.audit;
  if (!audit.counting) return;
  audit.counting = false;
  audit.count_at = next_turn(now, options_.count_every);
  std::uint64_t count = 0;
  const std::string_view text = answer && answer->objects.size() == 1 ? answer->objects[0].attributes.get("count") : "";
  const bool is_number = std::from_chars(text.data(), text.data() + text.size(), count).ec == std::errc{};
  if (is_number && count != mirror_.count(watch.asked)) audit.compare_at = now;
  schedule(id, watch);
}

void FabricWatch::compared(Instant now, WallTime wall, WatchId id, Watch& watch, const Result<codec::Answer>& answer) {
  Audit& audit = watch.audit;
  Reading& reading = *audit.reading;
  Turn turn = Turn::broken;
  if (answer) {
    for (const auto& object : answer->objects)
      if (mirror_.compare(reading.listing, object) && audit.suspects.size() < suspects_max)
        audit.suspects.emplace_back(object.dn());
    turn = turn_page(watch, reading, *answer);
  }
  switch (turn) {
    case Turn::broken:
      mirror_.end(reading.listing);
      audit.reading.reset();
      audit.compare_at = now + audit_retry;
      break;
    case Turn::next:
      send_query(*line_, {Kind::compare, id, 0, reading.listing.number, ""}, listing_query(watch, reading.next_page, false));
      ++reading.next_page;
      break;
    case Turn::last:
      if (reading.received >= answer->total_count) {
        auto missing = mirror_.unlisted(reading.listing, watch.asked);
        audit.suspects.insert(audit.suspects.end(), missing.begin(), missing.end());
      }
      audit.settling = true;
      audit.settle_at = audit.suspects.empty() ? now : now + options_.settle;
      if (audit.suspects.empty()) settle_audit(now, wall, id, watch);
      break;
  }
  schedule(id, watch);
  read_unexplained(now, wall);
}

void FabricWatch::settle_audit(Instant now, WallTime wall, WatchId id, Watch& watch) {
  Audit& audit = watch.audit;
  std::erase_if(audit.suspects, [&](const std::string& dn) { return !mirror_.untouched(audit.reading->listing, dn); });
  const std::size_t differ = audit.suspects.size();
  mirror_.end(audit.reading->listing);
  audit = {};
  audit.count_at = next_turn(now, options_.count_every);
  audit.compare_at = next_turn(now, options_.compare_every);
  if (differ == 0) {
    watch.last_proof = wall;
    return;
  }
  ++counters_.drifts;
  actions_.push_back(Drifted{id, watch.spec.name, differ});
  const std::string reason =
      "an audit found " + std::to_string(differ) + (differ == 1 ? " object that differs" : " objects that differ");
  blind(now, wall, id, watch, reason, watch.last_proof.value_or(watch.since), Pushes::doubtful);
}

// --- single objects --------------------------------------------------------------------------------------------------------

void FabricWatch::read_later(Instant now, WallTime wall, HeldChange change, const std::vector<WatchId>& watches) {
  if (held_changes_ >= options_.held_max) {
    for (const WatchId id : watches)
      if (const auto it = watches_.find(id); it != watches_.end())
        blind(now, wall, id, it->second, "more changes of unknown objects than can be read one by one", change.received,
              Pushes::doubtful);
    return;
  }
  ++held_changes_;
  doubts_ += change.is_doubt;
  const std::string dn = change.dn;
  const auto [it, added] = reads_.try_emplace(dn);
  it->second.held.push_back(std::move(change));
  for (const WatchId id : watches)
    if (std::find(it->second.watches.begin(), it->second.watches.end(), id) == it->second.watches.end())
      it->second.watches.push_back(id);
  if (added) to_read_.push_back(dn);
}

void FabricWatch::has_been_read(Instant now, WallTime wall, const std::string& dn, const Result<codec::Answer>& answer) {
  auto node = reads_.extract(dn);
  if (node.empty()) return;
  Read& read = node.mapped();
  const model::ManagedObject* object = nullptr;
  if (answer)
    for (const auto& answered : answer->objects)
      if (answered.dn() == dn) object = &answered;
  if (answer && read.times < times_read_max) {
    // What came while it was read may be in the answer or not, and what a listing has found meanwhile may be newer.
    const auto since = read.held.begin() + static_cast<std::ptrdiff_t>(read.asked_with);
    const auto in_doubt = [&](const HeldChange& change) { return !object || !Mirror::is_ordered(*object, change); };
    const bool overtaken = mirror_.last_listing_of(read.held.front().class_name, dn) != read.asked_with_listing;
    if (overtaken || std::any_of(since, read.held.end(), in_doubt)) {
      read.asked = false;
      to_read_.push_back(dn);
      reads_.insert(std::move(node));
      return;
    }
  }
  held_changes_ -= read.held.size();
  for (const HeldChange& change : read.held) doubts_ -= change.is_doubt;
  const bool withheld = answer && answer->objects.empty() && answer->total_count > 0;
  if (!answer || withheld) {
    const std::string why =
        "an object could not be read: " + (withheld ? "it is counted, and not there" : answer.error().message);
    for (const WatchId id : read.watches)
      if (const auto it = watches_.find(id); it != watches_.end())
        blind(now, wall, id, it->second, why, read.held.front().received, Pushes::doubtful);
    return;
  }
  mirror_.settle(dn, object, read.held, events_);
  emit_all(now, read.watches);
  const std::string& class_name = read.held.front().class_name;
  const model::Attributes* is = mirror_.get(class_name, dn);
  if (is && !known_to_any(class_name, dn, *is)) mirror_.forget(class_name, dn);
}

// Changes of objects that a listing should have held, and did not.
void FabricWatch::read_unexplained(Instant now, WallTime wall) {
  for (HeldChange& change : mirror_.take_unexplained()) {
    std::vector<WatchId> watches;
    for (const auto& [id, watch] : watches_)
      if (watch.begun && may_cover(watch.asked, change.class_name, change.dn)) watches.push_back(id);
    read_later(now, wall, std::move(change), watches);
  }
}

// --- new subtrees ----------------------------------------------------------------------------------------------------------

bool FabricWatch::watched_below(std::string_view class_name) {
  if (const auto known = watched_below_.find(class_name); known != watched_below_.end()) return known->second;
  const bool below = std::any_of(watches_.begin(), watches_.end(), [&](const auto& item) {
    const Query& query = item.second.spec.query;
    if (item.second.hidden) return false;
    const auto classes = classes_of(query);
    if (classes.empty()) return query.target != Target::self;  // a whole subtree
    return std::any_of(classes.begin(), classes.end(), [&](const std::string& name) {
      const auto concrete = model::concrete_classes(name);
      return std::any_of(concrete.begin(), concrete.end(), [&](std::string_view c) { return may_stand_below(c, class_name); });
    });
  });
  return watched_below_[std::string(class_name)] = below;
}

void FabricWatch::note_parent(Instant now, const model::Event& event) {
  if (options_.children_after.count() == 0 || !watched_below(event.class_name)) return;
  if (storm_until_ && now < *storm_until_) return;
  storm_until_.reset();
  const Instant read_at = now + options_.children_after;
  const bool with_its_parent = std::any_of(parents_.begin(), parents_.end(), [&](const Parent& parent) {
    return !parent.asked && read_at - parent.read_at < Duration{1'000} && model::Dn::is_below(event.dn, parent.dn);
  });
  if (!with_its_parent) parents_.push_back({event.dn, noticed_->wall, read_at, {}, false, false, {}, {}});
  if (parents_.size() <= parents_max) return;
  // One comparison of each watch, when the storm is over, costs less than a reading for each object.
  storm_until_ = read_at;
  std::erase_if(parents_, [](const Parent& parent) { return !parent.asked; });
  for (auto& [id, watch] : watches_) {
    if (watch.hidden || watch.state != WatchState::live || watch.audit.reading) continue;
    watch.audit.compare_at = std::min(watch.audit.compare_at, *storm_until_ + options_.children_after);
    schedule(id, watch);
  }
}

// Every class that some watch is after; none for all of them.
std::vector<std::string> FabricWatch::watched_classes() const {
  std::vector<std::string> classes;
  for (const auto& [id, watch] : watches_) {
    const auto some = classes_of(watch.spec.query);
    if (some.empty() && watch.spec.query.target != Target::self) return {};
    classes.insert(classes.end(), some.begin(), some.end());
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

void FabricWatch::pump_parents(Instant now, WallTime wall) {
  std::vector<std::string> settled;
  for (Parent& parent : parents_) {
    if (parent.settling && now >= parent.settle_at) settled.push_back(parent.dn);
    if (parent.asked || now < parent.read_at || in_flight_ >= in_flight_max()) continue;
    parent.asked = true;
    parent.listing = mirror_.begin_listing();
    ++counters_.children_reads;
    Query query = Query::of_object(model::Dn::trusted(parent.dn));
    query.target = Target::subtree;
    query.target_subtree_class = watched_classes();
    send_query(*line_, {Kind::children, 0, 0, parent.listing->number, parent.dn}, query);
  }
  for (const std::string& dn : settled) settle_parent(now, wall, dn);
}

void FabricWatch::children_read(Instant now, WallTime wall, std::uint64_t number, const Result<codec::Answer>& answer) {
  const auto parent =
      std::find_if(parents_.begin(), parents_.end(), [&](const Parent& p) { return p.listing && p.listing->number == number; });
  if (parent == parents_.end()) return;
  if (answer)
    for (const auto& object : answer->objects)
      if (covered(object.class_name, object.dn(), object.attributes) && mirror_.compare(*parent->listing, object))
        parent->suspects.push_back(object);
  parent->settling = true;
  parent->settle_at = now + options_.settle;
  if (parent->suspects.empty()) settle_parent(now, wall, parent->dn);
}

// What no push has explained by now was never pushed.
void FabricWatch::settle_parent(Instant now, WallTime wall, const std::string& dn) {
  const auto it = std::find_if(parents_.begin(), parents_.end(), [&](const Parent& p) { return p.settling && p.dn == dn; });
  const Parent parent = std::move(*it);
  parents_.erase(it);
  for (const auto& object : parent.suspects)
    if (mirror_.untouched(*parent.listing, std::string(object.dn())) &&
        covered(object.class_name, object.dn(), object.attributes))  // no watch was removed meanwhile
      mirror_.list(*parent.listing, object, Origin::relist, wall, events_);
  mirror_.end(*parent.listing);
  std::map<WatchId, std::uint64_t> found;
  for (const auto& event : events_)
    for (const WatchId id : covering(event, {}))
      if (watches_.at(id).baselined) ++found[id];
  emit_all(now, {});
  for (const auto& [id, count] : found) {
    ++counters_.gaps;
    model::Gap gap;
    gap.fabric = options_.fabric;
    gap.watch = watches_.at(id).spec.name;
    gap.from = parent.created;
    gap.to = std::max(wall, gap.from);  // the clock may have been set back
    gap.reason = "the controller did not push what was made below the new " + parent.dn;
    gap.found = count;
    if (!watches_.at(id).hidden) actions_.push_back(GapClosed{std::move(gap), id});
  }
  read_unexplained(now, wall);
}

}  // namespace aci::watch
