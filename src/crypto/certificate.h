// What an X.509 certificate (RFC 5280) says of whom it is for, as values. Whether it is to be believed is not asked here.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"

namespace gatehouse::crypto {

inline constexpr size_t kCertificateBytesMax = 64 * 1024;
inline constexpr size_t kCertificateNamesMax = 64;        // of all kinds together
inline constexpr size_t kCertificateNameBytesMax = 2048;  // of one; a SPIFFE ID is no longer

/// CertificateFacts is a value without ties to what it was read from. Names are only those of the subject alternative
/// name; the common name says nothing.
struct CertificateFacts {
  Sha256 digest{};                      // of the DER: x5t#S256 of RFC 8705
  std::string subject;                  // RFC 2253, for people: nothing is to be decided by it
  std::string serial;                   // lower-case hexadecimal
  std::vector<std::string> uris;        // visible ASCII, as they stand there
  std::vector<std::string> dns_names;   // lower case; "*.example.org" possible
  std::vector<std::string> emails;      // visible ASCII, as they stand there
  std::vector<std::string> organizations, units;   // O and OU of the subject: UTF-8 with any characters
  WallNs not_before = 0;
  WallNs not_after = 0;                 // dead from here on
};

/// read_certificate reads one certificate, DER and nothing behind it. Fails, saying why, where a reader could be misled: a
/// URI, DNS name or e-mail address with other than visible ASCII (a NUL, say), the names twice, too many or too long,
/// unreadable dates. Linear time.
Result<CertificateFacts, std::string> read_certificate(ByteView der);

}  // namespace gatehouse::crypto
