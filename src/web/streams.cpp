#include "web/streams.hpp"

#include <algorithm>

#include "web/json.hpp"

namespace aci::web {

Streams::Streams(const EventLog& log, Options options, std::function<std::string()> status)
    : log_(log), options_(options), status_(std::move(status)) {}

void Streams::open(base::Instant now, io::Responder& responder, io::Headers headers, std::uint64_t after) {
  headers.emplace_back("Content-Type", "text/event-stream");
  headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold the events back
  if (clients_.empty()) keep_alive_at_ = now + options_.keep_alive;
  const auto id = next_client_++;
  auto stream = responder.stream({200, std::move(headers), {}}, [this, id] { clients_.erase(id); });
  if (!stream) return;
  burst_at_ = std::max(burst_at_, now + options_.burst_pause);
  const auto client = std::make_shared<Client>(Client{std::move(stream), after});
  clients_[id] = client;
  // The browser waits that long before it comes back.
  auto head = std::make_shared<const std::string>("retry: 2000\n\n" + sse_frame(0, "fabric", status_()));
  if (!client->stream->write(std::move(head)) || !advance(*client)) {
    client->stream->close();
    clients_.erase(id);
  }
}

void Streams::appended() {
  each([this](Client& client) { return client.behind || advance(client); });
}

void Streams::status_changed(base::Instant now) {
  if (!status_at_) status_at_ = now + options_.status_delay;
}

void Streams::wake(base::Instant now) {
  const bool keep_alive = now >= keep_alive_at_;
  if (keep_alive) keep_alive_at_ = now + options_.keep_alive;
  if (keep_alive || (status_at_ && now >= *status_at_)) {
    status_at_.reset();
    // The comment wakes proxies; the event beside it lets the page see that the line still carries.
    const auto frame =
        std::make_shared<const std::string>((keep_alive ? ": keep-alive\n\n" : "") + sse_frame(0, "fabric", status_()));
    each([&](Client& client) { return client.stream->write(frame); });
  }
  if (now >= burst_at_) {
    burst_at_ = now + options_.burst_pause;
    each([this](Client& client) { return !client.behind || advance(client); });
  }
}

std::optional<base::Instant> Streams::next_wakeup() const {
  if (clients_.empty()) return {};
  auto when = keep_alive_at_;
  if (status_at_) when = std::min(when, *status_at_);
  if (std::any_of(clients_.begin(), clients_.end(), [](const auto& client) { return client.second->behind; })) {
    when = std::min(when, burst_at_);
  }
  return when;
}

bool Streams::advance(Client& client) {
  if (!log_.holds_after(client.sent)) {
    std::string why;
    {
      JsonObject object(why);
      object.text("reason", "history was cut: what came between is no longer held, or the service started anew");
      object.raw("after", std::to_string(client.sent));
      client.sent = log_.before_newest(log_.size());
      object.raw("first", std::to_string(client.sent + 1));
    }
    if (!client.stream->write(std::make_shared<const std::string>(sse_frame(client.sent, "reset", why)))) return false;
  }
  std::size_t bytes = 0;
  const EventLog::Entry* entry = log_.after(client.sent);
  for (; entry && bytes < options_.burst_bytes; entry = log_.after(client.sent)) {
    if (!client.stream->write(entry->frame)) return false;
    client.sent = entry->seq;
    bytes += entry->frame->size();
  }
  client.behind = entry != nullptr;
  return true;
}

template <class F>
void Streams::each(F write) {
  for (auto next = clients_.begin(); next != clients_.end();) {
    const auto [id, client] = *next;
    if (!write(*client)) {
      client->stream->close();
      clients_.erase(id);
    }
    next = clients_.upper_bound(id);
  }
}

}  // namespace aci::web
