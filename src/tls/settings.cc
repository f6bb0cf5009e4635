#include "tls/settings.h"

#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "tls/boringssl.h"
#include "tls/holders.h"
#include "tls/tickets.h"

namespace gatehouse::tls {

namespace {

constexpr uint32_t kTicketSeconds = 7200;  // a ticket's life; the keys' rotation may end it sooner
constexpr int kChainDepth = 8;
constexpr size_t kClientChainBytes = 32 * 1024;   // of certificates as a client may send them
constexpr const char* kSystemTrust = "/etc/ssl/certs/ca-certificates.crt";

// Forward secret AEAD only, hardware-friendly first.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// No SHA-1 and no RSA below SHA-256, neither made nor believed.
constexpr uint16_t kSignatures[] = {
    SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ED25519,
    SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PKCS1_SHA256,
    SSL_SIGN_ECDSA_SECP384R1_SHA384, SSL_SIGN_RSA_PSS_RSAE_SHA384,
    SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_RSA_PSS_RSAE_SHA512,
    SSL_SIGN_RSA_PKCS1_SHA512,
};

constexpr uint8_t kProtocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // RFC 7301 wire form

using Built = Result<bssl::UniquePtr<SSL_CTX>, std::string>;

// What both sides have in common.
bool set_protocol(SSL_CTX* settings) {
  static constexpr int kGroups[] = {
#ifdef NID_X25519MLKEM768
      NID_X25519MLKEM768,
#endif
      NID_X25519, NID_X9_62_prime256v1};
  SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);  // tickets only
  SSL_CTX_set_early_data_enabled(settings, 0);
  return count_holders(settings) && SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(settings, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_strict_cipher_list(settings, kTls12Ciphers) == 1 &&
         SSL_CTX_set1_curves(settings, kGroups, std::size(kGroups)) == 1;
}

// BoringSSL's own matcher is not used (CVE-2024-5535). Offering ALPN without http/1.1 ends the
// handshake with no_application_protocol, RFC 7301 section 3.2.
int choose_protocol(SSL*, const uint8_t** out, uint8_t* out_length, const uint8_t* offered, unsigned length, void*) {
  for (size_t at = 0; at < length;) {
    const size_t size = offered[at];
    if (size == 0 || size > length - at - 1) return SSL_TLSEXT_ERR_ALERT_FATAL;
    if (size == kProtocols[0] && std::equal(offered + at + 1, offered + at + 1 + size, kProtocols + 1)) {
      *out = kProtocols + 1;
      *out_length = kProtocols[0];
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1 + size;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

const Attached::Named* find_name(const Attached& attached, const std::string& name) {
  for (const Attached::Named& one : attached.named) {
    if (std::find(one.names.begin(), one.names.end(), name) != one.names.end()) return &one;
  }
  return nullptr;
}

int choose_certificate(SSL* ssl, int*, void*) {
  const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (sent == nullptr) return SSL_TLSEXT_ERR_NOACK;
  std::string name(sent);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const Attached& attached = *attached_to(SSL_get_SSL_CTX(ssl));
  const Attached::Named* found = name.starts_with("*") ? nullptr : find_name(attached, name);
  const size_t dot = name.find('.');
  if (found == nullptr && dot != std::string::npos && dot > 0) found = find_name(attached, "*" + name.substr(dot));
  if (found != nullptr && found->settings != nullptr && SSL_set_SSL_CTX(ssl, found->settings.get()) == nullptr) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

int no_password(char*, int, int, void*) { return 0; }  // never ask a terminal

bssl::UniquePtr<EVP_PKEY> read_key(const std::string& pem) {
  bssl::UniquePtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  return bssl::UniquePtr<EVP_PKEY>(in == nullptr ? nullptr
                                                 : PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
}

// Keys that kSignatures can sign with.
std::string check_key(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {  // a number of BoringSSL's, not an enum
    case EVP_PKEY_RSA:
      return too_weak(key) ? "the RSA key is shorter than 2048 bits" : "";
    case EVP_PKEY_EC:
      return EVP_PKEY_bits(key) == 256 || EVP_PKEY_bits(key) == 384 ? "" : "the EC key is not P-256 or P-384";
    case EVP_PKEY_ED25519:
      return "";
    default:
      return "the key is not EC, RSA or Ed25519";
  }
}

std::string check_leaf(X509* leaf, EVP_PKEY* key) {
  if (X509_cmp_current_time(X509_get0_notAfter(leaf)) <= 0) return "the certificate has expired";
  bssl::UniquePtr<EVP_PKEY> public_key(X509_get_pubkey(leaf));
  if (public_key == nullptr) return "the certificate's public key cannot be used";
  if (std::string why = check_key(public_key.get()); !why.empty()) return why;
  if (EVP_PKEY_cmp(public_key.get(), key) != 1) return "the private key does not belong to the certificate";
  return {};
}

// Tickets are bound to the leaf and to what is asked of clients: anything else means a full handshake.
bool bind_tickets(SSL_CTX* settings, X509* leaf, const Clients& clients, const std::string& scope) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(leaf, EVP_sha256(), digest, &length) != 1) return false;
  const char asks = clients.trust == nullptr ? 'n' : clients.required ? 'r' : 'o';
  const crypto::Sha256 trust = clients.trust == nullptr ? crypto::Sha256{} : clients.trust->digest();
  const ByteView parts[] = {view_of(std::span<const uint8_t>(digest, length)), {&asks, 1},
                            view_of(std::span<const uint8_t>(trust)), scope};   // all but the last of one length
  const crypto::Sha256 bound = crypto::sha256(parts);
  static_assert(SSL_MAX_SID_CTX_LENGTH == sizeof bound);
  SSL_CTX_set_timeout(settings, kTicketSeconds);
  SSL_CTX_set_session_psk_dhe_timeout(settings, kTicketSeconds);
  return SSL_CTX_set_session_id_context(settings, bound.data(), bound.size()) == 1 &&
         SSL_CTX_set_num_tickets(settings, 1) == 1 &&
         SSL_CTX_set_tlsext_ticket_key_cb(settings, ticket_key) == 1;
}

ssl_verify_result_t verify_client(SSL* ssl, uint8_t* alert) {
  return take_client(ssl, alert) ? ssl_verify_ok : ssl_verify_invalid;
}

/// ask_clients makes handshakes ask for certificates; clients are told whose would be believed.
bool ask_clients(SSL_CTX* settings, const Clients& clients) {
  if (clients.trust == nullptr) return true;
  SSL_CTX_set_custom_verify(settings, SSL_VERIFY_PEER | (clients.required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), verify_client);
  SSL_CTX_set_max_cert_list(settings, kClientChainBytes);
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(clients.trust->store());
  for (size_t i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (authority != nullptr && SSL_CTX_add_client_CA(settings, authority) != 1) return false;
  }
  return SSL_CTX_set_verify_algorithm_prefs(settings, kSignatures, std::size(kSignatures)) == 1;
}

Built build_server(const Certificate& certificate, const Clients& clients, const std::string& scope,
                   std::vector<std::string>* names) {
  const auto chain = read_chain(certificate.chain_pem);
  if (chain.empty()) return Failure{std::string("not a chain of PEM certificates")};
  ERR_clear_error();
  const bssl::UniquePtr<EVP_PKEY> key = read_key(certificate.key_pem);
  if (key == nullptr) return Failure{std::string("not an unencrypted PEM private key")};
  X509* leaf = chain.front().get();
  if (std::string why = check_leaf(leaf, key.get()); !why.empty()) return Failure{std::move(why)};
  *names = leaf_names(leaf);

  bssl::UniquePtr<SSL_CTX> settings(SSL_CTX_new(TLS_server_method()));
  bool good = settings != nullptr && set_protocol(settings.get()) &&
              bind_tickets(settings.get(), leaf, clients, scope) && ask_clients(settings.get(), clients) &&
              SSL_CTX_use_certificate(settings.get(), leaf) == 1 &&
              SSL_CTX_use_PrivateKey(settings.get(), key.get()) == 1 &&
              SSL_CTX_set_signing_algorithm_prefs(settings.get(), kSignatures, std::size(kSignatures)) == 1;
  for (size_t i = 1; good && i < chain.size(); ++i) {
    good = SSL_CTX_add1_chain_cert(settings.get(), chain[i].get()) == 1;
  }
  if (!good) return Failure{last_error()};
  SSL_CTX_set_alpn_select_cb(settings.get(), choose_protocol, nullptr);
  SSL_CTX_set_tlsext_servername_callback(settings.get(), choose_certificate);
  return settings;
}

bool trust_text(SSL_CTX* settings, const std::string& pem) {
  const auto trusted = read_chain(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(settings);
  return !trusted.empty() && std::all_of(trusted.begin(), trusted.end(), [&](const bssl::UniquePtr<X509>& one) {
    return X509_STORE_add_cert(store, one.get()) == 1;
  });
}

}  // namespace

Result<std::unique_ptr<ServerSettings>, std::string> ServerSettings::create(
    const std::vector<Certificate>& certificates, const TicketKeys& tickets, const Clients& clients, const std::string& scope) {
  if (certificates.empty()) return Failure{std::string("no certificate")};
  const auto keys = std::make_shared<const TicketKeys>(tickets);
  auto attached = std::make_unique<Attached>();
  attached->keys = keys;
  attached->clients = clients;
  bssl::UniquePtr<SSL_CTX> first;
  for (size_t i = 0; i < certificates.size(); ++i) {
    Attached::Named named;
    Built built = build_server(certificates[i], clients, scope, &named.names);
    if (!built) {
      const std::string which = certificates.size() == 1 ? "" : "certificate " + std::to_string(i + 1) + ": ";
      return Failure{which + built.error()};
    }
    if (i == 0) {
      first = std::move(*built);
    } else {
      auto others = std::make_unique<Attached>();
      others->keys = keys;
      others->clients = clients;
      if (!attach(built->get(), std::move(others))) return Failure{std::string("out of memory")};
      named.settings = std::move(*built);
    }
    attached->named.push_back(std::move(named));
  }
  if (!attach(first.get(), std::move(attached))) return Failure{std::string("out of memory")};
  std::unique_ptr<ServerSettings> settings(new ServerSettings);
  settings->default_ = first.release();
  return settings;
}

ServerSettings::~ServerSettings() {
  lets_go();
  SSL_CTX_free(default_);
}

Result<std::unique_ptr<ClientSettings>, std::string> ClientSettings::create(const std::string& trust_pem) {
  bssl::UniquePtr<SSL_CTX> settings(SSL_CTX_new(TLS_client_method()));
  if (settings == nullptr || !set_protocol(settings.get()) ||
      SSL_CTX_set_verify_algorithm_prefs(settings.get(), kSignatures, std::size(kSignatures)) != 1 ||
      SSL_CTX_set_alpn_protos(settings.get(), kProtocols, sizeof kProtocols) != 0) {  // 0 is success
    return Failure{last_error()};
  }
  SSL_CTX_set_options(settings.get(), SSL_OP_NO_TICKET);  // origins are kept open instead
  SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_verify_depth(settings.get(), kChainDepth);
  if (trust_pem.empty()) {
    if (SSL_CTX_load_verify_locations(settings.get(), kSystemTrust, nullptr) != 1) {
      ERR_clear_error();
      return Failure{std::string("cannot read the system's CA certificates: ") + kSystemTrust};
    }
  } else if (!trust_text(settings.get(), trust_pem)) {
    ERR_clear_error();
    return Failure{std::string("the trusted CA certificates are not PEM certificates")};
  }
  std::unique_ptr<ClientSettings> made(new ClientSettings);
  made->settings_ = settings.release();
  return made;
}

ClientSettings::~ClientSettings() {
  lets_go();
  SSL_CTX_free(settings_);
}

}  // namespace gatehouse::tls
