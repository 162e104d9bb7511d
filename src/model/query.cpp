#include "model/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

#include "model/text.hpp"
#include "model/value_key.hpp"

namespace aci::model {
namespace {

constexpr std::uint32_t page_size_max = 100'000;

constexpr std::array<std::string_view, 3> target_names{"self", "children", "subtree"};
constexpr std::array<std::string_view, 4> rsp_subtree_names{"no", "children", "full", "modified"};

base::Error refused(std::string message) { return {base::Errc::invalid, std::move(message), 400}; }

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto belongs = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), belongs);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_encoded(std::string& out, std::string_view text, std::string_view reserved) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && reserved.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
}

// A form encoder (Python's urlencode, Go's QueryEscape) writes a blank as '+' and leaves none of these marks as they
// are. Who sends one of them raw sends the '+' of a date's offset raw too.
std::string decode_value(std::string_view raw) {
  if (raw.find_first_of(" \"(),:|/[]") != std::string_view::npos) return percent_decode(raw);
  std::string text(raw);
  std::replace(text.begin(), text.end(), '+', ' ');
  return percent_decode(text);
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) (out.empty() ? out : out += ',') += name;
  return out;
}

base::Result<void> read_address(Query& query, std::string_view path) {
  const std::string_view whole = path;
  const auto unknown = [&] {
    return refused("no such address '" + shown(whole) + "': expected /api/mo/<DN>.json or /api/class/<class>.json (or .xml)");
  };
  const auto skip = [&](std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    path.remove_prefix(prefix.size());
    return true;
  };
  if (!skip("/api/")) return unknown();
  if (!skip("node/")) skip("policymgr/");
  if (path.ends_with(".xml")) {
    query.format = Format::xml;
    path.remove_suffix(4);
  } else if (path.ends_with(".json")) {
    path.remove_suffix(5);
  } else {
    return unknown();
  }
  if (path == "mo") return {};
  const bool is_class = skip("class/"), is_trace = !is_class && skip("trace/");
  if (!is_class && !is_trace && !skip("mo/")) return unknown();
  if (is_trace) query.target = Target::subtree;
  auto dn = Dn::parse(path);
  if (!dn) return refused(shown(dn.error().message, 300));
  if (!is_class) {
    query.dn = std::move(*dn);
    return {};
  }
  query.class_name = dn->rn();
  query.dn = dn->parent();
  if (!is_name(query.class_name)) return refused("Request failed, unresolved class for " + shown(query.class_name));
  return {};
}

template <std::size_t N, class E>
base::Result<void> read_choice(std::string_view option, std::string_view value, const std::array<std::string_view, N>& names,
                               E& out) {
  const auto found = std::find(names.begin(), names.end(), value);
  if (found != names.end()) {
    out = static_cast<E>(found - names.begin());
    return {};
  }
  std::string message = std::string(option) + " '" + shown(value) + "': expected ";
  for (const auto name : names) message += std::string(name) + (name == names.back() ? "" : ", ");
  return refused(std::move(message));
}

base::Result<std::uint32_t> read_number(std::string_view option, std::string_view value, std::uint32_t least,
                                        std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc{} && end == value.data() + value.size() && number >= least && number <= most) return number;
  return refused(std::string(option) + " '" + shown(value) + "': expected a number from " + std::to_string(least) + " to " +
                 std::to_string(most));
}

base::Result<void> read_classes(std::string_view option, std::string_view value, std::vector<std::string>& out) {
  base::Result<void> read;
  each_part(value, ',', [&](std::string_view name) {
    out.emplace_back(name);
    if (!is_name(name)) read = refused(std::string(option) + " '" + shown(name) + "': expected classes, separated by ','");
    return read.has_value();
  });
  return read;
}

base::Result<void> read_filter(std::string_view option, std::string_view value, std::optional<Filter>& out) {
  auto filter = Filter::parse(value);
  if (!filter) {
    base::Error error = filter.error();
    error.message = std::string(option) + ": " + error.message;
    return error;
  }
  out = std::move(*filter);
  return {};
}

base::Result<void> read_order(std::string_view value, std::vector<OrderBy>& out) {
  base::Result<void> read;
  each_part(value, ',', [&](std::string_view item) {
    const auto bar = item.find('|');
    const auto property = trimmed(item.substr(0, bar));
    const auto direction = bar == std::string_view::npos ? "asc" : trimmed(item.substr(bar + 1));
    const auto dot = property.find('.');
    const bool named = dot != std::string_view::npos && is_name(property.substr(0, dot)) && is_name(property.substr(dot + 1));
    if (named && (direction == "asc" || direction == "desc")) {
      out.push_back({std::string(property.substr(0, dot)), std::string(property.substr(dot + 1)), direction == "desc"});
    } else {
      read = refused("order-by '" + shown(item) + "': expected Class.property|asc or Class.property|desc");
    }
    return read.has_value();
  });
  return read;
}

// "24h", "1week", "1month", "3month"; "<date>|<date>" (the form of a range is not verified).
base::Result<void> read_time_range(std::string_view value, std::optional<TimeRange>& out) {
  constexpr std::array<std::pair<std::string_view, int>, 5> units{
      {{"h", 1}, {"day", 24}, {"week", 7 * 24}, {"month", 30 * 24}, {"year", 365 * 24}}};
  if (const auto bar = value.find('|'); bar != std::string_view::npos) {
    const auto from = parse_date(trimmed(value.substr(0, bar)));
    const auto to = parse_date(trimmed(value.substr(bar + 1)));
    if (from && to) {
      out = TimeRange{{}, *from, *to};
      return {};
    }
  }
  constexpr int hours_max = 1'000'000;
  int count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  const std::string_view unit = value.substr(static_cast<std::size_t>(end - value.data()));
  for (const auto& [name, hours] : units)
    if (error == std::errc{} && count > 0 && count <= hours_max / hours && unit == name) {
      out = TimeRange{std::chrono::hours(count * hours), {}, {}};
      return {};
    }
  return refused("time-range '" + shown(value) + "': expected 24h, 1week, 1month, 3month or two dates with '|' between");
}

