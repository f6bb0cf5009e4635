#include "identity/api_key.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdio>

#include "base/assert.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "identity/group_rules.h"
#include "identity/plain_text.h"

namespace gatehouse::identity {
namespace {

constexpr ByteView kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr size_t kSecretText = 43;
constexpr size_t kCheckText = 8;
constexpr size_t kSecretAt = kApiKeyMark.size() + kApiKeyIdText + 1;
constexpr size_t kCheckAt = kSecretAt + kSecretText;
static_assert(kCheckAt + kCheckText == kApiKeyText);

std::array<char, kCheckText> check_of(ByteView before) {
  char text[kCheckText + 1];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(crypto::crc32c(before)));
  std::array<char, kCheckText> check;
  std::copy_n(text, kCheckText, check.begin());
  return check;
}

bool plain(ByteView text, size_t most) {
  return !text.empty() && text.size() <= most && simdjson::validate_utf8(text.data(), text.size()) && is_plain_text(text);
}

IdentityRef identity_of(const ApiKey& key) {
  auto identity = std::make_shared<Identity>();
  identity->proof = Proof::api_key;
  identity->issuer = kApiKeyIssuer;
  identity->issuer_url = kApiKeyIssuerUrl;
  identity->subject = key.name;
  identity->token_id = identity->key_id = key.id;
  identity->key_digest = identity->token_digest = key.digest;
  identity->groups = key.groups;
  identity->expires = key.expires == 0 ? kNoEnd : key.expires;
  name_who(*identity);
  return identity;
}

}  // namespace

bool is_api_key_id(ByteView text) {
  return text.size() == kApiKeyIdText && text.find_first_not_of(kBase32) == ByteView::npos;
}

ByteView id_of_api_key(ByteView text) {
  if (text.size() != kApiKeyText || !is_api_key(text) || text[kSecretAt - 1] != '_') return {};
  const ByteView id = text.substr(kApiKeyMark.size(), kApiKeyIdText);
  const auto check = check_of(text.substr(0, kCheckAt));
  char secret[32];
  const auto decoded = codec::decode_base64url(text.substr(kSecretAt, kSecretText), secret);
  const bool good = is_api_key_id(id) && decoded && text.substr(kCheckAt) == ByteView(check.data(), check.size());
  return good ? id : ByteView{};
}

std::string api_key_id(std::span<const uint8_t, 10> random) {
  std::string id;
  uint32_t bits = 0;
  int count = 0;
  for (const uint8_t byte : random) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5) id += kBase32[bits >> (count - 5) & 31];
  }
  return id;
}

std::string api_key_text(ByteView id, std::span<const uint8_t, 32> secret) {
  GH_ASSERT(is_api_key_id(id));
  std::string text(kApiKeyMark);
  text.append(id).append("_").append(codec::encode_base64url(view_of(std::span<const uint8_t>(secret))));
  const auto check = check_of(text);
  return text.append(check.data(), check.size());
}

std::string fault_of(const ApiKey& key) {
  if (!plain(key.name, kApiKeyNameMax)) return "a name is plain text of 1 to 128 bytes";
  if (key.groups.empty() || key.groups.size() > kApiKeyGroupsMax) return "a key is for 1 to 64 groups";
  for (const std::string& group : key.groups)
    if (!plain(group, kGroupBytesMax)) return "a group is plain text of 1 to 256 bytes";
  const bool sorted = std::is_sorted(key.groups.begin(), key.groups.end());
  const bool repeats = std::adjacent_find(key.groups.begin(), key.groups.end()) != key.groups.end();
  return !sorted || repeats ? "groups are sorted, each once" : "";
}

ApiKeySet::ApiKeySet(std::vector<ApiKey> keys) : keys_(std::move(keys)) {
  std::sort(keys_.begin(), keys_.end(), [](const ApiKey& a, const ApiKey& b) { return a.id < b.id; });
}

const ApiKey* ApiKeySet::find(ByteView id) const {
  const auto before = [](const ApiKey& key, ByteView wanted) { return key.id < wanted; };
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), id, before);
  return at != keys_.end() && at->id == id ? &*at : nullptr;
}

Reason standing(const ApiKey& key, WallNs now) {
  if (key.revoked != 0) return Reason::token_revoked;
  return key.expires != 0 && key.expires <= now ? Reason::key_expired : Reason::none;
}

Result<IdentityRef, Reason> ApiKeyDesk::verify(const std::shared_ptr<const ApiKeySet>& set, ByteView text, WallNs now) {
  const ByteView id = id_of_api_key(text);
  if (id.empty()) return Failure{Reason::token_malformed};
  if (set_ != set) {
    set_ = set;
    made_.assign(set->keys().size(), nullptr);
  }
  static constexpr std::array<uint8_t, 32> kNobody{};   // compared with where there is no such id, and equal to no digest
  const ApiKey* key = set->find(id);
  const crypto::Sha256 digest = crypto::sha256(text);
  const bool same = crypto::equal_in_constant_time(view_of(digest), view_of(key != nullptr ? key->digest : kNobody));
  if (key == nullptr || !same) return Failure{Reason::key_unknown};
  if (const Reason reason = standing(*key, now); reason != Reason::none) return Failure{reason};
  IdentityRef& identity = made_[static_cast<size_t>(key - set->keys().data())];
  if (identity == nullptr) identity = identity_of(*key);
  return identity;
}

}  // namespace gatehouse::identity
