#include "tls/clients.h"

#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/pem.h>
#include <openssl/pool.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "tls/boringssl.h"

namespace gatehouse::tls {
namespace {

constexpr int kChainDepth = 8;
constexpr size_t kAuthoritiesMax = 128;   // their names are sent to every client

using Certificates = std::vector<bssl::UniquePtr<X509>>;
using Lists = std::vector<bssl::UniquePtr<X509_CRL>>;

/// ends is a time as WallNs; 0 when it cannot be read.
WallNs wall_time(const ASN1_TIME* time) {
  int64_t seconds = 0;
  if (time == nullptr || ASN1_TIME_to_posix(time, &seconds) != 1 || seconds < 0) return 0;
  constexpr auto kLast = static_cast<int64_t>(UINT64_MAX / kNsPerSecond);
  return static_cast<WallNs>(std::min(seconds, kLast)) * kNsPerSecond;
}

std::string name_of(X509_NAME* name) {
  char text[200];
  X509_NAME_oneline(name, text, sizeof text);
  return text;
}

/// read_lists is empty when one of the lists is broken or none is there.
Lists read_lists(const std::string& pem) {
  Lists lists;
  bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  if (in == nullptr) return lists;
  ERR_clear_error();
  while (X509_CRL* one = PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)) lists.emplace_back(one);
  const uint32_t error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!end) lists.clear();
  ERR_clear_error();
  return lists;
}

/// issued_here: the authority is its own issuer, or another of the file is: else no chain would ever end.
bool issued_here(X509* authority, const Certificates& all) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& other) { return X509_check_issued(other.get(), authority) == X509_V_OK; });
}

bool signed_by(X509_CRL* list, X509* authority) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(authority)) != 0) return false;
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(authority));
  const bool good = key != nullptr && X509_CRL_verify(list, key.get()) == 1;
  ERR_clear_error();
  return good;
}

bool weak_signature(const X509* certificate) {
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr) != 1) return true;
  return digest == NID_sha1 || digest == NID_md5 || digest == NID_md4;
}

/// fault_of is why a chain that holds is not believed all the same; V_OK when it is.
int fault_of(const STACK_OF(X509)* chain) {
  X509* leaf = sk_X509_value(chain, 0);
  const uint32_t usage = X509_get_key_usage(leaf);   // all bits when none is stated
  const bool signs = usage != UINT32_MAX && (usage & (X509v3_KU_KEY_CERT_SIGN | X509v3_KU_CRL_SIGN)) != 0;
  if (signs || X509_check_ca(leaf) != 0) return X509_V_ERR_INVALID_PURPOSE;
  for (size_t i = 0; i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(one));
    if (key == nullptr || too_weak(key.get())) return X509_V_ERR_CERT_REJECTED;
    const bool anchor = i + 1 == sk_X509_num(chain);   // its signature by itself proves nothing
    if (!anchor && weak_signature(one)) return X509_V_ERR_CERT_REJECTED;
  }
  return X509_V_OK;
}

ByteView leaf_bytes(const ClientTrust::Chain& chain) {
  const CRYPTO_BUFFER* leaf = sk_CRYPTO_BUFFER_value(chain.encoded, 0);
  return {reinterpret_cast<const char*>(CRYPTO_BUFFER_data(leaf)), CRYPTO_BUFFER_len(leaf)};
}

}  // namespace

crypto::Sha256 ClientTrust::digest_of(const std::string& authorities, const std::string* revocations) {
  const crypto::Sha256 first = crypto::sha256(authorities);
  crypto::Sha256 second{};   // no lists
  if (revocations != nullptr) second = crypto::sha256(*revocations);
  const ByteView parts[] = {view_of(std::span<const uint8_t>(first)), view_of(std::span<const uint8_t>(second))};
  return crypto::sha256(parts);
}

bool ClientTrust::add_authorities(const std::string& pem, std::string* why) {
  const Certificates all = read_chain(pem);
  if (all.empty()) *why = "not PEM certificates";
  if (all.size() > kAuthoritiesMax) *why = "more than 128 authorities";
  for (const auto& one : all) {
    const std::string name = name_of(X509_get_subject_name(one.get()));
    const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(one.get()));
    if (X509_check_ca(one.get()) != 1) *why = name + " is no certificate authority";
    else if (key == nullptr || too_weak(key.get())) *why = "the key of " + name + " is too short";
    else if (!issued_here(one.get(), all)) *why = "the issuer of " + name + " is missing";
    else if (X509_STORE_add_cert(store_, one.get()) != 1) *why = last_error();
    if (!why->empty()) break;
    authorities_end_ = std::min(authorities_end_, wall_time(X509_get0_notAfter(one.get())));
  }
  ERR_clear_error();
  return why->empty();
}

