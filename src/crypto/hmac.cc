#include "crypto/hmac.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>
#include <openssl/mem.h>

#include "base/assert.h"

namespace gatehouse::crypto {
namespace {

constexpr size_t kBlock = 64;  // of SHA-256

}  // namespace

HmacSha256::HmacSha256(ByteView key) {
  Sha256 digested{};
  if (key.size() > kBlock) {
    digested = sha256(key);
    key = view_of(std::span<const uint8_t>(digested));
  }
  char inner[kBlock], outer[kBlock];
  for (size_t i = 0; i < kBlock; ++i) {
    const auto byte = static_cast<uint8_t>(i < key.size() ? key[i] : 0);
    inner[i] = static_cast<char>(byte ^ 0x36);
    outer[i] = static_cast<char>(byte ^ 0x5c);
  }
  inner_.add({inner, kBlock});
  outer_.add({outer, kBlock});
  OPENSSL_cleanse(inner, kBlock);
  OPENSSL_cleanse(outer, kBlock);
  OPENSSL_cleanse(digested.data(), digested.size());
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(static_cast<void*>(&inner_), sizeof inner_);
  OPENSSL_cleanse(static_cast<void*>(&outer_), sizeof outer_);
}

Sha256 HmacSha256::digest(std::span<const ByteView> parts) const {
  Sha256Stream inner = inner_, outer = outer_;
  for (const ByteView part : parts) inner.add(part);
  const Sha256 first = inner.finish();
  outer.add(view_of(std::span<const uint8_t>(first)));
  return outer.finish();
}

std::array<uint8_t, 32> hkdf_sha256(ByteView salt, ByteView key, ByteView info) {
  const auto bytes = [](ByteView view) { return reinterpret_cast<const uint8_t*>(view.data()); };
  std::array<uint8_t, 32> out;
  const int made = HKDF(out.data(), out.size(), EVP_sha256(), bytes(key), key.size(), bytes(salt), salt.size(), bytes(info),
                        info.size());
  GH_ASSERT(made == 1);
  return out;
}

}  // namespace gatehouse::crypto
