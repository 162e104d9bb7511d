#include "io/connection.hpp"

#include <netdb.h>

#include <boost/asio.hpp>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "io/send_queue.hpp"

namespace aci::io {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t write_slice = 256 * 1024;  // encrypted and sent in one go
constexpr std::size_t full_record = 16 * 1024;   // what TLS encrypts at once: with more nothing is gained by waiting
constexpr base::Duration round_pause_max{2};
constexpr base::Duration finish_time{2'000};
constexpr int unconfirmed_max_ms = 45'000;

// All connections of a thread read into the same memory, so that an idle one costs little.
std::vector<char>& scratch() {
  thread_local std::vector<char> bytes(128 * 1024);
  return bytes;
}

// A name that is being looked up. Each has a thread of its own, which nobody waits for: getaddrinfo() may take half a minute
// and cannot be cancelled, and Asio's resolver would hold up all other lookups and the end of the loop meanwhile.
struct Lookup {
  std::mutex mutex;
  std::function<void(std::vector<tcp::endpoint>)> found;  // guarded by the mutex; empty once nobody wants to know

  void forget() {
    const std::lock_guard lock(mutex);
    found = nullptr;
  }
};

std::vector<tcp::endpoint> addresses_of(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* first = nullptr;
  std::vector<tcp::endpoint> addresses;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &first) != 0) return addresses;
  for (const addrinfo* info = first; info; info = info->ai_next) {
    tcp::endpoint address;
    if (info->ai_addrlen > address.capacity()) continue;
    std::memcpy(address.data(), info->ai_addr, info->ai_addrlen);
    address.resize(info->ai_addrlen);
    addresses.push_back(address);
  }
  freeaddrinfo(first);
  return addresses;
}

std::shared_ptr<Lookup> look_up(std::string host, std::uint16_t port, std::function<void(std::vector<tcp::endpoint>)> found) {
  auto lookup = std::make_shared<Lookup>();
  lookup->found = std::move(found);
  std::thread([lookup, host = std::move(host), port] {
    auto addresses = addresses_of(host, port);
    const std::lock_guard lock(lookup->mutex);
    if (lookup->found) lookup->found(std::move(addresses));
  }).detach();
  return lookup;
}

class SocketConnection;

// Connections whose bytes may wait leave together, in rounds. Between two rounds passes as much time as the first of them took,
// though not more than a little: so much is left for what is asked, and the busier the loop, the more goes into one write.
class Rounds : public std::enable_shared_from_this<Rounds> {
 public:
  explicit Rounds(const asio::any_io_executor& executor) : timer_(executor) {}
  void add(std::weak_ptr<SocketConnection> connection) {
    waiting_.push_back(std::move(connection));
    if (std::exchange(due_, true)) return;
    timer_.expires_at(next_);
    timer_.async_wait([self = shared_from_this()](error_code) { self->run(); });
  }

 private:
  void run();

  asio::steady_timer timer_;
  asio::steady_timer::time_point next_{};
  std::vector<std::weak_ptr<SocketConnection>> waiting_;  // each of them has us
  bool due_ = false;
};

