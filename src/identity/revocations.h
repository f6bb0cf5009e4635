// Who is believed no longer, whatever is proved: by token, subject, certificate or key.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "identity/identity.h"

namespace gatehouse::identity {

inline constexpr size_t kRevocationsMax = 1'000'000;   // in force at once
inline constexpr size_t kIssuerNameMax = 256;          // bytes, as configured
inline constexpr size_t kRevokedValueMax = 512;        // no identity has longer ones
inline constexpr size_t kRevocationNoteMax = 256;

/// kRevocationSlack is how much longer than it says an entry is in force: it says when the token expires, and a
/// token is believed until its issuer's leeway (at most five minutes) is over.
inline constexpr WallNs kRevocationSlack = 600 * kNsPerSecond;

/// kEveryIssuer stands for all issuers; no issuer has that name.
inline constexpr ByteView kEveryIssuer = "*";

/// Revoked is what an entry looks at. The numbers are those on disk.
enum class Revoked : uint8_t {
  token = 1,         // Identity::token_id: jti, assertion id, id of an API key
  subject = 2,       // Identity::subject, with all tokens that it has or gets
  certificate = 3,   // Identity::certificate: whoever it is bound to
  key = 4,           // Identity::key_id: all that this key of an issuer signed
};
inline constexpr size_t kRevokedKinds = 5;   // 0 is none

/// revoked_name is "token", "subject", "certificate" or "key"; revoked_of reads it, `none` is 0.
ByteView revoked_name(Revoked what);
bool revoked_of(ByteView name, Revoked* out);

/// Revocation is one entry. Values are compared byte by byte: no case folding, no Unicode normal form, as issuers do not.
struct Revocation {
  Revoked what = Revoked::token;
  std::string issuer;   // its configured name or kEveryIssuer; of a certificate empty
  std::string value;    // of a certificate SHA-256 of its DER, 64 lower-case hexadecimal digits
  WallNs ends = 0;      // the token's expiry: dropped kRevocationSlack later; 0: never

  // For people.
  WallNs made = 0;
  std::string by, note;
};

/// fault_of says what is wrong with an entry; empty when it can be in force. An issuer is always needed but for
/// certificates: the same subject at two issuers is two callers.
std::string fault_of(const Revocation& entry);

/// RevocationSet finds entries. Immutable, shared by threads; about 70 bytes and the texts per entry. Its hash is keyed:
/// who chooses subjects cannot make look-ups slow.
class RevocationSet {
 public:
  /// `seed`: random bits. Entries are without fault_of. Of one kind, issuer and value the latest end counts.
  RevocationSet(std::span<const Revocation> entries, uint64_t seed);

  /// with makes a set with more entries, or later ends of those that it has.
  std::shared_ptr<const RevocationSet> with(std::span<const Revocation> more) const;

  /// revokes: an entry in force at `now` is about the identity. At most seven look-ups, of kinds that there are
  /// entries of; no allocation.
  bool revokes(const Identity& identity, WallNs now) const;

  /// revokes_certificate asks for a certificate alone (SHA-256 of its DER).
  bool revokes_certificate(const std::array<uint8_t, 32>& digest, WallNs now) const;

  /// has: such an entry is there, in force or not.
  bool has(Revoked what, ByteView issuer, ByteView value) const { return find(what, issuer, value) != nullptr; }

  /// issuers are the names that entries in force at `now` have, without kEveryIssuer, and how many each. Walks all entries.
  std::map<std::string, size_t> issuers(WallNs now) const;

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint32_t text = 0;             // issuer, then value, in texts_
    uint16_t issuer = 0, value = 0;   // their sizes
    Revoked what = Revoked::token;
    WallNs ends = 0;
    bool in_force(WallNs now) const { return ends == 0 || now < ends || now - ends < kRevocationSlack; }
  };
  struct Slot {
    uint32_t tag = 0;
    uint32_t place = 0;            // in entries_, plus one; 0: empty
  };

  void put(const Revocation& entry);
  void reserve(size_t entries);
  uint64_t hash(ByteView bytes) const;
  uint64_t mixed(Revoked what, uint64_t issuer, uint64_t value) const;
  const Entry* find(Revoked what, ByteView issuer, ByteView value) const;
  const Entry* at(uint64_t hash, Revoked what, ByteView issuer, ByteView value) const;
  bool holds(Revoked what, ByteView issuer, uint64_t issuer_hash, ByteView value, WallNs now) const;
  ByteView issuer_of(const Entry& entry) const { return ByteView(texts_).substr(entry.text, entry.issuer); }
  ByteView value_of(const Entry& entry) const { return ByteView(texts_).substr(entry.text + entry.issuer, entry.value); }

  uint64_t seed_;
  uint64_t every_ = 0;             // hash of kEveryIssuer
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;        // a power of two, at most half full
  std::string texts_;
  std::array<uint32_t, kRevokedKinds> named_{}, starred_{};   // entries of each kind, by whether they name an issuer
};

}  // namespace gatehouse::identity
