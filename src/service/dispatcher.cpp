#include "service/dispatcher.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "io/hmac.hpp"
#include "relay/text.hpp"

namespace aci::service {
namespace {

// Ids of two processes differ in the time of their start and in the seed.
std::string make_epoch(std::uint64_t seed) {
  char text[40];
  std::snprintf(text, sizeof text, "%llx%04llx", static_cast<unsigned long long>(io::Loop::wall().unix_ms),
                static_cast<unsigned long long>(seed & 0xffff));
  return text;
}

}  // namespace

// One destination with a queue.
struct Dispatcher::Target {
  std::string receiver;
  relay::Destination destination;
  relay::Delivery delivery;
  std::string said;        // the problem that the log holds already
  bool said_full = false;  // until the queue is empty again: a full queue is one line, not one for each change
};

struct Dispatcher::Receiver {
  std::string name;
  bool console = false, room = false;
  std::vector<std::unique_ptr<Target>> targets;
};

io::PostRequest post_request(const relay::Destination& destination, const relay::Delivery::Send& send, std::string_view epoch) {
  relay::Request request = relay::make_request(destination, send, epoch, io::Loop::wall(), io::sign_webhook);
  io::PostRequest post;
  post.url = std::move(request.url);
  post.headers = std::move(request.headers);
  post.body = std::move(request.body);
  post.timeout = destination.timeout;
  post.verify = destination.verify;
  post.ca_file = destination.ca_file;
  return post;
}

base::Result<relay::Answer> relay_answer(base::Result<io::HttpResponse> result) {
  if (!result) return result.error();
  return relay::Answer{result->status, std::move(result->headers), std::move(result->body)};
}

Dispatcher::Dispatcher(io::Loop& loop, io::Poster& poster, const Config& config, std::uint64_t seed)
    : loop_(loop), poster_(poster), epoch_(make_epoch(seed)), routes_(config.route), grouping_(epoch_), timer_(loop) {
  console = [](const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  base::Rng rng(seed);
  for (const auto& configured : config.receivers) {
    auto receiver = std::make_unique<Receiver>();
    receiver->name = configured.name;
    for (const auto& destination : configured.destinations) {
      if (destination.service == relay::Service::console) receiver->console = true;
      else if (destination.service == relay::Service::room) receiver->room = true;
      else
        receiver->targets.push_back(std::make_unique<Target>(
            Target{configured.name, destination, relay::Delivery(destination.service, {}, base::Rng(rng.next())), {}, false}));
    }
    receivers_.push_back(std::move(receiver));
  }
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::on_event(const model::Event& event) {
  const auto shared = std::make_shared<const model::Event>(event);
  const auto labels = relay::Labels::of(*shared);
  for (const relay::Route* route : routes_.match(labels)) grouping_.add(*route, shared, labels, io::Loop::now());
  pump();
}

void Dispatcher::on_gap(const model::Gap& gap) {
  ++gaps_;
  for (const relay::Route* route : routes_.match(relay::Labels::of(gap))) {
    relay::Batch batch;
    batch.id = epoch_ + "-gap-" + std::to_string(gaps_);
    batch.receiver = route->receiver;
    batch.gap = gap;
    hand_over(std::move(batch));
  }
  pump();
}

void Dispatcher::flush() {
  for (auto& batch : grouping_.flush()) hand_over(std::move(batch));
  pump();
}

bool Dispatcher::idle() const {
  if (!grouping_.empty()) return false;
  for (const auto& receiver : receivers_)
    for (const auto& target : receiver->targets)
      if (!target->delivery.idle()) return false;
  return true;
}

std::vector<DestinationStatus> Dispatcher::status() const {
  std::vector<DestinationStatus> statuses;
  for (const auto& receiver : receivers_)
    for (const auto& target : receiver->targets)
      statuses.push_back({receiver->name, target->destination.service, target->delivery.inspect()});
  return statuses;
}

void Dispatcher::hand_over(relay::Batch batch) {
  const auto found =
      std::find_if(receivers_.begin(), receivers_.end(), [&](const auto& one) { return one->name == batch.receiver; });
  if (found == receivers_.end()) return;  // the configuration's check refuses such routes
  Receiver& receiver = **found;
  const auto shared = std::make_shared<const relay::Batch>(std::move(batch));
  if (receiver.console) console(relay::render_text(relay::make_message(*shared, 0), isatty(STDOUT_FILENO) == 1));
  if (receiver.room && on_message) on_message(relay::make_message(*shared, 0), receiver.name);
  for (auto& target : receiver.targets) {
    if (target->delivery.enqueue(shared) || !log || target->said_full) continue;
    target->said_full = true;
    log("receiver " + receiver.name + ": its queue is full; what is not taken is counted and told with a later message");
  }
}

void Dispatcher::pump() {
  const base::Instant now = io::Loop::now();
  for (auto& batch : grouping_.due(now)) hand_over(std::move(batch));
  std::optional<base::Instant> wakeup = grouping_.next_wakeup();
  for (auto& receiver : receivers_) {
    for (auto& target : receiver->targets) {
      while (const auto next = target->delivery.next(now)) send(*target, *next);
      if (const auto at = target->delivery.next_wakeup(); at && (!wakeup || *at < *wakeup)) wakeup = at;
    }
  }
  if (wakeup == timer_at_) return;
  timer_at_ = wakeup;
  if (!wakeup) return timer_.cancel();
  timer_.at(*wakeup, [this] {
    timer_at_.reset();
    pump();
  });
}

void Dispatcher::send(Target& target, const relay::Delivery::Send& send) {
  poster_.post(post_request(target.destination, send, epoch_),
               [this, &target, alive = std::weak_ptr<int>(alive_)](base::Result<io::HttpResponse> result) {
                 if (!alive.expired()) on_answer(target, std::move(result));
               });
}

void Dispatcher::on_answer(Target& target, base::Result<io::HttpResponse> result) {
  const auto before = target.delivery.inspect();
  target.delivery.on_result(relay_answer(std::move(result)), io::Loop::now(), io::Loop::wall());
  const auto after = target.delivery.inspect();
  const std::string who =
      "receiver " + target.receiver + " (" + std::string(relay::to_string(target.destination.service)) + "): ";
  if (log && after.parked > before.parked) {
    log(who + "a message was refused for good and is parked: " + after.problem);
  } else if (log && after.problem != target.said) {
    using State = relay::Delivery::Status::State;
    if (after.problem.empty()) log(who + "delivers again");
    else if (after.state == State::locked_out) log(who + after.problem + "; messages are kept, tried again every 15 minutes");
    else log(who + after.problem + "; tried again");
  }
  target.said = after.problem;
  if (after.queued == 0) target.said_full = false;
  pump();
}

}  // namespace aci::service
