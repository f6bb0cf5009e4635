// API keys: one text for one key, and no way to find out more about it than that it is good.
#include "identity/api_key.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "crypto/digest.h"
#include "identity/jwt.h"
#include "identity/ledger.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kToday = 1'800'000'000 * kNsPerSecond;

std::string text_with(uint8_t seed) {
  std::array<uint8_t, 10> id;
  std::array<uint8_t, 32> secret;
  id.fill(seed);
  secret.fill(static_cast<uint8_t>(seed * 7 + 1));
  return api_key_text(api_key_id(id), secret);
}

ApiKey key_of(const std::string& text) {
  ApiKey key;
  key.id = id_of_api_key(text);
  key.name = "nightly-import";
  key.groups = {"ingest", "readers"};
  key.digest = crypto::sha256(text);
  return key;
}

std::shared_ptr<const ApiKeySet> set_of(std::vector<ApiKey> keys) { return std::make_shared<ApiKeySet>(std::move(keys)); }

TEST(ApiKey, HasOneText) {
  const std::string text = text_with(3);
  ASSERT_EQ(text.size(), kApiKeyText);
  EXPECT_EQ(text.substr(0, 21), "ghk_" + std::string(id_of_api_key(text)) + "_");
  for (size_t at = 0; at < text.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string other = text;
      other[at] = static_cast<char>(byte);
      EXPECT_EQ(id_of_api_key(other).empty(), other != text) << at << " " << byte;
    }
  EXPECT_TRUE(id_of_api_key(text + "0").empty());
  EXPECT_TRUE(id_of_api_key(text.substr(1)).empty());
  EXPECT_TRUE(id_of_api_key("").empty());
}

// 43 characters of base64url hold two bits more than 32 bytes: they are zero, or the check of another text would be right, too.
TEST(ApiKey, HasNoSecondTextWithARightCheck) {
  std::string text = text_with(3).substr(0, 64);
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t good = 0;
  for (const char last : alphabet) {
    text[63] = last;
    char check[9];
    std::snprintf(check, sizeof check, "%08x", static_cast<unsigned>(crypto::crc32c(text)));
    good += id_of_api_key(text + check).empty() ? 0 : 1;
  }
  EXPECT_EQ(good, 16U);
}

TEST(ApiKey, IdsAreTheirBits) {
  std::set<std::string> seen;
  for (int bit = 0; bit < 80; ++bit) {
    std::array<uint8_t, 10> random{};
    random[static_cast<size_t>(bit / 8)] = static_cast<uint8_t>(0x80 >> bit % 8);
    const std::string id = api_key_id(random);
    EXPECT_TRUE(is_api_key_id(id));
    EXPECT_TRUE(seen.insert(id).second);
  }
  EXPECT_FALSE(is_api_key_id("aaaaaaaaaaaaaaa1"));
  EXPECT_FALSE(is_api_key_id("AAAAAAAAAAAAAAAA"));
}

TEST(ApiKey, ProvesItsIdentity) {
  const std::string text = text_with(3);
  const auto set = set_of({key_of(text_with(4)), key_of(text), key_of(text_with(5))});
  ApiKeyDesk desk;
  const auto identity = desk.verify(set, text, kToday);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ((*identity)->proof, Proof::api_key);
  EXPECT_EQ((*identity)->issuer, kApiKeyIssuer);
  EXPECT_EQ((*identity)->subject, "nightly-import");
  EXPECT_EQ((*identity)->groups, (std::vector<std::string>{"ingest", "readers"}));
  EXPECT_EQ((*identity)->expires, kNoEnd);
  EXPECT_EQ((*identity)->token_id, id_of_api_key(text));
  EXPECT_EQ((*identity)->who, crypto::sha256((*identity)->issuer_url + "\nnightly-import"));
  EXPECT_EQ(desk.verify(set, text, kToday)->get(), identity->get());                    // kept
  EXPECT_NE(desk.verify(set_of(set->keys()), text, kToday)->get(), identity->get());   // not beyond its set
}

