#include "controller/subscriptions.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "codec/answer.hpp"
#include "model/class_facts.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

// Looks as the recorded ones do: 72057628414509057 is 0x01000008'0101'0001.
std::uint64_t id_of(std::uint64_t count) {
  constexpr std::uint64_t counters = 0x600000;  // keeps it at 17 digits
  return 0x0100'0000'0000'0000ull | (count % counters) << 32 | 0x0101'0000ull | ((count / counters + 1) & 0xffff);
}

// Whether an object lives on a switch: below topology/pod-1/node-101, or an endpoint that was learned on one of its ports.
bool lives_on(const Node& node, const std::string& node_id) {
  if (node.dn.starts_with("topology/")) return node.dn.find("/node-" + node_id + '/') != std::string::npos;
  const Node* endpoint = &node;
  while (endpoint && endpoint->of->name != "fvCEp") endpoint = endpoint->parent;
  if (!endpoint) return false;
  const auto goes_there = [&](std::string_view path) {  // topology/pod-1/paths-101/..., .../protpaths-101-102/...
    const std::size_t begin = std::min(path.find("paths-"), path.size());
    const std::string nodes = std::string(path.substr(begin, path.substr(begin).find('/'))) + '-';
    return nodes.find('-' + node_id + '-') != std::string::npos;
  };
  if (goes_there(endpoint->attributes.get("fabricPathDn"))) return true;
  for (const Node* child = endpoint->first_child; child; child = child->next)
    if (goes_there(child->attributes.get("tDn"))) return true;
  return false;
}

model::ManagedObject pushed_object(const NodeChange& change) {
  std::vector<model::AttributeView> attributes;
  // A fault that changes is told in full, and without modTs (recorded).
  const bool fault =
      change.op == model::Op::modified && (change.node.of->name == "faultInst" || change.node.of->name == "faultDelegate");
  const auto& from = change.op == model::Op::created || fault ? change.node.attributes : change.changed;
  attributes.reserve(from.size() + 5);
  if (change.op != model::Op::deleted)
    for (const auto& attribute : from)
      if (!fault || attribute.name != "modTs") attributes.push_back(attribute);
  attributes.push_back({"childAction", ""});
  attributes.push_back({"dn", change.node.dn});
  const auto modified = change.op == model::Op::deleted ? std::nullopt : change.node.attributes.find("modTs");
  if (!fault && (modified || change.op != model::Op::created))
    attributes.push_back({"modTs", modified.value_or(change.mod_ts)});
  attributes.push_back({"rn", ""});
  attributes.push_back({"status", model::to_string(change.op)});
  return {change.node.of->name, model::Attributes::from(attributes), {}};
}

// A frame of one format with a place for the ids, which are each channel's own: the object is encoded for the first channel
// that wants it.
class FrameMaker {
 public:
  FrameMaker(const NodeChange& change, model::Format format) : change_(change), format_(format) {}

  std::shared_ptr<const std::string> with_ids(const std::vector<const std::string*>& ids) {
    if (frame_.empty()) {
      frame_ = codec::encode_frame({"@"}, pushed_object(change_), format_);
      at_ = frame_.find("\"@\"");
    }
    auto text = std::make_shared<std::string>();
    text->reserve(frame_.size() + 20 * ids.size());
    text->append(frame_, 0, at_);
    const std::string_view separator = format_ == model::Format::json ? "\",\"" : ",";
    *text += '"';
    for (const std::string* id : ids) {
      if (id != ids.front()) *text += separator;
      *text += *id;
    }
    text->append(frame_, at_ + 2);
    return text;
  }

 private:
  const NodeChange& change_;
  model::Format format_;
  std::string frame_;
  std::size_t at_ = 0;
};

}  // namespace

Subscriptions::List& Subscriptions::Scopes::of(model::Target target) {
  switch (target) {
    case model::Target::children: return children;
    case model::Target::subtree: return subtree;
    case model::Target::self: break;
  }
  return self;
}

