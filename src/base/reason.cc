#include "base/reason.h"

namespace gatehouse {

ByteView reason_name(Reason reason) {
  switch (reason) {
#define GH_REASON(name, code, http_status, text) \
  case Reason::name: return #name;
    GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
  }
  return "unknown";
}

ByteView reason_text(Reason reason) {
  switch (reason) {
#define GH_REASON(name, code, http_status, text) \
  case Reason::name: return text;
    GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
  }
  return "unknown reason";
}

int reason_status(Reason reason) {
  switch (reason) {
#define GH_REASON(name, code, http_status, text) \
  case Reason::name: return http_status;
    GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
  }
  return 500;
}

bool reason_from_code(uint16_t code, Reason* out) {
  switch (code) {
#define GH_REASON(name, value, http_status, text) \
  case value: *out = Reason::name; return true;
    GATEHOUSE_REASONS(GH_REASON)
#undef GH_REASON
    default: return false;  // a number from outside, not an enum
  }
}

}  // namespace gatehouse
