// A controller with a clock and a user, for the tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "codec/answer.hpp"
#include "controller/controller.hpp"

namespace aci::controller {

class Driver {
 public:
  explicit Driver(Options options = {}) : controller(std::move(options)) {}

  Response send(std::string method, std::string target, std::string body = "") {
    return controller.handle(
        now, wall, {std::move(method), std::move(target), std::move(body), cookies, controller_asked, challenge, address});
  }
  Response get(std::string target) { return send("GET", std::move(target)); }
  Response post(std::string target, std::string body) { return send("POST", std::move(target), std::move(body)); }

  // Logs in and opens a channel; further requests carry the token.
  ChannelId log_in(const std::string& user = "admin", const std::string& password = "password") {
    const Response response = post("/api/aaaLogin.json", codec::login_body(user, password));
    EXPECT_EQ(response.status, 200) << response.body;
    token = token_in(response.body);
    cookies = "APIC-cookie=" + token;
    const auto channel = controller.open_channel(now, "/socket" + token, controller_asked);
    EXPECT_TRUE(channel);
    return channel ? *channel : 0;
  }

  static std::string token_in(const std::string& body) {
    const auto answer = codec::decode_answer(body);
    return answer && !answer->objects.empty() ? std::string(answer->objects[0].attributes.get("token")) : "";
  }

  // The objects that a GET answers with.
  std::vector<model::ManagedObject> objects(std::string target) {
    const auto answer = codec::decode_answer(get(std::move(target)).body);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? answer->objects : std::vector<model::ManagedObject>{};
  }

  std::string subscribe(std::string target) {
    const Response response = get(std::move(target));
    const auto answer = codec::decode_answer(response.body);
    EXPECT_TRUE(answer && answer->subscription_ids.size() == 1) << response.body;
    return answer && !answer->subscription_ids.empty() ? answer->subscription_ids[0] : "";
  }

  std::vector<std::string> frames() {
    std::vector<std::string> all;
    for (const Push& push : controller.take_pushes()) all.push_back(*push.frame);
    return all;
  }

  void pass(base::Duration time) {
    now += time;
    wall = wall + time;
    controller.advance(now, wall);
  }

  Controller controller;
  base::Instant now{std::chrono::hours(1)};
  base::WallTime wall{1'700'000'000'123, 0};
  std::string token, cookies, challenge, address = "192.0.2.7";
  std::size_t controller_asked = 0;
};

// "" when the answer is fine, else "<HTTP status> <code> <text>".
inline std::string error_of(const Response& response) {
  const auto answer = codec::decode_answer(response.body);
  if (answer) return response.status == 200 ? "" : std::to_string(response.status);
  return std::to_string(response.status) + ' ' + std::to_string(answer.error().code) + ' ' + answer.error().message;
}

}  // namespace aci::controller
