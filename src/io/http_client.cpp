#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <optional>

#include "io/client.hpp"
#include "io/connection.hpp"
#include "io/http_text.hpp"

namespace aci::io {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t head_max = 64 * 1024;
constexpr base::Duration connect_time{20'000};

// One request on its way; the handler is taken out when it is called.
struct Pending {
  Pending(Loop& loop, HttpRequest asked, HttpClient::Handler answered)
      : request(std::move(asked)), handler(std::move(answered)), timer(loop) {}
  HttpRequest request;
  HttpClient::Handler handler;
  Timer timer;
  bool tried_again = false;

  void done(base::Result<HttpResponse> result) {
    timer.cancel();
    if (const auto call = std::exchange(handler, nullptr)) call(std::move(result));
  }
};

}  // namespace

struct HttpClient::Impl : std::enable_shared_from_this<Impl> {
  class Channel;

  Impl(Loop& loop, Endpoint endpoint, TlsClientOptions tls)
      : loop(loop), endpoint(std::move(endpoint)), tls_options(std::move(tls)) {}

  void request(HttpRequest request, base::Duration timeout, Handler handler);
  void stop();
  void pump();
  void timed_out(const std::shared_ptr<Pending>& pending);
  void drop(const Channel* channel);

  Loop& loop;
  const Endpoint endpoint;
  const TlsClientOptions tls_options;
  TlsContext tls;
  std::deque<std::shared_ptr<Pending>> queue;
  std::vector<std::shared_ptr<Channel>> channels;
  std::size_t connections_max = 4;
  bool stopped = false;
};

// One connection with at most one request on it.
class HttpClient::Impl::Channel final : public ConnectionUser, public std::enable_shared_from_this<Channel> {
 public:
  Channel(std::shared_ptr<Impl> client, std::shared_ptr<Pending> first)
      : client_(std::move(client)), pending_(std::move(first)) {}

  void start() { connection_ = connect(client_->loop, client_->endpoint, client_->tls, connect_time, shared_from_this()); }
  bool idle() const { return !pending_; }
  bool open() const { return connection_->open(); }
  const std::shared_ptr<Pending>& pending() const { return pending_; }

  void carry(std::shared_ptr<Pending> pending) {
    pending_ = std::move(pending);
    reused_ = true;
    send();
  }

  void abort() {
    connection_->abort();
    pending_.reset();
    client_.reset();
  }

  void on_open() override {
    if (pending_) send();
  }

  void on_readable() override {
    if (!pending_) return fail({});  // an answer to nothing
    Buffer& input = connection_->input();
    answered_ = true;
    while (!input.empty() && !parser_->is_done()) {
      error_code error;
      const std::size_t used = parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
      input.consume(used);
      if (error == http::error::body_limit) {
        return fail({base::Errc::overflow, "the answer of " + peer() + " is longer than 512 MiB"});
      }
      const bool stuck = used == 0 && input.size() >= head_max;
      if (stuck || (error && error != http::error::need_more)) return fail(no_http());
      if (used == 0) return;
      if (parser_->is_header_done() && parser_->get().result_int() / 100 == 1) new_parser();
    }
    if (parser_->is_done()) complete();
  }

  void on_deadline() override {}

  void on_closed(const base::Error& why) override {
    if (!pending_) return fail({});
    if (!was_open_) return fail(why);
    if (answered_) {
      error_code error;
      if (parser_->is_header_done() && parser_->need_eof() && connection_->ended_in_order()) parser_->put_eof(error);
      if (!error && parser_->is_done()) return complete();
      if (!parser_->is_header_done()) return fail(no_http());
      return fail({base::Errc::closed, peer() + " closed the connection in the middle of its answer"});
    }
    if (reused_ && pending_->request.method == "GET" && !std::exchange(pending_->tried_again, true)) {
      const auto client = client_;
      client->queue.push_front(std::move(pending_));
      fail({});
      return client->pump();
    }
    fail(why.errc == base::Errc::closed ? base::Error{why.errc, peer() + " closed the connection before it answered"} : why);
  }

 private:
  std::string peer() const { return client_->endpoint.authority(); }
  base::Error no_http() const { return {base::Errc::protocol, peer() + " does not answer in HTTP; it is no controller"}; }

  void new_parser() {
    parser_.emplace();
    parser_->header_limit(head_max);
    parser_->body_limit(body_max);
    parser_->eager(true);
    parser_->skip(pending_->request.method == "HEAD");
  }

