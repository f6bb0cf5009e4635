// Certificates for the quickstart and the tests: ECDSA P-256, SHA-256.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

namespace gatehouse::crypto {

/// CertificateOrder says what to make.
struct CertificateOrder {
  std::vector<std::string> names;  // DNS names, or IP addresses in text; at least one unless authority.
                                   // The first becomes the common name as well.
  WallNs not_before = 0;
  WallNs not_after = 0;
  bool authority = false;          // may sign others: CA true, common name "Gatehouse test authority"
};

struct Certificate {
  std::string certificate_pem;
  Secret key_pem;  // PKCS #8
};

/// make_self_signed makes a fresh key and its certificate. Trusted by putting the certificate itself
/// among the authorities (curl --cacert). The error says which part of the order is wrong.
Result<Certificate, std::string> make_self_signed(const CertificateOrder& order);

/// make_signed makes a fresh key and a certificate signed by an authority made above.
Result<Certificate, std::string> make_signed(const CertificateOrder& order, const Certificate& authority);

}  // namespace gatehouse::crypto
