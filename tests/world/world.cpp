#include "world/world.hpp"

#include "codec/answer.hpp"
#include "model/coverage.hpp"
#include "world/checkers.hpp"
#include "world/faults.hpp"
#include "world/network.hpp"
#include "world/operator.hpp"
#include "world/workload.hpp"

namespace aci::world {

using base::Duration;
using base::Instant;
using base::Rng;
using model::Query;
using watch::FabricWatch;

namespace {

constexpr Duration all_live_within{900'000};  // after the last trouble: the longest for which a controller is passed over

Query subtree(const std::string& dn, std::vector<std::string> classes) {
  Query query = Query::of_object(model::Dn::trusted(dn));
  query.target = model::Target::subtree;
  query.target_subtree_class = std::move(classes);
  return query;
}

Query filtered(const std::string& class_name, const std::string& filter) {
  Query query = Query::of_class(class_name);
  query.target_filter = model::Filter::parse(filter).value();
  return query;
}

std::vector<watch::WatchSpec> all_watches() {
  return {{"tenants", Query::of_class("fvTenant")},
          {"aps", Query::of_class("fvAp")},
          {"epgs", Query::of_class("fvAEPg")},
          {"hot", filtered("fvTenant", R"(eq(fvTenant.nameAlias,"hot"))")},
          {"W4", filtered("fvTenant", R"(eq(fvTenant.name,"W4"))")},
          {"faults", Query::of_class("faultInfo")},
          {"raised", filtered("faultInst", R"(eq(faultInst.lc,"raised"))")},
          {"ports", Query::of_class("l1PhysIf")},
          {"W1", subtree("uni/tn-W1", {})},
          {"W2's", subtree("uni/tn-W2", {"fvAp", "fvAEPg", "fvBD"})},
          {"W3", Query::of_object(model::Dn::trusted("uni/tn-W3"))}};
}

std::vector<watch::WatchSpec> choose_watches(Rng& rng) {
  const auto all = all_watches();
  std::vector<watch::WatchSpec> some;
  while (some.empty())
    for (const auto& spec : all)
      if (rng.below(3) != 0) some.push_back(spec);
  return some;
}

std::string origin(Rng& rng) { return rng.below(2) == 0 ? "" : "uni/tn-common"; }

}  // namespace

static Report run(const Plan& plan) {
  Rng rng(plan.seed);
  Clockwork clock;
  const Instant began = clock.now();
  const bool calm = plan.seed % 8 == 0;          // what is told there is told without trouble's excuses
  const bool operated = plan.seed % 3 == 1;      // watches are removed there and others added
  const bool with_key = plan.seed / 8 % 4 == 2;  // the process logs in there with a certificate

  controller::Options fabric;
  fabric.seed = rng.next();
  fabric.users = {{"watcher", "password"}, {"worker", "password"}, {"checker", "password"}};
  fabric.controllers = 1 + rng.below(3);
  fabric.token_lifetime = Duration{rng.below(3) == 0 ? 120'000 : 600'000};
  const bool short_lives = rng.below(2) == 0;
  if (short_lives) fabric.session_lifetime = Duration{1'200'000 + static_cast<std::int64_t>(rng.below(1'800'000))};
  fabric.record_log_max = rng.below(3) != 0 ? 1'000 : 10'000;
  fabric.fault_times = {Duration{20'000}, Duration{20'000}, Duration{120'000}};

  FabricWatch::Options options;
  options.fabric = "world";
  options.user = "watcher";
  options.password = "password";
  options.controllers.count = fabric.controllers;
  options.page_size = rng.below(2) == 0 ? 4 : 1'000;
  options.records_page = plan.seed % 4 == 1 ? 50 : 1'000;
  options.records_max = plan.seed % 5 == 0 ? 100 : 10'000;
  options.count_every = Duration{300'000};
  options.compare_every = Duration{rng.below(2) == 0 ? 600'000 : 1'200'000};
  options.canary = origin(rng);
  if (with_key) {
    options.login = watch::LoginKind::certificate;
    options.channel_lifetime = fabric.socket_lifetime = fabric.session_lifetime;
    fabric.verify_signature = [](std::string_view, std::string_view text, std::string_view signature) {
      return signature == Network::signature_of(text);
    };
  }

  const auto trace = [&](const std::string& text) {
    if (plan.trace) plan.trace(std::to_string((clock.now() - began).count()) + " ms: " + text);
  };
  const auto about = [](model::Op op, std::string_view dn, const model::Attributes& attributes) {
    std::string text = std::string(to_string(op)) + " " + std::string(dn);
    for (const char* name : {"nameAlias", "descr", "modTs"}) text.append(" ").append(attributes.get(name));
    return text;
  };
  Checkers* hears = nullptr;
  fabric.observe = [&](std::string_view class_name, std::string_view dn, model::Op op, const model::Attributes& whole) {
    if (class_name.ends_with("Record") || class_name == "aaaModLR") return;  // which nobody watches
    if (plan.trace) trace("fabric: " + about(op, dn, whole));
    if (hears) hears->changed(class_name, dn, op, whole);
  };
  controller::Controller controller(fabric);
  const Duration skew{static_cast<std::int64_t>(rng.below(60'000)) - 30'000};
  Network network(clock, controller, options, rng.next(), skew);
  if (with_key)
    (void)controller.set(network.controller_wall(), {"aaaUserCert", {{"dn", certificate_dn}, {"data", "the key's"}}, {}});
  const auto specs = choose_watches(rng);
  Checkers checkers(clock, network, specs, {fabric.session_lifetime, fabric.subscription_lifetime});
  hears = &checkers;
  Operator somebody(clock, network, all_watches(), plan.seed ^ 0x6f70'6572'6174'6f72);
  Report report;
  report.seed = plan.seed;

  // Counters are the watch's, which a restart begins anew.
  const auto count_paths = [&] {
    const auto counters = network.watch().inspect().counters;
    auto& paths = report.paths;
    paths["logins"] += counters.logins;
    if (with_key) paths["signed logins"] += counters.logins;
    paths["losses"] += counters.losses;
    paths["rollovers"] += counters.rollovers;
    paths["standstills"] += counters.standstills;
    paths["gaps"] += counters.gaps;
    paths["relisted"] += counters.relisted;
    paths["backfilled"] += counters.backfilled;
    paths["reads"] += counters.reads;
    paths["children reads"] += counters.children_reads;
    paths["audits"] += counters.audits;
    paths["drifts"] += counters.drifts;
    paths["reboots noticed"] += counters.reboots;
    paths["canaries"] += counters.canaries;
    paths["unreadable frames"] += counters.bad_frames;
    paths["duplicates passed over"] += counters.duplicates;
    paths["stale replies"] += counters.stale_replies;
  };

  network.ears.emit = [&](const watch::Emit& emit) {
    if (plan.trace) {
      std::string told = "event: " + std::string(to_string(emit.event.origin)) + " " +
                         about(emit.event.op, emit.event.dn, emit.event.after.value_or(model::Attributes{})) + " told to";
      for (const watch::WatchId id : emit.watches) told += " " + std::to_string(id);
      trace(told);
    }
    checkers.heard(emit);
  };
  network.ears.gap = [&](const watch::GapClosed& gap) {
    trace("gap: " + gap.gap.watch + " " + gap.gap.from.to_string() + " " + gap.gap.to.to_string() + " " + gap.gap.reason +
          "; found " + std::to_string(gap.gap.found) + "; " + gap.gap.history);
    checkers.gap(gap);
    const std::string& reason = gap.gap.reason;
    if (reason.find("canary") != std::string::npos) ++report.paths["gap: canary"];
    if (reason.find("was not running") != std::string::npos) ++report.paths["gap: restart"];
    if (reason.find("nobody reads") != std::string::npos) ++report.paths["gap: pause"];
    if (reason == "stopped") ++report.paths["gap: stop"];
    if (reason.find("did not push what was made") != std::string::npos) ++report.paths["gap: children"];
    if (reason.find("audit") != std::string::npos) ++report.paths["gap: audit"];
    if (reason.find("refused to refresh") != std::string::npos) ++report.paths["gap: refresh refused"];
    if (reason.find("rebooted") != std::string::npos) ++report.paths["gap: node"];
    if (gap.gap.history.starts_with("incomplete")) ++report.paths["history incomplete"];
    if (gap.gap.history == "complete") ++report.paths["history complete"];
  };
  network.ears.drift = [&](const watch::Drifted& drift) {
    trace("drift: " + drift.name);
    checkers.drifted(drift);
  };
  network.ears.send = [&](const watch::Send& send) {
    trace("request: " + std::to_string(send.controller) + " " + send.method + " " + send.target);
    checkers.sent(send);
  };
  network.ears.open = [&](const watch::OpenChannel& open) {
    trace("channel opened: " + std::to_string(open.epoch));
    checkers.opened(open);
  };
  network.ears.reply = [&](const watch::Send& send, const base::Result<watch::HttpReply>& reply) {
    checkers.replied(send, reply);
  };
  network.ears.close = [&](watch::Epoch epoch) {
    trace("channel closed: " + std::to_string(epoch));
    checkers.closed(epoch);
  };
  network.ears.state = [&](const watch::WatchChanged& change) {
    trace("watch " + std::to_string(change.watch) + " is " + to_string(change.state) + ": " + change.error.message);
    checkers.stands(change);
    if (operated) somebody.notice(change);
  };
  network.ears.added = [&](const watch::WatchSpec& spec) {
    trace("added: watch " + spec.name);
    ++report.paths["watches added"];
    checkers.added(spec);
  };
  network.ears.removed = [&](std::size_t index, const char* state, std::optional<base::WallTime> blind_since) {
    trace("removed: watch " + network.watches()[index]->name + ", which is " + state);
    ++report.paths["watches removed: " + std::string(state)];
    checkers.removed(index, blind_since);
  };
  network.ears.asked = [&](std::uint64_t ticket) { checkers.asked(ticket); };
  network.ears.answered = [&](const watch::Answered& answered) { checkers.answered(answered); };
  if (plan.trace) network.ears.trace = trace;

  const auto truth = [&](const Query& query) {
    std::size_t at = 0;
    while (!controller.controller_running(at)) ++at;
    const auto login = network.ask({"POST", "/api/aaaLogin.json", codec::login_body("checker", "password"), "", at, ""});
    const std::string cookie = login.set_cookie.substr(0, login.set_cookie.find(';'));
    const auto response = network.ask({"GET", query.to_url(), "", cookie, at, ""});
    auto answer = codec::decode_answer(response.body);
    return answer ? std::move(answer->objects) : std::vector<model::ManagedObject>{};
  };
  for (const auto& spec : operated ? all_watches() : specs)
    for (const auto& object : truth(model::without_fleeting_filter(spec.query)))
      checkers.is_there(object.class_name, object.dn(), object.attributes);

  Workload workload(clock, network, controller, rng.next());
  Faults faults(clock, network, controller, checkers, rng.next());
  network.before_reboot = count_paths;
  network.boot(specs);
  workload.begin(began + plan.trouble);
  if (operated) somebody.begin(began + plan.trouble);
  if (!calm) faults.plan(began + plan.trouble);
  const auto run = [&](Instant until) {
    while (clock.now() < until) {
      clock.run_until(std::min(until, clock.now() + Duration{10'000}));
      checkers.look();
    }
  };
  run(began + plan.trouble);
  trace("trouble ends");
  faults.heal();
  // A process that is away or asleep comes back first.
  run(began + plan.trouble + Duration{1'300'000});
  faults.heal();
  const Instant healed = clock.now();
  while (!(network.process_runs() && network.watch().all_live()) && clock.now() < healed + all_live_within)
    run(clock.now() + Duration{10'000});
  // Whatever nothing told of is found by the next full audit.
  run(clock.now() + options.compare_every * 5 / 4 + Duration{120'000});
  checkers.finish(truth);
  count_paths();
  report.failures = checkers.failures();
  report.changes = checkers.changes();
  report.events = checkers.events();
  report.paths["covered by a gap"] += checkers.by_gap();
  report.paths["told laid over a state that was missed"] += checkers.mixed();
  report.paths["undone before anyone could see it"] += checkers.undone();
  for (const auto& [name, count] : faults.happened()) report.paths["fault: " + name] += count;
  report.virtual_time = clock.now() - began;
  return report;
}

Report run_world(const Plan& plan) {
  try {
    return run(plan);
  } catch (const std::exception& thrown) {
    return {.seed = plan.seed, .failures = {thrown.what()}};
  }
}

const std::vector<std::string>& paths_wanted() {
  static const std::vector<std::string> wanted{"logins",
                                               "losses",
                                               "rollovers",
                                               "standstills",
                                               "gaps",
                                               "relisted",
                                               "backfilled",
                                               "reads",
                                               "children reads",
                                               "audits",
                                               "drifts",
                                               "reboots noticed",
                                               "canaries",
                                               "unreadable frames",
                                               "duplicates passed over",
                                               "stale replies",
                                               "gap: canary",
                                               "gap: restart",
                                               "gap: pause",
                                               "gap: stop",
                                               "gap: children",
                                               "gap: audit",
                                               "gap: refresh refused",
                                               "gap: node",
                                               "history incomplete",
                                               "history complete",
                                               "watches added",
                                               "watches removed: listing",
                                               "watches removed: wanted",
                                               "watches removed: paused",
                                               "watches removed: away",
                                               "signed logins",
                                               "covered by a gap"};
  return wanted;
}

}  // namespace aci::world
