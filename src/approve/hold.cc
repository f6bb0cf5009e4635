#include "approve/hold.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::approve {
namespace {

constexpr ByteView kFirstLine = "gatehouse approval 1\n";
constexpr size_t kLength = 8;

/// each_piece calls take(bytes) with all that is digested, in order.
template <typename Take>
void each_piece(const Bound& bound, Take&& take) {
  take(kFirstLine);
  for (const ByteView part : {bound.head, bound.body, bound.issuer, bound.subject, bound.origin, bound.policy_hash}) {
    char length[kLength];
    for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(uint64_t{part.size()} >> (56 - 8 * i));
    take(ByteView{length, sizeof length});
    take(part);
  }
}

}  // namespace

crypto::Sha256 digest_of(const Bound& bound) {
  crypto::Sha256Stream digest;
  each_piece(bound, [&digest](ByteView piece) { digest.add(piece); });
  return digest.finish();
}

size_t read_bound(const Bound& bound, uint64_t offset, ByteSpan out) {
  size_t copied = 0;
  each_piece(bound, [&](ByteView piece) {
    const size_t skipped = static_cast<size_t>(std::min<uint64_t>(offset, piece.size()));
    offset -= skipped;
    piece = piece.substr(skipped, out.size() - copied);
    if (!piece.empty()) std::memcpy(out.data() + copied, piece.data(), piece.size());
    copied += piece.size();
  });
  return copied;
}

std::optional<Bound> parse_bound(ByteView bytes) {
  if (!bytes.starts_with(kFirstLine)) return std::nullopt;
  bytes.remove_prefix(kFirstLine.size());
  Bound bound;
  for (ByteView* part : {&bound.head, &bound.body, &bound.issuer, &bound.subject, &bound.origin, &bound.policy_hash}) {
    if (bytes.size() < kLength) return std::nullopt;
    uint64_t length = 0;
    for (size_t i = 0; i < kLength; ++i) length = length << 8 | static_cast<uint8_t>(bytes[i]);
    bytes.remove_prefix(kLength);
    if (length > bytes.size()) return std::nullopt;
    *part = bytes.substr(0, static_cast<size_t>(length));
    bytes.remove_prefix(part->size());
  }
  return bytes.empty() ? std::optional(bound) : std::nullopt;
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
