#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/sign.h"

namespace gatehouse::crypto {
namespace {

std::string from_hex(ByteView text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

const PrivateKey& rsa_key() {
  static const PrivateKey key = PrivateKey::make_rsa();
  return key;
}

class EveryKeyType : public testing::TestWithParam<KeyType> {
 protected:
  static PrivateKey make() {
    switch (GetParam()) {
      case KeyType::rsa: return rsa_key();
      case KeyType::p256: return PrivateKey::make_p256();
      case KeyType::ed25519: return PrivateKey::make_ed25519();
    }
    return rsa_key();
  }
};
INSTANTIATE_TEST_SUITE_P(Types, EveryKeyType, testing::Values(KeyType::rsa, KeyType::p256, KeyType::ed25519));

TEST_P(EveryKeyType, SignatureHoldsForItsMessageOnly) {
  const PrivateKey key = make();
  const std::string signature = key.sign("message");
  EXPECT_TRUE(key.public_key().verify("message", signature));
  EXPECT_FALSE(key.public_key().verify("messagf", signature));
  EXPECT_FALSE(key.public_key().verify("", signature));
}

TEST_P(EveryKeyType, EveryFlippedBitIsFound) {
  const PrivateKey key = make();
  const std::string signature = key.sign("message");
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string flipped = signature;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(key.public_key().verify("message", flipped)) << i;
  }
}

TEST_P(EveryKeyType, OtherLengthsAreRefused) {
  const PrivateKey key = make();
  const std::string signature = key.sign("message");
  EXPECT_FALSE(key.public_key().verify("message", ""));
  EXPECT_FALSE(key.public_key().verify("message", ByteView(signature).substr(1)));
  EXPECT_FALSE(key.public_key().verify("message", ByteView(signature).substr(0, signature.size() - 1)));
  EXPECT_FALSE(key.public_key().verify("message", signature + '\0'));
  EXPECT_FALSE(key.public_key().verify("message", std::string(1, '\0') + signature));
}

TEST_P(EveryKeyType, AnotherKeyRefuses) {
  const std::string signature = make().sign("message");
  EXPECT_FALSE(PrivateKey::make_p256().public_key().verify("message", signature));
  EXPECT_FALSE(PrivateKey::make_ed25519().public_key().verify("message", signature));
  if (GetParam() != KeyType::rsa) {
    EXPECT_FALSE(rsa_key().public_key().verify("message", signature));
  }
}

TEST_P(EveryKeyType, PartsMakeTheSameKey) {
  const PrivateKey key = make();
  const PublicKey::Parts parts = key.public_key().parts();
  const auto again = [&parts]() {
    switch (GetParam()) {
      case KeyType::rsa: return PublicKey::from_rsa(parts.first, parts.second);
      case KeyType::p256: return PublicKey::from_p256(parts.first, parts.second);
      case KeyType::ed25519: return PublicKey::from_ed25519(parts.first);
    }
    return PublicKey::from_ed25519("");
  }();
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_EQ(again->type(), GetParam());
  EXPECT_TRUE(again->verify("message", key.sign("message")));
}

TEST_P(EveryKeyType, PemKeepsTheKey) {
  const PrivateKey key = make();
  const Secret pem = key.to_pem();
  EXPECT_EQ(pem.reveal().substr(0, 28), "-----BEGIN PRIVATE KEY-----\n");
  const auto loaded = PrivateKey::from_pem(pem.reveal());
  ASSERT_TRUE(loaded.ok()) << loaded.error();
  EXPECT_EQ(loaded->type(), GetParam());
  EXPECT_TRUE(key.public_key().verify("message", loaded->sign("message")));
}

TEST(RsaKey, SizeIsBounded) {
  const std::string e = from_hex("010001");
  const auto of_bits = [](size_t bits) {  // an odd number of exactly that many bits
    std::string n((bits + 7) / 8, '\xff');
    if (bits % 8 != 0) n[0] = static_cast<char>((1 << (bits % 8)) - 1);
    return n;
  };
  EXPECT_FALSE(PublicKey::from_rsa(of_bits(1024), e).ok());
  EXPECT_FALSE(PublicKey::from_rsa(of_bits(2047), e).ok());
  EXPECT_TRUE(PublicKey::from_rsa(of_bits(2048), e).ok());
  EXPECT_TRUE(PublicKey::from_rsa(of_bits(8192), e).ok());
  EXPECT_FALSE(PublicKey::from_rsa(of_bits(8193), e).ok());
  EXPECT_FALSE(PublicKey::from_rsa(std::string(100'000, '\xff'), e).ok());
  EXPECT_FALSE(PublicKey::from_rsa("", e).ok());
  // Leading zero bytes do not make a short modulus long.
  EXPECT_FALSE(PublicKey::from_rsa(std::string(128, '\0') + of_bits(1024), e).ok());
}

TEST(RsaKey, ModulusAndExponentAreOddAndSane) {
  std::string n(256, '\xff');
  for (const char* e : {"", "00", "01", "02", "010000", "0100000001", "ffffffffffffffffff"})
    EXPECT_FALSE(PublicKey::from_rsa(n, from_hex(e)).ok()) << e;
  for (const char* e : {"03", "010001", "00010001", "ffffffff"})
    EXPECT_TRUE(PublicKey::from_rsa(n, from_hex(e)).ok()) << e;
  n.back() = '\xfe';
  EXPECT_FALSE(PublicKey::from_rsa(n, from_hex("010001")).ok());
}

TEST(P256Key, PointMustBeOnTheCurve) {
  auto [x, y] = PrivateKey::make_p256().public_key().parts();
  EXPECT_TRUE(PublicKey::from_p256(x, y).ok());
  EXPECT_FALSE(PublicKey::from_p256(y, x).ok());
  std::string off = y;
  off[31] = static_cast<char>(off[31] ^ 1);
  EXPECT_FALSE(PublicKey::from_p256(x, off).ok());
  EXPECT_FALSE(PublicKey::from_p256(std::string(32, '\0'), std::string(32, '\0')).ok());
}

TEST(P256Key, CoordinatesAreExactly32Bytes) {
  const auto [x, y] = PrivateKey::make_p256().public_key().parts();
  EXPECT_FALSE(PublicKey::from_p256(ByteView(x).substr(1), y).ok());
  EXPECT_FALSE(PublicKey::from_p256(std::string(1, '\0') + x, y).ok());
  EXPECT_FALSE(PublicKey::from_p256(x, y + '\0').ok());
  EXPECT_FALSE(PublicKey::from_p256("", "").ok());
}

TEST(P256Key, CoordinatesOutsideTheFieldAreRefused) {
  // The point with x = 5 is on the curve; x = 5 + p names it a second time and fits 32 bytes.
  const std::string y = from_hex("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
  const std::string x = from_hex("0000000000000000000000000000000000000000000000000000000000000005");
  const std::string x_plus_p = from_hex("ffffffff00000001000000000000000000000001000000000000000000000004");
  ASSERT_TRUE(PublicKey::from_p256(x, y).ok());
  EXPECT_FALSE(PublicKey::from_p256(x_plus_p, y).ok());
}

TEST(P256Signature, ScalarsMustBeInRange) {
  const PrivateKey key = PrivateKey::make_p256();
  const std::string n = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const std::string zero(32, '\0');
  const std::string good = key.sign("m");
  EXPECT_FALSE(key.public_key().verify("m", std::string(64, '\0')));
  EXPECT_FALSE(key.public_key().verify("m", zero + good.substr(32)));
  EXPECT_FALSE(key.public_key().verify("m", good.substr(0, 32) + zero));
  EXPECT_FALSE(key.public_key().verify("m", n + good.substr(32)));
  EXPECT_FALSE(key.public_key().verify("m", good.substr(0, 32) + n));
  EXPECT_FALSE(key.public_key().verify("m", std::string(64, '\xff')));
  // The right numbers with more zeros before them.
  EXPECT_FALSE(key.public_key().verify("m", good.substr(0, 32) + '\0' + good.substr(32)));
}

TEST(Ed25519Key, PointMustBeCanonicalAndOnTheCurve) {
  const auto accepted = [](const char* point) { return PublicKey::from_ed25519(from_hex(point)).ok(); };
  EXPECT_TRUE(accepted("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));  // RFC 8032
  EXPECT_FALSE(accepted("0200000000000000000000000000000000000000000000000000000000000000"));  // no point
  EXPECT_FALSE(accepted("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));  // y = p
  EXPECT_FALSE(accepted("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));  // y = p + 3
  EXPECT_FALSE(accepted("0100000000000000000000000000000000000000000000000000000000000080"));  // x = -0
  EXPECT_FALSE(PublicKey::from_ed25519(std::string(32, '\xff')).ok());
  EXPECT_FALSE(PublicKey::from_ed25519(std::string(31, '\x01')).ok());
  EXPECT_FALSE(PublicKey::from_ed25519(std::string(33, '\x01')).ok());
}

TEST(Ed25519Key, SmallOrderIsRefused) {  // all canonical points of order 1, 2, 4 and 8
  for (const char* point : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "0000000000000000000000000000000000000000000000000000000000000080",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"}) {
    const auto key = PublicKey::from_ed25519(from_hex(point));
    ASSERT_FALSE(key.ok()) << point;
    EXPECT_EQ(key.error(), "the Ed25519 key has small order") << point;
  }
}

TEST(Ed25519Key, EveryMadeKeyIsAccepted) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(PrivateKey::make_ed25519().type(), KeyType::ed25519);
}

TEST(PrivateKeyPem, OtherTextIsRefused) {
  EXPECT_FALSE(PrivateKey::from_pem("").ok());
  for (const std::string label : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY"}) {
    const std::string pem = "-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n";
    EXPECT_FALSE(PrivateKey::from_pem(pem).ok()) << label;
  }
}

}  // namespace
}  // namespace gatehouse::crypto
