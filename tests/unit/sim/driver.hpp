// apicsim as a whole in this process, and a client: real sockets, free ports.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "codec/answer.hpp"
#include "io/client.hpp"
#include "sim/apicsim.hpp"

namespace aci::sim {

class ApicsimTest : public testing::Test {
 protected:
  void start(Apicsim::Options options = {}) {
    options.port = 0;
    sim_ = Apicsim::start(loop_, std::move(options)).value();
    use(0);
  }

  // Whom the calls go to.
  void use(std::size_t controller) {
    client_ = std::make_unique<io::HttpClient>(loop_, io::Endpoint::parse(sim_->url(controller)).value(),
                                               io::TlsClientOptions{false, ""});
  }

  io::HttpResponse call(std::string method, std::string target, std::string body = "", std::string cookie = "") {
    io::Headers headers;
    if (!cookie.empty()) headers.emplace_back("Cookie", std::move(cookie));
    return call_with(std::move(headers), std::move(method), std::move(target), std::move(body));
  }

  io::HttpResponse call_with(io::Headers headers, std::string method, std::string target, std::string body = "") {
    io::HttpResponse answer{0, {}, ""};
    io::HttpRequest request{std::move(method), std::move(target), std::move(headers), std::move(body)};
    client_->request(std::move(request), base::Duration{20'000}, [&](base::Result<io::HttpResponse> response) {
      if (response) answer = std::move(*response);
      else ADD_FAILURE() << response.error().message;
      loop_.stop();
    });
    loop_.run();
    return answer;
  }

  std::string log_in() {
    const auto answer = call("POST", "/api/aaaLogin.json", codec::login_body("admin", "password"));
    return "APIC-cookie=" + codec::login_of(codec::decode_answer(answer.body).value()).value().token;
  }

  io::Loop loop_;
  std::unique_ptr<Apicsim> sim_;
  std::unique_ptr<io::HttpClient> client_;
};

}  // namespace aci::sim
