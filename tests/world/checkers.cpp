#include "world/checkers.hpp"

#include <algorithm>

#include "codec/answer.hpp"
#include "model/coverage.hpp"

namespace aci::world {

using base::Duration;
using base::Instant;
using base::WallTime;
using model::Op;
using model::Origin;

namespace {

constexpr std::size_t failures_max = 20;
constexpr std::size_t requests_max = 60;
constexpr Duration unnoticed{300'000};  // for so long trouble may go
constexpr std::string_view refresh = "/api/subscriptionRefresh.json?id=";

// Everything that says something of the object.
std::string content_of(const model::Attributes& attributes) {
  std::string content;
  for (const auto attribute : attributes) {
    if (model::is_bookkeeping(attribute.name)) continue;
    content.append(attribute.name) += '=';
    content.append(attribute.value) += '\n';
  }
  return content;
}

// Whether the attributes are among those of the content, and are any.
bool carries(const std::string& content, const model::Attributes& attributes) {
  const std::string lines = "\n" + content, part = content_of(attributes);
  for (std::size_t begin = 0; begin < part.size();) {
    const std::size_t end = part.find('\n', begin) + 1;
    if (lines.find("\n" + part.substr(begin, end - begin)) == std::string::npos) return false;
    begin = end;
  }
  return !part.empty();
}

// A watch's query, out of any request that it makes of it.
std::string url_of(model::Query query) {
  query.subscription = false;
  query.page.reset();
  query.page_size.reset();
  query.refresh_timeout.reset();
  query.order_by.clear();
  return query.to_url();
}

}  // namespace

Checkers::Checkers(Clockwork& clock, Network& network, const std::vector<watch::WatchSpec>& specs, Lives lives)
    : clock_(clock), network_(network), lives_(lives) {
  for (const auto& spec : specs) added(spec);
}

void Checkers::added(const watch::WatchSpec& spec) {
  Consumer& consumer = consumers_.emplace_back();
  consumer.spec = spec;
  consumer.url = url_of(model::without_fleeting_filter(spec.query));
  for (const auto& [dn, is] : is_)
    if (model::covers(spec.query, is.first, dn, is.second)) consumer.covered.emplace(dn);
}

void Checkers::removed(std::size_t index, std::optional<WallTime> blind_since) {
  Consumer& consumer = consumers_[index];
  if (calm && consumer.live) check_known(consumer);
  consumer.removed = clock_.now();
  consumer.removed_calm = calm;
  consumer.live = false;
  consumer.covered.clear();
  consumer.subscriptions.clear();
  // This one will not be closed.
  if (blind_since) consumer.gaps.emplace_back(*blind_since, network_.client_wall());
  trimmed_ = false;
}

void Checkers::fail(std::string what) {
  if (failures_.size() < failures_max)
    failures_.push_back("at " + std::to_string(clock_.now().time_since_epoch().count() - 1'000'000) +
                        " ms: " + std::move(what));
}

Checkers::Consumer* Checkers::consumer_of(watch::WatchId id) {
  const auto at = std::find(network_.ids().begin(), network_.ids().end(), id);
  return at == network_.ids().end() ? nullptr : &consumers_[static_cast<std::size_t>(at - network_.ids().begin())];
}

// Of what was not changed just now.
void Checkers::check_known(const Consumer& consumer) {
  const auto settled = [&](const std::string& dn) { return objects_[dn].back().at + tolerance < clock_.now(); };
  for (const std::string& dn : consumer.covered) {
    const auto known = consumer.objects.find(dn);
    if (settled(dn) && (known == consumer.objects.end() || known->second != objects_[dn].back().content))
      fail("watch " + consumer.spec.name + " is removed and does not know of " + dn);
  }
  for (const auto& [dn, content] : consumer.objects)
    if (settled(dn) && !consumer.covered.contains(dn))
      fail("watch " + consumer.spec.name + " is removed and believes in " + dn);
}

// --- the truth -----------------------------------------------------------------------------------------------------------

void Checkers::is_there(std::string_view class_name, std::string_view dn, const model::Attributes& attributes) {
  is_.try_emplace(std::string(dn), class_name, attributes);
  for (Consumer& consumer : consumers_)
    if (model::covers(consumer.spec.query, class_name, dn, attributes)) consumer.covered.emplace(dn);
  auto& versions = objects_[std::string(dn)];
  if (versions.empty())
    versions.push_back({network_.client_wall(),
                        network_.controller_wall(),
                        clock_.now(),
                        Op::created,
                        content_of(attributes),
                        std::string(attributes.get("modTs")),
                        false,
                        {}});
}

void Checkers::changed(std::string_view class_name, std::string_view dn, Op op, const model::Attributes& whole) {
  Version version{network_.client_wall(),
                  network_.controller_wall(),
                  clock_.now(),
                  op,
                  content_of(whole),
                  std::string(whole.get("modTs")),
                  clock_.now() < silent_until,
                  {}};
  if (op == Op::deleted) is_.erase(std::string(dn));
  else is_.insert_or_assign(std::string(dn), std::pair(std::string(class_name), whole));
  bool watched = false;
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    if (consumers_[i].removed) continue;
    // What comes to match a filter is to be told, and what ceases to.
    auto& covered = consumers_[i].covered;
    const bool was = covered.contains(std::string(dn));
    const bool is = op != Op::deleted && model::covers(consumers_[i].spec.query, class_name, dn, whole);
    if (is && !was) covered.emplace(dn);
    if (was && !is) covered.erase(std::string(dn));
    if (!was && !is) continue;
    watched = true;
    if (consumers_[i].began) version.consumers.push_back(i);
  }
  // What leaves a filter is a version too: the events of other watches may tell of it.
  changes_ += watched;
  objects_[std::string(dn)].push_back(std::move(version));
}

// --- events --------------------------------------------------------------------------------------------------------------

void Checkers::heard(const watch::Emit& emit) {
  ++events_;
  if (emit.event.origin == Origin::backfill) {
    const auto versions = objects_.find(emit.event.dn);
    if (versions == objects_.end()) return fail("invented: a record of " + emit.event.dn);
    for (std::size_t i = 0; i < versions->second.size(); ++i) {
      const Version& version = versions->second[i];
      // A push without a time is known by what it says.
      const bool is_it = version.stamp == emit.event.time ||
                         (version.mod_ts == "never" && emit.event.after && carries(version.content, *emit.event.after));
      if (version.op != emit.event.op || !is_it) continue;
      for (const watch::WatchId id : emit.watches)
        if (Consumer* consumer = consumer_of(id)) tell(*consumer, emit.event.dn, i, Told::partly);
    }
    return;
  }
  for (const watch::WatchId id : emit.watches) {
    Consumer* consumer = consumer_of(id);
    if (consumer) hear(*consumer, emit.event);
    else fail("told to a watch that is not: " + emit.event.dn);
  }
}

// Each value on its own was true at some time.
bool Checkers::is_mixed(const std::vector<Version>& versions, const std::string& content) const {
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = content.find('\n', begin) + 1;
    const std::string line = content.substr(begin, end - begin);
    if (std::none_of(versions.begin(), versions.end(), [&](const Version& version) {
          return version.content.starts_with(line) || version.content.find("\n" + line) != std::string::npos;
        }))
      return false;
    begin = end;
  }
  return true;
}

