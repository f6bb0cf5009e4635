// What a thread sanitizer is told of an SSL_CTX's holders. BoringSSL counts them, and whoever lets go last frees it, on any
// thread; but the library is built once for all variants, without a sanitizer, so that these counts are not seen to order
// anything. In other builds there is nothing here. Private to this module.
#pragma once

#include <openssl/ssl.h>

#if defined(__SANITIZE_THREAD__)
#define GH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GH_TSAN 1
#endif
#endif

namespace gatehouse::tls {

#ifdef GH_TSAN
/// count_holders: `settings` are new, and nothing else is attached to them yet: what is freed with them, is freed after this.
bool count_holders(SSL_CTX* settings);
/// lets_go: the calling thread is about to give up a reference to some settings.
void lets_go();
#else
inline bool count_holders(SSL_CTX*) { return true; }
inline void lets_go() {}
#endif

}  // namespace gatehouse::tls
