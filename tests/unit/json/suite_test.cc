// JSONTestSuite: tests/data/jsontestsuite.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "json/document.h"
#include "tests/support/collect_json.h"
#include "tests/support/padded.h"

namespace gatehouse::json {
namespace {

Error walk_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Document document;
  const testing::Padded padded(text);
  testing::CollectJson seen{document, {}, {}, {}};
  return document.walk(padded.view(), seen);
}

/// Well-formed, and refused all the same: a key occurs twice.
const std::set<std::string> kRepeatedKeys = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"};

/// Left open by the suite, accepted here: numbers are judged by grammar.
bool left_open_and_fine(const std::string& name) { return name.rfind("i_number_", 0) == 0; }

TEST(JsonTestSuite, every_file_gets_its_verdict) {
  size_t accepted = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(JSON_TEST_SUITE)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".json") continue;
    const Error error = walk_file(entry.path());
    Error expected = Error::malformed;
    if (kRepeatedKeys.count(name) != 0) expected = Error::duplicate_key;
    else if (name[0] == 'y' || left_open_and_fine(name)) expected = Error::none;
    else if (name == "i_structure_500_nested_arrays.json") expected = Error::too_deep;
    EXPECT_EQ(error, expected) << name;
    ++(error == Error::none ? accepted : refused);
  }
  EXPECT_EQ(accepted, 93u + 10u);
  EXPECT_EQ(refused, 2u + 186u + 25u);
}

}  // namespace
}  // namespace gatehouse::json
