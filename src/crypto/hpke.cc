#include "crypto/hpke.h"

#include <openssl/curve25519.h>
#include <openssl/hpke.h>
#include <openssl/mem.h>

#include "base/assert.h"

namespace gatehouse::crypto {
namespace {

constexpr size_t kEncapsulated = 32, kTag = 16;

const uint8_t* bytes_of(ByteView view) { return reinterpret_cast<const uint8_t*>(view.data()); }

const uint8_t* key_of(const Secret& key) {
  GH_ASSERT(key.reveal().size() == 32);
  return bytes_of(key.reveal());
}

}  // namespace

std::optional<std::string> hpke_seal(ByteView public_key, ByteView info, ByteView authenticated, ByteView text) {
  bssl::ScopedEVP_HPKE_CTX sender;
  std::string out(kEncapsulated + text.size() + kTag, '\0');
  auto* const at = reinterpret_cast<uint8_t*>(out.data());
  size_t encapsulated = 0, sealed = 0;
  if (EVP_HPKE_CTX_setup_sender(sender.get(), at, &encapsulated, kEncapsulated, EVP_hpke_x25519_hkdf_sha256(),
                                EVP_hpke_hkdf_sha256(), EVP_hpke_aes_256_gcm(), bytes_of(public_key), public_key.size(),
                                bytes_of(info), info.size()) != 1 ||
      EVP_HPKE_CTX_seal(sender.get(), at + kEncapsulated, &sealed, out.size() - kEncapsulated, bytes_of(text), text.size(),
                        bytes_of(authenticated), authenticated.size()) != 1)
    return std::nullopt;
  GH_ASSERT(encapsulated == kEncapsulated && sealed == text.size() + kTag);
  return out;
}

std::optional<Secret> hpke_open(const Secret& secret_key, ByteView info, ByteView authenticated, ByteView sealed) {
  if (sealed.size() < kHpkeOverhead) return std::nullopt;
  bssl::ScopedEVP_HPKE_KEY key;
  GH_ASSERT(EVP_HPKE_KEY_init(key.get(), EVP_hpke_x25519_hkdf_sha256(), key_of(secret_key), 32) == 1);
  bssl::ScopedEVP_HPKE_CTX recipient;
  std::string out(sealed.size() - kEncapsulated, '\0');
  size_t size = 0;
  const ByteView text = sealed.substr(kEncapsulated);
  const bool opened =
      EVP_HPKE_CTX_setup_recipient(recipient.get(), key.get(), EVP_hpke_hkdf_sha256(), EVP_hpke_aes_256_gcm(),
                                   bytes_of(sealed), kEncapsulated, bytes_of(info), info.size()) == 1 &&
      EVP_HPKE_CTX_open(recipient.get(), reinterpret_cast<uint8_t*>(out.data()), &size, out.size(), bytes_of(text), text.size(),
                        bytes_of(authenticated), authenticated.size()) == 1;
  std::optional<Secret> found;
  if (opened) found = Secret(ByteView(out).substr(0, size));
  wipe(out);
  return found;
}

std::array<uint8_t, 32> x25519_public(const Secret& secret_key) {
  std::array<uint8_t, 32> out;
  X25519_public_from_private(out.data(), key_of(secret_key));
  return out;
}

std::array<uint8_t, 32> ed25519_public(const Secret& seed) {
  std::array<uint8_t, 32> out;
  uint8_t both[64];
  ED25519_keypair_from_seed(out.data(), both, key_of(seed));
  OPENSSL_cleanse(both, sizeof both);
  return out;
}

}  // namespace gatehouse::crypto
