// Users: who may log in, what they may see, what they may write. Floor: controller.
//
//   auto user = accounts.log_in("apic:local\\joe", "secret");      // "uni/userext/user-joe"
//   const Rights rights = accounts.rights_of(*user);
//   if (!accounts.may_write(rights, "uni/tn-T/ap-A")) ...
//
// A user's rights are the aaaUserDomain objects below its aaaUser, each with aaaUserRole objects. The domain "all" is the
// whole tree. Any other domain is what stands below an object that carries an aaaDomainRef of that name, mostly a tenant,
// and the tenant common, which is only read. A role is an aaaRole, which users may make too: its privileges (priv) say which
// parts of the tree may be written, where its privType is writePriv; who has any role in a domain reads all of that domain.
// Real controllers decide for each class: this is coarser. Passwords are kept here, never in the tree. Thread-safety: one
// thread. Facts: Cisco APIC Security Configuration Guide.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "controller/controller.hpp"
#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"
#include "model/dn.hpp"
#include "model/managed_object.hpp"

namespace aci::controller {

struct Rights {
  struct Domain {
    std::string name;
    std::vector<std::string> read_roles, write_roles;
    std::vector<std::string_view> places;  // parts of the tree that may be written
  };
  std::string user_dn;
  std::vector<Domain> domains;

  bool everything_seen() const;
};

// The roles that the controller has from the beginning, with what aaaRole's priv says of them.
struct StandingRole {
  std::string_view name, privileges;
};
std::span<const StandingRole> standing_roles();
bool is_known_role(std::string_view role);
// Their names, for a person.
std::string known_roles();

class Accounts {
 public:
  Accounts(const ObjectTree& tree, const Options& options);

  // The user's DN. Takes "admin", "apic:local\\admin" and "apic#local\\admin". Errors carry the controller's code and text.
  base::Result<std::string> log_in(std::string_view user, std::string_view password) const;
  // After too many wrong passwords, where aaaBlockLoginProfile says so: nobody logs in as this user for a time.
  bool is_blocked(const std::string& user_dn, base::Instant now) const;
  void note_failure(const std::string& user_dn, base::Instant now);
  // The DN that the name of a login leads to, whether there is such a user or not.
  static std::string user_dn(std::string_view login);
  // "admin" of "uni/userext/user-admin"; also of an app's.
  static std::string_view name_of(std::string_view user_dn);
  // Names of login domains beyond those that are always there.
  std::vector<std::string> login_domains() const;

  // The number that objects written by this user carry.
  std::string uid_of(const std::string& user_dn);
  Rights rights_of(std::string_view user_dn) const;
  bool may_see(const Rights& rights, std::string_view dn) const;
  bool may_write(const Rights& rights, std::string_view dn) const;
  // may_see for all that asks for it later; empty where everything is seen.
  Sees sees_of(const Rights& rights) const;

  // Takes the passwords out of a request that was carried out.
  void learn_passwords(const model::Dn& url, const model::ManagedObject& posted);
  // "" for a user without one.
  std::string_view password_of(std::string_view user_dn) const;
  void set_password(const std::string& user_dn, std::string_view password) { account(user_dn).password = password; }
  void note(const NodeChange& change);
  // A tag counts for all that its request changes: for a tenant that is created before it and deleted after it.
  void expect_tag(std::string dn) { passing_tags_.insert(std::move(dn)); }
  void forget_passing_tags() { passing_tags_.clear(); }

 private:
  struct Account {
    std::string password;  // "" cannot log in by password
    std::uint64_t uid = 0;
    std::deque<base::Instant> failures;  // wrong passwords, as long as they count
    base::Instant blocked_until{};
  };
  std::string_view privileges_of(std::string_view role) const;
  bool is_tagged(std::string_view dn, std::string_view domain) const;
  Account& account(const std::string& user_dn);

  const ObjectTree& tree_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::uint64_t next_uid_ = 15374;  // as recorded for admin
  std::set<std::string, std::less<>> passing_tags_;
};

}  // namespace aci::controller
