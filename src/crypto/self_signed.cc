#include "crypto/self_signed.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/digest.h"
#include "crypto/private_key_state.h"

namespace gatehouse::crypto {

namespace {

constexpr ByteView kAuthorityName = "Gatehouse test authority";

bool is_dns_name(ByteView name) {
  if (name.empty() || name.size() > 253) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  bool label_empty = true;
  for (const char c : name) {
    if (c == '.' && label_empty) return false;
    label_empty = c == '.';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool fits = letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!fits) return false;
  }
  return !label_empty;
}

/// to_address is null when text is not an IP address.
bssl::UniquePtr<ASN1_OCTET_STRING> to_address(const std::string& text) {
  bssl::UniquePtr<ASN1_OCTET_STRING> address(a2i_IPADDRESS(text.c_str()));
  ERR_clear_error();
  return address;
}

bssl::UniquePtr<ASN1_OCTET_STRING> octets(ByteView bytes) {
  bssl::UniquePtr<ASN1_OCTET_STRING> out(ASN1_OCTET_STRING_new());
  GH_ASSERT(out != nullptr && ASN1_STRING_set(out.get(), bytes.data(), static_cast<int>(bytes.size())));
  return out;
}

void add_names(X509* certificate, const std::vector<std::string>& names) {
  bssl::UniquePtr<GENERAL_NAMES> list(GENERAL_NAMES_new());
  GH_ASSERT(list != nullptr);
  for (const std::string& name : names) {
    bssl::UniquePtr<GENERAL_NAME> entry(GENERAL_NAME_new());
    GH_ASSERT(entry != nullptr);
    if (auto address = to_address(name); address != nullptr) {
      GENERAL_NAME_set0_value(entry.get(), GEN_IPADD, address.release());
    } else {
      bssl::UniquePtr<ASN1_IA5STRING> text(ASN1_IA5STRING_new());
      GH_ASSERT(text != nullptr &&
                ASN1_STRING_set(text.get(), name.data(), static_cast<ossl_ssize_t>(name.size())));
      GENERAL_NAME_set0_value(entry.get(), GEN_DNS, text.release());
    }
    GH_ASSERT(bssl::PushToStack(list.get(), std::move(entry)));
  }
  GH_ASSERT(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT));
}

// A self-signed leaf names no key usage: without keyCertSign a verifier would not take it as its own
// issuer, and with it some refuse it as a leaf.
void add_usage(X509* certificate, bool authority, bool self_signed) {
  bssl::UniquePtr<BASIC_CONSTRAINTS> basic(BASIC_CONSTRAINTS_new());
  bssl::UniquePtr<ASN1_BIT_STRING> usage(ASN1_BIT_STRING_new());
  GH_ASSERT(basic != nullptr && usage != nullptr);
  basic->ca = authority ? 0xff : 0;
  GH_ASSERT(X509_add1_ext_i2d(certificate, NID_basic_constraints, basic.get(), 1, X509V3_ADD_DEFAULT));
  constexpr int kDigitalSignature = 0, kKeyCertSign = 5, kCrlSign = 6;  // RFC 5280 section 4.2.1.3
  if (authority) {
    GH_ASSERT(ASN1_BIT_STRING_set_bit(usage.get(), kKeyCertSign, 1) &&
              ASN1_BIT_STRING_set_bit(usage.get(), kCrlSign, 1));
  } else {
    GH_ASSERT(ASN1_BIT_STRING_set_bit(usage.get(), kDigitalSignature, 1));
    bssl::UniquePtr<EXTENDED_KEY_USAGE> purposes(sk_ASN1_OBJECT_new_null());
    GH_ASSERT(purposes != nullptr);
    for (const int nid : {NID_server_auth, NID_client_auth})
      GH_ASSERT(sk_ASN1_OBJECT_push(purposes.get(), OBJ_nid2obj(nid)));  // static objects: never freed
    GH_ASSERT(X509_add1_ext_i2d(certificate, NID_ext_key_usage, purposes.get(), 0, X509V3_ADD_DEFAULT));
  }
  if (self_signed && !authority) return;
  GH_ASSERT(X509_add1_ext_i2d(certificate, NID_key_usage, usage.get(), 1, X509V3_ADD_DEFAULT));
}

