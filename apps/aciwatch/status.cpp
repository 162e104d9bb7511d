// aciwatch status: where the running service stands.
#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <vector>

#include "commands.hpp"
#include "direct.hpp"
#include "relay/plain.hpp"

namespace aciwatch {
namespace {

namespace json = boost::json;
using aci::base::Duration;
using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;

struct StatusOptions {
  std::string url = "http://127.0.0.1:8080", format = "table";
};

Result<aci::io::HttpResponse> ask(const aci::io::Endpoint& endpoint) {
  aci::io::Loop loop;
  aci::io::HttpClient client(loop, endpoint, {});
  std::optional<Result<aci::io::HttpResponse>> answer;
  client.request({"GET", "/readyz", {}, ""}, Duration{10'000}, [&](Result<aci::io::HttpResponse> response) {
    answer = std::move(response);
    loop.stop();
  });
  loop.run();
  return answer.value_or(Error{Errc::closed, "interrupted"});
}

// A member as one line for the terminal; "-" where there is none.
std::string shown(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return "-";
  if (!value->is_string()) return json::serialize(*value);
  const auto& text = value->get_string();
  const std::string line = aci::relay::clean({text.data(), text.size()}, 300);
  // "2026-01-02T03:04:05.678+01:00" to the second, as people read it.
  if (const auto time = aci::base::WallTime::parse(line)) return line.substr(0, 10) + " " + line.substr(11, 8);
  return line.empty() ? "-" : line;
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], aci::relay::characters_of(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - aci::relay::characters_of(row[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

void print(const json::object& status) {
  std::vector<std::vector<std::string>> rows{
      {"FABRIC", "WATCH", "STATE", "SINCE", "LAST PUSH", "LAST REFRESH", "LAST PROOF", "PUSHES", "BLIND SINCE"}};
  const auto* fabrics = status.if_contains("fabrics");
  if (fabrics && fabrics->is_array()) {
    for (const json::value& each : fabrics->get_array()) {
      const json::object* fabric = each.if_object();
      if (!fabric) continue;
      rows.push_back({shown(*fabric, "name"), shown(*fabric, "controller"), shown(*fabric, "session"), shown(*fabric, "since"),
                      shown(*fabric, "lastPush")});
      const auto* watches = fabric->if_contains("watches");
      if (!watches || !watches->is_array()) continue;
      const auto add = [&](const json::object& watch, const std::string& indent) {
        rows.push_back({shown(*fabric, "name"), indent + shown(watch, "name"), shown(watch, "state"), shown(watch, "since"),
                        shown(watch, "lastPush"), shown(watch, "lastRefresh"), shown(watch, "lastProof"),
                        shown(watch, "pushes"), shown(watch, "blindSince")});
      };
      for (const json::value& one : watches->get_array()) {
        const json::object* watch = one.if_object();
        if (!watch) continue;
        add(*watch, "");
        const auto* parts = watch->if_contains("subscriptions");
        if (!parts || !parts->is_array() || parts->get_array().size() < 2) continue;
        for (const json::value& part : parts->get_array())
          if (const json::object* subscription = part.if_object()) add(*subscription, "  ");
      }
    }
  }
  print_table(rows);
  const auto* why = status.if_contains("why");
  if (why && why->is_array())
    for (const json::value& reason : why->get_array())
      if (reason.is_string())
        std::printf("not ready: %s\n",
                    aci::relay::clean({reason.get_string().data(), reason.get_string().size()}, 500).c_str());
}

int status(const StatusOptions& options) {
  const auto endpoint = aci::io::Endpoint::parse(options.url);
  if (!endpoint) return fail(endpoint.error());
  const auto answer = ask(*endpoint);
  const auto none = [&](const std::string& why) {
    return fail({Errc::unreachable, "no service of aciwatch answers at " + endpoint->str() + ": " + why});
  };
  if (!answer) return none(answer.error().message);
  json::error_code failure;
  const json::value parsed = json::parse(answer->body, failure);
  const json::object* status = failure ? nullptr : parsed.if_object();
  if (!status || !status->contains("ready")) return none("it answered HTTP " + std::to_string(answer->status));
  if (options.format == "json") std::printf("%s\n", answer->body.c_str());
  else print(*status);
  return answer->status == 200 ? exit_done : exit_wrong;
}

}  // namespace

void add_status(CLI::App& app, int& code) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = app.add_subcommand("status", "where the running service stands: each watch, since when, and its proofs");
  command->footer(
      "Exit status: 0 every watch is live and no gap is open, 1 not so, 4 no service answers.\n"
      "LAST PROOF is when a listing or an audit last agreed with what is remembered; times are the service's.\n");
  command->add_option("--url", options->url, "the service's page")->capture_default_str();
  command->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([options, &code] { code = status(*options); });
}

}  // namespace aciwatch
