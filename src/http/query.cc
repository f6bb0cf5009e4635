#include "http/query.h"

#include <algorithm>
#include <cstdint>

namespace gatehouse::http {
namespace {

constexpr size_t kLongestName = 32;

// Folded: lower case, '_' for '-', '.' and blank.
constexpr ByteView kCredentialNames[] = {
    "access_token", "refresh_token", "id_token", "auth_token", "bearer_token", "session_token", "token", "jwt",
    "bearer", "auth", "authorization", "assertion", "client_assertion", "saml_response", "samlresponse",
    "api_key", "apikey", "x_api_key", "unstructured_api_key", "subscription_key", "access_key", "secret_key",
    "key", "secret", "client_secret", "credential", "credentials", "password", "passwd", "pwd", "passphrase",
    "sig", "signature", "x_amz_signature", "x_amz_credential", "x_amz_security_token", "x_goog_signature",
    "x_goog_credential",
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte of an escape at the front of `text`, -1 when there is none.
int escape(ByteView text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]), low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

// Length of the character at the front, 0 when it is not UTF-8 (RFC 3629: no overlong forms, no surrogates).
size_t character(ByteView text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  uint32_t point = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return 0;
    point = point << 6 | (next & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : length;
}

bool is_utf8(ByteView text) {
  while (!text.empty()) {
    const size_t length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

char folded(char c) {
  if (c == '-' || c == '.' || c == ' ' || c == '+') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool QueryWalk::next(Parameter* parameter) {
  while (!rest_.empty()) {
    const size_t end = std::min(rest_.find_first_of(separators_), rest_.size());
    const ByteView text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (text.empty()) continue;
    const size_t equals = std::min(text.find('='), text.size());
    *parameter = {text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
    return true;
  }
  return false;
}

std::optional<size_t> decode_query_text(ByteView raw, char* out) {
  size_t length = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      out[length++] = raw[i] == '+' ? ' ' : raw[i];
      continue;
    }
    const int byte = escape(raw.substr(i));
    if (byte < 0) return std::nullopt;
    out[length++] = static_cast<char>(byte);
    i += 2;
  }
  if (!is_utf8({out, length})) return std::nullopt;
  return length;
}

bool names_credential(ByteView name) {
  char text[kLongestName];
  size_t length = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const int byte = escape(name.substr(i));
    if (byte >= 0) i += 2;
    const char c = byte < 0 ? name[i] : static_cast<char>(byte);
    if (c == '[' || c == '\0') break;   // "token[]" is token to PHP, and so is what stands before a NUL
    if (length == 0 && folded(c) == '_' && c != '_') continue;   // blanks in front are dropped by some
    if (length == kLongestName) return false;
    text[length++] = folded(c);
  }
  while (length > 0 && text[length - 1] == '_') --length;
  const ByteView folded_name{text, length};
  return std::find(std::begin(kCredentialNames), std::end(kCredentialNames), folded_name) !=
         std::end(kCredentialNames);
}

}  // namespace gatehouse::http
