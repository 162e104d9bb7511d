#include "service/config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/nearest.hpp"
#include "io/client.hpp"
#include "model/watchable.hpp"
#include "service/yaml_reader.hpp"

namespace aci::service {
namespace {

constexpr std::size_t file_max = 1 << 20;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || text.empty() || port > 65535) return {};
  return static_cast<std::uint16_t>(port);
}

// What is wrong with a receiver's URL, "" when nothing is. Never quotes it: it may be a secret.
std::string wrong_with_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos || (url.substr(0, scheme) != "https" && url.substr(0, scheme) != "http"))
    return "must begin with https:// or http://";
  if (has_control(url) || url.find(' ') != std::string_view::npos) return "must not hold blanks or control characters";
  const auto path = url.find_first_of("/?#", scheme + 3);
  if (!io::Endpoint::parse(url.substr(0, path))) return "has no valid host and port, or a user before the host";
  return {};
}

// A name that stands in messages, labels and URIs.
std::string read_name(Reader& reader, Mapping& mapping, std::vector<std::string>& taken) {
  const std::string name = mapping.required("name");
  if (name.empty()) return name;
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  const YAML::Mark mark = mapping.get("name")->Mark();
  if (name.size() > 64 || !std::all_of(name.begin(), name.end(), fine))
    reader.mistake(mark, "a name has 1 to 64 letters, digits, '-', '_' and '.'");
  else if (std::find(taken.begin(), taken.end(), name) != taken.end())
    reader.mistake(mark, "the name '" + name + "' is there twice");
  else taken.push_back(name);
  return name;
}

io::TlsClientOptions read_tls(Reader& reader, Mapping& parent) {
  io::TlsClientOptions options;
  const YAML::Node* node = parent.get("tls");
  if (!node) return options;
  Mapping mapping(reader, *node, "tls");
  options.verify = mapping.boolean("verify", true);
  if (const auto file = mapping.text("ca_file")) {
    options.ca_file = reader.path(file->value);
    std::error_code failure;
    if (!std::filesystem::is_regular_file(options.ca_file, failure) || !std::ifstream(options.ca_file))
      reader.mistake(file->mark, "cannot read '" + options.ca_file + "'");
  }
  mapping.done();
  return options;
}

WatchConfig read_watch(Reader& reader, const YAML::Node& node, const std::string& what, std::vector<std::string>& names) {
  Mapping mapping(reader, node, what);
  WatchConfig watch;
  watch.name = read_name(reader, mapping, names);
  bool known = true;  // all classes; what a filter is about is asked only then
  for (auto& name : mapping.texts("class")) {
    if (const auto fine = model::watchable_class(name.value); !fine) {
      reader.mistake(name.mark, fine.error().message);
      known = false;
    }
    watch.classes.push_back(std::move(name.value));
  }
  if (const auto text = mapping.text("dn")) {
    auto dn = model::Dn::parse(text->value);
    if (!dn) reader.mistake(text->mark, dn.error().message);
    else if (dn->empty()) reader.mistake(text->mark, "'dn' must not be empty");
    else watch.dn = std::move(*dn);
  }
  watch.subtree = mapping.boolean("subtree", false);
  if (!mapping.has("class") && !mapping.has("dn")) reader.mistake(mapping.mark(), what + " needs 'class' or 'dn'");
  if (watch.subtree && !mapping.has("dn")) reader.mistake(mapping.key_mark("subtree"), "'subtree' needs a 'dn'");
  if (const auto text = mapping.raw_text("filter")) {
    auto filter = model::Filter::parse(text->value);
    if (!filter) reader.mistake(text->mark, "filter: " + filter.error().message);
    else watch.filter = std::move(*filter);
    if (known && watch.filter) {
      for (const auto& query : queries_of(watch)) {
        const auto fine = model::watchable(query);
        if (fine) continue;
        reader.mistake(text->mark, fine.error().message);
        break;
      }
    }
  }
  mapping.done();
  return watch;
}

