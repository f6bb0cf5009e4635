#include "tls/engine.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/assert.h"
#include "tls/boringssl.h"
#include "tls/holders.h"
#include "tls/settings.h"
#include "tls/tickets.h"

namespace gatehouse::tls {

namespace {

constexpr size_t kCallBytes = size_t{1} << 30;  // SSL_read and SSL_write count in int

bool is_ip_address(const char* name) {
  bssl::UniquePtr<X509_VERIFY_PARAM> probe(X509_VERIFY_PARAM_new());
  return probe != nullptr && X509_VERIFY_PARAM_set1_ip_asc(probe.get(), name) == 1;
}

/// An error of before would be taken for this call's. Looking first is cheaper: there is hardly ever one.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

long bio_ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

// BoringSSL asks for record headers and bodies; both come out of the lent input.
int engine_bio_read(bio_st* bio, char* out, int length) {
  Engine& engine = *static_cast<Engine*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (length <= 0) return 0;
  if (engine.input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t n = std::min(engine.input_.size(), static_cast<size_t>(length));
  memcpy(out, engine.input_.data(), n);
  engine.input_.remove_prefix(n);
  return static_cast<int>(n);
}

// All or nothing: a record that does not fit ends the connection, so that no half record is ever sent.
int engine_bio_write(bio_st* bio, const char* bytes, int length) {
  Engine& engine = *static_cast<Engine*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (length <= 0) return 0;
  if (engine.sink_full_ || !engine.sink_.take(engine.sink_.owner, {bytes, static_cast<size_t>(length)})) {
    engine.sink_full_ = true;
    return -1;
  }
  return length;
}

namespace {

const BIO_METHOD* bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse");
    GH_ASSERT(made != nullptr);
    BIO_meth_set_read(made, engine_bio_read);
    BIO_meth_set_write(made, engine_bio_write);
    BIO_meth_set_ctrl(made, bio_ctrl);
    return made;
  }();
  return method;
}

}  // namespace

Engine::Engine() = default;

Engine::~Engine() {
  lets_go();
  SSL_free(ssl_);
}

bool Engine::attach(ssl_st* ssl, Sink sink) {
  GH_ASSERT(ssl_ == nullptr && sink.take != nullptr);
  if (ssl == nullptr) return false;
  ssl_ = ssl;
  sink_ = sink;
  BIO* bio = BIO_new(bio_method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);  // takes the one reference
  SSL_set_shed_handshake_config(ssl_, 1);
  return true;
}

bool Engine::start_server(const ServerSettings& settings, Sink sink) {
  if (!attach(SSL_new(settings.ssl_ctx()), sink)) return false;
  SSL_set_accept_state(ssl_);
  return true;
}

bool Engine::start_client(const ClientSettings& settings, const char* server_name, Sink sink) {
  // An empty name would mean "check no name".
  if (server_name == nullptr || *server_name == '\0') return false;
  if (!attach(SSL_new(settings.ssl_ctx()), sink)) return false;
  SSL_set_connect_state(ssl_);
  // Flags set on the SSL_CTX would not be inherited without names there.
  X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl_),
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (is_ip_address(server_name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), server_name) == 1;  // no SNI: RFC 6066 section 3
  }
  return SSL_set1_host(ssl_, server_name) == 1 && SSL_set_tlsext_host_name(ssl_, server_name) == 1;
}

namespace {

ClientTrust::Chain chain_of(const SSL* ssl) { return {SSL_get_peer_full_cert_chain(ssl), SSL_get0_peer_certificates(ssl)}; }

}  // namespace

bool take_client(SSL* ssl, uint8_t* alert) {
  Engine& engine = *static_cast<Engine*>(BIO_get_data(SSL_get_rbio(ssl)));
  const Attached* attached = attached_to(SSL_get_SSL_CTX(ssl));
  const ClientTrust::Chain chain = chain_of(ssl);
  *alert = SSL_AD_INTERNAL_ERROR;
  if (attached == nullptr || attached->clients.trust == nullptr || chain.certificates == nullptr) return false;
  auto verified = attached->clients.trust->verify(chain, 0, alert);
  if (verified) engine.certificate_ = std::make_unique<ClientCertificate>(std::move(verified.value()));
  else engine.refused_ = verified.error();
  return verified.ok();
}

// A ticket carries the certificate of its first handshake. That it is of this listener, its authorities and their lists
// is in the ticket's scope (settings.cc); time passed, and BoringSSL looks at none of it again on a server.
Io Engine::check_resumed() {
  if (!SSL_is_server(ssl_) || SSL_session_reused(ssl_) != 1) return Io::ok;
  const Clients& clients = attached_to(SSL_get_SSL_CTX(ssl_))->clients;
  const bool shown = SSL_get0_peer_certificates(ssl_) != nullptr;
  if (clients.trust == nullptr && !shown) return Io::ok;
  if (clients.trust != nullptr && !shown && !clients.required) return Io::ok;
  uint8_t alert = SSL_AD_CERTIFICATE_UNKNOWN;
  if (clients.trust != nullptr && shown && take_client(ssl_, &alert)) return Io::ok;
  if (refused_.empty()) refused_ = "the resumed session has another certificate than is asked for";
  SSL_send_fatal_alert(ssl_, alert);
  return fail(SSL_ERROR_SSL);
}

