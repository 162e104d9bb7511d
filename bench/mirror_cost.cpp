// What the memory of a fabric costs, and a re-reading of it.
//
//   bench_mirror_cost [ENDPOINTS] [REREAD]      1,000,000 and 100,000
//
// A mirror of so many endpoints (fvCEp with all that a controller answers of one), in bytes beside those of their JSON. Then a
// watch of so many loses its channel and reads them all again, by pages, when one in a hundred has changed, one is gone and
// one is new: the CPU for it, and the memory beyond what the mirror held before. Heap as malloc counts it; the answers' texts
// are made before and copied when they are answered, as they would come out of a socket.
#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "codec/answer.hpp"
#include "watch/fabric_watch.hpp"

using namespace aci;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// In bytes: of the process now, and its peak since the last reset.
std::size_t status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10) * 1024;
  return 0;
}
void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

std::string endpoint(std::size_t i, const char* turn) {
  char mac[32];
  std::snprintf(mac, sizeof mac, "00:50:56:%02zX:%02zX:%02zX", i >> 16 & 255, i >> 8 & 255, i & 255);
  const std::string tenant = "uni/tn-Tenant-" + std::to_string(i % 50), epg = std::to_string(i % 1000);
  return R"({"fvCEp":{"attributes":{"annotation":"","baseEpgDn":"","bdDn":")" + tenant + R"(/BD-BD-)" + epg +
         R"(","childAction":"","contName":"","dn":")" + tenant + R"(/ap-Shop/epg-EPG-)" + epg + R"(/cep-)" + mac +
         R"(","encap":"vlan-)" + epg +
         R"(","esgUsegDn":"","extMngdBy":"","fabricPathDn":"topology/pod-1/protpaths-101-102/pathep-[vpc-esx-)" +
         std::to_string(i % 40) + R"(]","hostingServer":"","id":"0","idepdn":"","lcC":"learned","lcOwn":"local","mac":")" +
         mac + R"(","mcastAddr":"not-applicable","modTs":"2026-02-16T16:44:4)" + turn +
         R"(.123+00:00","monPolDn":"uni/tn-common/monepg-default","name":")" + mac +
         R"(","nameAlias":"","reportingControllerName":"","status":"","uid":"0","userdom":"all","uuid":"","vmmSrc":")" + turn +
         R"(","vrfDn":")" + tenant + R"(/ctx-Main"}}})";
}

constexpr std::size_t page_size = 10'000;

void measure_mirror(std::size_t count) {
  watch::Mirror mirror("bench");
  std::vector<model::Event> events;
  std::size_t json = 0;
  const std::size_t before = heap_bytes();
  const auto listing = mirror.begin_listing();
  for (std::size_t first = 0; first < count; first += page_size) {
    std::string page = R"({"totalCount":")" + std::to_string(count) + R"(","imdata":[)";
    for (std::size_t i = first; i < std::min(count, first + page_size); ++i) {
      const std::string text = endpoint(i, "0");
      json += text.size();
      (page += i > first ? "," : "") += text;
    }
    const auto answer = codec::decode_answer(page + "]}").value();
    for (const auto& object : answer.objects) mirror.list(listing, object, model::Origin::baseline, {}, events);
    events.clear();
  }
  mirror.end(listing);
  events.shrink_to_fit();
  malloc_trim(0);
  const std::size_t bytes = heap_bytes() - before;
  std::printf("mirror of %zu endpoints: %.0f MB, %.0f bytes each; their JSON: %.0f MB, %.0f bytes each; ratio %.3f\n",
              mirror.size(), static_cast<double>(bytes) / 1e6, static_cast<double>(bytes) / static_cast<double>(count),
              static_cast<double>(json) / 1e6, static_cast<double>(json) / static_cast<double>(count),
              static_cast<double>(bytes) / static_cast<double>(json));
}

