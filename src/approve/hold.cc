#include "approve/hold.h"

namespace gatehouse::approve {

crypto::Sha256 digest_of(const Bound& bound) {
  crypto::Sha256Stream digest;
  digest.add("gatehouse approval 1\n");
  for (const ByteView part : {bound.head, bound.body, bound.issuer, bound.subject, bound.origin, bound.policy_hash}) {
    char length[8];
    for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(uint64_t{part.size()} >> (56 - 8 * i));
    digest.add({length, sizeof length});
    digest.add(part);
  }
  return digest.finish();
}

ByteView hold_state_name(HoldState state) {
  switch (state) {
    case HoldState::asked: return "asked";
    case HoldState::granted: return "granted";
    case HoldState::denied: return "denied";
    case HoldState::expired: return "expired";
    case HoldState::cancelled: return "cancelled";
    case HoldState::consumed: return "consumed";
  }
  return "unknown";
}

bool Hold::grant(const crypto::Sha256& seen, WallNs now) {
  if (expire(now) || state_ != HoldState::asked || seen != bound_) return false;
  state_ = HoldState::granted;
  return true;
}

bool Hold::deny(WallNs now) {
  if (expire(now) || state_ != HoldState::asked) return false;
  state_ = HoldState::denied;
  return true;
}

bool Hold::expire(WallNs now) {
  if (state_ != HoldState::asked || now < expires_) return false;
  state_ = HoldState::expired;
  return true;
}

bool Hold::cancel() {
  if (ended()) return false;
  state_ = HoldState::cancelled;
  return true;
}

bool Hold::consume(const crypto::Sha256& sent) {
  if (state_ != HoldState::granted || sent != bound_) return false;
  state_ = HoldState::consumed;
  return true;
}

Reason Hold::reason() const {
  switch (state_) {
    case HoldState::asked:
    case HoldState::granted:
    case HoldState::consumed: return Reason::none;
    case HoldState::denied: return Reason::approval_denied;
    case HoldState::expired: return Reason::approval_expired;
    case HoldState::cancelled: return Reason::approval_cancelled;
  }
  return Reason::gateway_internal;
}

}  // namespace gatehouse::approve
