#include "crypto/gcm.h"

#include <openssl/cipher.h>
#include <openssl/mem.h>

#include "base/assert.h"

namespace gatehouse::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kStep = size_t{1} << 30;   // the library counts in int

const uint8_t* bytes_of(ByteView view) { return reinterpret_cast<const uint8_t*>(view.data()); }
uint8_t* bytes_of(char* out) { return reinterpret_cast<uint8_t*>(out); }

// What follows fails only when it is called wrongly: a refusal is a fault of ours, and no record may leave unsealed.
void must(int result) { GH_ASSERT(result == 1); }

/// each_step calls take for pieces that an int can count.
template <typename Take>
void each_step(ByteView bytes, Take take) {
  for (size_t at = 0; at < bytes.size(); at += kStep) take(bytes.substr(at, kStep), at);
}

}  // namespace

GcmSealer::GcmSealer() : state_(EVP_CIPHER_CTX_new()) {
  GH_ASSERT(state_ != nullptr);
  must(EVP_EncryptInit_ex(state_, EVP_aes_256_gcm(), nullptr, nullptr, nullptr));
}

GcmSealer::~GcmSealer() { EVP_CIPHER_CTX_free(state_); }   // cleanses

void GcmSealer::rekey(ByteView key) {
  GH_ASSERT(key.size() == kKeyBytes);
  must(EVP_EncryptInit_ex(state_, nullptr, nullptr, bytes_of(key), nullptr));
}

void GcmSealer::begin(const GcmNonce& nonce) {
  must(EVP_EncryptInit_ex(state_, nullptr, nullptr, nullptr, nonce.data()));
}

void GcmSealer::authenticate(ByteView bytes) {
  each_step(bytes, [this](ByteView step, size_t) {
    int done = 0;
    must(EVP_EncryptUpdate(state_, nullptr, &done, bytes_of(step), static_cast<int>(step.size())));
  });
}

void GcmSealer::seal(ByteView text, char* out) {
  each_step(text, [&](ByteView step, size_t at) {
    int done = 0;
    must(EVP_EncryptUpdate(state_, bytes_of(out + at), &done, bytes_of(step), static_cast<int>(step.size())));
    GH_ASSERT(done == static_cast<int>(step.size()));
  });
}

GcmTag GcmSealer::finish() {
  GcmTag tag;
  uint8_t nothing[16];
  int done = 0;
  must(EVP_EncryptFinal_ex(state_, nothing, &done));
  must(EVP_CIPHER_CTX_ctrl(state_, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()));
  return tag;
}

GcmOpener::GcmOpener(ByteView key) : state_(EVP_CIPHER_CTX_new()) {
  GH_ASSERT(state_ != nullptr && key.size() == kKeyBytes);
  must(EVP_DecryptInit_ex(state_, EVP_aes_256_gcm(), nullptr, bytes_of(key), nullptr));
}

GcmOpener::~GcmOpener() { EVP_CIPHER_CTX_free(state_); }

bool GcmOpener::open(const GcmNonce& nonce, ByteView authenticated, ByteView and_then, ByteView sealed, ByteView tag, char* out) {
  if (tag.size() != sizeof(GcmTag)) return false;
  GcmTag expected;
  tag.copy(reinterpret_cast<char*>(expected.data()), expected.size());
  must(EVP_DecryptInit_ex(state_, nullptr, nullptr, nullptr, nonce.data()));
  must(EVP_CIPHER_CTX_ctrl(state_, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()), expected.data()));
  int done = 0;
  for (const ByteView part : {authenticated, and_then})
    each_step(part, [&](ByteView step, size_t) {
      must(EVP_DecryptUpdate(state_, nullptr, &done, bytes_of(step), static_cast<int>(step.size())));
    });
  each_step(sealed, [&](ByteView step, size_t at) {
    must(EVP_DecryptUpdate(state_, bytes_of(out + at), &done, bytes_of(step), static_cast<int>(step.size())));
  });
  uint8_t nothing[16];
  if (EVP_DecryptFinal_ex(state_, nothing, &done) == 1) return true;
  OPENSSL_cleanse(out, sealed.size());
  return false;
}

}  // namespace gatehouse::crypto
