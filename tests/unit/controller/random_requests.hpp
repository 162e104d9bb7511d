// Requests as clients send them, nearly send them, and should never send them; one seed gives one sequence.
#pragma once

#include <string>
#include <vector>

#include "base/rng.hpp"
#include "controller/controller.hpp"
#include "model/class_facts.hpp"

namespace aci::controller {

class RandomRequests {
 public:
  explicit RandomRequests(std::uint64_t seed) : rng_(seed) {}

  // Without cookies.
  Request next() {
    switch (rng_.below(8)) {
      case 0:
      case 1:
      case 2: return {"GET", get_target(), "", ""};
      case 3:
      case 4:
      case 5: return write();
      case 6: return {one({"DELETE", "DELETE", "DELETE", "HEAD", "PUT", "", "get", "\x7f"}), address() + options(2), "", ""};
      default: return odd();
    }
  }

  std::string dn() {
    std::string dn =
        one({"uni", "uni/tn-" + name(), "uni/tn-" + name() + "/BD-" + name(), "uni/tn-T/ap-A/epg-" + name(),
             "uni/tn-" + name() + "/ap-" + name(), "uni/tn-T/BD-B/subnet-[10.0." + number(9) + ".1/24]", "uni/infra",
             "topology/pod-1/node-101", "topology", "uni/tn-T/flt-f/e-" + name(), "info", "uni/tn-[" + name() + "]",
             "uni/tn-T/ap-A/epg-E/rspathAtt-[topology/pod-1/paths-101/pathep-[eth1/1]]", "subj-[uni/tn-T]/mod-4294967297",
             "uni/tn-T/fault-F0467", "", "uni/fabric", "uni/userext/user-admin"});
    if (rarely(25)) dn += one({"/", "//", "[", "]", "/x", "%", "%2f", "%00", "\n", " ", "é", "?", "#", std::string(5000, 'a')});
    return dn;
  }

  std::string class_name() {
    if (rarely(6)) return std::string(model::all_classes()[rng_.below(model::all_classes().size())].name);
    return one({"fvTenant",      "fvAp",
                "fvAEPg",        "fvBD",
                "fvCtx",         "fvSubnet",
                "fvRsBd",        "fvRsCtx",
                "vzBrCP",        "vzFilter",
                "vzEntry",       "fvEPg",
                "faultInst",     "faultInfo",
                "faultDelegate", "healthInst",
                "topSystem",     "fabricNode",
                "aaaModLR",      "aaaUser",
                "polUni",        "topRoot",
                "fvRsPathAtt",   "tagAnnotation",
                "infraInfra",    "eqptIngrTotal5min",
                "nope",          rarely(4) ? odd_text() : "fvTenant"});
  }

  std::string filter(int depth = 0) {
    if (depth < 3 && rarely(3)) {
      std::string text = one({"and(", "or(", "xor(", "not("});
      const std::uint64_t count = text == "not(" ? 1 : 1 + rng_.below(3);
      for (std::uint64_t i = 0; i < count; ++i) text += (i ? "," : "") + filter(depth + 1);
      return text + ")";
    }
    if (rarely(20))
      return one({"true()", "false()", "pholder(x)", "eq(", "eq(fvTenant.name)", "allbit(a.b,\"c\")", odd_text()});
    const std::string of = class_name();
    const auto [name, value] = property_of(of);
    if (rarely(6)) return "bw(" + of + "." + name + ",\"" + value + "\",\"" + property_of(of).second + "\")";
    return one({"eq", "ne", "lt", "gt", "le", "ge", "wcard", "anybit", "allbits"}) + "(" + of + "." + name + "," +
           (rarely(5) ? number(100) : "\"" + value + "\"") + ")";
  }

  std::string options(int most) {
    std::string text;
    const std::uint64_t count = rng_.below(static_cast<std::uint64_t>(most) + 1);
    for (std::uint64_t i = 0; i < count; ++i)
      text += (i ? one({"&", "&", "&&", "&&_dc=1&"}) : one({"?", "?", "?&"})) + option();
    return text;
  }

