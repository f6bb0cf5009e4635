#include "crypto/gcm.h"

#include <openssl/aead.h>
#include <openssl/cipher.h>
#include <openssl/mem.h>

#include <algorithm>
#include <numeric>
#include <vector>

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

// Made with OpenSSL 3: keys, nonce and associated data count up from 0, byte i of the text is 7 i.
const GcmAnswers kGcmAnswers = {
    {0x08, 0x16, 0x7b, 0x25, 0x99, 0xdb, 0x6e, 0x66, 0xb3, 0x26, 0xc2, 0x17, 0xde, 0x78, 0x52, 0xb1},
    {0x70, 0x61, 0x31, 0x29, 0x53, 0xf9, 0x16, 0xf2, 0x63, 0x8b, 0x7a, 0x0f, 0xee, 0xda, 0xf2, 0xb6},
};

namespace {

bool gives(const EVP_AEAD* aead, const GcmTag& answer) {
  constexpr size_t kText = 1000, kAuthenticated = 13;   // the longest kernel takes 256 bytes at a time, and leaves a rest
  std::array<uint8_t, kKeyBytes> counted;
  std::iota(counted.begin(), counted.end(), uint8_t{0});
  std::vector<uint8_t> text(kText), sealed(kText + answer.size()), opened(kText);
  for (size_t i = 0; i < kText; ++i) text[i] = static_cast<uint8_t>(7 * i);
  const uint8_t* const also = counted.data();
  const size_t nonce = EVP_AEAD_nonce_length(aead);
  bssl::ScopedEVP_AEAD_CTX state;
  size_t done = 0;
  return EVP_AEAD_CTX_init(state.get(), aead, counted.data(), EVP_AEAD_key_length(aead), answer.size(), nullptr) == 1 &&
         EVP_AEAD_CTX_seal(state.get(), sealed.data(), &done, sealed.size(), also, nonce, text.data(), kText, also,
                           kAuthenticated) == 1 &&
         done == sealed.size() && std::equal(answer.begin(), answer.end(), sealed.begin() + kText) &&
         EVP_AEAD_CTX_open(state.get(), opened.data(), &done, kText, also, nonce, sealed.data(), sealed.size(), also,
                           kAuthenticated) == 1 &&
         opened == text;
}

}  // namespace

bool gcm_gives(const GcmAnswers& answers) {
  return gives(EVP_aead_aes_128_gcm(), answers.aes128) && gives(EVP_aead_aes_256_gcm(), answers.aes256);
}

}  // namespace gatehouse::crypto
