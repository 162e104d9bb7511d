#include "controller/commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace aci::controller {
namespace {

struct Command {
  std::string_view class_name, property, value, at_rest;
};
constexpr std::array<Command, 6> commands{{{"aaaUser", "clearPwdHistory", "yes", "no"},
                                           {"configExportP", "adminSt", "triggered", "untriggered"},
                                           {"configImportP", "adminSt", "triggered", "untriggered"},
                                           {"configSnapshot", "retire", "yes", ""},
                                           {"fvBD", "epClear", "yes", "no"},
                                           {"maintMaintP", "adminSt", "triggered", "untriggered"}}};
constexpr std::string_view backups = "uni/backupst";
// A policy's own maxSnapshotCount, where it has a number there.
constexpr std::size_t snapshots_max = 10;

// "2017-08-24T17:20:05.123+00:00" -> "2017-08-24T17-20-05"
std::string time_in_name(std::string_view time) {
  std::string name(time.substr(0, 19));
  std::replace(name.begin(), name.end(), ':', '-');
  return name;
}

void export_configuration(const ObjectTree& tree, Writer& writer, const Node& policy, const Stamp& stamp) {
  const auto set = [&](std::string_view class_name, std::string_view dn, model::Attributes attributes) {
    attributes.set("dn", dn);
    (void)writer.set({std::string(class_name), std::move(attributes), {}}, stamp);
  };
  const std::string name(policy.attributes.get("name"));
  const std::string time = time_in_name(stamp.mod_ts), run = "run-" + time, file = "ce2_" + name + "-" + time + ".tar.gz";
  const bool is_snapshot = policy.attributes.get("snapshot") == "yes";
  const std::string description(policy.attributes.get("descr"));
  const std::string jobs = std::string(backups) + "/jobs-[" + policy.dn + "]";
  const std::string snapshots = std::string(backups) + "/snapshots-[" + policy.dn + "]";
  std::size_t kept = snapshots_max;
  const std::string_view count = policy.attributes.get("maxSnapshotCount");
  std::from_chars(count.data(), count.data() + count.size(), kept);

  set("configBackupStatusCont", backups, {});
  set("configJobCont", jobs, {{"name", name}});
  set("configJob", jobs + "/" + run,
      {{"type", "export"}, {"operSt", "success"}, {"executeTime", stamp.mod_ts}, {"fileName", file}, {"details", "Success"}});
  if (!is_snapshot) return;
  set("configSnapshotCont", snapshots, {{"name", name}});
  set("configSnapshot", snapshots + "/snapshot-" + run, {{"name", run}, {"fileName", file}, {"descr", description}});
  // Their names begin with the time, so the oldest is the first.
  std::vector<std::string> taken;
  for (const Node* node = tree.find(snapshots)->first_child; node; node = node->next) taken.push_back(node->dn);
  std::sort(taken.begin(), taken.end());
  for (std::size_t i = 0; i + std::max<std::size_t>(kept, 1) < taken.size(); ++i)
    set("configSnapshot", taken[i], {{"status", "deleted"}});
}

}  // namespace

bool is_command(std::string_view class_name, std::string_view property) {
  return std::any_of(commands.begin(), commands.end(),
                     [&](const Command& command) { return command.class_name == class_name && command.property == property; });
}

void carry_out_commands(const ObjectTree& tree, Writer& writer, const std::vector<Outcome>& outcomes, const Stamp& stamp) {
  for (const Outcome& outcome : outcomes)
    for (const Command& command : commands) {
      const Node* node = outcome.class_name == command.class_name ? tree.find(outcome.dn) : nullptr;
      if (!node || node->attributes.get(command.property) != command.value) continue;
      if (command.class_name == "configExportP") export_configuration(tree, writer, *node, stamp);
      const bool goes = command.at_rest.empty();
      (void)writer.set({outcome.class_name,
                        {{"dn", outcome.dn}, {goes ? "status" : command.property, goes ? "deleted" : command.at_rest}},
                        {}},
                       stamp);
    }
}

}  // namespace aci::controller
