#include "crypto/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace gatehouse::crypto {
namespace {

constexpr size_t kSerialBytesMax = 64;   // RFC 5280 section 4.1.2.2 allows 20

ByteView view_of_text(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))};
}

bool visible(ByteView text) {
  return !text.empty() && text.size() <= kCertificateNameBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool wall_time(const ASN1_TIME* time, WallNs* out) {
  int64_t seconds = 0;
  if (ASN1_TIME_to_posix(time, &seconds) != 1) return false;
  constexpr int64_t kLast = static_cast<int64_t>(UINT64_MAX / kNsPerSecond);   // of the type: the year 2554
  *out = static_cast<WallNs>(std::clamp<int64_t>(seconds, 0, kLast)) * kNsPerSecond;
  return true;
}

std::string subject_text(const X509_NAME* name) {
  bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  const uint8_t* bytes = nullptr;
  size_t length = 0;
  // RFC 2253 with control and non-ASCII bytes escaped.
  if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0 ||
      BIO_mem_contents(out.get(), &bytes, &length) != 1)
    return {};
  return {reinterpret_cast<const char*>(bytes), length};
}

bool read_serial(X509* certificate, std::string* out) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  if (serial == nullptr || static_cast<size_t>(ASN1_STRING_length(serial)) > kSerialBytesMax) return false;
  const ByteView bytes = view_of_text(serial);
  *out = hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  return true;
}

bool add_name(std::vector<std::string>& names, const ASN1_STRING* text) {
  if (!visible(view_of_text(text))) return false;
  names.emplace_back(view_of_text(text));
  return true;
}

const char* read_names(X509* certificate, CertificateFacts* out) {
  int critical = 0;   // -1: none is there; -2: more than one is; else it cannot be read
  bssl::UniquePtr<GENERAL_NAMES> entries(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)));
  if (entries == nullptr) return critical == -1 ? nullptr : "its alternative names cannot be read";
  if (sk_GENERAL_NAME_num(entries.get()) > kCertificateNamesMax) return "it has too many alternative names";
  for (size_t i = 0; i < sk_GENERAL_NAME_num(entries.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(entries.get(), i);
    bool good = true;   // other kinds name nobody here
    if (entry->type == GEN_URI) good = add_name(out->uris, entry->d.uniformResourceIdentifier);
    if (entry->type == GEN_DNS) good = add_name(out->dns_names, entry->d.dNSName);
    if (entry->type == GEN_EMAIL) good = add_name(out->emails, entry->d.rfc822Name);
    if (!good) return "an alternative name of it is not visible ASCII, or too long";
  }
  for (std::string& name : out->dns_names)
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return nullptr;
}

const char* read_attributes(const X509_NAME* name, int kind, std::vector<std::string>* out) {
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0;) {
    unsigned char* text = nullptr;
    const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (length < 0) return "its subject cannot be read";
    const bssl::UniquePtr<unsigned char> owned(text);
    if (static_cast<size_t>(length) > kCertificateNameBytesMax || out->size() >= kCertificateNamesMax)
      return "its subject is too long";
    out->emplace_back(reinterpret_cast<const char*>(text), static_cast<size_t>(length));
  }
  return nullptr;
}

const char* read_facts(X509* certificate, CertificateFacts* out) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  out->subject = subject_text(subject);
  if (!read_serial(certificate, &out->serial)) return "its serial number is too long";
  if (!wall_time(X509_get0_notBefore(certificate), &out->not_before) ||
      !wall_time(X509_get0_notAfter(certificate), &out->not_after))
    return "its validity cannot be read";
  if (const char* why = read_names(certificate, out); why != nullptr) return why;
  if (const char* why = read_attributes(subject, NID_organizationName, &out->organizations); why != nullptr) return why;
  return read_attributes(subject, NID_organizationalUnitName, &out->units);
}

}  // namespace

Result<CertificateFacts, std::string> read_certificate(ByteView der) {
  if (der.size() > kCertificateBytesMax) return Failure{std::string("it is too long")};
  const auto* at = reinterpret_cast<const uint8_t*>(der.data());
  const uint8_t* const end = at + der.size();
  bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  CertificateFacts facts;
  const char* why = "it is no X.509 certificate";
  if (certificate != nullptr) why = at == end ? read_facts(certificate.get(), &facts) : "bytes follow it";
  ERR_clear_error();
  if (why != nullptr) return Failure{std::string(why)};
  facts.digest = sha256(der);
  return facts;
}

}  // namespace gatehouse::crypto
