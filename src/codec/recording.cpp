#include "codec/recording.hpp"

#include "codec/formats.hpp"

namespace aci::codec {

base::Error RecordingReader::malformed(std::string_view why) const {
  return {base::Errc::protocol, "byte " + std::to_string(offset_ + 1) + ": " + std::string(why)};
}

base::Result<void> RecordingReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    if (scan_.on) {
      const std::size_t used = scan(bytes);
      offset_ += used;
      bytes.remove_prefix(used);
      if (!scan_.on)
        if (auto done = scanned(); !done) return done;
      continue;
    }
    if (const char c = bytes.front(); c != ' ' && c != '\n' && c != '\r' && c != '\t')
      if (auto done = step(c); !done) return done;
    ++offset_;
    bytes.remove_prefix(1);
  }
  return {};
}

base::Result<void> RecordingReader::finish() const {
  if (next_ == Next::end && !scan_.on) return {};
  return malformed("it ends too early");
}

// The first byte has been looked at and counts.
void RecordingReader::begin_scan(bool keep, char first) {
  scan_ = {true, keep, first == '"', false, first == '{' || first == '[' ? 1 : 0};
  if (keep) text_ += first;
}

// As much as belongs to the value; a word or a number ends before the byte that is none of it.
std::size_t RecordingReader::scan(std::string_view bytes) {
  std::size_t i = 0;
  for (; i < bytes.size() && scan_.on; ++i) {
    const char c = bytes[i];
    if (scan_.in_string) {
      if (scan_.escaped) scan_.escaped = false;
      else if (c == '\\') scan_.escaped = true;
      else if (c == '"') scan_.in_string = false, scan_.on = scan_.depth > 0;
    } else if (c == '"') {
      scan_.in_string = true;
    } else if (c == '{' || c == '[') {
      ++scan_.depth;
    } else if (c == '}' || c == ']' || (c == ',' && scan_.depth == 0)) {
      if (scan_.depth == 0) {
        scan_.on = false;
        break;
      }
      if (--scan_.depth == 0) scan_.on = false;
    }
  }
  if (scan_.keep) text_.append(bytes.substr(0, i));
  return i;
}

// A value is whole.
base::Result<void> RecordingReader::scanned() {
  if (holder_ == Holder::envelope && next_ == Next::member) {
    key_.swap(text_);
    text_.clear();
    next_ = Next::colon;
    return {};
  }
  next_ = Next::separator;
  first_ = false;
  if (!scan_.keep) return {};
  if (holder_ == Holder::nested) return {};  // its closing brace is due
  auto object = json_format::decode_object(text_);
  text_.clear();
  if (!object) return malformed(object.error().message);
  return take_(std::move(*object));
}

base::Result<void> RecordingReader::open(char c) {
  if (c != '{') return malformed("an answer, a frame or an object must stand here");
  holder_ = Holder::envelope;
  next_ = Next::member;
  first_ = true;
  has_objects_ = false;
  return {};
}

base::Result<void> RecordingReader::close() {
  switch (holder_) {
    case Holder::imdata:
      holder_ = Holder::envelope;
      first_ = false;
      return {};
    case Holder::nested: {
      auto object = json_format::decode_object(text_ + "}");
      text_.clear();
      if (!object) return malformed(object.error().message);
      if (auto taken = take_(std::move(*object)); !taken) return taken;
      break;
    }
    case Holder::envelope:
      if (!has_objects_) return malformed("it has no list 'imdata'");
      break;
    case Holder::list: in_list_ = false; break;
    case Holder::nothing: break;
  }
  holder_ = in_list_ ? Holder::list : Holder::nothing;
  next_ = in_list_ ? Next::separator : Next::end;
  first_ = false;
  return {};
}

base::Result<void> RecordingReader::step(char c) {
  const bool closes = c == (holder_ == Holder::list || holder_ == Holder::imdata ? ']' : '}');
  switch (next_) {
    case Next::root:
      if (c != '[') return open(c);
      in_list_ = true;
      holder_ = Holder::list;
      next_ = Next::listed;
      return {};
    case Next::listed: return closes && first_ ? close() : open(c);
    case Next::member:
      if (closes && first_) return close();
      if (c != '"') return malformed("a name must stand here");
      text_.clear();
      begin_scan(true, c);
      return {};
    case Next::colon:
      if (c != ':') return malformed("':' must stand here");
      next_ = Next::value;
      return {};
    case Next::value:
      if (key_ == "\"imdata\"") {
        if (c != '[' || has_objects_) return malformed("'imdata' must be one list");
        holder_ = Holder::imdata;
        has_objects_ = true;
        next_ = Next::object;
        first_ = true;
      } else if (first_ && c == '{') {  // no envelope: a class with its object
        holder_ = Holder::nested;
        text_ = "{" + key_ + ":";
        begin_scan(true, c);
      } else if (c == ',' || c == ':' || c == '}' || c == ']') {
        return malformed("a value must stand here");
      } else {
        begin_scan(false, c);
      }
      return {};
    case Next::object:
      if (closes && first_) {
        if (auto closed = close(); !closed) return closed;
        next_ = Next::separator;
        return {};
      }
      if (c != '{') return malformed("an object must stand here");
      text_.clear();
      begin_scan(true, c);
      return {};
    case Next::separator:
      if (closes) {
        const bool was_imdata = holder_ == Holder::imdata;
        if (auto closed = close(); !closed) return closed;
        if (was_imdata) next_ = Next::separator;
        return {};
      }
      if (c != ',') return malformed("',' or the end must stand here");
      if (holder_ == Holder::nested) {  // an envelope after all, with more members
        holder_ = Holder::envelope;
        text_.clear();
      }
      next_ = holder_ == Holder::list ? Next::listed : holder_ == Holder::imdata ? Next::object : Next::member;
      return {};
    case Next::end: break;
  }
  return malformed("nothing may follow");
}

}  // namespace aci::codec
