// The C++ face of include/gatehouse/reason.h.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "gatehouse/reason.h"

namespace gatehouse {

/// Reason is a stable code for a refusal or an abnormal end; none means all went well.
enum class Reason : uint16_t {
#define GH_REASON(name, code, http_status, text) name = code,
  GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
};

/// reason_name is the identifier used in logs, records and metrics ("token_expired").
ByteView reason_name(Reason reason);
/// reason_text says what happened, for people.
ByteView reason_text(Reason reason);
/// reason_status is the HTTP status of the answer, 0 where none is sent.
int reason_status(Reason reason);
/// reason_from_code returns false for a code that this build does not know.
bool reason_from_code(uint16_t code, Reason* out);

}  // namespace gatehouse
