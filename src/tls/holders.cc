#include "tls/holders.h"

#ifdef GH_TSAN
#include <sanitizer/tsan_interface.h>

namespace gatehouse::tls {
namespace {

// One for all settings: a connection holds those of its listener's first certificate too, and BoringSSL does not say which.
char counts;

void freed(void*, void*, CRYPTO_EX_DATA*, int, long, void*) { __tsan_acquire(&counts); }

}  // namespace

bool count_holders(SSL_CTX* settings) {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, freed);
  return SSL_CTX_set_ex_data(settings, index, &counts) == 1;
}

void lets_go() { __tsan_release(&counts); }

}  // namespace gatehouse::tls
#endif
