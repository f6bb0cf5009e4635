// Connections that are not let in: counted, told of once a second, and answered where that costs no place of another's.
#include <optional>
#include <string>
#include <utility>

#include "proxy/refusal.h"
#include "telemetry/log_line.h"
#include "worker/worker.h"

namespace gatehouse::worker {

// Links that only say why have half of the spare places of clients, so that they keep nobody out who has room.
bool Worker::tell_turned_away(int descriptor, Reason reason) {
  if (links_.full() || links_.live(net::Side::client) >= clients_max_ - kSpareLinks / 4) return false;
  Address address;
  const auto socket = ring_.adopt(descriptor, &address);
  if (!socket) return true;   // it is closed
  SlotId id;
  net::Link* link = links_.make(net::Side::client, &id);
  GH_ASSERT(link != nullptr);
  link->address = address;
  link->start_accepted(*socket, nullptr);
  const config::Snapshot& snapshot = *station_.current->snapshot;
  const proxy::Bound bound = bound_of(reason, proxy::OriginWait::connection, snapshot.limits, snapshot.deadlines);
  const proxy::Refusal refusal{reason, {}, bound, snapshot.refusals};
  Arena arena;
  const ByteView body = refusal_body(refusal, arena);
  static_cast<void>(link->write({refusal_head(refusal, body.size(), arena), body}));
  link->finish();
  return true;
}

void Worker::turn_away(uint32_t listener, int descriptor, Reason reason) {
  station_.metrics.sessions_refused.add();
  station_.metrics.sessions_by_reason[telemetry::reason_index(reason)].add();
  const config::Listener& from = station_.current->snapshot->listeners[listener];
  const std::optional<uint32_t> user = from.address.is_unix() ? ring_.user_of(descriptor) : std::nullopt;
  uint64_t left_out = 0;
  telemetry::LogPace& pace = reason == Reason::client_user ? station_.clients_pace : station_.connections_pace;
  if (reason != Reason::gateway_draining && pace.due(station_.now(), &left_out)) {
    telemetry::LogText text;
    telemetry::LogLine line(text, station_.wall_now(), telemetry::Level::warning, "client_refused");
    line.text("reason", reason_name(reason)).text("listener", from.name);
    if (user) line.number("uid", *user);
    line.number("left_out", left_out).finish();
    if (!station_.log_lines.push(std::move(text))) station_.metrics.log_lines_lost.add();
  }
  if (from.tls || reason != Reason::limit_connections || !tell_turned_away(descriptor, reason)) ring_.drop(descriptor);
}

}  // namespace gatehouse::worker
