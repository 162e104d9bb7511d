#include "controller/churn.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "controller/object_tree.hpp"
#include "model/dn.hpp"

namespace aci::controller {
namespace {

using base::Duration;
using base::Instant;
using base::WallTime;
using model::AttributeView;
using model::ManagedObject;

constexpr std::array<std::string_view, 8> tenants{"Heroes",  "Villains", "Sidekicks", "Gadgets",
                                                  "Mentors", "Robots",   "Explorers", "Inventors"};
constexpr std::array<std::string_view, 3> applications{"Shop", "Archive", "Newsroom"};
constexpr std::array<std::string_view, 4> groups{"Web", "App", "Db", "Cache"};
constexpr std::array<std::string_view, 5> notes{"Saves the day", "Moved to the new data center", "Owned by the night shift",
                                                "To be cleaned up in spring", "Reviewed"};

constexpr std::string_view node_fault = "F1543";

template <std::size_t size>
std::string one_of(const std::array<std::string_view, size>& names, base::Rng& rng) {
  return std::string(names[rng.below(size)]);
}

Duration between(base::Rng& rng, int low_ms, int high_ms) {
  return Duration{low_ms + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high_ms - low_ms)))};
}

FaultCondition node_gone(const std::string& dn, const std::string& id) {
  FaultCondition gone;
  gone.dn = dn;
  gone.code = node_fault;
  gone.severity = "critical";
  gone.cause = "node-failed";
  gone.descr = "Node " + id + " not reachable";
  gone.domain = "infra";
  gone.rule = "fabric-node-unreachable";
  gone.subject = "node-unreachable";
  gone.type = "operational";
  return gone;
}

// The n-th object of a class; counting through costs less than a table that would have to follow the tree.
const Node* pick(const ObjectTree& tree, std::string_view class_name, base::Rng& rng) {
  const ClassEntry* entry = tree.find_class(class_name);
  if (!entry || entry->count == 0) return nullptr;
  const Node* node = entry->first;
  for (std::uint64_t skip = rng.below(std::min<std::uint64_t>(entry->count, 4096)); skip > 0; --skip) node = node->class_next;
  return node;
}

}  // namespace

Churn::Churn(Controller& controller, Options options)
    : controller_(controller), rng_(options.seed), pace_(options.events_per_second) {}

void Churn::begin(Instant now) {
  if (!std::exchange(begun_, true) && pace_ > 0) {
    // A fabric that was kept may be in the middle of something.
    for (const Node* port = controller_.tree().class_first("ethpmPhysIf"); port; port = port->class_next)
      if (port->attributes.get("operSt") == "down" && is_there(port->dn + "/fault-F1394")) plug_in({now, {}}, port->dn);
    for (const Node* node = controller_.tree().class_first("fabricNode"); node; node = node->class_next)
      if (node->attributes.get("fabricSt") == "inactive") bring_back({now, {}}, node->dn);
  }
  began_ = now;
  next_ms_ = 0;
  plan_next();
}

void Churn::set_pace(Instant now, double events_per_second) {
  pace_ = events_per_second;
  begin(now);
}

// Half to one and a half of the mean: lively, and the same on every machine.
void Churn::plan_next() {
  if (pace_ > 0) next_ms_ += (0.5 + rng_.unit()) * 1000 / pace_;
}

std::optional<Instant> Churn::next_wakeup() const {
  std::optional<Instant> next;
  if (begun_ && pace_ > 0) next = began_ + Duration{static_cast<std::int64_t>(next_ms_)};
  if (!later_.empty() && (!next || later_.begin()->first.first < *next)) next = later_.begin()->first.first;
  return next;
}

void Churn::advance(Instant now, WallTime wall) {
  for (auto due = next_wakeup(); due && *due <= now; due = next_wakeup()) {
    const Moment at{*due, wall + -(now - *due)};
    if (!later_.empty() && later_.begin()->first.first <= *due) {
      const Deed deed = std::move(later_.begin()->second);
      later_.erase(later_.begin());
      deed(at);
    } else {
      plan_next();
      ++events_;
      act(at);
    }
  }
}

