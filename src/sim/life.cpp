#include "sim/life.hpp"

#include <array>

namespace aci::sim {
namespace {

constexpr std::array tenants{"Heroes", "Villains", "Sidekicks", "Gadgets"};
constexpr std::array applications{"Shop", "Archive", "Hideout", "Newsroom"};
constexpr std::array notes{"Saves the day", "Moved to the new data center", "Owned by the night shift",
                           "To be cleaned up in spring"};

const std::string leaf = "topology/pod-1/node-101/sys";

}  // namespace

Life::Life(Apicsim& sim, std::uint64_t seed) : sim_(sim), timer_(sim.loop()), rng_(seed) {}

void Life::start() {
  set("l1PhysIf", {{"dn", leaf + "/phys-[eth1/9]"}, {"id", "eth1/9"}, {"adminSt", "up"}});
  set("ethpmPhysIf", {{"dn", leaf + "/phys-[eth1/9]/phys"}, {"operSt", "up"}, {"operSpeed", "10G"}, {"operStQual", "none"}});
  schedule();
}

void Life::schedule() {
  const auto pause = base::Duration{3'000 + static_cast<std::int64_t>(rng_.below(4'000))};
  timer_.after(pause, [this] {
    step();
    schedule();
  });
}

void Life::step() {
  if (at_ == story_.size()) begin_story();
  story_[at_++]();
}

void Life::set(std::string class_name, std::vector<model::AttributeView> attributes) {
  // A step that meets what a user has deleted meanwhile is left out.
  (void)sim_.controller().set(sim_.wall(), {std::move(class_name), model::Attributes::from(attributes), {}});
  sim_.flush();
}

void Life::begin_story() {
  const std::string tenant = tenants[rng_.below(tenants.size())];
  const std::string application = applications[rng_.below(applications.size())];
  const std::string note = notes[rng_.below(notes.size())];
  const std::string dn = "uni/tn-" + tenant, ap = dn + "/ap-" + application;
  const std::string port = leaf + "/phys-[eth1/9]/phys";
  at_ = 0;
  story_ = {
      [=, this] {
        set("fvTenant", {{"dn", dn}, {"name", tenant}});
      },
      [=, this] {
        set("fvAp", {{"dn", ap}, {"name", application}});
      },
      [=, this] {
        set("fvAEPg", {{"dn", ap + "/epg-Web"}, {"name", "Web"}});
      },
      [=, this] {
        set("fvTenant", {{"dn", dn}, {"descr", note}});
      },
      [=, this] {
        set("ethpmPhysIf", {{"dn", port}, {"operSt", "down"}, {"operStQual", "link-failure"}});
      },
      [=, this] {
        controller::FaultCondition down;
        down.dn = port;
        down.code = "F1394";
        down.cause = "interface-physical-down";
        down.descr = "Port is down, reason: link-failure";
        down.domain = "access";
        down.rule = "ethpm-if-port-down";
        down.subject = "port-down";
        down.type = "communications";
        (void)sim_.controller().raise_fault(sim_.now(), sim_.wall(), down);
        sim_.flush();
      },
      [=, this] {
        set("fvBD", {{"dn", dn + "/BD-Web"}, {"name", "Web"}});
      },
      [=, this] {
        set("fvBD", {{"dn", dn + "/BD-Web"}, {"arpFlood", "yes"}});
      },
      [=, this] {
        set("ethpmPhysIf", {{"dn", port}, {"operSt", "up"}, {"operStQual", "none"}});
      },
      [=, this] {
        (void)sim_.controller().clear_fault(sim_.now(), sim_.wall(), port, "F1394");
        sim_.flush();
      },
      [=, this] {
        set("fvAp", {{"dn", ap}, {"status", "deleted"}});
      },
      [=, this] {
        set("fvTenant", {{"dn", dn}, {"status", "deleted"}});
      },
  };
}

}  // namespace aci::sim
