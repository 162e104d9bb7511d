#include "aci/object_class.hpp"

#include <algorithm>
#include <ostream>

#include "model/class_facts.hpp"
#include "model/query.hpp"
#include "model/watchable.hpp"
#include "toolkit/session_core.hpp"

namespace aci {
namespace {

std::string key_of(const ObjectClass& object_class) { return std::string(object_class.name()); }

base::Result<model::Query> with_options(model::Query query, const SubscribeOptions& options) {
  if (!options.extension.empty()) {
    std::string url = query.to_url();
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += std::string_view(options.extension)
               .substr(std::min(options.extension.find_first_not_of("?&"), options.extension.size()));
    auto parsed = model::Query::parse_url(url);
    if (!parsed) return base::Error{base::Errc::invalid, "extension: " + parsed.error().message};
    query = std::move(*parsed);
  }
  if (!options.filter.empty()) {
    auto filter = model::Filter::parse(options.filter);
    if (!filter) return base::Error{base::Errc::invalid, "filter: " + filter.error().message};
    query.target_filter = std::move(*filter);
  }
  if (options.subtree) query.target = model::Target::subtree;
  return query;
}

Subscribed subscribe_to(Session& session, const std::string& key, model::Query query, const SubscribeOptions& options) {
  auto whole = with_options(std::move(query), options);
  if (!whole) return {toolkit::to_problem(whole.error().errc), whole.error().message};
  if (const auto fine = model::watchable(*whole); !fine) return {toolkit::to_problem(fine.error().errc), fine.error().message};
  return session.core().subscribe(key, std::move(*whole), options.only_new);
}

// The DN of what an RN without a parent may stand below; nothing when the class needs a parent.
std::optional<model::Dn> root_of(const model::ClassFacts& facts) {
  for (const auto& [parent, dn] :
       {std::pair("polUni", "uni"), std::pair("fabricTopology", "topology"), std::pair("topRoot", "")})
    if (std::find(facts.parents.begin(), facts.parents.end(), parent) != facts.parents.end()) return model::Dn::trusted(dn);
  return {};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Subscribed& subscribed) {
  if (subscribed) return out << "True";
  return out << "False (" << subscribed.error() << ")";
}

ManagedObject ManagedObject::at(std::string dn) {
  ManagedObject object;
  const auto parsed = model::Dn::parse(dn);
  if (!parsed || parsed->empty()) {
    object.problem_ = parsed ? "an empty DN names no object" : "not a DN: " + parsed.error().message;
    return object;
  }
  if (const model::ClassFacts* facts = model::class_of_dn(dn)) {
    object.class_name_ = facts->name;
    if (const auto values = model::rn_values(*facts, parsed->rn()); values && values->size() == 1)
      object.name_ = values->front().second;
  }
  object.dn_ = std::move(dn);
  return object;
}

ManagedObject ObjectClass::named(std::string_view name, const ManagedObject* parent) const {
  ManagedObject object;
  object.class_name_ = this->name();
  object.name_ = name;
  const auto fail = [&](const std::string& problem) {
    object.problem_ = object.class_name_ + " '" + object.name_ + "': " + problem;
    return object;
  };
  const model::ClassFacts* facts = model::find_class(this->name());
  if (!facts || facts->rn_format.empty()) return fail("how the class is named is not known: use ManagedObject::at(dn)");
  if (facts->naming.size() != 1) return fail("the class is not named by one value: use ManagedObject::at(dn)");
  if (name.empty()) return fail("the name is empty");
  if (parent && parent->dn().empty()) return fail(parent->problem().empty() ? "its parent has no DN" : parent->problem());
  if (parent && !parent->class_name().empty() && !facts->parents.empty() && facts->parents.front() != "*" &&
      std::find(facts->parents.begin(), facts->parents.end(), parent->class_name()) == facts->parents.end())
    return fail("it does not stand below " + parent->class_name());
  const auto above = parent ? model::Dn::trusted(parent->dn()) : root_of(*facts);
  if (!above) {
    const std::string example = facts->parents.empty() ? "parent" : std::string(facts->parents.front());
    return fail("it needs its parent, as in ObjectClass(\"" + object.class_name_ + "\")(name, parent), with a " + example);
  }
  const auto rn = model::make_rn(*facts, model::Attributes{{facts->naming.front(), name}});
  if (!rn) return fail(rn.error().message);
  const model::Dn dn = above->child(*rn);
  if (!model::Dn::parse(dn.str()) || dn.rn() != *rn) return fail("the name does not fit into a DN");
  object.dn_ = dn.str();
  return object;
}

ManagedObject ObjectClass::operator()(std::string_view name) const { return named(name, nullptr); }
ManagedObject ObjectClass::operator()(std::string_view name, const ManagedObject& parent) const { return named(name, &parent); }

Subscribed ManagedObject::subscribe(Session& session, const SubscribeOptions& options) const {
  if (dn_.empty()) return {Problem::invalid, problem_};
  return subscribe_to(session, dn_, model::Query::of_object(model::Dn::trusted(dn_)), options);
}

Subscribed ObjectClass::subscribe(Session& session, const SubscribeOptions& options) const {
  const std::string name = key_of(*this);
  return subscribe_to(session, name, model::Query::of_class(name), options);
}

bool ManagedObject::has_events(Session& session) const { return get_event_count(session) > 0; }
Event ManagedObject::get_event(Session& session) const { return session.core().queues().pop(dn_); }
std::size_t ManagedObject::get_event_count(Session& session) const { return session.core().queues().size(dn_); }
void ManagedObject::unsubscribe(Session& session) const { session.core().unsubscribe(dn_); }

bool ObjectClass::has_events(Session& session) const { return get_event_count(session) > 0; }
Event ObjectClass::get_event(Session& session) const { return session.core().queues().pop(key_of(*this)); }
std::size_t ObjectClass::get_event_count(Session& session) const { return session.core().queues().size(key_of(*this)); }
void ObjectClass::unsubscribe(Session& session) const { session.core().unsubscribe(key_of(*this)); }

}  // namespace aci
