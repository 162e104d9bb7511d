#include "served.hpp"

#include <cstdio>
#include <random>

namespace aciwatch {

using aci::base::Duration;
using aci::base::Errc;
using aci::base::Error;
using aci::base::Result;

void log_line(const std::string& line) {
  // "2026-01-02T03:04:05.678+01:00" without date and offset: who keeps logs stamps them.
  std::fprintf(stderr, "%s %s\n", aci::io::Loop::wall().to_string().substr(11, 8).c_str(), line.c_str());
}

Served::Served(aci::io::Loop& loop, Options options) : loop_(loop), options_(std::move(options)), drain_(loop) {}

Result<std::unique_ptr<Served>> Served::make(aci::io::Loop& loop, Options options) {
  const bool next_free_port = options.next_free_port;
  std::unique_ptr<Served> served(new Served(loop, std::move(options)));
  Served* self = served.get();
  aci::service::Service::Hooks hooks;
  if (self->options_.config.web) {
    self->web_ = std::make_unique<aci::web::Web>(loop, self->options_.web, [self] {
      std::vector<aci::web::FabricStatus> statuses;
      for (const auto& fabric : self->service_->fabrics())
        statuses.push_back(aci::web::status_of(fabric.name, fabric.controller, fabric.view));
      return statuses;
    });
    hooks.on_event = [self](aci::model::Event& event) { event.seq = self->web_->on_event(event); };
    hooks.on_gap = [self](const aci::model::Gap& gap) { self->web_->on_gap(gap); };
    hooks.on_state = [self] { self->web_->on_fabrics_changed(); };
    hooks.on_message = [self](const aci::relay::Message& message, std::string_view receiver) {
      std::string json;
      aci::relay::append_message_json(json, message);
      self->web_->on_message({std::string(receiver), aci::io::Loop::wall(), std::move(json)});
    };
  }
  hooks.log = log_line;
  served->service_ =
      std::make_unique<aci::service::Service>(loop, self->options_.config, std::random_device{}(), std::move(hooks));
  if (const auto serving = served->serve_web(next_free_port); !serving) return serving.error();
  return served;
}

Result<void> Served::serve_web(bool next_free_port) {
  if (!web_) return {};
  aci::io::Server::Options options;
  options.address = options_.config.web->address;
  options.port = options_.config.web->port;
  for (int tries = next_free_port ? 50 : 1;; ++options.port) {
    auto server = aci::io::Server::start(loop_, options,
                                         {[this](aci::io::HttpRequest request, std::shared_ptr<aci::io::Responder> responder) {
                                            web_->on_request(request, responder);
                                          },
                                          {},
                                          {},
                                          {}});
    if (server) {
      server_ = std::move(*server);
      return {};
    }
    if (server.error().errc != Errc::overflow || --tries == 0 || options.port == 65535) return server.error();
  }
}

std::string Served::web_url() const {
  if (!server_) return "";
  return "http://" + options_.config.web->address + ":" + std::to_string(server_->port());
}

void Served::stop() {
  if (server_) server_->stop();
  service_->stop();
  drain_until_ = aci::io::Loop::now() + Duration{5'000};
  finish();
}

void Served::finish() {
  if (service_->idle() || aci::io::Loop::now() >= drain_until_) {
    for (const auto& destination : service_->destinations())
      if (destination.delivery.queued > 0)
        log_line(destination.receiver + ": " + std::to_string(destination.delivery.queued) + " messages were not delivered");
    return loop_.stop();
  }
  drain_.after(Duration{20}, [this] { finish(); });
}

}  // namespace aciwatch
