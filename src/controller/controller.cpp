#include "controller/controller.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>

#include "codec/answer.hpp"
#include "controller/accounts.hpp"
#include "controller/active_sessions.hpp"
#include "controller/commands.hpp"
#include "controller/cookies.hpp"
#include "controller/faults.hpp"
#include "controller/health.hpp"
#include "controller/initial_tree.hpp"
#include "controller/login_answer.hpp"
#include "controller/object_maker.hpp"
#include "controller/object_tree.hpp"
#include "controller/ports.hpp"
#include "controller/queries.hpp"
#include "controller/records.hpp"
#include "controller/relations.hpp"
#include "controller/segments.hpp"
#include "controller/sessions.hpp"
#include "controller/signed_request.hpp"
#include "controller/storm.hpp"
#include "controller/subscriptions.hpp"
#include "controller/tagging.hpp"
#include "controller/tokens.hpp"
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

// As clients count on it; not documented.
constexpr Duration socket_token_lifetime = std::chrono::hours(12);

constexpr std::string_view web_token_settings = "uni/userext/pkiext/webtokendata";
constexpr std::string_view session_class = "aaaActiveUserSession";
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

// The codes 301 (of a filter, as observed on one controller), 401, 403, 405 and 503 are the HTTP status too; everything else
// comes with 400.
Response respond(const Error& error, Format format) {
  const int code = error.code == 0 ? 400 : error.code;
  Response response = respond(codec::encode_error(code, error.message, format), format);
  response.status = code == 301 || code == 401 || code == 403 || code == 405 || code == 503 ? code : 400;
  return response;
}

Response respond_page(int status, std::string page) { return {status, std::move(page), "text/html", "", {}}; }

Error refused(int code, std::string text) { return {base::Errc::refused, std::move(text), code}; }

// "aaaLogin" of "/api/aaaLogin.json?x=y", "/api/mo/aaaLogin.json" and "/api/node/aaaLogin"; DNs and classes come out too
// and are no method's name.
std::string_view method_of(std::string_view target) {
  std::string_view path = path_of(target);
  for (const std::string_view prefix : {"/api/", "node/", "mo/"})
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  return path.substr(0, path.find('.'));
}

