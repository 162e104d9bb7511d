#include "aci/asio.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "unit/toolkit/support.hpp"

namespace aci::toolkit {
namespace {

namespace asio = boost::asio;

TEST(AsyncWaitEvent, completes_on_the_handlers_executor_which_works_until_then) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  asio::io_context io;
  std::string name;
  std::thread::id thread;
  async_wait_event(session, asio::bind_executor(io, [&, only_moves = std::make_unique<int>()](boost::system::error_code error, Event event) {
                     thread = std::this_thread::get_id();
                     if (!error) name = event.name();
                   }));
  ASSERT_TRUE(session.post("/api/mo/uni.json", tenant("WS_Example")));
  io.run();
  EXPECT_EQ(name, "WS_Example");
  EXPECT_EQ(thread, std::this_thread::get_id());
}

TEST(AsyncWaitEvent, gives_a_future_what_is_there_already) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant("common").subscribe(session));
  EXPECT_EQ(async_wait_event(session, asio::use_future).get().name(), "common");
}

TEST(AsyncWaitEvent, is_cancelled_by_its_slot_and_loses_nothing) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  ASSERT_TRUE(Tenant.subscribe(session, {.only_new = true}));
  asio::io_context io;
  asio::cancellation_signal signal;
  boost::system::error_code result;
  async_wait_event(session, asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(io, [&](boost::system::error_code error, Event) {
                                                           result = error;
                                                         })));
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(result, asio::error::operation_aborted);
  ASSERT_TRUE(session.post("/api/mo/uni.json", tenant("WS_Example")));
  EXPECT_EQ(session.wait_event(patience).name(), "WS_Example");
}

TEST(AsyncWaitEvent, is_aborted_by_the_end_of_the_session) {
  SimulatedFabric fabric;
  LoggedIn session(fabric);
  auto waiting = async_wait_event(session, asio::use_future);
  session.close();
  EXPECT_THROW(waiting.get(), boost::system::system_error);
}

}  // namespace
}  // namespace aci::toolkit
