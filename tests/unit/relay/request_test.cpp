#include "relay/request.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/relay/support.hpp"

namespace aci::relay {
namespace {

namespace json = boost::json;

const base::WallTime now{1767323045678, 0};

std::string header(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

Request request_of(const Destination& destination, Batch batch, std::uint64_t not_shown = 0) {
  const auto sign = [](std::string_view secret, std::string_view data) {
    return std::string(secret) + "(" + std::string(data.substr(0, 16)) + ")";
  };
  return make_request(destination, {std::make_shared<const Batch>(std::move(batch)), not_shown, 1, false}, "e1", now, sign);
}

Destination destination(Service service) {
  Destination destination;
  destination.service = service;
  destination.url = "http://h/x";
  destination.token = "t";
  destination.channel = "c";
  return destination;
}

TEST(Request, AWebhookGetsOneCloudEventPerEvent) {
  auto batch = batch_of({tenant("Heroes")});
  batch.grouped = false;
  const auto request = request_of(destination(Service::webhook), batch);
  EXPECT_EQ(request.url, "http://h/x");
  EXPECT_EQ(header(request, "Content-Type"), "application/cloudevents+json");
  EXPECT_EQ(header(request, "webhook-id"), "e1-7");
  EXPECT_EQ(header(request, "webhook-timestamp"), "1767323045");
  EXPECT_EQ(header(request, "webhook-signature"), "");
  const auto event = json::parse(request.body).as_object();
  EXPECT_EQ(event.at("specversion"), "1.0");
  EXPECT_EQ(event.at("id"), "e1-7");
  EXPECT_EQ(event.at("type"), "com.cisco.aci.fvTenant.created");
  EXPECT_EQ(event.at("source"), "/aci/dc1");
  EXPECT_EQ(event.at("subject"), "uni/tn-Heroes");
  EXPECT_EQ(event.at("data").as_object().at("dn"), "uni/tn-Heroes");
}

TEST(Request, AGroupIsABatchEvenOfOne) {
  auto batch = batch_of({tenant("Heroes")});
  batch.grouped = true;
  const auto request = request_of(destination(Service::webhook), batch);
  EXPECT_EQ(header(request, "Content-Type"), "application/cloudevents-batch+json");
  EXPECT_EQ(json::parse(request.body).as_array().size(), 1u);
  EXPECT_EQ(json::parse(request_of(destination(Service::webhook), batch_of({tenant("A"), tenant("B")})).body).as_array().size(),
            2u);
}

TEST(Request, ASecretSignsIdTimeAndBody) {
  auto signed_destination = destination(Service::webhook);
  signed_destination.secret = "key";
  EXPECT_EQ(header(request_of(signed_destination, batch_of({tenant("A")})), "webhook-signature"), "v1,key(e1-7.1767323045.)");
}

TEST(Request, WhatAFullQueueRefusedIsToldInAHeader) {
  EXPECT_EQ(header(request_of(destination(Service::webhook), batch_of({tenant("A")}), 5), "Aciwatch-Not-Shown"), "5");
}

TEST(Request, AGapAndATestAreEventsOfTheirOwn) {
  Batch batch;
  batch.id = "e1-gap-1";
  batch.gap = model::Gap{"dc1", "config", {36131000, 0}, {36169000, 0}, "channel closed", 3};
  const auto gap = json::parse(request_of(destination(Service::webhook), batch).body).as_object();
  EXPECT_EQ(gap.at("type"), "com.cisco.aci.gap");
  EXPECT_EQ(gap.at("id"), "e1-gap-1");
  EXPECT_EQ(gap.at("data").as_object().at("gap").as_object().at("found"), 3);
  batch.gap.reset();
  batch.note = "[TEST] \"x\"";
  const auto test = json::parse(request_of(destination(Service::webhook), batch).body).as_object();
  EXPECT_EQ(test.at("type"), "com.cisco.aci.test");
  EXPECT_EQ(test.at("data").as_object().at("message"), "[TEST] \"x\"");
}

TEST(Request, ChatServicesGetTheirBodiesAtTheirAddresses) {
  const auto hook = request_of(destination(Service::slack_webhook), batch_of({tenant("A")}));
  EXPECT_EQ(hook.url, "http://h/x");
  EXPECT_EQ(header(hook, "Authorization"), "");
  const auto bot = request_of(destination(Service::slack_api), batch_of({tenant("A")}));
  EXPECT_EQ(bot.url, "http://h/x/chat.postMessage");
  EXPECT_EQ(header(bot, "Authorization"), "Bearer t");
  EXPECT_EQ(json::parse(bot.body).as_object().at("channel"), "c");
  const auto webex = request_of(destination(Service::webex), batch_of({tenant("A")}));
  EXPECT_EQ(webex.url, "http://h/x/messages");
  EXPECT_EQ(header(webex, "Authorization"), "Bearer t");
  EXPECT_EQ(json::parse(webex.body).as_object().at("roomId"), "c");
}

}  // namespace
}  // namespace aci::relay
