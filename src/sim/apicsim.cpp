#include "sim/apicsim.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <iterator>

#include "base/embedded.hpp"
#include "codec/answer.hpp"
#include "codec/recording.hpp"
#include "io/signer.hpp"
#include "sim/control.hpp"

ACI_EMBEDDED(sim_page)

namespace aci::sim {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view server_name = "nginx/1.13.12";
// A client's first subscription is seldom its only one.
constexpr base::Duration others_subscribe{1'000};

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// What it does and does not, for people; a real controller has its interface there.
io::HttpResponse page() {
  return {200,
          {{"Content-Type", "text/html; charset=utf-8"},
           {"Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'"}},
          std::string(sim_page())};
}

io::HttpResponse refusal(int status, std::string_view why) {
  return {status,
          {{"Server", std::string(server_name)}, {"Content-Type", "application/json"}},
          codec::encode_error(status, why, model::Format::json)};
}

// Some clients split what is one header by the standard. Scripts in a browser cannot set it at all, so they send the token
// in a header of its own.
std::string cookies_of(const io::Headers& headers) {
  const std::string_view dev = io::header(headers, "DevCookie");
  std::string cookies = dev.empty() ? "" : "APIC-cookie=" + std::string(dev);
  for (const auto& [name, value] : headers)
    if (io::same_name(name, "Cookie")) cookies += (cookies.empty() ? "" : "; ") + value;
  return cookies;
}

// As recorded with a login. What is no answer of the API comes from a front end that names itself in its pages and here.
io::Headers headers_of(const controller::Response& answered, std::string_view origin) {
  if (answered.content_type == "text/html") return {{"Server", "Cisco APIC"}, {"Content-Type", answered.content_type}};
  io::Headers headers{
      {"Server", std::string(server_name)},
      {"Content-Type", answered.content_type},
      {"Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, devcookie, APIC-challenge"},
      {"Access-Control-Allow-Methods", "POST,GET,OPTIONS,DELETE"},
      {"Access-Control-Allow-Credentials", "false"},
      {"X-Frame-Options", "SAMEORIGIN"},
      {"Strict-Transport-Security", "max-age=31536000; includeSubdomains"},
      {"Cache-Control", "no-cache=\"Set-Cookie, Set-Cookie2\""},
      {"Client-Cert-Enabled", "false"}};
  if (!answered.set_cookie.empty()) headers.insert(headers.begin() + 2, {"Set-Cookie", answered.set_cookie});
  if (!origin.empty()) headers.emplace_back("Access-Control-Allow-Origin", origin);
  return headers;
}

controller::Options with_signatures(controller::Options options) {
  if (!options.verify_signature) options.verify_signature = io::verify_signature;
  return options;
}

}  // namespace

Apicsim::Apicsim(io::Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      controller_(with_signatures(options_.controller)),
      churn_(controller_, {options_.churn, options_.controller.seed}),
      control_(std::make_unique<Control>(*this)),
      timer_(loop),
      late_timer_(loop),
      commit_timer_(loop),
      compaction_timer_(loop),
      doors_(controller_.controller_count()) {}

Apicsim::~Apicsim() = default;

Result<std::unique_ptr<Apicsim>> Apicsim::start(io::Loop& loop, Options options) {
  std::unique_ptr<Apicsim> sim(new Apicsim(loop, std::move(options)));
  if (const auto opened = sim->open_state(); !opened) return opened.error();
  if (sim->options_.tls && !sim->options_.certificate) {
    auto made = io::make_self_signed("apicsim");
    if (!made) return made.error();
    sim->options_.certificate = std::move(*made);
  }
  for (std::size_t i = 0; i < sim->doors_.size(); ++i) {
    Door& door = sim->doors_[i];
    if (sim->options_.port == 0 || i == 0) {
      door.port = sim->options_.port;
      if (const auto opened = sim->open_door(i); !opened) return opened.error();
      continue;
    }
    Result<void> opened = Error{Errc::overflow, "there is no free port for controller " + std::to_string(i + 1)};
    for (unsigned port = sim->doors_[i - 1].port + 1u; !opened && opened.error().errc == Errc::overflow && port <= 65535;
         ++port) {
      door.port = static_cast<std::uint16_t>(port);
      opened = sim->open_door(i);
    }
    if (!opened) return opened.error();
  }
  for (const std::string& chaos : sim->options_.chaos)
    if (const auto done = sim->control_->chaos(chaos); !done) return done.error();
  if (!sim->options_.replay.empty()) {
    auto replay = Replay::read(sim->options_.replay, sim->options_.speed);
    if (!replay) return replay.error();
    const auto loaded = sim->controller_.load(sim->wall(), replay->objects());
    if (!loaded) return Error{Errc::invalid, sim->options_.replay + ": " + loaded.error().message};
    sim->replay_ = std::move(*replay);
  }
  if (!sim->options_.scenario.empty()) {
    auto scenario = Scenario::read(sim->options_.scenario, *sim);
    if (!scenario) return scenario.error();
    sim->scenario_ = std::move(*scenario);
  }
  sim->controller_.advance(sim->now(), sim->wall());
  sim->churn_.begin(sim->now());
  sim->scenario_.begin(sim->now());
  sim->arm_timer();
  return sim;
}

Result<void> Apicsim::open_state() {
  if (!options_.state.empty()) {
    auto opened = StateFile::open(options_.state, [this](const StateFile::Part& part) { controller_.restore(part); });
    if (!opened) return opened.error();
    state_ = std::move(*opened);
  }
  const bool fresh = !state_ || state_->is_new();
  if (fresh) {
    controller_.advance(now(), wall());
    for (const std::string& file : options_.load)
      if (const auto loaded = load_file(file); !loaded) return loaded.error();
  } else {
    controller_.keep_changes();
    controller_.resume(now(), wall());
  }
  if (!state_ || !fresh) return {};
  controller_.keep_changes();
  return state_->compact(
      [this] { controller_.each_object([this](auto name, const auto& attributes) { state_->add(name, attributes); }, true); });
}

Result<void> Apicsim::open_door(std::size_t controller) {
  Door& door = doors_[controller];
  io::Server::Options server;
  server.address = options_.address;
  server.port = door.port;
  if (options_.tls) server.certificate = options_.certificate;
  auto started = io::Server::start(loop_, std::move(server), handlers(controller));
  if (!started) return started.error();
  door.server = std::move(*started);
  door.port = door.server->port();
  return {};
}

io::ServerHandlers Apicsim::handlers(std::size_t controller) {
  io::ServerHandlers on;
  on.on_refusal = refusal;
  on.on_request = [this, controller](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
    answer(controller, std::move(request), std::move(responder));
  };
  on.on_upgrade = [this, controller](const io::HttpRequest& request, std::uint64_t socket) {
    const auto channel = controller_.open_channel(now(), request.target, controller);
    if (!channel) return refusal(403, channel.error().message);
    doors_[controller].channel_of_socket[socket] = *channel;
    return io::HttpResponse{101, {}, {}};
  };
  on.on_open = [this, controller](std::shared_ptr<io::ServerSocket> socket) {
    const auto& channels = doors_[controller].channel_of_socket;
    const auto it = channels.find(socket->id());
    if (it != channels.end()) sockets_[it->second] = std::move(socket);
    flush();
  };
  on.on_close = [this, controller](std::uint64_t socket) {
    auto& channels = doors_[controller].channel_of_socket;
    const auto it = channels.find(socket);
    if (it == channels.end()) return;
    controller_.close_channel(it->second);
    sockets_.erase(it->second);
    channels.erase(it);
  };
  return on;
}

void Apicsim::stop_controller(std::size_t controller) {
  Door& door = doors_[controller];
  controller_.stop_controller(controller);
  for (const auto& [socket, channel] : door.channel_of_socket) sockets_.erase(channel);
  door.channel_of_socket.clear();
  // After the handler that asks for it: its own answer is still to be written.
  loop_.post([server = std::shared_ptr<io::Server>(std::move(door.server))] {
    if (server) server->stop();
  });
  flush();
}

Result<void> Apicsim::start_controller(std::size_t controller) {
  if (doors_[controller].server) return {};
  if (const auto opened = open_door(controller); !opened) return opened.error();
  controller_.start_controller(controller);
  return {};
}

namespace {

Result<void> read_xml(std::istream& file, const controller::Controller::Take& take) {
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (const auto answer = codec::decode_answer(text, model::Format::xml)) {
    for (const auto& object : answer->objects)
      if (const auto taken = take(object); !taken) return taken;
    return {};
  }
  const auto tree = codec::decode_body(text, model::Format::xml);
  return tree ? take(*tree) : tree.error();
}

Result<void> read_recording(std::istream& file, const controller::Controller::Take& take) {
  codec::RecordingReader reader([&](const model::ManagedObject& object) { return take(object); });
  for (std::string piece(1024 * 1024, '\0'); file;) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (const auto read = reader.read(bytes); !read) return read;
  }
  return reader.finish();
}

}  // namespace

Result<void> Apicsim::load_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::io, "cannot read " + path};
  file >> std::ws;
  const bool is_xml = file.peek() == '<';
  const auto loaded = controller_.load(wall(), [&](const controller::Controller::Take& take) {
    return is_xml ? read_xml(file, take) : read_recording(file, take);
  });
  if (!loaded) return Error{Errc::invalid, path + ": " + loaded.error().message};
  return {};
}

