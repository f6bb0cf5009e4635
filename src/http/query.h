// What stands behind the '?' of a target: names and values as forms write them.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"

namespace gatehouse::http {

/// QueryWalk goes over the parameters of a query. Views point into it. Some services take ';' for a separator
/// as well as '&', others for a part of the value: who must miss nothing looks at both readings.
class QueryWalk {
 public:
  QueryWalk(ByteView query, ByteView separators) : rest_(query), separators_(separators) {}

  struct Parameter {
    ByteView name;    // as sent
    ByteView value;   // as sent; empty without '='
  };
  /// next returns false at the end. Empty parameters ("&&") are passed over.
  bool next(Parameter* parameter);

 private:
  ByteView rest_;
  ByteView separators_;
};

/// decode_query_text decodes percent escapes and '+' as blank (WHATWG URL, application/x-www-form-urlencoded)
/// into `out`, which has room for raw.size() bytes; returns the length. Nothing when an escape is broken or
/// the text is not UTF-8: services do not agree on what that means.
std::optional<size_t> decode_query_text(ByteView raw, char* out);

/// names_credential says whether a parameter of this name (as sent) carries a credential: access_token
/// (RFC 6750 section 2.3), api_key, sig and their like, in any case and spelling that a service may read as
/// the same ("Api-Key", "%61pi_key", "token[]").
bool names_credential(ByteView name);

}  // namespace gatehouse::http
