#include "relay/text.hpp"

namespace aci::relay {
namespace {

const char* colour_of(Tone tone) {
  switch (tone) {
    case Tone::created: return "\x1b[32m";
    case Tone::modified: return "\x1b[34m";
    case Tone::deleted: return "\x1b[31m";
    case Tone::warning: return "\x1b[33m";
    case Tone::note: return "\x1b[1m";
  }
  return "";
}

std::string quoted(const std::string& value) { return '"' + value + '"'; }

}  // namespace

std::string render_text(const Message& message, bool colour) {
  const auto word = [&](Tone tone, const std::string& text) { return colour ? colour_of(tone) + text + "\x1b[0m" : text; };
  std::string out;
  // One item says all that its title would.
  if (message.items.size() != 1 || message.more_items > 0) out += word(message.tone, message.title) + '\n';
  for (const auto& item : message.items) {
    out += item.time + ' ' + item.fabric + ": " + item.kind;
    if (!item.name.empty()) out += ' ' + item.name;
    out += ' ' + word(item.tone, item.verb);
    if (!item.remark.empty()) out += " (" + item.remark + ')';
    out += "  " + item.dn + '\n';
    for (const auto& field : item.fields) {
      out += "  " + field.name + ": ";
      if (!item.changes) out += quoted(field.to.value_or(""));
      else out += (field.from ? quoted(*field.from) : "?") + " -> " + (field.to ? quoted(*field.to) : "(gone)");
      out += '\n';
    }
    if (item.more_fields > 0) out += "  +" + std::to_string(item.more_fields) + " more attributes\n";
  }
  if (message.more_items > 0) out += more_line(message.more_items) + '\n';
  if (message.not_shown > 0) out += more_line(message.not_shown, " not shown") + '\n';
  return out;
}

}  // namespace aci::relay
