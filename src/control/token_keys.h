// The gateway's own signing keys for tokens: kept in the store, changed again and again.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/sign.h"
#include "identity/gateway_token.h"
#include "store/store.h"

namespace gatehouse::control {

/// TokenKeys are one key that signs, the next one, which is published long before it does, and the public halves of those before
/// until their last token has ended. The private half of a key leaves the store the moment it stops signing. Invariants:
/// 1. a key signs only after it was in published() for as long as the one before it signed;
/// 2. what published() says is in the store already: a restart knows every key that a token may name.
/// The store's thread, unless it says otherwise.
class TokenKeys {
 public:
  /// kEndedMax: more than that many old keys are not kept, whose tokens then end early. KeySet takes 64.
  static constexpr size_t kEndedMax = 60;

  explicit TokenKeys(store::Store& store) : store_(store) {}

  /// open reads the keys, makes those that are missing and changes what is due; again when `rotation` is another one. What the
  /// store holds and is no key is an error: nothing is made in its place.
  Result<Done, std::string> open(WallNs rotation, WallNs now);

  /// look reads the keys as open() does, for who only looks (a copy: Store::open_copy): none is made or changed. published() stays
  /// null when the store has none yet.
  Result<Done, std::string> look();

  /// turn changes keys when it is time; true: published() is another one.
  Result<bool, std::string> turn(WallNs now);

  /// due says whether turn() has something to do. Any thread.
  bool due(WallNs now) const { return now >= due_.load() || now < since_.load(); }

  /// published is null until open(). Any thread.
  std::shared_ptr<const identity::GatewayKeys> published() const;

  /// Signer is the key that signs now; null until open().
  struct Signer {
    std::string id;
    crypto::PrivateKey key;
  };
  const Signer* signer() const { return signer_.get(); }

 private:
  enum State : int64_t { next = 0, signing = 1, ended = 2 };
  struct Kept {
    std::string id;
    State state;
    WallNs since;   // it signs, or has ended
    crypto::PublicKey key;
  };
  Result<Done, std::string> read();
  Result<Done, std::string> make();
  Result<Done, std::string> change(WallNs now);
  Result<Done, std::string> drop_ended(WallNs now);
  const Kept* find(State state) const;
  Result<Done, std::string> publish();

  store::Store& store_;
  WallNs rotation_ = 0;
  std::vector<Kept> kept_;
  std::unique_ptr<Signer> signer_;
  std::atomic<WallNs> due_{kNever}, since_{0};
  mutable std::mutex mutex_;   // guards published_
  std::shared_ptr<const identity::GatewayKeys> published_;
};

}  // namespace gatehouse::control
