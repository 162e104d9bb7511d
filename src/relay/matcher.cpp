#include "relay/matcher.hpp"

#include <re2/re2.h>

#include "base/nearest.hpp"

namespace aci::relay {
namespace {

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<std::vector<Matcher>> run() {
    std::vector<Matcher> matchers;
    skip();
    const bool brace = take('{');
    skip();
    while (at_ < text_.size() && text_[at_] != '}') {
      auto one = matcher();
      if (!one) return one.error();
      matchers.push_back(std::move(*one));
      skip();
      if (at_ == text_.size() || text_[at_] == '}') break;
      if (!take(',')) return error(at_, "expected ',' between two matchers (a value with blanks or commas needs quotes)");
      skip();
    }
    if (brace && !take('}')) return error(at_, "'{' without '}'");
    skip();
    if (at_ < text_.size()) return error(at_, text_[at_] == '}' ? "'}' without '{'" : "text behind the '}'");
    return matchers;
  }

 private:
  static base::Error error(std::size_t position, const std::string& what) {
    return {base::Errc::invalid, "at position " + std::to_string(position + 1) + ": " + what};
  }

  void skip() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  base::Result<Matcher> matcher() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (name.empty()) return error(begin, "expected a label such as class, op or tenant");
    const auto label = parse_label(name);
    if (!label) return error(begin, "unknown label '" + std::string(name) + "'" + base::did_you_mean(name, label_names()));
    skip();
    Matcher result{*label, Matcher::Op::equal, {}, {}};
    const std::size_t op_at = at_;
    if (take('=')) result.op = take('~') ? Matcher::Op::match : Matcher::Op::equal;
    else if (take('!') && (at_ < text_.size() && (text_[at_] == '=' || text_[at_] == '~')))
      result.op = text_[at_++] == '=' ? Matcher::Op::not_equal : Matcher::Op::no_match;
    else return error(op_at, "expected =, !=, =~ or !~ behind '" + std::string(name) + "'");
    skip();
    const std::size_t value_at = at_;
    auto value = this->value();
    if (!value) return value.error();
    result.value = std::move(*value);
    if (result.op == Matcher::Op::match || result.op == Matcher::Op::no_match) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      options.set_dot_nl(true);
      options.set_max_mem(1 << 20);
      auto pattern = std::make_shared<re2::RE2>(result.value, options);
      if (!pattern->ok()) return error(value_at, "the pattern is not valid: " + pattern->error());
      result.pattern = std::move(pattern);
    }
    return result;
  }

  base::Result<std::string> value() {
    std::string value;
    const std::size_t begin = at_;
    if (take('"')) {
      for (;;) {
        if (at_ == text_.size()) return error(begin, "the quote is not closed");
        const char c = text_[at_++];
        if (c == '"') return value;
        if (c != '\\' || at_ == text_.size()) {
          value += c;
          continue;
        }
        // Any other backslash is the pattern's own.
        const char escaped = text_[at_++];
        if (escaped == 'n') value += '\n';
        else if (escaped == '"' || escaped == '\\') value += escaped;
        else (value += '\\') += escaped;
      }
    }
    while (at_ < text_.size() && !is_blank(text_[at_]) && std::string_view(",{}\"").find(text_[at_]) == std::string_view::npos)
      value += text_[at_++];
    if (value.empty()) return error(begin, "expected a value (\"\" for an empty one)");
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Matcher::matches(const Labels& labels) const {
  const std::string_view actual = labels.get(label);
  switch (op) {
    case Op::equal: return actual == value;
    case Op::not_equal: return actual != value;
    case Op::match: return re2::RE2::FullMatch({actual.data(), actual.size()}, *pattern);
    case Op::no_match: return !re2::RE2::FullMatch({actual.data(), actual.size()}, *pattern);
  }
  return false;
}

std::string Matcher::str() const {
  static constexpr std::string_view ops[] = {"=", "!=", "=~", "!~"};
  std::string text(to_string(label));
  text += ops[static_cast<std::size_t>(op)];
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') text += "\\n";
    else text += c;
  }
  return text += '"';
}

base::Result<Matchers> Matchers::parse(std::string_view text) {
  if (text.size() > size_max) return base::Error{base::Errc::invalid, "matchers longer than 4096 bytes"};
  auto parsed = Parser(text).run();
  if (!parsed) return parsed.error();
  Matchers matchers;
  matchers.matchers_ = std::move(*parsed);
  return matchers;
}

void Matchers::append(Matchers other) {
  for (auto& matcher : other.matchers_) matchers_.push_back(std::move(matcher));
}

const Matcher* Matchers::mismatch(const Labels& labels) const {
  for (const auto& matcher : matchers_)
    if (!matcher.matches(labels)) return &matcher;
  return nullptr;
}

std::string Matchers::str() const {
  std::string text;
  for (const auto& matcher : matchers_) {
    if (!text.empty()) text += ", ";
    text += matcher.str();
  }
  return text;
}

}  // namespace aci::relay
