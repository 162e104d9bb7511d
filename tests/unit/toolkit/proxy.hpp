// A proxy for plain TCP: it keeps a copy of what passes, and can leave a session and its controller half-open, when
// connections stand and nothing comes through.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/connection.hpp"

namespace aci::toolkit {

class Proxy {
 public:
  explicit Proxy(const std::string& url) : target_(io::Endpoint::parse(url).value()) {
    listener_ = io::Listener::start(loop_, "127.0.0.1", 0, nullptr, [this](auto client) { return accept(client); }).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Proxy() {
    loop_.post([this] { loop_.stop(); });
    thread_.join();
    for (const auto& end : ends_) end->own->abort(), end->other.reset();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_->port()); }
  std::string carried() const {
    const std::lock_guard lock(mutex_);
    return carried_;
  }
  int pongs() const { return pongs_; }  // that came from the controller on websockets so far

  void stall_channels() {  // those that stand now
    loop_.post([this] {
      for (const auto& end : ends_) end->stalled = end->stalled || *end->is_channel;
    });
  }
  void stall() {  // all there are and will be, until heal(), which helps new ones alone
    loop_.post([this] {
      stalls_ = true;
      for (const auto& end : ends_) end->stalled = true;
    });
  }
  void heal() {
    loop_.post([this] { stalls_ = false; });
  }

 private:
  struct End final : io::ConnectionUser {
    explicit End(Proxy& proxy) : proxy(proxy) {}
    void on_open() override { carry(); }
    void on_readable() override { carry(); }
    void on_deadline() override {}
    void on_closed(const base::Error&) override {
      if (!stalled) other->own->finish();
    }
    void carry() {
      io::Buffer& input = own->input();
      if (stalled || !other->own->open()) return;
      if (input.view().starts_with("GET /socket")) *is_channel = true;
      proxy.pongs_ += *is_channel && input.view().starts_with('\x8a');
      {
        const std::lock_guard lock(proxy.mutex_);
        proxy.carried_ += input.view();
      }
      other->own->write(input.view());
      input.clear();
      own->read_on();
      if (!other->own->input().empty()) other->carry();
    }
    Proxy& proxy;
    std::shared_ptr<io::Connection> own;
    std::shared_ptr<End> other;
    std::shared_ptr<bool> is_channel;
    bool stalled = false;
  };

  std::shared_ptr<io::ConnectionUser> accept(const std::shared_ptr<io::Connection>& connection) {
    auto client = std::make_shared<End>(*this), server = std::make_shared<End>(*this);
    client->is_channel = server->is_channel = std::make_shared<bool>(false);
    client->stalled = server->stalled = stalls_;
    client->own = connection;
    client->other = server;
    server->other = client;
    server->own = io::connect(loop_, target_, nullptr, base::Duration{20'000}, server);
    ends_.insert(ends_.end(), {client, server});
    return client;
  }

  const io::Endpoint target_;
  io::Loop loop_;
  std::unique_ptr<io::Listener> listener_;
  std::vector<std::shared_ptr<End>> ends_;
  std::atomic<int> pongs_ = 0;
  mutable std::mutex mutex_;
  std::string carried_;  // guarded by the mutex
  bool stalls_ = false;
  std::thread thread_;
};

}  // namespace aci::toolkit
