// Errors as values. Floor: base.
//
//   base::Result<Dn> dn = Dn::parse(text);
//   if (!dn) return dn.error();          // Error converts to any Result
//
// Thread-safety: plain values.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace aci::base {

// What kind of thing went wrong, as policies and exit codes ask for it. One line each:
enum class Errc {
  invalid,      // the caller's text or value is malformed (a DN, a filter, an option, a configuration)
  auth,         // the controller or receiver refused who we are
  unreachable,  // no connection: name does not resolve, refused, unreachable, TLS not trusted
  timeout,      // a connection was there, the answer did not come in time
  protocol,     // the peer answered something that is not the protocol
  refused,      // the controller answered with an error of its own; `code` holds its number
  not_found,    // what was asked for does not exist
  overflow,     // a bound was reached
  io,           // a file or socket failed on this machine
  closed,       // the other side, or we, closed it
};

// Stable short name of an Errc ("unreachable"), for logs and JSON.
const char* to_string(Errc errc);

struct Error {
  Errc errc = Errc::invalid;
  std::string message;  // one line for a person, with the way out where there is one; never a secret
  int code = 0;         // the controller's error code or the HTTP status, 0 where there is none
};

// Thrown by Result::value() on an error, and by the SDK's throwing calls.
class Failure : public std::runtime_error {
 public:
  explicit Failure(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) { throw Failure(error); }

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace aci::base
