// The one place that names BoringSSL's headers for tls/*.cc. Private to this module.
#pragma once

#include <openssl/base.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#ifndef OPENSSL_IS_BORINGSSL
#error "another library's openssl/ headers slipped in; Gatehouse builds with BoringSSL only"
#endif

#include <memory>
#include <string>
#include <vector>

#include "tls/clients.h"

namespace gatehouse::tls {

/// read_chain reads every certificate of a PEM text, in order; empty when one of them is broken or
/// none is there.
std::vector<bssl::UniquePtr<X509>> read_chain(const std::string& pem);

/// leaf_names returns the DNS names of a certificate, lower case; names with odd bytes are left out.
std::vector<std::string> leaf_names(X509* leaf);

/// too_weak says whether no signature by this key is to be believed: RSA below 2048 bits, EC below 256.
bool too_weak(const EVP_PKEY* key);

/// last_error describes the oldest queued BoringSSL error and empties the queue.
std::string last_error();

/// ClientTrust::Chain is what a client showed, leaf first: the same certificates twice. Borrowed.
struct ClientTrust::Chain {
  STACK_OF(X509)* certificates;
  const STACK_OF(CRYPTO_BUFFER)* encoded;
};

/// take_client verifies what the client of a handshake showed, and gives it to its engine (engine.cc).
bool take_client(SSL* ssl, uint8_t* alert);

}  // namespace gatehouse::tls
