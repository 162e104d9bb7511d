#include "web/event_log.hpp"

namespace aci::web {

std::string sse_frame(std::uint64_t id, std::string_view event, std::string_view data) {
  std::string frame;
  frame.reserve(data.size() + event.size() + 48);
  if (id > 0) frame.append("id: ").append(std::to_string(id)).append("\n");
  frame.append("event: ").append(event).append("\ndata: ");
  for (const char c : data) {
    if (c == '\n' || c == '\r') frame.append("\ndata: ");
    else frame += c;
  }
  return frame.append("\n\n");
}

std::string_view EventLog::Entry::json() const {
  constexpr std::string_view mark = "\ndata: ";
  const std::string_view text = *frame;
  const auto begin = text.find(mark) + mark.size();
  return text.substr(begin, text.size() - begin - 2);
}

const EventLog::Entry& EventLog::append(Kind kind, std::string_view json, Keys keys) {
  Entry entry{next_, kind, std::make_shared<const std::string>(sse_frame(next_, to_string(kind), json)), std::move(keys)};
  ++next_;
  bytes_ += bytes_of(entry);
  entries_.push_back(std::move(entry));
  while (entries_.size() > 1 && (entries_.size() > options_.entries_max || bytes_ > options_.bytes_max)) {
    bytes_ -= bytes_of(entries_.front());
    entries_.pop_front();
  }
  first_ = entries_.front().seq;
  return entries_.back();
}

const EventLog::Entry* EventLog::after(std::uint64_t seq) const {
  if (entries_.empty() || seq >= last()) return nullptr;
  return &entries_[seq < first_ ? 0 : static_cast<std::size_t>(seq + 1 - first_)];
}

std::size_t EventLog::bytes_of(const Entry& entry) {
  const auto& keys = entry.keys;
  return sizeof(Entry) + entry.frame->size() + keys.class_name.size() + keys.dn.size() + keys.op.size() + keys.text.size();
}

const char* to_string(EventLog::Kind kind) {
  switch (kind) {
    case EventLog::Kind::change: return "change";
    case EventLog::Kind::gap: return "gap";
    case EventLog::Kind::message: return "message";
  }
  return "";
}

}  // namespace aci::web
