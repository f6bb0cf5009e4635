#include <algorithm>

#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls/boringssl.h"
#include "tls/settings.h"

namespace gatehouse::tls {

namespace {

bool plain_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '*';
  });
}

bool wall_time(const ASN1_TIME* time, WallNs* out) {
  int64_t seconds = 0;
  if (ASN1_TIME_to_posix(time, &seconds) != 1) return false;
  // The type ends in 2554: later dates ("no expiry", RFC 5280 section 4.1.2.5) stay at its end.
  constexpr int64_t kLast = static_cast<int64_t>(UINT64_MAX / kNsPerSecond);
  *out = static_cast<WallNs>(std::clamp<int64_t>(seconds, 0, kLast)) * kNsPerSecond;
  return true;
}

std::string subject_text(X509* leaf) {
  bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  const uint8_t* bytes = nullptr;
  size_t length = 0;
  // RFC 2253 with control and non-ASCII bytes escaped.
  if (out == nullptr || X509_NAME_print_ex(out.get(), X509_get_subject_name(leaf), 0, XN_FLAG_RFC2253) < 0 ||
      BIO_mem_contents(out.get(), &bytes, &length) != 1) {
    return {};
  }
  return std::string(reinterpret_cast<const char*>(bytes), length);
}

}  // namespace

std::vector<bssl::UniquePtr<X509>> read_chain(const std::string& pem) {
  std::vector<bssl::UniquePtr<X509>> chain;
  bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  if (in == nullptr) return chain;
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) chain.emplace_back(one);
  // The end of the text is told by "no start line"; anything else is a broken certificate.
  const uint32_t error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!end) chain.clear();
  ERR_clear_error();
  return chain;
}

std::vector<std::string> leaf_names(X509* leaf) {
  std::vector<std::string> names;
  bssl::UniquePtr<GENERAL_NAMES> entries(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  if (entries == nullptr) return names;
  for (size_t i = 0; i < sk_GENERAL_NAME_num(entries.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(entries.get(), i);
    if (entry->type != GEN_DNS) continue;
    const ASN1_IA5STRING* text = entry->d.dNSName;
    std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<size_t>(ASN1_STRING_length(text)));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (plain_name(name)) names.push_back(std::move(name));
  }
  return names;
}

bool too_weak(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_bits(key);
  return (EVP_PKEY_id(key) == EVP_PKEY_RSA && bits < 2048) || (EVP_PKEY_id(key) == EVP_PKEY_EC && bits < 256);
}

std::string last_error() {
  const uint32_t packed = ERR_get_error();
  ERR_clear_error();
  const char* text = packed != 0 ? ERR_reason_error_string(packed) : nullptr;
  return text != nullptr ? text : "unknown error";
}

Result<CertificateInfo, std::string> describe(const std::string& chain_pem) {
  const auto chain = read_chain(chain_pem);
  if (chain.empty()) return Failure{std::string("not a PEM certificate")};
  X509* leaf = chain.front().get();
  CertificateInfo info;
  info.subject = subject_text(leaf);
  info.names = leaf_names(leaf);
  if (!wall_time(X509_get0_notBefore(leaf), &info.not_before) ||
      !wall_time(X509_get0_notAfter(leaf), &info.not_after)) {
    return Failure{std::string("the certificate's validity cannot be read")};
  }
  return info;
}

}  // namespace gatehouse::tls
