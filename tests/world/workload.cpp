#include "world/workload.hpp"

#include "codec/answer.hpp"

namespace aci::world {

using base::Duration;

namespace {

std::string object(const std::string& class_name, const std::string& attributes, const std::string& children = "") {
  return "{\"" + class_name + "\":{\"attributes\":{" + attributes + "}" +
         (children.empty() ? "" : ",\"children\":[" + children + "]") + "}}";
}

std::string named(const std::string& name, const std::string& descr) {
  return "\"name\":\"" + name + "\",\"descr\":\"" + descr + "\"";
}

}  // namespace

Workload::Workload(Clockwork& clock, Network& network, controller::Controller& controller, std::uint64_t seed)
    : clock_(clock),
      network_(network),
      controller_(controller),
      rng_(seed),
      pace_ms_(1'000 << (rng_.below(5) + rng_.below(4))),  // from a busy fabric to a quiet one
      cookies_(controller.controller_count()) {}

void Workload::begin(base::Instant until) {
  until_ = until;
  next();
}

void Workload::next() {
  clock_.after(Duration{1 + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(2 * pace_ms_)))}, [this] {
    if (clock_.now() >= until_) return;
    // Now and then much at once; but an object is not written twice within a millisecond.
    const std::int64_t count = rng_.below(20) == 0 ? 30 : 1;
    for (std::int64_t i = 0; i < count; ++i) clock_.after(Duration{i * 10}, [this] { work(); });
    next();
  });
}

void Workload::post(const std::string& method, const std::string& dn, const std::string& body) {
  std::size_t at = rng_.below(controller_.controller_count());
  while (!controller_.controller_running(at)) at = (at + 1) % controller_.controller_count();
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (cookies_[at].empty()) {
      const auto login = network_.ask({"POST", "/api/aaaLogin.json", codec::login_body("worker", "password"), "", at, ""});
      cookies_[at] = login.set_cookie.substr(0, login.set_cookie.find(';'));
    }
    const auto response = network_.ask({method, "/api/mo/" + dn + ".json", body, cookies_[at], at, ""});
    done_ += response.status == 200;
    if (response.status != 403) return;
    cookies_[at].clear();
  }
}

void Workload::work() {
  const std::string tenant = this->tenant(), dn = "uni/tn-" + tenant, ap = "A" + std::to_string(rng_.below(2));
  const std::string epg = "E" + std::to_string(rng_.below(3));
  switch (rng_.below(12)) {
    case 0:  // a whole tenant in one request
      post("POST", "uni",
           object("fvTenant", named(tenant, mark()),
                  object("fvAp", named(ap, mark()),
                         object("fvAEPg", named(epg, mark())) + "," + object("fvAEPg", named("E9", mark()))) +
                      "," + object("fvBD", named("B", mark()))));
      break;
    case 1:
    case 2: post("POST", "uni", object("fvTenant", named(tenant, mark()))); break;
    case 3:  // in and out of a filter
      post("POST", "uni",
           object("fvTenant", "\"name\":\"" + tenant + "\",\"nameAlias\":\"" + (rng_.below(2) == 0 ? "hot" : "") + "\""));
      break;
    case 4: {  // changed, and changed back
      const std::string before = mark();
      std::int64_t after = 0;
      for (const std::string& descr : {before, mark(), before})
        clock_.after(Duration{3 * after++},
                     [this, body = object("fvTenant", named(tenant, descr))] { post("POST", "uni", body); });
      break;
    }
    case 5: post("POST", dn, object("fvAp", named(ap, mark()))); break;
    case 6:
    case 7: post("POST", dn + "/ap-" + ap, object("fvAEPg", named(epg, mark()))); break;
    case 8: post("DELETE", rng_.below(3) == 0 ? dn : dn + "/ap-" + ap + "/epg-" + epg, ""); break;
    case 9: {  // a parent, and a little later its first child
      post("POST", "uni", object("fvTenant", named(tenant, mark())));
      clock_.after(Duration{static_cast<std::int64_t>(rng_.below(4'000))},
                   [this, dn, ap, body = object("fvAp", named(ap, mark()))] { post("POST", dn, body); });
      break;
    }
    case 10: {  // what the fabric itself does
      const std::string port = "eth1/" + std::to_string(1 + rng_.below(4));
      const std::string node = rng_.below(2) == 0 ? "101" : "102", text = mark();
      const std::string port_dn = "topology/pod-1/node-" + node + "/sys/phys-[" + port + "]";
      (void)controller_.set(network_.controller_wall(), {"l1PhysIf", {{"dn", port_dn}, {"id", port}, {"descr", text}}, {}});
      network_.pump();
      ++done_;
      break;
    }
    default: {
      const std::string code = "F0" + std::to_string(500 + rng_.below(3)), text = mark();
      const std::string on = rng_.below(2) == 0 ? "uni/tn-common" : "topology/pod-1/node-101/sys";
      if (rng_.below(2) == 0)
        (void)controller_.raise_fault(clock_.now(), network_.controller_wall(),
                                      {on, code, "major", "cause", "", text, "infra", "rule", "subject", "operational", ""});
      else (void)controller_.clear_fault(clock_.now(), network_.controller_wall(), on, code);
      network_.pump();
      ++done_;
      break;
    }
  }
}

}  // namespace aci::world
