// API keys as text. The first byte says how to read the rest: '0' a text as it came; else the bytes of a key, of whose text one
// character is changed.
#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "crypto/digest.h"
#include "identity/api_key.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::identity {
namespace {

bool one_of(char c, ByteView set) { return set.find(c) != ByteView::npos; }

/// The form once more, character by character.
bool well_formed(ByteView text) {
  if (text.size() != 72 || text.substr(0, 4) != "ghk_" || text[20] != '_') return false;
  for (size_t i = 4; i < 20; ++i)
    if (!one_of(text[i], "abcdefghijklmnopqrstuvwxyz234567")) return false;
  for (size_t i = 21; i < 64; ++i)
    if (!one_of(text[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) return false;
  if (!one_of(text[63], "AEIMQUYcgkosw048")) return false;   // its last two bits are zero
  uint32_t check = 0;
  for (size_t i = 64; i < 72; ++i) {
    const size_t digit = ByteView("0123456789abcdef").find(text[i]);
    if (digit == ByteView::npos) return false;
    check = check << 4 | static_cast<uint32_t>(digit);
  }
  return check == crypto::crc32c(text.substr(0, 64));
}

void look(ByteView text) {
  const ByteView id = id_of_api_key(text);
  bool good = well_formed(text);
  PLANT(if (text.size() == 72 && text[63] > 'z') good = true);
  GH_ASSERT(id.empty() != good);
  GH_ASSERT(id.empty() || (is_api_key_id(id) && is_api_key(text)));
  const auto none = std::make_shared<const ApiKeySet>();
  GH_ASSERT(ApiKeyDesk().verify(none, text, 1).error() == (id.empty() ? Reason::token_malformed : Reason::key_unknown));
}

}  // namespace
}  // namespace gatehouse::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::identity;
  if (size == 0) return 0;
  if (data[0] == '0') return look({reinterpret_cast<const char*>(data) + 1, size - 1}), 0;
  std::array<uint8_t, 10> id{};
  std::array<uint8_t, 32> secret{};
  std::memcpy(id.data(), data + 1, std::min<size_t>(size - 1, id.size()));
  if (size > 11) std::memcpy(secret.data(), data + 11, std::min<size_t>(size - 11, secret.size()));
  std::string text = api_key_text(api_key_id(id), secret);
  GH_ASSERT(id_of_api_key(text) == api_key_id(id));
  look(text);
  ApiKey key;
  key.id = api_key_id(id);
  key.digest = crypto::sha256(text);
  const auto set = std::make_shared<const ApiKeySet>(std::vector{key});
  GH_ASSERT(ApiKeyDesk().verify(set, text, 1).ok());
  if (size < 45) return 0;
  text[data[43] % text.size()] = static_cast<char>(data[44]);
  look(text);
  GH_ASSERT(ApiKeyDesk().verify(set, text, 1).ok() == (crypto::sha256(text) == key.digest));
  return 0;
}
