// Every bound of the gateway in one place, each with its reason. The configuration may move those of
// Limits and Deadlines within the ranges that config/ states; the constants are fixed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace gatehouse {

/// Fixed sizes and times.
inline constexpr size_t kSimdPadding = 64;            // simdjson reads up to 64 bytes past a document
inline constexpr size_t kRecvBufferBytes = 32 * 1024; // one 16 KiB TLS record plus head in one receive
inline constexpr size_t kTlsRecordBytes = 16 * 1024;  // plaintext of one record, RFC 8446 section 5.1
inline constexpr size_t kSendChunkBytes = 40 * 1024;  // two TLS records plus head in one send
// The most of one send, and of what the kernel takes of a TCP connection before it can send it: a slow reader is seen to take
// something in steps of these. Left to itself the kernel takes up to 4 MiB and asks for more when a third is gone: a steady
// reader of 100 KB/s would seem to take nothing for 13 s.
inline constexpr size_t kSendBytes = 64 * 1024;
inline constexpr size_t kPieceBytes = 64 * 1024;      // largest slice of a body worked on in one go
inline constexpr size_t kInspectHere = 256 * 1024;    // larger bodies are inspected on a job thread: here it would take > 0.2 ms
inline constexpr size_t kHeadFieldsMax = 256;         // ceiling of limits.head_fields
inline constexpr size_t kTokenBytesMax = 16 * 1024;   // a bearer token; overlong ones fall undecoded
inline constexpr size_t kChunkExtensionMax = 256;     // bytes of chunk extensions in one body
inline constexpr size_t kTrailerBytesMax = 8 * 1024;  // trailers are read and dropped within this
inline constexpr size_t kJsonDepthMax = 128;          // deeper documents are refused where inspected

/// kAcceptPause: without descriptors or memory for another connection, accepting again at once would only spin.
inline constexpr MonotonicNs kAcceptPause = 100 * kNsPerMs;

/// kGather (gateway.gather): a worker whose last turn was busy sleeps this much longer, so that more completions share
/// the next one: fewer wake-ups, warmer code. Far below what a network adds; a worker that is not busy never waits.
inline constexpr MonotonicNs kGather = 50 * kNsPerUs;

static_assert(kPieceBytes >= kRecvBufferBytes, "a receive must fit into one piece");

/// Limits bound memory, and body_rate how long a slow body can hold it. Bytes unless the name says otherwise.
struct Limits {
  uint32_t head_bytes = 32 * 1024;         // a head must fit one receive buffer
  uint32_t head_fields = 100;              // real clients send fewer than 40
  uint32_t target_bytes = 8 * 1024;        // RFC 9112 section 3 recommends at least 8,000
  uint64_t inspect_bytes = 8 * 1024 * 1024;// a body collected for guards, approval or masks
  uint64_t body_bytes = UINT64_MAX;        // a request body, inspected or not; no bound unless one is configured
  uint64_t body_memory = 256 * 1024 * 1024;// all collected bodies of one worker together
  uint64_t body_rate = 512;              // bytes a second while a body is waited for, over each deadlines.progress; 0 = any
  uint64_t queued_bytes = 256 * 1024;      // waiting to be sent on one link before its source is paused
  uint32_t connections = 8192;             // clients of one worker
  uint32_t held = 64;                      // exchanges of one worker waiting for a person
  uint32_t mask_streams = 256;             // of one worker: answers masked as they come, 256 KiB each; coded requests, 64 KiB
  uint32_t failed_tokens = 1024;           // checks of signatures that one source may make fail, each 50 us
  uint32_t failed_tokens_connection = 32;  // and one connection, before it is closed
  uint32_t origin_idle = 64;               // idle connections kept per worker and origin
};

/// Deadlines bound waiting. `progress` begins anew with each byte that moves; nothing bounds a body's total time but
/// the rate at which it must move.
struct Deadlines {
  MonotonicNs handshake = 10 * kNsPerSecond;   // TLS handshake with a client
  MonotonicNs head = 10 * kNsPerSecond;        // from its first byte to its last
  MonotonicNs progress = 10 * kNsPerSecond;    // a body or a reader that moves nothing
  MonotonicNs idle = 60 * kNsPerSecond;        // between requests of one connection
  MonotonicNs connect = 5 * kNsPerSecond;      // to the origin, TLS included
  MonotonicNs answer = 120 * kNsPerSecond;     // last request byte to the origin's head: chunking is slow
  MonotonicNs hold = 300 * kNsPerSecond;       // a held exchange, in all
  MonotonicNs drain = 30 * kNsPerSecond;       // SIGTERM to exit
};

}  // namespace gatehouse
