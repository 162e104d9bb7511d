// aciwatch tail: prints events as they come.
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "codec/event_json.hpp"
#include "commands.hpp"
#include "direct.hpp"
#include "io/state_file.hpp"
#include "relay/message.hpp"
#include "relay/text.hpp"
#include "target.hpp"

namespace aciwatch {
namespace {

using aci::model::Event;
using aci::watch::WatchState;

struct TailOptions {
  LoginFlags login;
  std::vector<std::string> targets{"fvTenant", "fvAp", "fvAEPg"};
  std::string format = "text", filter, state;
  bool subtree = false, baseline = false;
  std::uint64_t count = 0;
  double seconds = 0;
};

class Tail {
 public:
  explicit Tail(const TailOptions& options)
      : options_(options), direct_(options.login), end_(direct_.loop()), save_(direct_.loop()) {}

  int run() {
    std::vector<aci::watch::WatchSpec> specs;
    for (const std::string& target : options_.targets) {
      auto query = parse_target(target, options_.subtree, options_.filter, true);
      if (!query) return fail(query.error());
      specs.push_back({target, std::move(*query)});
    }
    aci::io::FabricDriver::Handlers on;
    on.on_event = [this](Event event, const std::vector<aci::watch::WatchId>&) { print(std::move(event)); };
    on.on_gap = [this](const aci::watch::GapClosed& closed) { print(closed.gap); };
    on.on_drift = [this](const aci::watch::Drifted& drift) { print(drift); };
    on.on_watch = [this](const aci::watch::WatchChanged& change) { watch_changed(change); };
    if (const auto opened = direct_.open(std::move(on)); !opened) return fail(opened.error());
    for (auto& spec : specs) direct_.fabric().add(std::move(spec));
    if (const auto restored = restore(); !restored) return fail(restored.error());
    int code = direct_.run();
    flush();
    if (!save() && code == exit_done) code = exit_wrong;
    if (options_.format == "none") {
      const double seconds = std::chrono::duration<double>(last_ - first_).count();
      std::fprintf(stderr, "%llu events in %.3f s, %.0f events/s\n", static_cast<unsigned long long>(events_), seconds,
                   seconds > 0 ? static_cast<double>(events_) / seconds : 0.0);
    }
    return code;
  }

