// aciwatch set and delete: one write.
#include <cstdio>

#include "codec/answer.hpp"
#include "commands.hpp"
#include "direct.hpp"
#include "target.hpp"

namespace aciwatch {
namespace {

using aci::base::Errc;

struct WriteOptions {
  LoginFlags login;
  std::string dn, class_name;
  std::vector<std::string> attributes;
};

// Sends one write with rsp-subtree=modified and tells what the controller says it did.
int write(const WriteOptions& options, const std::string& method, const std::string& body) {
  auto dn = aci::model::Dn::parse(options.dn);
  if (!dn) return fail(dn.error());
  auto query = aci::model::Query::of_object(std::move(*dn));
  if (method == "POST") query.rsp_subtree = aci::model::RspSubtree::modified;
  Direct direct(options.login);
  if (const auto opened = direct.open({}); !opened) return fail(opened.error());
  direct.ask(method, query.to_url(), body, [&](int status, const std::string& reply) -> int {
    const auto answer = aci::codec::decode_answer(reply);
    if (!answer) return fail({Errc::refused, "the controller refuses it: " + answer.error().message, answer.error().code});
    if (status != 200) return fail({Errc::refused, "the controller answered HTTP " + std::to_string(status), status});
    std::string did = method == "DELETE" ? "deleted" : "unchanged";
    for (const auto& object : answer->objects)
      if (object.dn() == options.dn) did = std::string(object.attributes.get("status"));
    std::printf("%s %s\n", options.dn.c_str(), did.c_str());
    return exit_done;
  });
  return direct.run();
}

int set(const WriteOptions& options) {
  if (const auto known = parse_target(options.class_name, false, "", false); !known) return fail(known.error());
  std::vector<aci::model::AttributeView> attributes{{"dn", options.dn}};
  for (const std::string_view assignment : options.attributes) {
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail({Errc::invalid, "'" + std::string(assignment) + "' is not NAME=VALUE, as descr=hello"});
    attributes.push_back({assignment.substr(0, equals), assignment.substr(equals + 1)});
  }
  std::string body;
  aci::codec::append_object(body, {options.class_name, aci::model::Attributes::from(attributes), {}}, aci::model::Format::json);
  return write(options, "POST", body);
}

}  // namespace

void add_write(CLI::App& app, int& code) {
  auto options = std::make_shared<WriteOptions>();
  auto* set_command = app.add_subcommand("set", "create or change one object");
  set_command->footer(
      "Examples:\n"
      "  aciwatch set uni/tn-WS_Example fvTenant\n"
      "  aciwatch set uni/tn-WS_Example fvTenant descr='first tenant'\n");
  set_command->add_option("DN", options->dn, "as uni/tn-WS_Example")->required();
  set_command->add_option("CLASS", options->class_name, "as fvTenant")->required();
  set_command->add_option("attributes", options->attributes, "NAME=VALUE, several")->option_text("[NAME=VALUE]...");
  options->login.add_to(*set_command);
  set_command->callback([options, &code] { code = set(*options); });

  auto* delete_command = app.add_subcommand("delete", "delete one object and all below it");
  delete_command->add_option("DN", options->dn, "as uni/tn-WS_Example")->required();
  options->login.add_to(*delete_command);
  delete_command->callback([options, &code] { code = write(*options, "DELETE", ""); });
}

}  // namespace aciwatch
