#include "identity/revocations.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "crypto/digest.h"
#include "identity/plain_text.h"

namespace gatehouse::identity {
namespace {

constexpr uint64_t kFirst = 0x9e3779b97f4a7c15, kSecond = 0xbf58476d1ce4e5b9;
constexpr ByteView kNames[] = {"", "token", "subject", "certificate", "key"};

__extension__ typedef unsigned __int128 Wide;

// The product's halves folded: every bit of both goes into every bit of the result.
uint64_t fold(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename Word>
uint64_t load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

bool plain(ByteView text) { return simdjson::validate_utf8(text.data(), text.size()) && is_plain_text(text); }

bool is_digest(ByteView text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == ByteView::npos;
}

}  // namespace

ByteView revoked_name(Revoked what) { return kNames[static_cast<size_t>(what)]; }

bool revoked_of(ByteView name, Revoked* out) {
  for (size_t i = 1; i < std::size(kNames); ++i) {
    if (kNames[i] != name) continue;
    *out = static_cast<Revoked>(i);
    return true;
  }
  return false;
}

std::string fault_of(const Revocation& entry) {
  const auto number = static_cast<size_t>(entry.what);
  if (number == 0 || number >= kRevokedKinds) return "what is revoked is token, subject, certificate or key";
  if (entry.note.size() > kRevocationNoteMax || !plain(entry.note)) return "a note is plain text of at most 256 bytes";
  if (entry.what == Revoked::certificate) {
    if (!entry.issuer.empty()) return "a certificate is named by its digest alone, without an issuer";
    return is_digest(entry.value) ? "" : "a certificate is named by the SHA-256 of its DER: 64 lower-case hexadecimal digits";
  }
  if (entry.issuer.empty()) return "an issuer is needed: its configured name, or * for all of them";
  if (entry.issuer.size() > kIssuerNameMax || !plain(entry.issuer)) return "the issuer is not a configured name";
  if (entry.value.empty()) return "the value is empty";
  if (entry.value.size() > kRevokedValueMax || !plain(entry.value))
    return "no identity has such a value: plain text of at most 512 bytes";
  return "";
}

RevocationSet::RevocationSet(std::span<const Revocation> entries, uint64_t seed) : seed_(seed | 1) {
  every_ = hash(kEveryIssuer);
  reserve(entries.size());
  for (const Revocation& each : entries) put(each);
}

std::shared_ptr<const RevocationSet> RevocationSet::with(std::span<const Revocation> more) const {
  auto set = std::make_shared<RevocationSet>(*this);
  set->reserve(entries_.size() + more.size());
  for (const Revocation& each : more) set->put(each);
  return set;
}

void RevocationSet::reserve(size_t entries) {
  const size_t slots = std::bit_ceil(entries * 2 + 1);
  entries_.reserve(entries);
  if (slots <= slots_.size()) return;
  slots_.assign(slots, Slot{});
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const uint64_t home = mixed(entry.what, hash(issuer_of(entry)), hash(value_of(entry)));
    size_t slot = home & (slots - 1);
    while (slots_[slot].place != 0) slot = (slot + 1) & (slots - 1);
    slots_[slot] = {static_cast<uint32_t>(home >> 32), static_cast<uint32_t>(i + 1)};
  }
}

void RevocationSet::put(const Revocation& entry) {
  GH_ASSERT(entry.issuer.size() <= UINT16_MAX && entry.value.size() <= UINT16_MAX);
  if (const Entry* there = find(entry.what, entry.issuer, entry.value)) {
    WallNs& ends = entries_[static_cast<size_t>(there - entries_.data())].ends;
    ends = ends == 0 || entry.ends == 0 ? 0 : std::max(ends, entry.ends);
    return;
  }
  GH_ASSERT((entries_.size() + 1) * 2 <= slots_.size() && texts_.size() < UINT32_MAX - 2 * UINT16_MAX);
  entries_.push_back({static_cast<uint32_t>(texts_.size()), static_cast<uint16_t>(entry.issuer.size()),
                      static_cast<uint16_t>(entry.value.size()), entry.what, entry.ends});
  texts_.append(entry.issuer).append(entry.value);
  auto& counts = entry.issuer == kEveryIssuer ? starred_ : named_;
  ++counts[static_cast<size_t>(entry.what)];
  const uint64_t home = mixed(entry.what, hash(entry.issuer), hash(entry.value));
  size_t slot = home & (slots_.size() - 1);
  while (slots_[slot].place != 0) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = {static_cast<uint32_t>(home >> 32), static_cast<uint32_t>(entries_.size())};
}

uint64_t RevocationSet::hash(ByteView bytes) const {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t state = seed_ ^ left * kFirst;
  for (; left > 16; at += 16, left -= 16) state = fold(load<uint64_t>(at) ^ seed_, load<uint64_t>(at + 8) ^ state ^ kSecond);
  uint64_t a = 0, b = 0;   // what is left, read twice where it overlaps: its size is in the state
  if (left >= 8) a = load<uint64_t>(at), b = load<uint64_t>(at + left - 8);
  else if (left >= 4) a = load<uint32_t>(at), b = load<uint32_t>(at + left - 4);
  else if (left > 0) a = load<uint8_t>(at) << 16 | load<uint8_t>(at + left / 2) << 8 | load<uint8_t>(at + left - 1);
  return fold(a ^ seed_ ^ kFirst, b ^ state ^ kSecond);
}

uint64_t RevocationSet::mixed(Revoked what, uint64_t issuer, uint64_t value) const {
  return fold(value ^ seed_, (issuer + static_cast<uint64_t>(what) * kFirst) ^ kSecond);
}

const RevocationSet::Entry* RevocationSet::at(uint64_t hash, Revoked what, ByteView issuer, ByteView value) const {
  if (slots_.empty()) return nullptr;
  const auto tag = static_cast<uint32_t>(hash >> 32);
  for (size_t slot = hash & (slots_.size() - 1); slots_[slot].place != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].tag != tag) continue;
    const Entry& entry = entries_[slots_[slot].place - 1];
    if (entry.what == what && value_of(entry) == value && issuer_of(entry) == issuer) return &entry;
  }
  return nullptr;
}

