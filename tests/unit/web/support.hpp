// What the tests of src/web share: answers and streams that are looked at, and a few events. Floor: web's tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/server.hpp"
#include "model/change.hpp"

namespace aci::web {

struct FakeStream : io::Stream {
  bool write(std::shared_ptr<const std::string> chunk) override {
    if (closed || text.size() + chunk->size() > bound) return false;
    text += *chunk;
    return true;
  }
  void close() override { closed = true; }
  // What was written since the last call.
  std::string taken() { return std::exchange(text, {}); }

  std::string text;
  std::size_t bound = 4 * 1024 * 1024;
  bool closed = false;
};

struct FakeResponder : io::Responder {
  void send(io::HttpResponse response) override { answer = std::move(response); }
  std::shared_ptr<io::Stream> stream(io::HttpResponse response, std::function<void()> closed) override {
    head = std::move(response);
    on_closed = std::move(closed);
    return body;
  }

  std::optional<io::HttpResponse> answer, head;
  std::shared_ptr<FakeStream> body = std::make_shared<FakeStream>();
  std::function<void()> on_closed;
};

inline model::Event event(std::string class_name, std::string dn, model::Op op = model::Op::created) {
  model::Event event;
  event.fabric = "dc1";
  event.time = *base::WallTime::parse("2026-01-02T03:04:05.678+00:00");
  event.class_name = std::move(class_name);
  event.op = op;
  const auto attributes = model::Attributes{{"dn", dn}, {"descr", "Those who watch"}};
  if (op != model::Op::created) event.before = attributes;
  if (op != model::Op::deleted) event.after = attributes;
  event.dn = std::move(dn);
  return event;
}

}  // namespace aci::web