// A user with a password or a certificate, or an app with its certificate.
void read_login(Reader& reader, Mapping& mapping, FabricConfig& fabric) {
  const auto* node = mapping.get("certificate");
  if (!node) {
    fabric.username = mapping.required("username");
    fabric.password = mapping.required_secret("password");
    return;
  }
  Mapping certificate(reader, *node, "certificate");
  fabric.certificate.emplace();
  if (const auto app = certificate.text("app")) {
    fabric.certificate->app = true;
    fabric.username = app->value;
    if (mapping.has("username"))
      reader.mistake(mapping.key_mark("username"), "an app logs in without a user; leave 'username' or 'app' out");
  } else {
    fabric.username = mapping.required("username");
  }
  for (const char* key : {"password", "password_file"})
    if (mapping.has(key)) reader.mistake(mapping.key_mark(key), "a password and a certificate are there; choose one");
  if (const auto name = certificate.text("name")) fabric.certificate->name = name->value;
  else if (!certificate.has("name") && !fabric.certificate->app)
    reader.mistake(certificate.mark(), "certificate needs 'name', as the controller knows it below the user");
  if (const auto file = certificate.text("key_file")) {
    fabric.certificate->key_file = reader.path(file->value);
    const auto dn = io::certificate_dn(fabric.certificate->name, fabric.username, fabric.certificate->app);
    if (const auto signer = io::Signer::load(dn, fabric.certificate->key_file); !signer)
      reader.mistake(file->mark, signer.error().message);
  } else if (!certificate.has("key_file")) {
    reader.mistake(certificate.mark(), "certificate needs 'key_file', the private key in PEM");
  }
  certificate.done();
}

GapsConfig read_gaps(Reader& reader, const YAML::Node& node) {
  GapsConfig gaps;
  Mapping mapping(reader, node, "gaps");
  const auto interval = [&](const char* key, base::Duration& into) {
    const auto given = mapping.duration(key);
    if (!given) return;
    if (given->count() != 0 && *given < std::chrono::seconds(10))
      reader.mistake(mapping.get(key)->Mark(), "'" + std::string(key) + "' must be at least 10s, or 0s for never");
    into = *given;
  };
  interval("audit_interval", gaps.audit_interval);
  interval("compare_interval", gaps.compare_interval);
  if (const auto first = mapping.text("first_sync")) {
    const std::vector<std::string_view> ways{"baseline", "notify"};
    if (std::find(ways.begin(), ways.end(), first->value) == ways.end())
      reader.mistake(first->mark, "unknown first_sync '" + first->value.substr(0, 100) + "'" +
                                      base::did_you_mean(first->value, ways) +
                                      "; it is baseline (what is there is no news) or notify");
    gaps.notify_first = first->value == "notify";
  }
  if (mapping.has("backfill")) {
    const auto known = GapsConfig{}.backfill;
    const std::vector<std::string_view> names(known.begin(), known.end());
    gaps.backfill.clear();
    for (auto& name : mapping.texts("backfill")) {
      if (std::find(names.begin(), names.end(), name.value) == names.end())
        reader.mistake(name.mark, "'" + name.value.substr(0, 100) +
                                      "' is none of the controller's logs aaaModLR, faultRecord and eventRecord" +
                                      base::did_you_mean(name.value, names));
      gaps.backfill.push_back(std::move(name.value));
    }
  }
  mapping.done();
  return gaps;
}

FabricConfig read_fabric(Reader& reader, const YAML::Node& node, const std::string& what, std::vector<std::string>& names,
                         std::vector<std::string>& state_files) {
  Mapping mapping(reader, node, what);
  FabricConfig fabric;
  fabric.name = read_name(reader, mapping, names);
  for (auto& url : mapping.texts("controllers")) {
    auto expanded = reader.expand(url);
    if (!expanded) continue;
    url.value = std::move(*expanded);
    if (const auto endpoint = io::Endpoint::parse(url.value)) fabric.controllers.push_back(endpoint->str());
    else reader.mistake(url.mark, endpoint.error().message);
  }
  if (!mapping.has("controllers")) reader.mistake(mapping.mark(), what + " needs 'controllers'");
  else if (mapping.get("controllers")->size() == 0 && !mapping.get("controllers")->IsScalar())
    reader.mistake(mapping.key_mark("controllers"), "'controllers' needs at least one address");
  read_login(reader, mapping, fabric);
  fabric.tls = read_tls(reader, mapping);
  if (const auto* gaps = mapping.get("gaps")) fabric.gaps = read_gaps(reader, *gaps);
  if (const auto text = mapping.text("canary")) {
    const auto dn = model::Dn::parse(text->value);
    if (!dn) reader.mistake(text->mark, dn.error().message);
    else if (dn->empty()) reader.mistake(text->mark, "'canary' is the DN of an object that may be annotated, as uni/tn-common");
    else fabric.canary = dn->str();
  }
  if (const auto file = mapping.text("state_file")) {
    fabric.state_file = reader.path(file->value);
    const auto folder = std::filesystem::path(fabric.state_file).parent_path();
    std::error_code failure;
    if (!std::filesystem::is_directory(folder.empty() ? "." : folder, failure))
      reader.mistake(file->mark, "there is no folder '" + folder.string() + "' for the state file");
    for (const std::string& other : state_files)
      if (other == fabric.state_file) reader.mistake(file->mark, "another fabric has the same state file");
    state_files.push_back(fabric.state_file);
  }
  if (const auto lifetime = mapping.duration("subscription_lifetime")) {
    if (*lifetime < std::chrono::seconds(30) || *lifetime > std::chrono::hours(24))
      reader.mistake(mapping.get("subscription_lifetime")->Mark(), "'subscription_lifetime' must be from 30s to 1d");
    fabric.subscription_lifetime = *lifetime;
  }
  std::vector<std::string> watch_names;
  mapping.each("watch", [&](const YAML::Node& element, const std::string& path) {
    fabric.watches.push_back(read_watch(reader, element, path, watch_names));
  });
  if (!mapping.has("watch")) reader.mistake(mapping.mark(), what + " needs 'watch'");
  mapping.done();
  return fabric;
}

