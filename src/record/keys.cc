#include "record/keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "crypto/hpke.h"

namespace gatehouse::record {
namespace {

constexpr KeyUse kUses[] = {KeyUse::operations, KeyUse::auditor, KeyUse::heads, KeyUse::tenant};

std::string label(KeyUse use, bool secret) {
  return "gatehouse-" + std::string(key_use_name(use)) + (secret ? "-secret-1" : "-1");
}

/// Line is a key file's words.
struct Line {
  KeyUse use = KeyUse::auditor;
  bool secret = false;
  crypto::Secret bytes;
  std::string name;
};

bool known_label(ByteView word, Line* line) {
  for (const KeyUse use : kUses)
    for (const bool secret : {false, true})
      if (word == label(use, secret) && (secret || use != KeyUse::tenant)) {
        line->use = use;
        line->secret = secret;
        return true;
      }
  return false;
}

Result<Line, std::string> parse_line(ByteView text) {
  Line line;
  if (text.size() > kKeyLineMax) return Failure{std::string("is no key: it is too long")};
  if (text.ends_with('\n')) text.remove_suffix(1);
  const size_t first = text.find(' '), second = first == ByteView::npos ? first : text.find(' ', first + 1);
  if (second == ByteView::npos || !known_label(text.substr(0, first), &line))
    return Failure{std::string("is no key: it wants one line, such as 'gatehouse-auditor-1 KEY NAME'")};
  const ByteView name = text.substr(second + 1);
  if (!key_name_fits(name))
    return Failure{std::string("is no key: its name is not made of a-z A-Z 0-9 . _ - @, at most 64 of them")};
  line.name = name;
  KeyBytes bytes;
  const ByteView encoded = text.substr(first + 1, second - first - 1);
  constexpr size_t kEncoded = 43;   // 32 bytes, no padding
  const auto size = encoded.size() == kEncoded
                        ? codec::decode_base64url(encoded, {reinterpret_cast<char*>(bytes.data()), bytes.size()})
                        : std::nullopt;
  if (!size || *size != kKeyBytes) return Failure{std::string("is no key: its second word is not 32 bytes in base64url")};
  line.bytes = crypto::Secret({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  crypto::wipe({reinterpret_cast<char*>(bytes.data()), bytes.size()});
  return line;
}

}  // namespace

ByteView key_use_name(KeyUse use) {
  switch (use) {
    case KeyUse::operations: return "operations";
    case KeyUse::auditor: return "auditor";
    case KeyUse::heads: return "heads";
    case KeyUse::tenant: return "tenant";
  }
  return "unknown";
}

bool key_name_fits(ByteView name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '@';
  };
  return !name.empty() && name.size() <= kKeyNameMax && std::all_of(name.begin(), name.end(), fits);
}

KeySecret make_key(KeyUse use, std::string name) {
  GH_ASSERT(key_name_fits(name));
  char bytes[kKeyBytes];
  crypto::random_bytes(bytes);
  KeySecret key{use, std::move(name), crypto::Secret({bytes, sizeof bytes})};
  crypto::wipe(ByteSpan(bytes));
  return key;
}

KeyPublic public_half(const KeySecret& key) {
  GH_ASSERT(key.has_public());
  return {key.use, key.name, key.use == KeyUse::heads ? crypto::ed25519_public(key.bytes) : crypto::x25519_public(key.bytes)};
}

KeyBytes key_digest(const KeyPublic& key) { return crypto::sha256(view_of(std::span<const uint8_t>(key.bytes))); }

std::string format_key(const KeyPublic& key) {
  const std::string encoded = codec::encode_base64url(view_of(std::span<const uint8_t>(key.bytes)));
  return label(key.use, false) + " " + encoded + " " + key.name + "\n";
}

crypto::Secret format_key(const KeySecret& key) {
  std::string encoded = codec::encode_base64url(key.bytes.reveal());
  std::string line;
  line.reserve(kKeyLineMax);   // never moves: nothing of it stays behind
  line.append(label(key.use, true)).append(" ").append(encoded).append(" ").append(key.name).append("\n");
  crypto::Secret text{ByteView(line)};
  crypto::wipe(encoded);
  crypto::wipe(line);
  return text;
}

Result<KeyPublic, std::string> parse_key_public(ByteView text) {
  auto line = parse_line(text);
  if (!line) return Failure{line.error()};
  if (line->secret && line->use == KeyUse::tenant) return Failure{std::string("is a tenant's secret: a public key is wanted here")};
  if (line->secret) return Failure{std::string("is a secret key: its public half is wanted here (gatehouse keys show-public)")};
  KeyPublic key{line->use, line->name, {}};
  line->bytes.reveal().copy(reinterpret_cast<char*>(key.bytes.data()), key.bytes.size());
  if (key.use != KeyUse::heads && !crypto::hpke_seal(line->bytes.reveal(), "", "", ""))
    return Failure{std::string("is no key: nothing can be sealed for these bytes")};
  return key;
}

Result<KeySecret, std::string> parse_key_secret(ByteView text) {
  auto line = parse_line(text);
  if (!line) return Failure{line.error()};
  if (!line->secret) return Failure{std::string("is a public key: it opens nothing; the secret one is wanted here")};
  return KeySecret{line->use, std::move(line->name), std::move(line->bytes)};
}

}  // namespace gatehouse::record
