#include "web/web.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/web/support.hpp"
#include "web/metrics.hpp"

namespace aci::web {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class WebTest : public testing::Test {
 protected:
  WebTest() {
    FabricStatus fabric{"dc1", "https://apic1", watch::SessionState::open, time, 12, "", {}};
    fabric.watches.push_back({"config", watch::WatchState::live, time, 3, ""});
    fabric.watches[0].last_refresh = fabric.watches[0].last_proof = time;
    fabrics.push_back(fabric);
  }
  std::unique_ptr<FakeResponder> ask(const std::string& target, io::Headers headers = {}, const std::string& method = "GET") {
    auto shared = std::make_shared<FakeResponder>();
    web.on_request({method, target, std::move(headers), ""}, shared);
    return std::make_unique<FakeResponder>(*shared);
  }
  io::HttpResponse get(const std::string& target, io::Headers headers = {}, const std::string& method = "GET") {
    return ask(target, std::move(headers), method)->answer.value_or(io::HttpResponse{0});
  }

  base::WallTime time = *base::WallTime::parse("2026-01-02T03:04:05.000+00:00");
  std::vector<FabricStatus> fabrics;
  io::Loop loop;
  Web web{loop, {.log = {.first_seq = 1}, .streams = {.clients_max = 2}, .room = "snv-noc"}, [this] { return fabrics; }};
};

TEST_F(WebTest, serves_the_page_from_itself_alone) {
  for (const auto& [path, type] : {std::pair{"/", "text/html; charset=utf-8"},
                                   {"/style.css", "text/css; charset=utf-8"},
                                   {"/room.js", "text/javascript; charset=utf-8"},
                                   {"/icon.svg", "image/svg+xml"}}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(io::header(answer.headers, "Content-Type"), type);
    EXPECT_THAT(io::header(answer.headers, "Content-Security-Policy"), StartsWith("default-src 'self';"));
    EXPECT_EQ(io::header(answer.headers, "X-Content-Type-Options"), "nosniff");
    EXPECT_FALSE(answer.body.empty());
    for (const char* elsewhere :
         {"src=\"http", "href=\"http", "url(http", "url(//", "@import", "innerHTML", " style=\"", "onclick="})
      EXPECT_EQ(answer.body.find(elsewhere), std::string::npos) << path << " " << elsewhere;
  }
  EXPECT_EQ(get("/?x=1").status, 200);
}

TEST_F(WebTest, a_file_that_did_not_change_is_not_sent_again) {
  const std::string etag(io::header(get("/room.js").headers, "ETag"));
  EXPECT_THAT(etag, AllOf(StartsWith("\""), EndsWith("\"")));
  const auto again = get("/room.js", {{"If-None-Match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(get("/style.css", {{"If-None-Match", etag}}).status, 200);
}

TEST_F(WebTest, what_is_not_there_is_said_as_the_asker_reads_it) {
  const auto json = get("/nothing\"here");
  EXPECT_EQ(json.status, 404);
  EXPECT_EQ(json.body, R"({"error":"there is nothing at /nothing\"here"})");
  const auto html = get("/<script>", {{"Accept", "text/html,*/*"}});
  EXPECT_EQ(html.status, 404);
  EXPECT_THAT(html.body, AllOf(StartsWith("<!doctype html>"), Not(HasSubstr("script"))));
  EXPECT_THAT(get("/api/v2", {{"Accept", "text/html"}}).body, StartsWith("{"));
}

TEST_F(WebTest, other_methods_are_refused) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", ""}) {
    const auto answer = get("/", {}, method);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(io::header(answer.headers, "Allow"), "GET, HEAD");
  }
  EXPECT_EQ(get("/healthz", {}, "HEAD").status, 200);
  const auto stream = ask("/api/v1/stream", {}, "HEAD");
  EXPECT_EQ(stream->answer->status, 200);
  EXPECT_FALSE(stream->head) << "no stream is opened for a HEAD";
}

TEST_F(WebTest, a_foreign_name_in_the_host_header_is_refused) {
  for (const char* host : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "noc.localhost:1"})
    EXPECT_EQ(get("/healthz", {{"Host", host}}).status, 200) << host;
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "notlocalhost", "1.2.3.4.evil.example"})
    EXPECT_EQ(get("/api/v1/events", {{"Host", host}}).status, 421) << host;
}