std::string Apicsim::url(std::size_t controller) const {
  const std::string host = options_.address.find(':') == std::string::npos ? options_.address : "[" + options_.address + "]";
  return (options_.tls ? "https://" : "http://") + host + ":" + std::to_string(doors_[controller].port);
}

std::string Apicsim::export_tree() {
  controller_.advance(now(), wall());
  std::string objects;
  codec::append_object(objects, controller::Controller::mark_of_whole(), model::Format::json);
  std::size_t count = 1;
  controller_.each_object([&](std::string_view class_name, const model::Attributes& attributes) {
    ++count;
    objects += ',';
    codec::append_object(objects, {std::string(class_name), attributes, {}}, model::Format::json);
  });
  return "{\"totalCount\":\"" + std::to_string(count) + "\",\"imdata\":[" + objects + "]}";
}

void Apicsim::stop() {
  timer_.cancel();
  commit_timer_.cancel();
  compaction_timer_.cancel();
  if (state_) (void)state_->commit();  // nobody waits for it
  answered_.clear();
  late_timer_.cancel();
  control_->stop();
  late_.clear();
  for (Door& door : doors_)
    if (door.server) door.server->stop();
}

void Apicsim::answer(std::size_t controller, io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
  while (request.target.starts_with("//")) request.target.erase(0, 1);  // of a base address that ends with a slash
  if (request.method == "GET" && path_of(request.target) == "/") {
    answered_.push_back({std::move(responder), page()});
    return flush();
  }
  if (request.target.starts_with("/_sim/")) {
    answered_.push_back({std::move(responder), control_->handle(request)});
    return flush();
  }
  if (request.target.starts_with("/socket")) {
    answered_.push_back({std::move(responder), refusal(426, "This is where a websocket is opened")});
    return flush();
  }
  controller::Request asked{std::move(request.method),
                            std::move(request.target),
                            std::move(request.body),
                            cookies_of(request.headers),
                            controller,
                            std::string(io::header(request.headers, "APIC-challenge")),
                            std::move(request.peer)};
  controller::Response answered = controller_.handle(now(), wall(), asked);
  io::HttpResponse response{answered.status, headers_of(answered, io::header(request.headers, "Origin")),
                            std::move(answered.body)};
  answered_.push_back({std::move(responder), std::move(response), answered.delay});
  flush();
}

