#include "io/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <unordered_map>

#include "io/base64.hpp"
#include "io/connection.hpp"
#include "io/http_text.hpp"
#include "io/request_line.hpp"
#include "io/ws_frames.hpp"

namespace aci::io {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t head_max = 16 * 1024;
constexpr std::size_t stream_unsent_max = 4 * 1024 * 1024;
constexpr std::size_t socket_unsent_max = 64 * 1024 * 1024;
constexpr std::size_t socket_message_max = 1024 * 1024;   // from a client, who has nothing to say
constexpr std::size_t pipeline_unsent_max = 1024 * 1024;  // more waits until the client has read what it asked for

// 16 bytes in base64, RFC 6455, section 4.2.1.
bool is_client_key(std::string_view key) {
  const auto bytes = decode_base64(key);
  return bytes && bytes->size() == 16;
}

class Session;

// What the sessions of one server share. Handlers are gone after stop().
struct Core {
  Loop& loop;
  Server::Options options;
  ServerHandlers handlers;
  bool stopped = false;
  std::uint64_t last_id = 0;
  std::unordered_map<std::uint64_t, std::weak_ptr<Session>> sessions;
};

// Anything that lives on one connection: HTTP first, maybe a websocket later.
class Session : public ConnectionUser {
 public:
  Session(std::shared_ptr<Core> core, std::shared_ptr<Connection> connection, std::uint64_t id)
      : core_(std::move(core)), connection_(std::move(connection)), id_(id) {}
  ~Session() override {
    const auto known = core_->sessions.find(id_);
    if (known != core_->sessions.end() && known->second.expired()) core_->sessions.erase(known);
  }
  virtual void server_stops() = 0;

 protected:
  std::shared_ptr<Core> core_;
  std::shared_ptr<Connection> connection_;
  std::uint64_t id_;  // of the connection; a websocket keeps it
};

class SocketSession final : public Session, public ServerSocket {
 public:
  using Session::Session;

  bool send(std::shared_ptr<const std::string> text) override {
    if (closing_ || connection_->unsent() + text->size() > socket_unsent_max) return false;
    write(Opcode::text, *text);
    return true;
  }
  void close() override { end(1000); }
  std::uint64_t id() const override { return id_; }

  void on_readable() override {
    while (!closing_) {
      const auto message = reader_.next(connection_->input());
      if (!message) return end(message.error().code, message.error().message);
      if (!*message) return;
      const auto& [opcode, payload] = **message;
      if (opcode == Opcode::close) {
        write(Opcode::close, payload.substr(0, 2));
        return finish();
      }
      if (opcode != Opcode::ping) continue;  // a controller's socket only talks, it does not listen
      if (connection_->unsent() > socket_unsent_max) return abort();
      write(Opcode::pong, payload);
    }
  }
  void on_deadline() override {}
  void on_closed(const base::Error&) override { gone(); }
  void server_stops() override { end(1001); }
  std::size_t input_max() const { return reader_.frame_max(); }

 private:
  void end(int code, std::string_view reason = {}) {
    if (closing_) return;
    write(Opcode::close, close_payload(code, reason));
    finish();
  }
  void finish() {
    connection_->finish();
    gone();
  }
  void write(Opcode opcode, std::string_view payload) {
    connection_->write(frame_head(opcode, payload.size()));
    connection_->write(payload);
  }
  void abort() {
    connection_->abort();
    gone();
  }
  void gone() {
    if (std::exchange(closing_, true)) return;
    core_->loop.post([core = core_, id = id_] {
      if (!core->stopped && core->handlers.on_close) core->handlers.on_close(id);
    });
  }

  FrameReader reader_{FrameReader::Role::server, socket_message_max};
  bool closing_ = false;
};

class HttpSession;

// The way back of one request; see Responder and Stream. Both outlive the connection harmlessly.
class Answer final : public Responder {
 public:
  explicit Answer(std::shared_ptr<HttpSession> session) : session_(std::move(session)) {}
  ~Answer() override;
  void send(HttpResponse response) override;
  std::shared_ptr<Stream> stream(HttpResponse head, std::function<void()> on_closed) override;

