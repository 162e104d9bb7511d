// What it costs to read a POST body, and to read and write an answer of 100,000 objects (about 50 MB).
// Goals: a small body in a few microseconds, the large answer in about a second.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/answer.hpp"

namespace {

using aci::model::Format;

void small_body(benchmark::State& state) {
  const std::string json =
      R"({"fvTenant":{"attributes":{"dn":"uni/tn-T1234","name":"T1234","descr":"made by a script","status":"created,modified"}}})";
  const std::string xml = R"(<fvTenant dn="uni/tn-T1234" name="T1234" descr="made by a script" status="created,modified"/>)";
  const auto format = static_cast<Format>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(aci::codec::decode_body(format == Format::json ? json : xml, format));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(small_body)->Arg(static_cast<int>(Format::json))->Arg(static_cast<int>(Format::xml));

aci::codec::Answer large_answer() {
  aci::codec::Answer answer;
  for (int i = 0; i < 100'000; ++i) {
    const std::string n = std::to_string(i);
    const std::string dn = "uni/tn-T" + n + "/ap-A/epg-E/cep-00:22:BD:F8:19:FF";
    answer.objects.push_back({"fvCEp",
                              {{"annotation", ""},
                               {"baseEpgDn", ""},
                               {"childAction", ""},
                               {"contName", ""},
                               {"dn", dn},
                               {"encap", "vlan-" + n},
                               {"esgUsegDn", ""},
                               {"extMngdBy", ""},
                               {"fabricPathDn", "topology/pod-1/paths-101/pathep-[eth1/10]"},
                               {"id", n},
                               {"idepdn", ""},
                               {"ip", "10.0.0.1"},
                               {"lcC", "learned"},
                               {"lcOwn", "local"},
                               {"mac", "00:22:BD:F8:19:FF"},
                               {"modTs", "2026-02-16T16:44:49.123+00:00"},
                               {"monPolDn", "uni/tn-common/monepg-default"},
                               {"name", n},
                               {"status", ""},
                               {"uid", "0"},
                               {"userdom", "all"},
                               {"uuid", ""},
                               {"vmmSrc", ""}},
                              {}});
  }
  answer.total_count = answer.objects.size();
  return answer;
}

void read_large_answer(benchmark::State& state) {
  const auto format = static_cast<Format>(state.range(0));
  const std::string text = aci::codec::encode_answer(large_answer(), format);
  for (auto _ : state) benchmark::DoNotOptimize(aci::codec::decode_answer(text, format));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
void write_large_answer(benchmark::State& state) {
  const auto format = static_cast<Format>(state.range(0));
  const auto answer = large_answer();
  std::size_t bytes = 0;
  for (auto _ : state) bytes += aci::codec::encode_answer(answer, format).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(read_large_answer)
    ->Arg(static_cast<int>(Format::json))
    ->Arg(static_cast<int>(Format::xml))
    ->Unit(benchmark::kMillisecond);
BENCHMARK(write_large_answer)
    ->Arg(static_cast<int>(Format::json))
    ->Arg(static_cast<int>(Format::xml))
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
