#include "controller/controller.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/answer.hpp"
#include "controller/active_sessions.hpp"
#include "controller/faults.hpp"
#include "controller/initial_tree.hpp"
#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"
#include "controller/queries.hpp"
#include "controller/records.hpp"
#include "controller/relations.hpp"
#include "controller/segments.hpp"
#include "controller/sessions.hpp"
#include "controller/storm.hpp"
#include "controller/subscriptions.hpp"
#include "controller/trouble.hpp"
#include "controller/writes.hpp"
#include "model/query.hpp"

namespace aci::controller {
namespace {

using base::Duration;
using base::Error;
using base::Instant;
using base::Result;
using base::WallTime;
using model::Format;
using model::ManagedObject;
using model::Query;

constexpr std::string_view token_invalid = "Token was invalid (Error: Token timeout)";

// As recorded outside the API: the front end's page.
constexpr std::string_view not_found_page =
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    "<hr><center>Cisco APIC</center>\r\n</body>\r\n</html>\r\n";

// As recorded from clients that met an overloaded front end.
std::string unavailable_page(int status) {
  const std::string title = status == 200 ? "APIC" : std::to_string(status) + " Service Temporarily Unavailable";
  return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
         "</h1></center>\r\n<hr><center>Cisco APIC</center>\r\n</body>\r\n</html>\r\n";
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

Format format_of(std::string_view target) { return path_of(target).ends_with(".xml") ? Format::xml : Format::json; }

Response respond(std::string body, Format format) {
  return {200, std::move(body), format == Format::xml ? "text/xml" : "application/json", "", {}};
}

Response respond(const codec::Answer& answer, Format format) { return respond(codec::encode_answer(answer, format), format); }

// The codes 401, 403, 405 and 503 are the HTTP status too; everything else comes with 400.
Response respond(const Error& error, Format format) {
  const int code = error.code == 0 ? 400 : error.code;
  Response response = respond(codec::encode_error(code, error.message, format), format);
  response.status = code == 401 || code == 403 || code == 405 || code == 503 ? code : 400;
  return response;
}

Error refused(int code, std::string text) { return {base::Errc::refused, std::move(text), code}; }

// "aaaLogin" of "/api/aaaLogin.json?x=y", "/api/mo/aaaLogin.json" and "/api/node/aaaLogin"; DNs and classes come out too
// and are no method's name.
std::string_view method_of(std::string_view target) {
  std::string_view path = path_of(target);
  for (const std::string_view prefix : {"/api/", "node/", "mo/"})
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  return path.substr(0, path.find('.'));
}

// The last value of a query option, percent-decoded.
std::string option_of(std::string_view target, std::string_view name) {
  std::string value;
  std::string_view options = target.substr(std::min(path_of(target).size() + 1, target.size()));
  while (!options.empty()) {
    const std::size_t end = std::min(options.find('&'), options.size());
    const std::string_view option = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    const std::size_t equals = option.find('=');
    if (equals != std::string_view::npos && option.substr(0, equals) == name)
      value = model::percent_decode(option.substr(equals + 1));
  }
  return value;
}

// What a POST did, nested as the objects are.
std::vector<ManagedObject> changed_objects(const ObjectTree& tree, const std::vector<Outcome>& outcomes) {
  struct Open {
    std::string dn;
    ManagedObject* object;
  };
  std::vector<ManagedObject> top;
  std::vector<Open> open;  // the objects around the next one; requests name parents before children
  for (const Outcome& outcome : outcomes) {
    const Node* node = tree.find(outcome.dn);
    ManagedObject object{outcome.class_name, node ? node->attributes : model::Attributes{}, {}};
    const std::array<model::AttributeView, 4> told{
        {{"childAction", "deleteNonPresent"}, {"dn", outcome.dn}, {"rn", ""}, {"status", model::to_string(outcome.op)}}};
    object.attributes.merge(told.data(), told.size());
    while (!open.empty() && !model::Dn::is_below(outcome.dn, open.back().dn)) open.pop_back();
    std::vector<ManagedObject>& siblings = open.empty() ? top : open.back().object->children;
    siblings.push_back(std::move(object));
    open.push_back({outcome.dn, &siblings.back()});
  }
  return top;
}

}  // namespace

struct Controller::Impl {
  Options options;
  Sessions sessions;
  Subscriptions subscriptions;
  ObjectTree tree;
  ObjectMaker maker;
  Records records;
  Writer writer;
  ActiveSessions active_sessions;
  Storm storm;
  Relations relations;
  Segments segments;
  Faults faults;
  std::string fingerprint;
  std::vector<Push> pushes;
  std::vector<ChannelId> closes;
  Trouble trouble;
  bool two_cookies_trap = false;
  std::vector<bool> running;  // by controller
  Instant now{};              // of the latest call that said so
  WallTime wall{};
  Status counters;
  bool grown = false;