void Checkers::hear(Consumer& consumer, const model::Event& event) {
  const auto text = [&] {
    return "watch " + consumer.spec.name + ": " + std::string(to_string(event.origin)) + " " +
           std::string(to_string(event.op)) + " " + event.dn;
  };
  const bool gone = event.op == Op::deleted;
  const std::string content = gone ? "" : content_of(*event.after), mod_ts(gone ? "" : event.after->get("modTs"));
  // An object that leaves a filter is told with what it has become.
  if (gone || !model::covers(consumer.spec.query, event.class_name, event.dn, *event.after)) consumer.objects.erase(event.dn);
  else consumer.objects[event.dn] = content;

  // A watch's first listing may outrun pushes to the others, and leave doubts.
  const bool first_sight = std::any_of(consumers_.begin(), consumers_.end(), [this](const auto& c) {
    return !c.removed && (!c.began || clock_.now() < *c.began + tolerance);
  });
  if (calm && event.origin == Origin::relist && !first_sight) fail("found by re-reading though nothing went wrong: " + text());
  const auto& versions = objects_[event.dn];
  const auto is = [&](const Version& version) {
    return gone ? version.op == Op::deleted && (event.origin != Origin::live || version.stamp == event.time)
                : version.op != Op::deleted && version.content == content &&
                      (event.origin != Origin::live || version.mod_ts == mod_ts);
  };
  const auto newest = consumer.newest.find(event.dn);
  const std::size_t begin = newest == consumer.newest.end() ? 0 : newest->second + 1;
  // A first listing tells what a push has told already.
  if (begin > 0 && event.origin == Origin::baseline && is(versions[begin - 1]) && versions[begin - 1].mod_ts == mod_ts) return;
  // A push is of the first such change that was not told yet; what is read is as it is now.
  std::size_t number = versions.size();
  if (event.origin == Origin::live) {
    number = begin;
    while (number < versions.size() && !is(versions[number])) ++number;
    // A deletion that was read and not pushed has no time of the controller.
    if (gone && number == versions.size())
      for (number = begin; number < versions.size() && versions[number].op != Op::deleted;) ++number;
  } else if (gone) {
    // What has come since is for pushes or a gap to tell.
    for (number = begin; number < versions.size() && !is(versions[number]);) ++number;
  } else {
    // Of the same content more than once, the one of the same time.
    for (const bool by_time : {true, false})
      for (std::size_t i = versions.size(); i-- > begin && number == versions.size();)
        if (is(versions[i]) && (!by_time || versions[i].mod_ts == mod_ts)) number = i;
  }
  if (number == versions.size() && !gone && !calm && event.origin != Origin::relist &&
      std::none_of(versions.begin(), versions.end(), is) && is_mixed(versions, content)) {
    ++mixed_;
    number = begin;
    while (number < versions.size() && (versions[number].op == Op::deleted || versions[number].mod_ts != mod_ts)) ++number;
    if (number == versions.size()) return;
    return tell(consumer, event.dn, number, Told::whole);  // reading it will tell it as it is
  }
  if (number == versions.size()) {
    const auto before = std::find_if(versions.begin(), versions.end(), is);
    if (before == versions.end()) return fail("invented: " + text() + "\n" + content);
    if (event.origin == Origin::baseline) return;
    if (order_is_kept) fail("told twice, or out of order: " + text() + " " + mod_ts);
    number = static_cast<std::size_t>(before - versions.begin());
  } else {
    consumer.newest[event.dn] = number;
  }
  tell(consumer, event.dn, number, Told::whole);
}

