// A controller with a user who is logged in, for the targets.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "codec/answer.hpp"
#include "controller/controller.hpp"
#include "fuzz/require.hpp"

namespace aci::fuzz {

inline constexpr base::Instant now{std::chrono::hours(1)};
inline constexpr base::WallTime wall{1'700'000'000'000, 0};

class Apic {
 public:
  Apic() {
    const auto login = send("POST", "/api/aaaLogin.json", R"({"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}})");
    const std::string token(codec::decode_answer(login.body)->objects.at(0).attributes.get("token"));
    cookies_ = "APIC-cookie=" + token;
    require(controller_.open_channel(now, "/socket" + token).has_value(), "a channel opens with the login's token");
    require(send("GET", "/api/mo/uni.json?query-target=subtree&subscription=yes", "").status == 200, "subscribing works");
    send("POST", "/api/mo/uni/tn-T/ap-A/epg-E.json", R"({"fvAEPg":{"attributes":{}}})");
    controller_.take_pushes();
  }

  controller::Response send(std::string method, std::string target, std::string body) {
    return controller_.handle(now, wall, {std::move(method), std::move(target), std::move(body), cookies_});
  }

  controller::Controller& machine() { return controller_; }

 private:
  controller::Controller controller_{controller::Options{}};
  std::string cookies_;
};

}  // namespace aci::fuzz
