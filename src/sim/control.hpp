// The simulator's control API under /_sim/: status, chaos and storms, JSON in and out. Floor: sim.
//
//   GET  /_sim/status  ->
//   {"sessions":1,"channels":1,"subscriptions":2,"objects":61,"records":9,"pushed":7,"requests":12,"time":"...",
//                          "controllers":[{"url":"https://127.0.0.1:8443","running":true}]}
//   GET  /_sim/export  -> {"totalCount":"61","imdata":[...]}                            the whole tree, for --load
//   POST /_sim/storm   {"class":"faultInst","count":1000,"per_second":500}              per_second left out: at once
//   POST /_sim/fault   {"dn":"topology/pod-1/node-101/sys","code":"F0532","severity":"major","descr":"..."}    a condition
//                      {"dn":"topology/pod-1/node-101/sys","code":"F0532","clear":true}                      is over
//                      also cause, change_set, domain, rule, subject, type, delegate_to
//   POST /_sim/advance {"seconds":3600}                                                 the fabric's clock goes ahead
//   POST /_sim/chaos   one or more of these at a time; "seconds" (10) and "path" ("") say for how long and which requests:
//     {"drop_channels":true} {"expire_tokens":true} {"expire_subscriptions":true} {"mute_seconds":30}
//     {"refuse":{"status":503,"seconds":10,"path":"/api/class"}}      an error of the API
//     {"html":{"status":200,"seconds":10,"path":"/api/class"}}        a page instead of an answer
//     {"delay_ms":500,"seconds":10,"path":"/api/class"}               answers come late
//     {"no_data":true,"seconds":10,"path":"/api/class"}               totalCount without objects
//     {"duplicate":0.1,"reorder":0.1,"seconds":10}                    pushes; probabilities
//     {"restart_node":101}                    a switch boots: subscriptions hear nothing more of what lives on it
//     {"subscriptions_early_seconds":40}      they end so much before their time; 0 turns it off
//     {"miss_first_child_seconds":5}          the first child of an object younger than this is not pushed; 0 turns it off
//     {"two_cookies":true}                    who sends two APIC-cookies subscribes to nothing; false turns it off
//     {"stop_controller":2} {"start_controller":2}    of several; they count from 1, as their nodes do
//
// A wrong request is answered 400 {"error":"..."}, and nothing of it is carried out. No login is needed: it is for tests.
#pragma once

#include <string>

#include "base/result.hpp"
#include "io/http.hpp"
#include "io/loop.hpp"

namespace aci::sim {

class Apicsim;

class Control {
 public:
  explicit Control(Apicsim& sim);
  io::HttpResponse handle(const io::HttpRequest& request);
  // Takes the body of a chaos request. Errc invalid says what is wrong with it.
  base::Result<void> chaos(const std::string& body);
  // The bodies of the other requests.
  base::Result<std::uint64_t> storm(const std::string& body);  // how many are made
  base::Result<void> fault(const std::string& body);
  void stop();

 private:
  struct Storm {
    std::string class_name;
    std::uint64_t count = 0, per_second = 0, made = 0;
    base::Instant began{};
  };
  io::HttpResponse status() const;
  base::Result<void> advance(const std::string& body);
  void blow();

  Apicsim& sim_;
  io::Timer timer_;
  Storm storm_;
};

}  // namespace aci::sim