 private:
  std::shared_ptr<HttpSession> session_;  // empty once answered
};

class Chunks final : public Stream {
 public:
  explicit Chunks(std::shared_ptr<HttpSession> session) : session_(std::move(session)) {}
  ~Chunks() override { close(); }
  bool write(std::shared_ptr<const std::string> chunk) override;
  void close() override;

 private:
  std::shared_ptr<HttpSession> session_;  // empty once closed
};

class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  using Session::Session;

  void on_readable() override { serve(); }
  void on_drained() override {
    if (state_ == State::reading) serve();
    else if (state_ == State::leaving) connection_->finish();
  }
  bool on_end() override {
    ended_ = true;
    if (state_ == State::reading && parser_) refuse(400, "the request ends too early");
    else if (state_ == State::reading && connection_->unsent() > 0) finish();
    return state_ == State::answering || state_ == State::leaving;
  }
  void on_closed(const base::Error&) override { gone(); }
  void on_deadline() override {
    if (!connection_->open()) return drop();
    const std::size_t unsent = connection_->unsent();
    if (unsent > 0 && unsent < unsent_before_) return idle();  // slow, but it reads
    if (state_ == State::reading && parser_) return refuse(408, "the request did not come in time");
    drop();
  }
  void server_stops() override {
    // A request in hand gets no answer any more.
    if (state_ != State::reading && state_ != State::leaving) return drop();
    state_ = State::gone;
    connection_->finish();
  }

  void begin() { deadline_in(core_->options.request_timeout); }

  void answer(HttpResponse response) {
    if (state_ != State::answering) return;
    state_ = State::reading;
    keep_alive_ = keep_alive_ && !ended_ && !same_name(header(response.headers, "Connection"), "close");
    if (response.status == 426) {
      response.headers.insert(response.headers.end(), {{"Connection", keep_alive_ ? "Upgrade" : "Upgrade, close"},
                                                       {"Upgrade", "websocket"},
                                                       {"Sec-WebSocket-Version", "13"}});
    }
    const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
    connection_->write(
        response_head(response, bodiless ? std::nullopt : std::optional(response.body.size()), connection_word()));
    if (!bodiless && !head_request_) connection_->write_whole(std::move(response.body));
    if (!keep_alive_) return finish();
    idle();
    if (serving_) return;  // serve() goes on by itself
    if (!connection_->input().empty()) core_->loop.post([self = shared_from_this()] { self->serve(); });
    connection_->read_on();
  }

  bool stream(const HttpResponse& head, std::function<void()> on_closed) {
    if (state_ != State::answering) return false;
    state_ = State::streaming;
    on_stream_closed_ = std::move(on_closed);
    HttpResponse chunked = head;
    keep_alive_ = keep_alive_ && version_ == 11;  // the end of an HTTP/1.0 answer is the end of the connection
    if (version_ == 11) chunked.headers.emplace_back("Transfer-Encoding", "chunked");
    connection_->write(response_head(chunked, std::nullopt, connection_word()));
    connection_->input().clear();
    connection_->read_on();
    return true;
  }

  bool write_chunk(const std::string& chunk) {
    if (state_ != State::streaming || connection_->unsent() + chunk.size() > stream_unsent_max) return false;
    if (chunk.empty() || head_request_) return true;  // an empty chunk would be the end
    if (version_ != 11) {
      connection_->write(chunk);
      return true;
    }
    char size[24];
    connection_->write({size, static_cast<std::size_t>(std::snprintf(size, sizeof size, "%zx\r\n", chunk.size()))});
    connection_->write(chunk);
    connection_->write("\r\n");
    return true;
  }

  void close_stream() {
    if (state_ != State::streaming) return;
    if (version_ == 11 && !head_request_) connection_->write("0\r\n\r\n");
    finish();
  }

  void drop() {
    connection_->abort();
    gone();
  }

 private:
  enum class State { reading, answering, streaming, leaving, gone };

