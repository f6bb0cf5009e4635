// The life of one held exchange. Pure: time is an argument.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/time.h"
#include "crypto/digest.h"

namespace gatehouse::approve {

/// Bound is everything that an approval is good for: these exact bytes, for this caller, to this origin, under
/// this policy. `head` is what will be sent without the origin's credential.
struct Bound {
  ByteView head;
  ByteView body;
  ByteView issuer;
  ByteView subject;
  ByteView origin;
  ByteView policy_hash;
};

/// digest_of binds: SHA-256 over a fixed first line and each part behind its length (8 bytes, network order),
/// so that no byte can move from one part to another.
crypto::Sha256 digest_of(const Bound& bound);

/// read_bound copies what is digested, from `offset` on: as many bytes as fit or are left. parse_bound takes the whole
/// of it apart again, as views; nothing when it is not that. So whoever reads it can see all that an approval is
/// good for, and check the digest.
size_t read_bound(const Bound& bound, uint64_t offset, ByteSpan out);
std::optional<Bound> parse_bound(ByteView bytes);

/// HoldState: asked -> granted | denied | expired | cancelled; granted -> consumed | cancelled.
enum class HoldState : uint8_t {
  asked,      // a person has to answer
  granted,    // may be run once, while the client waits
  denied,     // a person refused
  expired,    // nobody answered in time
  cancelled,  // the client left, or the gateway could not run it any more
  consumed,   // it was run
};

/// hold_state_name is the word in logs, answers and records.
ByteView hold_state_name(HoldState state);

/// Hold is the machine. Each function makes its transition and returns true, or changes nothing (but an
/// answer that comes too late, which expires it) and returns false. Invariant: consumed at most once, only after
/// a grant of exactly this digest before `expires`; an end is final.
class Hold {
 public:
  Hold(const crypto::Sha256& bound, WallNs expires) : bound_(bound), expires_(expires) {}

  bool grant(const crypto::Sha256& seen, WallNs now);  // `seen`: what the person was shown
  bool deny(WallNs now);
  bool expire(WallNs now);
  bool cancel();
  bool consume(const crypto::Sha256& sent);            // `sent`: what is about to be sent

  HoldState state() const { return state_; }
  bool ended() const { return state_ != HoldState::asked && state_ != HoldState::granted; }
  WallNs expires() const { return expires_; }
  const crypto::Sha256& bound() const { return bound_; }

  /// reason is what the client is told: none unless it ended without being run.
  Reason reason() const;

 private:
  crypto::Sha256 bound_;
  WallNs expires_;
  HoldState state_ = HoldState::asked;
};

}  // namespace gatehouse::approve
