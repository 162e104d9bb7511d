#include "model/dn.hpp"

namespace aci::model {
namespace {

// The position of the '/' that begins the last RN, or npos when there is only one RN. Brackets are counted from the
// right, since only the end is asked for.
std::size_t last_separator(std::string_view dn) {
  int depth = 0;
  for (std::size_t i = dn.size(); i-- > 0;) {
    if (dn[i] == ']') ++depth;
    else if (dn[i] == '[') --depth;
    else if (dn[i] == '/' && depth == 0) return i;
  }
  return std::string_view::npos;
}

base::Error malformed(std::string_view text, std::size_t position, const char* why) {
  std::string shown(text.substr(0, 200));
  return {base::Errc::invalid, "malformed DN '" + shown + "' at position " + std::to_string(position + 1) + ": " + why};
}

}  // namespace

base::Result<Dn> Dn::parse(std::string_view text) {
  if (text.size() > size_max) return malformed(text, size_max, "it is longer than 4096 bytes");
  int depth = 0;
  std::size_t rn_begin = 0, bracket = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return malformed(text, i, "control character");
    if (c == '[') {
      if (depth++ == 0) bracket = i;
    } else if (c == ']') {
      if (--depth < 0) return malformed(text, i, "']' without '['");
    } else if (c == '/' && depth == 0) {
      if (i == rn_begin) return malformed(text, i, "empty name between two '/'");
      rn_begin = i + 1;
    }
  }
  if (depth != 0) return malformed(text, bracket, "'[' without ']'");
  if (!text.empty() && rn_begin == text.size()) return malformed(text, text.size() - 1, "it ends in '/'");
  return Dn(std::string(text));
}

Dn Dn::child(std::string_view rn) const {
  std::string text;
  text.reserve(text_.size() + 1 + rn.size());
  text += text_;
  if (!text.empty()) text += '/';
  text += rn;
  return Dn(std::move(text));
}

std::vector<std::string_view> Dn::split(std::string_view dn) {
  std::vector<std::string_view> rns;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < dn.size(); ++i) {
    if (dn[i] == '[') ++depth;
    else if (dn[i] == ']') --depth;
    else if (dn[i] == '/' && depth == 0) {
      rns.push_back(dn.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (begin < dn.size()) rns.push_back(dn.substr(begin));
  return rns;
}

std::string_view Dn::rn_of(std::string_view dn) {
  const std::size_t at = last_separator(dn);
  return at == std::string_view::npos ? dn : dn.substr(at + 1);
}

std::string_view Dn::parent_of(std::string_view dn) {
  const std::size_t at = last_separator(dn);
  return at == std::string_view::npos ? std::string_view{} : dn.substr(0, at);
}

bool Dn::is_below(std::string_view dn, std::string_view ancestor) {
  if (ancestor.empty()) return !dn.empty();
  return dn.size() > ancestor.size() + 1 && dn.starts_with(ancestor) && dn[ancestor.size()] == '/';
}

}  // namespace aci::model
