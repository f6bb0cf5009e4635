// Names of fields: from text to number, and what a number stands for.
#pragma once

#include <array>

#include "http/message.h"

namespace gatehouse::http {

/// kFieldNames holds the lower-case name of every FieldId, in the order of the enum.
inline constexpr std::array<ByteView, 32> kFieldNames = {
    "",
    "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "date", "expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
    "if-unmodified-since", "keep-alive", "location", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "range", "server", "set-cookie", "te", "trailer", "transfer-encoding",
    "upgrade", "via", "www-authenticate", "x-forwarded-for", "x-request-id",
};
static_assert(kFieldNames.size() == static_cast<size_t>(FieldId::x_request_id) + 1);

/// field_name returns the lower-case name, "" for other.
inline ByteView field_name(FieldId id) { return kFieldNames[static_cast<size_t>(id)]; }

/// Members of a comma-separated list (RFC 9110 section 5.6.1): empty members are skipped.
class ListMembers {
 public:
  explicit ListMembers(ByteView value) : rest_(value) {}
  /// next returns false at the end; otherwise *member is non-empty and has no blanks around it.
  bool next(ByteView* member);

 private:
  ByteView rest_;
};

}  // namespace gatehouse::http