WebConfig read_web(Reader& reader, const YAML::Node& node) {
  Mapping mapping(reader, node, "web");
  WebConfig web;
  if (const auto listen = mapping.text("listen")) {
    // The last ':' divides; an IPv6 address stands in brackets.
    const auto colon = listen->value.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : parse_port(std::string_view(listen->value).substr(colon + 1));
    std::string address = listen->value.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    if (!port || address.empty()) {
      reader.mistake(listen->mark, "'listen' must be an address and a port such as 127.0.0.1:8080");
    } else {
      web = {std::move(address), *port};
      if (web.address != "127.0.0.1" && web.address != "::1" && web.address != "localhost")
        reader.mistake(listen->mark, "the dashboard has no login yet, so it listens on 127.0.0.1, ::1 or localhost only");
    }
  }
  mapping.done();
  return web;
}

JournalConfig read_journal(Reader& reader, const YAML::Node& node) {
  Mapping mapping(reader, node, "journal");
  JournalConfig journal;
  journal.path = reader.path(mapping.required("path"));
  if (const auto retention = mapping.duration("retention")) journal.retention = *retention;
  mapping.done();
  return journal;
}

// `references` collects the receivers' names, which are checked when the receivers are known.
relay::RouteSpec read_route(Reader& reader, const YAML::Node& node, const std::string& what, std::vector<Text>& references,
                            int depth) {
  Mapping mapping(reader, node, what);
  relay::RouteSpec route;
  if (depth == 0 && !mapping.has("receiver")) reader.mistake(mapping.mark(), "route needs 'receiver'");
  if (auto receiver = mapping.text("receiver")) {
    route.receiver = receiver->value;
    references.push_back(std::move(*receiver));
  }
  if (depth == 0 && mapping.has("matchers"))
    reader.mistake(mapping.key_mark("matchers"),
                   "the first route takes everything and has no 'matchers'; put them into 'routes'");
  for (const auto& text : mapping.texts("matchers")) {
    auto matchers = relay::Matchers::parse(text.value);
    if (matchers) route.matchers.append(std::move(*matchers));
    else reader.mistake(text.mark, "matchers: " + matchers.error().message);
  }
  if (mapping.has("group_by")) {
    route.group_by.emplace();
    for (const auto& text : mapping.texts("group_by")) {
      if (const auto label = relay::parse_label(text.value)) route.group_by->push_back(*label);
      else
        reader.mistake(text.mark, "unknown label '" + text.value.substr(0, 100) + "'" +
                                      base::did_you_mean(text.value, relay::label_names()));
    }
  }
  route.group_wait = mapping.duration("group_wait");
  route.keep_going = mapping.boolean("continue", false);
  if (depth == relay::RouteSpec::depth_max && mapping.has("routes")) {
    reader.mistake(mapping.key_mark("routes"), "routes are nested deeper than 16");
  } else {
    mapping.each("routes", [&](const YAML::Node& element, const std::string& path) {
      route.routes.push_back(read_route(reader, element, path, references, depth + 1));
    });
  }
  mapping.done();
  return route;
}

