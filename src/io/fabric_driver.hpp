// Carries out what a FabricWatch decides: requests, channel, timer. Floor: io.
//
//   FabricDriver driver(loop, {.controllers = {endpoint}, .tls = {}, .watch = options}, handlers);
//   driver.start();
//   driver.add({"config", Query::of_class("fvTenant")});
//
// Used by the SDK and by the service alike. Thread-safety: everything on the loop's thread; handlers are called there too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/client.hpp"
#include "io/loop.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::io {

class FabricDriver {
 public:
  struct Options {
    std::vector<Endpoint> controllers;  // at least one
    TlsClientOptions tls;
    watch::FabricWatch::Options watch;  // controllers.count is set from the list above
  };
  // Each may be empty. A handler may call back into the driver.
  struct Handlers {
    std::function<void(model::Event event, const std::vector<watch::WatchId>& watches)> on_event;
    std::function<void(const watch::GapClosed& gap)> on_gap;
    std::function<void(const watch::Drifted& drift)> on_drift;
    std::function<void(const watch::WatchChanged& change)> on_watch;
    std::function<void(const watch::SessionChanged& change)> on_session;
  };
  using AnswerHandler = std::function<void(int status, base::Result<std::string> body)>;

  FabricDriver(Loop& loop, Options options, Handlers handlers);
  ~FabricDriver();

  void start();
  void stop();
  watch::WatchId add(watch::WatchSpec spec);
  void remove(watch::WatchId watch);
  void ask(std::string method, std::string target, std::string body, AnswerHandler handler);

  watch::FabricWatch::View inspect() const;
  bool all_live() const;
  const Endpoint& controller() const;  // the one in use

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::io
