#include "identity/token_memo.h"

#include "crypto/secret.h"

namespace gatehouse::identity {

void TokenMemo::keep(const Place& place, ByteView name, ByteView value, const IdentityRef& identity, WallNs now) {
  if (value.size() > kMemoBytesMax) return forget();
  if (value.size() > value_.capacity()) forget();   // what growing would leave behind is wiped first
  name_.assign(name);
  value_.assign(value);
  place_ = place;
  identity_ = identity;
  verified_ = now;
}

void TokenMemo::forget() {
  crypto::wipe(value_);
  identity_.reset();
}

}  // namespace gatehouse::identity