std::string read_url(Reader& reader, Mapping& mapping, const std::string& key) {
  if (!mapping.has(key) && !mapping.has(key + "_file")) {
    reader.mistake(mapping.mark(), mapping.what() + " needs '" + key + "' or '" + key + "_file'");
    return {};
  }
  const auto url = mapping.secret(key);
  if (!url) return {};
  if (const auto wrong = wrong_with_url(url->value); !wrong.empty()) reader.mistake(url->mark, "'" + key + "' " + wrong);
  return url->value;
}

// The base of a service's API, for proxies and tests.
std::string read_api_url(Reader& reader, Mapping& mapping, const std::string& usual) {
  const auto url = mapping.text("api_url");
  if (!url) return usual;
  if (const auto wrong = wrong_with_url(url->value); !wrong.empty()) reader.mistake(url->mark, "'api_url' " + wrong);
  std::string base = url->value;
  while (base.ends_with('/')) base.pop_back();
  return base;
}

std::string read_token(Reader& reader, Mapping& mapping) {
  std::string token = mapping.required_secret("token");
  if (has_control(token))
    reader.mistake(mapping.mark(), "the token of " + mapping.what() + " holds control characters; is it one line?");
  return token;
}

relay::Destination read_slack(Reader& reader, Mapping& mapping) {
  relay::Destination destination;
  const bool bot = mapping.has("token") || mapping.has("token_file");
  const bool hook = mapping.has("webhook_url") || mapping.has("webhook_url_file");
  destination.service = bot ? relay::Service::slack_api : relay::Service::slack_webhook;
  if (bot && hook) reader.mistake(mapping.mark(), mapping.what() + " has a webhook_url and a token: choose one");
  if (!bot && !hook)
    reader.mistake(mapping.mark(),
                   mapping.what() + " needs 'webhook_url_file', or 'token_file' and 'channel' (each also without _file)");
  if (hook) destination.url = read_url(reader, mapping, "webhook_url");
  if (!bot) {
    if (mapping.has("channel"))
      reader.mistake(mapping.key_mark("channel"), "a webhook has its channel already; 'channel' goes with 'token_file'");
    return destination;
  }
  destination.token = read_token(reader, mapping);
  destination.channel = mapping.required("channel");
  destination.url = read_api_url(reader, mapping, "https://slack.com/api");
  return destination;
}

relay::Destination read_webex(Reader& reader, Mapping& mapping) {
  relay::Destination destination;
  destination.service = relay::Service::webex;
  destination.token = read_token(reader, mapping);
  destination.channel = mapping.required("room_id");
  destination.url = read_api_url(reader, mapping, "https://webexapis.com/v1");
  return destination;
}

relay::Destination read_webhook(Reader& reader, Mapping& mapping) {
  relay::Destination destination;
  destination.service = relay::Service::webhook;
  destination.url = read_url(reader, mapping, "url");
  if (const auto secret = mapping.secret("secret")) destination.secret = secret->value;
  if (const auto format = mapping.text("format"); format && format->value != "cloudevents")
    reader.mistake(format->mark, "unknown format '" + format->value.substr(0, 100) + "' (did you mean 'cloudevents'?)");
  return destination;
}

ReceiverConfig read_receiver(Reader& reader, const YAML::Node& node, const std::string& what, std::vector<std::string>& names) {
  Mapping mapping(reader, node, what);
  ReceiverConfig receiver;
  receiver.name = read_name(reader, mapping, names);
  const auto each = [&](const std::string& key, relay::Destination (*read)(Reader&, Mapping&)) {
    mapping.each(key, [&](const YAML::Node& element, const std::string& path) {
      Mapping entry(reader, element, path);
      relay::Destination destination = read(reader, entry);
      if (const auto timeout = entry.duration("timeout")) {
        if (timeout->count() < 100) reader.mistake(entry.key_mark("timeout"), "'timeout' must be at least 100ms");
        destination.timeout = *timeout;
      }
      const auto tls = read_tls(reader, entry);
      destination.verify = tls.verify;
      destination.ca_file = tls.ca_file;
      entry.done();
      receiver.destinations.push_back(std::move(destination));
    });
  };
  each("slack", read_slack);
  each("webex", read_webex);
  each("webhook", read_webhook);
  const auto local = [&](const std::string& key, relay::Service service) {
    mapping.each(key, [&](const YAML::Node& element, const std::string& path) {
      Mapping(reader, element, path).done();
      relay::Destination destination;
      destination.service = service;
      receiver.destinations.push_back(std::move(destination));
    });
  };
  local("console", relay::Service::console);
  local("room", relay::Service::room);
  mapping.done();
  return receiver;
}

