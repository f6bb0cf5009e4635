#include "crypto/secret.h"

#include <openssl/mem.h>

#include <utility>

namespace gatehouse::crypto {

void wipe(std::string& text) {
  text.resize(text.capacity());  // never reallocates
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void wipe(ByteSpan bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

Secret::Secret(ByteView bytes) : bytes_(bytes) {}

// A moved-from std::string may still hold short contents in place: wipe what was left behind.
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  other.wipe();
  return *this;
}

Secret::~Secret() { wipe(); }

Secret Secret::copy() const { return Secret(bytes_); }

bool Secret::equals(ByteView other) const {
  return equal_in_constant_time(bytes_, other);
}

void Secret::wipe() { crypto::wipe(bytes_); }

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gatehouse::crypto