class SocketConnection final : public Connection, public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(Loop& loop, tcp::socket socket, std::string peer, std::shared_ptr<Rounds> rounds = nullptr)
      : socket_(std::move(socket)), timer_(loop), peer_(std::move(peer)), rounds_(std::move(rounds)) {}
  ~SocketConnection() override {
    if (lookup_) lookup_->forget();
  }

  void use(std::shared_ptr<ConnectionUser> user) override { user_ = std::move(user); }
  Buffer& input() override { return input_; }
  void input_limit(std::size_t bytes) override { input_limit_ = bytes; }
  std::size_t unsent() const override { return pending_.size() + out_.size(); }
  bool open() const override { return open_; }
  std::string peer_address() const override {
    error_code error;
    const auto peer = socket_.remote_endpoint(error);
    return error ? std::string{} : peer.address().to_string();
  }
  bool ended_in_order() const override { return ended_in_order_; }

  void connect(const Endpoint& endpoint, TlsContext tls, base::Duration timeout) {
    host_ = endpoint.host;
    give_up_ = Loop::now() + timeout;
    if (tls) tls_.emplace(tls, TlsEngine::Role::client, endpoint.host);
    error_code error;
    const auto address = asio::ip::make_address(endpoint.host, error);
    if (!error) {
      asio::post(socket_.get_executor(),
                 [self = shared_from_this(), at = tcp::endpoint(address, endpoint.port)] { self->try_all({at}); });
      return;
    }
    arm(give_up_, [this] { fail({base::Errc::unreachable, "cannot resolve host '" + host_ + "': no name server answers"}); });
    lookup_ = look_up(endpoint.host, endpoint.port,
                      [weak = weak_from_this(), executor = socket_.get_executor()](std::vector<tcp::endpoint> addresses) {
                        asio::post(executor, [weak, addresses = std::move(addresses)]() mutable {
                          if (const auto self = weak.lock()) self->try_all(std::move(addresses));
                        });
                      });
  }

  void accepted(const TlsContext& tls) {
    if (tls) tls_.emplace(tls, TlsEngine::Role::server, std::string());
    connected();
  }

  void read_on() override {
    if (closed_ || reading_ || peer_done_ || (!finishing_ && input_.size() >= input_limit_)) return;
    reading_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      self->reading_ = false;
      self->read_now(error);
    });
  }

  void write(std::string_view bytes) override {
    if (closed_ || finishing_) return;
    pending_.append(bytes);
    flush_soon();
  }
  void write_whole(std::string bytes) override {
    if (closed_ || finishing_) return;
    pending_.append(std::move(bytes));
    flush_soon();
  }
  void gather() override { gathers_ = rounds_ != nullptr; }

  void deadline(base::Instant when) override {
    arm(when, [this] {
      if (const auto user = user_) user->on_deadline();
    });
  }

  // Its round has come.
  void leave() {
    in_round_ = false;
    flush();
  }

  void finish() override {
    if (closed_ || finishing_) return;
    if (!open_) return abort();
    finishing_ = true;
    user_.reset();
    arm(Loop::now() + finish_time, [this] { abort(); });
    flush_soon();
    read_on();
  }

  void abort() override {
    closed_ = true;
    user_.reset();
    pending_.clear();
    timer_.cancel();
    if (lookup_) lookup_->forget();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void fail(base::Error why) {
    if (closed_) return;
    const auto user = user_;
    abort();
    if (user) user->on_closed(why);
  }
  void lost(const error_code& error) {
    fail({base::Errc::closed, error == asio::error::eof ? peer_ + " closed the connection"
                                                        : "the connection to " + peer_ + " was lost: " + error.message()});
  }

  // A deadline that moves on with each request must not move the timer each time: the timer looks again when it fires.
  void arm(base::Instant when, std::function<void()> action) {
    deadline_ = when;
    action_ = std::move(action);
    if (when < armed_) wait_until(when);
  }
  void wait_until(base::Instant when) {
    armed_ = when;
    timer_.at(when, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->armed_ = base::Instant::max();
      if (self->closed_ || self->deadline_ == base::Instant::max()) return;
      if (Loop::now() < self->deadline_) return self->wait_until(self->deadline_);
      self->deadline_ = base::Instant::max();
      const auto action = self->action_;
      action();
    });
  }

  void try_all(std::vector<tcp::endpoint> addresses) {
    if (addresses.empty()) return fail({base::Errc::unreachable, "cannot resolve host '" + host_ + "'"});
    addresses_ = std::move(addresses);
    try_next({});
  }

  void try_next(const error_code& last) {
    if (closed_) return;
    if (next_address_ == addresses_.size()) {
      if (last == asio::error::connection_refused) {
        return fail({base::Errc::unreachable, "connection to " + peer_ + " refused"});
      }
      if (last == asio::error::operation_aborted || last == asio::error::timed_out) {
        return fail({base::Errc::unreachable, "connection to " + peer_ + " timed out"});
      }
      return fail({base::Errc::unreachable, "cannot connect to " + peer_ + ": " + last.message()});
    }
    // An address that swallows everything must leave time for the others.
    const auto left = static_cast<base::Duration::rep>(addresses_.size() - next_address_);
    const auto now = Loop::now();
    error_code ignored;
    socket_.close(ignored);
    arm(now + (give_up_ - now) / left, [this] {
      error_code ignored;
      socket_.close(ignored);
    });
    socket_.async_connect(addresses_[next_address_++], [self = shared_from_this()](error_code error) {
      if (self->closed_) return;
      if (error) return self->try_next(error);
      const auto when = self->give_up_;
      self->arm(when, [self = self.get()] {
        self->fail({base::Errc::unreachable, self->peer_ + " did not finish the TLS handshake in time"});
      });
      self->connected();
    });
  }

  void connected() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    // A peer whose system confirms nothing for so long is gone, long before TCP itself gives up. Not for a server: whoever
    // reads slowly is not gone.
    using user_timeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
    if (!host_.empty()) socket_.set_option(user_timeout(unconfirmed_max_ms), ignored);
    socket_.non_blocking(true, ignored);
    if (!tls_) return opened();
    tls_->receive({}, input_);  // a client's first flight
    flush();
    read_on();
  }

  void opened() {
    open_ = true;
    if (give_up_ != base::Instant::max()) deadline_ = base::Instant::max();  // the one of connect(), not the user's
    if (const auto user = user_) user->on_open();
    read_on();
  }

  void read_now(error_code error) {
    if (closed_) return;
    if (error) return lost(error);
    auto& bytes = scratch();
    const std::size_t size = socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return read_on();
    if (finishing_) {
      if (!error) return read_on();  // what comes now is read only so that our last answer is not lost by a reset
      peer_done_ = true;
      if (ended_ && !writing_) abort();
      return;
    }
    if (error == asio::error::eof && !open_) {
      return fail({base::Errc::unreachable, peer_ + " closed the connection during the TLS handshake"});
    }
    if (error == asio::error::eof) return ended(!tls_);
    if (error) return lost(error);
    received({bytes.data(), size});
  }

  void ended(bool in_order) {
    peer_done_ = true;
    ended_in_order_ = in_order;
    const auto user = user_;
    if (!user || !user->on_end()) lost(asio::error::eof);
  }

  void received(std::string_view bytes) {
    auto status = TlsEngine::Status::going;
    const std::size_t before = input_.size();
    if (tls_) {
      status = tls_->receive(bytes, input_);
      flush_soon();
      if (!open_ && tls_->open()) opened();
    } else {
      input_.append(bytes);
    }
    if (input_.size() > before) {
      if (const auto user = user_) user->on_readable();
    }
    if (closed_ || finishing_) return read_on();
    if (status == TlsEngine::Status::closed) return ended(true);
    if (status == TlsEngine::Status::failed) {
      send_alert();
      return fail(tls_->error(peer_));
    }
    read_on();
  }

  // The peer should learn why its handshake failed; whether it does is its own affair.
  void send_alert() {
    std::string alert;
    tls_->take_output(alert);
    error_code ignored;
    if (!writing_ && !alert.empty()) socket_.write_some(asio::buffer(alert), ignored);
  }

  void flush_soon() {
    if (writing_ || flush_due_) return;
    if (gathers_ && !finishing_ && pending_.size() < full_record) {
      if (!std::exchange(in_round_, true)) rounds_->add(weak_from_this());
      return;
    }
    flush_due_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->flush_due_ = false;
      self->flush();
    });
  }

  void flush() {
    if (closed_ || writing_) return;
    if (tls_ ? tls_->open() : open_) {
      const auto slice = pending_.front(write_slice);
      if (tls_) tls_->write(slice);
      else out_ = slice;
      pending_.consume(slice.size());
    }
    if (finishing_ && pending_.empty() && !ended_) {
      ended_ = true;
      if (tls_) tls_->close();
    }
    if (tls_) tls_->take_output(out_);
    if (out_.empty()) {
      if (ended_) socket_shutdown();
      return;
    }
    writing_ = true;
    error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(out_), error);
    if (error == asio::error::would_block || error == asio::error::try_again) error = {};
    if (error || sent == out_.size()) return written(error);
    asio::async_write(socket_, asio::buffer(out_) + sent,
                      [self = shared_from_this()](error_code error, std::size_t) { self->written(error); });
  }

  void written(error_code error) {
    writing_ = false;
    std::string().swap(out_);
    if (closed_) return;
    if (error) return write_failed(error);
    if (!pending_.empty() || finishing_ || (tls_ && tls_->has_output())) return flush_soon();
    if (const auto user = user_) user->on_drained();
  }

  void write_failed(const error_code& error) {
    if (finishing_) return abort();
    // The peer may have said why it takes no more; reading finds that, and then the end.
    if (!reading_) return lost(error);
    writing_ = true;
  }

  void socket_shutdown() {
    if (peer_done_) return abort();
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::socket socket_;
  std::shared_ptr<Lookup> lookup_;
  Timer timer_;
  std::string peer_;  // "apic:443"
  std::string host_;
  std::shared_ptr<ConnectionUser> user_;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  base::Instant give_up_ = base::Instant::max();
  std::optional<TlsEngine> tls_;
  Buffer input_;
  std::size_t input_limit_ = 64 * 1024;
  SendQueue pending_;  // not yet encrypted
  std::string out_;    // on its way
  std::shared_ptr<Rounds> rounds_;
  base::Instant deadline_ = base::Instant::max(), armed_ = base::Instant::max();
  std::function<void()> action_;
  bool open_ = false, reading_ = false, writing_ = false;
  bool gathers_ = false, flush_due_ = false, in_round_ = false;
  bool finishing_ = false, ended_ = false, peer_done_ = false, closed_ = false, ended_in_order_ = false;
};

