#include "json/document.h"

#include "json/escape.h"

namespace gatehouse::json {

bool Document::reserve(size_t bytes) {
  escapes_.reserve(bytes / 16 + 64);
  return index_.reserve(bytes);
}

size_t Document::text(const Token& token, char* out) const {
  return unescape(bytes_.data(), token.offset, token.offset + token.length, token.escapes, token.escape_count, out);
}

}  // namespace gatehouse::json