TEST_F(WebTest, is_ready_only_while_every_watch_is_live) {
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_THAT(get("/readyz").body, AllOf(StartsWith(R"({"ready":true,"why":[],"fabrics":[{"name":"dc1",)"),
                                         HasSubstr(R"("lastRefresh":"2026-01-02T03:04:05.000+00:00")")));
  fabrics[0].watches[0].blind_since = time;
  EXPECT_EQ(get("/readyz").status, 503) << "live, and a gap open all the same";
  EXPECT_THAT(get("/readyz").body, HasSubstr("watch config: what happened since 2026-01-02T03:04:05.000+00:00 is still"));
  EXPECT_THAT(get("/metrics").body, HasSubstr("aciwatch_watch_blind{fabric=\"dc1\",watch=\"config\"} 1\n"));
  fabrics[0].watches[0].blind_since.reset();
  fabrics[0].watches.push_back({"faults", watch::WatchState::failed, time, 0, "unknown class"});
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body,
              StartsWith(R"x({"ready":false,"why":["fabric dc1: watch faults is failed since 2026-01-02T03:04:05.000+00:00 )x"
                         R"x((unknown class)"],"fabrics":[)x"));
  fabrics[0].watches.pop_back();
  fabrics[0].session = watch::SessionState::waiting;
  EXPECT_EQ(get("/readyz").status, 503);
  fabrics.clear();
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(WebTest, events_are_found_by_the_seq_they_were_given) {
  EXPECT_EQ(web.on_event(event("fvTenant", "uni/tn-Heroes")), 1u);
  EXPECT_EQ(web.on_message({"snv-noc", time, R"({"title":"Tenant Heroes created"})"}), 2u);
  EXPECT_EQ(web.on_gap({"dc1", "config", time, time, "channel closed", 3}), 3u);
  const auto answer = get("/api/v1/events?after=0");
  EXPECT_EQ(io::header(answer.headers, "Content-Type"), "application/json");
  EXPECT_EQ(
      answer.body,
      R"({"events":[{"fabric":"dc1","seq":1,"time":"2026-01-02T03:04:05.678+00:00","class":"fvTenant","dn":"uni/tn-Heroes",)"
      R"("op":"created","origin":"live","before":null,"after":{"descr":"Those who watch","dn":"uni/tn-Heroes"},"changed":[],)"
      R"("label":"tenant","name":"Heroes"},{"seq":3,"gap":{"fabric":"dc1","watch":"config",)"
      R"("from":"2026-01-02T03:04:05.000+00:00","to":"2026-01-02T03:04:05.000+00:00","reason":"channel closed","found":3,"backfilled":0,"history":""}}],)"
      R"("last":3,"cut":false})");
  EXPECT_EQ(get("/api/v1/events?limit=0").status, 400);
  EXPECT_EQ(get("/api/v1/events?limit=0").body, R"({"error":"limit is a number from 1 to 1000"})");
}

TEST_F(WebTest, sequence_numbers_go_on_rising_over_a_restart) {
  Web before(loop, {}, [] { return std::vector<FabricStatus>{}; });
  Web after(loop, {}, [] { return std::vector<FabricStatus>{}; });
  const auto seq = before.on_event(event("fvTenant", "uni/tn-T"));
  EXPECT_GE(after.on_event(event("fvTenant", "uni/tn-T")), seq);
  EXPECT_LT(seq, 1ull << 53) << "a browser holds it exactly";
}

TEST_F(WebTest, hostile_texts_stay_one_line_of_json) {
  auto hostile = event("fvTenant", "uni/tn-T");
  hostile.after->set("descr", "\n\nevent: message\ndata: {}\n\n\"</script>\xff");
  const auto client = ask("/api/v1/stream");
  client->body->taken();
  web.on_event(hostile);
  EXPECT_THAT(client->body->text, StartsWith("id: 1\nevent: change\ndata: {\"fabric\""));
  EXPECT_THAT(client->body->text, HasSubstr(R"(\n\nevent: message\ndata: {}\n\n\"</script>)"));
  EXPECT_EQ(std::count(client->body->text.begin(), client->body->text.end(), '\n'), 4);
}

