// AES-GCM beside the standard's text (NIST SP 800-38D) written down bit by bit: whatever kernel the processor gets, whole or in
// pieces, must say the same. The kernels take what is long, and leave the rest to others: so every length to 1,300 bytes.
#include "crypto/gcm.h"

#include <gtest/gtest.h>
#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/cipher.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::crypto {
namespace {

using Bytes = std::vector<uint8_t>;

/// Block is an element of the field as the standard numbers it: bit 0 is the highest of the first byte.
struct Block {
  uint64_t high = 0, low = 0;
  bool operator==(const Block&) const = default;
};

Block read_block(const uint8_t* bytes) {
  Block block;
  for (int i = 0; i < 8; ++i) block.high = block.high << 8 | bytes[i], block.low = block.low << 8 | bytes[i + 8];
  return block;
}
void write_block(Block block, uint8_t* out) {
  for (int i = 7; i >= 0; --i, block.high >>= 8, block.low >>= 8)
    out[i] = static_cast<uint8_t>(block.high), out[i + 8] = static_cast<uint8_t>(block.low);
}
Block sum(Block a, Block b) { return {a.high ^ b.high, a.low ^ b.low}; }

Block product(Block a, Block b) {
  Block out;
  for (int bit = 0; bit < 128; ++bit) {
    if (((bit < 64 ? a.high >> (63 - bit) : a.low >> (127 - bit)) & 1) != 0) out = sum(out, b);
    const bool over = (b.low & 1) != 0;
    b = {b.high >> 1, b.low >> 1 | b.high << 63};
    if (over) b.high ^= uint64_t{0xe1} << 56;
  }
  return out;
}

/// inverse is a to the power of 2^128 - 2.
Block inverse(Block a) {
  Block out{uint64_t{1} << 63, 0};
  for (int i = 1; i < 128; ++i) out = product(a = product(a, a), out);
  return out;
}

Block hash(Block key, const Bytes& authenticated, const Bytes& sealed) {
  Block at;
  for (const Bytes* part : {&authenticated, &sealed})
    for (size_t i = 0; i < part->size(); i += 16) {
      uint8_t block[16] = {};
      std::copy_n(part->begin() + static_cast<ptrdiff_t>(i), std::min<size_t>(16, part->size() - i), block);
      at = product(sum(at, read_block(block)), key);
    }
  return product(sum(at, {authenticated.size() * 8, sealed.size() * 8}), key);
}

struct Sealed {
  Bytes bytes;
  Bytes tag;
};

/// model seals as the standard says, `first` being the block that the nonce gives.
Sealed model(const Bytes& key, Block first, const Bytes& authenticated, const Bytes& text) {
  AES_KEY schedule;
  AES_set_encrypt_key(key.data(), static_cast<unsigned>(key.size() * 8), &schedule);
  const auto encrypted = [&](Block block) {
    uint8_t in[16], out[16];
    write_block(block, in);
    AES_encrypt(in, out, &schedule);
    return read_block(out);
  };
  const auto counted = [&](uint32_t count) {
    const auto low = static_cast<uint32_t>(first.low) + count;
    return Block{first.high, first.low >> 32 << 32 | low};
  };
  Sealed sealed{text, Bytes(16)};
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t pad[16];
    if (i % 16 == 0) {
      write_block(encrypted(counted(static_cast<uint32_t>(i / 16) + 1)), pad);
      for (size_t k = i; k < std::min(i + 16, text.size()); ++k) sealed.bytes[k] ^= pad[k - i];
    }
  }
  write_block(sum(hash(encrypted({}), authenticated, sealed.bytes), encrypted(first)), sealed.tag.data());
  return sealed;
}

Block first_of(const Bytes& nonce) {   // of 12 bytes
  uint8_t block[16] = {};
  std::copy(nonce.begin(), nonce.end(), block);
  block[15] = 1;
  return read_block(block);
}

class Random {
 public:
  Bytes bytes(size_t count) {
    Bytes out(count);
    for (uint8_t& each : out) each = static_cast<uint8_t>(generator_());
    return out;
  }
  size_t below(size_t end) { return generator_() % end; }

 private:
  std::mt19937 generator_{20231};
};

/// lengths: all around what kernels take, and those of whole TLS records and records.
std::vector<size_t> lengths() {
  std::vector<size_t> out;
  for (size_t length = 0; length <= 1300; ++length) out.push_back(length);
  out.insert(out.end(), {4096, 8191, 8300, 15000, 16384, 16401, 24 * 1024 + 7});
  return out;
}