void Checkers::tell(Consumer& consumer, const std::string& dn, std::size_t number, Told how) {
  auto& told = consumer.told[dn];
  told.resize(std::max(told.size(), number + 1));
  told[number] = std::max(told[number], how);
}

void Checkers::gap(const watch::GapClosed& closed) {
  if (closed.gap.to < closed.gap.from && order_is_kept) fail("a gap that ends before it begins");
  Consumer* consumer = consumer_of(closed.watch);
  if (!consumer) return fail("a gap of a watch that is not");
  if (calm) fail("a gap though nothing went wrong: " + closed.gap.watch + ": " + closed.gap.reason);
  consumer->gaps.emplace_back(closed.gap.from, closed.gap.to);
}

void Checkers::drifted(const watch::Drifted& drift) {
  if (calm) fail("drift though nothing went wrong: " + drift.name);
}

// --- requests and channels -------------------------------------------------------------------------------------------------

void Checkers::asked(std::uint64_t ticket) { asked_.insert(ticket); }

void Checkers::answered(const watch::Answered& answered) {
  if (asked_.erase(answered.ticket) == 0) fail("an answer to what was not asked, or a second one");
}

void Checkers::process_began() {
  asked_.clear();
  channels_.clear();
  on_their_way_.clear();
  last_login_ = {};
  for (Consumer& consumer : consumers_) {
    consumer.live = false;
    consumer.subscriptions.clear();
    if (!consumer.began) consumer.objects.clear();  // what is there is told from the beginning
  }
}

