// AES-256-GCM (NIST SP 800-38D) piece by piece: text is sealed straight into where it stays.
#pragma once

#include <array>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace gatehouse::crypto {

using GcmTag = std::array<uint8_t, 16>;
using GcmNonce = std::array<uint8_t, 12>;

/// GcmSealer seals many texts under one key after the other. A text: begin, authenticate any number of times, seal any number of
/// times, finish. Only the constructor allocates. A nonce must never come twice under one key: that is the caller's.
/// The key schedule is wiped when the key changes and when this goes.
class GcmSealer {
 public:
  GcmSealer();
  ~GcmSealer();
  GcmSealer(const GcmSealer&) = delete;

  /// rekey sets the key, 32 bytes. Before the first begin.
  void rekey(ByteView key);
  void begin(const GcmNonce& nonce);
  void authenticate(ByteView bytes);
  /// seal writes text.size() bytes of ciphertext to `out`, which may be where the text is, but not overlap it otherwise.
  void seal(ByteView text, char* out);
  GcmTag finish();

 private:
  evp_cipher_ctx_st* state_;
};

/// GcmOpener opens texts under one key.
class GcmOpener {
 public:
  explicit GcmOpener(ByteView key);   // 32 bytes
  ~GcmOpener();
  GcmOpener(const GcmOpener&) = delete;

  /// open writes the text to `out` (sealed.size() bytes); false when tag, nonce, authenticated parts or ciphertext are not
  /// what was sealed: `out` is then wiped.
  bool open(const GcmNonce& nonce, ByteView authenticated, ByteView and_then, ByteView sealed, ByteView tag, char* out);

 private:
  evp_cipher_ctx_st* state_;
};

/// GcmAnswers are the tags of one text under AES-128 and AES-256, as another library made them.
struct GcmAnswers {
  GcmTag aes128, aes256;
};
extern const GcmAnswers kGcmAnswers;

/// gcm_gives seals and opens that text with the kernel that this processor gets: false when a tag or the text that comes back is
/// another one. To be asked before anything is sealed. Allocates.
bool gcm_gives(const GcmAnswers& answers);

}  // namespace gatehouse::crypto
