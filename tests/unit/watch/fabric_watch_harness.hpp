// A fabric watch and a virtual clock; the test plays the controller, line by line.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "watch/fabric_watch.hpp"

namespace aci::watch {

inline const std::string login_answer =
    R"({"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"T0K+/=","refreshTimeoutSeconds":"600","maximumLifetimeSeconds":"86400"}}}]})";
inline const std::string empty_answer = R"({"totalCount":"0","imdata":[]})";

inline std::string error_answer(int code, const std::string& text) {
  return R"({"totalCount":"1","imdata":[{"error":{"attributes":{"code":")" + std::to_string(code) + R"(","text":")" + text +
         R"("}}}]})";
}

inline std::string tenant(const std::string& name, const std::string& descr = "", const std::string& status = "") {
  return R"({"fvTenant":{"attributes":{"descr":")" + descr + R"(","dn":"uni/tn-)" + name +
         R"(","modTs":"2026-01-02T03:04:05.678+00:00","name":")" + name + R"(","status":")" + status + R"("}}})";
}

inline std::string subscribe_answer(const std::string& id, const std::vector<std::string>& objects, std::size_t total = 0) {
  std::string list;
  for (const auto& object : objects) list += (list.empty() ? "" : ",") + object;
  return R"({"totalCount":")" + std::to_string(std::max(total, objects.size())) + R"(","subscriptionId":")" + id +
         R"(","imdata":[)" + list + "]}";
}

inline std::string push(const std::string& ids, const std::string& object) {
  return R"({"subscriptionId":[)" + ids + R"(],"imdata":[)" + object + "]}";
}

class FabricWatchTest : public testing::Test {
 protected:
  FabricWatchTest() { remake(); }

  // What a test needs otherwise; remake() then.
  std::function<void(FabricWatch::Options&)> change_options = [](FabricWatch::Options&) {};

  void remake() {
    FabricWatch::Options options;
    options.fabric = "dc1";
    options.user = "admin";
    options.password = "pa\"ss";
    options.controllers.count = 2;
    options.page_size = options.records_page = 3;
    options.record_classes = {};
    options.nodes_every = base::Duration{0};
    change_options(options);
    watch_ = std::make_unique<FabricWatch>(options);
  }

  void collect() {
    std::vector<Action> actions;
    watch_->take_actions(actions);
    for (auto& action : actions) {
      if (auto* send = std::get_if<Send>(&action)) sends_.push_back(std::move(*send));
      else if (auto* open = std::get_if<OpenChannel>(&action)) opens_.push_back(std::move(*open));
      else if (std::holds_alternative<CloseChannel>(action)) ++closes_;
      else if (auto* emit = std::get_if<Emit>(&action)) events_.push_back(std::move(*emit));
      else if (auto* gap = std::get_if<GapClosed>(&action)) gaps_.push_back(gap->gap);
      else if (auto* drift = std::get_if<Drifted>(&action)) drifts_.push_back(*drift);
      else if (auto* change = std::get_if<WatchChanged>(&action)) changes_.push_back(*change);
      else if (auto* session = std::get_if<SessionChanged>(&action)) sessions_.push_back(*session);
      else if (auto* answered = std::get_if<Answered>(&action)) answered_.push_back(std::move(*answered));
    }
  }

  Send next_send() {
    collect();
    if (sends_.empty()) {
      ADD_FAILURE() << "a request was expected";
      return {};
    }
    Send send = sends_.front();
    sends_.erase(sends_.begin());
    return send;
  }

  Send next_to(const std::string& part) {
    for (std::size_t i = 0; i < sends_.size(); ++i) {
      if (sends_[i].target.find(part) == std::string::npos) continue;
      const Send send = sends_[i];
      sends_.erase(sends_.begin() + static_cast<std::ptrdiff_t>(i));
      return send;
    }
    ADD_FAILURE() << "no request to " << part;
    return {};
  }
  bool asks_for(const std::string& part) {
    return std::any_of(sends_.begin(), sends_.end(), [&](const Send& s) { return s.target.find(part) != std::string::npos; });
  }

  void reply(const Send& send, int status, const std::string& body) {
    watch_->http_reply(now_, wall_, send.id, HttpReply{status, body});
    collect();
  }
  void fail(const Send& send, base::Error why) {
    watch_->http_reply(now_, wall_, send.id, why);
    collect();
  }
  void text(const std::string& body) {
    std::string padded = body + std::string(codec::FrameDecoder::padding, '\0');
    watch_->channel_text(now_, wall_, opens_.back().epoch, padded.data(), body.size(), padded.size());
    collect();
  }
  // Woken whenever the watch wants to be, and in the end.
  void pass(base::Duration time) {
    const base::Instant end = now_ + time;
    do {
      const base::Instant wakeup = std::clamp(watch_->next_wakeup().value_or(end), now_, end);
      stand_still(wakeup == now_ ? std::min(base::Duration{1}, end - now_) : wakeup - now_);
      watch_->wake(now_, wall_);
      collect();
    } while (now_ < end);
  }
  void stand_still(base::Duration time) {
    now_ += time;
    wall_ = wall_ + time;
  }

  // Up to the open channel.
  void log_in() {
    watch_->start(now_, wall_);
    const Send login = next_send();
    EXPECT_EQ(login.target, "/api/aaaLogin.json");
    reply(login, 200, login_answer);
    open_channel();
  }
  void open_channel() {
    ASSERT_FALSE(opens_.empty());
    watch_->channel_open(now_, wall_, opens_.back().epoch);
    collect();
  }
  // Up to a live watch of every tenant, with "common" there.
  void go_live() {
    id_ = watch_->add(now_, wall_, {"config", model::Query::of_class("fvTenant")});
    log_in();
    reply(next_send(), 200, subscribe_answer("72057628414509057", {tenant("common")}));
    EXPECT_TRUE(watch_->all_live());
    events_.clear();
  }

  std::unique_ptr<FabricWatch> watch_;
  base::Instant now_{base::Duration{1'000'000}};
  base::WallTime wall_{1'767'322'945'000, 0};
  WatchId id_ = 0;
  std::vector<Send> sends_;
  std::vector<OpenChannel> opens_;
  std::vector<Emit> events_;
  std::vector<model::Gap> gaps_;
  std::vector<Drifted> drifts_;
  std::vector<WatchChanged> changes_;
  std::vector<SessionChanged> sessions_;
  std::vector<Answered> answered_;
  int closes_ = 0;
};

}  // namespace aci::watch
