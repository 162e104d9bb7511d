// Events for programs that live on Boost.Asio: wait for the next one with any completion token. Needs Boost.Asio 1.81; the
// rest of the SDK does not.
//
//   aci::async_wait_event(session, boost::asio::bind_executor(io, [](boost::system::error_code error, aci::Event event) {
//     if (!error) std::cout << event.dn() << '\n';
//   }));
//   std::future<aci::Event> next = aci::async_wait_event(session, boost::asio::use_future);
//
// Completes once, with the oldest event of all subscriptions, on the executor that belongs to the handler (the system's where
// it has none), never from inside the call; that executor's work counts as outstanding until then. operation_aborted when
// the session is closed, or when the handler's cancellation slot asks for it: no event is lost by that.
//
// Thread-safety: from any thread. The session must outlive the operation.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <aci/session.hpp>

namespace aci {

template <class Token>
auto async_wait_event(Session& session, Token&& token) {
  namespace asio = boost::asio;
  return asio::async_initiate<Token, void(boost::system::error_code, Event)>(
      [&session](auto handler) {
        using Handler = decltype(handler);
        auto executor = asio::get_associated_executor(handler, asio::system_executor());
        auto slot = asio::get_associated_cancellation_slot(handler);
        // std::function wants to copy, handlers may only move.
        auto kept = std::make_shared<Handler>(std::move(handler));
        auto wait = std::make_shared<std::atomic<std::uint64_t>>(0);
        if (slot.is_connected()) slot.assign([&session, wait](asio::cancellation_type) { session.cancel_wait(*wait); });
        *wait = session.async_wait([kept, executor, work = asio::make_work_guard(executor)](Event event) {
          const auto error = event ? boost::system::error_code() : make_error_code(asio::error::operation_aborted);
          asio::post(executor, [kept, error, event = std::move(event)]() mutable {
            asio::get_associated_cancellation_slot(*kept).clear();
            (*kept)(error, std::move(event));
          });
        });
      },
      token);
}

}  // namespace aci