  std::string get_target() { return (rarely(2) ? class_address() : address()) + options(6); }

 private:
  bool rarely(std::uint64_t in) { return rng_.below(in) == 0; }
  std::string one(const std::vector<std::string>& of) { return of[rng_.below(of.size())]; }
  std::string number(std::uint64_t below) { return std::to_string(rng_.below(below)); }
  std::string name() { return one({"T", "U", "A", "B", "E", "common", "x" + number(5)}); }
  std::string suffix() { return rarely(4) ? ".xml" : rarely(60) ? "" : ".json"; }
  std::string address() { return one({"/api/mo/", "/api/node/mo/", "/api/mo/", "/api/policymgr/mo/"}) + dn() + suffix(); }
  std::string class_address() {
    return one({"/api/class/", "/api/node/class/"}) + (rarely(4) ? dn() + "/" : "") + class_name() + suffix();
  }
  std::string class_list() {
    std::string text = class_name();
    while (rarely(3)) text += one({",", ", "}) + class_name();
    return text;
  }
  std::string property_name() {
    return one({"name", "dn",         "descr",   "status", "modTs",     "arpFlood",   "scope",    "severity",
                "code", "ip",         "dToPort", "mac",    "rn",        "tnFvBDName", "affected", "created",
                "nope", "annotation", "role",    "id",     "pcEnfPref", "ctrl"});
  }
  // Mostly one that the class has, with a value that it may have.
  std::pair<std::string, std::string> property_of(const std::string& class_name) {
    const model::ClassFacts* facts = model::find_class(class_name);
    if (!facts || facts->properties().empty() || rarely(12)) return {property_name(), value()};
    const model::PropertyFacts& property = facts->properties()[rng_.below(facts->properties().size())];
    if (rarely(12)) return {std::string(property.name), value()};
    if (!property.values.empty())
      return {std::string(property.name), std::string(property.values[rng_.below(property.values.size())])};
    switch (property.type) {
      case model::PropertyType::number: return {std::string(property.name), number(3000)};
      case model::PropertyType::boolean: return {std::string(property.name), one({"yes", "no", "true"})};
      case model::PropertyType::text: return {std::string(property.name), name()};
      default: return {std::string(property.name), std::string(property.default_value)};
    }
  }
  std::string value() {
    return one({"",
                "T",
                "B",
                "yes",
                "no",
                "10.0.0.1/24",
                "uni/tn-T",
                "80",
                "http",
                "-1",
                "99999999999999999999",
                "1.5",
                "warning",
                "critical",
                "2023-11-14T22:13:20.123+00:00",
                "never",
                "public,shared",
                "private",
                "x" + number(5),
                "a b",
                "*",
                "T*",
                "enforced",
                "00:22:BD:F8:19:FF",
                rarely(3) ? odd_text() : "default"});
  }
  std::string odd_text() {
    std::string text;
    for (std::uint64_t i = rng_.below(12); i > 0; --i)
      text += static_cast<char>(rng_.below(3) ? 0x20 + rng_.below(0x60) : rng_.below(256));
    return text;
  }

