// A fabric that lives: tenants and EPGs come and go, endpoints are learned, move and age, ports flap, leaves boot.
// Floor: controller.
//
//   Churn churn(controller, {.events_per_second = 5, .seed = 7});
//   churn.begin(now);
//   churn.advance(now, wall);        // whenever next_wakeup() says so
//
// What happens at the n-th event depends on the seed and on what is in the tree, and every event has its own time: the same
// seed, start and tree give the same changes when the clock stops at every next_wakeup(), the controller's too. What a user
// would do is done as admin, with audit records; ports that are down have their fault until they come up again. Where the
// fabric has no ports or no endpoints (Options::fabric) nothing happens to them. Up to a quarter of the endpoints belong to
// hosts that have fallen silent, and age. Users' own tenants are left alone: the churn's
// are named below. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "controller/controller.hpp"
#include "controller/fabric.hpp"

namespace aci::controller {

class Churn {
 public:
  struct Options {
    double events_per_second = 1;  // on average, above 0
    std::uint64_t seed = 1;
  };
  Churn(Controller& controller, Options options);

  void begin(base::Instant now);
  // Another pace from now on; 0 stops the events, and lets what has begun come to its end.
  void set_pace(base::Instant now, double events_per_second);
  void advance(base::Instant now, base::WallTime wall);
  std::optional<base::Instant> next_wakeup() const;
  std::uint64_t events() const { return events_; }

  // An endpoint is learned, moves here, or is seen again: its host talks from now on.
  base::Result<void> see(base::Instant now, base::WallTime wall, const Endpoint& endpoint);
  // Its host falls silent: the endpoint (DN of its fvCEp) is gone when nothing was heard of it for as long as the retention
  // policy of its bridge domain says, which may be for ever. Errc not_found when it is not there.
  base::Result<void> silence(base::Instant now, const std::string& endpoint);

 private:
  struct Moment {
    base::Instant now;
    base::WallTime wall;
  };
  using Deed = std::function<void(const Moment&)>;

  void plan_next();
  void act(const Moment& at);
  bool change_configuration(const Moment& at);
  bool move_endpoint(const Moment& at);
  bool flap_port(const Moment& at);
  bool boot_leaf(const Moment& at);
  void set_links(const Moment& at, std::string_view leaf, std::string_view state);
  // Ends, some time later, of what began.
  void bring_back(const Moment& at, const std::string& node);
  void plug_in(const Moment& at, const std::string& port);
  void age(const Moment& at, const std::string& endpoint);
  // Nothing: it never ages.
  std::optional<base::Duration> retention_of(const std::string& endpoint) const;
  void later(const Moment& at, base::Duration after, Deed deed);
  void set(const Moment& at, std::string class_name, std::vector<model::AttributeView> attributes);
  void configure(const Moment& at, model::ManagedObject object);
  bool is_there(const std::string& dn) const;

  Controller& controller_;
  base::Rng rng_;
  double pace_;
  double next_ms_ = 0;  // of the next event, from `began_`; fractions count at high paces
  base::Instant began_{};
  bool begun_ = false, leaf_boots_ = false;
  std::uint64_t events_ = 0, deeds_ = 0;
  std::map<std::pair<base::Instant, std::uint64_t>, Deed> later_;  // ends of what has begun
  std::map<std::string, base::Instant> silent_;                    // endpoints, by when they were heard last
};

}  // namespace aci::controller
