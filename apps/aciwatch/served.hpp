// The service with its page: what `run` and `demo` have in common.
#pragma once

#include <memory>
#include <string>

#include "io/loop.hpp"
#include "service/service.hpp"
#include "web/web.hpp"

namespace aciwatch {

class Served {
 public:
  struct Options {
    aci::service::Config config;
    aci::web::Web::Options web;
    bool next_free_port = false;  // take one of the next ports when the configured one is in use
  };
  // Binds the page's address; nothing is watched before start().
  static aci::base::Result<std::unique_ptr<Served>> make(aci::io::Loop& loop, Options options);

  void start() { service_->start(); }
  // Stops watching, waits for what is being delivered (at most 5 s), then stops the loop.
  void stop();

  std::string web_url() const;  // "" where no page is served

 private:
  Served(aci::io::Loop& loop, Options options);
  aci::base::Result<void> serve_web(bool next_free_port);
  void finish();

  aci::io::Loop& loop_;
  Options options_;
  std::unique_ptr<aci::web::Web> web_;
  std::unique_ptr<aci::service::Service> service_;
  std::unique_ptr<aci::io::Server> server_;
  aci::io::Timer drain_;
  aci::base::Instant drain_until_{};
};

// One line with the time of day on standard error.
void log_line(const std::string& line);

}  // namespace aciwatch
