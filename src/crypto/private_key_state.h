// Inside crypto/ only: what a PrivateKey holds.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>

#include "crypto/sign.h"

namespace gatehouse::crypto {

struct PrivateKey::State {
  bssl::UniquePtr<EVP_PKEY> key;
  PublicKey public_key;
};

/// pem_of collects what write puts into a memory BIO.
template <typename Write>
std::string pem_of(Write&& write) {
  bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  GH_ASSERT(out != nullptr && write(out.get()));
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  GH_ASSERT(BIO_mem_contents(out.get(), &bytes, &size));
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace gatehouse::crypto
