#include <openssl/ssl.h>

#include "crypto/self_signed.h"
#include "load/options.h"

namespace gatehouse::load {

// Without verification the trusted certificate does not matter, but there must be one.
Result<std::unique_ptr<tls::ClientSettings>, std::string> trust(const std::string& ca_file, bool insecure) {
  std::string pem;
  if (!ca_file.empty()) {
    auto text = read_file(ca_file);
    if (!text) return Failure{text.error()};
    pem = std::move(*text);
  } else if (insecure) {
    crypto::CertificateOrder order;
    order.names = {"nobody.invalid"};
    order.not_after = 4'000'000'000 * kNsPerSecond;
    auto made = crypto::make_self_signed(order);
    if (!made) return Failure{made.error()};
    pem = made->certificate_pem;
  }
  auto settings = tls::ClientSettings::create(pem);
  if (settings && insecure) SSL_CTX_set_verify((*settings)->ssl_ctx(), SSL_VERIFY_NONE, nullptr);
  return settings;
}

}  // namespace gatehouse::load
