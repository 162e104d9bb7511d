#include "relay/webex.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "relay/plain.hpp"
#include "relay/text.hpp"

namespace aci::relay {
namespace {

void append_entity(std::string& out, char c) {
  if (c == '&') out += "&amp;";
  else if (c == '<') out += "&lt;";
  else if (c == '>') out += "&gt;";
  else out += c;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_~[]()#+-.!|{}").find(c) != std::string_view::npos) out += '\\';
    append_entity(out, c);
  }
  return out;
}

// A code span whose fence is longer than any run of backticks inside.
std::string code(std::string_view text) {
  if (text.empty()) return "(empty)";
  std::size_t run = 0, longest = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string pad = longest > 0 ? " " : "";
  std::string out = fence + pad;
  for (const char c : text) append_entity(out, c);
  return out + pad + fence;
}

std::string value(const std::optional<std::string>& value, const char* absent) { return value ? code(*value) : absent; }

const char* mark_of(Tone tone) {
  switch (tone) {
    case Tone::created: return "\xf0\x9f\x9f\xa2 ";
    case Tone::modified: return "\xf0\x9f\x94\xb5 ";
    case Tone::deleted: return "\xf0\x9f\x94\xb4 ";
    case Tone::warning: return "\xe2\x9a\xa0\xef\xb8\x8f ";
    case Tone::note: return "";
  }
  return "";
}

std::string item_text(const Item& item) {
  std::string out = mark_of(item.tone) + escaped(item.kind);
  if (!item.name.empty()) out += " **" + escaped(item.name) + "**";
  out += ' ' + item.verb;
  if (!item.remark.empty()) out += " (" + item.remark + ')';
  out += "\n\n";
  for (const auto& field : item.fields) {
    out += "- " + escaped(field.name) + ' ';
    if (item.changes) out += value(field.from, "(not known)") + " \xe2\x86\x92 ";
    out += value(field.to, "(gone)") + '\n';
  }
  if (item.more_fields > 0) out += "- +" + std::to_string(item.more_fields) + " more attributes\n";
  if (!item.fields.empty()) out += '\n';
  out += code(item.dn) + "  \n";
  if (!item.tenant.empty()) out += "tenant " + escaped(item.tenant) + ", ";
  return out + "fabric " + escaped(item.fabric) + ", " + item.time + "\n\n";
}

std::string markdown_of(const Message& message) {
  constexpr std::size_t reserve = 200;  // for the lines at the end
  std::string out;
  std::uint64_t more = message.more_items;
  if (message.items.size() != 1 || more > 0) out = mark_of(message.tone) + ("**" + escaped(message.title)) + "**\n\n";
  for (const auto& item : message.items) {
    const std::string text = item_text(item);
    // The one item of a message is cut rather than left out.
    if (out.size() + text.size() + reserve > webex_bytes_max && message.items.size() > 1) ++more;
    else out += text;
  }
  std::string end;
  if (more > 0) end += more_line(more) + "\n\n";
  if (message.not_shown > 0) end += more_line(message.not_shown, " not shown") + "\n\n";
  while (!end.empty() && end.back() == '\n') end.pop_back();
  out = std::string(cut_utf8(out, webex_bytes_max - end.size())) + end;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace

std::string render_webex(const Message& message, std::string_view room_id, bool plain) {
  boost::json::object body;
  body["roomId"] = room_id;
  if (plain) body["text"] = cut_utf8(render_text(message, false), webex_bytes_max);
  else body["markdown"] = markdown_of(message);
  return boost::json::serialize(body);
}

}  // namespace aci::relay
