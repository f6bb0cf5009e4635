#include "http/query.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::http {
namespace {

std::vector<std::string> walked(ByteView query, ByteView separators) {
  std::vector<std::string> all;
  QueryWalk walk(query, separators);
  QueryWalk::Parameter parameter;
  while (walk.next(&parameter)) all.push_back(std::string(parameter.name) + "->" + std::string(parameter.value));
  return all;
}

std::string decoded(ByteView raw) {
  std::string out(raw.size(), '?');
  const auto length = decode_query_text(raw, out.data());
  return length ? out.substr(0, *length) : "(refused)";
}

TEST(Query, IsWalkedParameterByParameter) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(walked("a=1&b&=2&c=&d=e=f", "&"), (Texts{"a->1", "b->", "->2", "c->", "d->e=f"}));
  EXPECT_EQ(walked("&&a=1&", "&"), (Texts{"a->1"}));
  EXPECT_EQ(walked("", "&"), Texts{});
  EXPECT_EQ(walked("a=1;b=2", "&"), (Texts{"a->1;b=2"}));
  EXPECT_EQ(walked("a=1;b=2", "&;"), (Texts{"a->1", "b->2"}));
}

TEST(Query, IsDecodedOnce) {
  EXPECT_EQ(decoded("a+b%20c%2Bd%2520"), "a b c+d%20");
  EXPECT_EQ(decoded("%e4%BD%a0"), "\xe4\xbd\xa0");
  EXPECT_EQ(decoded("%00"), std::string(1, '\0'));
  for (const char* broken : {"%", "%1", "a%2", "%g0", "%0g", "%u0041", "%ff", "%c0%af", "%e0%80%af", "%ed%a0%80",
                             "%f4%90%80%80", "%f8%88%80%80%80", "%c3", "%c3a", "%80"})
    EXPECT_EQ(decoded(broken), "(refused)") << broken;
}

TEST(Query, CredentialsAreKnownByTheirNames) {
  for (const char* name : {"access_token", "Access-Token", "ACCESS.TOKEN", "%61ccess_token", "access%5Ftoken", "token",
                           "token[]", "token%5B0%5D", "key", "api_key", "apikey", "apiKey", "API-KEY", "X-Api-Key", "sig",
                           "signature", "password", "client_secret", "X-Amz-Signature", "+token", "%20token", "token%00x",
                           "token+", "access+token", "jwt"})
    EXPECT_TRUE(names_credential(name)) << name;
  for (const char* name : {"", "keys", "tokens", "tokenizer", "max_tokens", "chunk_size", "keyword", "a", "%", "%6", "[]",
                           "monkey", "sort_key", "x[token]", "this_name_is_longer_than_any_that_is_known_here_token"})
    EXPECT_FALSE(names_credential(name)) << name;
}

}  // namespace
}  // namespace gatehouse::http
