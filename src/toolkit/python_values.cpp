#include "toolkit/python_values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace aci::toolkit {
namespace {

std::string_view after_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
  return text;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// The character behind a backslash, taken off the text. An escape that Python does not know stands for itself.
bool append_escape(std::string& out, std::string_view& text) {
  const char c = text.front();
  text.remove_prefix(1);
  static constexpr std::string_view letters = "\\'\"abfnrtv", meanings = "\\'\"\a\b\f\n\r\t\v";
  if (const auto at = letters.find(c); at != std::string_view::npos) {
    out += meanings[at];
    return true;
  }
  const auto number = [&](std::size_t digits, int base, bool exact) {
    unsigned code = 0;
    const std::string_view part = text.substr(0, digits);
    const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), code, base);
    const auto used = static_cast<std::size_t>(end - part.data());
    if (failed != std::errc{} || (exact && used != digits) || (code >= 0xd800 && code <= 0xdfff)) return false;
    text.remove_prefix(used);
    append_utf8(out, code);
    return true;
  };
  if (c == 'x') return number(2, 16, true);
  if (c == 'u') return number(4, 16, true);
  if (c >= '0' && c <= '7') {
    text = {text.data() - 1, text.size() + 1};
    return number(3, 8, false);
  }
  (out += '\\') += c;
  return true;
}

// The one quoted text that an assignment's right side must be, with nothing but a comment behind it.
std::optional<std::string> quoted_text(std::string_view text) {
  bool raw = false;
  if (!text.empty() && (text[0] == 'r' || text[0] == 'R' || text[0] == 'u' || text[0] == 'U')) {
    raw = text[0] == 'r' || text[0] == 'R';
    text.remove_prefix(1);
  }
  if (text.empty() || (text[0] != '\'' && text[0] != '"')) return {};
  const char quote = text[0];
  text.remove_prefix(1);
  std::string value;
  for (;;) {
    if (text.empty()) return {};
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote) break;
    if (c != '\\') {
      value += c;
    } else if (text.empty()) {
      return {};
    } else if (raw) {
      (value += c) += text.front();
      text.remove_prefix(1);
    } else if (!append_escape(value, text)) {
      return {};
    }
  }
  text = after_blanks(text);
  if (!text.empty() && text.front() == ';') text = after_blanks(text.substr(1));
  if (!text.empty() && text.front() != '#') return {};
  return value;
}

}  // namespace

base::Result<std::map<std::string, std::string>> read_python_values(std::string_view text, const std::vector<std::string>& wanted) {
  std::map<std::string, std::string> values;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto name = std::find_if(wanted.begin(), wanted.end(), [line](const std::string& n) {
      return line.starts_with(n) && after_blanks(line.substr(n.size())).starts_with('=');
    });
    if (name == wanted.end()) continue;
    const std::string_view right = after_blanks(line.substr(line.find('=') + 1));
    if (right.starts_with('=')) continue;  // a comparison
    auto value = quoted_text(right);
    if (!value)
      return base::Error{base::Errc::invalid, "line " + std::to_string(number) + ": " + *name +
                                                  " must be one text in quotes (the file is read, not run): " + *name + " = '...'"};
    values[*name] = std::move(*value);
  }
  return values;
}

}  // namespace aci::toolkit