void Rounds::run() {
  due_ = false;
  const auto began = asio::steady_timer::clock_type::now();
  for (const auto& waiting : std::exchange(waiting_, {}))
    if (const auto connection = waiting.lock()) connection->leave();
  const auto ended = asio::steady_timer::clock_type::now();
  next_ = ended + std::min<asio::steady_timer::duration>(ended - began, round_pause_max);
}

class SocketListener final : public Listener {
 public:
  SocketListener(Loop& loop, TlsContext tls, Accept accept)
      : state_(std::make_shared<State>(State{loop, tcp::acceptor(loop.context()), Timer(loop), std::move(tls),
                                             std::move(accept), std::make_shared<Rounds>(loop.context().get_executor())})) {}
  ~SocketListener() override {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->timer.cancel();
  }

  base::Result<void> listen(const tcp::endpoint& at) {
    error_code error;
    auto& acceptor = state_->acceptor;
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(1024, error);
    if (error == asio::error::address_in_use) {
      return base::Error{base::Errc::overflow, "port " + std::to_string(at.port()) + " of " + at.address().to_string() +
                                                   " is in use; choose another one, or 0 for a free one"};
    }
    if (error) {
      return base::Error{base::Errc::io, "cannot listen on " + at.address().to_string() + ", port " +
                                             std::to_string(at.port()) + ": " + error.message()};
    }
    accept_on(state_);
    return {};
  }
  std::uint16_t port() const override {
    error_code ignored;
    return state_->acceptor.local_endpoint(ignored).port();
  }

