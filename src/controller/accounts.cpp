#include "controller/accounts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/text.hpp"

namespace aci::controller {
namespace {

using base::Error;
using base::Result;

const std::string user_prefix = "uni/userext/user-";

// What may be written with a privilege; of a longer name the first that fits. A place that ends in '-' is the beginning of an
// RN. Those that are not here let nothing be written.
struct Privilege {
  std::string_view prefix;
  std::array<std::string_view, 5> places;
};
constexpr std::array<Privilege, 7> privileges{{
    {"admin", {"uni", "topology", "comp", "subj-"}},
    {"aaa", {"uni/userext"}},
    {"access-", {"uni/infra", "uni/phys-", "uni/l2dom-", "uni/l3dom-", "uni/fc-"}},
    {"fabric-", {"uni/fabric", "uni/controller"}},
    {"nw-svc-", {"uni/tn-"}},
    {"tenant-", {"uni/tn-"}},
    {"vmm-", {"uni/vmmp-", "comp"}},
}};

constexpr std::array<StandingRole, 11> roles{{
    {"aaa", "aaa"},
    {"access-admin", "access-connectivity,access-equipment,access-protocol,access-qos"},
    {"admin", "admin"},
    {"fabric-admin", "fabric-connectivity,fabric-equipment,fabric-protocol"},
    {"nw-svc-admin", "nw-svc-policy"},
    {"nw-svc-params", "nw-svc-params"},
    {"ops", "ops"},
    {"read-all", ""},
    {"tenant-admin",
     "tenant-connectivity,tenant-epg,tenant-ext-connectivity,tenant-ext-protocol,tenant-network-profile,tenant-protocol,"
     "tenant-qos,tenant-security"},
    {"tenant-ext-admin", "tenant-ext-connectivity,tenant-ext-protocol"},
    {"vmm-admin", "vmm-policy"},
}};

void add_places(std::string_view of_role, std::vector<std::string_view>& places) {
  model::each_part(of_role, ',', [&](std::string_view name) {
    const auto known =
        std::find_if(privileges.begin(), privileges.end(), [&](const Privilege& one) { return name.starts_with(one.prefix); });
    if (known != privileges.end())
      for (const std::string_view place : known->places)
        if (!place.empty() && std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    return true;
  });
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

std::span<const StandingRole> standing_roles() { return roles; }

bool is_known_role(std::string_view role) {
  return std::any_of(roles.begin(), roles.end(), [&](const StandingRole& one) { return one.name == role; });
}

std::string known_roles() {
  std::string names;
  for (const StandingRole& role : roles) names += (names.empty() ? "" : ", ") + std::string(role.name);
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

bool Accounts::is_blocked(const std::string& user_dn, base::Instant now) const {
  const auto known = accounts_.find(user_dn);
  return known != accounts_.end() && now < known->second.blocked_until;
}

void Accounts::note_failure(const std::string& user_dn, base::Instant now) {
  const Node* profile = tree_.find("uni/userext/blockloginp");
  if (!profile || profile->attributes.get("enableLoginBlock") != "enable" || !tree_.find(user_dn)) return;
  const auto number = [&](std::string_view name) {
    const std::string_view text = profile->attributes.get(name);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  Account& tried = account(user_dn);
  while (!tried.failures.empty() && tried.failures.front() + std::chrono::minutes(number("maxFailedAttemptsWindow")) <= now)
    tried.failures.pop_front();
  tried.failures.push_back(now);
  if (static_cast<std::int64_t>(tried.failures.size()) < number("maxFailedAttempts")) return;
  tried.failures.clear();
  tried.blocked_until = now + std::chrono::minutes(number("blockDuration"));
}

std::string_view Accounts::name_of(std::string_view user_dn) {
  const std::string_view rn = model::Dn::rn_of(user_dn);
  return rn.substr(rn.find('-') + 1);
}

std::string Accounts::user_dn(std::string_view login) {
  const bool in_domain = login.starts_with("apic:") || login.starts_with("apic#");
  const std::size_t name = in_domain ? login.find_last_of('\\') : std::string_view::npos;
  return user_prefix + std::string(name == std::string_view::npos ? login : login.substr(name + 1));
}

Result<std::string> Accounts::log_in(std::string_view user, std::string_view password) const {
  const Error wrong{base::Errc::auth, "User credential is incorrect - FAILED local authentication", 401};
  if (user.starts_with("apic:") || user.starts_with("apic#")) {
    const std::size_t end = user.find('\\');
    if (end != std::string_view::npos) {
      const std::string_view domain = user.substr(5, end - 5);
      static constexpr std::array<std::string_view, 4> standing{"local", "fallback", "DefaultAuth", ""};
      if (std::find(standing.begin(), standing.end(), domain) == standing.end() &&
          !tree_.find("uni/userext/logindomain-" + std::string(domain)))
        return wrong;
    }
  }
  std::string dn = user_dn(user);
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

// A role may be changed, and a fabric that was kept by an earlier release has none of them.
std::string_view Accounts::privileges_of(std::string_view role) const {
  if (const Node* known = tree_.find("uni/userext/role-" + std::string(role))) return known->attributes.get("priv");
  const auto standing = std::find_if(roles.begin(), roles.end(), [&](const StandingRole& one) { return one.name == role; });
  return standing == roles.end() ? std::string_view{} : standing->privileges;
}

Rights Accounts::rights_of(std::string_view user_dn) const {
  Rights rights{std::string(user_dn), {}};
  const Node* user = tree_.find(user_dn);
  if (!user) return rights;
  for (const Node* domain = user->first_child; domain; domain = domain->next) {
    if (domain->of->name != "aaaUserDomain") continue;
    Rights::Domain granted{std::string(domain->attributes.get("name")), {}, {}, {}};
    for (const Node* role = domain->first_child; role; role = role->next) {
      if (role->of->name != "aaaUserRole") continue;
      const std::string_view name = role->attributes.get("name");
      const bool writes = role->attributes.get("privType") == "writePriv";
      (writes ? granted.write_roles : granted.read_roles).emplace_back(name);
      if (writes) add_places(privileges_of(name), granted.places);
    }
    if (!granted.read_roles.empty() || !granted.write_roles.empty()) rights.domains.push_back(std::move(granted));
  }
  // An app brings its rights along, and admin cannot shut itself out: where nothing is said of these, they have all.
  if (rights.domains.empty() && (user->of->name == "aaaAppUser" || user_dn == "uni/userext/user-admin"))
    rights.domains.push_back({"all", {}, {"admin"}, {privileges[0].places.begin(), privileges[0].places.begin() + 3}});
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
    return std::any_of(domain.places.begin(), domain.places.end(),
                       [&](std::string_view place) { return is_within(dn, place); });
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