  explicit Impl(Options given)
      : options(with_a_controller(std::move(given))),
        sessions(options),
        records(tree, options.record_log_max, [this](const NodeChange& change) { publish(change); }),
        writer(tree, maker, [this](const NodeChange& change) { hear(change); }),
        active_sessions(tree, writer),
        storm(tree, writer),
        relations(tree, maker, writer),
        segments(tree, writer, relations),
        faults(tree, writer, options.fault_times),
        fingerprint(sessions.random_base64(12)),
        trouble(options.seed),
        running(options.controllers, true) {}

  static Options with_a_controller(Options options) {
    options.controllers = std::max<std::size_t>(options.controllers, 1);
    return options;
  }

  // The fabric begins when it is first asked: only then is known what time it is.
  void grow(WallTime time) {
    wall = time;
    if (grown) return;
    const Stamp stamp{wall.to_string(), "0"};
    grow_initial_tree(tree, maker, options, stamp);
    relations.index_all();
    segments.number_all();
    segments.settle(stamp);
    grown = true;
  }

  void hear(const NodeChange& change) {
    if (grown) {
      publish(change);
      records.note(change);
    }
    relations.note(change);
    segments.note(change);
    faults.note(change);
  }

  void publish(const NodeChange& change) {
    std::vector<Push> fresh;
    subscriptions.publish(change, fresh);
    trouble.pass(now, wall, change, std::move(fresh), pushes);
  }

  void close(const std::vector<ChannelId>& channels) {
    for (const ChannelId channel : channels) {
      subscriptions.drop_channel(channel);
      trouble.forget_channel(channel);
      closes.push_back(channel);
    }
    for (const std::string& id : sessions.take_ended()) active_sessions.forget(id, wall);
  }

  void advance(Instant time) {
    now = time;
    close(sessions.advance(now));
    subscriptions.advance(now);
    trouble.advance(now, pushes);
    const Records::Transaction transaction(records, {});
    faults.settle(now, wall);
  }

  // What the fabric does about what was done to it.
  void settle() {
    const Records::Transaction transaction(records, {});
    const Stamp stamp{wall.to_string(), "0"};
    relations.settle(stamp);
    segments.settle(stamp);
    faults.settle(now, wall);
  }

  // --- methods -------------------------------------------------------------------------------------------------------

  ManagedObject login_object(Session& session, const std::string& token, WallTime wall, bool with_url_token) {
    const auto seconds = [](Duration time) { return std::to_string(time.count() / 1000); };
    const std::string created = std::to_string(wall.unix_ms / 1000), first = std::to_string(session.first_login);
    const std::string node = "topology/pod-1/node-" + std::to_string(session.controller + 1);
    const std::string refresh = seconds(options.token_lifetime), maximum = seconds(options.session_lifetime);
    ManagedObject login{"aaaLogin",
                        {{"token", token},
                         {"siteFingerprint", fingerprint},
                         {"refreshTimeoutSeconds", refresh},
                         {"maximumLifetimeSeconds", maximum},
                         {"guiIdleTimeoutSeconds", "1200"},
                         {"restTimeoutSeconds", "90"},
                         {"creationTime", created},
                         {"firstLoginTime", first},
                         {"userName", session.user},
                         {"remoteUser", "false"},
                         {"unixUserId", session.uid},
                         {"sessionId", session.session_id},
                         {"lastName", ""},
                         {"firstName", ""},
                         {"changePassword", "no"},
                         {"version", release},
                         {"buildTime", "Fri Jan 13 08:35:52 UTC 2023"},
                         {"node", node}},
                        {}};
    if (with_url_token) login.attributes.set("urlToken", sessions.random_base64(48));
    login.children = {{"aaaUserDomain",
                       {{"name", "all"}, {"rolesR", "admin"}, {"rolesW", "admin"}},
                       {{"aaaReadRoles", {}, {}}, {"aaaWriteRoles", {}, {{"role", {{"name", "admin"}}, {}}}}}}};
    for (const std::string_view dn : {"uni/tn-common", "uni/tn-infra", "uni/tn-mgmt"})
      login.children.push_back(
          {"DnDomainMapEntry", {{"dn", dn}, {"readPrivileges", "admin"}, {"writePrivileges", "admin"}}, {}});
    return login;
  }

