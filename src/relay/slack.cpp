#include "relay/slack.hpp"

#include <boost/json.hpp>

#include "relay/plain.hpp"
#include "relay/text.hpp"

namespace aci::relay {
namespace {

namespace json = boost::json;

constexpr std::size_t characters_max = 12'000, header_max = 150, text_max = 3'000;

const char* emoji_of(Tone tone) {
  switch (tone) {
    case Tone::created: return "large_green_circle";
    case Tone::modified: return "large_blue_circle";
    case Tone::deleted: return "red_circle";
    case Tone::warning: return "warning";
    case Tone::note: return "speech_balloon";
  }
  return "";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

enum class Style { none, bold, code };

// One rich_text block while it is put together, with the count of characters that Slack's total is about.
class RichText {
 public:
  void section() { open(sections_, "rich_text_section"); }
  void bullet() { open(bullets_, "rich_text_section"); }
  void emoji(const char* name) {
    json::object element;
    element["type"] = "emoji";
    element["name"] = name;
    current_->push_back(std::move(element));
  }
  // Slack refuses elements without text.
  void text(std::string_view text, Style style = Style::none) {
    if (text.empty()) return;
    json::object element;
    element["type"] = "text";
    element["text"] = text;
    if (style != Style::none) element["style"] = json::object{{style == Style::bold ? "bold" : "code", true}};
    characters += characters_of(text);
    current_->push_back(std::move(element));
  }
  void value(const std::optional<std::string>& value, const char* absent) {
    if (!value) text(absent);
    else if (value->empty()) text("(empty)");
    else text(*value, Style::code);
  }
  // Sections opened before the bullets stand above them; the closing section stands below.
  void end_of_head() { head_ = sections_.size(); }

  json::object block() && {
    json::array elements;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (i == head_ && !bullets_.empty()) {
        json::object list;
        list["type"] = "rich_text_list";
        list["style"] = "bullet";
        list["elements"] = std::move(bullets_);
        elements.push_back(std::move(list));
        bullets_.clear();
      }
      elements.push_back(std::move(sections_[i]));
    }
    json::object block;
    block["type"] = "rich_text";
    block["elements"] = std::move(elements);
    return block;
  }

  std::size_t characters = 0;

 private:
  void open(json::array& where, const char* type) {
    json::object section;
    section["type"] = type;
    section["elements"] = json::array();
    where.push_back(std::move(section));
    current_ = &where.back().as_object()["elements"].as_array();
  }

  json::array sections_, bullets_;
  std::size_t head_ = 0;
  json::array* current_ = nullptr;
};

RichText item_block(const Item& item) {
  RichText rich;
  rich.section();
  rich.emoji(emoji_of(item.tone));
  rich.text(" " + item.kind + ' ');
  rich.text(item.name, Style::bold);
  rich.text((item.name.empty() ? "" : " ") + item.verb);
  if (!item.remark.empty()) rich.text(" (" + item.remark + ')');
  rich.end_of_head();
  for (const auto& field : item.fields) {
    rich.bullet();
    rich.text(field.name + ' ');
    if (item.changes) {
      rich.value(field.from, "(not known)");
      rich.text(" \xe2\x86\x92 ");
    }
    rich.value(field.to, "(gone)");
  }
  if (item.more_fields > 0) {
    rich.bullet();
    rich.text("+" + std::to_string(item.more_fields) + " more attributes");
  }
  rich.section();
  rich.text(item.dn, Style::code);
  rich.text((item.tenant.empty() ? "\n" : "\ntenant " + item.tenant + ", ") + "fabric " + item.fabric + ", " + item.time);
  return rich;
}

json::object plain_text(std::string_view text) {
  json::object object;
  object["type"] = "plain_text";
  object["text"] = text;
  object["emoji"] = false;
  return object;
}

json::object context(std::string_view text) {
  json::object block;
  block["type"] = "context";
  block["elements"] = json::array{plain_text(text)};
  return block;
}

json::array blocks_of(const Message& message) {
  json::array blocks;
  std::size_t characters = 0;
  std::uint64_t more = message.more_items;
  if (message.items.size() != 1 || more > 0) {
    json::object header;
    const std::string title = clean(message.title, header_max);
    // A gap or a note says more than a header takes.
    if (message.items.empty()) {
      RichText rich;
      rich.section();
      rich.emoji(emoji_of(message.tone));
      rich.text(" " + message.title);
      blocks.push_back(std::move(rich).block());
    } else {
      header["type"] = "header";
      header["text"] = plain_text(title);
      blocks.push_back(std::move(header));
    }
    characters += characters_of(message.title);
  }
  for (const auto& item : message.items) {
    RichText rich = item_block(item);
    if (characters + rich.characters > characters_max) {
      ++more;
      continue;
    }
    characters += rich.characters;
    blocks.push_back(std::move(rich).block());
  }
  if (more > 0) blocks.push_back(context(more_line(more)));
  if (message.not_shown > 0) blocks.push_back(context(more_line(message.not_shown, " not shown")));
  return blocks;
}

}  // namespace

std::string render_slack(const Message& message, std::string_view channel, bool plain) {
  std::string text = render_text(message, false);
  if (!plain) text = message.items.size() == 1 ? message.title + "\n" + message.items[0].dn : message.title;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  json::object payload;
  if (!channel.empty()) payload["channel"] = channel;
  payload["text"] = escaped(cut_utf8(text, text_max));
  payload["mrkdwn"] = false;
  if (!plain) payload["blocks"] = blocks_of(message);
  return json::serialize(payload);
}

}  // namespace aci::relay