// Who has not the secret learns nothing of the key: neither that its id exists nor that it was revoked.
TEST(ApiKey, TellsNothingToWhoHasNotTheSecret) {
  const std::string text = text_with(3);
  ApiKey revoked = key_of(text), expired = key_of(text);
  revoked.revoked = kToday - 1;
  expired.expires = kToday;
  std::array<uint8_t, 32> other{};
  const std::string guess = api_key_text(revoked.id, other);
  for (const auto& set : {set_of({}), set_of({key_of(text)}), set_of({revoked}), set_of({expired})})
    EXPECT_EQ(ApiKeyDesk().verify(set, guess, kToday).error(), Reason::key_unknown);
  EXPECT_EQ(ApiKeyDesk().verify(set_of({revoked}), text, kToday).error(), Reason::token_revoked);
  EXPECT_EQ(ApiKeyDesk().verify(set_of({expired}), text, kToday).error(), Reason::key_expired);
  EXPECT_TRUE(ApiKeyDesk().verify(set_of({expired}), text, kToday - 1).ok());
  EXPECT_EQ(ApiKeyDesk().verify(set_of({}), text.substr(0, 71) + "x", kToday).error(), Reason::token_malformed);
}

TEST(ApiKey, IsNoTokenAndNoTokenIsOne) {
  const std::string text = text_with(3);
  EXPECT_EQ(verify_jwt({}, text, kToday).error(), Reason::token_malformed);
  EXPECT_FALSE(is_api_key("eyJhbGciOiJFUzI1NiJ9.e30.AA"));
  EXPECT_EQ(bearer_token("Bearer " + text), text);   // it fits where tokens stand
}

TEST(ApiKey, FaultsOfNamesAndGroups) {
  ApiKey key = key_of(text_with(3));
  EXPECT_EQ(fault_of(key), "");
  for (const std::string& name : {std::string(), std::string(129, 'a'), std::string("a\nb"), std::string(" a"), std::string("\xff")}) {
    ApiKey bad = key;
    bad.name = name;
    EXPECT_NE(fault_of(bad), "") << name;
    bad = key;
    bad.groups = {name.size() == 129 ? std::string(257, 'a') : name};
    EXPECT_NE(fault_of(bad), "") << name;
  }
  key.groups = {"b", "a"};
  EXPECT_NE(fault_of(key), "");
  key.groups = {"a", "a"};
  EXPECT_NE(fault_of(key), "");
  key.groups = {};
  EXPECT_NE(fault_of(key), "");
}

TEST(Ledger, JudgesAnIdentityByTheKeysOfNow) {
  const std::string text = text_with(3);
  const ApiKey key = key_of(text);
  const auto identity = *ApiKeyDesk().verify(set_of({key}), text, kToday);
  const auto ledger = [](std::vector<ApiKey> keys) {
    Ledger made = *Ledger::none();
    made.api_keys = set_of(std::move(keys));
    return made;
  };
  EXPECT_EQ(ledger({key}).standing(*identity, kToday), Reason::none);
  EXPECT_EQ(ledger({}).standing(*identity, kToday), Reason::key_unknown);
  ApiKey other = key;
  other.digest[0] ^= 1;   // of the same id, from another store
  EXPECT_EQ(ledger({other}).standing(*identity, kToday), Reason::key_unknown);
  other = key;
  other.revoked = kToday;
  EXPECT_EQ(ledger({other}).standing(*identity, kToday), Reason::token_revoked);
  other = key;
  other.expires = kToday + 5;   // brought forward after it was verified
  EXPECT_EQ(ledger({other}).ends(*identity), kToday + 5);
  EXPECT_EQ(ledger({other}).standing(*identity, kToday + 4), Reason::none);
  EXPECT_EQ(ledger({other}).standing(*identity, kToday + 5), Reason::key_expired);
}

}  // namespace
}  // namespace gatehouse::identity