void Apicsim::send_late() {
  while (!late_.empty() && late_.begin()->first <= io::Loop::now()) {
    auto due = late_.extract(late_.begin());
    due.mapped().first->send(std::move(due.mapped().second));
  }
  if (!late_.empty()) late_timer_.at(late_.begin()->first, [this] { send_late(); });
}

void Apicsim::advance_clock(base::Duration by) {
  const base::Instant until = now() + by;
  std::optional<base::Instant> last;
  for (auto due = next_wakeup(); due && *due <= until && due != last; due = next_wakeup()) {
    last = due;
    ahead_ += std::max(*due - now(), base::Duration{0});
    live();
  }
  ahead_ += std::max(until - now(), base::Duration{0});
  live();
  flush();
}

// What has changed is in the state file before anybody is told of it. Requests that come in one turn of the loop share the
// waiting for the disk.
void Apicsim::flush() {
  if (replay_ && !replay_->begun() && controller_.status().subscriptions > 0) replay_->begin(now() + others_subscribe);
  if (state_) state_->append(controller_.take_changes());
  if (!state_ || !state_->has_unwritten()) return send_out();
  if (!std::exchange(commits_, true)) commit_timer_.after(base::Duration{0}, [this] { commit(); });
}

void Apicsim::commit() {
  commits_ = false;
  auto done = state_->commit();
  if (done) send_out();
  if (done) done = state_->finish_compaction();
  if (done && state_->wants_compaction()) done = begin_compaction();
  if (!done) lose_state(done.error());
}

