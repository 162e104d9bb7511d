#include "relay/request.hpp"

#include "codec/answer.hpp"
#include "codec/event_json.hpp"
#include "relay/message.hpp"
#include "relay/slack.hpp"
#include "relay/webex.hpp"

namespace aci::relay {
namespace {

// A CloudEvent that is not about one change.
std::string own_event(const Batch& batch, std::string_view type, std::string_view source, base::WallTime time,
                      std::string_view data) {
  std::string out = R"({"specversion":"1.0","id":)";
  codec::append_json_string(out, batch.id);
  out += ",\"source\":";
  codec::append_json_string(out, source);
  out += ",\"type\":";
  codec::append_json_string(out, type);
  out += ",\"time\":";
  codec::append_json_string(out, time.to_string());
  out += R"(,"datacontenttype":"application/json","data":)";
  return (out += data) += '}';
}

std::string cloud_events(const Batch& batch, std::string_view epoch, base::WallTime now) {
  std::string out;
  if (batch.gap) {
    std::string data;
    codec::append_gap_json(data, *batch.gap);
    out = own_event(batch, "com.cisco.aci.gap", "/aci/" + batch.gap->fabric, batch.gap->to, data);
  } else if (batch.events.empty()) {
    std::string data = "{\"message\":";
    codec::append_json_string(data, batch.note);
    out = own_event(batch, "com.cisco.aci.test", "/aci/aciwatch", now, data += '}');
  } else {
    for (const auto& event : batch.events) {
      if (!out.empty()) out += ',';
      codec::append_cloud_event(out, *event, epoch);
    }
  }
  return batch.grouped ? '[' + out + ']' : out;
}

}  // namespace

Request make_request(const Destination& destination, const Delivery::Send& send, std::string_view epoch, base::WallTime now,
                     const Sign& sign) {
  const Batch& batch = *send.batch;
  Request request;
  request.url = destination.url;
  request.headers.emplace_back("User-Agent", "aciwatch");
  const auto header = [&](std::string name, std::string value) {
    request.headers.emplace_back(std::move(name), std::move(value));
  };
  switch (destination.service) {
    case Service::slack_webhook:
    case Service::slack_api:
      request.body = render_slack(make_message(batch, send.not_shown), destination.channel, send.plain);
      header("Content-Type", "application/json");
      if (destination.service == Service::slack_api) {
        request.url += "/chat.postMessage";
        header("Authorization", "Bearer " + destination.token);
      }
      break;
    case Service::webex:
      request.body = render_webex(make_message(batch, send.not_shown), destination.channel, send.plain);
      request.url += "/messages";
      header("Content-Type", "application/json");
      header("Authorization", "Bearer " + destination.token);
      break;
    default: {
      request.body = cloud_events(batch, epoch, now);
      header("Content-Type", batch.grouped ? "application/cloudevents-batch+json" : "application/cloudevents+json");
      const std::string timestamp = std::to_string(now.unix_ms / 1000);
      header("webhook-id", batch.id);
      header("webhook-timestamp", timestamp);
      if (!destination.secret.empty())
        header("webhook-signature", "v1," + sign(destination.secret, batch.id + '.' + timestamp + '.' + request.body));
      if (send.not_shown > 0) header("Aciwatch-Not-Shown", std::to_string(send.not_shown));
    }
  }
  return request;
}

}  // namespace aci::relay
