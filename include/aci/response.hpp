// What came of asking the controller: an answer, or the reason why there is none.
//
//   Response login = session.login();
//   std::cout << login << '\n';                       // <Response [200]>
//   if (!login) std::cerr << login.error() << '\n';   // one line that says what to do
//
// Thread-safety: a value.
#pragma once

#include <iosfwd>
#include <string>

namespace aci {

// Why something did not work, for programs that act on it. One line each:
enum class Problem {
  none,
  invalid,      // the caller's own text is malformed: a URL, a filter, a DN, a class name
  auth,         // the controller refused the login
  unreachable,  // no connection: name does not resolve, refused, certificate not trusted
  timeout,      // connected, but no answer in time
  protocol,     // whatever answered is no controller
  refused,      // the controller answered with an error of its own
  not_found,    // what was asked for does not exist
  overflow,     // a bound was reached
  io,           // a file on this machine could not be used
  closed,       // the session was closed, or is not logged in
};

// Short stable name: "unreachable".
const char* to_string(Problem problem);

class Response {
 public:
  Response() = default;
  Response(int status, std::string body) : status_(status), body_(std::move(body)) {}
  Response(Problem problem, std::string error, int status = 0, std::string body = {})
      : problem_(problem), status_(status), error_(std::move(error)), body_(std::move(body)) {}

  // True when the controller did what was asked.
  explicit operator bool() const { return ok(); }
  bool ok() const { return problem_ == Problem::none && status_ >= 200 && status_ < 300; }

  // HTTP status, 0 where nothing was answered.
  int status() const { return status_; }
  Problem problem() const { return problem_; }
  // One line for a person, never a secret; "" when all is well.
  const std::string& error() const { return error_; }
  // As the controller sent it: {"totalCount":"1","imdata":[...]}.
  const std::string& body() const { return body_; }

 private:
  Problem problem_ = Problem::none;
  int status_ = 0;
  std::string error_, body_;
};

// "<Response [200]>"; without an HTTP status the problem's name stands in its place: "<Response [unreachable]>".
std::ostream& operator<<(std::ostream& out, const Response& response);

}  // namespace aci
