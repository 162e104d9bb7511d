// The service's configuration file. Floor: service.
//
//   ConfigFile file = load_config("aciwatch.yaml");
//   for (const auto& mistake : file.mistakes) std::cerr << mistake << '\n';   // aciwatch.yaml:3:5: unknown key 'fabrix' (did
//   you mean ...?) if (!file.config) return 2;
//
// YAML in Alertmanager's words. The whole file is read and every mistake reported, each as
// "file:line:column: message", 1-based, pointing at the key or value at fault. Unknown and duplicate keys are mistakes.
//
// Secrets (password, token, webhook_url, url, secret) have three forms: `token: text`, `token_file: path` (white space around
// the content is dropped), and `${NAME}` anywhere in a text for a variable of the environment. No message ever holds the value
// of a secret. Relative paths of files are relative to the configuration file's folder.
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "io/fabric_driver.hpp"
#include "model/dn.hpp"
#include "model/filter.hpp"
#include "model/query.hpp"
#include "relay/request.hpp"
#include "relay/routes.hpp"

namespace aci::service {

// Classes, or one object with or without what is below it, or classes below an object.
struct WatchConfig {
  std::string name;
  std::vector<std::string> classes;
  std::optional<model::Dn> dn;
  bool subtree = false;
  std::optional<model::Filter> filter;
};

// One query per class, or one for the object; several classes below an object go into one subtree query.
std::vector<model::Query> queries_of(const WatchConfig& watch);

// Login with a certificate: as the fabric's user, or as an app, whose name then is the fabric's user.
struct CertificateConfig {
  std::string name;  // as io::certificate_dn() takes it
  std::string key_file;
  bool app = false;
};

// How gaps are looked for and filled.
struct GapsConfig {
  base::Duration audit_interval{900'000}, compare_interval{3'600'000};  // 0 for never
  bool notify_first = false;  // what is there when the watch begins is told as if it had just come
  std::vector<std::string> backfill = watch::FabricWatch::Options{}.record_classes;
};

struct FabricConfig {
  std::string name;
  std::vector<std::string> controllers;  // "https://apic1", no path
  std::string username, password;        // no password with a certificate
  std::optional<CertificateConfig> certificate;
  io::TlsClientOptions tls;
  GapsConfig gaps;
  std::string canary;      // "" for none
  std::string state_file;  // what is remembered over a restart; "" for nothing
  base::Duration subscription_lifetime{60'000};
  std::vector<WatchConfig> watches;
};

// What the watch of this fabric is made with; `seed` is left to the caller. Errors (invalid) name the certificate's key.
base::Result<io::FabricDriver::Options> driver_options(const FabricConfig& config);

struct WebConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
};

struct JournalConfig {
  std::string path;
  base::Duration retention{7 * 86'400'000ll};
};

struct ReceiverConfig {
  std::string name;
  std::vector<relay::Destination> destinations;
};

struct Config {
  std::vector<FabricConfig> fabrics;
  std::optional<WebConfig> web;          // absent: no dashboard
  std::optional<JournalConfig> journal;  // absent: no journal
  relay::RouteSpec route;
  std::vector<ReceiverConfig> receivers;
};

struct ConfigFile {
  std::optional<Config> config;       // absent when there are mistakes
  std::vector<std::string> mistakes;  // one line each, in the order of the file
};

// Looks a variable of the environment up.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// `name` stands in the mistakes, `folder` is where relative paths begin.
ConfigFile parse_config(const std::string& yaml, const std::string& name, const std::string& folder,
                        const Environment& environment);

// Reads the file; one that cannot be read, or is over 1 MiB, is a mistake too.
ConfigFile load_config(const std::string& path);

}  // namespace aci::service