ByteView view(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST(Gcm, WhatTlsSealsAndOpensIsTheStandards) {
  Random random;
  for (const EVP_AEAD* aead : {EVP_aead_aes_128_gcm(), EVP_aead_aes_192_gcm(), EVP_aead_aes_256_gcm()})
    for (const size_t length : lengths()) {
      const Bytes key = random.bytes(EVP_AEAD_key_length(aead)), nonce = random.bytes(12), also = random.bytes(random.below(40));
      const Bytes text = random.bytes(length);
      const Sealed expected = model(key, first_of(nonce), also, text);
      bssl::ScopedEVP_AEAD_CTX state;
      ASSERT_EQ(EVP_AEAD_CTX_init(state.get(), aead, key.data(), key.size(), 16, nullptr), 1);
      const size_t at = random.below(64);   // as TLS does: in place, anywhere
      Bytes place(at + length + 16);
      std::copy(text.begin(), text.end(), place.begin() + static_cast<ptrdiff_t>(at));
      size_t done = 0;
      ASSERT_EQ(EVP_AEAD_CTX_seal(state.get(), &place[at], &done, length + 16, nonce.data(), 12, &place[at], length, also.data(),
                                  also.size()), 1);
      ASSERT_EQ(done, length + 16);
      ASSERT_TRUE(std::equal(expected.bytes.begin(), expected.bytes.end(), &place[at])) << length;
      ASSERT_TRUE(std::equal(expected.tag.begin(), expected.tag.end(), &place[at + length])) << length;
      Bytes bent = place;
      bent[at + random.below(length + 16)] ^= static_cast<uint8_t>(1U << random.below(8));
      ASSERT_EQ(EVP_AEAD_CTX_open(state.get(), &bent[at], &done, length, nonce.data(), 12, &bent[at], length + 16, also.data(),
                                  also.size()), 0) << length;
      ASSERT_EQ(EVP_AEAD_CTX_open(state.get(), &place[at], &done, length, nonce.data(), 12, &place[at], length + 16, also.data(),
                                  also.size()), 1) << length;
      ASSERT_TRUE(std::equal(text.begin(), text.end(), &place[at])) << length;
    }
}

TEST(Gcm, PiecesOfAnyLengthSealAsTheWhole) {
  Random random;
  GcmSealer sealer;
  for (const size_t length : lengths()) {
    const Bytes key = random.bytes(32), also = random.bytes(random.below(100)), text = random.bytes(length);
    GcmNonce nonce;
    const Bytes drawn = random.bytes(nonce.size());
    std::copy(drawn.begin(), drawn.end(), nonce.begin());
    const Sealed expected = model(key, first_of(drawn), also, text);
    sealer.rekey(view(key));
    sealer.begin(nonce);
    sealer.authenticate(view(also));
    std::string sealed(length, '\0');
    for (size_t at = 0; at < length;) {
      const size_t piece = std::min(length - at, 1 + random.below(1200));
      sealer.seal(view(text).substr(at, piece), sealed.data() + at);
      at += piece;
    }
    const GcmTag tag = sealer.finish();
    ASSERT_EQ(ByteView(sealed), view(expected.bytes)) << length;
    ASSERT_TRUE(std::equal(tag.begin(), tag.end(), expected.tag.begin())) << length;
    std::string opened(length, '\1');
    ASSERT_TRUE(GcmOpener(view(key)).open(nonce, view(also), {}, sealed, view(expected.tag), opened.data())) << length;
    ASSERT_EQ(ByteView(opened), view(text));
    if (length == 0) continue;
    sealed[random.below(length)] ^= 1;
    ASSERT_FALSE(GcmOpener(view(key)).open(nonce, view(also), {}, sealed, view(expected.tag), opened.data())) << length;
    ASSERT_EQ(opened, std::string(length, '\0')) << "what was not sealed is wiped";
  }
}

// A nonce of 16 bytes may make a first block that ends in anything: the counter of 32 bits goes round, the rest of it stays.
TEST(Gcm, TheCounterGoesRound) {
  Random random;
  for (uint32_t before = 0; before < 40; ++before) {
    const Bytes key = random.bytes(before % 2 != 0 ? 16 : 32), text = random.bytes(2000);
    Block first = read_block(random.bytes(16).data());
    first.low |= 0xffffffff;
    first.low -= before;
    AES_KEY schedule;
    AES_set_encrypt_key(key.data(), static_cast<unsigned>(key.size() * 8), &schedule);
    uint8_t zero[16] = {}, hash_key[16], nonce[16];
    AES_encrypt(zero, hash_key, &schedule);
    const Block back = inverse(read_block(hash_key));
    write_block(product(sum(product(first, back), {0, 128}), back), nonce);   // whose hash is that first block
    const Sealed expected = model(key, first, {}, text);
    bssl::ScopedEVP_CIPHER_CTX state;
    const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    ASSERT_EQ(EVP_EncryptInit_ex(state.get(), cipher, nullptr, nullptr, nullptr), 1);
    ASSERT_EQ(EVP_CIPHER_CTX_ctrl(state.get(), EVP_CTRL_AEAD_SET_IVLEN, 16, nullptr), 1);
    ASSERT_EQ(EVP_EncryptInit_ex(state.get(), nullptr, nullptr, key.data(), nonce), 1);
    Bytes sealed(text.size()), tag(16);
    int done = 0;
    ASSERT_EQ(EVP_EncryptUpdate(state.get(), sealed.data(), &done, text.data(), static_cast<int>(text.size())), 1);
    ASSERT_EQ(EVP_EncryptFinal_ex(state.get(), sealed.data() + done, &done), 1);
    ASSERT_EQ(EVP_CIPHER_CTX_ctrl(state.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()), 1);
    ASSERT_EQ(sealed, expected.bytes) << before;
    ASSERT_EQ(tag, expected.tag) << before;
  }
}

TEST(Gcm, KnownAnswersAreTold) {
  EXPECT_TRUE(gcm_gives(kGcmAnswers));
  for (const size_t at : {0, 15}) {
    GcmAnswers bent = kGcmAnswers;
    bent.aes128[at] ^= 1;
    EXPECT_FALSE(gcm_gives(bent));
    bent = kGcmAnswers;
    bent.aes256[at] ^= 0x80;
    EXPECT_FALSE(gcm_gives(bent));
  }
}

}  // namespace
}  // namespace gatehouse::crypto
