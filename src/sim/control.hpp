// The simulator's control API under /_sim/: status, chaos and storms, JSON in and out. Floor: sim.
//
//   GET  /_sim/status  -> {"sessions":1,"channels":1,"subscriptions":2,"objects":61,"pushed":7,"requests":12}
//   POST /_sim/chaos   {"drop_channels":true} {"mute_seconds":30} {"expire_tokens":true} {"expire_subscriptions":true}
//                      {"refuse":{"status":503,"seconds":10,"path":"/api/class"}}       one or more of them at a time
//   POST /_sim/storm   {"class":"faultInst","count":1000,"per_second":500}              per_second left out: at once
//
// A wrong request is answered 400 {"error":"..."}, and nothing of it is carried out. No login is needed: it is for tests.
#pragma once

#include <string>

#include "io/http.hpp"
#include "io/loop.hpp"

namespace aci::sim {

class Apicsim;

class Control {
 public:
  explicit Control(Apicsim& sim);
  io::HttpResponse handle(const io::HttpRequest& request);
  void stop();

 private:
  struct Storm {
    std::string class_name;
    std::uint64_t count = 0, per_second = 0, made = 0;
    base::Instant began{};
  };
  io::HttpResponse status() const;
  io::HttpResponse chaos(const std::string& body);
  io::HttpResponse storm(const std::string& body);
  void blow();

  Apicsim& sim_;
  io::Timer timer_;
  Storm storm_;
};

}  // namespace aci::sim
