#include "record/head.h"

#include <algorithm>

#include "base/assert.h"

namespace gatehouse::record {
namespace {

using HeadBytes = gatehouse_head;
using RingBytes = gatehouse_head_ring;
using DigestBytes = gatehouse_head_digest;
constexpr size_t kSignature = GATEHOUSE_HEAD_SIGNATURE_BYTES;
constexpr uint32_t kFlags = GATEHOUSE_HEAD_FINAL | GATEHOUSE_HEAD_STRICT;

template <typename T>
void append(std::string* out, const T& value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// take copies the next struct out; false when too few bytes are left.
template <typename T>
bool take(ByteView* rest, T* out) {
  if (rest->size() < sizeof *out) return false;
  std::memcpy(out, rest->data(), sizeof *out);
  rest->remove_prefix(sizeof *out);
  return true;
}

bool read_digest(ByteView* rest, const HeadRing& ring, HeadDigest* out) {
  DigestBytes bytes;
  if (!take(rest, &bytes)) return false;
  if (bytes.reserved != 0 || bytes.bytes == 0 || bytes.bytes > kDigestRun || bytes.bytes % 8 != 0 || bytes.offset % 8 != 0 ||
      bytes.offset >= ring.offset || bytes.bytes > ring.offset - bytes.offset)
    return false;
  if (!ring.digests.empty() && bytes.offset < ring.digests.back().offset + ring.digests.back().bytes) return false;
  out->offset = bytes.offset;
  out->bytes = bytes.bytes;
  std::memcpy(out->sha256.data(), bytes.sha256, sizeof bytes.sha256);
  return true;
}

bool read_ring(ByteView* rest, uint32_t* digests, HeadRing* out) {
  RingBytes bytes;
  if (!take(rest, &bytes)) return false;
  if (bytes.reserved != 0 || (bytes.flags & ~uint32_t{GATEHOUSE_HEAD_RING_ENDED}) != 0 || bytes.worker >= kWorkerMax ||
      bytes.segment_bytes % kPage != 0 || bytes.segment_bytes < kSegmentBytesMin || bytes.segment_bytes > kSegmentBytesMax ||
      bytes.offset % 8 != 0 || bytes.offset > UINT64_MAX / 2 || bytes.sequence > bytes.offset / kHeaderBytes)
    return false;
  out->epoch = {id_of(bytes.process), bytes.worker};
  out->segment_bytes = bytes.segment_bytes;
  out->offset = bytes.offset;
  out->sequence = bytes.sequence;
  out->chain = chain_of(bytes.chain);
  out->ended = bytes.flags != 0;
  *digests = bytes.digests;
  return true;
}

/// read_rings reads rings and digests as far as `rest` goes: what does not fit is damaged wherever it ends, so that nobody has to
/// fetch, or hash, all that a false head says it has.
HeadParse read_rings(ByteView rest, const HeadBytes& first, Head* head) {
  uint64_t left = first.total_bytes - sizeof first - kSignature - first.rings * sizeof(RingBytes);
  std::vector<uint32_t> digests;
  for (uint32_t i = 0; i < first.rings; ++i) {
    if (rest.size() < sizeof(RingBytes)) return HeadParse::cut;
    if (!read_ring(&rest, &digests.emplace_back(), &head->rings.emplace_back())) return HeadParse::damaged;
    if (digests.back() > left / sizeof(DigestBytes)) return HeadParse::damaged;
    left -= digests.back() * sizeof(DigestBytes);
  }
  if (left != 0) return HeadParse::damaged;
  for (uint32_t i = 0; i < first.rings; ++i)
    for (uint32_t k = 0; k < digests[i]; ++k) {
      if (rest.size() < sizeof(DigestBytes)) return HeadParse::cut;
      HeadDigest one;
      if (!read_digest(&rest, head->rings[i], &one)) return HeadParse::damaged;
      head->rings[i].digests.push_back(one);
    }
  return HeadParse::whole;
}

}  // namespace

HeadKey key_part(const crypto::PublicKey& key) {
  GH_ASSERT(key.type() == crypto::KeyType::ed25519);
  const std::string bytes = key.parts().first;
  HeadKey out{};
  GH_ASSERT(bytes.size() == out.size());
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

std::string sign_head(Head& head, const crypto::PrivateKey& key) {
  head.key = key_part(key.public_key());
  uint64_t total = sizeof(HeadBytes) + kSignature;
  for (const HeadRing& ring : head.rings) total += sizeof(RingBytes) + ring.digests.size() * sizeof(DigestBytes);
  GH_ASSERT(total <= kHeadBytesMax && head.rings.size() <= kHeadRingsMax);
  HeadBytes bytes{};
  bytes.magic = GATEHOUSE_HEAD_MAGIC;
  bytes.layout = GATEHOUSE_HEAD_LAYOUT;
  bytes.total_bytes = static_cast<uint32_t>(total);
  put_id(head.name.process, bytes.process);
  bytes.number = head.name.number;
  bytes.wall_ns = head.wall;
  bytes.interval_ns = head.interval;
  bytes.flags = (head.final ? GATEHOUSE_HEAD_FINAL : 0u) | (head.strict ? GATEHOUSE_HEAD_STRICT : 0u);
  bytes.rings = static_cast<uint32_t>(head.rings.size());
  put_id(head.before.process, bytes.before_process);
  bytes.before_number = head.before.number;
  std::memcpy(bytes.before, head.before.sha256.data(), sizeof bytes.before);
  std::memcpy(bytes.key, head.key.data(), sizeof bytes.key);
  std::string out;
  out.reserve(total);
  append(&out, bytes);
  for (const HeadRing& ring : head.rings) {
    RingBytes one{};
    put_id(ring.epoch.process, one.process);
    one.worker = ring.epoch.worker;
    one.flags = ring.ended ? GATEHOUSE_HEAD_RING_ENDED : 0;
    one.segment_bytes = ring.segment_bytes;
    one.offset = ring.offset;
    one.sequence = ring.sequence;
    std::memcpy(one.chain, ring.chain.data(), sizeof one.chain);
    one.digests = static_cast<uint32_t>(ring.digests.size());
    append(&out, one);
  }
  for (const HeadRing& ring : head.rings)
    for (const HeadDigest& digest : ring.digests) {
      DigestBytes one{digest.offset, digest.bytes, 0, {}};
      std::memcpy(one.sha256, digest.sha256.data(), sizeof one.sha256);
      append(&out, one);
    }
  out += key.sign(out);
  head.name.sha256 = crypto::sha256(out);
  return out;
}

HeadParse parse_head(ByteView bytes, Head* head, size_t* used) {
  HeadBytes first;
  ByteView rest = bytes;
  if (!take(&rest, &first)) {
    const uint64_t magic = GATEHOUSE_HEAD_MAGIC;
    const size_t seen = std::min(bytes.size(), sizeof magic);
    return seen == 0 || std::memcmp(bytes.data(), &magic, seen) == 0 ? HeadParse::cut : HeadParse::damaged;
  }
  if (first.magic != GATEHOUSE_HEAD_MAGIC || first.layout != GATEHOUSE_HEAD_LAYOUT || first.total_bytes > kHeadBytesMax ||
      (first.flags & ~kFlags) != 0 || first.rings > kHeadRingsMax ||
      first.total_bytes < sizeof first + first.rings * sizeof(RingBytes) + kSignature)
    return HeadParse::damaged;
  rest = bytes.substr(sizeof first, first.total_bytes - sizeof first - kSignature);
  *head = Head();
  if (const HeadParse parsed = read_rings(rest, first, head); parsed != HeadParse::whole) return parsed;
  if (bytes.size() < first.total_bytes) return HeadParse::cut;
  head->name = {id_of(first.process), first.number, crypto::sha256(bytes.substr(0, first.total_bytes))};
  head->wall = first.wall_ns;
  head->interval = first.interval_ns;
  head->final = (first.flags & GATEHOUSE_HEAD_FINAL) != 0;
  head->strict = (first.flags & GATEHOUSE_HEAD_STRICT) != 0;
  head->before = {id_of(first.before_process), first.before_number, {}};
  std::memcpy(head->before.sha256.data(), first.before, sizeof first.before);
  std::memcpy(head->key.data(), first.key, sizeof first.key);
  *used = first.total_bytes;
  return HeadParse::whole;
}

bool head_signed(ByteView bytes, const HeadKey& key) {
  const auto known = crypto::PublicKey::from_ed25519(view_of(std::span<const uint8_t>(key)));
  return known && bytes.size() > kSignature &&
         known->verify(bytes.substr(0, bytes.size() - kSignature), bytes.substr(bytes.size() - kSignature));
}

}  // namespace gatehouse::record