  Response answer_login(Instant now, WallTime wall, Session& session, const Request& request, Format format) {
    const std::string token = sessions.issue_token(now, session);
    active_sessions.note(session, wall, options.token_lifetime);
    const bool challenge = option_of(request.target, "gui-token-request") == "yes";
    codec::Answer answer{1, {}, {login_object(session, token, wall, challenge)}};
    Response response = respond(answer, format);
    response.set_cookie = "APIC-cookie=" + token + "; path=/; HttpOnly; HttpOnly; Secure";
    return response;
  }

  Response log_in(Instant now, WallTime wall, const Request& request, Format format) {
    const auto body = codec::decode_body(request.body, format);
    if (!body) return respond(body.error(), format);
    const auto session =
        sessions.login(now, wall, request.controller, body->attributes.get("name"), body->attributes.get("pwd"));
    return session ? answer_login(now, wall, **session, request, format) : respond(session.error(), format);
  }

  Response list_domains(Format format) {
    // Bare objects without a class, unlike everything else the controller answers.
    if (format == Format::json)
      return respond(R"({"totalCount":"2","imdata":[{"name":"local","type":"local"},{"name":"DefaultAuth","guiBanner":""}]})",
                     format);
    return respond(
        codec::Answer{2, {}, {{"aaaLoginDomain", {{"name", "local"}}, {}}, {"aaaLoginDomain", {{"name", "DefaultAuth"}}, {}}}},
        format);
  }

  Response answer_method(Instant now, WallTime wall, std::string_view method, const Request& request, Format format) {
    if (method == "aaaListDomains") return list_domains(format);
    if (method == "aaaLogin") return log_in(now, wall, request, format);
    Session* session = sessions.find_cookie(request.controller, request.cookies);
    if (method == "aaaLogout") {
      if (session) close(sessions.end(session->id));
      return respond(codec::Answer{}, format);
    }
    if (!session) return respond(not_logged_in(request), format);
    if (method == "aaaRefresh") return answer_login(now, wall, *session, request, format);
    const std::string id = option_of(request.target, "id");
    if (!is_own_subscription(request, id) || !subscriptions.refresh(now, id))
      return respond(refused(400, "Subscription refresh timeout"), format);
    return respond(codec::Answer{}, format);
  }

  bool is_own_subscription(const Request& request, std::string_view id) const {
    const auto channel = subscriptions.channel_of(id);
    const Session* session = channel ? sessions.session_of(*channel) : nullptr;
    return session && session->controller == request.controller;
  }

  static Error not_logged_in(const Request& request) {
    if (count_token_cookies(request.cookies) > 0) return refused(403, std::string(token_invalid));
    return refused(403,
                   "Need a valid webtoken cookie (named APIC-Cookie) or a signed request with signature in the cookie (named "
                   "APIC-Request-Signature) for all REST API requests");
  }

  // --- queries and writes --------------------------------------------------------------------------------------------

  Result<codec::Answer> answer_get(const Request& request, const Session& session, const Query& query) {
    if (query.subscription && session.channels.empty())
      return refused(405,
                     "Subscription request failed, unable to locate opened web socket. Please re-login to the application");
    auto answer = answer_query(tree, query, wall);
    if (!answer) return answer;
    const bool trapped = query.subscription && two_cookies_trap && count_token_cookies(request.cookies) > 1;
    if (trapped || trouble.find(Trouble::Kind::no_data, path_of(request.target))) answer->objects.clear();
    if (!query.subscription) return answer;
    const Duration period =
        query.refresh_timeout && query.refresh_timeout->count() > 0 ? *query.refresh_timeout : options.subscription_lifetime;
    auto id = subscriptions.add(now, session.channels.back(), query, period, trapped);
    if (!id) return refused(503, "Unable to deliver the message, too many subscriptions");
    answer->subscription_ids.push_back(std::move(*id));
    return answer;
  }

  Result<codec::Answer> answer_post(const Query& query, const std::string& body, const Stamp& stamp) {
    if (!query.class_name.empty()) return refused(400, "Request failed, a class cannot be written, only an object");
    const auto object = codec::decode_body(body, query.format);
    if (!object) return object.error();
    const auto written = writer.post(query.dn, *object, stamp);
    if (!written) return written.error();
    codec::Answer answer;
    if (query.rsp_subtree == model::RspSubtree::modified) answer.objects = changed_objects(tree, written->outcomes);
    if (query.rsp_subtree == model::RspSubtree::full)
      if (const Node* node = tree.find(written->dn)) answer.objects.push_back(whole_subtree(tree, *node));
    answer.total_count = answer.objects.size();
    return answer;
  }

