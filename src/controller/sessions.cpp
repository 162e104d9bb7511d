#include "controller/sessions.hpp"

#include <algorithm>

namespace aci::controller {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls use(token) for each APIC-cookie until one answers true.
template <class Use>
void each_token(std::string_view cookies, const Use& use) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find_first_of(";,"), cookies.size());
    const std::string_view pair = trim(cookies.substr(0, end));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(trim(pair.substr(0, equals)), "APIC-cookie")) continue;
    std::string_view token = trim(pair.substr(equals + 1));
    if (token.size() >= 2 && token.front() == '"' && token.back() == '"') token = token.substr(1, token.size() - 2);
    if (use(token)) return;
  }
}

}  // namespace

std::size_t count_token_cookies(std::string_view cookies) {
  std::size_t count = 0;
  each_token(cookies, [&](std::string_view) { return ++count, false; });
  return count;
}

std::string Sessions::random_base64(std::size_t bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes; i += 3) {
    const std::uint64_t bits = rng_.next();
    const std::size_t characters = std::min<std::size_t>(bytes - i, 3) + 1;
    for (std::size_t k = 0; k < 4; ++k) text += k < characters ? alphabet[(bits >> (6 * k)) & 63] : '=';
  }
  return text;
}

base::Result<Session*> Sessions::login(base::Instant now, base::WallTime wall, std::size_t controller, std::string_view user,
                                       std::string_view password) {
  if (user.starts_with("apic:") || user.starts_with("apic#")) {
    const std::size_t name = user.find_last_of('\\');
    if (name != std::string_view::npos) user.remove_prefix(name + 1);
  }
  const auto known =
      std::find_if(options_.users.begin(), options_.users.end(), [&](const User& candidate) { return candidate.name == user; });
  if (known == options_.users.end() || known->password != password)
    return base::Error{base::Errc::auth, "User credential is incorrect - FAILED local authentication", 401};
  if (sessions_.size() >= sessions_max) return base::Error{base::Errc::overflow, "Maximum number of sessions reached", 503};
  Session session;
  session.id = next_session_++;
  session.controller = controller;
  session.user = known->name;
  session.uid = std::to_string(15374 + (known - options_.users.begin()));
  session.session_id = random_base64(16);
  session.ends_at = now + options_.session_lifetime;
  session.first_login = wall.unix_ms / 1000;
  return &sessions_.emplace(session.id, std::move(session)).first->second;
}

std::string Sessions::issue_token(base::Instant now, Session& session) {
  std::string token = random_base64(128);
  token[40] = '+';
  token[80] = '/';
  const base::Instant expires_at = std::min(now + options_.token_lifetime, session.ends_at);
  tokens_.emplace(token, Token{session.id, expires_at});
  by_expiry_.emplace(expires_at, token);
  session.tokens.push_back(token);
  if (session.tokens.size() > tokens_max) forget_token(std::string(session.tokens.front()));
  return token;
}

Session* Sessions::find_token(std::size_t controller, std::string_view token) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) return nullptr;
  Session& session = sessions_.at(found->second.session);
  return session.controller == controller ? &session : nullptr;
}

Session* Sessions::find_cookie(std::size_t controller, std::string_view cookies) {
  Session* session = nullptr;
  each_token(cookies, [&](std::string_view token) { return (session = find_token(controller, token)) != nullptr; });
  return session;
}

ChannelId Sessions::open_channel(Session& session) {
  const ChannelId channel = next_channel_++;
  channels_.emplace(channel, session.id);
  session.channels.push_back(channel);
  return channel;
}

bool Sessions::close_channel(ChannelId channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  const auto session = sessions_.find(found->second);
  if (session != sessions_.end()) std::erase(session->second.channels, channel);
  channels_.erase(found);
  return true;
}

std::vector<ChannelId> Sessions::channels() const {
  std::vector<ChannelId> all;
  for (const auto& [channel, session] : channels_) all.push_back(channel);
  return all;
}

const Session* Sessions::session_of(ChannelId channel) const {
  const auto found = channels_.find(channel);
  return found == channels_.end() ? nullptr : &sessions_.at(found->second);
}

void Sessions::forget_token(std::string_view token) {
  const auto found = tokens_.find(token);
  std::erase(sessions_.at(found->second.session).tokens, found->first);
  by_expiry_.erase({found->second.expires_at, found->first});
  tokens_.erase(found);
}

void Sessions::close_if_over(SessionId id, std::vector<ChannelId>& closed) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end() || !session->second.tokens.empty()) return;
  for (const ChannelId channel : session->second.channels) {
    channels_.erase(channel);
    closed.push_back(channel);
  }
  ended_.push_back(session->second.session_id);
  sessions_.erase(session);
}

std::vector<ChannelId> Sessions::end(SessionId id) {
  std::vector<ChannelId> closed;
  const std::deque<std::string> tokens = sessions_.at(id).tokens;
  for (const std::string& token : tokens) forget_token(token);
  close_if_over(id, closed);
  return closed;
}

std::vector<ChannelId> Sessions::advance(base::Instant now) {
  std::vector<ChannelId> closed;
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    const std::string token = by_expiry_.begin()->second;
    const SessionId session = tokens_.find(token)->second.session;
    forget_token(token);
    close_if_over(session, closed);
  }
  return closed;
}

std::vector<ChannelId> Sessions::expire_all() {
  std::vector<ChannelId> closed;
  while (!tokens_.empty()) {
    const std::vector<ChannelId> some = end(tokens_.begin()->second.session);
    closed.insert(closed.end(), some.begin(), some.end());
  }
  return closed;
}

std::vector<ChannelId> Sessions::end_all_of(std::size_t controller) {
  std::vector<SessionId> ended;
  for (const auto& [id, session] : sessions_)
    if (session.controller == controller) ended.push_back(id);
  std::vector<ChannelId> closed;
  for (const SessionId id : ended) {
    const std::vector<ChannelId> some = end(id);
    closed.insert(closed.end(), some.begin(), some.end());
  }
  std::sort(closed.begin(), closed.end());
  return closed;
}

std::optional<base::Instant> Sessions::next_wakeup() const {
  if (by_expiry_.empty()) return {};
  return by_expiry_.begin()->first;
}

}  // namespace aci::controller