  void send() {
    was_open_ = true;
    answered_ = false;
    new_parser();
    connection_->write(request_head(pending_->request, client_->endpoint.host_header()));
    connection_->write(pending_->request.body);
  }

  void complete() {
    auto message = parser_->release();
    parser_.reset();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) response.headers.emplace_back(field.name_string(), field.value());
    response.body = std::move(message.body());
    const auto pending = std::exchange(pending_, nullptr);
    const auto client = client_;
    if (!message.keep_alive() || !connection_->input().empty()) drop();
    pending->done(std::move(response));
    client->pump();
  }

  void drop() {
    connection_->finish();
    if (const auto client = std::exchange(client_, nullptr)) client->drop(this);
  }

  // Ends the connection, and the request on it when there is one.
  void fail(base::Error why) {
    const auto self = shared_from_this();
    const auto client = client_;
    const auto pending = std::exchange(pending_, nullptr);
    drop();
    if (pending) pending->done(std::move(why));
    client->pump();
  }

  std::shared_ptr<Impl> client_;
  std::shared_ptr<Pending> pending_;
  std::shared_ptr<Connection> connection_;
  std::optional<http::response_parser<http::string_body>> parser_;
  bool was_open_ = false, reused_ = false, answered_ = false;
};

void HttpClient::Impl::request(HttpRequest request, base::Duration timeout, Handler handler) {
  const auto pending = std::make_shared<Pending>(loop, std::move(request), std::move(handler));
  std::optional<base::Error> error;
  if (!writable(pending->request)) error = {base::Errc::invalid, "a request's method or target cannot be written to HTTP"};
  if (!error && endpoint.tls && !tls) {
    if (auto context = client_context(tls_options)) tls = std::move(*context);
    else error = context.error();
  }
  if (error) {
    return loop.post([self = shared_from_this(), pending, error = std::move(*error)] {
      if (!self->stopped) pending->done(error);
    });
  }
  pending->timer.after(timeout, [weak = weak_from_this(), waiting = std::weak_ptr(pending)] {
    const auto self = weak.lock();
    const auto pending = waiting.lock();
    if (self && pending) self->timed_out(pending);
  });
  queue.push_back(pending);
  pump();
}

void HttpClient::Impl::pump() {
  while (!stopped && !queue.empty()) {
    const auto idle = std::find_if(channels.begin(), channels.end(), [](const auto& channel) { return channel->idle(); });
    if (idle == channels.end() && channels.size() >= connections_max) return;
    const auto next = std::move(queue.front());
    queue.pop_front();
    if (idle != channels.end()) {
      (*idle)->carry(next);
    } else {
      channels.push_back(std::make_shared<Channel>(shared_from_this(), next));
      channels.back()->start();
    }
  }
}

void HttpClient::Impl::timed_out(const std::shared_ptr<Pending>& pending) {
  const std::string peer = endpoint.authority();
  base::Error error{base::Errc::timeout, peer + " did not answer in time"};
  const auto on = std::find_if(channels.begin(), channels.end(), [&](const auto& c) { return c->pending() == pending; });
  if (on != channels.end()) {
    const auto channel = *on;
    if (!channel->open()) error = {base::Errc::unreachable, "connection to " + peer + " timed out"};
    channels.erase(on);
    channel->abort();
  } else {
    std::erase(queue, pending);
  }
  pending->done(std::move(error));
  pump();
}

void HttpClient::Impl::drop(const Channel* channel) {
  std::erase_if(channels, [&](const auto& other) { return other.get() == channel; });
}

void HttpClient::Impl::stop() {
  stopped = true;
  queue.clear();
  for (const auto& channel : std::exchange(channels, {})) channel->abort();
}

HttpClient::HttpClient(Loop& loop, Endpoint endpoint, TlsClientOptions tls)
    : impl_(std::make_shared<Impl>(loop, std::move(endpoint), std::move(tls))) {}
HttpClient::~HttpClient() { impl_->stop(); }

void HttpClient::request(HttpRequest request, base::Duration timeout, Handler handler) {
  impl_->request(std::move(request), timeout, std::move(handler));
}

void HttpClient::connections_max(std::size_t count) {
  impl_->connections_max = std::max<std::size_t>(count, 1);
  impl_->pump();
}

}  // namespace aci::io
