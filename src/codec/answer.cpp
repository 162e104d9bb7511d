#include "codec/answer.hpp"

#include <algorithm>
#include <charconv>

#include "codec/formats.hpp"

namespace aci::codec {
namespace {

using model::Format;

constexpr std::string_view xml_declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

template <class Number>
Number number_or(std::string_view text, Number otherwise) {
  Number number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

base::Error controller_error(const model::ManagedObject& error) {
  const int code = number_or(error.attributes.get("code"), 0);
  std::string text(error.attributes.get("text"));
  if (text.empty()) text = "the controller refused the request and gave no reason";
  return {code == 401 || code == 403 ? base::Errc::auth : base::Errc::refused, std::move(text), code};
}

// A lifetime of zero, or of more than anybody sets, would make a client log in without end or never.
base::Duration seconds_or(std::string_view text, base::Duration otherwise) {
  const auto seconds = number_or<std::int64_t>(text, 0);
  return seconds > 0 && seconds <= 366 * 86'400 ? base::Duration{seconds * 1000} : otherwise;
}

void append_ids(std::string& out, const std::vector<std::string>& ids, Format format) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    if (format == Format::json) append_json_string(out, ids[i]);
    else xml_format::append_text(out, ids[i]);
  }
}

// The first objects tell how much room all of them will need: a large text that grows is copied again and again.
void append_objects(std::string& out, const std::vector<model::ManagedObject>& objects, Format format) {
  constexpr std::size_t sample = 64, reserve_max = 256 * 1024 * 1024;
  const std::size_t before = out.size();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (i == sample)
      out.reserve(std::min(reserve_max, before + (out.size() - before) * (objects.size() / sample + 1) * 17 / 16));
    if (i > 0 && format == Format::json) out += ',';
    append_object(out, objects[i], format);
  }
}

}  // namespace

base::Result<Answer> decode_answer(std::string_view body, Format format) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos)
    return base::Error{base::Errc::protocol, "the answer is empty; is this the address of a controller?"};
  if (format == Format::json && body[begin] == '<')
    return base::Error{base::Errc::protocol, "the answer is a web page and not JSON; is this the address of a controller?"};
  auto answer = format == Format::json ? json_format::decode_answer(body) : xml_format::decode_answer(body);
  if (answer)
    for (const auto& object : answer->objects)
      if (object.class_name == "error") return controller_error(object);
  return answer;
}

base::Result<model::ManagedObject> decode_body(std::string_view body, Format format) {
  return format == Format::json ? json_format::decode_body(body) : xml_format::decode_body(body);
}

base::Result<Login> login_of(const Answer& answer) {
  for (const auto& object : answer.objects) {
    const bool is_login = object.class_name == "aaaLogin" || object.class_name == "webtokenSession";
    if (!is_login || object.attributes.get("token").empty()) continue;
    Login login;
    login.token = object.attributes.get("token");
    login.refresh_timeout = seconds_or(object.attributes.get("refreshTimeoutSeconds"), login.refresh_timeout);
    login.maximum_lifetime = seconds_or(object.attributes.get("maximumLifetimeSeconds"), login.maximum_lifetime);
    login.version = object.attributes.get("version");
    login.node = object.attributes.get("node");
    return login;
  }
  return base::Error{base::Errc::protocol, "the answer to the login holds no token; is this the address of a controller?"};
}

void append_xml_text(std::string& out, std::string_view text) { xml_format::append_text(out, text); }

void append_object(std::string& out, const model::ManagedObject& object, Format format) {
  if (format == Format::json) json_format::append_object(out, object);
  else xml_format::append_object(out, object);
}

std::string encode_answer(const Answer& answer, Format format) {
  std::string out;
  const std::string total = std::to_string(answer.total_count);
  if (format == Format::json) {
    out += R"({"totalCount":")" + total + '"';
    if (!answer.subscription_ids.empty()) {
      const bool several = answer.subscription_ids.size() > 1;
      out += several ? R"(,"subscriptionId":[)" : R"(,"subscriptionId":)";
      append_ids(out, answer.subscription_ids, format);
      if (several) out += ']';
    }
    out += R"(,"imdata":[)";
    append_objects(out, answer.objects, format);
    out += "]}";
    return out;
  }
  out += xml_declaration;
  out += R"(<imdata totalCount=")" + total + '"';
  if (!answer.subscription_ids.empty()) {
    out += R"( subscriptionId=")";
    append_ids(out, answer.subscription_ids, format);
    out += '"';
  }
  if (answer.objects.empty()) return out += "/>";
  out += '>';
  append_objects(out, answer.objects, format);
  return out += "</imdata>";
}

std::string encode_error(int code, std::string_view text, Format format) {
  return encode_answer({1, {}, {{"error", {{"code", std::to_string(code)}, {"text", text}}, {}}}}, format);
}

std::string encode_frame(const std::vector<std::string>& subscription_ids, const model::ManagedObject& object, Format format) {
  std::string out;
  if (format == Format::json) {
    out += R"({"subscriptionId":[)";
    append_ids(out, subscription_ids, format);
    out += R"(],"imdata":[)";
    append_object(out, object, format);
    return out += "]}";
  }
  out += xml_declaration;
  out += R"(<imdata subscriptionId=")";
  append_ids(out, subscription_ids, format);
  out += R"(">)";
  append_object(out, object, format);
  return out += "</imdata>";
}

}  // namespace aci::codec
