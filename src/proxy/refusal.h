// Our own answers: what a caller is told when there is no answer of an origin.
#pragma once

#include "base/arena.h"
#include "base/exchange_id.h"
#include "base/limits.h"
#include "base/reason.h"
#include "config/refusal_shape.h"
#include "proxy/token_request.h"

namespace gatehouse::proxy {

/// Bound is the limit or deadline that an exchange ran into.
struct Bound {
  enum class Unit : uint8_t { unknown, count, bytes, time };
  ByteView key;              // of the configuration, or fixed.*; empty: no bound was hit
  uint64_t value = 0;        // bytes, nanoseconds or a number
  Unit unit = Unit::unknown; // unknown: only the key is told
};

/// OriginWait is what the gateway waited for when an origin took too long.
enum class OriginWait : uint8_t { connection, answer, progress };

/// Shown is what a caller came with: token_size has another bound for an assertion.
enum class Shown : uint8_t { token, assertion };

/// bound_of returns the bound that a reason stands for. `wait` matters for origin_timeout, and says progress where somebody was
/// waited for too long to be done with a body or an assertion. Keys that begin with "fixed." are no keys of the configuration.
Bound bound_of(Reason reason, OriginWait wait, const Limits& limits, const Deadlines& deadlines, Shown shown = Shown::token);

/// Refusal is all that our own answer depends on: nothing of a request is ever in it.
struct Refusal {
  Reason reason;
  ExchangeId exchange;                   // nil: a connection is turned away, and nothing of it is recorded
  Bound bound;
  config::RefusalShape shape = config::RefusalShape::detail;
  bool keep_alive = false;
  TokenError error = TokenError::none;   // with RefusalShape::oauth
  ByteView allow = {};                   // the methods that would do; empty: it is not the method
  bool basic = false;                    // a token request that came with HTTP Basic: RFC 6749 section 5.2 wants 401
};

/// refusal_status is the status of the answer: the reason's, 405 where it is the method, and never 401 for a token request.
int refusal_status(const Refusal& refusal);

/// refusal_body writes what happened, the reason's name and code, the exchange and the bound, in the shape
/// that the configuration asks for. In the arena.
ByteView refusal_body(const Refusal& refusal, Arena& arena);

/// refusal_head writes the head in front of it; `body_bytes` is stated also where no body follows (HEAD).
ByteView refusal_head(const Refusal& refusal, size_t body_bytes, Arena& arena);

}  // namespace gatehouse::proxy