// Answers what a FabricWatch sends.
class Fabric {
 public:
  explicit Fabric(std::size_t count) : count_(count), watch_(options()) {
    for (const char* turn : {"0", "1"}) {
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < count; ++i) {
        if (*turn == '0' || i % 100 > 1) texts.push_back(endpoint(i, "0"));
        else texts.push_back(i % 100 == 0 ? endpoint(i, "1") : endpoint(count + i, "1"));
      }
      auto& pages = *turn == '0' ? before_ : after_;
      for (std::size_t first = 0; first < count; first += page_size) {
        std::string page;
        for (std::size_t i = first; i < std::min(count, first + page_size); ++i) (page += i > first ? "," : "") += texts[i];
        pages.push_back(std::move(page));
      }
    }
  }

  void live() {
    watch_.start(now_, wall_);
    watch_.add(now_, wall_, {"endpoints", model::Query::of_class("fvCEp")});
    carry_out();
  }
  void lose_and_read_again() {
    changed_ = true;
    watch_.channel_closed(now_, wall_, epoch_, {base::Errc::closed, "connection reset"});
    now_ += base::Duration{60'000};
    wall_ = wall_ + base::Duration{60'000};
    watch_.wake(now_, wall_);
    carry_out();
  }
  bool all_live() const { return watch_.all_live(); }
  std::size_t events = 0, gaps = 0;

 private:
  static watch::FabricWatch::Options options() {
    watch::FabricWatch::Options options;
    options.user = options.password = "admin";
    options.page_size = page_size;
    return options;
  }
  void carry_out() {
    for (;;) {
      std::vector<watch::Action> actions;
      watch_.take_actions(actions);
      if (actions.empty()) return;
      for (auto& action : actions) {
        if (const auto* send = std::get_if<watch::Send>(&action)) {
          watch_.http_reply(now_, wall_, send->id, watch::HttpReply{200, answer(send->target)});
        } else if (const auto* open = std::get_if<watch::OpenChannel>(&action)) {
          epoch_ = open->epoch;
          watch_.channel_open(now_, wall_, epoch_);
        } else if (std::holds_alternative<watch::Emit>(action)) {
          ++events;
        } else if (std::holds_alternative<watch::GapClosed>(action)) {
          ++gaps;
        }
      }
    }
  }
  std::string answer(const std::string& target) {
    if (target.starts_with("/api/aaaLogin"))
      return R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"T","refreshTimeoutSeconds":"600","maximumLifetimeSeconds":"86400"}}}]})";
    if (!target.starts_with("/api/class/fvCEp")) return R"({"totalCount":"0","imdata":[]})";
    std::string text = R"({"totalCount":")" + std::to_string(count_) + '"';
    if (target.find("subscription=yes") != std::string::npos) text += R"(,"subscriptionId":"72057628414509057")";
    const auto at = target.find("page=");
    const std::size_t page = at == std::string::npos ? 0 : std::strtoull(target.c_str() + at + 5, nullptr, 10);
    return text + R"(,"imdata":[)" + (changed_ ? after_ : before_).at(page) + "]}";
  }

  std::size_t count_;
  watch::FabricWatch watch_;
  std::vector<std::string> before_, after_;
  bool changed_ = false;
  watch::Epoch epoch_ = 0;
  base::Instant now_{base::Duration{1'000'000}};
  base::WallTime wall_{1'771'260'300'000};
};

void measure_reread(std::size_t count) {
  Fabric fabric(count);
  fabric.live();
  if (!fabric.all_live()) return std::puts("not live"), std::exit(1);
  fabric.events = 0;
  malloc_trim(0);
  const std::size_t before = status_bytes("VmRSS:");
  reset_peak();
  const double began = cpu_seconds();
  fabric.lose_and_read_again();
  const double took = cpu_seconds() - began;
  if (!fabric.all_live() || fabric.gaps != 1) return std::puts("not live again"), std::exit(1);
  std::printf("re-reading of %zu endpoints: %.3f s of CPU, %.0f MB beyond the mirror at most, %zu events\n", count, took,
              static_cast<double>(status_bytes("VmHWM:") - before) / 1e6, fabric.events);
}

}  // namespace

int main(int argc, char** argv) {
  measure_mirror(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000);
  measure_reread(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000);
}