  std::string option() {
    const auto set = [&](const char* option, const std::string& value) { return std::string(option) + "=" + value; };
    switch (rng_.below(18)) {
      case 0: return set("query-target", one({"self", "children", "subtree", "subtree", "all", ""}));
      case 1: return set("target-subtree-class", class_list());
      case 2: return set("query-target-filter", filter());
      case 3: return set("rsp-subtree", one({"no", "children", "full", "full", "modified", "all"}));
      case 4: return set("rsp-subtree-class", class_list());
      case 5: return set("rsp-subtree-filter", filter());
      case 6:
      case 7: {
        std::string tokens;
        do
          tokens += (tokens.empty() ? "" : ",") +
                    one({"audit-logs", "event-logs", "faults", "fault-records", "fault-count", "health", "health-records",
                         "deployment-records", "relations", "relations-with-parent", "stats", "tasks", "subtree",
                         "full-deployment", "count", "no-scoped", "required", "nonsense"});
        while (!rarely(2));
        return set("rsp-subtree-include", tokens);
      }
      case 8:
        return set("rsp-prop-include", one({"all", "_all_", "naming-only", "config-only", "config-explicit", "oper", "x"}));
      case 9: {
        std::string order;
        do {
          const std::string of = class_name();
          order += (order.empty() ? "" : ",") + of + "." + property_of(of).first;
          order += one({"", "|asc", "|desc", " | desc", "|up"});
        } while (rarely(3));
        return set("order-by", order);
      }
      case 10: return set("page", one({"0", "1", "7", "4294967295", "-1", "x"}));
      case 11: return set("page-size", one({"1", "3", "10", "100000", "100001", "0", "x"}));
      case 12:
        return set("time-range",
                   one({"24h", "1week", "1month", "3month", "9999999h", "soon", "2023-01-01T00:00:00Z|2024-01-01T00:00:00Z"}));
      case 13: return set("subscription", one({"yes", "yes", "no", "maybe"}));
      case 14: return set("refresh-timeout", one({"60", "1", "86400", "0", "4294967295", "x"}));
      case 15: return set("replica", number(4));
      case 16: return rarely(4) ? odd_text() : "_dc=9";
      default: return one({"_dc=123", "target-node=101", "batch-size=5", "=", "query-target", "%71uery-target=self"});
    }
  }

  // --- writes --------------------------------------------------------------------------------------------------------

  struct Object {
    std::string class_name;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::vector<Object> children;
  };

  // Classes below each other, with the name that a child of them takes.
  struct Place {
    const char *parent, *child, *naming;
  };
  static constexpr Place places[] = {
      {"polUni", "fvTenant", "name"},  {"fvTenant", "fvBD", "name"},        {"fvTenant", "fvAp", "name"},
      {"fvTenant", "fvCtx", "name"},   {"fvTenant", "vzFilter", "name"},    {"fvTenant", "vzBrCP", "name"},
      {"fvAp", "fvAEPg", "name"},      {"fvBD", "fvSubnet", "ip"},          {"fvBD", "fvRsCtx", ""},
      {"fvAEPg", "fvRsBd", ""},        {"fvAEPg", "fvRsPathAtt", "tDn"},    {"fvAEPg", "fvRsCons", "tnVzBrCPName"},
      {"vzFilter", "vzEntry", "name"}, {"fvTenant", "tagAnnotation", "key"}};

  Object object(const std::string& class_name, int depth) {
    Object made{class_name, {}, {}};
    const auto set = [&](std::string attribute, std::string value) {
      made.attributes.emplace_back(std::move(attribute), std::move(value));
    };
    for (const Place& place : places)
      if (made.class_name == place.child && *place.naming && !rarely(30))
        set(place.naming, place.naming[0] == 'i' ? "10.0." + number(9) + ".1/24"
                          : place.naming[0] == 't' && place.naming[1] == 'D'
                              ? "topology/pod-1/paths-101/pathep-[eth1/" + number(3) + "]"
                              : name());
    if (rarely(15)) set("dn", dn());
    if (rarely(30)) set("rn", one({"tn-" + name(), "BD-" + name(), "ap-" + name(), "rsbd", "x", odd_text()}));
    if (rarely(4))
      set("status", one({"created", "modified", "deleted", "created,modified", "created, modified", "", "",
                         rarely(3) ? "created,deleted" : "", rarely(3) ? "x" : "", rarely(3) ? "2" : ""}));
    while (rarely(3)) {
      auto [name, value] = property_of(made.class_name);
      set(std::move(name), std::move(value));
    }
    while (depth < 4 && rarely(2)) {
      std::vector<std::string> fitting;
      for (const Place& place : places)
        if (made.class_name == place.parent) fitting.emplace_back(place.child);
      if (fitting.empty()) break;
      made.children.push_back(object(rarely(30) ? this->class_name() : one(fitting), depth + 1));
    }
    return made;
  }

