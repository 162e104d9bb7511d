#include "service/config.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "unit/keys.hpp"

namespace aci::service {
namespace {

using testing::ElementsAre;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() : folder_(testing::TempDir() + "aci_config_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    write("pw", "\n  s3cret \n");
    write("empty", " \n");
    write("ca.pem", "pem");
    write("rsa.key", test_key("admin.key"));
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) { std::ofstream(folder_ + '/' + name) << content; }
  ConfigFile parse(const std::string& yaml) {
    return parse_config(yaml, "f.yaml", folder_, [](const std::string& name) -> std::optional<std::string> {
      if (name == "TOKEN") return "t0ken";
      return {};
    });
  }

  std::string folder_;
};

constexpr const char* whole = R"(
fabrics:
  - name: dc1
    controllers: [https://apic1, "https://[::1]:8443/", apic3]
    username: admin
    password_file: pw
    tls: { verify: true, ca_file: ca.pem }
    watch:
      - { name: config, class: [fvTenant, fvAp, fvAEPg] }
      - { name: faults, class: faultInst, filter: 'ne(faultInst.severity,"info")' }
      - { name: heroes, dn: uni/tn-Heroes, subtree: true }
journal: { path: aciwatch.db, retention: 7d }
web: { listen: 127.0.0.1:0 }
route:
  receiver: noc
  group_by: [fabric, class]
  group_wait: 1s
  routes:
    - { matchers: ['class=~"fvTenant|fvAp|fvAEPg"', op=created], receiver: snv-noc, group_wait: 0s }
    - { matchers: 'kind="fault"', continue: true }
receivers:
  - name: snv-noc
    slack: [ { webhook_url: "https://hooks.example/${TOKEN}" }, { token_file: pw, channel: '#noc', api_url: "http://127.0.0.1:1/api/" } ]
    webex: [ { token: "${TOKEN}", room_id: r1, timeout: 5s } ]
  - name: noc
    webhook: [ { url: http://127.0.0.1:9000/hook, secret_file: pw, format: cloudevents, tls: { verify: false } } ]
    console: [ {} ]
    room: [ {} ]
)";

TEST_F(ConfigTest, ReadsTheWholeFile) {
  const auto file = parse(whole);
  EXPECT_THAT(file.mistakes, ElementsAre());
  ASSERT_TRUE(file.config);
  const Config& config = *file.config;
  ASSERT_EQ(config.fabrics.size(), 1u);
  const auto& fabric = config.fabrics[0];
  EXPECT_EQ(fabric.name, "dc1");
  EXPECT_THAT(fabric.controllers, ElementsAre("https://apic1", "https://[::1]:8443", "https://apic3"));
  EXPECT_EQ(fabric.password, "s3cret");
  EXPECT_EQ(fabric.tls.ca_file, folder_ + "/ca.pem");
  ASSERT_EQ(fabric.watches.size(), 3u);
  EXPECT_THAT(fabric.watches[0].classes, ElementsAre("fvTenant", "fvAp", "fvAEPg"));
  EXPECT_EQ(fabric.watches[1].filter->str(), "ne(faultInst.severity,\"info\")");
  EXPECT_EQ(fabric.watches[2].dn->str(), "uni/tn-Heroes");
  EXPECT_TRUE(fabric.watches[2].subtree);
  EXPECT_EQ(config.journal->path, folder_ + "/aciwatch.db");
  EXPECT_EQ(config.journal->retention, std::chrono::hours(24 * 7));
  EXPECT_EQ(config.web->address, "127.0.0.1");
  EXPECT_EQ(config.web->port, 0);
  EXPECT_EQ(config.route.receiver, "noc");
  ASSERT_EQ(config.route.routes.size(), 2u);
  EXPECT_EQ(config.route.routes[0].matchers.str(), "class=~\"fvTenant|fvAp|fvAEPg\", op=\"created\"");
  EXPECT_EQ(config.route.routes[0].group_wait, base::Duration{0});
  EXPECT_TRUE(config.route.routes[1].keep_going);
  ASSERT_EQ(config.receivers.size(), 2u);
  const auto& first = config.receivers[0].destinations;
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].service, relay::Service::slack_webhook);
  EXPECT_EQ(first[0].url, "https://hooks.example/t0ken");
  EXPECT_EQ(first[1].service, relay::Service::slack_api);
  EXPECT_EQ(first[1].url, "http://127.0.0.1:1/api");
  EXPECT_EQ(first[1].token, "s3cret");
  EXPECT_EQ(first[2].token, "t0ken");
  EXPECT_EQ(first[2].timeout, base::Duration{5000});
  EXPECT_EQ(first[2].url, "https://webexapis.com/v1");
  const auto& second = config.receivers[1].destinations;
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(second[0].secret, "s3cret");
  EXPECT_FALSE(second[0].verify);
  EXPECT_EQ(second[1].service, relay::Service::console);
  EXPECT_EQ(second[2].service, relay::Service::room);
}

TEST_F(ConfigTest, ReadsHowAFabricIsWatched) {
  const auto file = parse(R"(
fabrics:
  - name: dc1
    controllers: [https://apic1, https://apic2]
    username: admin
    certificate: { name: admin.crt, key_file: rsa.key }
    gaps: { audit_interval: 5m, compare_interval: 0s, first_sync: notify, backfill: [aaaModLR] }
    canary: uni/tn-common
    subscription_lifetime: 10m
    state_file: dc1.state
    watch: [ { name: config, class: fvTenant } ]
  - name: dc2
    controllers: [https://apic3]
    certificate: { app: Vendor_App, key_file: rsa.key }
    watch: [ { name: config, class: fvTenant } ]
  - name: dc3
    controllers: [https://apic4]
    username: admin
    password: x
    watch: [ { name: config, class: fvTenant } ]
route: { receiver: noc }
receivers: [ { name: noc, console: [ {} ] } ]
)");
  EXPECT_THAT(file.mistakes, ElementsAre());
  ASSERT_TRUE(file.config);
  EXPECT_TRUE(file.config->fabrics[0].gaps.notify_first);
  EXPECT_EQ(file.config->fabrics[0].state_file, folder_ + "/dc1.state");
  const auto dc1 = driver_options(file.config->fabrics[0]).value();
  EXPECT_EQ(dc1.controllers.size(), 2u);
  EXPECT_EQ(dc1.watch.fabric, "dc1");
  EXPECT_EQ(dc1.watch.user, "admin");
  EXPECT_EQ(dc1.watch.login, watch::LoginKind::certificate);
  EXPECT_NE(dc1.signer->cookies("GET", "/", "")->find("uni/userext/user-admin/usercert-admin.crt"), std::string::npos);
  EXPECT_EQ(dc1.watch.count_every, std::chrono::minutes(5));
  EXPECT_EQ(dc1.watch.compare_every, base::Duration{0});
  EXPECT_THAT(dc1.watch.record_classes, ElementsAre("aaaModLR"));
  EXPECT_EQ(dc1.watch.canary, "uni/tn-common");
  EXPECT_EQ(dc1.watch.subscription_lifetime, std::chrono::minutes(10));
  const auto dc2 = driver_options(file.config->fabrics[1]).value();
  EXPECT_EQ(dc2.watch.user, "Vendor_App");
  EXPECT_EQ(dc2.watch.login, watch::LoginKind::app);
  EXPECT_NE(dc2.signer->cookies("GET", "/", "")->find("uni/userext/appuser-Vendor_App/usercert-Vendor_App"), std::string::npos);
  const auto dc3 = driver_options(file.config->fabrics[2]).value();
  EXPECT_EQ(dc3.watch.login, watch::LoginKind::password);
  EXPECT_EQ(dc3.watch.count_every, std::chrono::minutes(15));
  EXPECT_EQ(dc3.watch.compare_every, std::chrono::hours(1));
  EXPECT_THAT(dc3.watch.record_classes, ElementsAre("aaaModLR", "faultRecord", "eventRecord"));
  EXPECT_FALSE(file.config->fabrics[2].gaps.notify_first);
}

// Each row replaces one text of a good file; the mistake's place is that of the replacement.
constexpr const char* good = R"(fabrics:
  - name: dc1
    controllers: [https://apic1]
    username: admin
    password: x
    watch:
      - { name: config, class: fvTenant }
route:
  receiver: noc
receivers:
  - name: noc
    console: [ {} ]
)";

TEST_F(ConfigTest, SaysWhereEachMistakeIsAndWhatToDo) {
  ASSERT_THAT(parse(good).mistakes, ElementsAre());
  struct {
    const char* from;
    const char* to;
    const char* mistake;
  } const table[] = {
      {"fabrics:", "fabrix:", "f.yaml:1:1: the configuration needs 'fabrics'"},
      {"    username:", "    usrname:", "f.yaml:2:5: fabrics[0] needs 'username'"},
      {"    password: x", "    password: x\n    pasword_file: y",
       "f.yaml:6:5: unknown key 'pasword_file' in fabrics[0] (did you mean 'password_file'?)"},
      {"    password: x", "    password: x\n    banana: y", "f.yaml:6:5: unknown key 'banana' in fabrics[0]"},
      {"    password: x", "    password: x\n    password: y",
       "f.yaml:6:5: duplicate key 'password' in fabrics[0], first in line 5"},
      {"    password: x", "    password: x\n    password_file: pw",
       "f.yaml:6:5: only one of 'password' and 'password_file' may be there"},
      {"    password: x\n", "", "f.yaml:2:5: fabrics[0] needs 'password' or 'password_file'"},
      {"password: x", "password: ${APIC_PASSWORD}", "f.yaml:5:15: the environment variable APIC_PASSWORD is not set"},
      {"password: x", "password_file: empty", "f.yaml:5:20: '@/empty' is empty"},
      {"password: x", "password_file: nowhere", "f.yaml:5:20: cannot read '@/nowhere': no such file"},
      {"password: x", "password_file: .", "f.yaml:5:20: cannot read '@/.': not a file"},
      {"password: x", "password: [x]", "f.yaml:5:5: 'password' must be one text"},
      {"password: x", "password:", "f.yaml:5:5: 'password' has no value"},
      {"password: x", "password: \"\"", "f.yaml:5:15: 'password' must not be empty"},
      {"    password: x", "    certificate: {}", "f.yaml:5:18: certificate needs 'name'"},
      {"    password: x", "    certificate: { name: c }", "f.yaml:5:18: certificate needs 'key_file'"},
      {"    password: x", "    certificate: { name: c, key_file: pw }", "f.yaml:5:39: '@/pw': holds no private key in PEM"},
      {"    password: x", "    certificate: { name: c, key_file: no.key }", "f.yaml:5:39: cannot read the key '@/no.key'"},
      {"    password: x", "    certificate: { name: c, keyfile: rsa.key }", "f.yaml:5:18: certificate needs 'key_file'"},
      {"    password: x", "    password: x\n    certificate: { name: c, key_file: rsa.key }",
       "f.yaml:5:5: a password and a certificate are there; choose one"},
      {"    password: x", "    certificate: { app: A, key_file: rsa.key }", "f.yaml:4:5: an app logs in without a user"},
      {"    password: x", "    password: x\n    gaps: { audit: 5m }", "f.yaml:6:13: unknown key 'audit' in gaps"},
      {"    password: x", "    password: x\n    gaps: { audit_interval: 1s }",
       "f.yaml:6:29: 'audit_interval' must be at least 10s"},
      {"    password: x", "    password: x\n    gaps: { first_sync: notfy }",
       "f.yaml:6:25: unknown first_sync 'notfy' (did you mean 'notify'?)"},
      {"    password: x", "    password: x\n    gaps: { backfill: [aaaModRL] }",
       "f.yaml:6:24: 'aaaModRL' is none of the controller's logs"},
      {"    password: x", "    password: x\n    canary: uni/[x", "f.yaml:6:13: malformed DN"},
      {"    password: x", "    password: x\n    state_file: no/dc1.state",
       "f.yaml:6:17: there is no folder '@/no' for the state file"},
      {"    password: x", "    password: x\n    subscription_lifetime: 1s",
       "f.yaml:6:28: 'subscription_lifetime' must be from 30s to 1d"},
      {"https://apic1", "ftp://apic1", "f.yaml:3:19: 'ftp://apic1' is not a controller's address: "},
      {"https://apic1", "https://apic1/api", "f.yaml:3:19: 'https://apic1/api' is not a controller's address: "},
      {"https://apic1", "https://apic1:99999", "f.yaml:3:19: 'https://apic1:99999' is not a controller's address: "},
      {"https://apic1", "https://me:pw@apic1", "f.yaml:3:19: a controller's address holds no user or password"},
      {"[https://apic1]", "[]", "f.yaml:3:5: 'controllers' needs at least one address"},
      {"fvTenant", "fvTenent", "f.yaml:7:32: unknown class 'fvTenent' (did you mean 'fvTenant'"},
      {"fvTenant", "eqptIngrTotal5min", "f.yaml:7:32: eqptIngrTotal5min holds statistics, which the controller never pushes"},
      {"class: fvTenant", "dn: 'uni/tn-[x'", "f.yaml:7:29: malformed DN 'uni/tn-[x' at position 8: '[' without ']'"},
      {", class: fvTenant", "", "f.yaml:7:9: watch[0] needs 'class' or 'dn'"},
      {"class: fvTenant", "class: fvTenant, subtree: true", "f.yaml:7:42: 'subtree' needs a 'dn'"},
      {"class: fvTenant", "dn: uni, subtree: yes", "f.yaml:7:43: 'subtree' must be true or false, not 'yes'"},
      {"class: fvTenant", "class: fvTenant, filter: 'eq(fvTenant.name'", "f.yaml:7:50: filter: at position 17: "},
      {"class: fvTenant", "class: fvTenant, filter: 'eq(fvTenent.name,\"x\")'",
       "f.yaml:7:50: filter: unknown class 'fvTenent' (did"},
      {"class: fvTenant", "class: fvTenant, filter: 'eq(fvTenant.nme,\"x\")'",
       "f.yaml:7:50: filter: class fvTenant has no property 'nme' (did you mean 'name'?)"},
      {"class: fvTenant", "class: faultInst, filter: 'eq(faultInst.severity,\"bad\")'",
       "f.yaml:7:51: filter: faultInst.severity is never 'bad'"},
      {"class: fvTenant", "class: [fvTenant, fvBD], filter: 'eq(fvBD.name,\"x\")'",
       "f.yaml:7:58: filter: it never matches an object of fvTenant"},
      {"name: dc1", "name: 'd c'", "f.yaml:2:11: a name has 1 to 64 letters, digits, '-', '_' and '.'"},
      {"receiver: noc", "receiver: nok", "f.yaml:9:13: no receiver is named 'nok' (did you mean 'noc'?)"},
      {"receiver: noc", "recevier: noc", "f.yaml:9:3: route needs 'receiver'"},
      {"receiver: noc", "receiver: noc\n  group_wait: soon",
       "f.yaml:10:15: 'group_wait': 'soon' is no duration such as 30s, 5m, 1h30m or 7d"},
      {"receiver: noc", "receiver: noc\n  group_by: [fabrik]", "f.yaml:10:14: unknown label 'fabrik' (did you mean 'fabric'?)"},
      {"receiver: noc", "receiver: noc\n  matchers: [op=created]", "f.yaml:10:3: the first route takes everything"},
      {"receiver: noc", "receiver: noc\n  routes:\n    - matchers: 'sevrity=x'",
       "f.yaml:11:17: matchers: at position 1: unknown label 'sevrity' (did you mean 'severity'?)"},
      {"receiver: noc", "receiver: noc\n  routes: { a: b }", "f.yaml:10:3: 'routes' must be a list"},
      {"console: [ {} ]", "console: [ {} ]\n  - name: noc", "f.yaml:13:11: the name 'noc' is there twice"},
      {"console: [ {} ]", "slak: [ {} ]", "f.yaml:12:5: unknown key 'slak' in receivers[0] (did you mean 'slack'?)"},
      {"console: [ {} ]", "console: [ { colour: true } ]", "f.yaml:12:18: unknown key 'colour' in console[0]"},
      {"console: [ {} ]", "slack: [ {} ]", "f.yaml:12:14: slack[0] needs 'webhook_url_file', or 'token_file' and 'channel'"},
      {"console: [ {} ]", "slack: [ { token: x } ]", "f.yaml:12:14: slack[0] needs 'channel'"},
      {"console: [ {} ]", "slack: [ { token: x, webhook_url: y } ]",
       "f.yaml:12:14: slack[0] has a webhook_url and a token: choose one"},
      {"console: [ {} ]", "webex: [ { token: x } ]", "f.yaml:12:14: webex[0] needs 'room_id'"},
      {"console: [ {} ]", "webhook: [ { url: ftp://x } ]", "f.yaml:12:23: 'url' must begin with https:// or http://"},
      {"console: [ {} ]", "webhook: [ { url: 'http://:80' } ]", "f.yaml:12:23: 'url' has no valid host and port"},
      {"console: [ {} ]", "webhook: [ { url: http://x, format: xml } ]",
       "f.yaml:12:41: unknown format 'xml' (did you mean 'cloudevents'?)"},
      {"console: [ {} ]", "webhook: [ { url: http://x, timeout: 1ms } ]", "f.yaml:12:33: 'timeout' must be at least 100ms"},
      {"console: [ {} ]", "webhook: [ { url: http://x, tls: { ca_file: no.pem } } ]", "f.yaml:12:49: cannot read '@/no.pem'"},
      {"route:", "web: { listen: 8080 }\nroute:", "f.yaml:8:16: 'listen' must be an address and a port such as 127.0.0.1:8080"},
      {"route:", "web: { listen: 0.0.0.0:8080 }\nroute:", "f.yaml:8:16: the dashboard has no login yet"},
      {"route:", "journal: {}\nroute:", "f.yaml:8:10: journal needs 'path'"},
      {"route:", "route: x\nfoo:", "f.yaml:8:8: route must be a mapping of keys to values"},
      {"    console: [ {} ]\n", "    console: [ {} ]\n---\na: b\n", "f.yaml:14:1: a second document begins here"},
  };
  for (const auto& [from, to, mistake] : table) {
    std::string yaml = good;
    const auto at = yaml.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    yaml.replace(at, std::string_view(from).size(), to);
    std::string expected = mistake;
    if (const auto folder = expected.find('@'); folder != std::string::npos) expected.replace(folder, 1, folder_);
    const auto file = parse(yaml);
    EXPECT_FALSE(file.config) << to;
    ASSERT_FALSE(file.mistakes.empty()) << to;
    EXPECT_EQ(file.mistakes[0].substr(0, expected.size()), expected) << to << "\nwhole: " << file.mistakes[0];
  }
}

TEST_F(ConfigTest, ReportsEveryMistakeInTheOrderOfTheFile) {
  std::string yaml = good;
  yaml.replace(yaml.find("fvTenant"), 8, "fvTenent");
  yaml.replace(yaml.find("receiver: noc"), 13, "receiver: nok\n  foo: bar");
  const auto file = parse(yaml);
  ASSERT_EQ(file.mistakes.size(), 3u);
  EXPECT_EQ(file.mistakes[0].substr(0, 12), "f.yaml:7:32:");
  EXPECT_EQ(file.mistakes[1].substr(0, 12), "f.yaml:9:13:");
  EXPECT_EQ(file.mistakes[2].substr(0, 12), "f.yaml:10:3:");
}

TEST_F(ConfigTest, NoMistakeHoldsASecret) {
  const auto file = parse(R"(
fabrics: [ { name: a, controllers: [https://h], username: u, password: [S3CRET], pasword: S3CRET, watch: [ { name: w, class: fvTenant } ] } ]
route: { receiver: r }
receivers:
  - name: r
    webhook: [ { url: "S3CRET://x", secret: { a: S3CRET } } ]
    slack: [ { webhook_url: "http://S3CRET:S3CRET@x" }, { token: "S3CRET\n", channel: c } ]
)");
  EXPECT_GE(file.mistakes.size(), 5u);
  for (const auto& mistake : file.mistakes) EXPECT_EQ(mistake.find("S3CRET"), std::string::npos) << mistake;
}

TEST_F(ConfigTest, BrokenYamlIsOneLineWithItsPlace) {
  EXPECT_THAT(parse("fabrics: [").mistakes, ElementsAre(testing::StartsWith("f.yaml:1:1: not valid YAML: ")));
  EXPECT_THAT(parse("a: b\n  c: d\n").mistakes, ElementsAre(testing::StartsWith("f.yaml:2:4: not valid YAML: ")));
  EXPECT_THAT(parse("").mistakes, ElementsAre("f.yaml: the configuration is empty"));
  EXPECT_THAT(parse("- 1\n- 2\n").mistakes, ElementsAre("f.yaml:1:1: the configuration must be a mapping of keys to values"));
}

TEST_F(ConfigTest, HostileYamlEndsQuickly) {
  const std::string deep = std::string(100'000, '[');
  EXPECT_FALSE(parse(deep).mistakes.empty());
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_FALSE(parse(bomb + "receivers: *a11\n").mistakes.empty());
  std::string routes = "receiver: r";
  for (int i = 0; i < 100; ++i) routes = "receiver: r, routes: [ { " + routes + " } ]";
  EXPECT_THAT(parse("route: { " + routes + " }").mistakes, testing::Contains(testing::HasSubstr("nested deeper than 16")));
  EXPECT_FALSE(parse("\xff\xfe\x00garbage").mistakes.empty());
  EXPECT_FALSE(parse("a: *b").mistakes.empty());
  EXPECT_FALSE(parse("route: &r { receiver: x, routes: [ *r ] }").mistakes.empty());
}

TEST(LoadConfig, NamesTheFileThatCannotBeRead) {
  EXPECT_THAT(load_config("/nowhere/f.yaml").mistakes, ElementsAre("/nowhere/f.yaml: no such file"));
  EXPECT_THAT(load_config("/").mistakes, ElementsAre("/: not a file"));
}

}  // namespace
}  // namespace aci::service
