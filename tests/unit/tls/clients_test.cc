// Client certificates against our server engine: whose are believed, what resumption keeps of them, and for how long.
#include <algorithm>

#include "tls/clients.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

std::string data(const std::string& name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/clients/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

std::shared_ptr<const ClientTrust> trust_in(const std::string& authorities = "ca.pem", const std::string& lists = {}) {
  const std::string text = lists.empty() ? "" : data(lists);
  auto made = ClientTrust::create(data(authorities), lists.empty() ? nullptr : &text);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().text);
  return made.ok() ? *made : nullptr;
}

const TicketKeys& keys() {
  static const TicketKeys made = make_ticket_keys(nullptr);
  return made;
}

std::unique_ptr<ServerSettings> asking(std::shared_ptr<const ClientTrust> trust, bool required = false,
                                       const std::string& scope = "here") {
  auto made = ServerSettings::create({certificate("server"), certificate("other")}, keys(), {std::move(trust), required}, scope);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

struct Offer {
  std::string certificate;   // its name; empty: none
  uint16_t version = TLS1_3_VERSION;
  SSL_SESSION* session = nullptr;
  const char* name = "server.test";
};

/// Caller is BoringSSL's own client on one connection.
struct Caller {
  End server;
  bssl::UniquePtr<SSL> ssl;
  bssl::UniquePtr<SSL_SESSION> session;
  BIO* in = nullptr;
  BIO* out = nullptr;
  bool done = false;           // both sides
  std::string client_error;
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<Caller*>(SSL_get_app_data(ssl))->session.reset(session);
  return 1;
}

bssl::UniquePtr<SSL_CTX> plain_client() {
  bssl::UniquePtr<SSL_CTX> settings(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_session_cache_mode(settings.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(settings.get(), keep_session);
  return settings;
}

void show(SSL* ssl, const std::string& name) {
  const std::string folder = std::string(GATEHOUSE_TEST_DATA) + "/clients/" + name;
  ASSERT_EQ(SSL_use_PrivateKey_file(ssl, (folder + ".key").c_str(), SSL_FILETYPE_PEM), 1);
  const std::string pem = data(name + ".pem");
  bssl::UniquePtr<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  for (bool leaf = true;; leaf = false) {
    bssl::UniquePtr<X509> one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (one == nullptr) return;
    ASSERT_EQ(leaf ? SSL_use_certificate(ssl, one.get()) : SSL_add1_chain_cert(ssl, one.get()), 1);
  }
}

void carry(Caller& caller) {
  std::string said(BIO_pending(caller.out), '\0');
  if (!said.empty()) BIO_read(caller.out, said.data(), static_cast<int>(said.size()));
  if (!said.empty()) caller.server.take_in(said);
  const std::string answer = caller.server.out.drain();
  if (!answer.empty()) BIO_write(caller.in, answer.data(), static_cast<int>(answer.size()));
}

std::unique_ptr<Caller> call(const ServerSettings& settings, const Offer& offer) {
  static const bssl::UniquePtr<SSL_CTX> shared = plain_client();
  auto caller = std::make_unique<Caller>();
  caller->ssl.reset(SSL_new(shared.get()));
  SSL* ssl = caller->ssl.get();
  SSL_set_app_data(ssl, caller.get());
  SSL_set_connect_state(ssl);
  SSL_set_max_proto_version(ssl, offer.version);
  SSL_set_tlsext_host_name(ssl, offer.name);
  if (!offer.certificate.empty()) show(ssl, offer.certificate);
  if (offer.session != nullptr) SSL_set_session(ssl, offer.session);
  caller->in = BIO_new(BIO_s_mem());
  caller->out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, caller->in, caller->out);
  EXPECT_TRUE(caller->server.engine.start_server(settings, caller->server.out.sink()));
  int result = -1;
  for (int turn = 0; turn < 6; ++turn) {
    ERR_clear_error();
    result = SSL_do_handshake(ssl);
    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
      caller->client_error = ERR_reason_error_string(ERR_peek_error());
    carry(*caller);
  }
  caller->done = result == 1 && caller->server.engine.established();
  // In TLS 1.3 the client learns with its first read what the server thinks of its certificate, and gets its ticket.
  if (caller->done) { EXPECT_EQ(caller->server.engine.write("x"), Io::ok); }
  carry(*caller);
  char byte = 0;
  ERR_clear_error();
  const int got = result == 1 ? SSL_read(ssl, &byte, 1) : 0;
  if (result == 1 && got <= 0 && ERR_peek_error() != 0) caller->client_error = ERR_reason_error_string(ERR_peek_error());
  EXPECT_EQ(caller->done, got == 1) << offer.certificate;
  ERR_clear_error();
  return caller;
}

class ClientCertificates : public testing::TestWithParam<uint16_t> {};
INSTANTIATE_TEST_SUITE_P(Versions, ClientCertificates, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(ClientCertificates, AreKnownByTheirVerifiedCertificate) {
  auto settings = asking(trust_in());
  const auto caller = call(*settings, {"workload", GetParam()});
  ASSERT_TRUE(caller->done) << caller->client_error << caller->server.engine.error();
  const ClientCertificate* shown = caller->server.engine.certificate();
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->facts.uris, std::vector<std::string>{"spiffe://prod.example.org/ns/etl/sa/chunker"});
  EXPECT_EQ(shown->facts.subject, "CN=workload,OU=etl,O=Example");
  EXPECT_EQ(shown->facts.units, std::vector<std::string>{"etl"});
  EXPECT_EQ(shown->facts.organizations, std::vector<std::string>{"Example"});
  bssl::UniquePtr<X509> own(X509_up_ref(SSL_get_certificate(caller->ssl.get())) ? SSL_get_certificate(caller->ssl.get()) : nullptr);
  uint8_t digest[32];
  ASSERT_EQ(X509_digest(own.get(), EVP_sha256(), digest, nullptr), 1);
  EXPECT_TRUE(std::equal(digest, digest + 32, shown->facts.digest.begin()));
  EXPECT_EQ(shown->facts.not_after, WallNs{4733510400} * kNsPerSecond);
  EXPECT_EQ(shown->until, shown->facts.not_after);
  const auto host = call(*settings, {"host", GetParam()});
  ASSERT_TRUE(host->done);
  EXPECT_EQ(host->server.engine.certificate()->facts.dns_names, std::vector<std::string>{"batch-7.etl.test"});
  EXPECT_TRUE(call(*settings, {"chained", GetParam()})->done) << "by its intermediate";
  EXPECT_TRUE(call(*settings, {"plain", GetParam()})->done) << "that says no usage";
}

TEST_P(ClientCertificates, WithoutOneAreThereOnlyWhereNoneIsRequired) {
  const auto free = call(*asking(trust_in()), {"", GetParam()});
  EXPECT_TRUE(free->done);
  EXPECT_EQ(free->server.engine.certificate(), nullptr);
  const auto refused = call(*asking(trust_in(), true), {"", GetParam()});
  EXPECT_FALSE(refused->done);
  EXPECT_EQ(refused->client_error, GetParam() == TLS1_3_VERSION ? "TLSV1_ALERT_CERTIFICATE_REQUIRED" : "SSLV3_ALERT_HANDSHAKE_FAILURE");
  EXPECT_TRUE(call(*asking(trust_in(), true), {"workload", GetParam()})->done);
}

TEST_P(ClientCertificates, AreNotAskedWhereNothingIsSaidOfThem) {
  const auto caller = call(*server_settings({"server"}), {"workload", GetParam()});
  EXPECT_TRUE(caller->done);
  EXPECT_EQ(caller->server.engine.certificate(), nullptr);
}

struct Bad {
  const char* certificate;
  const char* why;
};
class Refused : public testing::TestWithParam<Bad> {};
INSTANTIATE_TEST_SUITE_P(
    Certificates, Refused,
    testing::Values(Bad{"stranger_leaf", "unable to get local issuer certificate"}, Bad{"server_only", "unsupported certificate purpose"},
                    Bad{"signs", "unsupported certificate purpose"}, Bad{"authority", "unsupported certificate purpose"}, Bad{"odd", "an alternative name of it is not visible ASCII, or too long"},
                    Bad{"ended", "certificate has expired"}, Bad{"short_rsa", "certificate rejected"}, Bad{"sha1", "certificate rejected"}),
    [](const auto& one) { return std::string(one.param.certificate); });

TEST_P(Refused, EvenWhereNoneIsRequired) {
  auto settings = asking(trust_in());
  for (const uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto caller = call(*settings, {GetParam().certificate, version});
    EXPECT_FALSE(caller->done);
    EXPECT_EQ(caller->server.engine.error(), std::string("client certificate: ") + GetParam().why);
    EXPECT_EQ(caller->server.engine.certificate(), nullptr);
  }
}

TEST_P(ClientCertificates, AreHeldAgainstRevocationLists) {
  EXPECT_TRUE(call(*asking(trust_in("ca.pem", "before.crl")), {"revoked", GetParam()})->done);
  const auto revoked = call(*asking(trust_in("ca.pem", "after.crl")), {"revoked", GetParam()});
  EXPECT_FALSE(revoked->done);
  EXPECT_EQ(revoked->client_error, "SSLV3_ALERT_CERTIFICATE_REVOKED");
  EXPECT_TRUE(call(*asking(trust_in("ca.pem", "after.crl")), {"workload", GetParam()})->done);
  EXPECT_TRUE(call(*asking(trust_in("ca.pem", "after.crl")), {"chained", GetParam()})->done);
  EXPECT_FALSE(call(*asking(trust_in("ca.pem", "intermediate_revoked.crl")), {"chained", GetParam()})->done);
  EXPECT_FALSE(call(*asking(trust_in("ca.pem", "root_only.crl")), {"chained", GetParam()})->done) << "no list of its issuer";
  EXPECT_TRUE(call(*asking(trust_in("ca.pem", "root_only.crl")), {"workload", GetParam()})->done);
  EXPECT_FALSE(call(*asking(trust_in("ca.pem", "ended.crl")), {"workload", GetParam()})->done) << "a list that has ended";
  EXPECT_TRUE(call(*asking(trust_in("ca.pem", "ended.crl")), {"", GetParam()})->done) << "others go on";
}

TEST_P(ClientCertificates, ResumeOnlyUnderWhatTheyWereVerifiedBy) {
  auto settings = asking(trust_in("ca.pem", "before.crl"));
  const auto full = call(*settings, {"workload", GetParam()});
  ASSERT_TRUE(full->done && full->session != nullptr);
  const auto resumed = [&](const ServerSettings& by, const char* name = "server.test", const char* shown = "") {
    const auto caller = call(by, {shown, GetParam(), full->session.get(), name});
    const Engine& engine = caller->server.engine;
    EXPECT_EQ(caller->done && engine.resumed(), engine.certificate() != nullptr && *shown == '\0') << engine.error();
    return caller->done && engine.resumed();
  };
  EXPECT_TRUE(resumed(*settings));
  EXPECT_TRUE(resumed(*asking(trust_in("ca.pem", "before.crl"))));
  EXPECT_FALSE(resumed(*asking(trust_in("ca.pem", "after.crl")))) << "the list changed";
  EXPECT_FALSE(resumed(*asking(trust_in("ca.pem")))) << "no list";
  EXPECT_FALSE(resumed(*asking(trust_in("stranger.pem")))) << "other authorities";
  EXPECT_FALSE(resumed(*asking(trust_in("ca.pem", "before.crl"), true))) << "required";
  EXPECT_FALSE(resumed(*asking(trust_in("ca.pem", "before.crl"), false, "there"))) << "another listener";
  EXPECT_FALSE(resumed(*asking(nullptr))) << "none is asked for";
  EXPECT_FALSE(resumed(*settings, "other.test")) << "another name";
  // Who has no ticket that is taken shows the certificate, and is known by it.
  EXPECT_FALSE(resumed(*asking(trust_in("ca.pem", "after.crl")), "server.test", "workload"));
}

TEST_P(ClientCertificates, WhoShowedNoneResumeWithNone) {
  auto settings = asking(trust_in());
  const auto full = call(*settings, {"", GetParam()});
  ASSERT_TRUE(full->session != nullptr);
  const auto again = call(*settings, {"workload", GetParam(), full->session.get()});
  EXPECT_TRUE(again->done && again->server.engine.resumed());
  EXPECT_EQ(again->server.engine.certificate(), nullptr) << "what is not shown is not known";
}

TEST_P(ClientCertificates, StandAsLongAsWhatTheyWereVerifiedBy) {
  auto settings = asking(trust_in("ca.pem", "before.crl"));
  const auto caller = call(*settings, {"revoked", GetParam()});
  ASSERT_TRUE(caller->done);
  Engine& engine = caller->server.engine;
  const WallNs now = WallNs{1'800'000'000} * kNsPerSecond;
  const WallNs end = engine.certificate()->facts.not_after;
  EXPECT_TRUE(engine.stands(*trust_in("ca.pem", "before.crl"), now));
  EXPECT_TRUE(engine.stands(*trust_in("ca.pem"), now)) << "verified anew by others";
  EXPECT_FALSE(engine.stands(*trust_in("ca.pem", "after.crl"), now)) << "revoked meanwhile";
  EXPECT_FALSE(engine.stands(*trust_in("stranger.pem"), now));
  EXPECT_FALSE(engine.stands(*trust_in("ca.pem", "ended.crl"), now));
  EXPECT_TRUE(engine.stands(*trust_in("ca.pem", "before.crl"), now));
  EXPECT_TRUE(engine.stands(*trust_in("ca.pem"), end - 1));
  EXPECT_FALSE(engine.stands(*trust_in("ca.pem"), end)) << "ended";
  EXPECT_FALSE(engine.stands(*trust_in("ca.pem"), WallNs{1'500'000'000} * kNsPerSecond)) << "before it began";
  const auto bare = call(*settings, {"", GetParam()});
  EXPECT_FALSE(bare->server.engine.stands(*trust_in("ca.pem"), now));
}

TEST(ClientTrust, SaysWhatIsWrong) {
  const auto why = [](const std::string& authorities, const std::string* lists) {
    const auto made = ClientTrust::create(authorities, lists);
    return made.ok() ? std::string("fine") : std::string(made.error().revocations ? "list: " : "") + made.error().text;
  };
  const std::string junk = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
  const std::string stranger = data("stranger.crl"), before = data("before.crl");
  EXPECT_EQ(why("", nullptr), "not PEM certificates");
  EXPECT_EQ(why(data("workload.pem"), nullptr), "/O=Example/OU=etl/CN=workload is no certificate authority");
  EXPECT_EQ(why(data("ca.pem") + data("workload.pem"), nullptr), "/O=Example/OU=etl/CN=workload is no certificate authority");
  EXPECT_EQ(why(data("intermediate.pem"), nullptr), "the issuer of /CN=Gatehouse clients intermediate is missing");
  EXPECT_EQ(why(data("ca.pem"), &junk), "list: not PEM revocation lists");
  EXPECT_EQ(why(data("ca.pem"), &stranger), "list: no list that /CN=Gatehouse clients ca signed");
  EXPECT_EQ(why(data("ca.pem") + data("stranger.pem"), &before), "list: no list that /CN=Gatehouse clients stranger signed");
  EXPECT_EQ(why(data("ca.pem") + data("intermediate.pem"), &before), "fine");
  EXPECT_EQ(trust_in("ca.pem", "ended.crl")->revocations_end(), WallNs{1609459200} * kNsPerSecond);
  EXPECT_EQ(trust_in("ca.pem")->revocations_end(), ClientTrust::kEndless);
  EXPECT_NE(trust_in("ca.pem")->digest(), trust_in("ca.pem", "before.crl")->digest());
  EXPECT_EQ(trust_in("ca.pem", "before.crl")->digest(), trust_in("ca.pem", "before.crl")->digest());
}

}  // namespace
}  // namespace gatehouse::tls::test
