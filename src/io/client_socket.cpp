#include <openssl/rand.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "io/base64.hpp"
#include "io/client.hpp"
#include "io/connection.hpp"
#include "io/http_text.hpp"
#include "io/ws_frames.hpp"

namespace aci::io {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t head_max = 16 * 1024;
constexpr std::size_t unsent_max = 1024 * 1024;  // pongs that a peer does not read

template <std::size_t N>
std::array<unsigned char, N> random_bytes() {
  std::array<unsigned char, N> bytes{};
  // Fails only without an entropy source; a mask or key that can be guessed harms proxies, not us.
  RAND_bytes(bytes.data(), static_cast<int>(N));
  return bytes;
}

std::string new_key() {
  const auto bytes = random_bytes<16>();
  return encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

struct ClientSocket::Impl final : ConnectionUser, std::enable_shared_from_this<Impl> {
  Impl(Loop& loop, Endpoint endpoint, std::string target, Handlers handlers, ClientSocketOptions options)
      : loop(loop), endpoint(std::move(endpoint)), handlers(std::move(handlers)), options(std::move(options)), key(new_key()) {
    request.target = std::move(target);
    request.headers = {
        {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Version", "13"}};
    if (!this->options.cookie.empty()) request.headers.emplace_back("Cookie", this->options.cookie);
  }

  void start(const TlsClientOptions& tls_options) {
    give_up = Loop::now() + options.open_within;
    TlsContext tls;
    if (!writable(request)) return fail_later({base::Errc::invalid, "a websocket's target cannot be written to HTTP"});
    if (endpoint.tls) {
      auto context = client_context(tls_options);
      if (!context) return fail_later(context.error());
      tls = std::move(*context);
    }
    connection = connect(loop, endpoint, std::move(tls), options.open_within, shared_from_this());
  }

  void fail_later(base::Error why) {
    loop.post([self = shared_from_this(), why = std::move(why)] { self->end(why); });
  }

  void on_open() override {
    parser.header_limit(head_max);
    parser.skip(true);
    connection->deadline(give_up);
    connection->write(request_head(request, endpoint.host_header()));
  }

  void on_readable() override {
    if (!opened && !read_answer()) return;
    last_sign = Loop::now();
    pinged = false;
    if (handlers.on_read) handlers.on_read(true);
    read_messages();
    if (!closed && handlers.on_read) handlers.on_read(false);
  }

  void read_messages() {
    Buffer& input = connection->input();
    while (!closed) {
      const auto message = reader.next(input);
      if (!message) {
        write(Opcode::close, close_payload(message.error().code));
        return end({message.error().errc, endpoint.authority() + ": " + message.error().message});
      }
      if (!*message) {
        if (input.empty()) frame_began.reset();
        else if (!frame_began) frame_began = last_sign;
        return;
      }
      frame_began.reset();
      const auto& [opcode, payload] = **message;
      switch (opcode) {
        case Opcode::text: handlers.on_text(payload.data(), payload.size()); break;
        case Opcode::ping:
          if (connection->unsent() > unsent_max) return end({base::Errc::closed, endpoint.authority() + " pings without end"});
          write(Opcode::pong, payload);
          break;
        case Opcode::close:
          write(Opcode::close, payload.substr(0, 2));
          return end({base::Errc::closed, endpoint.authority() + " closed the websocket"});
        case Opcode::pong:
          answers_pings = true;
          if (handlers.on_pong) handlers.on_pong();
          break;
        default: break;  // a controller sends no binary messages
      }
    }
  }

  void on_deadline() override {
    if (!opened) return end({base::Errc::timeout, endpoint.authority() + " did not answer the websocket handshake in time"});
    const auto now = Loop::now();
    if (frame_began && now - *frame_began >= options.frame_within)
      return end({base::Errc::protocol, "a frame of " + endpoint.authority() + " does not end"});
    const auto silence = now - last_sign;
    if (silence < options.ping_after) return connection->deadline(last_sign + options.ping_after);
    // Silence without a ping is no proof: this process may have been the one that stood still. Neither is it with one where
    // the peer has never answered any: not every controller does.
    if (answers_pings && pinged && silence >= options.give_up_after) {
      return end({base::Errc::timeout, "no sign of " + endpoint.authority() + " on the websocket any more"});
    }
    write(Opcode::ping, {});
    pinged = true;
    const auto next = now + options.ping_after;
    const auto last = last_sign + options.give_up_after;
    connection->deadline(answers_pings && last > now ? std::min(next, last) : next);
  }

  void on_closed(const base::Error& why) override { end(why); }

  // True once the handshake is done.
  bool read_answer() {
    const std::string peer = endpoint.authority();
    Buffer& input = connection->input();
    error_code error;
    input.consume(parser.put(boost::asio::const_buffer(input.data(), input.size()), error));
    if (error == http::error::need_more) return false;
    if (error) {
      end({base::Errc::protocol, peer + " does not answer in HTTP; it is no controller"});
      return false;
    }
    if (!parser.is_header_done()) return false;
    const auto& answer = parser.get();
    if (answer.result_int() != 101) {
      const int status = static_cast<int>(answer.result_int());
      end({status == 401 || status == 403 ? base::Errc::auth : base::Errc::refused,
           peer + " refused the websocket: " + std::to_string(status) + " " + reason_of(status), status});
      return false;
    }
    if (answer[http::field::sec_websocket_accept] != accept_key(key)) {
      end({base::Errc::protocol, peer + " answered the websocket handshake with a wrong key"});
      return false;
    }
    opened = true;
    last_sign = Loop::now();
    connection->input_limit(reader.frame_max());
    connection->deadline(last_sign + options.ping_after);
    if (handlers.on_open) handlers.on_open();
    return !closed;
  }

  void write(Opcode opcode, std::string_view payload) {
    const Mask mask = random_bytes<4>();
    std::string frame = frame_head(opcode, payload.size(), &mask);
    const std::size_t head = frame.size();
    frame += payload;
    apply_mask(frame.data() + head, payload.size(), mask);
    connection->write(frame);
  }

  void end(const base::Error& why) {
    if (std::exchange(closed, true)) return;
    if (connection) connection->finish();
    const auto call = std::move(handlers.on_closed);
    if (call) call(why);
  }

  void close() {
    if (std::exchange(closed, true) || !connection) return;
    if (opened) write(Opcode::close, close_payload(1000));
    connection->finish();
  }

  Loop& loop;
  const Endpoint endpoint;
  Handlers handlers;
  const ClientSocketOptions options;
  const std::string key;
  HttpRequest request;
  std::shared_ptr<Connection> connection;
  http::response_parser<http::empty_body> parser;
  FrameReader reader{FrameReader::Role::client};
  bool opened = false, closed = false, pinged = false, answers_pings = options.answers_pings;
  base::Instant give_up{}, last_sign{};
  std::optional<base::Instant> frame_began;  // of the frame that is not complete yet
};

ClientSocket::ClientSocket(Loop& loop, Endpoint endpoint, TlsClientOptions tls, std::string target, Handlers handlers,
                           ClientSocketOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(endpoint), std::move(target), std::move(handlers), std::move(options))) {
  impl_->start(tls);
}

ClientSocket::~ClientSocket() { impl_->close(); }

}  // namespace aci::io
