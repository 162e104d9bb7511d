#include "controller/accounts.hpp"

#include <algorithm>
#include <array>

namespace aci::controller {
namespace {

using base::Error;
using base::Result;

const std::string user_prefix = "uni/userext/user-";

struct Role {
  std::string_view name;
  std::array<std::string_view, 5> places;  // what may be written; a place that ends in '-' is the beginning of an RN
};
constexpr std::array<Role, 11> roles{{
    {"admin", {"uni", "topology", "subj-"}},
    {"aaa", {"uni/userext"}},
    {"access-admin", {"uni/infra", "uni/phys-", "uni/l2dom-", "uni/l3dom-", "uni/fc-"}},
    {"fabric-admin", {"uni/fabric", "uni/controller"}},
    {"nw-svc-admin", {"uni/tn-"}},
    {"nw-svc-params", {"uni/tn-"}},
    {"ops", {}},
    {"read-all", {}},
    {"tenant-admin", {"uni/tn-"}},
    {"tenant-ext-admin", {"uni/tn-"}},
    {"vmm-admin", {"uni/vmmp-"}},
}};

const Role* find_role(std::string_view name) {
  const auto found = std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.name == name; });
  return found == roles.end() ? nullptr : &*found;
}

bool is_within(std::string_view dn, std::string_view place) {
  return !place.empty() && dn.starts_with(place) &&
         (place.ends_with('-') || dn.size() == place.size() || dn[place.size()] == '/');
}

// The object that may carry a domain's tag: "uni/tn-T" of all below it.
std::string_view tagged_part(std::string_view dn) {
  constexpr std::string_view top = "uni/";
  if (!dn.starts_with(top)) return {};
  return dn.substr(0, dn.find('/', top.size()));
}

// What a log record is about; any other DN is itself.
std::string_view subject_of(std::string_view dn) {
  constexpr std::string_view prefix = "subj-[";
  if (!dn.starts_with(prefix)) return dn;
  const std::size_t end = dn.rfind("]/");
  return end == std::string_view::npos ? dn : dn.substr(prefix.size(), end - prefix.size());
}

}  // namespace

bool is_known_role(std::string_view role) { return find_role(role) != nullptr; }

std::string known_roles() {
  std::string names;
  for (const Role& role : roles) names += (names.empty() ? "" : ", ") + std::string(role.name);
  return names;
}

bool Rights::everything_seen() const {
  return std::any_of(domains.begin(), domains.end(), [](const Domain& domain) { return domain.name == "all"; });
}

Accounts::Accounts(const ObjectTree& tree, const Options& options) : tree_(tree) {
  for (const User& user : options.users) account(user_prefix + user.name).password = user.password;
}

Accounts::Account& Accounts::account(const std::string& user_dn) {
  const auto [found, is_new] = accounts_.try_emplace(user_dn);
  if (is_new) found->second.uid = next_uid_++;
  return found->second;
}

Result<std::string> Accounts::log_in(std::string_view user, std::string_view password) const {
  const Error wrong{base::Errc::auth, "User credential is incorrect - FAILED local authentication", 401};
  if (user.starts_with("apic:") || user.starts_with("apic#")) {
    const std::size_t end = user.find('\\'), name = user.find_last_of('\\');
    if (end != std::string_view::npos) {
      const std::string_view domain = user.substr(5, end - 5);
      static constexpr std::array<std::string_view, 4> standing{"local", "fallback", "DefaultAuth", ""};
      if (std::find(standing.begin(), standing.end(), domain) == standing.end() &&
          !tree_.find("uni/userext/logindomain-" + std::string(domain)))
        return wrong;
      user.remove_prefix(name + 1);
    }
  }
  std::string dn = user_prefix + std::string(user);
  const auto known = accounts_.find(dn);
  const Node* node = tree_.find(dn);
  if (!node || node->attributes.get("accountStatus") == "inactive") return wrong;
  if (known == accounts_.end() || known->second.password.empty() || known->second.password != password) return wrong;
  return dn;
}

std::vector<std::string> Accounts::login_domains() const {
  std::vector<std::string> names;
  for (const Node* node = tree_.class_first("aaaLoginDomain"); node; node = node->class_next)
    names.emplace_back(node->attributes.get("name"));
  return names;
}

