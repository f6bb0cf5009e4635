// Project Wycheproof's JWS and JWK vectors. Their payloads are no claims, so form, header, key and signature
// are judged: read_jws and check_jws, which verify_jwt is made of.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "base/limits.h"
#include "identity/jws.h"

namespace gatehouse::identity {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

std::string text_of(element node, std::string_view key) {
  std::string_view text;
  return node[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

bool holds(const KeySet& keys, ByteView token) {
  const auto jws = read_jws(token);
  return jws.ok() && check_jws(*jws, keys).ok();
}

struct Count {
  int held = 0;          // valid, and accepted here
  int refused = 0;       // not valid, and refused here
  int not_spoken = 0;    // valid under an algorithm that is not spoken here: refused
};

/// run judges every test of a file whose group has a public key or a key set in `member`.
Count run(const std::string& name, bool sets) {
  Count count;
  simdjson::dom::parser parser;
  element file;
  array groups;
  EXPECT_EQ(parser.load(std::string(GATEHOUSE_TEST_DATA "/wycheproof/") + name).get(file), simdjson::SUCCESS);
  EXPECT_EQ(file["testGroups"].get(groups), simdjson::SUCCESS);
  for (const element group : groups) {
    element key;
    if (group["public"].get(key) != simdjson::SUCCESS && group["private"].get(key) != simdjson::SUCCESS)
      continue;
    const std::string text = simdjson::minify(key);
    const auto keys = KeySet::parse(sets ? text : "{\"keys\":[" + text + "]}");
    array tests;
    EXPECT_EQ(group["tests"].get(tests), simdjson::SUCCESS);
    for (const element test : tests) {
      const bool accepted = keys.ok() && holds(**keys, text_of(test, "jws"));
      const bool valid = text_of(test, "result") == "valid";
      const bool spoken = keys.ok() && (*keys)->size() > 0;
      if (valid && !spoken) {
        EXPECT_FALSE(accepted);
        ++count.not_spoken;
        continue;
      }
      EXPECT_EQ(accepted, valid) << simdjson::minify(test["tcId"]) << " " << text_of(test, "comment") << " "
                                 << text_of(test, "jws") << " " << (keys.ok() ? "" : keys.error());
      ++(valid ? count.held : count.refused);
    }
  }
  return count;
}

TEST(Wycheproof, JsonWebSignature) {
  const Count count = run("json_web_signature_test.json", false);
  EXPECT_EQ(count.held, 10);
  EXPECT_EQ(count.refused, 355);
  EXPECT_EQ(count.not_spoken, 36);
}

TEST(Wycheproof, JsonWebKey) {
  const Count count = run("json_web_key_test.json", true);
  EXPECT_EQ(count.held, 1);
  EXPECT_EQ(count.refused, 21);
  EXPECT_EQ(count.not_spoken, 4);
}

}  // namespace
}  // namespace gatehouse::identity
