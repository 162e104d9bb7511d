// Small reading helpers. Floor: model. Thread-safety: functions of their arguments.
//
//   each_part(" a, ,b", ',', [](std::string_view part) { ...; return true; });   // "a", "b"
//   same(name, "descr")                                                          // as ==, and faster
//   "no such address '" + shown(text) + "'"                                      // one line, and not a long one
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aci::model {

// Whether the first and the last sizeof(Word) bytes are equal: they may overlap.
template <class Word>
bool same_ends(const char* a, const char* b, std::size_t size) {
  const auto word = [](const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  const std::size_t last = size - sizeof(Word);
  return word(a) == word(b) && word(a + last) == word(b + last);
}

// a == b, without a call where they are short, as names and most values are.
inline bool same(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 32) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size > 16)
    return same_ends<std::uint64_t>(a.data(), b.data(), 16) &&
           same_ends<std::uint64_t>(a.data() + size - 16, b.data() + size - 16, 16);
  if (size >= 8) return same_ends<std::uint64_t>(a.data(), b.data(), size);
  if (size >= 4) return same_ends<std::uint32_t>(a.data(), b.data(), size);
  if (size >= 2) return same_ends<std::uint16_t>(a.data(), b.data(), size);
  return size == 0 || a[0] == b[0];
}

inline std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Case of ASCII letters alone.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Calls f with each part of a list, trimmed and without the empty ones, until it answers false. True when it never did.
template <class F>
bool each_part(std::string_view list, char separator, F f) {
  while (!list.empty()) {
    const auto at = list.find(separator);
    const auto part = trimmed(list.substr(0, at));
    if (!part.empty() && !f(part)) return false;
    list.remove_prefix(at == std::string_view::npos ? list.size() : at + 1);
  }
  return true;
}

// What a client sent, made fit for a one-line message.
inline std::string shown(std::string_view text, std::size_t size_max = 100) {
  std::string out(text.substr(0, size_max));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '.');
  if (text.size() > size_max) out += "...";
  return out;
}

}  // namespace aci::model
