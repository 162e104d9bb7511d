#include "controller/login_answer.hpp"

#include <utility>
#include <vector>

#include "codec/answer.hpp"
#include "controller/initial_tree.hpp"

namespace aci::controller {
namespace {

using model::ManagedObject;

using Fields = std::vector<std::pair<std::string_view, std::string>>;

std::string seconds(base::Duration time) { return std::to_string(time.count() / 1000); }

Fields fields_of(const LoginFacts& facts) {
  const Session& session = facts.session;
  Fields fields{{"token", std::string(facts.token)},
                {"siteFingerprint", std::string(facts.fingerprint)},
                {"refreshTimeoutSeconds", seconds(facts.token_lifetime)},
                {"maximumLifetimeSeconds", seconds(facts.session_lifetime)},
                {"guiIdleTimeoutSeconds", seconds(facts.gui_idle)},
                {"restTimeoutSeconds", "90"},
                {"creationTime", std::to_string(facts.now.unix_ms / 1000)},
                {"firstLoginTime", std::to_string(session.first_login)},
                {"userName", session.user},
                {"remoteUser", "false"},
                {"unixUserId", session.uid},
                {"sessionId", session.session_id},
                {"lastName", std::string(facts.last_name)},
                {"firstName", std::string(facts.first_name)},
                {"changePassword", "no"},
                {"version", std::string(release)},
                {"buildTime", "Fri Jan 13 08:35:52 UTC 2023"},
                {"node", "topology/pod-1/node-" + std::to_string(session.controller + 1)}};
  if (!session.challenge.empty()) fields.emplace_back("urlToken", session.challenge);
  return fields;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

ManagedObject roles_object(std::string class_name, const std::vector<std::string>& names) {
  ManagedObject roles{std::move(class_name), {}, {}};
  for (const std::string& name : names) roles.children.push_back({"role", {{"name", name}}, {}});
  return roles;
}

// Who writes reads too: rolesR tells both, the list of roles that only read tells them once.
std::vector<ManagedObject> children_of(const Rights& rights) {
  std::vector<ManagedObject> children;
  for (const Rights::Domain& domain : rights.domains) {
    std::vector<std::string> readers = domain.read_roles;
    readers.insert(readers.end(), domain.write_roles.begin(), domain.write_roles.end());
    children.push_back({"aaaUserDomain",
                        {{"name", domain.name}, {"rolesR", joined(readers)}, {"rolesW", joined(domain.write_roles)}},
                        {roles_object("aaaReadRoles", domain.read_roles), roles_object("aaaWriteRoles", domain.write_roles)}});
  }
  for (const Rights::Domain& domain : rights.domains) {
    if (domain.name != "all") continue;
    const std::string write = joined(domain.write_roles), read = write.empty() ? joined(domain.read_roles) : write;
    for (const std::string_view dn : {"uni/tn-common", "uni/tn-infra", "uni/tn-mgmt"})
      children.push_back({"DnDomainMapEntry", {{"dn", dn}, {"readPrivileges", read}, {"writePrivileges", write}}, {}});
  }
  return children;
}

// Each element on a line of its own, which no other answer does.
void append_lines(std::string& out, const std::vector<ManagedObject>& objects) {
  for (const ManagedObject& object : objects) {
    ManagedObject head{object.class_name, object.attributes, {}};
    codec::append_object(out, head, model::Format::xml);
    if (!object.children.empty()) {
      out.replace(out.size() - 2, 2, ">\n");  // it was written as one without children
      append_lines(out, object.children);
      ((out += "</") += object.class_name) += '>';
    }
    out += '\n';
  }
}

std::string encode_xml(const Fields& fields, const std::vector<ManagedObject>& children) {
  std::string text = R"(<?xml version="1.0" encoding="UTF-8"?><imdata totalCount="1">)"
                     "\n<aaaLogin";
  for (const auto& [name, value] : fields) {
    ((text += ' ') += name) += "=\"";
    codec::append_xml_text(text, value);
    text += '"';
  }
  text += ">\n";
  append_lines(text, children);
  return text += "</aaaLogin></imdata>\n";
}

}  // namespace

std::string encode_login(const LoginFacts& facts, model::Format format) {
  codec::Answer answer{1, {}, {{"aaaLogin", {}, children_of(facts.rights)}}};
  const Fields fields = fields_of(facts);
  if (format == model::Format::xml) return encode_xml(fields, answer.objects[0].children);
  std::string attributes;
  for (const auto& [name, value] : fields) {
    if (!attributes.empty()) attributes += ',';
    codec::append_json_string(attributes, name);
    attributes += ':';
    codec::append_json_string(attributes, value);
  }
  std::string text = codec::encode_answer(answer, format);
  constexpr std::string_view empty = "\"attributes\":{";  // the login's own is the first
  return text.insert(text.find(empty) + empty.size(), attributes);
}

}  // namespace aci::controller
