#include "crypto/sha256_many.h"

#include <openssl/sha.h>

#include <algorithm>

#include "base/assert.h"
#include "crypto/sha256_lanes.h"

namespace gatehouse::crypto {

#if defined(__x86_64__)

namespace {

using namespace sha256_lanes;

constexpr State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr size_t kWideLeast = 10;   // sixteen side by side take as long as this many two by two

/// Text is how far one has come; what is left in whole blocks.
struct Text {
  ByteView text;
  size_t done = 0;   // bytes
  State state = kInitial;

  size_t blocks() const { return (text.size() - done) / kBlock; }
};

/// all_wide takes blocks of all texts side by side as long as that pays: in place of those that have none left another goes along,
/// and what comes of it is dropped.
void all_wide(std::span<Text> texts) {
  State states[kWide];
  const char* at[kWide];
  size_t who[kWide];
  for (;;) {
    size_t count = 0, blocks = SIZE_MAX;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].blocks() == 0) continue;
      who[count++] = i;
      blocks = std::min(blocks, texts[i].blocks());
    }
    if (count < kWideLeast) return;
    for (size_t lane = 0; lane < kWide; ++lane) {
      const Text& text = texts[who[lane < count ? lane : 0]];
      at[lane] = text.text.data() + text.done;
      states[lane] = text.state;
    }
    wide_blocks(states, at, blocks);
    for (size_t lane = 0; lane < count; ++lane) {
      texts[who[lane]].done += blocks * kBlock;
      texts[who[lane]].state = states[lane];
    }
  }
}

void two_by_two(std::span<Text> texts) {
  Text* waits = nullptr;
  for (Text& text : texts) {
    if (text.blocks() == 0) continue;
    if (waits == nullptr) {
      waits = &text;
      continue;
    }
    const size_t blocks = std::min(waits->blocks(), text.blocks());
    both_blocks(&waits->state, &text.state, waits->text.data() + waits->done, text.text.data() + text.done, blocks);
    waits->done += blocks * kBlock;
    text.done += blocks * kBlock;
    if (waits->blocks() == 0) waits = text.blocks() == 0 ? nullptr : &text;
  }
}

/// finish takes in what is left of a text, and its end (FIPS 180-4, 5.1.1).
Sha256 finish(Text& text) {
  State& state = text.state;
  if (const size_t whole = text.blocks(); whole > 0) {   // which does not stop at none
    SHA256_TransformBlocks(state.data(), u8(text.text.data() + text.done), whole);
    text.done += whole * kBlock;
  }
  const ByteView tail = text.text.substr(text.done);
  uint8_t end[2 * kBlock] = {};
  tail.copy(reinterpret_cast<char*>(end), tail.size());
  end[tail.size()] = 0x80;
  const size_t bytes = tail.size() + 9 <= kBlock ? kBlock : 2 * kBlock;
  for (size_t i = 0; i < 8; ++i) end[bytes - 1 - i] = static_cast<uint8_t>(uint64_t{text.text.size()} * 8 >> (8 * i));
  SHA256_TransformBlocks(state.data(), end, bytes / kBlock);
  Sha256 digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

const bool has_sha = processor::has_sha();
const bool has_avx512 = processor::has_avx512();

}  // namespace

void sha256_many(std::span<const ByteView> texts, std::span<Sha256> digests) {
  GH_ASSERT(texts.size() <= kSha256Many && digests.size() == texts.size());
  static_assert(kSha256Many <= kWide);
  Text all[kSha256Many];
  for (size_t i = 0; i < texts.size(); ++i) all[i].text = texts[i];
  const std::span<Text> here(all, texts.size());
  if (has_avx512) all_wide(here);
  if (has_sha) two_by_two(here);
  for (size_t i = 0; i < texts.size(); ++i) digests[i] = finish(all[i]);
}

#else

void sha256_many(std::span<const ByteView> texts, std::span<Sha256> digests) {
  GH_ASSERT(texts.size() <= kSha256Many && digests.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) digests[i] = sha256(texts[i]);
}

#endif

}  // namespace gatehouse::crypto
