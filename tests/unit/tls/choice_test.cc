// What a server chooses for a client that is not ours: certificate, protocol, version, resumption.
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <functional>

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

struct Offer {
  const char* name = "server.test";
  std::string alpn;
  uint16_t version = TLS1_3_VERSION;
  const char* ciphers = nullptr;
  SSL_SESSION* session = nullptr;
};

struct Outcome {
  bool client_done = false;
  bool server_done = false;
  bool resumed = false;
  std::string subject;
  std::string alpn;
  std::string client_error;
  std::string server_version;
  std::string server_name;
  bssl::UniquePtr<SSL_SESSION> session;
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<Outcome*>(SSL_get_app_data(ssl))->session.reset(session);
  return 1;
}

std::string take(BIO* bio) {
  std::string bytes(BIO_pending(bio), '\0');
  if (!bytes.empty()) BIO_read(bio, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

bssl::UniquePtr<SSL_CTX> plain_client() {
  bssl::UniquePtr<SSL_CTX> settings(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_session_cache_mode(settings.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(settings.get(), keep_session);
  return settings;
}

std::string leaf_subject(SSL* ssl) {
  bssl::UniquePtr<X509> leaf(SSL_get_peer_certificate(ssl));
  char text[64] = {};
  if (leaf) X509_NAME_get_text_by_NID(X509_get_subject_name(leaf.get()), NID_commonName, text, sizeof text);
  return text;
}

// Runs BoringSSL's own client, unverified, against our server engine.
Outcome call(const ServerSettings& settings, const Offer& offer) {
  static const bssl::UniquePtr<SSL_CTX> shared = plain_client();
  Outcome outcome;
  bssl::UniquePtr<SSL> ssl(SSL_new(shared.get()));
  SSL_set_app_data(ssl.get(), &outcome);
  SSL_set_connect_state(ssl.get());
  EXPECT_EQ(SSL_set_min_proto_version(ssl.get(), TLS1_VERSION), 1);
  EXPECT_EQ(SSL_set_max_proto_version(ssl.get(), offer.version), 1);
  if (offer.ciphers) { EXPECT_EQ(SSL_set_strict_cipher_list(ssl.get(), offer.ciphers), 1); }
  if (offer.name) SSL_set_tlsext_host_name(ssl.get(), offer.name);
  if (!offer.alpn.empty()) SSL_set_alpn_protos(ssl.get(), u8(offer.alpn.data()), offer.alpn.size());
  if (offer.session) SSL_set_session(ssl.get(), offer.session);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);

  End server;
  EXPECT_TRUE(server.engine.start_server(settings, server.out.sink()));
  int result = -1;
  int error = 0;
  for (int turn = 0; turn < 8; ++turn) {
    ERR_clear_error();
    result = SSL_do_handshake(ssl.get());
    error = SSL_get_error(ssl.get(), result);
    if (result != 1 && error != SSL_ERROR_WANT_READ) {
      outcome.client_error = ERR_reason_error_string(ERR_peek_error());
      break;
    }
    const std::string said = take(out);
    if (said.empty()) break;
    server.take_in(said);
    const std::string answer = server.out.drain();
    BIO_write(in, answer.data(), static_cast<int>(answer.size()));
  }
  outcome.client_done = result == 1;
  outcome.server_done = server.engine.established();
  if (outcome.client_done && outcome.server_done) {
    // In TLS 1.3 the ticket comes with the first answer.
    EXPECT_EQ(server.engine.write("x"), Io::ok);
    const std::string answer = server.out.drain();
    BIO_write(in, answer.data(), static_cast<int>(answer.size()));
    char byte = 0;
    EXPECT_EQ(SSL_read(ssl.get(), &byte, 1), 1);
    outcome.resumed = server.engine.resumed();
    EXPECT_EQ(SSL_session_reused(ssl.get()) == 1, outcome.resumed);
    outcome.server_version = server.engine.version();
    outcome.server_name = server.engine.server_name();
    outcome.subject = leaf_subject(ssl.get());
    const uint8_t* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl.get(), &protocol, &length);
    outcome.alpn.assign(reinterpret_cast<const char*>(protocol), length);
  }
  return outcome;
}

TEST(Choice, OfCertificateByName) {
  auto settings = server_settings({"server", "other"});
  const std::pair<const char*, const char*> cases[] = {
      {"server.test", "Server"},     {"other.test", "Other"},  {"OTHER.Test", "Other"},
      {"a.wild.test", "Server"},     {"exact.wild.test", "Other"}, {"mixed.test", "Other"},
      {"a.b.wild.test", "Server"},   {"nobody.test", "Server"}, {nullptr, "Server"},
  };
  for (const auto& [name, subject] : cases) {
    const Outcome outcome = call(*settings, {.name = name});
    EXPECT_EQ(outcome.subject, subject) << (name ? name : "none");
    std::string lower = name ? name : "";
    for (char& c : lower) c = static_cast<char>(tolower(c));
    EXPECT_EQ(outcome.server_name, lower);
  }
  // The wildcard of the second wins over falling back to the first.
  auto swapped = server_settings({"other", "server"});
  EXPECT_EQ(call(*swapped, {.name = "a.wild.test"}).subject, "Server");
  EXPECT_EQ(call(*swapped, {.name = "exact.wild.test"}).subject, "Other");
  EXPECT_EQ(call(*swapped, {.name = "nobody.test"}).subject, "Other");
}

TEST(Choice, OfProtocol) {
  using namespace std::string_literals;
  auto settings = server_settings({"server"});
  EXPECT_EQ(call(*settings, {}).alpn, "");
  EXPECT_EQ(call(*settings, {.alpn = "\x08http/1.1"s}).alpn, "http/1.1");
  EXPECT_EQ(call(*settings, {.alpn = "\x02h2\x08http/1.1"s}).alpn, "http/1.1");
  for (const std::string& alpn : {"\x02h2"s, "\x08http/1.0\x09http/1.11\x07http/1."s}) {
    for (uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const Outcome outcome = call(*settings, {.alpn = alpn, .version = version});
      EXPECT_FALSE(outcome.server_done);
      EXPECT_EQ(outcome.client_error, "TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
    }
  }
}

TEST(Choice, OfVersionAndCipher) {
  auto settings = server_settings({"server", "rsa"});
  EXPECT_EQ(call(*settings, {}).server_version, "TLSv1.3");
  EXPECT_EQ(call(*settings, {.version = TLS1_2_VERSION}).server_version, "TLSv1.2");
  EXPECT_FALSE(call(*settings, {.version = TLS1_1_VERSION}).server_done);
  EXPECT_FALSE(call(*settings, {.version = TLS1_VERSION}).server_done);
  auto twelve = [&](const char* ciphers) {
    return call(*settings, {.version = TLS1_2_VERSION, .ciphers = ciphers}).server_done;
  };
  EXPECT_TRUE(twelve("ECDHE-ECDSA-AES128-GCM-SHA256"));
  EXPECT_TRUE(twelve("ECDHE-ECDSA-CHACHA20-POLY1305"));
  EXPECT_FALSE(twelve("ECDHE-ECDSA-AES128-SHA")) << "CBC";
  EXPECT_FALSE(twelve("AES128-GCM-SHA256")) << "no forward secrecy";
}

class Resumption : public testing::TestWithParam<uint16_t> {};
INSTANTIATE_TEST_SUITE_P(Versions, Resumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(Resumption, WorksUntilTheKeyRotatedTwice) {
  const TicketKeys first = make_ticket_keys(nullptr);
  const TicketKeys second = make_ticket_keys(&first);
  const TicketKeys third = make_ticket_keys(&second);
  auto before = server_settings({"server"}, first);
  const Outcome full = call(*before, {.version = GetParam()});
  ASSERT_TRUE(full.session != nullptr);
  EXPECT_FALSE(full.resumed);
  auto again = [&](const TicketKeys& keys, SSL_SESSION* session) {
    return call(*server_settings({"server"}, keys), {.version = GetParam(), .session = session});
  };
  EXPECT_TRUE(again(first, full.session.get()).resumed);
  const Outcome renewed = again(second, full.session.get());
  EXPECT_TRUE(renewed.resumed) << "under the previous key";
  const Outcome refused = again(third, full.session.get());
  EXPECT_TRUE(refused.client_done) << refused.client_error;
  EXPECT_FALSE(refused.resumed);
  // The ticket was renewed under the key of its time, so the caller is not thrown back.
  ASSERT_TRUE(renewed.session != nullptr);
  EXPECT_TRUE(again(third, renewed.session.get()).resumed);
  EXPECT_FALSE(again(make_ticket_keys(nullptr), full.session.get()).resumed);
}

TEST_P(Resumption, IsBoundToTheCertificate) {
  const TicketKeys keys = make_ticket_keys(nullptr);
  auto both = server_settings({"server", "other"}, keys);
  const Outcome full = call(*both, {.name = "server.test", .version = GetParam()});
  ASSERT_TRUE(full.session != nullptr);
  const Outcome crossed = call(*both, {.name = "other.test", .version = GetParam(), .session = full.session.get()});
  EXPECT_TRUE(crossed.client_done) << crossed.client_error;
  EXPECT_FALSE(crossed.resumed);
  EXPECT_EQ(crossed.subject, "Other");
  auto replaced = server_settings({"rsa"}, keys);
  EXPECT_FALSE(call(*replaced, {.version = GetParam(), .session = full.session.get()}).resumed);
  EXPECT_TRUE(call(*both, {.name = "server.test", .version = GetParam(), .session = full.session.get()}).resumed);
  // Not the default certificate either: its tickets come from the same keys.
  const Outcome other = call(*both, {.name = "other.test", .version = GetParam()});
  ASSERT_TRUE(other.session != nullptr);
  EXPECT_TRUE(call(*both, {.name = "other.test", .version = GetParam(), .session = other.session.get()}).resumed);
  EXPECT_FALSE(call(*both, {.name = "server.test", .version = GetParam(), .session = other.session.get()}).resumed);
}

TEST(TicketKey, OfZerosIsNone) {
  // A ticket whose key name is all zeros, sealed under the all-zero key, must not resume where no
  // previous key exists yet.
  TicketKeys zero;
  zero.previous.fill(1);
  auto forger = server_settings({"server"}, zero);
  const Outcome forged = call(*forger, {});
  ASSERT_TRUE(forged.session != nullptr);
  auto fresh = server_settings({"server"});
  EXPECT_FALSE(call(*fresh, {.session = forged.session.get()}).resumed);
}

}  // namespace
}  // namespace gatehouse::tls::test
