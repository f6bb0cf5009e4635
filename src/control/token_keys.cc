#include "control/token_keys.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/mint.h"

namespace gatehouse::control {

namespace {

using store::Blob;
using store::Row;
using store::stored;

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS token_keys (id TEXT PRIMARY KEY, state INTEGER NOT NULL, since INTEGER NOT NULL,"
    " x BLOB NOT NULL, y BLOB NOT NULL, secret BLOB NOT NULL) STRICT";


/// id_of names a key by itself: two keys never share a name.
std::string id_of(const crypto::PublicKey& key) {
  const auto parts = key.parts();
  const ByteView both[] = {parts.first, parts.second};
  return crypto::hex(crypto::sha256(both)).substr(0, 32);
}

}  // namespace

std::shared_ptr<const identity::GatewayKeys> TokenKeys::published() const {
  std::lock_guard lock(mutex_);
  return published_;
}

const TokenKeys::Kept* TokenKeys::find(State state) const {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [state](const Kept& one) { return one.state == state; });
  return found == kept_.end() ? nullptr : &*found;
}

Result<Done, std::string> TokenKeys::open(WallNs rotation, WallNs now) {
  rotation_ = rotation;
  if (auto made = store_.run(kTable); !made) return Failure{made.error()};
  const auto prepared = store_.all_or_none([&]() -> Result<Done, std::string> {
    if (auto there = read(); !there) return there;
    for (const State state : {signing, next}) {
      if (find(state) != nullptr) continue;
      if (auto made = make(); !made) return made;
      if (state == next) break;
      const std::string id = kept_.back().id;   // the first key of all signs at once
      if (auto changed = store_.run("UPDATE token_keys SET state=1, since=? WHERE id=?", {stored(now), id}); !changed)
        return Failure{changed.error()};
      if (auto there = read(); !there) return there;
    }
    return Done{};
  });
  if (!prepared) return prepared;
  if (auto ready = publish(); !ready) return ready;
  if (auto turned = turn(now); !turned) return Failure{turned.error()};
  return Done{};
}

Result<Done, std::string> TokenKeys::look() {
  if (auto made = store_.run(kTable); !made) return Failure{made.error()};
  if (auto there = read(); !there) return there;
  return kept_.empty() ? Result<Done, std::string>(Done{}) : publish();
}

Result<bool, std::string> TokenKeys::turn(WallNs now) {
  if (published() == nullptr || !due(now)) return false;
  const auto changed = store_.all_or_none([&]() -> Result<Done, std::string> {
    if (auto over = change(now); !over) return over;
    if (auto dropped = drop_ended(now); !dropped) return dropped;
    if (auto made = make(); !made) return made;
    return read();
  });
  if (!changed) {
    if (auto there = read(); !there) return Failure{there.error()};   // as it was
    return Failure{changed.error()};
  }
  if (auto ready = publish(); !ready) return Failure{ready.error()};
  return true;
}

Result<Done, std::string> TokenKeys::read() {
  kept_.clear();
  signer_ = nullptr;
  std::string wrong;
  const char* const all = "SELECT id, state, since, x, y, secret FROM token_keys ORDER BY state DESC, since, id";
  const auto walked = store_.each(all, {}, [&](const Row& row) {
    const std::string id(row.text(0));
    const auto state = static_cast<State>(row.integer(1));
    const auto key = crypto::PublicKey::from_p256(row.blob(3), row.blob(4));
    if (!key || id != id_of(*key) || state < next || state > ended || (state != ended && find(state) != nullptr)) {
      wrong = "a signing key in " + store_.path() + " is damaged";
      return false;
    }
    kept_.push_back({id, state, static_cast<WallNs>(row.integer(2)), *key});
    if (state != signing) return true;
    auto secret = crypto::PrivateKey::from_pem(row.blob(5));
    if (!secret || secret->type() != crypto::KeyType::p256 || id_of(secret->public_key()) != id) {
      wrong = "the private signing key in " + store_.path() + " is damaged";
      return false;
    }
    signer_ = std::make_unique<Signer>(Signer{id, *secret});
    return true;
  });
  if (!walked) return walked;
  if (!wrong.empty()) return Failure{wrong};
  return Done{};
}

Result<Done, std::string> TokenKeys::make() {
  const crypto::PrivateKey key = crypto::PrivateKey::make_p256();
  const auto parts = key.public_key().parts();
  const crypto::Secret secret = key.to_pem();
  const std::string id = id_of(key.public_key());
  auto kept = store_.run("INSERT INTO token_keys (id, state, since, x, y, secret) VALUES (?, 0, 0, ?, ?, ?)",
                         {id, Blob{parts.first}, Blob{parts.second}, Blob{secret.reveal()}});
  if (!kept) return Failure{kept.error()};
  kept_.push_back({id, next, 0, key.public_key()});
  return Done{};
}

// What signed stops, and its private half is overwritten; the next one signs.
Result<Done, std::string> TokenKeys::change(WallNs now) {
  if (auto over = store_.run("UPDATE token_keys SET state=2, since=?, secret=x'' WHERE state=1", {stored(now)}); !over)
    return Failure{over.error()};
  if (auto begun = store_.run("UPDATE token_keys SET state=1, since=? WHERE state=0", {stored(now)}); !begun)
    return Failure{begun.error()};
  return Done{};
}

Result<Done, std::string> TokenKeys::drop_ended(WallNs now) {
  const WallNs before = now > identity::kGatewayLifeMax ? now - identity::kGatewayLifeMax : 0;
  if (auto old = store_.run("DELETE FROM token_keys WHERE state=2 AND since<?", {stored(before)}); !old)
    return Failure{old.error()};
  const char* const too_many =
      "DELETE FROM token_keys WHERE id IN (SELECT id FROM token_keys WHERE state=2 ORDER BY since DESC LIMIT -1 OFFSET ?)";
  if (auto rest = store_.run(too_many, {static_cast<int64_t>(kEndedMax)}); !rest) return Failure{rest.error()};
  return Done{};
}

Result<Done, std::string> TokenKeys::publish() {
  auto fresh = std::make_shared<identity::GatewayKeys>();
  fresh->document = "{\"keys\":[";
  for (const Kept& one : kept_)
    fresh->document += (&one == &kept_.front() ? "" : ",") + identity::jwk_text(one.key, one.id);
  fresh->document += "]}";
  auto keys = identity::KeySet::parse(fresh->document);
  if (!keys) return Failure{"the signing keys in " + store_.path() + " are not usable: " + keys.error()};
  fresh->keys = std::move(*keys);
  const Kept* const signs = find(signing);
  if (signer_ == nullptr || signs == nullptr) return Failure{"there is no signing key in " + store_.path()};
  since_ = signs->since;
  due_ = signs->since + rotation_;
  std::lock_guard lock(mutex_);
  published_ = std::move(fresh);
  return Done{};
}

}  // namespace gatehouse::control
