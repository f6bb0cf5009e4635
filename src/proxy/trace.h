// What a request says of the work that it belongs to: W3C Trace Context and X-Request-Id.
#pragma once

#include "http/message.h"

namespace gatehouse::proxy {

/// is_traceparent: W3C Trace Context level 1 section 3.2.2; of later versions what they have in common.
bool is_traceparent(ByteView value);

/// is_request_id: 1 to 128 letters, digits or "._~+/=:@-", so that it can stand in logs, records and commands.
bool is_request_id(ByteView value);

/// Trace is what was sent once and well-formed; views into the head. What is not is neither recorded nor passed on,
/// and tracestate goes with its traceparent (section 3.3).
struct Trace {
  ByteView traceparent;
  ByteView request_id;
};
Trace trace_of(const http::FieldList& fields);

/// is_untold: a field of a trace that may not be passed on.
bool is_untold(const http::Field& field, const Trace& trace);

}  // namespace gatehouse::proxy
