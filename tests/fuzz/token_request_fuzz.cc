// Token requests: whatever the form, it comes to one assertion or to one error, and to the same assertion however its
// parameters are spelled.
#include <algorithm>
#include <string>

#include "codec/base64url.h"
#include "proxy/token_request.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::proxy {
namespace {

/// escaped spells every byte as a percent escape.
std::string escaped(ByteView text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    out += '%';
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

void check(ByteView body) {
  const auto read = read_token_request(body);
  if (!read.ok()) {
    GH_ASSERT(!token_error_name(read.error()).empty());
    return;
  }
  GH_ASSERT(!read->empty() && read->size() <= body.size());
  const std::string again = "%67rant_type=" + escaped("urn:ietf:params:oauth:grant-type:saml2-bearer") + "&&x=%26&assertion=" + escaped(*read);
  const auto same = read_token_request(again);
  GH_ASSERT(same.ok() && *same == *read);
  PLANT(GH_ASSERT(read->size() % 5 != 4));
  // Once more, and nobody knows which one counts.
  GH_ASSERT(!read_token_request(std::string(body) + "&assertion=" + escaped(*read)).ok());
  GH_ASSERT(!read_token_request(std::string(body) + "&scope=x").ok());
}

void check_assertion(ByteView text) {
  const auto bytes = decode_assertion(text);
  if (!bytes.ok()) {
    GH_ASSERT(bytes.error() == Reason::saml_malformed || bytes.error() == Reason::token_size);
    return;
  }
  std::string plain = codec::encode_base64url(*bytes);
  GH_ASSERT(bytes->size() <= identity::kSamlBytesMax && text.substr(0, plain.size()) == plain);
  plain.append((4 - plain.size() % 4) % 4, '=');
  GH_ASSERT(plain == text || text.size() == plain.find_last_not_of('=') + 1);
}

}  // namespace
}  // namespace gatehouse::proxy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const gatehouse::ByteView text(reinterpret_cast<const char*>(data), size);
  gatehouse::proxy::check(text);
  gatehouse::proxy::check_assertion(text);
  return 0;
}
