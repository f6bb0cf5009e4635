#include "json/key_set.h"

#include <bit>
#include <cstring>

namespace gatehouse::json {
namespace {

constexpr size_t kSlotsStart = 64;
constexpr size_t kMostEver = 0xfffe;  // indexes are 16 bits
constexpr uint64_t kA = 0x9e3779b97f4a7c15u, kB = 0xd6e8feb86659fd93u;

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t word_at(const char* at, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, at, count);
  return word;
}

uint64_t hash_of(ByteView key, uint64_t seed) {
  uint64_t hash = mix(seed ^ kA, kB + key.size());
  size_t at = 0;
  for (; key.size() - at > 8; at += 8) hash = mix(hash ^ word_at(key.data() + at, 8), kB);
  return mix(hash ^ word_at(key.data() + at, key.size() - at), kA ^ seed);
}

}  // namespace

void KeySet::start(uint64_t seed, size_t most) {
  hashes_.trim();
  firsts_.trim();
  seed_ = seed;
  most_ = most < kMostEver ? most : kMostEver;
  slots_.resize(slots_.size() < kSlotsStart ? kSlotsStart : slots_.size());
  std::memset(slots_.data(), 0, slots_.size() * sizeof(uint16_t));
}

void KeySet::open() { firsts_.push(static_cast<uint32_t>(hashes_.size())); }

/// The last hashes go first, in reverse: none of those that stay was placed behind them.
void KeySet::close() {
  const size_t mask = slots_.size() - 1;
  const size_t first = firsts_.back();
  for (size_t i = hashes_.size(); i > first; --i) {
    size_t slot = hashes_[i - 1] & mask;
    while (slots_[slot] != i) slot = (slot + 1) & mask;
    slots_[slot] = 0;
  }
  hashes_.resize(first);
  firsts_.resize(firsts_.size() - 1);
}

void KeySet::grow() {
  slots_.resize(slots_.size() * 2);
  std::memset(slots_.data(), 0, slots_.size() * sizeof(uint16_t));
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < hashes_.size(); ++i) {
    size_t slot = hashes_[i] & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<uint16_t>(i + 1);
  }
}

/// The same key of another depth lies elsewhere.
uint64_t KeySet::hash(ByteView key) const { return hash_of(key, seed_ + firsts_.size() * kB); }

/// True with its slot when the innermost object has the hash; else *slot is where it would be placed.
bool KeySet::find(uint64_t hash, size_t* slot) const {
  const size_t mask = slots_.size() - 1, first = firsts_.back();
  for (*slot = hash & mask; slots_[*slot] != 0; *slot = (*slot + 1) & mask) {
    const size_t index = slots_[*slot] - 1u;
    if (index >= first && hashes_[index] == hash) return true;
  }
  return false;
}

bool KeySet::has(ByteView key) const {
  size_t slot;
  return !firsts_.empty() && hashes_.size() > firsts_.back() && find(hash(key), &slot);
}

KeySet::Added KeySet::add(ByteView key) {
  if ((hashes_.size() + 1) * 2 > slots_.size()) grow();
  size_t slot;
  const uint64_t added = hash(key);
  if (find(added, &slot)) return Added::twice;
  if (hashes_.size() == most_) return Added::full;
  hashes_.push(added);
  slots_[slot] = static_cast<uint16_t>(hashes_.size());
  return Added::fresh;
}

}  // namespace gatehouse::json
