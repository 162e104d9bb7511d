// Our own events as JSON: what `tail --format json` prints, webhooks carry and the dashboard reads. Floor: codec.
//
//   {"fabric":"dc1","seq":7,"time":"2026-01-02T03:04:05.678+00:00","class":"fvTenant","dn":"uni/tn-T","op":"modified",
//    "origin":"live","before":{"descr":"","dn":"uni/tn-T"},"after":{"descr":"x","dn":"uni/tn-T"},"changed":["descr"]}
//   {"gap":{"fabric":"dc1","watch":"config","from":"...","to":"...","reason":"channel closed","found":3,"backfilled":1,
//    "history":"complete"}}
//   {"drift":{"fabric":"dc1","watch":"config","time":"...","objects":1}}
//
// `before` and `after` are attribute objects or null. `user` is at the end where the controller's records told who did it.
// A drift is an audit that found what nothing had announced; the gap that follows it says more. One line, no blanks.
// Thread-safety: free functions, no state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/change.hpp"

namespace aci::codec {

void append_event_json(std::string& out, const model::Event& event);
void append_gap_json(std::string& out, const model::Gap& gap);
void append_drift_json(std::string& out, std::string_view fabric, std::string_view watch, base::WallTime time,
                       std::uint64_t objects);

// Reads what append_event_json writes, and what a person writes by hand: class, dn and op are needed, the rest may be left
// out, unknown members are ignored. Errc invalid.
base::Result<model::Event> decode_event(std::string_view json);

// One CloudEvents 1.0 object in structured mode: type com.cisco.aci.<class>.<op>, source /aci/<fabric>, subject the DN,
// time, id, datacontenttype application/json, data the event as above. `id` is the same on every attempt:
// "<epoch>-<seq>", epoch being one value per process.
void append_cloud_event(std::string& out, const model::Event& event, std::string_view epoch);

}  // namespace aci::codec
