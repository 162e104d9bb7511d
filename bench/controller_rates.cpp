// What the simulated controller costs: a class of 100,000 objects answered, one object among a million found, and how many
// bytes of memory and seconds a million loaded objects take.
// Goals: 300 MB/s of JSON, 50 us, 1 GB, 20 s.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "codec/answer.hpp"
#include "codec/recording.hpp"
#include "controller/controller.hpp"

namespace {

using namespace aci;

constexpr base::Instant now{std::chrono::hours(1)};
constexpr base::WallTime wall{1'700'000'000'000, 0};

// An answer of a controller: tenants with 33 EPGs in each of 3 profiles, as a fabric has them.
std::string dump(int objects) {
  std::string text = R"({"totalCount":")" + std::to_string(objects) + R"(","imdata":[)";
  int made = 0;
  const auto put = [&](const char* class_name, const std::string& dn, const std::string& name, const char* more) {
    if (made >= objects) return;
    text += (made++ ? ",{\"" : "{\"") + std::string(class_name);
    text += R"(":{"attributes":{"annotation":"","childAction":"","descr":"","dn":")" + dn + "\"";
    text += more;
    text += R"(,"extMngdBy":"","lcOwn":"local","modTs":"2021-02-18T21:55:58.121+01:00",)";
    text += R"("monPolDn":"uni/tn-common/monepg-default","name":")" + name;
    text += R"(","nameAlias":"","ownerKey":"","ownerTag":"","status":"","uid":"9152","userdom":":all:"}}})";
  };
  for (int t = 0; made < objects; ++t) {
    const std::string tenant = "uni/tn-T" + std::to_string(t);
    put("fvTenant", tenant, "T" + std::to_string(t), "");
    for (const char* app : {"A1", "A2", "A3"}) {
      const std::string profile = tenant + "/ap-" + app;
      put("fvAp", profile, app, R"(,"prio":"unspecified")");
      for (int e = 0; e < 33; ++e) {
        const std::string name = "E" + std::to_string(e);
        put("fvAEPg", profile + "/epg-" + name, name,
            R"(,"configIssues":"","configSt":"applied","exceptionTag":"","floodOnEncap":"disabled","fwdCtrl":"",)"
            R"("hasMcastSource":"no","isAttrBasedEPg":"no","isSharedSrvMsiteEPg":"no","matchT":"AtleastOne",)"
            R"("pcEnfPref":"unenforced","pcTag":"32772","prefGrMemb":"exclude","prio":"unspecified","scope":"2785286",)"
            R"("shutdown":"no","triggerSt":"triggerable","txId":"17870283321425322022")");
      }
    }
  }
  return text + "]}";
}

class Apic {
 public:
  explicit Apic(int objects) {
    const std::string text = dump(objects);
    const std::size_t before = mallinfo2().uordblks;
    const auto begin = std::chrono::steady_clock::now();
    loaded = controller_
                 .load(wall,
                       [&](const controller::Controller::Take& take) {
                         codec::RecordingReader reader([&](const model::ManagedObject& object) { return take(object); });
                         const auto read = reader.read(text);
                         return read ? reader.finish() : read;
                       })
                 .value();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    bytes = mallinfo2().uordblks - before;
    const auto login = send("POST", "/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})");
    cookies_ = "APIC-cookie=" + std::string(codec::decode_answer(login.body)->objects.at(0).attributes.get("token"));
  }
  controller::Response send(std::string method, std::string target, std::string body = "") {
    return controller_.handle(now, wall, {std::move(method), std::move(target), std::move(body), cookies_});
  }

  std::size_t loaded = 0, bytes = 0;
  double seconds = 0;

 private:
  controller::Controller controller_{controller::Options{}};
  std::string cookies_;
};

Apic& large() {
  static Apic apic(1'000'000);
  return apic;
}

void load_a_million(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(large().seconds);
  state.counters["objects"] = static_cast<double>(large().loaded);
  state.counters["bytes_per_object"] = static_cast<double>(large().bytes) / static_cast<double>(large().loaded);
}
BENCHMARK(load_a_million)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

void answer(benchmark::State& state, const std::string& target) {
  std::size_t bytes = 0;
  for (auto _ : state) bytes += large().send("GET", target).body.size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK_CAPTURE(answer, class_of_100000, "/api/class/fvAEPg.json?page-size=100000")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(answer, class_of_100000_as_xml, "/api/class/fvAEPg.xml?page-size=100000")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(answer, class_of_100000_in_order, "/api/class/fvAEPg.json?page-size=100000&order-by=fvAEPg.dn|desc")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(answer, class_filtered, R"(/api/class/fvAEPg.json?query-target-filter=eq(fvAEPg.name,"none"))")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(answer, class_below_a_tenant, "/api/class/uni/tn-T77/fvAEPg.json")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(answer, subtree_of_a_tenant, "/api/mo/uni/tn-T77.json?rsp-subtree=full")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(answer, object_by_dn, "/api/mo/uni/tn-T77/ap-A2/epg-E7.json")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