std::optional<std::string> Subscriptions::add(base::Instant now, ChannelId channel, model::Query query, base::Duration period,
                                              Sees sees, bool deaf) {
  if (subscriptions_.size() >= subscriptions_max) return {};
  auto owned = std::make_unique<Subscription>();
  Subscription& subscription = *owned;
  subscription.count = count_++;
  subscription.deaf = deaf;
  subscription.sees = std::move(sees);
  subscription.id = id_of(8 + subscription.count);
  subscription.text = std::to_string(subscription.id);
  subscription.channel = channel;
  subscription.query = std::move(query);
  subscription.period = std::min(period, period_max);
  subscription.expires_at = end_of(now, subscription.period);
  for (const std::string& name : subscription.query.target_subtree_class) {
    const auto concrete = model::concrete_classes(name);
    if (concrete.empty()) subscription.targets.push_back(name);
    subscription.targets.insert(subscription.targets.end(), concrete.begin(), concrete.end());
  }
  std::sort(subscription.targets.begin(), subscription.targets.end());
  const auto includes = [&](std::string_view token) {
    const auto& include = subscription.query.rsp_subtree_include;
    return std::find(include.begin(), include.end(), token) != include.end();
  };
  subscription.faults = includes("faults");
  subscription.health = includes("health");
  subscription.deep = includes("subtree") || subscription.query.rsp_subtree == model::RspSubtree::full;
  subscription.only_records = includes("no-scoped") && (subscription.faults || subscription.health);
  const model::Target target = subscription.query.target;
  if (subscription.query.class_name.empty()) {
    by_dn_[subscription.query.dn.str()].of(target).push_back(&subscription);
  } else {
    subscription.classes = model::concrete_classes(subscription.query.class_name);
    if (subscription.classes.empty()) subscription.classes.push_back(subscription.query.class_name);
    for (const std::string_view name : subscription.classes) by_class_[std::string(name)].of(target).push_back(&subscription);
  }
  by_expiry_.emplace(subscription.expires_at, subscription.id);
  by_channel_[channel].insert(subscription.id);
  const std::string text = subscription.text;
  subscriptions_.emplace(subscription.id, std::move(owned));
  return text;
}

base::Instant Subscriptions::end_of(base::Instant now, base::Duration period) const {
  return now + std::min(period, std::max(period - early_, base::Duration{1000}));
}

Subscriptions::Subscription* Subscriptions::find(std::string_view id) const {
  std::uint64_t number = 0;
  if (std::from_chars(id.data(), id.data() + id.size(), number).ec != std::errc{}) return nullptr;
  const auto found = subscriptions_.find(number);
  return found == subscriptions_.end() ? nullptr : found->second.get();
}

bool Subscriptions::refresh(base::Instant now, std::string_view id) {
  Subscription* subscription = find(id);
  if (!subscription) return false;
  by_expiry_.erase({subscription->expires_at, subscription->id});
  subscription->expires_at = end_of(now, subscription->period);
  by_expiry_.emplace(subscription->expires_at, subscription->id);
  return true;
}

std::optional<ChannelId> Subscriptions::channel_of(std::string_view id) const {
  const Subscription* subscription = find(id);
  if (!subscription) return {};
  return subscription->channel;
}

void Subscriptions::unlink(Subscription& subscription) {
  const auto remove = [&](Index& index, std::string_view key) {
    const auto found = index.find(key);
    std::erase(found->second.of(subscription.query.target), &subscription);
    if (found->second.empty()) index.erase(found);
  };
  if (subscription.classes.empty()) remove(by_dn_, subscription.query.dn.str());
  for (const std::string_view name : subscription.classes) remove(by_class_, name);
}

void Subscriptions::erase(std::uint64_t id) {
  const auto found = subscriptions_.find(id);
  Subscription& subscription = *found->second;
  unlink(subscription);
  by_expiry_.erase({subscription.expires_at, id});
  const auto channel = by_channel_.find(subscription.channel);
  channel->second.erase(id);
  if (channel->second.empty()) by_channel_.erase(channel);
  subscriptions_.erase(found);
}

void Subscriptions::drop_channel(ChannelId channel) {
  const auto found = by_channel_.find(channel);
  if (found == by_channel_.end()) return;
  const std::set<std::uint64_t> ids = found->second;
  for (const std::uint64_t id : ids) erase(id);
}

void Subscriptions::clear() {
  by_class_.clear();
  by_dn_.clear();
  by_expiry_.clear();
  by_channel_.clear();
  subscriptions_.clear();
}

