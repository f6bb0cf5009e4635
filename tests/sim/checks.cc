// What must hold of every run, whatever went wrong around the gateway.
#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "base/reason.h"
#include "world.h"

namespace gatehouse::sim {

namespace {

Ask* ask_of(Book& book, const std::string& head) {
  const size_t from = head.find(' ');
  const size_t to = from == std::string::npos ? from : head.find(' ', from + 1);
  return to == std::string::npos ? nullptr : book.find_path(head.substr(from + 1, to - from - 1));
}

}  // namespace

// ---- no byte to the origin before the record that allows it ----

void World::transmitted(uint32_t station, const Wire& wire, ByteView bytes) {
  const bool sealed = format_address(wire.other_address()) == format_address(secure_origin_);
  if (!wire.dialled() || sealed) return;  // towards clients; or sealed: then the origin looks
  Sighting& sighting = sightings_[wire.id()];
  sighting.station = station;
  if (holds_token(bytes)) fail("the caller's token is sent to an origin");
  sighting.reader.feed(bytes);
  check_sighting(sighting);
}

void World::check_sighting(Sighting& sighting) {
  Scribe& scribe = *stations_[sighting.station]->scribe;
  scribe.read();
  for (;;) {
    if (!sighting.in_message) {
      sighting.in_message = true;
      sighting.seen = false;
      sighting.entries_before = scribe.entries();
    }
    sighting.reader.step();
    const Message& message = sighting.reader.message();
    if (sighting.reader.broken())
      return fail("no HTTP towards an origin: %s", sighting.reader.problem().c_str());
    if (message.head_whole && !sighting.seen) {
      sighting.seen = true;
      Ask* ask = book_.find_path(std::string(message.target()));
      if (ask == nullptr) return fail("bytes of nobody's request towards an origin");
      ask->reached_origin = true;
      const Tale* found = nullptr;
      for (const auto& [id, tale] : scribe.tales())
        if (tale.allowed && tale.origin_head.find(" " + ask->path + " ") != std::string::npos) found = &tale;
      if (found == nullptr || found->first_entry > sighting.entries_before)
        return fail("e%u: bytes towards an origin before the record that allows them", ask->number);
      if (found->closes > 0)
        return fail("e%u: bytes towards an origin after its closing record", ask->number);
    }
    if (!message.whole) return;
    sighting.reader.next();
    sighting.in_message = false;
    if (!sighting.reader.begun()) return;
  }
}

// ---- answers of the gateway itself ----

bool World::any(std::initializer_list<Fault> kinds) const {
  for (const Fault kind : kinds)
    if (kernel_.faults().counts()[static_cast<size_t>(kind)] > 0) return true;
  return false;
}

// Which injected faults may lead to which reason. A reason that nothing explains is a broken promise:
// a timeout without anybody slow is a lost wake-up.
bool World::explained(uint64_t code) const {
  const auto reason = static_cast<Reason>(code);
  struct Cause {
    Reason reason;
    std::initializer_list<Fault> kinds;
  };
  const Cause causes[] = {
      {Reason::origin_connect, {Fault::connect_refused, Fault::connect_timeout}},
      {Reason::origin_tls, {Fault::origin_handshake, Fault::tampered}},
      {Reason::origin_timeout,
       {Fault::origin_slow, Fault::connect_timeout, Fault::slow_reader, Fault::narrow_link,
        Fault::writer_lags, Fault::client_stall, Fault::origin_handshake, Fault::tampered}},
      {Reason::origin_closed,
       {Fault::origin_reset, Fault::origin_closes_early, Fault::origin_closes_idle, Fault::origin_garbage,
        Fault::origin_early_answer, Fault::tampered}},
      {Reason::origin_truncated,
       {Fault::origin_reset, Fault::origin_closes_early, Fault::origin_garbage, Fault::tampered}},
      {Reason::origin_response, {Fault::origin_garbage}},
      {Reason::mask_uninspectable, {Fault::origin_closes_early}},  // cut, and no length says so
      {Reason::guard_answer_unread, {Fault::origin_closes_early}},
      {Reason::origin_upgrade, {Fault::origin_garbage}},
      {Reason::record_full, {Fault::writer_lags}},
      {Reason::record_failed, {Fault::record_failed}},
      {Reason::deadline_head,
       {Fault::client_stall, Fault::slow_reader, Fault::narrow_link, Fault::writer_lags, Fault::tampered}},
      {Reason::deadline_body,
       {Fault::client_stall, Fault::slow_reader, Fault::narrow_link, Fault::writer_lags, Fault::tampered}},
      {Reason::limit_body_rate, {Fault::client_stall, Fault::slow_reader, Fault::narrow_link, Fault::tampered}},
      {Reason::deadline_client_read,
       {Fault::client_stall, Fault::slow_reader, Fault::narrow_link, Fault::writer_lags}},
      {Reason::client_idle,
       {Fault::client_stall, Fault::slow_reader, Fault::narrow_link, Fault::tampered}},
      {Reason::approval_identity_expired, {Fault::clock_jump}},
      {Reason::caller_ended, {Fault::clock_jump, Fault::revocation}},
      {Reason::policy_changed, {Fault::snapshot_swap}},
      {Reason::guard_busy, {Fault::late_inspection}},
  };
  for (const Cause& cause : causes)
    if (cause.reason == reason && any(cause.kinds)) return true;
  if (reason == Reason::none || reason == Reason::approval_denied || reason == Reason::approval_expired)
    return true;
  if (reason == Reason::client_closed || reason == Reason::client_tls || reason == Reason::http_truncated ||
      reason == Reason::approval_cancelled)
    return any({Fault::client_left, Fault::client_reset, Fault::client_left_held, Fault::client_stall,
                Fault::client_half_close, Fault::client_malformed, Fault::handshake_reset, Fault::tampered});
  if (code >= 100 && code < 200) return any({Fault::client_malformed});
  if (reason == Reason::limit_chunk_extensions || reason == Reason::limit_trailers) return any({Fault::client_malformed});
  if (reason == Reason::limit_head_bytes || reason == Reason::limit_target_bytes) return any({Fault::client_malformed});
  // One turn may fill a small ring, and who does not wait is refused.
  if (reason == Reason::record_full && !record_block_) return true;
  if (reason == Reason::approval_full) return limits_.held < 32;
  if (reason == Reason::limit_streams) return limits_.mask_streams < 32;
  if (reason == Reason::limit_memory) return limits_.body_memory < 16 << 20;
  if (reason == Reason::limit_connections) return limits_.connections < 32;
  if (reason == Reason::origin_connect) return kernel_.sockets_max < 128;
  return reason == Reason::gateway_draining && ending_;
}

void World::check_refusal(Ask& ask, const Message& message) {
  const size_t at = message.body.find("\"code\":");
  const uint64_t code = at == std::string::npos ? 0 : strtoull(message.body.c_str() + at + 7, nullptr, 10);
  Reason reason = Reason::none;
  if (ask.method != "HEAD") {
    if (code == 0 || !reason_from_code(static_cast<uint16_t>(code), &reason))
      return fail("e%u: a refusal without a reason", ask.number);
    if (reason_status(reason) != message.status())
      return fail("e%u: status %d for reason %llu", ask.number, message.status(),
                  static_cast<unsigned long long>(code));
  }
  if (ask.refusal() != 0 && message.status() == ask.refusal()) return;
  if (reason == Reason::token_revoked && ever_revoked_ && ask.caller == Caller::member)
    return faults().count(Fault::revocation_idle);
  if (reason == Reason::approval_denied && !ask.denied) fail("e%u: denied, and nobody denied it", ask.number);
  const bool of_policy = code >= 200 && code < 410 && reason != Reason::policy_changed && reason != Reason::guard_busy;
  const bool of_hold = code >= 500 && code < 600;
  if (of_policy || (of_hold && ask.route != Route::held) || (ask.method != "HEAD" && !explained(code)))
    fail("e%u (%s): refused with %d, reason %llu, for no reason", ask.number, route_name(ask.route),
         message.status(), static_cast<unsigned long long>(code));
}

void World::check_unanswered(Ask& ask, bool) {
  unanswered_.push_back(&ask);
}

// ---- at the end ----

// A log that took nothing at the end of an exchange leaves it open: recovery closes it as unknown.
bool World::may_be_open(const Station& station) const {
  return station.lossy || (stopped_ && any({Fault::record_full, Fault::record_full_closed}));
}

void World::check_tale(const Tale& tale, bool open) {
  const Ask* ask = ask_of(book_, tale.client_head);
  const uint32_t number = ask == nullptr ? 0 : ask->number;
  if (!tale.problem.empty()) fail("records of e%u: %s", number, tale.problem.c_str());
  if (tale.closes != 1 && !(open && tale.closes == 0))
    fail("records of e%u: %u closing records", number, tale.closes);
  if (tale.requests > 1) fail("records of e%u: %u request records", number, tale.requests);
  if (holds_token(tale.client_head))
    fail("records of e%u hold the caller's token", number);
  if (tale.origin_head.find(kCredential) != std::string::npos)
    fail("records of e%u hold the credential", number);
  const bool rewritten = proxied_ && any({Fault::tampered});   // nothing protects a PROXY header
  if (tale.requests > 0 && !rewritten && !tale.client_address.starts_with(proxied_ ? "203.0.113." : "198.51.100."))
    fail("records of e%u: the client's address is %s", number, tale.client_address.c_str());
  if (ask == nullptr) return;
  if (tale.allowed && !ask->may_reach()) fail("records of e%u: allowed, and may not be", number);
  if (tale.allowed && ask->body.compare(0, tale.to_origin.size(), tale.to_origin) != 0)
    fail("records of e%u: the request body is not what the client sent", number);
  // Of a refused one, too, wherever its body was at that time.
  if (tale.full && tale.complete && ask->content.empty() && tale.to_origin.size() != ask->body.size())
    fail("records of e%u: %zu of %zu bytes of a request body that is said to be whole", number, tale.to_origin.size(),
         ask->body.size());
  check_content(tale, *ask);
}

/// Of a coded body the content is recorded: all of it, when all of the body is.
void World::check_content(const Tale& tale, const Ask& ask) {
  if (ask.content.empty()) return;
  if (!tale.to_origin.empty()) fail("records of e%u: a body in its coding", ask.number);
  if (ask.content.compare(0, tale.content.size(), tale.content) != 0)
    fail("records of e%u: the content is not what the client coded", ask.number);
  const bool all = tale.digested == ask.body.size() && tale.content == ask.content;
  if (tale.content_whole != all && tale.closes > 0)
    fail("records of e%u: %zu of %zu bytes of content, of %llu of %zu coded ones", ask.number, tale.content.size(),
         ask.content.size(),
         static_cast<unsigned long long>(tale.digested), ask.body.size());
}

void World::check_tales() {
  std::map<std::string, const Tale*> by_text;
  bool lossy = false;
  for (auto& station : stations_) {
    station->scribe->read();
    lossy = lossy || may_be_open(*station);
    exchanges_ += station->scribe->tales().size();
    check_shut_out(*station);
    for (const auto& [id, tale] : station->scribe->tales()) {
      check_tale(tale, may_be_open(*station));
      char text[kExchangeIdText];
      ExchangeId exchange;
      std::copy(id.begin(), id.end(), exchange.bytes.begin());
      format_exchange_id(exchange, text);
      by_text[std::string(text, sizeof text)] = &tale;
    }
  }
  for (const auto& ask : book_.all()) {
    if (ask->times_at_origin > 0 && !ask->reached_origin && !tls_origins_)
      fail("e%u reached an origin unseen", ask->number);
    if (ask->exchange.empty()) continue;
    const auto found = by_text.find(ask->exchange);
    if (found == by_text.end()) {
      if (lossy && ask->times_at_origin == 0) continue;  // refused, and the log could not take that
      fail("e%u was answered as %s, of which there is no record", ask->number, ask->exchange.c_str());
      continue;
    }
    const Tale& tale = *found->second;
    if (tale.full && tale.outcomes == 1 && tale.reason != 0 && !ask->answered_by_origin && ask->answered_whole &&
        tale.refusal != ask->whole)
      fail("e%u: the refusal that the client got, %zu bytes, is recorded as %zu", ask->number, ask->whole.size(),
           tale.refusal.size());
    if (found->second->outcomes != 1 && (ask->answered_by_origin || (ask->answered_whole && !lossy)))
      fail("e%u was answered, and no record says so", ask->number);
    if (ask->times_at_origin == 0) continue;
    const std::string& recorded = found->second->to_client;
    if (recorded.size() < ask->got.size() || recorded.compare(0, ask->got.size(), ask->got) != 0)
      fail("e%u: the client holds bytes that the record lacks", ask->number);
    const std::string& undone = found->second->from_origin;
    if (ask->route == Route::masked && ask->answered_by_origin && !ask->cut && undone != ask->answer && ask->method != "HEAD")
      fail("e%u: what its records undo to is not what the origin sent: %zu bytes, not %zu", ask->number, undone.size(),
           ask->answer.size());
  }
  for (const Ask* ask : unanswered_) {
    bool known = false;
    for (const auto& [id, tale] : by_text) {
      if (ask_of(book_, tale->client_head) != ask) continue;
      known = true;
      if (tale->closes == 0) continue;  // looked at above
      // Its transport took the whole answer, but the client was still writing, slowly, when the bounded
      // lingering ended: the reset may overtake what it has not read.
      // So does a stop: whatever was being delivered is cut off. A refusal that waits for a full log until its
      // deadline is never sent, and its record keeps the reason of the refusal.
      const bool overtaken =
          stopped_ || (tale->reason != 0 && ask->got.empty() && any({Fault::writer_lags})) ||
          (tale->reason == 0 && any({Fault::slow_reader, Fault::narrow_link, Fault::client_stall}));
      if (!overtaken && (tale->reason == 0 || !explained(tale->reason)))
        fail("e%u was not answered, and its record says reason %llu", ask->number,
             static_cast<unsigned long long>(tale->reason));
    }
    const bool refused =
        any({Fault::adopt_failed}) || limits_.connections < 32 || kernel_.sockets_max < 64 || ending_ ||
        (lossy && ask->times_at_origin == 0);
    if (!known && !refused) fail("e%u was not answered, and is not recorded", ask->number);
  }
}

// A slow reader stops its source: what waits to be sent is bounded for every link.
void World::check_credit(const Station& station) {
  const size_t slack = 2 * proxy::kBlockBytes + 64 * 1024;  // what one step may add, heads, chunk framing
  const size_t chunks = (limits_.queued_bytes + slack) / kSendChunkBytes + 2;
  const size_t lent = station.worker->station().links.chunks().lent();
  if (lent > chunks * station.worker->links())
    fail("%zu send chunks are lent to %u links", lent, station.worker->links());
}

// Who is held uses no snapshot: when all are, those before the one in force are let go of.
void World::check_pins(uint32_t index) {
  const auto& metrics = stations_[index]->metrics;
  const uint64_t under_way = metrics.exchanges_begun.get() - metrics.exchanges_ended.get();
  if (metrics.snapshot_version.get() != snapshots_.size() ||
      under_way != stations_[index]->worker->station().held)
    return;
  for (size_t i = 0; i + 1 < snapshots_.size(); ++i)
    if ((snapshots_[i].users & 1u << index) != 0)
      fail("worker %u keeps snapshot %zu for %llu held exchanges", index, i + 1,
           static_cast<unsigned long long>(under_way));
}

void World::check_counts(const Station& station) {
  const uint64_t begun = station.metrics.exchanges_begun.get();
  const uint64_t ended = station.metrics.exchanges_ended.get();
  const uint64_t recorded = station.scribe->tales().size();
  const bool open = may_be_open(station);
  if (ended > begun || (ended < begun && !open))
    fail("%llu exchanges begun, %llu ended", static_cast<unsigned long long>(begun),
         static_cast<unsigned long long>(ended));
  if (recorded > begun || (recorded < begun && !open))
    fail("%llu exchanges begun, %llu recorded", static_cast<unsigned long long>(begun),
         static_cast<unsigned long long>(recorded));
}

void World::check_rings() {
  for (auto& station : stations_) {
    const auto& ring = station->ring->state();
    const auto& worker = *station->worker;
    if (ring.in_flight() != 0) fail("%zu operations are in flight at the end", ring.in_flight());
    if (ring.open_sockets() != 0) fail("%u sockets are open at the end", ring.open_sockets());
    if (ring.held_buffers() != 0) fail("%u receive buffers are held at the end", ring.held_buffers());
    if (ring.queued() != 0) fail("%zu submissions were never handed over", ring.queued());
    if (worker.sessions() != 0 || worker.links() != 0)
      fail("%u sessions and %u links at the end", worker.sessions(), worker.links());
    if (worker.station().blocks.lent() != 0)
      fail("%zu blocks are lent at the end", worker.station().blocks.lent());
    const proxy::BodyPool& bodies = worker.station().bodies;   // a job thread may still have some
    if (bodies.lent() != (worker.station().away != 0 ? bodies.away() : 0)) fail("body memory is lent at the end");
    if (worker.station().masking.lent() != 0) fail("%u answers are being masked at the end", worker.station().masking.lent());
    if (worker.station().held != 0) fail("%u exchanges are held at the end", worker.station().held);
    check_counts(*station);
  }
  for (size_t i = 0; i + 1 < snapshots_.size(); ++i)
    if (snapshots_[i].users != 0) fail("snapshot %zu is used at the end, by workers %x", i + 1, snapshots_[i].users);
  if (!kernel_.accepted.empty()) fail("%zu accepted descriptors are left", kernel_.accepted.size());
}

}  // namespace gatehouse::sim