void Checkers::sent(const watch::Send& send) {
  const Instant now = network_.client_now();
  on_their_way_[send.id] = now;
  if (on_their_way_.size() > requests_max) fail("more than " + std::to_string(requests_max) + " requests on their way");
  if (send.target.find("aaaLogin.") != std::string::npos || send.target.find("webtokenSession.") != std::string::npos) {
    if (last_login_ != Instant{} && now - last_login_ < Duration{1'000}) fail("two logins within a second");
    last_login_ = now;
  }
  if (!send.target.starts_with(refresh)) return;
  const std::string id = send.target.substr(refresh.size());
  for (const Consumer& consumer : consumers_)
    if (const auto found = consumer.subscriptions.find(id); found != consumer.subscriptions.end() && now > found->second)
      fail("watch " + consumer.spec.name + " refreshes a subscription " + std::to_string((now - found->second).count()) +
           " ms too late");
}

void Checkers::replied(const watch::Send& send, const base::Result<watch::HttpReply>& reply) {
  const auto node = on_their_way_.extract(send.id);
  if (node.empty() || !reply || reply->status != 200) return;
  const Instant deadline = node.mapped() + lives_.subscription;
  if (send.target.starts_with(refresh)) {
    const auto answer = codec::decode_answer(reply->body);
    if (!answer || !answer->objects.empty()) return;
    for (Consumer& consumer : consumers_)
      if (const auto found = consumer.subscriptions.find(send.target.substr(refresh.size()));
          found != consumer.subscriptions.end())
        found->second = deadline;
    return;
  }
  if (send.target.find("subscription=yes") == std::string::npos) return;
  const auto answer = codec::decode_answer(reply->body);
  const auto query = model::Query::parse_url(send.target);
  if (!answer || !query || answer->subscription_ids.empty()) return;
  const std::string url = url_of(*query);
  for (Consumer& consumer : consumers_)
    if (consumer.url == url) consumer.subscriptions[answer->subscription_ids.front()] = deadline;
}

void Checkers::opened(const watch::OpenChannel& open) {
  const Instant now = network_.client_now();
  if (channels_.size() > 1) fail("more than two channels");
  // One is left for the next when nine tenths of its life are over.
  if (channels_.size() == 1 && now - channels_.begin()->second < lives_.session / 10 * 9 - Duration{120'000})
    fail("a second channel though the first one's login is young");
  channels_[open.epoch] = last_login_;
}

void Checkers::closed(watch::Epoch epoch) { channels_.erase(epoch); }

void Checkers::stands(const watch::WatchChanged& change) {
  Consumer* consumer = consumer_of(change.watch);
  if (!consumer) return;
  consumer->live = change.state == watch::WatchState::live;
  if (consumer->live && !consumer->began) consumer->began = clock_.now();
}

void Checkers::look() {
  if (!network_.process_runs()) return;
  const Instant now = network_.client_now();
  for (Consumer& consumer : consumers_) {
    std::erase_if(consumer.subscriptions,
                  [&](const auto& subscription) { return subscription.second + Duration{60'000} < now; });
    if (!consumer.live) continue;
    const bool held = std::any_of(consumer.subscriptions.begin(), consumer.subscriptions.end(),
                                  [&](const auto& subscription) { return subscription.second >= now; });
    if (!held) fail("watch " + consumer.spec.name + " is called live without a subscription that is");
  }
  if (!std::exchange(trimmed_, true)) check_mirror();
}

void Checkers::check_mirror() {
  for (const auto& object : network_.watch().save(network_.client_wall()).objects)
    if (object.class_name != "tagAnnotation" &&
        std::none_of(consumers_.begin(), consumers_.end(), [&](const Consumer& consumer) {
          return !consumer.removed && model::covers(model::without_fleeting_filter(consumer.spec.query), object.class_name,
                                                    object.dn(), object.attributes);
        }))
      fail("the mirror holds " + std::string(object.dn()) + ", which nobody watches");
}

// --- in the end --------------------------------------------------------------------------------------------------------------

void Checkers::check_told(const Consumer& consumer, const std::string& dn, const std::vector<Version>& versions,
                          std::size_t number) {
  const Version& version = versions[number];
  // What was on its way when it was removed; and what nobody had found to be amiss.
  if (consumer.removed && version.at + tolerance + (consumer.removed_calm ? Duration{0} : unnoticed) > *consumer.removed)
    return;
  const auto told = consumer.told.find(dn);
  const auto how_told = [&](std::size_t i) {
    return told != consumer.told.end() && i < told->second.size() ? told->second[i] : Told::no;
  };
  if (how_told(number) != Told::no) return;
  // What the controller adds in the same instant: whoever reads it has read the creation.
  const bool has_sequel = version.op == Op::created && number + 1 < versions.size() && versions[number + 1].at == version.at;
  if (has_sequel && how_told(number + 1) != Told::no) return;
  const bool in_gap = std::any_of(consumer.gaps.begin(), consumer.gaps.end(), [&](const auto& gap) {
    return version.wall.unix_ms >= gap.first.unix_ms - tolerance.count() &&
           version.wall.unix_ms <= gap.second.unix_ms + tolerance.count();
  });
  // A filter judges what it lays a push over. What was changed in silence it misjudges until it is told the object anew.
  bool misjudged = false;
  if (consumer.spec.query.target_filter)
    for (std::size_t i = number + 1; i-- > 0 && !misjudged;) {
      if (how_told(i) == Told::whole) break;
      misjudged = versions[i].silent;
    }
  if (in_gap) ++by_gap_;
  else if (version.silent || misjudged)
    // What it came to in the end is known: finish() looks.
    ++undone_;
  else
    fail("lost by watch " + consumer.spec.name + ": " + std::string(to_string(version.op)) + " " + dn + " of " +
         std::to_string(version.at.time_since_epoch().count() - 1'000'000) + " ms (" + version.wall.to_string() + ")");
}

void Checkers::finish(const std::function<std::vector<model::ManagedObject>(const model::Query&)>& truth) {
  const auto view = network_.watch().inspect();
  for (const auto& watch : view.watches) {
    if (watch.state != watch::WatchState::live)
      fail("watch " + watch.name + " is " + to_string(watch.state) + " in the end: " + watch.error.message);
    if (watch.blind_since) fail("the gap of watch " + watch.name + " is open in the end");
  }
  if (!asked_.empty()) fail("a request of the process's own was never answered");
  std::map<std::string, bool> all;
  for (const Consumer& consumer : consumers_) {
    if (consumer.removed) continue;
    std::map<std::string, std::string> is;
    for (const auto& object : truth(consumer.spec.query)) is[std::string(object.dn())] = content_of(object.attributes);
    for (const auto& object : truth(model::without_fleeting_filter(consumer.spec.query))) all[std::string(object.dn())] = true;
    for (const auto& [dn, content] : is) {
      const auto known = consumer.objects.find(dn);
      if (known == consumer.objects.end()) fail("watch " + consumer.spec.name + " does not know of " + dn);
      else if (known->second != content)
        fail("watch " + consumer.spec.name + " has another state of " + dn + "\nknown:\n" + known->second + "is:\n" + content);
    }
    for (const auto& [dn, content] : consumer.objects)
      if (!is.contains(dn)) fail("watch " + consumer.spec.name + " believes in " + dn);
  }
  if (view.objects > all.size() + 1)  // and the canary
    fail("the mirror holds " + std::to_string(view.objects) + " objects of " + std::to_string(all.size()) +
         " that are watched");
  for (const auto& [dn, versions] : objects_)
    for (std::size_t number = 0; number < versions.size(); ++number)
      for (const std::size_t i : versions[number].consumers) check_told(consumers_[i], dn, versions, number);
}

}  // namespace aci::world
