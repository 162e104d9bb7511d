#include "toolkit/event_queues.hpp"

#include <future>

#include <gtest/gtest.h>

namespace aci::toolkit {
namespace {

using namespace std::chrono_literals;

EventQueues::Arrivals of(const std::string& dn) {
  auto event = std::make_shared<model::Event>();
  event->class_name = "fvTenant";
  event->dn = dn;
  return {std::move(event)};
}

const auto at_once = std::chrono::steady_clock::now();

TEST(EventQueues, keeps_each_subscriptions_events_in_order) {
  EventQueues queues(10);
  queues.open("a");
  queues.open("b");
  queues.deliver(of("1"), {"a"});
  queues.deliver(of("2"), {"b"});
  queues.deliver(of("3"), {"a"});
  EXPECT_EQ(queues.size("a"), 2u);
  EXPECT_EQ(queues.pop("a").dn(), "1");
  EXPECT_EQ(queues.pop("a").dn(), "3");
  EXPECT_FALSE(queues.pop("a"));
  EXPECT_EQ(queues.pop("b").seq(), 2u);
  EXPECT_FALSE(queues.pop("never opened"));
}

TEST(EventQueues, gives_what_all_hold_in_order_and_once) {
  EventQueues queues(10);
  queues.open("a");
  queues.open("b");
  queues.deliver(of("1"), {"b"});
  queues.deliver(of("2"), {"a", "b"});
  queues.deliver(of("3"), {"a"});
  std::string seen;
  while (auto event = queues.next({.events = true}, at_once).event) seen += event.dn();
  EXPECT_EQ(seen, "123");
  EXPECT_EQ(queues.size("a") + queues.size("b"), 0u);
}

TEST(EventQueues, taking_from_one_queue_leaves_the_others) {
  EventQueues queues(10);
  queues.open("a");
  queues.open("b");
  queues.deliver(of("1"), {"a", "b"});
  EXPECT_EQ(queues.pop("a").dn(), "1");
  EXPECT_EQ(queues.next({.events = true}, at_once).event.dn(), "1");
  EXPECT_EQ(queues.size("b"), 0u);
}

TEST(EventQueues, a_closed_queue_is_gone_with_what_it_held) {
  EventQueues queues(10);
  queues.open("a");
  queues.deliver(of("1"), {"a"});
  queues.close("a");
  queues.deliver(of("2"), {"a"});
  EXPECT_FALSE(queues.next({.events = true}, at_once).event);
  EXPECT_FALSE(queues.pop("a"));
}

using Keys = std::vector<std::string>;

TEST(EventQueues, a_full_queue_is_named_takes_all_the_same_and_is_told_once_emptied) {
  Keys drained;
  EventQueues queues(2, [&](const std::string& key) { drained.push_back(key); });
  queues.open("a");
  queues.open("b");
  EXPECT_EQ(queues.deliver(of("1"), {"a", "b"}), Keys{});
  EXPECT_EQ(queues.pop("b").dn(), "1");
  EXPECT_EQ(queues.deliver(of("2"), {"a", "b"}), Keys{"a"});
  EXPECT_EQ(queues.deliver(of("3"), {"a"}), Keys{"a"});
  EXPECT_EQ(queues.pop("a").dn(), "1");
  EXPECT_EQ(queues.pop("a").dn(), "2");
  EXPECT_EQ(queues.pop("b").dn(), "2");
  EXPECT_EQ(drained, Keys{});
  EXPECT_EQ(queues.pop("a").dn(), "3");
  EXPECT_EQ(drained, Keys{"a"});
  EXPECT_EQ(queues.deliver(of("4"), {"a"}), Keys{});
  EXPECT_EQ(queues.pop("a").dn(), "4");
  EXPECT_EQ(drained, Keys{"a"}) << "it had not been full again";
}

TEST(EventQueues, are_drained_by_whichever_way_their_last_event_is_taken) {
  Keys drained;
  EventQueues queues(1, [&](const std::string& key) { drained.push_back(key); });
  queues.open("a");
  queues.deliver(of("1"), {"a"});
  queues.next({.events = true}, at_once);
  EXPECT_EQ(drained.size(), 1u);
  queues.deliver(of("2"), {"a"});
  queues.async_next([](const Event&) {});
  EXPECT_EQ(drained.size(), 2u);
  queues.async_next([](const Event&) {});
  EXPECT_EQ(queues.deliver(of("3"), {"a"}), Keys{"a"});
  EXPECT_EQ(drained.size(), 3u);
}

TEST(EventQueues, what_was_there_already_fills_none) {
  EventQueues queues(2);
  queues.open("a");
  for (int i = 0; i < 5; ++i) {
    const auto there = of("there");
    there.front()->origin = model::Origin::baseline;
    EXPECT_EQ(queues.deliver(there, {"a"}), Keys{});
  }
  EXPECT_EQ(queues.deliver(of("changed"), {"a"}), Keys{"a"});
  EXPECT_EQ(queues.size("a"), 6u);
}

TEST(EventQueues, many_at_a_time_are_numbered_in_their_order_and_serve_many_waiters) {
  EventQueues queues(3);
  queues.open("a");
  std::string seen;
  for (int i = 0; i < 2; ++i)
    queues.async_next([&](const Event& event) { seen += event.dn() + std::to_string(event.seq()) + ' '; });
  EventQueues::Arrivals many;
  for (const char* dn : {"x", "y", "z", "u", "v"}) many.push_back(of(dn).front());
  EXPECT_EQ(queues.deliver(many, {"a"}), Keys{"a"});
  EXPECT_EQ(seen, "x1 y2 ");
  EXPECT_EQ(queues.pop("a").dn(), "z");
  EXPECT_EQ(queues.size("a"), 2u);
}

TEST(EventQueues, gaps_stand_in_order_between_events) {
  EventQueues queues(10);
  queues.open("a");
  queues.deliver(of("1"), {"a"});
  queues.add_gap({"f", "a", "", "", "lost", 0});
  queues.deliver(of("2"), {"a"});
  std::string seen;
  for (;;) {
    const auto next = queues.next({true, true}, at_once);
    if (next.event) seen += next.event.dn();
    else if (next.gap) seen += next.gap->reason;
    else break;
  }
  EXPECT_EQ(seen, "1lost2");
}

TEST(EventQueues, gaps_are_bounded_and_the_oldest_goes) {
  EventQueues queues(10);
  for (std::size_t i = 0; i <= EventQueues::gaps_max; ++i) queues.add_gap({"f", "", "", "", std::to_string(i), 0});
  EXPECT_EQ(queues.pop_gap()->reason, "1");
}

TEST(EventQueues, a_wait_ends_with_the_event_that_comes) {
  EventQueues queues(10);
  queues.open("a");
  auto waiting = std::async(std::launch::async, [&] { return queues.next({.events = true}, {}).event.dn(); });
  queues.deliver(of("1"), {"a"});
  EXPECT_EQ(waiting.get(), "1");
}

TEST(EventQueues, a_wait_ends_with_interruption_and_with_the_end) {
  EventQueues queues(10);
  std::atomic<bool> stop = false;
  auto interrupted = std::async(std::launch::async,
                                [&] { return bool(queues.next({.events = true}, {}, [&] { return stop.load(); }).event); });
  auto ended = std::async(std::launch::async, [&] { return bool(queues.next({.events = true}, {}).event); });
  stop = true;
  queues.wake();
  EXPECT_FALSE(interrupted.get());
  queues.shut();
  EXPECT_FALSE(ended.get());
}

TEST(EventQueues, what_is_queued_can_be_taken_after_the_end) {
  EventQueues queues(10);
  queues.open("a");
  queues.deliver(of("1"), {"a"});
  queues.shut();
  EXPECT_EQ(queues.next({.events = true}, {}).event.dn(), "1");
}

TEST(EventQueues, a_handler_is_called_once_with_event_cancellation_or_end) {
  EventQueues queues(10);
  queues.open("a");
  std::vector<std::string> calls;
  const auto handler = [&](Event event) { calls.push_back(event ? event.dn() : "none"); };
  queues.async_next(handler);
  const auto second = queues.async_next(handler);
  queues.async_next(handler);
  EXPECT_TRUE(calls.empty());
  queues.deliver(of("1"), {"a"});
  queues.cancel(second);
  queues.cancel(second);
  queues.shut();
  EXPECT_EQ(queues.async_next(handler), 0u);
  EXPECT_EQ(calls, (std::vector<std::string>{"1", "none", "none", "none"}));
  EXPECT_EQ(queues.size("a"), 0u);
}

TEST(EventQueues, consumers_and_a_producer_on_threads_lose_and_double_nothing) {
  EventQueues queues(100'000);
  queues.open("a");
  constexpr int events = 20'000;
  const auto consume = [&] {
    int taken = 0;
    while (queues.next({.events = true}, {}).event) ++taken;
    return taken;
  };
  auto one = std::async(std::launch::async, consume), two = std::async(std::launch::async, consume);
  for (int i = 0; i < events; ++i) queues.deliver(of("x"), {"a"});
  queues.shut();
  EXPECT_EQ(one.get() + two.get(), events);
}

}  // namespace
}  // namespace aci::toolkit