void Subscriptions::advance(base::Instant now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) erase(by_expiry_.begin()->second);
}

std::optional<base::Instant> Subscriptions::next_wakeup() const {
  if (by_expiry_.empty()) return {};
  return by_expiry_.begin()->first;
}

void Subscriptions::find_candidates(const Node& node, List& found) const {
  const Node* above = &node;
  for (int distance = 0; above; above = above->parent, ++distance) {
    const auto add = [&](const List& list) {
      for (Subscription* subscription : list) {
        const model::Query& query = subscription->query;
        const bool elsewhere =
            !query.class_name.empty() && !query.dn.empty() && !model::Dn::is_below(above->dn, query.dn.str());
        if (!elsewhere) found.push_back(subscription);
      }
    };
    const auto take = [&](const Index& index, std::string_view key) {
      if (index.empty()) return;
      const auto scopes = index.find(key);
      if (scopes == index.end()) return;
      if (distance == 0) add(scopes->second.self);
      if (distance == 1 && is_child(node)) add(scopes->second.children);
      add(scopes->second.subtree);
    };
    take(by_class_, above->of->name);
    take(by_dn_, above->dn);
  }
}

std::uint64_t Subscriptions::deaf_before(const Node& node) const {
  std::uint64_t before = 0;
  for (const auto& [node_id, count] : deaf_before_)
    if (count > before && lives_on(node, node_id)) before = count;
  return before;
}

Subscriptions::List Subscriptions::find_matches(const Node& node, model::Op op) const {
  List found;
  find_candidates(node, found);
  const std::uint64_t deaf = deaf_before(node);
  // The filter is applied to the whole object, with the event's status: clients filter on that too.
  std::optional<model::Attributes> state;
  std::erase_if(found, [&](const Subscription* subscription) {
    if (subscription->deaf || subscription->count < deaf) return true;
    if (subscription->sees && !subscription->sees(node.dn)) return true;
    const model::Query& query = subscription->query;
    const std::string& name = node.of->name;
    if (!subscription->targets.empty() && query.target != model::Target::self &&
        !std::binary_search(subscription->targets.begin(), subscription->targets.end(), name))
      return true;
    if (!query.target_filter) return false;
    if (!state) {
      state = node.attributes;
      state->set("status", model::to_string(op));
    }
    return !query.target_filter->matches(name, *state);
  });
  return found;
}

void Subscriptions::add_including(const Node& record, List& found) const {
  const std::string_view name = record.of->name;
  const bool is_fault = name == "faultInst" || name == "faultDelegate";
  const bool is_health = name == "healthInst" || name == "healthNodeInst";
  if (!is_fault && !is_health) return;
  for (const Node* above = record.parent; above; above = above->parent)
    for (Subscription* subscription : find_matches(*above, model::Op::modified)) {
      const bool included = is_fault ? subscription->faults : subscription->health;
      if (included && (above == record.parent || subscription->deep)) found.push_back(subscription);
    }
}

void Subscriptions::publish(const NodeChange& change, std::vector<Push>& pushes) {
  if (subscriptions_.empty() || change.node.of->silent) return;
  List found = find_matches(change.node, change.op);
  std::erase_if(found, [](const Subscription* subscription) { return subscription->only_records; });
  add_including(change.node, found);
  if (found.empty()) return;
  std::sort(found.begin(), found.end(), [](const Subscription* a, const Subscription* b) {
    return std::tie(a->channel, a->id) < std::tie(b->channel, b->id);
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());

  FrameMaker json(change, model::Format::json), xml(change, model::Format::xml);
  for (std::size_t i = 0; i < found.size();) {
    const ChannelId channel = found[i]->channel;
    std::vector<const std::string*> json_ids, xml_ids;
    for (; i < found.size() && found[i]->channel == channel; ++i)
      (found[i]->query.format == model::Format::json ? json_ids : xml_ids).push_back(&found[i]->text);
    if (!json_ids.empty()) pushes.push_back({channel, json.with_ids(json_ids)});
    if (!xml_ids.empty()) pushes.push_back({channel, xml.with_ids(xml_ids)});
  }
}

}  // namespace aci::controller