// The front end takes //api/mo//uni.json for /api/mo/uni.json. Clients send it that add a path to an address with a slash.
Request with_single_slashes(Request request) {
  std::string& target = request.target;
  const auto end = target.begin() + static_cast<std::ptrdiff_t>(path_of(target).size());
  target.erase(std::unique(target.begin(), end, [](char a, char b) { return a == '/' && b == '/'; }), end);
  return request;
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

// What an export begins with: everything is in it.
bool is_mark_of_whole(const ManagedObject& object) {
  return object.class_name == "topRoot" && object.attributes.get("status") == "replaced";
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
  base::Rng rng;  // tokens and ids
  Sessions sessions;
  Session signer;                                  // of the signed request at hand
  std::vector<std::deque<Instant>> recent_logins;  // by controller, of the last second
  Subscriptions subscriptions;
  ObjectTree tree;
  ObjectMaker maker;
  Accounts accounts;
  Records records;
  Writer writer;
  ActiveSessions active_sessions;
  Storm storm;
  Relations relations;
  Segments segments;
  Ports ports;
  Faults faults;
  Health health;
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
  bool quiet = true;       // what changes is neither pushed nor recorded
  bool replaying = false;  // what changes has been somewhere else, with all that follows
  bool keeps_changes = false;
  std::vector<ManagedObject> changes;  // kept ones

  explicit Impl(Options given)
      : options(with_a_controller(std::move(given))),
        rng(options.seed),
        sessions(options.socket_lifetime),
        recent_logins(options.controllers),
        accounts(tree, options),
        records(tree, options.record_log_max, [this](const NodeChange& change) { publish(change); }),
        writer(tree, maker, [this](const NodeChange& change) { hear(change); }),
        active_sessions(tree, writer),
        storm(tree, writer),
        relations(tree, maker, writer),
        segments(tree, writer, relations),
        ports(tree, writer),
        faults(tree, writer, options.fault_times),
        health(tree, writer),
        fingerprint(random_base64(rng, 12)),
        trouble(options.seed),
        running(options.controllers, true) {}

  static Options with_a_controller(Options options) {
    options.controllers = std::max<std::size_t>(options.controllers, 1);
    return options;
  }

  // The fabric begins when it is first asked: only then is known what time it is.
  void grow(WallTime time) {
    wall = time;
    if (std::exchange(grown, true)) return;
    const Stamp stamp{wall.to_string(), "0"};
    grow_initial_tree(tree, maker, options, stamp);
    relations.index_all();
    segments.number_all();
    segments.settle(stamp);
    health.count_all(true);
    health.settle(stamp);
    quiet = false;
  }

  void keep(const Node& node, bool goes) {
    if (node.of->name == session_class) return;
    changes.push_back(
        {node.of->name, goes ? model::Attributes{{"dn", node.dn}, {"status", "deleted"}} : with_password(node), {}});
  }

  model::Attributes with_password(const Node& node) const {
    model::Attributes attributes = node.attributes;
    if (node.of->name != "aaaUser") return attributes;
    if (const std::string_view password = accounts.password_of(node.dn); !password.empty()) attributes.set("pwd", password);
    return attributes;
  }

  void hear(const NodeChange& change) {
    if (keeps_changes && (replaying ? change.op != model::Op::deleted : change.op == model::Op::modified))
      keep(change.node, false);
    accounts.note(change);
    if (!quiet) publish(change);
    relations.note(change);
    if (replaying) return;
    if (!quiet) records.note(change);
    segments.note(change);
    ports.note(change);
    faults.note(change);
    health.note(change);
  }

  void publish(const NodeChange& change) {
    if (options.observe) options.observe(change.node.of->name, change.node.dn, change.op, change.node.attributes);
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
    if (const auto due = faults.next_wakeup(); due && *due <= now) settle();
  }

  // What the fabric does about what was done to it.
  void settle() {
    const Records::Transaction transaction(records, {});
    const Stamp stamp{wall.to_string(), "0"};
    relations.settle(stamp);
    segments.settle(stamp);
    ports.settle(stamp);
    faults.settle(now, wall);
    health.settle(stamp);
  }

  // --- methods -------------------------------------------------------------------------------------------------------

  // A further token of a session, told as a login is.
  std::string issue_token(Session& session, Duration lifetime) {
    const Rights rights = accounts.rights_of(session.user_dn);
    const std::int64_t issued = wall.unix_ms / 1000, expires = (wall + lifetime).unix_ms / 1000;
    std::string token =
        options.opaque_tokens
            ? opaque_token(rng)
            : web_token(rng, {fingerprint, session.user, session.uid, session.session_id, rights, issued, expires});
    sessions.add_token(session, token, now + lifetime);
    return token;
  }

  Response answer_login(Session& session, Format format, bool with_cookie = true) {
    const std::string token = issue_token(session, token_lifetime());
    active_sessions.note(session, wall, token_lifetime());
    const Rights rights = accounts.rights_of(session.user_dn);
    const Node* user = tree.find(session.user_dn);
    const auto told = [&](std::string_view name) { return user ? user->attributes.get(name) : std::string_view{}; };
    Response response =
        respond(encode_login({session, rights, token, fingerprint, told("firstName"), told("lastName"), wall, token_lifetime(),
                              session_lifetime(),
                              lifetime("uiIdleTimeoutSeconds", "1200", std::chrono::seconds(1), std::chrono::seconds(1200))},
                             format),
                format);
    if (with_cookie) response.set_cookie = std::string(token_cookie) + '=' + token + "; path=/; HttpOnly; HttpOnly; Secure";
    return response;
  }

  // A setting of uni/userext/pkiext/webtokendata where somebody has changed it, else the option's.
  Duration lifetime(std::string_view setting, std::string_view standing, Duration unit, Duration otherwise) const {
    const Node* settings = tree.find(web_token_settings);
    const std::string_view told = settings ? settings->attributes.get(setting) : std::string_view{};
    std::int64_t number = 0;
    std::from_chars(told.data(), told.data() + told.size(), number);
    return number <= 0 || told == standing ? otherwise : unit * number;
  }
  Duration token_lifetime() const {
    return lifetime("webtokenTimeoutSeconds", "600", std::chrono::seconds(1), options.token_lifetime);
  }
  Duration session_lifetime() const {
    return lifetime("maximumValidityPeriod", "24", std::chrono::hours(1), options.session_lifetime);
  }

  // Whose the session is, where it is made, when it ends.
  Session session_of(const std::string& user_dn, const Request& request, Duration lifetime) {
    Session session;
    session.controller = request.controller;
    session.address = request.address;
    session.user = Accounts::name_of(user_dn);
    session.user_dn = user_dn;
    session.uid = accounts.uid_of(user_dn);
    session.session_id = random_base64(rng, 16);
    session.first_login = wall.unix_ms / 1000;
    session.ends_at = now + lifetime;
    return session;
  }

  // As the front end counts: logins and refreshes together.
  bool is_throttled(std::size_t controller) {
    if (options.login_rate == 0) return false;
    std::deque<Instant>& recent = recent_logins[controller];
    while (!recent.empty() && recent.front() + Duration{1000} <= now) recent.pop_front();
    if (recent.size() >= options.login_rate) return true;
    recent.push_back(now);
    return false;
  }

  Response log_in(const Request& request, Format format) {
    const auto body = codec::decode_body(request.body, format);
    if (!body) return respond(body.error(), format);
    const std::string_view name = body->attributes.get("name");
    const bool blocked = accounts.is_blocked(Accounts::user_dn(name), now);
    const auto user = blocked ? refused(401, "User account is blocked after too many failed logins")  // text not recorded
                              : accounts.log_in(name, body->attributes.get("pwd"));
    if (!user) {
      if (!blocked) accounts.note_failure(Accounts::user_dn(name), now);
      note_failed_login(name, request.address);
      return respond(user.error(), format);
    }
    Session fresh = session_of(*user, request, session_lifetime());
    if (option_of(request.target, "gui-token-request") == "yes") fresh.challenge = random_base64(rng, 48);
    const auto session = sessions.begin(std::move(fresh));
    if (!session) return respond(session.error(), format);
    note_session(Records::SessionStep::login, **session, request.address);
    return answer_login(**session, format);
  }

  void note_session(Records::SessionStep step, const Session& session, std::string_view address) {
    records.note_session({step, true, session.user_dn, session.user, session.session_id, address, wall.to_string()});
  }

  // Of a name that nobody has only that somebody tried is kept: anybody may send anything as a name.
  void note_failed_login(std::string_view name, std::string_view address) {
    const std::string dn = accounts.user_dn(name);
    const bool known = tree.find(dn) != nullptr;
    records.note_session({Records::SessionStep::login, false, known ? std::string_view(dn) : "uni/userext",
                          known ? accounts.name_of(dn) : std::string_view{}, "", address, wall.to_string()});
  }

  Response list_domains(Format format) {
    const std::vector<std::string> others = accounts.login_domains();
    if (format == Format::xml) {
      codec::Answer answer;
      for (const std::string_view name : {"local", "DefaultAuth"})
        answer.objects.push_back({"aaaLoginDomain", {{"name", name}}, {}});
      for (const std::string& name : others) answer.objects.push_back({"aaaLoginDomain", {{"name", name}}, {}});
      answer.total_count = answer.objects.size();
      return respond(answer, format);
    }
    // Bare objects without a class, unlike everything else the controller answers.
    std::string text = R"({"totalCount":")" + std::to_string(2 + others.size()) +
                       R"(","imdata":[{"name":"local","type":"local"},{"name":"DefaultAuth","guiBanner":""})";
    for (const std::string& name : others) {
      text += R"(,{"name":)";
      codec::append_json_string(text, name);
      text += '}';
    }
    return respond(text + "]}", format);
  }

  // Opens a websocket for requests that are signed.
  Response answer_socket_token(const Session& caller, const Request& request, Format format) {
    Session fresh = session_of(caller.user_dn, request, socket_token_lifetime);
    fresh.for_socket = true;
    const auto session = sessions.begin(std::move(fresh));
    if (!session) return respond(session.error(), format);
    const std::string token = issue_token(**session, socket_token_lifetime);
    return respond(codec::Answer{1, {}, {{"webtokenSession", {{"token", token}}, {}}}}, format);
  }

  // A login of an app, which has a certificate and no password. What a wrong one is told is not recorded.
  Response log_in_app(const Session& caller, const Request& request, Format format) {
    const auto body = codec::decode_body(request.body, format);
    if (!body) return respond(body.error(), format);
    if (caller.user_dn != "uni/userext/appuser-" + std::string(body->attributes.get("appName")))
      return respond(refused(403, "An app token is given to the app itself, which signs for it"), format);
    const auto session = sessions.begin(session_of(caller.user_dn, request, session_lifetime()));
    if (!session) return respond(session.error(), format);
    note_session(Records::SessionStep::login, **session, request.address);
    return answer_login(**session, format, false);
  }

  Response answer_method(std::string_view method, const Request& request, Format format) {
    if (method == "aaaListDomains") return list_domains(format);
    if ((method == "aaaLogin" || method == "aaaRefresh") && is_throttled(request.controller))
      return respond_page(503, unavailable_page(503));
    if (method == "aaaLogin") return log_in(request, format);
    const auto caller = find_caller(request);
    if (method == "aaaLogout") {
      if (caller && !(*caller)->tokens.empty()) {
        note_session(Records::SessionStep::logout, **caller, request.address);
        close(sessions.end((*caller)->id));
      }
      return respond(codec::Answer{}, format);
    }
    if (!caller) return respond(caller.error(), format);
    if (method == "webtokenSession") return answer_socket_token(**caller, request, format);
    if (method == "requestAppToken") return log_in_app(**caller, request, format);
    if (method == "aaaRefresh") {
      if ((*caller)->tokens.empty()) return respond(refused(403, std::string(token_invalid)), format);
      note_session(Records::SessionStep::refresh, **caller, request.address);
      return answer_login(**caller, format);
    }
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

  // --- who asks ------------------------------------------------------------------------------------------------------

  // The session of the token; for a signed request one that lives as long as it. Errors are 403.
  Result<Session*> find_caller(const Request& request) {
    if (Session* session = sessions.find_cookie(request.controller, request.cookies)) {
      // What a request without it is told is not recorded.
      if (!session->challenge.empty() && request.challenge != session->challenge &&
          option_of(request.target, "challenge") != session->challenge)
        return refused(403, "Token was invalid (Error: Challenge token missing)");
      return session;
    }
    if (const auto signature = signature_in(request.cookies)) return find_signer(request, *signature);
    if (!cookie_values(request.cookies, token_cookie).empty()) return refused(403, std::string(token_invalid));
    return refused(403,
                   "Need a valid webtoken cookie (named APIC-Cookie) or a signed request with signature in the cookie (named "
                   "APIC-Request-Signature) for all REST API requests");
  }

  Result<Session*> find_signer(const Request& request, const RequestSignature& signature) {
    const Node* certificate = tree.find(signature.certificate_dn);
    const bool known = certificate && certificate->of->name == "aaaUserCert" && options.verify_signature;
    const auto texts = signed_texts(request.method, request.target, request.body);
    if (!known || std::none_of(texts.begin(), texts.end(), [&](const std::string& text) {
          return options.verify_signature(certificate->attributes.get("data"), text, signature.value);
        }))
      return refused(403, "bad signature");
    signer = session_of(certificate->parent->dn, request, {});
    for (const std::string_view token : cookie_values(request.cookies, "APIC-WebSocket-Session"))
      if (const Session* socket = sessions.find_token(request.controller, token);
          socket && socket->for_socket && socket->user_dn == signer.user_dn)
        signer.channels = socket->channels;
    return &signer;
  }

  // --- queries and writes --------------------------------------------------------------------------------------------

  Result<codec::Answer> answer_get(const Request& request, const Session& session, const Query& query) {
    if (query.subscription && session.channels.empty())
      return refused(405,
                     "Subscription request failed, unable to locate opened web socket. Please re-login to the application");
    const Sees sees = accounts.sees_of(accounts.rights_of(session.user_dn));
    auto answer = answer_query(tree, query, wall, sees);
    if (!answer) return answer;
    const bool trapped = query.subscription && two_cookies_trap && cookie_values(request.cookies, token_cookie).size() > 1;
    if (trapped || trouble.find(Trouble::Kind::no_data, path_of(request.target))) answer->objects.clear();
    if (!query.subscription) return answer;
    const Duration period =
        query.refresh_timeout && query.refresh_timeout->count() > 0 ? *query.refresh_timeout : options.subscription_lifetime;
    auto id = subscriptions.add(now, session.channels.back(), query, period, sees, trapped);
    if (!id) return refused(503, "Unable to deliver the message, too many subscriptions");
    answer->subscription_ids.push_back(std::move(*id));
    return answer;
  }

  // Lets through what the user may write. The text of the refusal is not recorded.
  Writer::Guard guard_of(const Session& session) {
    return [this, user = session.user, rights = accounts.rights_of(session.user_dn)](
               std::string_view dn, const model::ClassFacts* facts) -> Result<void> {
      if (!accounts.may_write(rights, dn))
        return refused(403, "User " + user + " has no write privilege on (Dn0), Dn0=" + std::string(dn) + ", ");
      if (facts && facts->name == "aaaDomainRef") accounts.expect_tag(std::string(dn));
      return {};
    };
  }

  Result<codec::Answer> answer_post(const Session& session, const Query& query, const std::string& body, const Stamp& stamp) {
    if (!query.class_name.empty()) return refused(400, "Request failed, a class cannot be written, only an object");
    const auto object = codec::decode_body(body, query.format);
    if (!object) return object.error();
    const auto written = writer.post(query.dn, *object, stamp, guard_of(session));
    if (!written) return written.error();
    accounts.learn_passwords(query.dn, *object);
    if (keeps_changes && object->class_name.starts_with("aaaUser"))
      for (const Node* user = tree.class_first("aaaUser"); user; user = user->class_next) keep(*user, false);
    codec::Answer answer;
    if (query.rsp_subtree == model::RspSubtree::modified) answer.objects = changed_objects(tree, written->outcomes);
    if (query.rsp_subtree == model::RspSubtree::full)
      if (const Node* node = tree.find(written->dn)) answer.objects.push_back(whole_subtree(tree, *node));
    answer.total_count = answer.objects.size();
    carry_out_commands(tree, writer, written->outcomes, stamp);
    return answer;
  }

  Result<codec::Answer> answer_delete(const Session& session, const Query& query, const Stamp& stamp) {
    if (!query.class_name.empty()) return refused(400, "Request failed, a class cannot be deleted, only an object");
    const auto removed = writer.remove(query.dn, stamp, guard_of(session));
    if (!removed) return removed.error();
    codec::Answer answer;
    // Ansible's aci_rest asks for it to learn whether anything was deleted.
    if (query.rsp_subtree == model::RspSubtree::modified) answer.objects = changed_objects(tree, removed->outcomes);
    answer.total_count = answer.objects.size();
    return answer;
  }

  Response handle(Instant at, WallTime time, const Request& request) {
    ++counters.requests;
    grow(time);
    advance(at);
    accounts.forget_passing_tags();
    const bool merges = path_of(request.target).find("//") != std::string_view::npos;
    Response response = merges ? answer(with_single_slashes(request)) : answer(request);
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
    if (request.method == "OPTIONS") return respond("", format);  // a browser asks what it may do
    const std::string_view method = method_of(path);
    for (const std::string_view known :
         {"aaaLogin", "aaaRefresh", "aaaLogout", "aaaListDomains", "subscriptionRefresh", "webtokenSession", "requestAppToken"})
      if (method == known) return answer_method(method, request, format);

    const auto caller = find_caller(request);
    if (!caller) return respond(caller.error(), format);
    const Session* session = *caller;
    if (const auto post = post_of_tagging(tree, request)) return answer_object(*session, *post, format);
    return answer_object(*session, request, format);
  }

  Response answer_object(const Session& session, const Request& request, Format format) {
    auto query = Query::parse_url(request.target);
    if (!query) return respond(query.error(), format);
    query->dn = model::Dn::trusted(canonical_dn(query->dn.str()));
    Result<codec::Answer> answer = refused(400, "Request failed, method " + request.method.substr(0, 20) + " is not supported");
    const Records::Transaction transaction(records, {session.user, session.session_id});
    const auto stamp = [&] { return Stamp{wall.to_string(), session.uid}; };
    if (request.method == "GET" || request.method == "HEAD") answer = answer_get(request, session, *query);
    else if (request.method == "POST") answer = answer_post(session, *query, request.body, stamp());
    else if (request.method == "DELETE") answer = answer_delete(session, *query, stamp());
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
  return impl_->sessions.open_channel(now, *session);
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
  return load(wall, [&](const Take& take) -> Result<void> {
    for (const ManagedObject& object : objects)
      if (const auto taken = take(object); !taken) return taken;
    return {};
  });
}

Result<std::size_t> Controller::load(WallTime wall, const std::function<Result<void>(const Take&)>& source) {
  impl_->grow(wall);
  std::size_t count = 0;
  bool whole = false;
  const Stamp stamp{wall.to_string(), "0"};
  const auto read = source([&](const ManagedObject& object) -> Result<void> {
    if (is_mark_of_whole(object)) {
      whole = true;
      impl_->writer.clear();
      return {};
    }
    const auto loaded = impl_->writer.load(object, stamp);
    if (!loaded) return loaded.error();
    count += *loaded;
    return {};
  });
  if (!read) return read.error();
  impl_->writer.finish_load();
  if (whole) {
    grow_users(impl_->tree, impl_->maker, impl_->options, stamp);
    impl_->segments.number_all();
    impl_->faults.resume_all(impl_->now, wall);
  }
  impl_->records.count_all();
  impl_->relations.index_all();
  impl_->health.count_all(false);
  impl_->quiet = true;
  impl_->settle();
  impl_->quiet = false;
  return count;
}

ManagedObject Controller::mark_of_whole() { return {"topRoot", {{"childAction", ""}, {"dn", ""}, {"status", "replaced"}}, {}}; }

void Controller::each_object(const std::function<void(std::string_view, const model::Attributes&)>& use, bool passwords) const {
  const Node& root = impl_->tree.root();
  for (const Node* node = root.first_child; node; node = next_in_subtree(*node, root))
    if (node->of->name != session_class) use(node->of->name, passwords ? impl_->with_password(*node) : node->attributes);
}

void Controller::begin_walk() { impl_->tree.begin_walk(); }

bool Controller::walk(std::size_t count, const std::function<void(std::string_view, const model::Attributes&)>& use) {
  for (; count > 0; --count) {
    const Node* node = impl_->tree.walk();
    if (!node) return false;
    if (node->of->name != session_class) use(node->of->name, impl_->with_password(*node));
  }
  return true;
}

void Controller::keep_changes() {
  impl_->keeps_changes = true;
  impl_->tree.on_move([impl = impl_.get()](const Node& node, bool goes) { impl->keep(node, goes); });
}

std::vector<ManagedObject> Controller::take_changes() { return std::exchange(impl_->changes, {}); }

void Controller::restore(const std::vector<ManagedObject>& part) {
  impl_->grown = true;
  for (ManagedObject object : part) {
    if (const std::string password(object.attributes.get("pwd")); object.class_name == "aaaUser" && !password.empty()) {
      impl_->accounts.set_password(std::string(object.dn()), password);
      object.attributes.erase("pwd");
    }
    impl_->writer.restore(object);
  }
}

void Controller::resume(Instant now, WallTime wall) {
  impl_->now = now;
  impl_->wall = wall;
  impl_->records.count_all();
  grow_users(impl_->tree, impl_->maker, impl_->options, {wall.to_string(), "0"});
  impl_->relations.index_all();
  impl_->segments.number_all();
  impl_->faults.resume_all(now, wall);
  impl_->health.count_all(false);
  impl_->settle();
  impl_->quiet = false;
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
  impl_->accounts.forget_passing_tags();
  const Records::Transaction transaction(impl_->records, {});
  const auto done = impl_->writer.set(object, {wall.to_string(), "0"});
  impl_->settle();
  return done;
}

void Controller::replay(Instant now, WallTime wall, const ManagedObject& object) {
  advance(now, wall);
  impl_->replaying = true;
  const Stamp stamp{wall.to_string(), "0"};
  impl_->writer.replay(object, stamp);
  // Relations remember where they lead to; what they would tell was recorded.
  impl_->quiet = true;
  impl_->relations.settle(stamp);
  impl_->quiet = impl_->replaying = false;
}

Result<void> Controller::configure(Instant now, WallTime wall, std::string_view user, const ManagedObject& object) {
  advance(now, wall);
  const Records::Transaction transaction(impl_->records, {std::string(user), "script"});
  const std::string uid = impl_->accounts.uid_of("uni/userext/user-" + std::string(user));
  const auto done = impl_->writer.post({}, object, {wall.to_string(), uid});
  impl_->settle();
  if (!done) return done.error();
  return {};
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

const ObjectTree& Controller::tree() const { return impl_->tree; }
const std::optional<FabricShape>& Controller::fabric() const { return impl_->options.fabric; }

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
