// What our frame decoder costs beside a bare simdjson walk that reads the same fields of the same frames: every id, class
// name, attribute name and attribute value as unescaped texts. The walk keeps nothing and checks nothing but the parser's
// own errors. Prints the ratio of the rates at the end; the goal is 0.70.
//
//   bench_frame_decode [--benchmark_...]
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "codec/frame.hpp"

namespace {

using aci::codec::FrameDecoder;

constexpr std::string_view tenant_created =
    R"({"subscriptionId":["72057628414509057"],"imdata":[{"fvTenant":{"attributes":{"annotation":"","childAction":"","descr":"",)"
    R"("dn":"uni/tn-WS_Example","extMngdBy":"","lcOwn":"local","modTs":"2026-02-16T16:44:49.123+00:00","monPolDn":"uni/tn-common/monepg-default",)"
    R"("name":"WS_Example","nameAlias":"","ownerKey":"","ownerTag":"","rn":"","status":"created","uid":"15374","userdom":"all"}}}]})";
constexpr std::string_view tenant_modified =
    R"({"subscriptionId":["72057628414509057"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","descr":"front end",)"
    R"("dn":"uni/tn-WS_Example","modTs":"2026-02-16T16:45:01.007+00:00","rn":"","status":"modified"}}}]})";
constexpr std::string_view tenant_deleted =
    R"({"subscriptionId":["72057628414509057"],"imdata":[{"fvTenant":{"attributes":{"childAction":"","dn":"uni/tn-WS_Example",)"
    R"("modTs":"2026-02-16T16:45:09.614+00:00","rn":"","status":"deleted"}}}]})";
constexpr std::string_view fault_created =
    R"({"subscriptionId":["72057628414509058","72057628414509059"],"imdata":[{"faultInst":{"attributes":{"ack":"no","alert":"no",)"
    R"_("cause":"resolution-failed","changeSet":"state (Old: formed, New: missing-target)","childAction":"","code":"F1123",)_"
    R"("created":"2026-10-31T20:15:05.725+01:00","delegated":"no","descr":"Failed to form relation to MO \"uni/tn-T/brc-CON_A\" of class vzBrCP",)"
    R"("dn":"uni/tn-T/cif-CON_IFACE/rsif/fault-F1123","domain":"infra","extMngdBy":"undefined","highestSeverity":"warning",)"
    R"("lastTransition":"2026-10-31T20:15:05.725+01:00","lc":"raised","modTs":"never","occur":"1","origSeverity":"warning",)"
    R"("prevSeverity":"warning","rn":"","rule":"vz-rs-if-resolve-fail","severity":"warning","status":"created","subject":"relation-resolution",)"
    R"("title":"null","type":"config","userdom":"all"}}}]})";

// Frames behind one another in one buffer, each with the spare bytes that both decoders ask for.
struct Frames {
  std::vector<std::string> texts;
  std::vector<std::size_t> sizes;
  std::size_t bytes = 0;

  explicit Frames(std::initializer_list<std::string_view> frames) {
    for (const auto frame : frames) {
      texts.emplace_back(frame);
      sizes.push_back(frame.size());
      bytes += frame.size();
      texts.back().resize(frame.size() + FrameDecoder::padding);
    }
  }
};

const std::array<Frames, 5>& frame_sets() {
  static const std::array<Frames, 5> sets{Frames{tenant_created}, Frames{tenant_modified}, Frames{tenant_deleted},
                                          Frames{fault_created},
                                          Frames{tenant_created, tenant_modified, fault_created, tenant_deleted}};
  return sets;
}
constexpr std::array set_names{"tenant created", "tenant modified", "tenant deleted", "fault created", "all four"};

// The bytes that were read, so that neither side can leave anything out.
std::size_t walk(simdjson::ondemand::parser& parser, const std::string& text, std::size_t size) {
  std::size_t read = 0;
  auto document = parser.iterate(text.data(), size, text.size());
  for (auto member : document.get_object()) {
    const std::string_view key = member.unescaped_key();
    if (key == "subscriptionId") {
      for (auto id : member.value().get_array()) read += std::string_view(id.get_string()).size();
    } else if (key == "imdata") {
      for (auto element : member.value().get_array()) {
        for (auto object : element.get_object()) {
          read += std::string_view(object.unescaped_key()).size();
          for (auto part : object.value().get_object()) {
            if (std::string_view(part.unescaped_key()) != "attributes") continue;
            for (auto attribute : part.value().get_object()) {
              read += std::string_view(attribute.unescaped_key()).size();
              read += std::string_view(attribute.value().get_string()).size();
            }
          }
        }
      }
    }
  }
  return read;
}

std::size_t decode(FrameDecoder& decoder, const std::string& text, std::size_t size) {
  std::size_t read = 0;
  const aci::codec::Frame& frame = **decoder.decode(text.data(), size, text.size());
  for (const auto id : frame.subscription_ids) read += id.size();
  for (const auto& change : frame.changes) {
    read += change.class_name.size();
    for (const auto& [name, value] : change.attributes) read += name.size() + value.size();
  }
  return read;
}

template <class Parser, std::size_t (*one)(Parser&, const std::string&, std::size_t)>
void run(benchmark::State& state) {
  const Frames& frames = frame_sets()[static_cast<std::size_t>(state.range(0))];
  Parser parser;
  for (auto _ : state)
    for (std::size_t i = 0; i < frames.texts.size(); ++i)
      benchmark::DoNotOptimize(one(parser, frames.texts[i], frames.sizes[i]));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames.texts.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frames.bytes));
  state.SetLabel(set_names[static_cast<std::size_t>(state.range(0))]);
}

void bare_walk(benchmark::State& state) { run<simdjson::ondemand::parser, walk>(state); }
void frame_decoder(benchmark::State& state) { run<FrameDecoder, decode>(state); }
BENCHMARK(bare_walk)->DenseRange(0, set_names.size() - 1);
BENCHMARK(frame_decoder)->DenseRange(0, set_names.size() - 1);

// Keeps the rates of both, best of all repetitions, to print their ratio.
class Ratio : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const auto& run : runs) {
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      for (std::size_t i = 0; i < set_names.size(); ++i) {
        if (run.report_label != set_names[i]) continue;
        double& best = run.run_name.function_name == "bare_walk" ? walk_[i] : decoder_[i];
        best = std::max(best, static_cast<double>(run.counters.at("items_per_second")));
      }
    }
  }
  void print() const {
    std::printf("\nrate of the frame decoder / rate of the bare walk (goal: 0.70)\n");
    for (std::size_t i = 0; i < set_names.size(); ++i)
      if (walk_[i] > 0) std::printf("%-16s %.2f\n", set_names[i], decoder_[i] / walk_[i]);
  }

 private:
  std::array<double, set_names.size()> walk_{}, decoder_{};
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  // A comparison of different work would say nothing.
  simdjson::ondemand::parser parser;
  FrameDecoder decoder;
  for (const auto& frames : frame_sets()) {
    for (std::size_t i = 0; i < frames.texts.size(); ++i) {
      if (walk(parser, frames.texts[i], frames.sizes[i]) != decode(decoder, frames.texts[i], frames.sizes[i])) {
        std::fprintf(stderr, "the two read different fields\n");
        return 1;
      }
    }
  }
  Ratio ratio;
  benchmark::RunSpecifiedBenchmarks(&ratio);
  ratio.print();
}
