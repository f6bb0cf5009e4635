#include "tls/settings.h"

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

std::string refusal(const std::string& chain, const std::string& key) {
  auto made = ServerSettings::create({{chain, key}}, make_ticket_keys(nullptr));
  return made.ok() ? "" : made.error();
}

TEST(ServerSettings, SayWhatIsWrong) {
  EXPECT_EQ(refusal(file("server.pem"), file("server.key")), "");
  EXPECT_EQ(refusal(file("server.pem"), file("other.key")), "the private key does not belong to the certificate");
  EXPECT_EQ(refusal("", file("server.key")), "not a chain of PEM certificates");
  EXPECT_EQ(refusal("hello", file("server.key")), "not a chain of PEM certificates");
  EXPECT_EQ(refusal(file("server.pem"), ""), "not an unencrypted PEM private key");
  EXPECT_EQ(refusal(file("server.pem"), file("server.pem")), "not an unencrypted PEM private key");
  EXPECT_EQ(refusal(file("server.pem"), file("encrypted.key")), "not an unencrypted PEM private key");
  EXPECT_EQ(refusal(file("expired.pem"), file("expired.key")), "the certificate has expired");
  EXPECT_EQ(refusal(file("short_rsa.pem"), file("short_rsa.key")), "the RSA key is shorter than 2048 bits");
  EXPECT_EQ(refusal(file("p521.pem"), file("p521.key")), "the EC key is not P-256 or P-384");
  std::string broken = file("server.pem");
  broken[broken.size() / 2] = '!';
  EXPECT_EQ(refusal(broken, file("server.key")), "not a chain of PEM certificates");
  EXPECT_EQ(refusal(file("server.pem") + broken, file("server.key")), "not a chain of PEM certificates");
  EXPECT_FALSE(ServerSettings::create({}, make_ticket_keys(nullptr)).ok());

  auto second = ServerSettings::create({certificate("server"), {file("other.pem"), file("server.key")}},
                                       make_ticket_keys(nullptr));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error(), "certificate 2: the private key does not belong to the certificate");
}

TEST(ClientSettings, ReadsTrust) {
  EXPECT_TRUE(ClientSettings::create("").ok()) << "the system's store";
  EXPECT_TRUE(ClientSettings::create(file("ca.pem")).ok());
  EXPECT_TRUE(ClientSettings::create(file("ca.pem") + file("stranger.pem") + file("ca.pem")).ok());
  EXPECT_FALSE(ClientSettings::create("nothing").ok());
  EXPECT_FALSE(ClientSettings::create(file("server.key")).ok());
}

TEST(Describe, ReadsTheLeaf) {
  auto info = describe(file("other.pem"));
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->subject, "CN=Other");
  EXPECT_EQ(info->names, (std::vector<std::string>{"other.test", "exact.wild.test", "mixed.test"}));
  EXPECT_EQ(info->not_before / kNsPerSecond, 1577836800u);
  EXPECT_EQ(info->not_after / kNsPerSecond, 4733510400u);
  EXPECT_EQ(describe(file("chained.pem"))->subject, "CN=Chained");
  EXPECT_FALSE(describe("x").ok());
}

TEST(TicketKeys, Rotate) {
  const TicketKeys first = make_ticket_keys(nullptr);
  const TicketKeys second = make_ticket_keys(&first);
  EXPECT_NE(first.current, second.current);
  EXPECT_EQ(second.previous, first.current);
  EXPECT_EQ(first.previous, (std::array<uint8_t, 48>{}));
}

}  // namespace
}  // namespace gatehouse::tls::test
