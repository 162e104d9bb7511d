// What the controller pushed, and what we made of it. Floor: model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/attributes.hpp"
#include "model/names.hpp"

namespace aci::model {

enum class Op : std::uint8_t { created, modified, deleted };

// live: pushed; relist: found by re-reading after a gap; backfill: from the controller's own logs; baseline: there when
// we first looked, and not notified.
enum class Origin : std::uint8_t { live, relist, backfill, baseline };

std::string_view to_string(Op op);
std::string_view to_string(Origin origin);
std::optional<Op> parse_op(std::string_view text);
std::optional<Origin> parse_origin(std::string_view text);

// One object of one pushed frame, as it came: a modification carries only what changed, a deletion little more than
// the DN. The views belong to the decoder that made it and live until its next frame.
struct Change {
  std::string_view class_name;
  std::string_view dn;
  Op op = Op::modified;
  std::vector<AttributeView> attributes;  // all of them, dn and status included, in the order of the frame
};

// A change made whole: what the object was and what it is. A value; lives as long as its holder.
struct Event {
  std::string fabric;
  std::uint64_t seq = 0;  // one count per process, rising by one; never reused
  base::WallTime time;    // the object's modTs where it has one, else when it was received
  std::string class_name;
  std::string dn;
  Op op = Op::modified;
  Origin origin = Origin::live;
  std::optional<Attributes> before;  // absent where it was never seen; of a creation only where a deletion went unseen
  std::optional<Attributes> after;   // absent for a deletion
  Names changed;  // the attributes that differ, without modTs, status, rn and childAction
  std::string user;                  // who did it, where the controller's records told; "" where not known
};

// A time in which changes may have gone unseen, closed by re-reading.
struct Gap {
  std::string fabric;
  std::string watch;  // name of the watch that was blind
  base::WallTime from;
  base::WallTime to;
  std::string reason;
  std::uint64_t found = 0;       // changes that the re-reading found
  std::uint64_t backfilled = 0;  // changes that the controller's records told beside
  // How far the records go: "complete", "incomplete: why", "unavailable: why"; "" when none were asked for.
  std::string history;
};

// True for the attributes that say something about the message and not about the object: dn, rn, status, childAction,
// modTs. They are kept in `before` and `after` but never count as changed.
inline bool is_bookkeeping(std::string_view attribute) {
  return attribute == "dn" || attribute == "rn" || attribute == "status" || attribute == "childAction" || attribute == "modTs";
}

}  // namespace aci::model
