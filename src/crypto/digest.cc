#include "crypto/digest.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <new>

namespace gatehouse::crypto {

namespace {

SHA256_CTX* library_state(unsigned char* state) { return std::launder(reinterpret_cast<SHA256_CTX*>(state)); }

}  // namespace

Sha256 sha256(ByteView bytes) {
  Sha256 digest;
  SHA256(u8(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Sha256 sha256(std::span<const ByteView> parts) {
  Sha256Stream stream;
  for (const ByteView part : parts) stream.add(part);
  return stream.finish();
}

Sha512 sha512(ByteView bytes) {
  Sha512 digest;
  SHA512(u8(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Sha256Stream::Sha256Stream() {
  static_assert(sizeof(SHA256_CTX) <= sizeof(state_) && alignof(SHA256_CTX) <= 8);
  SHA256_Init(new (state_) SHA256_CTX);
}

void Sha256Stream::add(ByteView bytes) { SHA256_Update(library_state(state_), bytes.data(), bytes.size()); }

Sha256 Sha256Stream::finish() {
  Sha256 digest;
  SHA256_Final(digest.data(), library_state(state_));
  return digest;
}

void random_bytes(ByteSpan out) { RAND_bytes(u8(out.data()), out.size()); }  // aborts rather than fails

uint64_t random_u64() {
  uint64_t value;
  RAND_bytes(reinterpret_cast<uint8_t*>(&value), sizeof value);
  return value;
}

std::string hex(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace gatehouse::crypto
