#include "sim/apicsim.hpp"

#include <fstream>
#include <sstream>

#include "codec/answer.hpp"
#include "sim/control.hpp"

namespace aci::sim {

using base::Errc;
using base::Error;
using base::Result;

Apicsim::Apicsim(io::Loop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      controller_(options_.controller),
      control_(std::make_unique<Control>(*this)),
      timer_(loop) {}

Apicsim::~Apicsim() = default;

Result<std::unique_ptr<Apicsim>> Apicsim::start(io::Loop& loop, Options options) {
  std::unique_ptr<Apicsim> sim(new Apicsim(loop, std::move(options)));
  for (const std::string& file : sim->options_.load)
    if (const auto loaded = sim->load_file(file); !loaded) return loaded.error();

  io::Server::Options server;
  server.address = sim->options_.address;
  server.port = sim->options_.port;
  if (sim->options_.tls) {
    if (!sim->options_.certificate) {
      auto made = io::make_self_signed("apicsim");
      if (!made) return made.error();
      sim->options_.certificate = std::move(*made);
    }
    server.certificate = sim->options_.certificate;
  }

  io::ServerHandlers on;
  Apicsim* self = sim.get();
  on.on_request = [self](io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
    self->answer(std::move(request), std::move(responder));
  };
  on.on_upgrade = [self](const io::HttpRequest& request, std::uint64_t socket) {
    const auto channel = self->controller_.open_channel(io::Loop::now(), request.target);
    if (!channel) return io::HttpResponse{403, {{"Content-Type", "text/plain"}}, channel.error().message + "\n"};
    self->channel_of_socket_[socket] = *channel;
    return io::HttpResponse{101, {}, {}};
  };
  on.on_open = [self](std::shared_ptr<io::ServerSocket> socket) {
    const auto it = self->channel_of_socket_.find(socket->id());
    if (it != self->channel_of_socket_.end()) self->sockets_[it->second] = std::move(socket);
    self->flush();
  };
  on.on_close = [self](std::uint64_t socket) {
    const auto it = self->channel_of_socket_.find(socket);
    if (it == self->channel_of_socket_.end()) return;
    self->controller_.close_channel(it->second);
    self->sockets_.erase(it->second);
    self->channel_of_socket_.erase(it);
  };
  auto started = io::Server::start(loop, std::move(server), std::move(on));
  if (!started) return started.error();
  sim->server_ = std::move(*started);
  sim->arm_timer();
  return sim;
}

Result<void> Apicsim::load_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::io, "cannot read " + path};
  std::ostringstream text;
  text << file.rdbuf();
  const std::string body = std::move(text).str();
  const auto first = body.find_first_not_of(" \t\r\n");
  const auto format = first != std::string::npos && body[first] == '<' ? model::Format::xml : model::Format::json;
  std::vector<model::ManagedObject> objects;
  if (auto answer = codec::decode_answer(body, format)) {
    objects = std::move(answer->objects);
  } else if (auto tree = codec::decode_body(body, format)) {
    objects.push_back(std::move(*tree));
  } else {
    return Error{Errc::invalid, path + ": neither an answer of a controller ({\"imdata\":[...]}) nor one nested object: " +
                                    tree.error().message};
  }
  const auto loaded = controller_.load(io::Loop::wall(), objects);
  if (!loaded) return Error{Errc::invalid, path + ": " + loaded.error().message};
  return {};
}

std::string Apicsim::url() const {
  const std::string host = options_.address.find(':') == std::string::npos ? options_.address : "[" + options_.address + "]";
  return (options_.tls ? "https://" : "http://") + host + ":" + std::to_string(server_->port());
}

void Apicsim::stop() {
  timer_.cancel();
  control_->stop();
  server_->stop();
}

void Apicsim::answer(io::HttpRequest request, std::shared_ptr<io::Responder> responder) {
  if (request.target.starts_with("/_sim/")) {
    responder->send(control_->handle(request));
    flush();
    return;
  }
  controller::Request asked{std::move(request.method), std::move(request.target), std::move(request.body),
                            std::string(io::header(request.headers, "Cookie"))};
  controller::Response answered = controller_.handle(io::Loop::now(), io::Loop::wall(), asked);
  io::HttpResponse response{answered.status,
                            {{"Server", "nginx/1.13.12"}, {"Content-Type", std::move(answered.content_type)}},
                            std::move(answered.body)};
  if (!answered.set_cookie.empty()) response.headers.emplace_back("Set-Cookie", std::move(answered.set_cookie));
  responder->send(std::move(response));
  flush();
}

void Apicsim::flush() {
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

void Apicsim::arm_timer() {
  if (const auto at = controller_.next_wakeup())
    timer_.at(*at, [this] {
      controller_.advance(io::Loop::now(), io::Loop::wall());
      flush();
    });
  else timer_.cancel();
}

}  // namespace aci::sim