bool Engine::stands(const ClientTrust& trust, WallNs now) {
  if (certificate_ == nullptr || failed_) return false;
  ClientCertificate& known = *certificate_;
  if (known.trust == trust.digest() && now >= known.from && now < known.until) return true;
  uint8_t alert = 0;
  const ClientTrust::Chain chain = chain_of(ssl_);
  if (chain.certificates == nullptr) return false;
  auto verified = trust.verify(chain, now, &alert);
  if (!verified) return false;
  known.trust = verified->trust, known.from = verified->from, known.until = verified->until;
  return true;
}

void Engine::feed(ByteView ciphertext) {
  GH_ASSERT(input_.empty());
  if (!failed_) input_ = ciphertext;
}

void Engine::relend(ByteView same_bytes) {
  GH_ASSERT(same_bytes.size() == input_.size());
  input_ = same_bytes;
}

Io Engine::handshake() {
  GH_ASSERT(ssl_ != nullptr);
  if (failed_) return Io::failed;
  if (established_) return Io::ok;
  forget_errors();
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) return outcome(result);
  if (const Io resumed = check_resumed(); resumed != Io::ok) return resumed;
  established_ = true;
  version_ = SSL_get_version(ssl_);
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_); cipher != nullptr)
    cipher_ = SSL_CIPHER_standard_name(cipher);
  const char* name = SSL_is_server(ssl_) ? SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name) : nullptr;
  if (name != nullptr && std::any_of(name, name + strlen(name), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    const size_t length = strlen(name);
    folded_name_ = std::make_unique<char[]>(length + 1);
    for (size_t i = 0; i < length; ++i) {
      folded_name_[i] = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 32) : name[i];
    }
  }
  return Io::ok;
}

Io Engine::read(ByteSpan out, size_t* n) {
  *n = 0;
  if (failed_) return Io::failed;
  GH_ASSERT(established_ && !out.empty());
  forget_errors();
  const int result = SSL_read(ssl_, out.data(), static_cast<int>(std::min(out.size(), kCallBytes)));
  if (result <= 0) return outcome(result);
  *n = static_cast<size_t>(result);
  return Io::ok;
}

Io Engine::write(ByteView plaintext) {
  if (failed_) return Io::failed;
  GH_ASSERT(established_ && !close_sent_);
  forget_errors();
  while (!plaintext.empty()) {
    const size_t length = std::min(plaintext.size(), kCallBytes);
    const int result = SSL_write(ssl_, plaintext.data(), static_cast<int>(length));
    if (result <= 0) {
      const int ssl_error = SSL_get_error(ssl_, result);
      return fail(ssl_error);  // the sink takes all or nothing: there is no "later" in writing
    }
    plaintext.remove_prefix(static_cast<size_t>(result));
  }
  return Io::ok;
}

void Engine::close_notify() {
  if (failed_ || close_sent_ || !established_) return;
  close_sent_ = true;
  forget_errors();
  const int result = SSL_shutdown(ssl_);
  if (result < 0 && sink_full_) fail(SSL_get_error(ssl_, result));
}

Io Engine::outcome(int result) {
  // Before anything touches the BIO again: its retry flag is part of the answer.
  const int ssl_error = SSL_get_error(ssl_, result);
  if (ssl_error == SSL_ERROR_WANT_READ && !sink_full_) {
    GH_ASSERT(input_.empty());
    return Io::want_input;
  }
  if (ssl_error == SSL_ERROR_ZERO_RETURN) {
    input_ = {};  // bytes after close_notify mean nothing
    return Io::closed;
  }
  return fail(ssl_error);
}

Io Engine::fail(int ssl_error) {
  failed_ = true;
  input_ = {};
  const uint32_t packed = ERR_peek_error();
  uint32_t last = 0;
  bool verification = false;
  while ((last = ERR_get_error()) != 0) {
    verification |= ERR_GET_LIB(last) == ERR_LIB_SSL && ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  }
  if (sink_full_) {
    snprintf(error_, sizeof error_, "no room for ciphertext");
  } else if (!refused_.empty()) {
    snprintf(error_, sizeof error_, "client certificate: %s", refused_.c_str());
  } else if (verification) {
    snprintf(error_, sizeof error_, "certificate: %s", X509_verify_cert_error_string(SSL_get_verify_result(ssl_)));
  } else if (packed != 0) {
    const char* text = ERR_reason_error_string(packed);
    snprintf(error_, sizeof error_, "%s", text != nullptr ? text : "unknown TLS error");
  } else {
    const char* text = SSL_error_description(ssl_error);
    snprintf(error_, sizeof error_, "%s", text != nullptr ? text : "TLS failed");
  }
  return Io::failed;
}

ByteView Engine::group() const {
  const char* const name = ssl_ == nullptr ? nullptr : SSL_get_curve_name(SSL_get_curve_id(ssl_));
  return name == nullptr ? ByteView{} : ByteView{name};
}

ByteView Engine::server_name() const {
  if (folded_name_ != nullptr) return folded_name_.get();
  if (!established_ || !SSL_is_server(ssl_)) return {};
  const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? ByteView(name) : ByteView();
}

bool Engine::resumed() const { return SSL_session_reused(ssl_) == 1; }

bool Engine::pending() const { return ssl_ != nullptr && SSL_pending(ssl_) > 0; }

}  // namespace gatehouse::tls