void Churn::act(const Moment& at) {
  const std::uint64_t kind = rng_.below(1000);
  if (kind < 2 && boot_leaf(at)) return;
  if (kind < 180 && flap_port(at)) return;
  if (kind < 550 && move_endpoint(at)) return;
  // A name may be in somebody else's hands: then the next one is tried.
  for (int tries = 0; tries < 8 && !change_configuration(at); ++tries) {
  }
}

bool Churn::is_there(const std::string& dn) const { return controller_.tree().find(dn) != nullptr; }

void Churn::later(const Moment& at, Duration after, Deed deed) {
  later_.emplace(std::pair{at.now + after, ++deeds_}, std::move(deed));
}

// A step that meets what a user has deleted meanwhile is left out.
void Churn::set(const Moment& at, std::string class_name, std::vector<AttributeView> attributes) {
  (void)controller_.set(at.wall, {std::move(class_name), model::Attributes::from(attributes), {}});
}

void Churn::configure(const Moment& at, ManagedObject object) { (void)controller_.configure(at.now, at.wall, "admin", object); }

bool Churn::change_configuration(const Moment& at) {
  const std::string tenant = one_of(tenants, rng_), dn = "uni/tn-" + tenant;
  const std::string application = dn + "/ap-" + one_of(applications, rng_);
  const std::string name = one_of(groups, rng_), group = application + "/epg-" + name, note = one_of(notes, rng_);
  const std::uint64_t choice = rng_.below(100);
  const auto remove = [&](const char* class_name, const std::string& gone) {
    configure(at, {class_name, {{"dn", gone}, {"status", "deleted"}}, {}});
  };
  if (!is_there(dn)) {
    configure(at,
              {"fvTenant",
               {{"dn", dn}, {"descr", note}, {"annotation", "orchestrator:churn"}},
               {{"fvCtx", {{"name", "main"}}, {}}, {"fvBD", {{"name", "Web"}}, {{"fvRsCtx", {{"tnFvCtxName", "main"}}, {}}}}}});
    return true;
  }
  if (controller_.tree().find(dn)->attributes.get("annotation") != "orchestrator:churn") return false;
  if (choice < 4) remove("fvTenant", dn);
  else if (choice < 12) configure(at, {"fvTenant", {{"dn", dn}, {"descr", note}}, {}});
  else if (choice < 20) configure(at, {"fvBD", {{"dn", dn + "/BD-Web"}, {"arpFlood", choice % 2 ? "yes" : "no"}}, {}});
  else if (!is_there(application)) configure(at, {"fvAp", {{"dn", application}}, {}});
  else if (choice < 25) remove("fvAp", application);
  else if (!is_there(group)) configure(at, {"fvAEPg", {{"dn", group}}, {{"fvRsBd", {{"tnFvBDName", "Web"}}, {}}}});
  else if (choice < 60) remove("fvAEPg", group);
  else configure(at, {"fvAEPg", {{"dn", group}, {"descr", note}}, {}});
  return true;
}

bool Churn::move_endpoint(const Moment& at) {
  const auto& shape = controller_.fabric();
  if (!shape || shape->endpoints == 0) return false;
  const std::size_t count = lab_endpoint_count(*shape);
  const std::size_t number = rng_.below(count + count / 4 + 1);  // some that were not there from the beginning
  const Endpoint there = lab_endpoint(*shape, controller_.controller_count(), number, rng_.below(count));
  if (!is_there(there.epg)) return false;
  const std::string dn = endpoint_dn(there);
  const Node* known = controller_.tree().find(dn);
  if (known && silent_.contains(dn)) return true;
  if (known && silent_.size() < count / 4 && rng_.below(4) == 0) (void)silence(at.now, dn);
  else (void)see(at.now, at.wall, there);
  return true;
}

base::Result<void> Churn::see(Instant, WallTime wall, const Endpoint& endpoint) {
  silent_.erase(endpoint_dn(endpoint));
  return see_endpoint(controller_, wall, endpoint);
}

base::Result<void> Churn::silence(Instant now, const std::string& endpoint) {
  if (!is_there(endpoint)) return base::Error{base::Errc::not_found, "there is no endpoint " + endpoint, 0};
  silent_[endpoint] = now;
  age({now, {}}, endpoint);
  return {};
}

