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
#include "io/signer.hpp"
#include "watch/fabric_watch.hpp"

namespace aci::io {

class FabricDriver {
 public:
  struct Options {
    std::vector<Endpoint> controllers;  // at least one
    TlsClientOptions tls;
    watch::FabricWatch::Options watch;     // controllers.count is set from the list above
    std::shared_ptr<const Signer> signer;  // where watch.login is certificate or app
    base::Duration silence{45'000};        // of a channel, until it counts as lost; pinged after a third of it

    // Login with a certificate instead of a password, after watch.user has been set: the user, or the app's name. For `name`
    // see certificate_dn(). Errors (invalid) name the key's file.
    base::Result<void> use_certificate(const std::string& name, const std::string& key_file, bool app);
  };
  // Each may be empty. A handler may call back into the driver.
  struct Handlers {
    std::function<void(model::Event&& event, const std::vector<watch::WatchId>& watches)> on_event;
    std::function<void(const watch::GapClosed& gap)> on_gap;
    std::function<void(const watch::Drifted& drift)> on_drift;
    std::function<void(const watch::WatchChanged& change)> on_watch;
    std::function<void(const watch::SessionChanged& change)> on_session;
    std::function<void()> on_caught_up;  // behind the last of several events that came at the same time
  };
  using AnswerHandler = std::function<void(int status, base::Result<std::string> body)>;

  FabricDriver(Loop& loop, Options options, Handlers handlers);
  ~FabricDriver();

  void start();
  void stop();
  watch::WatchId add(watch::WatchSpec spec);
  void remove(watch::WatchId watch);
  void pause(watch::WatchId watch, std::string reason);
  void resume(watch::WatchId watch);
  // restore() after add() and before start().
  watch::FabricWatch::Saved save() const;
  void restore(const watch::FabricWatch::Saved& saved);
  void ask(std::string method, std::string target, std::string body, AnswerHandler handler);

  watch::FabricWatch::View inspect() const;
  bool all_live() const;
  const Endpoint& controller() const;  // the one in use

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::io
