// aciwatch get: one query.
#include <algorithm>
#include <cstdio>

#include "codec/answer.hpp"
#include "commands.hpp"
#include "direct.hpp"
#include "model/class_facts.hpp"
#include "target.hpp"

namespace aciwatch {
namespace {

struct GetOptions {
  LoginFlags login;
  std::string target, format = "table", filter;
  bool subtree = false;
};

// What a reader wants beside the DN: the attributes that are set to something of their own.
std::string telling_attributes(const aci::model::ManagedObject& object) {
  const auto* facts = aci::model::find_class(object.class_name);
  std::string text;
  for (const auto& [name, value] : object.attributes) {
    if (value.empty() || aci::model::is_bookkeeping(name) || name == "uid" || name == "lcOwn" || name == "monPolDn" ||
        name == "userdom")
      continue;
    const auto* property = facts ? facts->property(name) : nullptr;
    if (property && (property->naming || property->default_value == value)) continue;
    if (!text.empty()) text += "  ";
    text += std::string(name) + "=" + std::string(value);
  }
  return text;
}

void print_table(const aci::codec::Answer& answer) {
  std::size_t class_width = 5, dn_width = 2;
  for (const auto& object : answer.objects) {
    class_width = std::max(class_width, object.class_name.size());
    dn_width = std::max(dn_width, object.dn().size());
  }
  dn_width = std::min<std::size_t>(dn_width, 80);
  if (!answer.objects.empty())
    std::printf("%-*s  %-*s  %s\n", static_cast<int>(class_width), "CLASS", static_cast<int>(dn_width), "DN", "ATTRIBUTES");
  for (const auto& object : answer.objects)
    std::printf("%-*s  %-*s  %s\n", static_cast<int>(class_width), object.class_name.c_str(), static_cast<int>(dn_width),
                std::string(object.dn()).c_str(), telling_attributes(object).c_str());
  std::fprintf(stderr, "%llu object%s\n", static_cast<unsigned long long>(answer.total_count),
               answer.total_count == 1 ? "" : "s");
}

int show(const GetOptions& options, int status, const std::string& body) {
  const auto answer =
      aci::codec::decode_answer(body, options.format == "xml" ? aci::model::Format::xml : aci::model::Format::json);
  if (!answer)
    return fail({aci::base::Errc::refused, "the controller refuses the query: " + answer.error().message, answer.error().code});
  if (status != 200) return fail({aci::base::Errc::refused, "the controller answered HTTP " + std::to_string(status), status});
  if (options.format == "table") print_table(*answer);
  else std::printf("%s\n", body.c_str());
  return exit_done;
}

int get(const GetOptions& options) {
  auto query = parse_target(options.target, options.subtree, options.filter, false);
  if (!query) return fail(query.error());
  if (options.format == "xml") query->format = aci::model::Format::xml;
  Direct direct(options.login);
  if (const auto opened = direct.open({}); !opened) return fail(opened.error());
  direct.ask("GET", query->to_url(), "", [&](int status, const std::string& body) { return show(options, status, body); });
  return direct.run();
}

}  // namespace

void add_get(CLI::App& app, int& code) {
  auto options = std::make_shared<GetOptions>();
  auto* command = app.add_subcommand("get", "one query: all objects of a class, or one object");
  command->footer(
      "Examples:\n"
      "  aciwatch get fvTenant\n"
      "  aciwatch get uni/tn-common --subtree\n"
      "  aciwatch get faultInst --filter 'eq(faultInst.severity,\"critical\")' --format json\n");
  command->add_option("target", options->target, "CLASS or DN")->required();
  command->add_option("--filter", options->filter, "only objects that match, in the controller's filter language");
  command->add_flag("--subtree", options->subtree, "also everything below");
  command->add_option("--format", options->format, "table, json or xml")
      ->check(CLI::IsMember({"table", "json", "xml"}))
      ->capture_default_str();
  options->login.add_to(*command);
  command->callback([options, &code] { code = get(*options); });
}

}  // namespace aciwatch
