// The two halves of a relayed exchange: the request's body on its way to the origin, the answer on its way to the client.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"
#include "codec/coding.h"
#include "crypto/digest.h"
#include "crypto/secret_filter.h"
#include "http/body.h"
#include "proxy/heads.h"

namespace gatehouse::proxy {

struct MaskWork;

/// RequestHalf carries the request's body to the origin.
struct RequestHalf {
  enum class State : uint8_t { streaming, collected, done };
  State state = State::done;
  http::BodyDecoder decoder;      // of the client's message
  bool chunked_out = false;
  bool consumed = false;          // bytes of a streamed body are gone from the client's input
  uint64_t collected = 0;         // body bytes that were there before anything went out
  uint64_t recorded = 0;          // body bytes in records
  uint64_t sent = 0;              // body bytes given to the origin's link
};

/// ResponseHalf carries the answer to the client.
struct ResponseHalf {
  enum class State : uint8_t { head, collect, masked, masking, stream, done };
  State state = State::head;
  http::BodyDecoder decoder;      // of the origin's message
  ByteView raw_head;              // as the origin sent it
  ByteView client_head;           // as sent to the client
  Left left;                      // fields that the client does not get
  codec::Codings codings;         // of a body that is masked, as the origin sent it
  codec::Coding coding = codec::Coding::identity;   // as the client gets it
  bool coded_as_is = false;       // best effort: in a coding that nobody here reads
  bool skipped = false;           // best effort: bytes passed that no mask saw
  MonotonicNs whole_by = 0;       // a body without length is waited for until then, to be masked as a whole
  bool body_taken = false;        // what was collected is with the stream masker
  MaskWork* work = nullptr;       // borrowed while the body is masked as it comes
  bool digested = false;          // the two below are there
  crypto::Sha256 came{}, went{};
  ByteView mask_map;
  uint32_t mask_changes = 0;
  ByteView masked_body;
  crypto::SecretFilter filter;    // keeps the origin's credential out of what is streamed
  bool chunked_out = false;
  bool until_close = false;       // only the end of the client's connection ends it
  bool outcome_written = false;
  uint8_t interim = 0;            // 1xx answers skipped
  bool ended = false;             // the origin's message is complete
  size_t borrowed = 0;            // bytes of the origin that the answer body is a view of
  uint64_t recorded = 0;
  uint64_t sent = 0;
};

}  // namespace gatehouse::proxy