// Looks again when its time is over: it may have been heard meanwhile.
void Churn::age(const Moment& at, const std::string& endpoint) {
  const auto retention = retention_of(endpoint);
  if (!retention) return;
  later(at, *retention, [this, endpoint, since = at.now](const Moment& then) {
    const auto silent = silent_.find(endpoint);
    if (silent == silent_.end() || silent->second != since) return;
    silent_.erase(silent);
    set(then, "fvCEp", {{"dn", endpoint}, {"status", "deleted"}});
  });
}

std::optional<Duration> Churn::retention_of(const std::string& endpoint) const {
  const ObjectTree& tree = controller_.tree();
  const auto target = [&](const std::string& relation) {
    const Node* node = tree.find(relation);
    return node ? std::string(node->attributes.get("tDn")) : std::string();
  };
  const std::string domain = target(std::string(model::Dn::parent_of(endpoint)) + "/rsbd");
  const Node* policy = tree.find(target(domain + "/rsbdToEpRet"));
  const std::string_view told = policy ? policy->attributes.get("localEpAgeIntvl") : std::string_view{};
  long seconds = 900;  // the policy's default
  std::from_chars(told.data(), told.data() + told.size(), seconds);
  if (seconds == 0) return {};
  return Duration{seconds * 1000};
}

bool Churn::flap_port(const Moment& at) {
  const Node* port = nullptr;
  for (int tries = 0; tries < 8 && !port; ++tries) {
    const Node* node = pick(controller_.tree(), "ethpmPhysIf", rng_);
    if (!node) return false;
    // Host ports: a lost uplink is a switch's business.
    if (node->attributes.get("operSt") == "up" && node->parent->attributes.get("usage") == "access") port = node;
  }
  if (!port) return true;  // all that were looked at are down already
  const std::string dn = port->dn;
  (void)set_port(controller_, at.now, at.wall, dn, false);
  plug_in(at, dn);
  return true;
}

// The node is lost, its links and what was learned there; a minute or two later it is back.
bool Churn::boot_leaf(const Moment& at) {
  if (leaf_boots_) return false;
  const Node* node = nullptr;
  for (int tries = 0; tries < 8 && !node; ++tries) {
    const Node* one = pick(controller_.tree(), "fabricNode", rng_);
    if (one && one->attributes.get("role") == "leaf") node = one;
  }
  if (!node) return false;
  const std::string dn = node->dn, id(node->attributes.get("id"));
  std::vector<std::string> lost;
  for (const Node* at_port = controller_.tree().class_first("fvRsCEpToPathEp"); at_port; at_port = at_port->class_next)
    if (at_port->dn.find("/paths-" + id + "/") != std::string::npos) lost.push_back(at_port->parent->dn);
  set(at, "fabricNode", {{"dn", dn}, {"fabricSt", "inactive"}});
  (void)controller_.raise_fault(at.now, at.wall, node_gone(dn, id));
  set_links(at, id, "down");
  for (const std::string& endpoint : lost) set(at, "fvCEp", {{"dn", endpoint}, {"status", "deleted"}});
  bring_back(at, dn);
  return true;
}

void Churn::set_links(const Moment& at, std::string_view leaf, std::string_view state) {
  std::vector<std::string> links;
  for (const Node* link = controller_.tree().class_first("fabricLink"); link; link = link->class_next)
    if (link->attributes.get("n1") == leaf) links.push_back(link->dn);
  for (const std::string& link : links) set(at, "fabricLink", {{"dn", link}, {"operSt", state}});
}

void Churn::bring_back(const Moment& at, const std::string& node) {
  leaf_boots_ = true;
  later(at, between(rng_, 60'000, 150'000), [this, node](const Moment& then) {
    leaf_boots_ = false;
    if (!is_there(node)) return;
    const std::string id(controller_.tree().find(node)->attributes.get("id"));
    (void)controller_.restart_node(then.now, then.wall, static_cast<unsigned>(std::strtoul(id.c_str(), nullptr, 10)));
    set_links(then, id, "up");
    set(then, "fabricNode", {{"dn", node}, {"fabricSt", "active"}});
    (void)controller_.clear_fault(then.now, then.wall, node, node_fault);
  });
}

void Churn::plug_in(const Moment& at, const std::string& port) {
  later(at, between(rng_, 5'000, 40'000),
        [this, port](const Moment& then) { (void)set_port(controller_, then.now, then.wall, port, true); });
}

}  // namespace aci::controller
