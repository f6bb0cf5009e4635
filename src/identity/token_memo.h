// What proved the caller of a connection's last request: most connections send one and the same with every request.
#pragma once

#include <string>

#include "base/bytes.h"
#include "identity/identity.h"

namespace gatehouse::identity {

/// TokenMemo holds the field that a verified credential stood in, name and value, up to kMemoBytesMax; longer ones are found
/// by digest as if there were no memo. What it holds dies as an entry of TokenCache does: with the identity's expiry, when
/// the clock goes back before it was verified, with another version of the snapshot. Revocation and the certificate of the
/// connection are asked with every decision, whether the identity was remembered or not. One session's, one thread; wiped
/// when it goes.
class TokenMemo {
 public:
  static constexpr size_t kMemoBytesMax = 4096;

  TokenMemo() = default;
  TokenMemo(const TokenMemo&) = delete;
  ~TokenMemo() { forget(); }

  /// Place is where it was good: which field it must be depends on the route of the snapshot of that version.
  struct Place {
    uint64_t version = 0;
    uint32_t route = 0;

    bool operator==(const Place&) const = default;
  };

  /// find returns the identity of exactly this field in this place, or null. No digest, no allocation.
  IdentityRef find(const Place& place, ByteView name, ByteView value, WallNs now) const {
    const bool holds = identity_ != nullptr && place == place_ && value.size() == value_.size() && now >= verified_ &&
                       now < identity_->expires && value == ByteView(value_) && name == ByteView(name_);
    return holds ? identity_ : nullptr;
  }

  /// keep: the field's credential was verified, or found in the cache, just now.
  void keep(const Place& place, ByteView name, ByteView value, const IdentityRef& identity, WallNs now);
  void forget();

 private:
  std::string name_, value_;
  IdentityRef identity_;
  Place place_;
  WallNs verified_ = 0;
};

}  // namespace gatehouse::identity
