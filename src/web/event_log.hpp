// The newest changes, gaps and room messages, in memory, under one rising sequence. Floor: web.
//
//   EventLog log({.first_seq = 1});
//   log.append(EventLog::Kind::change, R"({"seq":1,...})", {.class_name = "fvTenant", .dn = "uni/tn-T", .op = "created"});
//   for (auto* entry = log.after(seq); entry; entry = log.after(entry->seq)) stream->write(entry->frame);
//
// Bounded in entries and in bytes; the oldest make room. An entry is encoded once, as the frame that every stream sends,
// and its JSON is a view into that frame. Thread-safety: one thread; a frame may be held by anybody.
// Source of the framing: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace aci::web {

// "id: 7\nevent: change\ndata: {...}\n\n"; the id is left out for 0. Line ends in the data become further data lines, so no
// data can forge a field.
std::string sse_frame(std::uint64_t id, std::string_view event, std::string_view data);

class EventLog {
 public:
  struct Options {
    std::uint64_t first_seq = 1;
    std::size_t entries_max = 10'000;
    std::size_t bytes_max = 64 * 1024 * 1024;  // of frames and search texts; the newest entry stays whatever its size
  };
  enum class Kind : std::uint8_t { change, gap, message };

  // What an entry is found by. Nothing of it for gaps and messages.
  struct Keys {
    std::string class_name, dn, op;
    std::string text;  // for a search: lower-case
  };
  struct Entry {
    std::uint64_t seq = 0;
    Kind kind = Kind::change;
    std::shared_ptr<const std::string> frame;
    Keys keys;
    std::string_view json() const;
  };

  EventLog() : EventLog(Options{}) {}
  explicit EventLog(Options options) : options_(options), next_(options.first_seq), first_(options.first_seq) {}

  // The sequence number that the next append gives; the JSON may hold it.
  std::uint64_t next_seq() const { return next_; }
  // `json` is one line, as our encoders write it.
  const Entry& append(Kind kind, std::string_view json, Keys keys);

  // The sequence number of the newest entry, first_seq - 1 before there is one.
  std::uint64_t last() const { return next_ - 1; }
  // True when everything after `seq` is still held. False when some was dropped, and for a seq that was never given out: it
  // is of another life of this process.
  bool holds_after(std::uint64_t seq) const { return seq + 1 >= first_ && seq < next_; }
  // The oldest entry held with a greater seq, nullptr when there is none. Valid until the next append. O(1).
  const Entry* after(std::uint64_t seq) const;
  // The seq after which `count` entries follow, fewer where fewer are held.
  std::uint64_t before_newest(std::size_t count) const { return last() - std::min<std::uint64_t>(count, entries_.size()); }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  static std::size_t bytes_of(const Entry& entry);

  Options options_;
  std::deque<Entry> entries_;  // without a hole in their seqs
  std::size_t bytes_ = 0;
  std::uint64_t next_, first_;  // first_: of the oldest held, next_ when none is
};

const char* to_string(EventLog::Kind kind);

}  // namespace aci::web
