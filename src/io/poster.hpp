// HTTP to receivers: chat services and webhooks. Floor: io.
//
// libcurl's multi interface in a thread of its own, so that proxies, HTTP/2 and company certificates work as people expect
// (https_proxy, no_proxy). Redirects are not followed. Thread-safety: post() from any thread; handlers run on the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "io/http.hpp"
#include "io/loop.hpp"

namespace aci::io {

struct PostRequest {
  std::string url;
  Headers headers;
  std::string body;
  base::Duration timeout{20'000};
  bool verify = true;
  std::string ca_file;
};

class Poster {
 public:
  // Error texts never hold the URL's path or query: they are secrets.
  using Handler = std::function<void(base::Result<HttpResponse>)>;
  explicit Poster(Loop& loop);
  ~Poster();  // on the loop's thread; pending handlers are not called
  void post(PostRequest request, Handler handler);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aci::io
