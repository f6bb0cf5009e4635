// A Content-Type value, read as RFC 9110 section 8.3 says and no other way: a parameter that two readers could
// take for two things makes the whole value unreadable.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace gatehouse::http {

/// ParameterWalk goes over what follows a type: *( OWS ";" OWS [ name "=" ( token / quoted-string ) ] ),
/// RFC 9110 section 5.6.6. Views point into the text.
class ParameterWalk {
 public:
  explicit ParameterWalk(ByteView text) : rest_(text) {}

  struct Parameter {
    ByteView name;    // a token, as sent
    ByteView value;   // as sent, without its quotes
    bool escaped;     // a quoted value with backslashes in it: it says something else than `value`
  };
  enum class Step { parameter, end, broken };
  /// next never returns `parameter` again once it returned something else.
  Step next(Parameter* parameter);

 private:
  Step broken();
  bool take_quoted(Parameter* parameter);

  ByteView rest_;
  bool broken_ = false;
};

struct MediaType {
  ByteView type;      // type "/" subtype, as sent
  ByteView charset;   // as sent, without quotes; empty when there is none
};

/// parse_media_type reads a whole Content-Type value. Nothing when it does not follow the grammar, holds bytes
/// beyond ASCII, or could tell two readers two charsets: `charset` twice or escaped, and any other name that
/// begins so (`charset*` of RFC 2231).
std::optional<MediaType> parse_media_type(ByteView value);

/// boundary_of is the boundary of a Content-Type value, as sent; empty where there is none. Nothing when it is there twice
/// or cannot be told: parameters against the grammar, escapes, names that begin so, such as `boundary*` of RFC 2231,
/// another one to some.
std::optional<ByteView> boundary_of(ByteView content_type);

/// media_type returns the type/subtype part of a Content-Type value, parameters and white space cut; not judged.
ByteView media_type(ByteView content_type);

/// is_json_type says whether a media type is application/json or ends in +json (any case).
bool is_json_type(ByteView type);

/// is_json_in_utf8 says whether every reader takes a Content-Type value for JSON in UTF-8: the type is JSON's,
/// the charset is utf-8 or not said (RFC 8259 section 8.1).
bool is_json_in_utf8(ByteView value);

}  // namespace gatehouse::http