 private:
  static constexpr aci::base::Duration save_every{60'000};

  aci::base::Result<void> restore() {
    if (options_.state.empty()) return {};
    const auto saved = aci::io::read_state(options_.state, direct_.name());
    if (!saved) return saved.error();
    if (*saved) direct_.fabric().restore(**saved);
    save_.after(save_every, [this] { save_on(); });
    return {};
  }

  void save_on() {
    flush();
    save();
    save_.after(save_every, [this] { save_on(); });
  }

  // False when it could not be written. What was not printed must come again, so that it is not taken as known.
  bool save() {
    if (options_.state.empty() || unprinted_) return true;
    const auto written = aci::io::write_state(options_.state, direct_.name(), direct_.fabric().save());
    if (!written) complain(written.error().message);
    return written.has_value();
  }

  void watch_changed(const aci::watch::WatchChanged& change) {
    if (change.state == WatchState::failed) {
      complain("the controller refuses to watch: " + change.error.message);
      if (!said_live_) direct_.quit(exit_wrong);
    }
    if (change.state != WatchState::live || said_live_ || !direct_.fabric().all_live()) return;
    said_live_ = true;
    std::string list;
    for (const auto& target : options_.targets) list += (list.empty() ? "" : ", ") + target;
    std::fprintf(stderr, "aciwatch: live: %s on %s\n", list.c_str(), direct_.url().c_str());
    if (options_.seconds > 0)
      end_.after(aci::base::Duration{static_cast<std::int64_t>(options_.seconds * 1000)}, [this] { direct_.quit(exit_done); });
  }

  void print(Event event) {
    if (event.origin == aci::model::Origin::baseline && !options_.baseline) return;
    if (options_.count > 0 && events_ == options_.count) {
      unprinted_ = true;
      return;
    }
    last_ = std::chrono::steady_clock::now();
    if (events_++ == 0) first_ = last_;
    event.seq = events_;
    if (options_.format == "json") {
      aci::codec::append_event_json(out_, event);
      out_ += '\n';
    } else if (options_.format == "text") {
      aci::relay::Batch batch;
      batch.events.push_back(std::make_shared<const Event>(std::move(event)));
      out_ += aci::relay::render_text(aci::relay::make_message(batch, 0), isatty(STDOUT_FILENO) == 1);
    }
    schedule_flush();
    if (events_ == options_.count) direct_.quit(exit_done);
  }

  void print(const aci::model::Gap& gap) {
    if (options_.format == "json") {
      aci::codec::append_gap_json(out_, gap);
      out_ += '\n';
    } else if (options_.format == "text") {
      aci::relay::Batch batch;
      batch.gap = gap;
      out_ += aci::relay::render_text(aci::relay::make_message(batch, 0), isatty(STDOUT_FILENO) == 1);
    }
    schedule_flush();
  }

  void print(const aci::watch::Drifted& drift) {
    if (options_.format == "json") {
      aci::codec::append_drift_json(out_, direct_.name(), drift.name, aci::io::Loop::wall(), drift.objects);
      out_ += '\n';
    } else if (options_.format == "text") {
      aci::relay::Batch batch;
      batch.note = direct_.name() + ": an audit found " + std::to_string(drift.objects) +
                   (drift.objects == 1 ? " object" : " objects") + " of watch " + drift.name +
                   " that no push had told of; it is read again";
      out_ += aci::relay::render_text(aci::relay::make_message(batch, 0), isatty(STDOUT_FILENO) == 1);
    }
    schedule_flush();
  }

  // One write for all that came in one go.
  void schedule_flush() {
    if (out_.size() > 1 << 20) return flush();
    if (flush_scheduled_ || out_.empty()) return;
    flush_scheduled_ = true;
    direct_.loop().post([this] { flush(); });
  }

  void flush() {
    flush_scheduled_ = false;
    std::size_t done = 0;
    while (done < out_.size()) {
      const ssize_t written = ::write(STDOUT_FILENO, out_.data() + done, out_.size() - done);
      if (written <= 0) {
        if (written < 0 && errno == EINTR) continue;
        unprinted_ = true;
        direct_.quit(exit_wrong);  // nobody reads any more
        break;
      }
      done += static_cast<std::size_t>(written);
    }
    out_.clear();
  }

  const TailOptions& options_;
  Direct direct_;
  aci::io::Timer end_, save_;
  std::string out_;
  bool flush_scheduled_ = false, said_live_ = false, unprinted_ = false;
  std::uint64_t events_ = 0;
  std::chrono::steady_clock::time_point first_{}, last_{};
};

}  // namespace

void add_tail(CLI::App& app, int& code) {
  auto options = std::make_shared<TailOptions>();
  auto* command = app.add_subcommand("tail", "print events as they come");
  command->footer(
      "Examples:\n"
      "  aciwatch tail                                   tenants, application profiles and EPGs\n"
      "  aciwatch tail faultInst --filter 'ge(faultInst.severity,\"major\")'\n"
      "  aciwatch tail uni/tn-Heroes --subtree --format json\n"
      "  aciwatch tail --state fabric.state              also what happened since it last ran\n\n"
      "JSON lines are events, {\"gap\":{...}} for a time in which changes may have gone unseen, with what re-reading and the\n"
      "controller's logs found of it, and {\"drift\":{...}} where an audit found what no push had told of.\n");
  command->add_option("target", options->targets, "CLASS or DN, several; default fvTenant fvAp fvAEPg")
      ->option_text("[CLASS or DN]...");
  command->add_option("--format", options->format, "text, json (one object a line) or none")
      ->check(CLI::IsMember({"text", "json", "none"}))
      ->capture_default_str();
  command->add_option("--filter", options->filter, "only objects that match, in the controller's filter language");
  command->add_flag("--subtree", options->subtree, "also everything below the objects");
  command->add_flag("--baseline", options->baseline, "first print what is there");
  command->add_option("--count", options->count, "end after this many events");
  command->add_option("--state", options->state,
                      "file to remember the objects in; what happened while nothing ran comes out at the next start");
  command->add_option("--for", options->seconds, "end after this many seconds of watching");
  command->add_option("--retry-max", options->login.retry_max, "seconds between two tries to connect again, at most")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  options->login.add_to(*command);
  command->callback([options, &code] { code = Tail(*options).run(); });
}

}  // namespace aciwatch