  Result<codec::Answer> answer_delete(const Query& query, const Stamp& stamp) {
    if (!query.class_name.empty()) return refused(400, "Request failed, a class cannot be deleted, only an object");
    const auto removed = writer.remove(query.dn, stamp);
    if (!removed) return removed.error();
    codec::Answer answer;
    // Ansible's aci_rest asks for it to learn whether anything was deleted.
    if (query.rsp_subtree == model::RspSubtree::modified) answer.objects = changed_objects(tree, removed->outcomes);
    answer.total_count = answer.objects.size();
    return answer;
  }

  static Response respond_page(int status, std::string page) { return {status, std::move(page), "text/html", "", {}}; }

  Response handle(Instant at, WallTime time, const Request& request) {
    ++counters.requests;
    grow(time);
    advance(at);
    Response response = answer(request);
    if (const auto* late = trouble.find(Trouble::Kind::delay, path_of(request.target))) response.delay = late->delay;
    return response;
  }

  Response answer(const Request& request) {
    if (request.controller >= running.size() || !running[request.controller]) return respond_page(503, unavailable_page(503));
    const std::string_view path = path_of(request.target);
    const Format format = format_of(request.target);
    if (const auto* refusal = trouble.find(Trouble::Kind::refuse, path)) {
      Response response =
          respond(refused(refusal->status, refusal->status == 403 ? std::string(token_invalid)
                                                                  : "Unable to deliver the message, Resolve timeout"),
                  format);
      response.status = refusal->status;
      return response;
    }
    if (const auto* html = trouble.find(Trouble::Kind::html, path))
      return respond_page(html->status, unavailable_page(html->status));
    if (!path.starts_with("/api/")) return respond_page(404, std::string(not_found_page));
    const std::string_view method = method_of(path);
    for (const std::string_view known : {"aaaLogin", "aaaRefresh", "aaaLogout", "aaaListDomains", "subscriptionRefresh"})
      if (method == known) return answer_method(now, wall, method, request, format);

    const Session* session = sessions.find_cookie(request.controller, request.cookies);
    if (!session) return respond(not_logged_in(request), format);
    auto query = Query::parse_url(request.target);
    if (!query) return respond(query.error(), format);
    query->dn = model::Dn::trusted(canonical_dn(query->dn.str()));
    Result<codec::Answer> answer = refused(400, "Request failed, method " + request.method.substr(0, 20) + " is not supported");
    const Records::Transaction transaction(records, {session->user, session->session_id});
    const auto stamp = [&] { return Stamp{wall.to_string(), session->uid}; };
    if (request.method == "GET" || request.method == "HEAD") answer = answer_get(request, *session, *query);
    else if (request.method == "POST") answer = answer_post(*query, request.body, stamp());
    else if (request.method == "DELETE") answer = answer_delete(*query, stamp());
    settle();
    return answer ? respond(*answer, query->format) : respond(answer.error(), query->format);
  }
};

Controller::Controller(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Controller::~Controller() = default;

Response Controller::handle(Instant now, WallTime wall, const Request& request) { return impl_->handle(now, wall, request); }

Result<ChannelId> Controller::open_channel(Instant now, std::string_view target, std::size_t controller) {
  impl_->advance(now);
  constexpr std::string_view prefix = "/socket";
  Session* session =
      target.starts_with(prefix) ? impl_->sessions.find_token(controller, target.substr(prefix.size())) : nullptr;
  if (!session) return Error{base::Errc::auth, std::string(token_invalid), 403};
  return impl_->sessions.open_channel(*session);
}

void Controller::close_channel(ChannelId channel) {
  if (!impl_->sessions.close_channel(channel)) return;
  impl_->subscriptions.drop_channel(channel);
  impl_->trouble.forget_channel(channel);
}

void Controller::advance(Instant now, WallTime wall) {
  impl_->grow(wall);
  impl_->advance(now);
}

std::optional<Instant> Controller::next_wakeup() const {
  std::optional<Instant> first;
  for (const auto& next : {impl_->sessions.next_wakeup(), impl_->subscriptions.next_wakeup(), impl_->trouble.next_wakeup(),
                           impl_->faults.next_wakeup()})
    if (next && (!first || *next < *first)) first = next;
  return first;
}

std::vector<Push> Controller::take_pushes() {
  impl_->counters.pushed += impl_->pushes.size();
  return std::exchange(impl_->pushes, {});
}
std::vector<ChannelId> Controller::take_closes() { return std::exchange(impl_->closes, {}); }

Result<std::size_t> Controller::load(WallTime wall, const std::vector<ManagedObject>& objects) {
  impl_->grow(wall);
  std::size_t count = 0;
  for (const ManagedObject& object : objects) {
    const auto loaded = impl_->writer.load(object, {wall.to_string(), "0"});
    if (!loaded) return loaded.error();
    count += *loaded;
  }
  impl_->relations.index_all();
  return count;
}

void Controller::stop_controller(std::size_t controller) {
  impl_->running.at(controller) = false;
  impl_->close(impl_->sessions.end_all_of(controller));
}

void Controller::start_controller(std::size_t controller) { impl_->running.at(controller) = true; }
bool Controller::controller_running(std::size_t controller) const { return impl_->running.at(controller); }
std::size_t Controller::controller_count() const { return impl_->running.size(); }

void Controller::drop_channels() {
  const std::vector<ChannelId> all = impl_->sessions.channels();
  for (const ChannelId channel : all) impl_->sessions.close_channel(channel);
  impl_->close(all);
}

void Controller::mute(Instant now, Duration time) { impl_->trouble.mute(now + time); }
void Controller::expire_tokens() { impl_->close(impl_->sessions.expire_all()); }
void Controller::expire_subscriptions() { impl_->subscriptions.clear(); }
void Controller::expire_subscriptions_early(Duration early) { impl_->subscriptions.end_early(early); }

void Controller::refuse(Instant now, int status, Duration time, std::string path) {
  impl_->trouble.begin({Trouble::Kind::refuse, now + time, std::move(path), status, {}});
}

void Controller::answer_html(Instant now, int status, Duration time, std::string path) {
  impl_->trouble.begin({Trouble::Kind::html, now + time, std::move(path), status, {}});
}

void Controller::withhold_data(Instant now, Duration time, std::string path) {
  impl_->trouble.begin({Trouble::Kind::no_data, now + time, std::move(path), 200, {}});
}

void Controller::delay_answers(Instant now, Duration delay, Duration time, std::string path) {
  impl_->trouble.begin({Trouble::Kind::delay, now + time, std::move(path), 200, delay});
}

void Controller::disturb_pushes(Instant now, PushTrouble trouble, Duration time) {
  impl_->trouble.disturb(trouble, now + time);
}

Result<void> Controller::restart_node(Instant now, WallTime wall, unsigned node_id) {
  impl_->grow(wall);
  impl_->advance(now);
  const std::string id = std::to_string(node_id);
  const Node* system = impl_->tree.class_first("topSystem");
  while (system && system->attributes.get("id") != id) system = system->class_next;
  if (!system) return Error{base::Errc::not_found, "there is no node " + id, 0};
  impl_->subscriptions.deafen(id);
  return set(wall, {"topSystem", {{"dn", system->dn}, {"lastRebootTime", wall.to_string()}}, {}});
}

void Controller::miss_first_child(Duration age) { impl_->trouble.miss_first_child(age); }
void Controller::trap_two_cookies(bool on) { impl_->two_cookies_trap = on; }

Result<void> Controller::set(WallTime wall, const ManagedObject& object) {
  impl_->grow(wall);
  const Records::Transaction transaction(impl_->records, {});
  const auto done = impl_->writer.set(object, {wall.to_string(), "0"});
  impl_->settle();
  return done;
}

Result<void> Controller::raise_fault(Instant now, WallTime wall, const FaultCondition& condition) {
  advance(now, wall);
  const Records::Transaction transaction(impl_->records, {});
  const auto done = impl_->faults.raise(now, wall, condition);
  impl_->settle();
  return done;
}

Result<void> Controller::clear_fault(Instant now, WallTime wall, std::string_view dn, std::string_view code) {
  advance(now, wall);
  const Records::Transaction transaction(impl_->records, {});
  if (!impl_->tree.find(dn)) return Error{base::Errc::not_found, "there is no object " + std::string(dn), 0};
  impl_->faults.clear(now, wall, dn, code);
  impl_->settle();
  return {};
}

Result<void> Controller::storm(WallTime wall, std::string_view class_name, std::size_t count) {
  impl_->grow(wall);
  const Records::Transaction transaction(impl_->records, {});
  const auto done = impl_->storm.run(class_name, count, {wall.to_string(), "0"});
  impl_->settle();
  return done;
}

Status Controller::status() const {
  Status status = impl_->counters;
  status.pushed += impl_->pushes.size();
  status.sessions = impl_->sessions.session_count();
  status.channels = impl_->sessions.channel_count();
  status.subscriptions = impl_->subscriptions.size();
  status.records = impl_->records.size();
  status.objects = impl_->tree.size() - status.records;
  return status;
}

}  // namespace aci::controller
