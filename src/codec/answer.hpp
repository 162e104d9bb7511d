// The controller's envelope {"totalCount":"1","imdata":[...]} in and out, JSON and XML. Floor: codec.
//
// Shapes, with one recorded sample each:
//   answer
//   {"totalCount":"1","subscriptionId":"72057628414509057","imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-common",...}}}]}
//   error         {"totalCount":"1","imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token
//   timeout)"}}}]} login answer
//   {"totalCount":"1","imdata":[{"aaaLogin":{"attributes":{"token":"...","refreshTimeoutSeconds":"600",...},"children":[...]}}]}
//   XML           <?xml version="1.0" encoding="UTF-8"?><imdata totalCount="1"><fvTenant dn="uni/tn-common" .../></imdata>
//
// All attribute values are strings. Bytes are hostile: every decoder is total, bounded in depth (depth_max) and refuses
// trailing content, and says at which byte it stopped. No network, no clock. Thread-safety: free functions, no state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/managed_object.hpp"
#include "model/query.hpp"

namespace aci::codec {

inline constexpr int depth_max = 256;

struct Answer {
  std::uint64_t total_count = 0;  // objects that match in all, whatever the page; imdata's size where it is left out
  std::vector<std::string> subscription_ids;  // the scalar and the array form, strings and numbers
  std::vector<model::ManagedObject> objects;
};

// An envelope with an `error` object decodes to a base::Error: errc auth for 401 and 403, else refused; `code` the
// controller's number, message its text. A body that is no envelope (HTML, empty, truncated) is errc protocol.
base::Result<Answer> decode_answer(std::string_view body, model::Format format = model::Format::json);

// What a login, a refresh, or the request of a token for signed requests (webtokenSession) answered.
struct Login {
  std::string token;
  base::Duration refresh_timeout{600'000};      // life of the token from now
  base::Duration maximum_lifetime{86'400'000};  // life of the session, refreshing does not extend it
  std::string version;                          // "6.0(9c)", "" where not told
  std::string node;                             // DN of the controller that answered
};
base::Result<Login> login_of(const Answer& answer);

// The body of POST /api/aaaLogin.json; every byte of name and password is escaped as JSON wants it.
std::string login_body(std::string_view user, std::string_view password);

// The body of POST /api/requestAppToken.json.
std::string app_token_body(std::string_view app);

// Appends the text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Appends the text as the value of an XML attribute, without its quotes.
void append_xml_text(std::string& out, std::string_view text);

// Appends {"fvTenant":{"attributes":{...},"children":[...]}}; children are left out when there are none. Attributes in the
// order given (Attributes keeps them sorted).
void append_object(std::string& out, const model::ManagedObject& object, model::Format format);

// A whole answer body, compact, keys in the controller's order: totalCount, subscriptionId, imdata.
std::string encode_answer(const Answer& answer, model::Format format);

// An error body: code, then text.
std::string encode_error(int code, std::string_view text, model::Format format);

// A pushed frame with one object: {"subscriptionId":["..."],"imdata":[...]}, no totalCount.
std::string encode_frame(const std::vector<std::string>& subscription_ids, const model::ManagedObject& object,
                         model::Format format);

// The body of a POST: one object with its children. Errors carry the controller's code (400) and text: a number where a
// string must stand, `children` before `attributes`, no or several classes, broken JSON or XML. An object whose
// attributes are absent altogether decodes to no attributes.
base::Result<model::ManagedObject> decode_body(std::string_view body, model::Format format);

}  // namespace aci::codec