std::string text_of(const TimeRange& range) {
  if (range.last) return std::to_string(std::chrono::duration_cast<std::chrono::hours>(*range.last).count()) + "h";
  return range.from.to_string() + '|' + range.to.to_string();
}

// An empty value counts as an option that is not there.
base::Result<void> read_option(Query& query, std::string_view option, std::string_view value) {
  if (value.empty()) return {};
  if (option == "query-target") return read_choice(option, value, target_names, query.target);
  if (option == "target-subtree-class" || option == "target-class")
    return read_classes(option, value, query.target_subtree_class);
  if (option == "query-target-filter") return read_filter(option, value, query.target_filter);
  if (option == "rsp-subtree") return read_choice(option, value, rsp_subtree_names, query.rsp_subtree);
  if (option == "rsp-subtree-class") return read_classes(option, value, query.rsp_subtree_class);
  if (option == "rsp-subtree-filter") return read_filter(option, value, query.rsp_subtree_filter);
  if (option == "order-by") return read_order(value, query.order_by);
  if (option == "time-range") return read_time_range(value, query.time_range);
  if (option == "rsp-subtree-include") {
    each_part(value, ',', [&](std::string_view token) { return query.rsp_subtree_include.emplace_back(token), true; });
  } else if (option == "rsp-prop-include") {
    query.rsp_prop_include = value;
  } else if (option == "subscription") {
    if (value != "yes" && value != "no") return refused("subscription '" + shown(value) + "': expected yes or no");
    query.subscription = value == "yes";
  } else if (option == "page" || option == "page-size") {
    const bool is_size = option == "page-size";
    const auto number =
        read_number(option, value, is_size ? 1 : 0, is_size ? page_size_max : std::numeric_limits<std::uint32_t>::max());
    if (!number) return number.error();
    (is_size ? query.page_size : query.page) = *number;
  } else if (option == "refresh-timeout") {
    const auto number = read_number(option, value, 1, std::numeric_limits<std::uint32_t>::max());
    if (!number) return number.error();
    query.refresh_timeout = std::chrono::seconds(*number);
  }
  return {};
}

}  // namespace

bool TimeRange::contains(base::WallTime time, base::WallTime now) const {
  if (last) return now + -*last <= time && time <= now;
  return from <= time && time <= to;
}

Query Query::of_class(std::string name) {
  Query query;
  query.class_name = std::move(name);
  return query;
}

Query Query::of_object(Dn dn) {
  Query query;
  query.dn = std::move(dn);
  return query;
}

std::string Query::to_url() const {
  std::string url = class_name.empty() ? "/api/mo" : "/api/class";
  if (!dn.empty()) append_encoded(url += '/', dn.str(), "\"%#?");
  if (!class_name.empty()) (url += '/') += class_name;
  url += format == Format::json ? ".json" : ".xml";

  char separator = '?';
  const auto add = [&](std::string_view option, std::string_view value) {
    if (value.empty()) return;
    url += std::exchange(separator, '&');
    (url += option) += '=';
    append_encoded(url, value, "\"%#&+");
  };
  if (target != Target::self) add("query-target", target_names[static_cast<std::size_t>(target)]);
  add("target-subtree-class", joined(target_subtree_class));
  if (target_filter) add("query-target-filter", target_filter->str());
  if (rsp_subtree != RspSubtree::no) add("rsp-subtree", rsp_subtree_names[static_cast<std::size_t>(rsp_subtree)]);
  add("rsp-subtree-class", joined(rsp_subtree_class));
  if (rsp_subtree_filter) add("rsp-subtree-filter", rsp_subtree_filter->str());
  add("rsp-subtree-include", joined(rsp_subtree_include));
  add("rsp-prop-include", rsp_prop_include);
  std::vector<std::string> orders;
  for (const auto& order : order_by)
    orders.push_back(order.class_name + "." + order.property + (order.descending ? "|desc" : "|asc"));
  add("order-by", joined(orders));
  if (time_range) add("time-range", text_of(*time_range));
  if (page) add("page", std::to_string(*page));
  if (page_size) add("page-size", std::to_string(*page_size));
  if (subscription) add("subscription", "yes");
  // In whole seconds, rounded up: asking for less life than was meant would lose the subscription.
  if (refresh_timeout)
    add("refresh-timeout", std::to_string(std::chrono::ceil<std::chrono::seconds>(*refresh_timeout).count()));
  return url;
}

base::Result<Query> Query::parse_url(std::string_view url) {
  Query query;
  const auto question = url.find('?');
  if (auto read = read_address(query, percent_decode(url.substr(0, question))); !read) return read.error();
  if (question == std::string_view::npos) return query;

  // The last of an option counts, so an earlier one is not even looked at.
  std::map<std::string, std::string_view, std::less<>> options;
  each_part(url.substr(question + 1), '&', [&](std::string_view option) {
    const auto equals = std::min(option.find('='), option.size());
    const std::string name = percent_decode(option.substr(0, equals));
    options[std::string(trimmed(name))] = option.substr(std::min(equals + 1, option.size()));
    return true;
  });
  for (const auto& [name, raw] : options) {
    const std::string value = decode_value(raw);
    if (auto read = read_option(query, name, trimmed(value)); !read) return read.error();
  }
  return query;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace aci::model
