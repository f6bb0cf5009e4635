// Each method on every kind of value, whole, as a stream and in pieces: tests/data/mask_methods.txt says what becomes of it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "crypto/secret.h"
#include "mask/map.h"
#include "mask/stream.h"
#include "tests/support/masked_stream.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

namespace gatehouse::mask {
namespace {

constexpr Method kMethods[] = {Method::redact, Method::partial, Method::hash, Method::drop, Method::null, Method::replace};

/// Row is a body of the table, and its comments and title before it.
struct Row {
  std::string before, what, type, body;
  std::vector<std::string> fields, masked;   // masked: by method
  bool found = false;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}
std::string shown(const std::string& bytes) { return replaced(replaced(bytes, "\r", "␍"), "\n", "␊"); }
std::string bytes_of(const std::string& shown) { return replaced(replaced(shown, "␍", "\r"), "␊", "\n"); }

std::vector<Row> rows() {
  std::vector<Row> out;
  std::ifstream file(METHODS);
  std::string before;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("== ", 0) != 0) {
      if (line.empty() || line[0] == '#') before += line + "\n";
      else out.back().masked.push_back(bytes_of(line.substr(line.find(' ') + 1)));
      continue;
    }
    Row& row = out.emplace_back();
    row.before = before + line + "\n";
    before.clear();
    std::istringstream title(line.substr(3));
    std::string fields, found, field;
    std::getline(title, row.what, '|');
    std::getline(title, row.type, '|');
    std::getline(title, fields, '|');
    std::getline(title, found);
    row.found = found.find("found") != std::string::npos;
    for (std::istringstream each(fields); each >> field;) row.fields.push_back(field);
    std::getline(file, line);
    row.before += line + "\n";
    row.body = bytes_of(line);
  }
  return out;
}

class Methods : public ::testing::Test {
 protected:
  void use(const Row& row, Method method) {
    MaskRule rule{"m", row.fields, {}, method};
    if (row.found) rule.detectors = {detect::Detector::email, detect::Detector::payment_card};
    if (method == Method::replace) rule.text = "(\"t\", \n)";
    if (method == Method::hash) rule.hash_key = std::make_shared<const crypto::Secret>(ByteView("0123456789abcdef0123456789abcdef"));
    const auto plan = Plan::compile({rule});
    ASSERT_TRUE(plan.ok()) << plan.error().text;
    plan_ = *plan;
    ASSERT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  }

  /// What the stream makes of it, the same for all pieces.
  std::string streamed(const Row& row) {
    const auto run = [&](const testing::Cut& cut) {
      return testing::mask_stream(stream_, *plan_, ~Selection{0}, {row.type, {}, false}, row.body, cut);
    };
    const testing::MaskedStream all = run(testing::whole());
    EXPECT_EQ(all.reason, Reason::none);
    EXPECT_TRUE(all.undone);
    for (const size_t size : {size_t{1}, size_t{7}}) {
      const testing::MaskedStream pieces = run(testing::cut_every(size));
      EXPECT_EQ(pieces.masked, all.masked) << "pieces of " << size;
      EXPECT_EQ(pieces.changes, all.changes) << "pieces of " << size;
      EXPECT_TRUE(pieces.undone) << "pieces of " << size;
    }
    return all.masked;
  }

  /// A whole document gives the same, and stays one.
  void masked_whole(const Row& row, Method method, const std::string& masked) {
    const testing::Padded padded(row.body);
    const Masker::Outcome outcome = masker_.apply(*plan_, ~Selection{0}, padded.view());
    EXPECT_EQ(outcome.body, masked);
    std::string original = row.body;
    EXPECT_TRUE(outcome.changes == 0 || undo(outcome.body, outcome.map, &original));
    EXPECT_EQ(original, row.body);
    EXPECT_TRUE(testing::PlainJson(masked).ok());
    const bool shape_stays = row.fields.empty() || (method != Method::drop && method != Method::null);
    EXPECT_TRUE(!shape_stays || testing::PlainJson(masked).shape() == testing::PlainJson(row.body).shape());
  }

  std::shared_ptr<const Plan> plan_;
  Stream stream_;
  Masker masker_;
};

TEST_F(Methods, OnEveryKindOfValue) {
  const bool update = std::getenv("UPDATE_EXPECTED") != nullptr;
  std::string written;
  const std::vector<Row> all = rows();
  ASSERT_GT(all.size(), 40U);
  for (const Row& row : all) {
    written += row.before;
    ASSERT_TRUE(update || row.masked.size() == std::size(kMethods)) << row.what;
    for (size_t i = 0; i < std::size(kMethods); ++i) {
      SCOPED_TRACE(row.what + std::string(method_name(kMethods[i])));
      use(row, kMethods[i]);
      const std::string masked = streamed(row);
      if (row.type.find("application/json") != std::string::npos) masked_whole(row, kMethods[i], masked);
      EXPECT_EQ(masked, update ? masked : row.masked[i]);
      written += std::string(method_name(kMethods[i])) + " " + shown(masked) + "\n";
    }
  }
  if (update) std::ofstream(METHODS) << written;
}

}  // namespace
}  // namespace gatehouse::mask
