// Handles of the controller's classes and of single objects: what to subscribe to.
//
//   Tenant.subscribe(session);                                   // every tenant
//   Tenant("common").subscribe(session);                         // that one alone
//   AppProfile("Shop", Tenant("common")).dn()                    // "uni/tn-common/ap-Shop"
//   ObjectClass("faultInst").subscribe(session, {.only_new = true, .filter = R"(ne(faultInst.severity,"info"))"});
//
// The names are acitoolkit's. A handle is a plain value and holds no state: equal handles mean the same subscription, with
// one queue of events, in whichever scope or thread they are made.
//
// Thread-safety: values; every call may be made from any thread, also for one session at the same time.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

#include <aci/event.hpp>
#include <aci/response.hpp>

namespace aci {

class Session;
class ObjectClass;

struct SubscribeOptions {
  // Leaves out what is there already. Without it the objects that exist come first, as events of origin baseline.
  bool only_new = false;
  // Only objects that match, in the controller's filter language: eq(fvTenant.name,"Heroes"), and(...), wcard(...), ...
  std::string filter = {};
  // With all that is below: of the object, or of each object of the class.
  bool subtree = false;
  // Further options of the query as they stand in a URL: "&query-target=subtree&target-subtree-class=fvBD".
  std::string extension = {};
};

// What subscribe() answers: tests as a bool, prints True or False, on False with the reason.
class Subscribed {
 public:
  Subscribed() = default;
  Subscribed(Problem problem, std::string error) : problem_(problem), error_(std::move(error)) {}
  explicit operator bool() const { return problem_ == Problem::none; }
  Problem problem() const { return problem_; }
  const std::string& error() const { return error_; }

 private:
  Problem problem_ = Problem::none;
  std::string error_;
};
std::ostream& operator<<(std::ostream& out, const Subscribed& subscribed);

// One object, which may exist or not.
class ManagedObject {
 public:
  // The object of that DN, whatever its class.
  static ManagedObject at(std::string dn);

  // "" when it cannot be told: a name that the class does not take, or a parent is missing; problem() then says what.
  const std::string& dn() const { return dn_; }
  const std::string& name() const { return name_; }
  const std::string& class_name() const { return class_name_; }  // "" when the DN does not tell
  const std::string& problem() const { return problem_; }

  // As ObjectClass's, for this one object (with .subtree: and all below it).
  Subscribed subscribe(Session& session, const SubscribeOptions& options = {}) const;
  bool has_events(Session& session) const;
  Event get_event(Session& session) const;
  std::size_t get_event_count(Session& session) const;
  void unsubscribe(Session& session) const;

  friend bool operator==(const ManagedObject& a, const ManagedObject& b) { return a.dn_ == b.dn_; }

 private:
  friend class ObjectClass;
  ManagedObject() = default;
  std::string class_name_, name_, dn_, problem_;
};

class ObjectClass {
 public:
  // Any class by the controller's name. Names are at most name_max long; a longer one is no class and subscribes to nothing.
  constexpr explicit ObjectClass(std::string_view name) {
    size_ = static_cast<unsigned char>(name.size() <= name_max ? name.size() : 0);
    for (std::size_t i = 0; i < size_; ++i) name_[i] = name[i];
  }
  constexpr std::string_view name() const { return {name_, size_}; }

  // One object by its name, directly below the fabric's root or below a parent. The name is the value in the RN; a class
  // named by several values is reached by ManagedObject::at().
  ManagedObject operator()(std::string_view name) const;
  ManagedObject operator()(std::string_view name, const ManagedObject& parent) const;

  // Waits until the controller has answered and what is there has been read; at most SessionOptions::timeout. False means
  // that nothing is subscribed: not logged in, a class that does not exist (with the nearest names), a class of statistics
  // (never pushed), a filter that does not parse, no answer. The same subscription made again is counted, not repeated;
  // further options for the same handle add to the same queue.
  Subscribed subscribe(Session& session, const SubscribeOptions& options = {}) const;
  // The next three never wait. get_event() takes the oldest event; an empty queue answers with the empty Event.
  bool has_events(Session& session) const;
  Event get_event(Session& session) const;
  std::size_t get_event_count(Session& session) const;
  // Ends one subscribe(). With the last one the queue and what is in it are gone.
  void unsubscribe(Session& session) const;

  friend constexpr bool operator==(const ObjectClass& a, const ObjectClass& b) { return a.name() == b.name(); }

 private:
  ManagedObject named(std::string_view name, const ManagedObject* parent) const;

  static constexpr std::size_t name_max = 80;
  char name_[name_max] = {};
  unsigned char size_ = 0;
};

// By acitoolkit's names, and what it has none for.
inline constexpr ObjectClass Tenant{"fvTenant"};
inline constexpr ObjectClass AppProfile{"fvAp"};
inline constexpr ObjectClass EPG{"fvAEPg"};
inline constexpr ObjectClass BridgeDomain{"fvBD"};
inline constexpr ObjectClass Context{"fvCtx"};
inline constexpr ObjectClass Subnet{"fvSubnet"};
inline constexpr ObjectClass Contract{"vzBrCP"};
inline constexpr ObjectClass ContractSubject{"vzSubj"};
inline constexpr ObjectClass ContractInterface{"vzCPIf"};
inline constexpr ObjectClass Taboo{"vzTaboo"};
inline constexpr ObjectClass Filter{"vzFilter"};
inline constexpr ObjectClass FilterEntry{"vzEntry"};
inline constexpr ObjectClass OutsideL3{"l3extOut"};
inline constexpr ObjectClass OutsideL2{"l2extOut"};
inline constexpr ObjectClass OutsideEPG{"l3extInstP"};
inline constexpr ObjectClass Endpoint{"fvCEp"};
inline constexpr ObjectClass IPEndpoint{"fvIp"};
inline constexpr ObjectClass PhysDomain{"physDomP"};
inline constexpr ObjectClass VmmDomain{"vmmDomP"};
inline constexpr ObjectClass Pod{"fabricPod"};
inline constexpr ObjectClass Node{"fabricNode"};
inline constexpr ObjectClass Link{"fabricLink"};
inline constexpr ObjectClass Interface{"l1PhysIf"};
inline constexpr ObjectClass Fault{"faultInst"};
inline constexpr ObjectClass AuditLog{"aaaModLR"};

}  // namespace aci
