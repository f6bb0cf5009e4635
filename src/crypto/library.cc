#include "crypto/library.h"

#include <openssl/crypto.h>

// OpenSSL has the same header names and silently different behaviour: never build against it.
#ifndef OPENSSL_IS_BORINGSSL
#error "Gatehouse is built against BoringSSL; these headers are another library's"
#endif

namespace gatehouse::crypto {

#define GH_TEXT_OF(x) #x
#define GH_TEXT(x) GH_TEXT_OF(x)

ByteView library_version() {
#ifdef BORINGSSL_API_VERSION
  return "API " GH_TEXT(BORINGSSL_API_VERSION);
#else
  return "a fork without an API number";
#endif
}

}  // namespace gatehouse::crypto
