#include "tls/tickets.h"

#include <openssl/cipher.h>
#include <openssl/digest.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/assert.h"

namespace gatehouse::tls {

namespace {

constexpr size_t kNameBytes = 16;
constexpr size_t kHmacBytes = 16;
constexpr size_t kAesBytes = 16;
static_assert(kNameBytes + kHmacBytes + kAesBytes == sizeof(TicketKeys::current));

using Key = std::array<uint8_t, 48>;

bool use_key(const Key& key, const uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac, int encrypt) {
  return HMAC_Init_ex(hmac, key.data() + kNameBytes, kHmacBytes, EVP_sha256(), nullptr) == 1 &&
         EVP_CipherInit_ex(cipher, EVP_aes_128_cbc(), nullptr, key.data() + kNameBytes + kHmacBytes, iv,
                           encrypt) == 1;
}

void free_attached(void*, void* pointer, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Attached*>(pointer);
}

int attached_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_attached);
  return index;
}

}  // namespace

Attached::~Attached() = default;

bool attach(SSL_CTX* settings, std::unique_ptr<Attached> attached) {
  if (SSL_CTX_set_ex_data(settings, attached_index(), attached.get()) != 1) return false;
  attached.release();
  return true;
}

const Attached* attached_to(const SSL_CTX* settings) {
  return static_cast<const Attached*>(SSL_CTX_get_ex_data(settings, attached_index()));
}

int ticket_key(SSL* ssl, uint8_t* name, uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac, int encrypt) {
  const Attached* attached = attached_to(SSL_get_SSL_CTX(ssl));
  GH_ASSERT(attached != nullptr && attached->keys != nullptr);
  const TicketKeys& keys = *attached->keys;
  if (encrypt != 0) {
    memcpy(name, keys.current.data(), kNameBytes);
    if (RAND_bytes(iv, EVP_CIPHER_iv_length(EVP_aes_128_cbc())) != 1) return -1;
    return use_key(keys.current, iv, cipher, hmac, 1) ? 1 : -1;
  }
  if (memcmp(name, keys.current.data(), kNameBytes) == 0) return use_key(keys.current, iv, cipher, hmac, 0) ? 1 : -1;
  // A key of zeros is "none yet": its name would be known to everybody.
  static constexpr Key kNone{};
  if (keys.previous != kNone && memcmp(name, keys.previous.data(), kNameBytes) == 0) {
    return use_key(keys.previous, iv, cipher, hmac, 0) ? 2 : -1;
  }
  return 0;
}

TicketKeys make_ticket_keys(const TicketKeys* old) {
  TicketKeys keys;
  GH_ASSERT(RAND_bytes(keys.current.data(), keys.current.size()) == 1);
  if (old != nullptr) keys.previous = old->current;
  return keys;
}

}  // namespace gatehouse::tls