TEST_F(WebTest, an_event_too_large_for_a_stream_is_kept_without_its_attributes) {
  auto huge = event("fvTenant", "uni/tn-T");
  huge.after->set("descr", std::string(5'000'000, 'x'));
  const auto client = ask("/api/v1/stream");
  client->body->taken();
  web.on_event(huge);
  EXPECT_LT(client->body->text.size(), 10'000u);
  EXPECT_THAT(client->body->text, AllOf(HasSubstr(R"("after":null,"changed":[])"), EndsWith(",\"cut\":true}\n\n")));
}

TEST_F(WebTest, a_stream_starts_where_it_is_asked_to) {
  for (int i = 0; i < 3; ++i) web.on_message({"noc", time, "{}"});
  const auto first_id = [&](const std::string& target, io::Headers headers = {}) {
    const auto client = ask(target, std::move(headers));
    client->on_closed();
    const auto at = client->body->text.find("id: ");
    return at == std::string::npos ? std::string("none") : client->body->text.substr(at + 4, 1);
  };
  EXPECT_EQ(first_id("/api/v1/stream"), "none");
  EXPECT_EQ(first_id("/api/v1/stream?after=1"), "2");
  EXPECT_EQ(first_id("/api/v1/stream?tail=1"), "3");
  EXPECT_EQ(first_id("/api/v1/stream?tail=900"), "1");
  EXPECT_EQ(first_id("/api/v1/stream?tail=900", {{"Last-Event-ID", "2"}}), "3") << "who comes back is no longer new";
  EXPECT_THAT(ask("/api/v1/stream", {{"last-event-id", "9 or 1=1"}})->body->text, HasSubstr(R"("message":{})"));
  EXPECT_EQ(get("/api/v1/stream?after=x").status, 400);
  EXPECT_EQ(get("/api/v1/stream?tail=").status, 400);
  EXPECT_EQ(get("/api/v1/stream?since=1").status, 400);
}

TEST_F(WebTest, too_many_streams_are_asked_to_come_back_later) {
  const auto one = ask("/api/v1/stream"), two = ask("/api/v1/stream");
  const auto three = get("/api/v1/stream");
  EXPECT_EQ(three.status, 503);
  EXPECT_EQ(io::header(three.headers, "Retry-After"), "5");
  EXPECT_THAT(get("/metrics").body, HasSubstr("\naciwatch_stream_clients 2\n"));
}

TEST_F(WebTest, fabrics_say_where_they_stand) {
  EXPECT_THAT(
      get("/api/v1/fabrics").body,
      StartsWith(
          R"({"fabrics":[{"name":"dc1","controller":"https://apic1","session":"open",)"
          R"("since":"2026-01-02T03:04:05.000+00:00","objects":12,"live":true,"error":"","lastPush":null,"canary":"off",)"
          R"("watches":[{"name":"config","state":"live","since":"2026-01-02T03:04:05.000+00:00","pushes":3,"error":"",)"
          R"("lastPush":null,"lastRefresh":"2026-01-02T03:04:05.000+00:00",)"
          R"("lastProof":"2026-01-02T03:04:05.000+00:00","blindSince":null,"subscriptions":[]}]}],)"
          R"("room":"snv-noc","try":"","now":")"));
  fabrics[0].watches[0].last_push = time;
  EXPECT_THAT(get("/api/v1/fabrics").body, HasSubstr(R"("error":"","lastPush":"2026-01-02T03:04:05.000+00:00","canary")"));
}

TEST_F(WebTest, metrics_count_what_came) {
  web.on_event(event("fvTenant", "uni/tn-T"));
  web.on_event(event("fvTenant", "uni/tn-T", model::Op::deleted));
  web.on_event(event("fvTenant", "uni/tn-U"));
  const auto answer = get("/metrics");
  EXPECT_EQ(io::header(answer.headers, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, StartsWith("# HELP aciwatch_events_total Changes seen, by what happened to the object.\n"
                                      "# TYPE aciwatch_events_total counter\n"
                                      "aciwatch_events_total{op=\"created\"} 2\n"
                                      "aciwatch_events_total{op=\"modified\"} 0\n"
                                      "aciwatch_events_total{op=\"deleted\"} 1\n"));
  fabrics[0].counters.drifts = 2;
  fabrics[0].counters.logins = 3;
  EXPECT_THAT(get("/metrics").body, AllOf(HasSubstr("\naciwatch_audit_drift_total{fabric=\"dc1\"} 2\n"),
                                          HasSubstr("\naciwatch_logins_total{fabric=\"dc1\"} 3\n"),
                                          HasSubstr("last_proof_seconds{fabric=\"dc1\",watch=\"config\"} 1767323045\n")));
  EXPECT_THAT(answer.body, EndsWith("aciwatch_watch_live{fabric=\"dc1\",watch=\"config\"} 1\n"));
}

TEST(Metrics, values_of_labels_are_escaped) {
  Metrics metrics;
  metrics.family("x", "gauge", "An x.");
  metrics.sample({{"a", "q\"b\\n\n"}, {"b", "{},="}}, 1);
  EXPECT_EQ(std::move(metrics).text(), "# HELP x An x.\n# TYPE x gauge\nx{a=\"q\\\"b\\\\n\\n\",b=\"{},=\"} 1\n");
}

watch::FabricWatch::WatchView watch_view(std::string name, watch::WatchState state, const char* since, std::uint64_t pushes) {
  watch::FabricWatch::WatchView view;
  view.name = std::move(name);
  view.query = "/api/class/" + view.name + std::to_string(pushes) + ".json";
  view.state = state;
  view.since = *base::WallTime::parse(since);
  view.pushes = pushes;
  return view;
}

TEST(FabricStatus, watches_of_one_name_are_as_live_as_the_least_live) {
  using watch::WatchState;
  watch::FabricWatch::View view;
  view.session = watch::SessionState::open;
  view.watches.push_back(watch_view("config", WatchState::live, "2026-01-02T03:04:05.000+00:00", 7));
  view.watches.push_back(watch_view("faults", WatchState::live, "2026-01-02T03:04:06.000+00:00", 1));
  EXPECT_TRUE(blind_spots(status_of("dc1", "https://apic1", view)).empty());
  view.watches.push_back(watch_view("config", WatchState::failed, "2026-01-02T03:04:08.000+00:00", 2));
  view.watches.back().error = {base::Errc::refused, "unknown class", 122};
  view.watches.push_back(watch_view("config", WatchState::listing, "2026-01-02T03:04:07.000+00:00", 4));
  const auto status = status_of("dc1", "https://apic1", view);
  ASSERT_EQ(status.watches.size(), 2u);
  EXPECT_EQ(status.watches[0].name, "config");
  EXPECT_EQ(status.watches[0].state, WatchState::failed);
  EXPECT_EQ(status.watches[0].error, "unknown class");
  EXPECT_EQ(status.watches[0].pushes, 13u);
  EXPECT_EQ(status.watches[0].since.to_string(), "2026-01-02T03:04:08.000+00:00");
  EXPECT_EQ(status.watches[1].state, WatchState::live);
  ASSERT_EQ(status.watches[0].subscriptions.size(), 3u);
  EXPECT_EQ(status.watches[0].subscriptions[0].name, "/api/class/config7.json");
  EXPECT_EQ(status.watches[0].subscriptions[0].pushes, 7u);
  EXPECT_EQ(status.watches[0].subscriptions[1].error, "unknown class");
  EXPECT_EQ(status.watches[0].subscriptions[2].state, WatchState::listing);

  const auto at = [](int second) { return base::WallTime{1'767'323'045'000 + second * 1000, 0}; };
  view.watches[0].last_push = view.watches[0].last_refresh = view.watches[0].blind_since = at(1);
  view.watches[2].last_push = view.watches[2].last_refresh = view.watches[2].blind_since = at(2);
  view.watches[0].last_proof = at(1);
  const auto times = status_of("dc1", "https://apic1", view).watches[0];
  EXPECT_EQ(times.last_push, at(2));
  EXPECT_EQ(times.last_refresh, std::nullopt) << "one was never refreshed";
  EXPECT_EQ(times.last_proof, std::nullopt);
  EXPECT_EQ(times.blind_since, at(1));
}

}  // namespace
}  // namespace aci::web