void add_key_ids(X509* certificate, const X509* issuer) {
  uint8_t id[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  GH_ASSERT(X509_pubkey_digest(certificate, EVP_sha1(), id, &size));  // an identifier, not a protection
  const auto own = octets({reinterpret_cast<const char*>(id), size});
  GH_ASSERT(X509_add1_ext_i2d(certificate, NID_subject_key_identifier, own.get(), 0, X509V3_ADD_DEFAULT));
  if (issuer == nullptr) return;
  bssl::UniquePtr<AUTHORITY_KEYID> above(AUTHORITY_KEYID_new());
  GH_ASSERT(above != nullptr && X509_pubkey_digest(issuer, EVP_sha1(), id, &size));
  above->keyid = octets({reinterpret_cast<const char*>(id), size}).release();
  GH_ASSERT(X509_add1_ext_i2d(certificate, NID_authority_key_identifier, above.get(), 0, X509V3_ADD_DEFAULT));
}

void set_serial(X509* certificate) {
  uint8_t bytes[16];
  random_bytes({reinterpret_cast<char*>(bytes), sizeof bytes});
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x7f) | 0x40);  // positive and of constant length
  const bssl::UniquePtr<BIGNUM> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  GH_ASSERT(number != nullptr);
  GH_ASSERT(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_common_name(X509* certificate, ByteView name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  name = name.substr(0, 64);  // ub-common-name of RFC 5280
  GH_ASSERT(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC, u8(name.data()),
                                       static_cast<ossl_ssize_t>(name.size()), -1, 0));
}

Result<Done, std::string> check(const CertificateOrder& order) {
  if (order.names.empty() && !order.authority) return Failure{std::string("a certificate needs a name")};
  for (const std::string& name : order.names)
    if (to_address(name) == nullptr && !is_dns_name(name))
      return Failure{"\"" + name + "\" is neither a DNS name nor an IP address"};
  if (order.not_after <= order.not_before)
    return Failure{std::string("not_after must follow not_before")};
  return Done{};
}

Certificate make(const CertificateOrder& order, const X509* issuer, EVP_PKEY* issuer_key) {
  const PrivateKey key = PrivateKey::make_p256();
  EVP_PKEY* own = key.state().key.get();
  bssl::UniquePtr<X509> certificate(X509_new());
  X509* made = certificate.get();
  GH_ASSERT(made != nullptr && X509_set_version(made, X509_VERSION_3) && X509_set_pubkey(made, own));
  set_serial(made);
  set_common_name(made, order.authority ? kAuthorityName : ByteView(order.names.front()));
  GH_ASSERT(X509_set_issuer_name(made, X509_get_subject_name(issuer != nullptr ? issuer : made)));
  GH_ASSERT(ASN1_TIME_set(X509_getm_notBefore(made), static_cast<time_t>(order.not_before / kNsPerSecond)) &&
            ASN1_TIME_set(X509_getm_notAfter(made), static_cast<time_t>(order.not_after / kNsPerSecond)));
  if (!order.names.empty()) add_names(made, order.names);
  add_usage(made, order.authority, issuer == nullptr);
  add_key_ids(made, issuer);
  GH_ASSERT(X509_sign(made, issuer_key != nullptr ? issuer_key : own, EVP_sha256()));
  return {pem_of([made](BIO* out) { return PEM_write_bio_X509(out, made); }), key.to_pem()};
}

}  // namespace

Result<Certificate, std::string> make_self_signed(const CertificateOrder& order) {
  if (const auto fault = check(order); !fault.ok()) return Failure{fault.error()};
  return make(order, nullptr, nullptr);
}

Result<Certificate, std::string> make_signed(const CertificateOrder& order, const Certificate& authority) {
  if (const auto fault = check(order); !fault.ok()) return Failure{fault.error()};
  const std::string& pem = authority.certificate_pem;
  const bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  const bssl::UniquePtr<X509> issuer(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (issuer == nullptr) return Failure{std::string("the authority's certificate is not PEM")};
  auto key = PrivateKey::from_pem(authority.key_pem.reveal());
  if (!key.ok()) return Failure{"the authority's key: " + key.error()};
  return make(order, issuer.get(), key->state().key.get());
}

}  // namespace gatehouse::crypto
