// Answers with known values in them: tests/data/pairs.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "mask/map.h"
#include "mask/mask.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

namespace gatehouse::mask {
namespace {

using testing::Padded;
using testing::PlainJson;

std::string read(const std::string& name) {
  std::ifstream file(std::string(PAIRS) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Value {
  size_t begin, end;
  std::string detector;
};

/// Values by the pointer of their string, in order.
std::map<std::string, std::vector<Value>> truth(const std::string& name) {
  std::map<std::string, std::vector<Value>> out;
  std::istringstream lines(read(name));
  std::string place;
  for (Value value; lines >> place >> value.begin >> value.end >> value.detector;) out[place].push_back(value);
  for (auto& [key, values] : out)
    std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) { return a.begin < b.begin; });
  return out;
}

class Pairs : public ::testing::TestWithParam<const char*> {};

/// In every string exactly the labelled values are gone, and nothing else.
TEST_P(Pairs, exactly_the_values_are_masked) {
  auto plan = Plan::compile({{"p", {}, {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}, Method::redact}});
  ASSERT_TRUE(plan.ok());
  Masker masker;
  ASSERT_TRUE(masker.prepare(**plan));
  const std::string body = read(std::string(GetParam()) + ".json");
  auto values = truth(std::string(GetParam()) + ".tsv");
  ASSERT_FALSE(values.empty());
  const Padded padded(body);
  const Masker::Outcome outcome = masker.apply(**plan, 1, padded.view());
  ASSERT_EQ(outcome.reason, Reason::none);
  std::string undone;
  ASSERT_TRUE(undo(outcome.body, outcome.map, &undone));
  EXPECT_EQ(undone, body);

  const PlainJson before(body), after(outcome.body);
  ASSERT_TRUE(after.ok());
  ASSERT_EQ(after.shape(), before.shape());
  size_t whole = 0;
  for (size_t i = 0; i < before.leaves().size(); ++i) {
    std::string expected = before.leaves()[i].text;
    const auto& here = values[before.leaves()[i].place];
    bool cut = false;
    for (size_t k = here.size(); k-- > 0 && before.leaves()[i].kind == 's';) {
      cut = cut || here[k].detector == "cut";
      if (here[k].detector == "cut") continue;
      expected.replace(here[k].begin, here[k].end - here[k].begin, "[redacted:p]");
      ++whole;
    }
    // Of a value that a border cuts, a piece may look like a value of its own: nothing to hold it to yet.
    if (!cut) {
      EXPECT_EQ(after.leaves()[i].text, expected) << before.leaves()[i].place;
    }
  }
  EXPECT_GT(whole, 5u);
}

INSTANTIATE_TEST_SUITE_P(Labelled, Pairs, ::testing::Values("ticket", "table", "csv", "chat", "chat-escaped"));

TEST(Pairs, prose_without_values_passes_untouched) {
  auto plan = Plan::compile({{"p", {}, {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}, Method::redact}});
  Masker masker;
  ASSERT_TRUE(masker.prepare(**plan));
  const std::string body = read("clean-16k.json");
  const Padded padded(body);
  const Masker::Outcome outcome = masker.apply(**plan, 1, padded.view());
  EXPECT_EQ(outcome.reason, Reason::none);
  EXPECT_EQ(outcome.changes, 0u);
  EXPECT_EQ(outcome.body.data(), padded.view().data());
}

}  // namespace
}  // namespace gatehouse::mask