const RevocationSet::Entry* RevocationSet::find(Revoked what, ByteView issuer, ByteView value) const {
  return at(mixed(what, hash(issuer), hash(value)), what, issuer, value);
}

bool RevocationSet::holds(Revoked what, ByteView issuer, uint64_t issuer_hash, ByteView value, WallNs now) const {
  const auto in_force = [now](const Entry* entry) {
    return entry != nullptr && entry->in_force(now);
  };
  const auto kind = static_cast<size_t>(what);
  if (value.empty() || named_[kind] + starred_[kind] == 0) return false;
  const uint64_t value_hash = hash(value);
  if (named_[kind] != 0 && in_force(at(mixed(what, issuer_hash, value_hash), what, issuer, value))) return true;
  return starred_[kind] != 0 && in_force(at(mixed(what, every_, value_hash), what, kEveryIssuer, value));
}

std::map<std::string, size_t> RevocationSet::issuers(WallNs now) const {
  std::map<std::string, size_t> counts;
  for (const Entry& entry : entries_) {
    const ByteView name = issuer_of(entry);
    if (entry.in_force(now) && !name.empty() && name != kEveryIssuer) ++counts[std::string(name)];
  }
  return counts;
}

bool RevocationSet::revokes(const Identity& identity, WallNs now) const {
  if (entries_.empty()) return false;
  const uint64_t issuer = hash(identity.issuer);
  if (holds(Revoked::token, identity.issuer, issuer, identity.token_id, now)) return true;
  if (holds(Revoked::subject, identity.issuer, issuer, identity.subject, now)) return true;
  if (holds(Revoked::key, identity.issuer, issuer, identity.key_id, now)) return true;
  return revokes_certificate(identity.certificate, now);
}

bool RevocationSet::revokes_certificate(const std::array<uint8_t, 32>& digest, WallNs now) const {
  if (named_[static_cast<size_t>(Revoked::certificate)] == 0 || digest == std::array<uint8_t, 32>{}) return false;
  return holds(Revoked::certificate, {}, hash({}), crypto::hex(digest), now);
}

}  // namespace gatehouse::identity