  const char* connection_word() const { return keep_alive_ ? "keep-alive" : "close"; }

  void deadline_in(base::Duration time) {
    unsent_before_ = connection_->unsent();
    connection_->deadline(Loop::now() + time);
  }
  void idle() { deadline_in(core_->options.idle_timeout); }

  void gone() {
    if (std::exchange(state_, State::gone) != State::streaming) return;
    core_->loop.post([core = core_, on_closed = std::move(on_stream_closed_)] {
      if (!core->stopped && on_closed) on_closed();
    });
  }

  // The last answer is still to be read, however slowly; then the connection ends.
  void finish() {
    state_ = State::leaving;
    on_stream_closed_ = nullptr;
    if (connection_->unsent() == 0) connection_->finish();
    else idle();
  }

  void refuse(int status, const std::string& why) {
    auto response = core_->handlers.on_refusal
                        ? core_->handlers.on_refusal(status, why)
                        : HttpResponse{status, {{"Content-Type", "text/plain; charset=utf-8"}}, why + "\n"};
    keep_alive_ = head_request_ = false;
    state_ = State::answering;
    answer(std::move(response));
  }

  void serve() {
    if (serving_) return;
    serving_ = true;
    while (state_ == State::reading && !connection_->input().empty() && connection_->unsent() <= pipeline_unsent_max) {
      if (!read_some()) break;
    }
    serving_ = false;
    // Who is given a stream or a last answer has nothing more to say.
    if (state_ == State::streaming || state_ == State::leaving) connection_->input().clear();
    if (state_ == State::reading) connection_->read_on();
  }

  // False when more bytes must come first.
  bool read_some() {
    Buffer& input = connection_->input();
    if (!parser_) {
      while (input.view().starts_with("\r\n")) input.consume(2);  // some clients end a body with a line break of their own
      if (input.empty()) return false;
      parser_.emplace();
      parser_->header_limit(head_max);
      parser_->body_limit(core_->options.body_max);
      parser_->eager(true);
      continued_ = false;
      target_.reset();
      deadline_in(core_->options.request_timeout);
    }
    if (!target_) {
      auto target = take_target(input);
      if (!target) {
        refuse(target.error().code, target.error().message);
        return false;
      }
      target_ = std::move(*target);
      if (!target_) return false;
    }
    error_code error;
    const std::size_t used = parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
    input.consume(used);
    if (error == http::error::need_more) error = {};
    if (error == http::error::header_limit) refuse(431, "the request's headers are longer than 16 KiB");
    else if (error == http::error::body_limit) refuse(413, "the request's body is longer than this server takes");
    else if (error) refuse(400, "this is not an HTTP/1.1 request: " + error.message());
    if (error) return false;
    if (parser_->is_done()) {
      take();
      return true;
    }
    if (used == 0 && input.size() > 2 * head_max) {
      refuse(400, "this is not an HTTP/1.1 request: a chunk's head does not end");
      return false;
    }
    if (parser_->is_header_done() && !std::exchange(continued_, true) && parser_->get().version() == 11 &&
        same_name(parser_->get()[http::field::expect], "100-continue")) {
      connection_->write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return used > 0 && !input.empty();
  }

  void take() {
    auto message = parser_->release();
    parser_.reset();
    keep_alive_ = message.keep_alive();
    version_ = message.version() == 10 ? 10 : 11;
    head_request_ = message.method() == http::verb::head;
    HttpRequest request;
    request.method = message.method_string();
    request.target = *std::move(target_);
    for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(message.body());
    if (peer_.empty()) peer_ = connection_->peer_address();
    request.peer = peer_;
    connection_->deadline(base::Instant::max());
    state_ = State::answering;
    const bool upgrade = message.method() == http::verb::get &&
                         http::token_list(message[http::field::connection]).exists("upgrade") &&
                         http::token_list(message[http::field::upgrade]).exists("websocket");
    if (upgrade && core_->handlers.on_upgrade) return take_upgrade(request);
    core_->handlers.on_request(std::move(request), std::make_shared<Answer>(shared_from_this()));
  }

  void take_upgrade(const HttpRequest& request) {
    const std::string_view key = header(request.headers, "Sec-WebSocket-Key");
    if (version_ != 11) return refuse(400, "a websocket handshake needs HTTP/1.1");
    if (header(request.headers, "Sec-WebSocket-Version") != "13")
      return refuse(426, "only websocket version 13 is spoken here");
    if (!is_client_key(key)) return refuse(400, "a websocket handshake needs a Sec-WebSocket-Key of 16 bytes in base64");
    const auto core = core_;
    HttpResponse response = core->handlers.on_upgrade(request, id_);
    if (state_ != State::answering) return;  // the server was stopped meanwhile
    if (response.status != 101) return answer(std::move(response));

    response.headers.insert(response.headers.begin(), {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept_key(key)}});
    connection_->write(response_head(response, std::nullopt, "Upgrade"));
    state_ = State::gone;
    const auto socket = std::make_shared<SocketSession>(core, connection_, id_);
    core->sessions[id_] = socket;
    connection_->use(socket);
    connection_->input_limit(socket->input_max());
    connection_->gather();
    if (core->handlers.on_open) core->handlers.on_open(socket);
    // Frames may have come in one piece with the handshake.
    core->loop.post([socket, connection = connection_] {
      socket->on_readable();
      connection->read_on();
    });
  }

