// A batch as the HTTP request that a destination wants. Floor: relay.
//
// webhook: CloudEvents 1.0, one structured object for a single event (application/cloudevents+json), an array for a
// group (application/cloudevents-batch+json), with Standard Webhooks headers: webhook-id (the same on every attempt),
// webhook-timestamp (this attempt), and webhook-signature when there is a secret. A gap is an event of type
// com.cisco.aci.gap, a test message one of type com.cisco.aci.test. Changes that a full queue refused are counted in the header
// Aciwatch-Not-Shown.
// Sources: cloudevents/spec http-protocol-binding 1.0.2; standard-webhooks spec 1.0. Thread-safety: pure function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "relay/delivery.hpp"

namespace aci::relay {

// One configured destination. Which members count depends on the service. Secrets: url, token, secret.
struct Destination {
  Service service = Service::console;
  std::string url;      // slack_webhook, webhook: the address; slack_api, webex: the API's base ("https://webexapis.com/v1")
  std::string token;    // slack_api, webex
  std::string channel;  // slack_api: the channel; webex: the room's id
  std::string secret;   // webhook: "whsec_" and base64, or any text; "" for no signature
  base::Duration timeout{20'000};
  bool verify = true;
  std::string ca_file;
};

// HMAC-SHA256 of data, in base64. The key is a Destination's secret as configured.
using Sign = std::function<std::string(std::string_view secret, std::string_view data)>;

struct Request {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Precondition: the service is neither console nor room. epoch is that of the Grouping.
Request make_request(const Destination& destination, const Delivery::Send& send, std::string_view epoch, base::WallTime now,
                     const Sign& sign);

}  // namespace aci::relay
