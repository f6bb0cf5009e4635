// Project Wycheproof's vectors against PublicKey::verify. What they call "acceptable" (one RSA signature
// whose digest algorithm lacks its NULL parameter) is refused here.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <string>

#include "crypto/signature.h"

namespace gatehouse::crypto {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::string text_of(element node, std::string_view key) {
  std::string_view text;
  EXPECT_EQ(node[key].get(text), simdjson::SUCCESS) << key;
  return std::string(text);
}

element member(element node, std::string_view key) {
  element value;
  EXPECT_EQ(node[key].get(value), simdjson::SUCCESS) << key;
  return value;
}

array list_of(element node, std::string_view key) {
  array list;
  EXPECT_EQ(node[key].get(list), simdjson::SUCCESS) << key;
  return list;
}

/// number_of reads a hexadecimal number as `size` bytes (the files write a sign byte in front).
std::string number_of(element node, std::string_view key, size_t size) {
  std::string bytes = from_hex(text_of(node, key));
  bytes.erase(0, bytes.size() > size ? bytes.size() - size : 0);
  return std::string(size - bytes.size(), '\0') + bytes;
}

template <typename MakeKey>
void run(const std::string& name, size_t expected_valid, size_t expected_other, MakeKey&& make_key) {
  simdjson::dom::parser parser;
  element file;
  ASSERT_EQ(parser.load(std::string(GATEHOUSE_TEST_DATA "/wycheproof/") + name).get(file), simdjson::SUCCESS);
  std::map<std::string, size_t> ran;
  for (const element group : list_of(file, "testGroups")) {
    const auto key = make_key(group);
    ASSERT_TRUE(key.ok()) << key.error();
    for (const element test : list_of(group, "tests")) {
      const std::string result = text_of(test, "result");
      const bool holds = key->verify(from_hex(text_of(test, "msg")), from_hex(text_of(test, "sig")));
      EXPECT_EQ(holds, result == "valid")
          << name << " test " << simdjson::minify(member(test, "tcId")) << ": " << text_of(test, "comment");
      ++ran[result];
    }
  }
  EXPECT_EQ(ran["valid"], expected_valid);  // none left out
  EXPECT_EQ(ran["invalid"] + ran["acceptable"], expected_other);
}

TEST(Wycheproof, EcdsaP256WithRawSignatures) {
  run("ecdsa_secp256r1_sha256_p1363_test.json", 173, 89, [](element group) {
    const element key = member(group, "publicKey");
    return PublicKey::from_p256(number_of(key, "wx", 32), number_of(key, "wy", 32));
  });
}

TEST(Wycheproof, Ed25519) {
  run("ed25519_test.json", 88, 63, [](element group) {
    return PublicKey::from_ed25519(from_hex(text_of(member(group, "publicKey"), "pk")));
  });
}

TEST(Wycheproof, RsaPkcs1Sha256) {
  run("rsa_signature_2048_sha256_test.json", 9, 250, [](element group) {
    const element key = member(group, "publicKey");
    return PublicKey::from_rsa(from_hex(text_of(key, "modulus")), from_hex(text_of(key, "publicExponent")));
  });
}

}  // namespace
}  // namespace gatehouse::crypto