Config read_config(Reader& reader, const YAML::Node& root) {
  Config config;
  Mapping mapping(reader, root, "the configuration");
  for (const char* needed : {"fabrics", "route", "receivers"})
    if (root.IsMap() && !mapping.has(needed))
      reader.mistake(mapping.mark(), std::string("the configuration needs '") + needed + "'");
  std::vector<std::string> fabric_names, receiver_names, state_files;
  mapping.each("fabrics", [&](const YAML::Node& element, const std::string& path) {
    config.fabrics.push_back(read_fabric(reader, element, path, fabric_names, state_files));
  });
  if (const auto* node = mapping.get("web")) config.web = read_web(reader, *node);
  if (const auto* node = mapping.get("journal")) config.journal = read_journal(reader, *node);
  std::vector<Text> references;
  if (const auto* node = mapping.get("route")) config.route = read_route(reader, *node, "route", references, 0);
  mapping.each("receivers", [&](const YAML::Node& element, const std::string& path) {
    config.receivers.push_back(read_receiver(reader, element, path, receiver_names));
  });
  const std::vector<std::string_view> known(receiver_names.begin(), receiver_names.end());
  for (const auto& [name, mark] : references) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      reader.mistake(mark, "no receiver is named '" + name.substr(0, 100) + "'" + base::did_you_mean(name, known));
  }
  mapping.done();
  return config;
}

}  // namespace

std::vector<model::Query> queries_of(const WatchConfig& watch) {
  std::vector<model::Query> queries;
  if (watch.dn) {
    auto query = model::Query::of_object(*watch.dn);
    if (watch.subtree || !watch.classes.empty()) query.target = model::Target::subtree;
    query.target_subtree_class = watch.classes;
    queries.push_back(std::move(query));
  } else {
    for (const std::string& name : watch.classes) queries.push_back(model::Query::of_class(name));
  }
  for (auto& query : queries) query.target_filter = watch.filter;
  return queries;
}

base::Result<io::FabricDriver::Options> driver_options(const FabricConfig& config) {
  io::FabricDriver::Options options;
  for (const std::string& url : config.controllers) {
    auto endpoint = io::Endpoint::parse(url);
    if (!endpoint) return endpoint.error();
    options.controllers.push_back(std::move(*endpoint));
  }
  options.tls = config.tls;
  auto& watch = options.watch;
  watch.fabric = config.name;
  watch.user = config.username;
  watch.password = config.password;
  watch.count_every = config.gaps.audit_interval;
  watch.compare_every = config.gaps.compare_interval;
  watch.record_classes = config.gaps.backfill;
  watch.canary = config.canary;
  watch.subscription_lifetime = config.subscription_lifetime;
  if (const auto& certificate = config.certificate)
    if (const auto used = options.use_certificate(certificate->name, certificate->key_file, certificate->app); !used)
      return used.error();
  return options;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return {};
    return value;
  };
}

ConfigFile parse_config(const std::string& yaml, const std::string& name, const std::string& folder,
                        const Environment& environment) {
  Reader reader(name, folder, environment);
  ConfigFile file;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
    if (documents.size() > 1) reader.mistake(documents[1].Mark(), "a second document begins here; a configuration is one");
    Config config = read_config(reader, documents.empty() ? YAML::Node() : documents[0]);
    if (reader.fine()) file.config = std::move(config);
  } catch (const YAML::Exception& exception) {
    if (exception.mark.is_null()) reader.mistake_without_place("not valid YAML: " + exception.msg);
    else reader.mistake(exception.mark, "not valid YAML: " + exception.msg);
  }
  file.mistakes = reader.mistakes();
  return file;
}

ConfigFile load_config(const std::string& path) {
  const auto wrong = [&](const std::string& what) { return ConfigFile{{}, {path + ": " + what}}; };
  std::error_code failure;
  if (!std::filesystem::exists(path, failure)) return wrong("no such file");
  if (!std::filesystem::is_regular_file(path, failure)) return wrong("not a file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return wrong("cannot be read; check its permissions");
  std::string yaml(file_max + 1, '\0');
  stream.read(yaml.data(), static_cast<std::streamsize>(yaml.size()));
  yaml.resize(static_cast<std::size_t>(stream.gcount()));
  if (yaml.size() > file_max) return wrong("longer than 1 MiB");
  return parse_config(yaml, path, std::filesystem::path(path).parent_path().string(), process_environment());
}

}  // namespace aci::service
