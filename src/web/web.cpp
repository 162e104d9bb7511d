#include "web/web.hpp"

#include "codec/event_json.hpp"
#include "model/class_facts.hpp"
#include "relay/labels.hpp"
#include "web/event_search.hpp"
#include "web/json.hpp"
#include "web/metrics.hpp"
#include "web/pages.hpp"

namespace aci::web {
namespace {

// A larger event is kept without its attributes: one frame must fit a stream's bound of unsent bytes.
constexpr std::size_t event_max = 1024 * 1024;

constexpr std::string_view json_type = "application/json";

io::HttpResponse response(int status, std::string_view type, std::string body) {
  return {status, {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}}, std::move(body)};
}

io::HttpResponse refusal(int status, std::string_view message) { return response(status, json_type, error_json(message)); }

// What every answer says to a browser: nothing from elsewhere, nothing framed, nothing guessed.
void add_security(io::Headers& headers) {
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

// An IPv4 or IPv6 address, or a name that only this machine answers to.
bool is_own_host(std::string_view host) {
  if (host.empty() || host.front() == '[') return true;
  host = host.substr(0, host.find(':'));
  constexpr std::string_view local = ".localhost";
  if (host == local.substr(1) || (host.size() > local.size() && host.substr(host.size() - local.size()) == local)) return true;
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

io::HttpResponse page_response(const io::HttpRequest& request, const Page& page) {
  io::HttpResponse answer{
      200, {{"Content-Type", std::string(page.type)}, {"Cache-Control", "no-cache"}, {"ETag", page.etag}}, {}};
  if (io::header(request.headers, "If-None-Match").find(page.etag) != std::string_view::npos) answer.status = 304;
  else answer.body = page.body;
  return answer;
}

io::HttpResponse not_found(const io::HttpRequest& request, const std::string& path) {
  if (path.rfind("/api/", 0) == 0 || io::header(request.headers, "Accept").find("text/html") == std::string_view::npos) {
    return refusal(404, "there is nothing at " + path);
  }
  return response(404, "text/html; charset=utf-8",
                  "<!doctype html><html lang=\"en\"><title>Not found</title><link rel=\"stylesheet\" href=\"/style.css\">"
                  "<main class=\"lost\"><h1>There is nothing here</h1><p><a href=\"/\">To the changes</a></p></main></html>");
}

struct CounterMetric {
  std::string_view name, help;
  std::uint64_t watch::FabricWatch::Counters::*value;
};
using Counters = watch::FabricWatch::Counters;
constexpr CounterMetric counters[] = {
    {"aciwatch_logins_total", "Logins tried.", &Counters::logins},
    {"aciwatch_losses_total", "Connections to a controller that were lost.", &Counters::losses},
    {"aciwatch_rollovers_total", "Changes to a new login before the old one ended.", &Counters::rollovers},
    {"aciwatch_standstills_total", "Times in which this process did not run.", &Counters::standstills},
    {"aciwatch_gaps_total", "Times in which changes may have gone unseen.", &Counters::gaps},
    {"aciwatch_relisted_total", "Changes found by re-reading after a gap.", &Counters::relisted},
    {"aciwatch_backfilled_total", "Changes found in the controller's logs after a gap.", &Counters::backfilled},
    {"aciwatch_audits_total", "Audits: what is remembered compared with what the controller has.", &Counters::audits},
    {"aciwatch_audit_drift_total", "Audits that found a change which nothing had announced; should stay 0.", &Counters::drifts},
    {"aciwatch_canaries_total", "Changes of the canary that came back as a push.", &Counters::canaries},
    {"aciwatch_node_reboots_total", "Reboots of switches that were noticed.", &Counters::reboots},
    {"aciwatch_frames_total", "Frames received on the websocket.", &Counters::frames},
    {"aciwatch_bad_frames_total", "Frames that could not be read.", &Counters::bad_frames},
    {"aciwatch_unknown_pushes_total", "Pushes for a subscription that nobody knows.", &Counters::unknown_pushes},
    {"aciwatch_duplicates_total", "Pushes that two channels brought, told once.", &Counters::duplicates},
    {"aciwatch_reads_total", "Objects read one by one because their push did not say enough.", &Counters::reads},
};

EventLog::Options log_options(EventLog::Options options) {
  if (options.first_seq == 0) options.first_seq = static_cast<std::uint64_t>(io::Loop::wall().unix_ms) * 1000;
  return options;
}

}  // namespace

Web::Web(io::Loop& loop, Options options, Fabrics fabrics)
    : options_(std::move(options)),
      fabrics_(std::move(fabrics)),
      log_(log_options(options_.log)),
      streams_(log_, options_.streams, [this] { return fabrics_json(); }),
      timer_(loop) {}

void Web::on_request(const io::HttpRequest& request, const std::shared_ptr<io::Responder>& responder) {
  const auto send = [&](io::HttpResponse answer) {
    add_security(answer.headers);
    responder->send(std::move(answer));
  };
  if (!options_.any_host && !is_own_host(io::header(request.headers, "Host"))) {
    return send(refusal(421, "this address serves localhost and IP addresses only: the Host header names another"));
  }
  if (request.method != "GET" && request.method != "HEAD") {
    auto answer = refusal(405, "only GET and HEAD are served here");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return send(std::move(answer));
  }
  const auto path = Target::parse(request.target).path;
  if (const auto* page = find_page(path)) return send(page_response(request, *page));
  if (path == "/healthz") return send(response(200, json_type, R"({"ok":true})"));
  if (path == "/readyz") return send(readiness());
  if (path == "/metrics") return send(response(200, "text/plain; version=0.0.4; charset=utf-8", metrics()));
  if (path == "/api/v1/events") return send(events(request));
  if (path == "/api/v1/fabrics") return send(response(200, json_type, fabrics_json()));
  if (path == "/api/v1/stream") return stream(request, responder);
  send(not_found(request, path));
}

io::HttpResponse Web::events(const io::HttpRequest& request) const {
  const auto search = EventSearch::of(Target::parse(request.target));
  if (!search) return refusal(400, search.error().message);
  return response(200, json_type, search->answer(log_));
}

io::HttpResponse Web::readiness() const {
  std::vector<std::string> why;
  const auto fabrics = fabrics_();
  for (const auto& fabric : fabrics)
    for (auto& spot : blind_spots(fabric)) why.push_back(std::move(spot));
  if (fabrics.empty()) why.emplace_back("no fabric is watched");
  std::string body;
  {
    JsonObject object(body);
    object.raw("ready", why.empty() ? "true" : "false");
    object.key("why");
    append_array(body, why, [&](const std::string& spot) { codec::append_json_string(body, spot); });
    object.key("fabrics");
    append_array(body, fabrics, [&](const FabricStatus& fabric) { append_fabric_json(body, fabric); });
    object.text("now", io::Loop::wall().to_string());
  }
  return response(why.empty() ? 200 : 503, json_type, std::move(body));
}

std::string Web::metrics() const {
  Metrics metrics;
  metrics.family("aciwatch_events_total", "counter", "Changes seen, by what happened to the object.");
  for (std::size_t op = 0; op < events_.size(); ++op)
    metrics.sample({{"op", model::to_string(static_cast<model::Op>(op))}}, events_[op]);
  metrics.family("aciwatch_messages_total", "counter", "Messages shown in the room of the page.");
  metrics.sample({}, messages_);
  metrics.family("aciwatch_stream_clients", "gauge", "Open event streams.");
  metrics.sample({}, streams_.size());
  const auto fabrics = fabrics_();
  for (const auto& [name, help, value] : counters) {
    metrics.family(name, "counter", help);
    for (const auto& fabric : fabrics) metrics.sample({{"fabric", fabric.name}}, fabric.counters.*value);
  }
  metrics.family("aciwatch_objects", "gauge", "Objects that are remembered as they are.");
  for (const auto& fabric : fabrics) metrics.sample({{"fabric", fabric.name}}, fabric.objects);
  const auto of_watches = [&](std::string_view name, std::string_view help, auto value) {
    metrics.family(name, "gauge", help);
    for (const auto& fabric : fabrics)
      for (const auto& watch : fabric.watches)
        metrics.sample({{"fabric", fabric.name}, {"watch", watch.name}}, static_cast<std::uint64_t>(value(watch)));
  };
  const auto seconds = [](const std::optional<base::WallTime>& time) { return time ? time->unix_ms / 1000 : 0; };
  of_watches("aciwatch_watch_last_proof_seconds", "When a listing or an audit last agreed, in Unix time; 0 for never.",
             [&](const WatchStatus& watch) { return seconds(watch.last_proof); });
  of_watches("aciwatch_watch_blind", "1 while a time is open in which changes may have gone unseen.",
             [](const WatchStatus& watch) { return watch.blind_since.has_value(); });
  of_watches("aciwatch_watch_live", "1 while every change that the watch is about is seen as it happens.",
             [](const WatchStatus& watch) { return watch.state == watch::WatchState::live; });
  return std::move(metrics).text();
}

void Web::stream(const io::HttpRequest& request, const std::shared_ptr<io::Responder>& responder) {
  const auto refuse = [&](int status, std::string_view message) {
    auto answer = refusal(status, message);
    add_security(answer.headers);
    if (status == 503) answer.headers.emplace_back("Retry-After", "5");
    responder->send(std::move(answer));
  };
  const auto target = Target::parse(request.target);
  if (auto known = target.check({"after", "tail"}); !known) return refuse(400, known.error().message);
  auto after = std::optional(log_.last());
  if (const auto* tail = target.find("tail")) {
    after = parse_seq(*tail);
    if (!after) return refuse(400, "tail is how many of the newest entries are wanted first");
    after = log_.before_newest(static_cast<std::size_t>(*after));
  }
  if (const auto* from = target.find("after")) {
    after = parse_seq(*from);
    if (!after) return refuse(400, "after is a sequence number: the id of an event of this stream");
  }
  // A browser that comes back says where it was. What it cannot have from us counts as another life's: history was cut.
  if (const auto last = io::header(request.headers, "Last-Event-ID"); !last.empty()) after = parse_seq(last).value_or(0);
  io::Headers headers;
  add_security(headers);
  if (request.method == "HEAD") {
    headers.emplace_back("Content-Type", "text/event-stream");
    return responder->send({200, std::move(headers), {}});
  }
  if (streams_.full()) return refuse(503, "too many open streams: close a page that is not needed");
  streams_.open(io::Loop::now(), *responder, std::move(headers), *after);
  arm();
}

std::uint64_t Web::on_event(model::Event event) {
  event.seq = log_.next_seq();
  ++events_[static_cast<std::size_t>(event.op)];
  const auto label = model::label_of(event.class_name);
  const auto name = relay::object_name(event);
  auto keys = keys_of(event, label, name);
  const auto encode = [&](bool cut) {
    std::string json;
    codec::append_event_json(json, event);
    json.pop_back();
    json += ",\"label\":";
    codec::append_json_string(json, label);
    json += ",\"name\":";
    codec::append_json_string(json, name);
    return json + (cut ? ",\"cut\":true}" : "}");
  };
  auto json = encode(false);
  if (json.size() > event_max) {
    event.before.reset();
    event.after.reset();
    event.changed = {};
    json = encode(true);
  }
  return append(EventLog::Kind::change, json, std::move(keys));
}

std::uint64_t Web::on_gap(const model::Gap& gap) {
  std::string json = "{\"seq\":" + std::to_string(log_.next_seq()) + ',', rest;
  codec::append_gap_json(rest, gap);
  return append(EventLog::Kind::gap, json.append(rest, 1));
}

std::uint64_t Web::on_message(const RoomMessage& message) {
  ++messages_;
  std::string json;
  {
    JsonObject object(json);
    object.raw("seq", std::to_string(log_.next_seq()));
    object.text("receiver", message.receiver);
    object.text("time", message.time.to_string());
    object.raw("message", message.json);
  }
  return append(EventLog::Kind::message, json);
}

void Web::on_fabrics_changed() {
  streams_.status_changed(io::Loop::now());
  arm();
}

std::uint64_t Web::append(EventLog::Kind kind, const std::string& json, EventLog::Keys keys) {
  const auto seq = log_.append(kind, json, std::move(keys)).seq;
  streams_.appended();
  on_fabrics_changed();  // counts and the time of the last push
  return seq;
}

std::string Web::fabrics_json() const {
  std::string out;
  {
    JsonObject object(out);
    object.key("fabrics");
    append_array(out, fabrics_(), [&](const FabricStatus& fabric) { append_fabric_json(out, fabric); });
    object.text("room", options_.room);
    object.text("try", options_.try_command);
    object.text("now", io::Loop::wall().to_string());
  }
  return out;
}

// Asked for with every event, so a timer that is right already stays as it is.
void Web::arm() {
  const auto when = streams_.next_wakeup();
  if (when == armed_) return;
  armed_ = when;
  if (!when) return timer_.cancel();
  timer_.at(*when, [this] {
    armed_.reset();
    streams_.wake(io::Loop::now());
    arm();
  });
}

}  // namespace aci::web
