#include "controller/sessions.hpp"

#include <algorithm>

#include "controller/cookies.hpp"

namespace aci::controller {
base::Result<Session*> Sessions::begin(Session session) {
  if (sessions_.size() >= sessions_max) return base::Error{base::Errc::overflow, "Maximum number of sessions reached", 503};
  session.id = next_session_++;
  return &sessions_.emplace(session.id, std::move(session)).first->second;
}

void Sessions::add_token(Session& session, std::string token, base::Instant expires_at) {
  expires_at = std::min(expires_at, session.ends_at);
  tokens_.emplace(token, Token{session.id, expires_at});
  by_expiry_.emplace(expires_at, token);
  session.tokens.push_back(std::move(token));
  if (session.tokens.size() > tokens_max) forget_token(std::string(session.tokens.front()));
}

Session* Sessions::find_token(std::size_t controller, std::string_view token) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) return nullptr;
  Session& session = sessions_.at(found->second.session);
  return session.controller == controller ? &session : nullptr;
}

Session* Sessions::find_cookie(std::size_t controller, std::string_view cookies) {
  for (const std::string_view token : cookie_values(cookies, token_cookie))
    if (Session* session = find_token(controller, token); session && !session->for_socket) return session;
  return nullptr;
}

ChannelId Sessions::open_channel(base::Instant now, Session& session) {
  const ChannelId channel = next_channel_++;
  channels_.emplace(channel, Channel{session.id, now + channel_lifetime_});
  session.channels.push_back(channel);
  return channel;
}

bool Sessions::close_channel(ChannelId channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  const auto session = sessions_.find(found->second.session);
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
  return found == channels_.end() ? nullptr : &sessions_.at(found->second.session);
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
  while (!channels_.empty() && channels_.begin()->second.ends_at <= now) {
    closed.push_back(channels_.begin()->first);
    close_channel(channels_.begin()->first);
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
  std::optional<base::Instant> next;
  if (!by_expiry_.empty()) next = by_expiry_.begin()->first;
  if (!channels_.empty()) next = std::min(next.value_or(base::Instant::max()), channels_.begin()->second.ends_at);
  return next;
}

}  // namespace aci::controller