  static std::string escaped(const std::string& text, bool xml) {
    std::string out;
    for (const char c : text) {
      if (xml && (c == '<' || c == '&' || c == '"')) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : "&quot;";
      else if (!xml && (c == '"' || c == '\\')) (out += '\\') += c;
      else out += c;
    }
    return out;
  }

  std::string text(const Object& object, bool xml) {
    std::string out = xml ? "<" + object.class_name : "{\"" + object.class_name + "\":{\"attributes\":{";
    for (const auto& [attribute, value] : object.attributes)
      out += xml ? " " + attribute + "=\"" + escaped(value, true) + "\""
                 : std::string(out.back() == '{' ? "" : ",") + "\"" + attribute + "\":\"" + escaped(value, false) + "\"";
    out += xml ? ">" : "}";
    if (!xml && !object.children.empty()) out += ",\"children\":[";
    for (const Object& child : object.children) out += (!xml && out.back() != '[' ? "," : "") + text(child, xml);
    if (!xml && !object.children.empty()) out += "]";
    return out + (xml ? "</" + object.class_name + ">" : "}}");
  }

  Request write() {
    const std::pair<std::string, std::string> targets[] = {{"uni", "fvTenant"},
                                                           {"uni/tn-" + name(), "fvTenant"},
                                                           {"uni/tn-" + name(), "fvBD"},
                                                           {"uni/tn-" + name(), "fvAp"},
                                                           {"uni", "polUni"},
                                                           {"uni/tn-" + name() + "/ap-A", "fvAEPg"},
                                                           {"", "polUni"},
                                                           {dn(), class_name()}};
    const auto& [dn, class_name] = targets[rng_.below(std::size(targets))];
    Request request{"POST", one({"/api/mo/", "/api/node/mo/", "/api/mo/"}) + dn + suffix(), "", ""};
    const bool xml = request.target.ends_with(".xml") != rarely(40);
    request.body = text(object(class_name, 0), xml);
    request.target += rarely(3)   ? one({"?rsp-subtree=modified", "?rsp-subtree=full", "?rsp-subtree=children"})
                      : rarely(4) ? options(2)
                                  : "";
    if (rarely(12)) damage(request.body);
    return request;
  }

  void damage(std::string& bytes) {
    for (std::uint64_t i = 1 + rng_.below(4); i > 0 && !bytes.empty(); --i) {
      const std::size_t at = rng_.below(bytes.size());
      switch (rng_.below(4)) {
        case 0: bytes[at] = static_cast<char>(rng_.below(256)); break;
        case 1: bytes.erase(at, 1 + rng_.below(8)); break;
        case 2: bytes.insert(at, bytes.substr(rng_.below(bytes.size()), rng_.below(40))); break;
        default: bytes.insert(at, one({"{", "}", "[", "]", "\"", "<", ">", "\\", "1", "null", "\\u0000", "&#0;"})); break;
      }
    }
  }

  Request odd() {
    switch (rng_.below(6)) {
      case 0: return {"GET", "/" + odd_text(), odd_text(), ""};
      case 1: return {"GET", "/api/" + odd_text(), "", ""};
      case 2:
        return {"GET", "/api/subscriptionRefresh.json?id=" + one({"1", "72057628414509057", "", "x", odd_text()}), "", ""};
      case 3:
        return {"POST", one({"/api/aaaLogin.json", "/api/aaaLogin.xml", "/api/mo/aaaLogin.json", "/api/aaaRefresh.json"}),
                one({"", "{}", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"wrong"}}})", odd_text()}), ""};
      case 4: {
        Request request = write();
        damage(request.target);
        return request;
      }
      default: {
        std::string target = get_target();
        damage(target);
        return {"GET", target, "", ""};
      }
    }
  }

  base::Rng rng_;
};

}  // namespace aci::controller