std::string Accounts::uid_of(const std::string& user_dn) { return std::to_string(account(user_dn).uid); }

Rights Accounts::rights_of(std::string_view user_dn) const {
  Rights rights{std::string(user_dn), {}};
  const Node* user = tree_.find(user_dn);
  if (!user) return rights;
  for (const Node* domain = user->first_child; domain; domain = domain->next) {
    if (domain->of->name != "aaaUserDomain") continue;
    Rights::Domain granted{std::string(domain->attributes.get("name")), {}, {}};
    for (const Node* role = domain->first_child; role; role = role->next)
      if (role->of->name == "aaaUserRole")
        (role->attributes.get("privType") == "writePriv" ? granted.write_roles : granted.read_roles)
            .emplace_back(role->attributes.get("name"));
    if (!granted.read_roles.empty() || !granted.write_roles.empty()) rights.domains.push_back(std::move(granted));
  }
  // An app brings its rights along, and admin cannot shut itself out: where nothing is said of these, they have all.
  if (rights.domains.empty() && (user->of->name == "aaaAppUser" || user_dn == "uni/userext/user-admin"))
    rights.domains.push_back({"all", {}, {"admin"}});
  return rights;
}

bool Accounts::is_tagged(std::string_view dn, std::string_view domain) const {
  const std::string_view part = tagged_part(dn);
  if (part.empty()) return false;
  const std::string tag = std::string(part) + "/domain-" + std::string(domain);
  const Node* there = tree_.find(tag);
  return (there && there->of->name == "aaaDomainRef") || passing_tags_.contains(tag);
}

bool Accounts::may_see(const Rights& rights, std::string_view record_or_dn) const {
  if (rights.everything_seen()) return true;
  const std::string_view dn = subject_of(record_or_dn);
  // The way down to what may be seen, one's own account, and the sessions, among which are one's own.
  if (dn.empty() || dn == "uni" || dn == "info" || is_within(dn, rights.user_dn) || is_within(dn, "uni/usersessext"))
    return true;
  return std::any_of(rights.domains.begin(), rights.domains.end(), [&](const Rights::Domain& domain) {
    return is_within(dn, "uni/tn-common") || is_tagged(dn, domain.name);
  });
}

bool Accounts::may_write(const Rights& rights, std::string_view dn) const {
  return std::any_of(rights.domains.begin(), rights.domains.end(), [&](const Rights::Domain& domain) {
    if (domain.name != "all" && !is_tagged(dn, domain.name)) return false;
    return std::any_of(domain.write_roles.begin(), domain.write_roles.end(), [&](const std::string& name) {
      const Role* role = find_role(name);
      return role && std::any_of(role->places.begin(), role->places.end(),
                                 [&](std::string_view place) { return is_within(dn, place); });
    });
  });
}

Sees Accounts::sees_of(const Rights& rights) const {
  if (rights.everything_seen()) return {};
  return [this, rights](std::string_view dn) { return may_see(rights, dn); };
}

void Accounts::learn_passwords(const model::Dn& url, const model::ManagedObject& posted) {
  const std::string_view password = posted.attributes.get("pwd");
  if (posted.class_name == "aaaUser" && !password.empty()) {
    std::string dn = user_prefix + std::string(posted.attributes.get("name"));
    if (!posted.attributes.get("rn").empty()) dn = "uni/userext/" + std::string(posted.attributes.get("rn"));
    if (!posted.attributes.get("dn").empty()) dn = posted.attributes.get("dn");
    if (!tree_.find(dn)) dn = url.str();
    if (tree_.find(dn) && dn.starts_with(user_prefix)) account(dn).password = password;
  }
  for (const model::ManagedObject& child : posted.children) learn_passwords({}, child);
}

std::string_view Accounts::password_of(std::string_view user_dn) const {
  const auto known = accounts_.find(user_dn);
  return known == accounts_.end() ? std::string_view{} : known->second.password;
}

void Accounts::note(const NodeChange& change) {
  const std::string& name = change.node.of->name;
  if (name == "aaaUser" && change.op == model::Op::deleted) accounts_.erase(change.node.dn);
  if (name == "aaaUser" && change.op == model::Op::created) account(change.node.dn);
  if (name == "aaaDomainRef" && change.op == model::Op::deleted) expect_tag(change.node.dn);
}

}  // namespace aci::controller
