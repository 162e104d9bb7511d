// Our own events as JSON: what `tail --format json` prints, webhooks carry and the dashboard reads. Floor: codec.
//
//   {"fabric":"dc1","seq":7,"time":"2026-01-02T03:04:05.678+00:00","class":"fvTenant","dn":"uni/tn-T","op":"modified",
//    "origin":"live","before":{"descr":"","dn":"uni/tn-T"},"after":{"descr":"x","dn":"uni/tn-T"},"changed":["descr"]}
//   {"gap":{"fabric":"dc1","watch":"config","from":"...","to":"...","reason":"channel closed","found":3}}
//
// `before` and `after` are attribute objects or null. One line, no blanks. Thread-safety: free functions, no state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/change.hpp"

namespace aci::codec {

void append_event_json(std::string& out, const model::Event& event);
void append_gap_json(std::string& out, const model::Gap& gap);

// Reads what append_event_json writes, and what a person writes by hand: class, dn and op are needed, the rest may be left
// out, unknown members are ignored. Errc invalid.
base::Result<model::Event> decode_event(std::string_view json);

// One CloudEvents 1.0 object in structured mode: type com.cisco.aci.<class>.<op>, source /aci/<fabric>, subject the DN,
// time, id, datacontenttype application/json, data the event as above. `id` is the same on every attempt:
// "<epoch>-<seq>", epoch being one value per process.
void append_cloud_event(std::string& out, const model::Event& event, std::string_view epoch);

}  // namespace aci::codec
