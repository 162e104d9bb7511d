// Alertmanager's matchers on the labels of an event. Floor: relay.
//
//   auto matchers = Matchers::parse(R"(class=~"fvTenant|fvAp", op!="deleted")");
//   if (!matchers) ...                      // "at position 1: unknown label 'clas' (did you mean 'class'?)"
//   matchers->matches(Labels::of(event))
//
//   matchers = ["{"] [ matcher *("," matcher) [","] ] ["}"]
//   matcher  = label ("=" | "!=" | "=~" | "!~") value
//   value    = '"' text with \" \\ \n '"'  |  bare text without blank, comma, brace or quote
//
// All of them must match; no matcher at all matches everything. Patterns are RE2 and must match the whole value.
// Positions count bytes from 1. Thread-safety: immutable value.
// Source: Prometheus Alertmanager documentation, "matchers".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "relay/labels.hpp"

namespace re2 {
class RE2;
}

namespace aci::relay {

struct Matcher {
  enum class Op : std::uint8_t { equal, not_equal, match, no_match };
  Label label = Label::fabric;
  Op op = Op::equal;
  std::string value;
  std::shared_ptr<const re2::RE2> pattern;  // of match and no_match

  bool matches(const Labels& labels) const;
  std::string str() const;  // class=~"fvTenant|fvAp"
};

class Matchers {
 public:
  static constexpr std::size_t size_max = 4096;  // longest text taken, in bytes

  static base::Result<Matchers> parse(std::string_view text);

  // Both together: all of this and all of the other.
  void append(Matchers other);

  bool matches(const Labels& labels) const { return mismatch(labels) == nullptr; }
  // The first matcher that does not match, nullptr when all do.
  const Matcher* mismatch(const Labels& labels) const;
  bool empty() const { return matchers_.empty(); }
  std::string str() const;  // joined by ", "

 private:
  std::vector<Matcher> matchers_;
};

}  // namespace aci::relay