Result<void> Apicsim::begin_compaction() {
  controller_.begin_walk();
  walked_ = false;
  const auto begun = state_->begin_compaction([this, alive = std::weak_ptr<int>(alive_)] {
    loop_.post([this, alive] {
      if (alive.lock() && state_) go_on_compacting();
    });
  });
  if (begun) compaction_timer_.after(base::Duration{0}, [this] { go_on_compacting(); });
  return begun;
}

// A little at a time: requests and pushes come between.
void Apicsim::go_on_compacting() {
  if (!state_->compacts()) return;
  constexpr std::size_t objects_at_once = 500;
  if (!walked_) {
    if (!state_->has_room()) return;  // the disk is behind
    walked_ = !controller_.walk(objects_at_once, [this](auto name, const auto& attributes) { state_->add(name, attributes); });
    if (walked_) state_->end_of_objects();
    else compaction_timer_.after(base::Duration{0}, [this] { go_on_compacting(); });
    return;
  }
  state_->append(controller_.take_changes());
  commit();
}

void Apicsim::lose_state(const base::Error& error) {
  state_.reset();
  stop();
  if (options_.on_state_lost) options_.on_state_lost(error);
}

void Apicsim::send_out() {
  for (Answered& answered : std::exchange(answered_, {})) {
    if (answered.delay > base::Duration{0})
      late_.emplace(io::Loop::now() + answered.delay, std::pair{std::move(answered.responder), std::move(answered.response)});
    else answered.responder->send(std::move(answered.response));
  }
  send_late();
  for (auto& push : controller_.take_pushes()) {
    const auto it = sockets_.find(push.channel);
    // A reader too slow for the bound loses its channel, which it notices, rather than single pushes, which it would not.
    if (it != sockets_.end() && !it->second->send(std::move(push.frame))) it->second->close();
  }
  for (const controller::ChannelId channel : controller_.take_closes()) {
    const auto it = sockets_.find(channel);
    if (it != sockets_.end()) it->second->close();
  }
  arm_timer();
}

std::optional<base::Instant> Apicsim::next_wakeup() const {
  std::optional<base::Instant> first;
  for (const auto& next : {controller_.next_wakeup(), churn_.next_wakeup(), scenario_.next_wakeup(),
                           replay_ ? replay_->next_wakeup() : std::nullopt})
    if (next && (!first || *next < *first)) first = next;
  return first;
}

void Apicsim::live() {
  controller_.advance(now(), wall());
  churn_.advance(now(), wall());
  if (replay_) replay_->advance(controller_, now(), wall());
  for (const std::string& note : scenario_.advance(now()))
    if (options_.on_note) options_.on_note(note);
}

void Apicsim::arm_timer() {
  if (const auto at = next_wakeup())
    timer_.at(*at - ahead_, [this] {
      live();
      flush();
    });
  else timer_.cancel();
}

}  // namespace aci::sim
