// Inside identity/: what a KeySet holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "crypto/signature.h"
#include "identity/issuer.h"

namespace gatehouse::identity {

inline constexpr size_t kKeySetBytesMax = 256 * 1024;
inline constexpr size_t kKeysMax = 64;
inline constexpr size_t kKeyIdBytesMax = 256;

struct KeySet::State {
  struct Key {
    std::string id;  // empty: the document gave none
    Algorithm algorithm;
    crypto::PublicKey key;
    crypto::Sha256 digest{};  // of the key itself, whatever its id
  };
  std::vector<Key> keys;  // ids differ where they are not empty
  uint64_t generation = 0;
  std::string left_out;  // the first broken one, and why

  /// find returns the key to verify with: the one of that id when the token names one, else the only
  /// key that fits the algorithm. nullptr when there is none, or it is of another algorithm, or (without
  /// an id) there are several.
  const Key* find(std::optional<ByteView> id, Algorithm algorithm) const;
};

}  // namespace gatehouse::identity
