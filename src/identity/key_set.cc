#include <atomic>
#include <utility>

#include "codec/base64url.h"
#include "identity/key_set_state.h"
#include "identity/plain_text.h"
#include "identity/strict_json.h"

namespace gatehouse::identity {

namespace {

using Key = KeySet::State::Key;
using simdjson::dom::element;

/// Outcome of reading one JWK: a key, left out (neither), or a fault.
struct Reading {
  std::optional<Key> key;
  std::string fault;
  bool grave = false;   // of the whole set
};

Reading left_out() { return {}; }
Reading fault(std::string what) { return {std::nullopt, std::move(what), false}; }

/// permits_verification is nullopt on a wrong type (RFC 7517 sections 4.2 and 4.3; both must allow it).
std::optional<bool> permits_verification(const Fields& jwk) {
  std::optional<ByteView> use;
  if (!jwk.text("use", &use)) return std::nullopt;
  if (use && *use != "sig" && *use != "jwt-svid") return false;   // the latter in bundles of SPIFFE trust domains
  const auto operations = jwk.find("key_ops");
  if (!operations) return true;
  simdjson::dom::array list;
  if (operations->get(list) != simdjson::SUCCESS) return std::nullopt;
  bool found = false;
  for (const element item : list) {
    ByteView name;
    if (item.get(name) != simdjson::SUCCESS) return std::nullopt;
    found = found || name == "verify";
  }
  return found;
}

/// Kind is one way to be a usable key. Another "alg" than these means the key is for something else.
struct Kind {
  ByteView type;   // kty
  ByteView curve;  // crv, empty for RSA
  Algorithm algorithm;
  ByteView alg;
  ByteView first, second;  // members that hold the key, second may be empty
};
constexpr Kind kKinds[] = {
    {"RSA", "", Algorithm::rs256, "RS256", "n", "e"},
    {"EC", "P-256", Algorithm::es256, "ES256", "x", "y"},
    {"OKP", "Ed25519", Algorithm::eddsa, "EdDSA", "x", ""},
};

Result<crypto::PublicKey, std::string> make_key(const Kind& kind, ByteView first, ByteView second) {
  switch (kind.algorithm) {
    case Algorithm::rs256: return crypto::PublicKey::from_rsa(first, second);
    case Algorithm::es256: return crypto::PublicKey::from_p256(first, second);
    case Algorithm::eddsa: return crypto::PublicKey::from_ed25519(first);
  }
  return Failure{std::string("unknown algorithm")};
}

/// bytes_of decodes a required base64url member.
Result<std::string, std::string> bytes_of(const Fields& jwk, ByteView name) {
  std::optional<ByteView> text;
  std::optional<std::string> bytes;
  if (jwk.text(name, &text) && text) bytes = codec::decode_base64url(*text);
  if (!bytes) return Failure{"\"" + std::string(name) + "\" is missing or not unpadded base64url"};
  return *std::move(bytes);
}

/// find_kind is null for keys that are not ours to use; *broken tells a wrong type of member.
const Kind* find_kind(const Fields& jwk, bool* broken) {
  std::optional<ByteView> type, curve, alg;
  *broken = !jwk.text("kty", &type) || !type || !jwk.text("crv", &curve) || !jwk.text("alg", &alg);
  if (*broken) return nullptr;
  for (const Kind& kind : kKinds) {
    if (kind.type != *type || (!kind.curve.empty() && kind.curve != curve.value_or(""))) continue;
    const bool fits = !alg || *alg == kind.alg || (kind.algorithm == Algorithm::eddsa && *alg == "Ed25519");
    return fits ? &kind : nullptr;
  }
  return nullptr;
}

Reading read_key(const Fields& jwk) {
  bool broken = false;
  const Kind* kind = find_kind(jwk, &broken);
  if (broken) return fault("\"kty\", \"crv\" or \"alg\" is missing or not a string");
  if (kind == nullptr) return left_out();
  const auto permitted = permits_verification(jwk);
  if (!permitted) return fault("\"use\" or \"key_ops\" has the wrong type");
  if (!*permitted) return left_out();

  std::optional<ByteView> id;
  if (!jwk.text("kid", &id)) return fault("\"kid\" is not a string");
  if (id && (id->empty() || id->size() > kKeyIdBytesMax || !is_plain_text(*id)))
    return fault("\"kid\" is empty, longer than " + std::to_string(kKeyIdBytesMax) +
                 " bytes or holds control characters");
  const std::string named = id ? "\"" + std::string(*id) + "\": " : "";
  if (jwk.has("d")) return {std::nullopt, named + "a private key: whoever could read this set can sign", true};
  const auto first = bytes_of(jwk, kind->first);
  if (!first.ok()) return fault(named + first.error());
  std::string second;
  if (!kind->second.empty()) {
    auto bytes = bytes_of(jwk, kind->second);
    if (!bytes.ok()) return fault(named + bytes.error());
    second = *std::move(bytes);
  }
  auto made = make_key(*kind, *first, second);
  if (!made.ok()) return fault(named + made.error());
  const crypto::PublicKey::Parts parts = made->parts();
  const ByteView views[] = {parts.first, ".", parts.second};
  return {Key{std::string(id.value_or("")), kind->algorithm, *std::move(made), crypto::sha256(views)}, {}, false};
}

uint64_t next_generation() {
  static std::atomic<uint64_t> last{0};  // the one thing that key sets of a process share
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::string padded_copy(ByteView document) {
  std::string copy;
  copy.reserve(document.size() + kSimdPadding);
  copy.append(document).append(kSimdPadding, ' ');
  return copy;
}

}  // namespace

KeySet::KeySet() : state_(std::make_unique<State>()) {}
KeySet::~KeySet() = default;

size_t KeySet::size() const { return state_->keys.size(); }
uint64_t KeySet::generation() const { return state_->generation; }
const std::string& KeySet::left_out() const { return state_->left_out; }

const Key* KeySet::State::find(std::optional<ByteView> id, Algorithm algorithm) const {
  if (id && id->empty()) return nullptr;  // would meet the keys that have none
  const Key* found = nullptr;
  for (const Key& key : keys) {
    if (id && key.id == *id) return key.algorithm == algorithm ? &key : nullptr;
    if (id || key.algorithm != algorithm) continue;
    if (found != nullptr) return nullptr;  // a guess is not a choice
    found = &key;
  }
  return found;
}

Result<std::shared_ptr<const KeySet>, std::string> KeySet::parse(ByteView document, Broken broken) {
  if (document.size() > kKeySetBytesMax)
    return Failure{"the key set is larger than " + std::to_string(kKeySetBytesMax) + " bytes"};
  const std::string padded = padded_copy(document);
  const auto json = StrictJson::parse(ByteView(padded).substr(0, document.size()));
  if (!json) return Failure{std::string("the key set is not one JSON object without repeated names")};
  const auto member = json->root().find("keys");
  simdjson::dom::array list;
  if (!member || member->get(list) != simdjson::SUCCESS)
    return Failure{std::string("the key set has no \"keys\" array")};
  if (list.size() > kKeysMax)
    return Failure{"the key set has more than " + std::to_string(kKeysMax) + " keys"};

  std::shared_ptr<KeySet> set(new KeySet());
  std::vector<Key>& keys = set->state_->keys;
  std::string& left_out = set->state_->left_out;
  size_t place = 0;
  for (const element item : list) {
    const std::string where = "key " + std::to_string(++place) + ":";
    simdjson::dom::object jwk;
    if (item.get(jwk) != simdjson::SUCCESS) return Failure{where + " not an object"};
    Reading reading = read_key(Fields(jwk));
    if (!reading.fault.empty()) {
      if (broken == Broken::refuse || reading.grave) return Failure{where + " " + reading.fault};
      if (left_out.empty()) left_out = where + " " + reading.fault;
    }
    if (!reading.key) continue;
    for (const Key& other : keys)
      if (!other.id.empty() && other.id == reading.key->id)
        return Failure{where + " \"kid\" \"" + other.id + "\" is there twice"};
    keys.push_back(*std::move(reading.key));
  }
  // Nothing but what is broken is a lie, no withdrawal of all keys: those that are known go on.
  if (keys.empty() && !left_out.empty()) return Failure{left_out};
  set->state_->generation = next_generation();
  return std::shared_ptr<const KeySet>(std::move(set));
}

const Issuer* IssuerSet::find(ByteView url) const {
  for (const Issuer& issuer : issuers)
    if (issuer.url == url) return &issuer;
  return nullptr;
}

}  // namespace gatehouse::identity