 private:
  struct State {
    Loop& loop;
    tcp::acceptor acceptor;
    Timer timer;
    TlsContext tls;
    Accept accept;
    std::shared_ptr<Rounds> rounds;
  };

  static void accept_on(const std::shared_ptr<State>& state) {
    state->acceptor.async_accept([state](error_code error, tcp::socket socket) {
      if (!state->acceptor.is_open()) return;
      if (error == asio::error::no_descriptors || error == asio::error::no_memory || error == asio::error::no_buffer_space) {
        // Trying again at once would only spin until another connection ends.
        state->timer.after(base::Duration{100}, [state] { accept_on(state); });
        return;
      }
      if (!error) {
        const auto connection = std::make_shared<SocketConnection>(state->loop, std::move(socket), "the client", state->rounds);
        connection->use(state->accept(connection));
        connection->accepted(state->tls);
      }
      accept_on(state);
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace

std::shared_ptr<Connection> connect(Loop& loop, const Endpoint& endpoint, TlsContext tls, base::Duration timeout,
                                    std::shared_ptr<ConnectionUser> user) {
  const auto connection = std::make_shared<SocketConnection>(loop, tcp::socket(loop.context()), endpoint.authority());
  connection->use(std::move(user));
  connection->connect(endpoint, std::move(tls), timeout);
  return connection;
}

base::Result<std::unique_ptr<Listener>> Listener::start(Loop& loop, const std::string& address, std::uint16_t port,
                                                        TlsContext tls, Accept accept) {
  error_code error;
  tcp::endpoint at(asio::ip::make_address(address, error), port);
  if (error) {
    const auto found = tcp::resolver(loop.context()).resolve(address, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty()) return base::Error{base::Errc::io, "cannot resolve '" + address + "' to listen on it"};
    at = found.begin()->endpoint();
  }
  auto listener = std::make_unique<SocketListener>(loop, std::move(tls), std::move(accept));
  if (auto listening = listener->listen(at); !listening) return listening.error();
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace aci::io