  State state_ = State::reading;
  std::optional<http::request_parser<http::string_body>> parser_;  // of a request that has begun
  std::optional<std::string> target_;                              // of that request; empty until its line is complete
  std::string peer_;                                               // where the client is
  bool continued_ = false, keep_alive_ = true, head_request_ = false, serving_ = false, ended_ = false;
  int version_ = 11;
  std::size_t unsent_before_ = 0;
  std::function<void()> on_stream_closed_;
};

Answer::~Answer() {
  if (session_) session_->drop();
}
void Answer::send(HttpResponse response) {
  if (const auto session = std::exchange(session_, nullptr)) session->answer(std::move(response));
}
std::shared_ptr<Stream> Answer::stream(HttpResponse head, std::function<void()> on_closed) {
  auto session = std::exchange(session_, nullptr);
  if (!session) return std::make_shared<Chunks>(nullptr);
  session->stream(head, std::move(on_closed));
  return std::make_shared<Chunks>(std::move(session));
}

bool Chunks::write(std::shared_ptr<const std::string> chunk) { return session_ && session_->write_chunk(*chunk); }
void Chunks::close() {
  if (const auto session = std::exchange(session_, nullptr)) session->close_stream();
}

class ServerOnLoop final : public Server {
 public:
  explicit ServerOnLoop(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~ServerOnLoop() override { stop(); }

  base::Result<void> listen() {
    TlsContext tls;
    const auto& options = core_->options;
    if (options.certificate) {
      auto context = server_context(*options.certificate);
      if (!context) return context.error();
      tls = std::move(*context);
    }
    auto listener = Listener::start(core_->loop, options.address, options.port, tls,
                                    [core = core_](std::shared_ptr<Connection> connection) {
                                      const auto id = ++core->last_id;
                                      const auto session = std::make_shared<HttpSession>(core, std::move(connection), id);
                                      core->sessions[id] = session;
                                      session->begin();
                                      return session;
                                    });
    if (!listener) return listener.error();
    listener_ = std::move(*listener);
    port_ = listener_->port();
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void stop() override {
    if (std::exchange(core_->stopped, true)) return;
    listener_.reset();
    const auto sessions = std::exchange(core_->sessions, {});
    for (const auto& [id, weak] : sessions) {
      if (const auto session = weak.lock()) session->server_stops();
    }
  }

 private:
  std::shared_ptr<Core> core_;
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(Loop& loop, Options options, ServerHandlers handlers) {
  auto server = std::make_unique<ServerOnLoop>(std::make_shared<Core>(Core{loop, std::move(options), std::move(handlers)}));
  if (auto listening = server->listen(); !listening) return listening.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace aci::io