bool ClientTrust::add_revocations(const std::string& pem, std::string* why) {
  const Lists lists = read_lists(pem);
  if (lists.empty()) *why = "not PEM revocation lists";
  for (const auto& list : lists) {
    const WallNs end = wall_time(X509_CRL_get0_nextUpdate(list.get()));
    if (end == 0) *why = "the list of " + name_of(X509_CRL_get_issuer(list.get())) + " says no next update";
    else if (X509_STORE_add_crl(store_, list.get()) != 1) *why = last_error();
    if (!why->empty()) return false;
    ends_.push_back(end);
  }
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store_);
  for (size_t i = 0; why->empty() && i < sk_X509_OBJECT_num(objects); ++i) {
    X509* authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (authority == nullptr) continue;   // a list
    const bool has = std::any_of(lists.begin(), lists.end(), [&](const auto& list) { return signed_by(list.get(), authority); });
    if (!has) *why = "no list that " + name_of(X509_get_subject_name(authority)) + " signed";
  }
  return why->empty() && X509_STORE_set_flags(store_, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

Result<std::shared_ptr<const ClientTrust>, ClientTrust::Error> ClientTrust::create(const std::string& authorities,
                                                                                   const std::string* revocations) {
  std::shared_ptr<ClientTrust> made(new ClientTrust);
  made->store_ = X509_STORE_new();
  std::string why;
  if (made->store_ == nullptr) return Failure{Error{false, "out of memory"}};
  if (!made->add_authorities(authorities, &why)) return Failure{Error{false, std::move(why)}};
  if (revocations != nullptr && !made->add_revocations(*revocations, &why)) return Failure{Error{true, std::move(why)}};
  made->digest_ = digest_of(authorities, revocations);
  return std::shared_ptr<const ClientTrust>(std::move(made));
}

ClientTrust::~ClientTrust() { X509_STORE_free(store_); }

WallNs ClientTrust::next_end(WallNs after) const {
  WallNs next = kEndless;
  for (const WallNs end : ends_)
    if (end > after) next = std::min(next, end);
  return next;
}

Result<ClientCertificate, std::string> ClientTrust::verify(const Chain& chain, WallNs now, uint8_t* alert) const {
  *alert = SSL_AD_BAD_CERTIFICATE;
  auto facts = crypto::read_certificate(leaf_bytes(chain));
  if (!facts) return Failure{std::move(facts.error())};
  const bssl::UniquePtr<X509_STORE_CTX> run(X509_STORE_CTX_new());
  if (run == nullptr || X509_STORE_CTX_init(run.get(), store_, sk_X509_value(chain.certificates, 0), chain.certificates) != 1 ||
      X509_STORE_CTX_set_purpose(run.get(), X509_PURPOSE_SSL_CLIENT) != 1) {
    ERR_clear_error();
    *alert = SSL_AD_INTERNAL_ERROR;
    return Failure{std::string("out of memory")};
  }
  X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(run.get()), kChainDepth);
  if (now != 0) X509_STORE_CTX_set_time_posix(run.get(), 0, static_cast<int64_t>(now / kNsPerSecond));
  int fault = X509_verify_cert(run.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(run.get());
  if (fault == X509_V_OK && X509_STORE_CTX_get_error(run.get()) != X509_V_OK) fault = X509_V_ERR_UNSPECIFIED;
  const STACK_OF(X509)* held = X509_STORE_CTX_get0_chain(run.get());
  if (fault == X509_V_OK) fault = held == nullptr ? X509_V_ERR_UNSPECIFIED : fault_of(held);
  ERR_clear_error();
  if (fault != X509_V_OK) {
    *alert = static_cast<uint8_t>(SSL_alert_from_verify_result(fault));
    return Failure{std::string(X509_verify_cert_error_string(fault))};
  }
  ClientCertificate good{std::move(facts.value()), digest_, 0, next_end(now)};
  for (size_t i = 0; i < sk_X509_num(held); ++i) {
    good.from = std::max(good.from, wall_time(X509_get0_notBefore(sk_X509_value(held, i))));
    good.until = std::min(good.until, wall_time(X509_get0_notAfter(sk_X509_value(held, i))));
  }
  return good;
}

Result<ClientCertificate, std::string> ClientTrust::verify_pem(const std::string& chain, WallNs now) const {
  const Certificates all = read_chain(chain);
  const bssl::UniquePtr<STACK_OF(X509)> certificates(sk_X509_new_null());
  const bssl::UniquePtr<STACK_OF(CRYPTO_BUFFER)> encoded(sk_CRYPTO_BUFFER_new_null());
  for (const auto& one : all) {
    uint8_t* der = nullptr;
    const int size = i2d_X509(one.get(), &der);
    const bssl::UniquePtr<uint8_t> freed(der);
    bssl::UniquePtr<CRYPTO_BUFFER> bytes(size > 0 ? CRYPTO_BUFFER_new(der, static_cast<size_t>(size), nullptr) : nullptr);
    if (bytes == nullptr || !bssl::PushToStack(encoded.get(), std::move(bytes)) ||
        !bssl::PushToStack(certificates.get(), bssl::UpRef(one)))
      return Failure{std::string("out of memory")};
  }
  if (all.empty()) return Failure{std::string("not PEM certificates")};
  uint8_t alert = 0;
  return verify(Chain{certificates.get(), encoded.get()}, now, &alert);
}

}  // namespace gatehouse::tls
