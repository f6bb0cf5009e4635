// Copies that stand in a row: values go on from one packed copy into the next.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "codec/base64.h"
#include "crypto/secret.h"
#include "tests/support/masked_stream.h"

namespace gatehouse::mask {
namespace {

using testing::cut_every;
using testing::MaskedStream;

std::string packed(const std::string& text) {
  return codec::encode_base64(R"([{"type":"NarrativeText","text":")" + text + R"("}])");
}

class CopyRow : public ::testing::Test {
 protected:
  CopyRow() { use({"all", {}, {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}}); }

  void use(const MaskRule& rule) {
    auto compiled = Plan::compile({rule});
    ASSERT_TRUE(compiled.ok());
    plan_ = *compiled;
    ASSERT_TRUE(stream_.prepare(*plan_));
  }

  /// The texts inside the copies of a masked answer with these texts, the same for every cut.
  std::vector<std::string> texts(const std::vector<std::string>& given) {
    std::string body;
    for (const std::string& text : given)
      body += (body.empty() ? "[" : ",") + std::string(R"({"orig_elements":")") + packed(text) + "\"}";
    body += "]";
    const mask::Answer answer{"application/json", {}, false};
    const MaskedStream last = testing::mask_stream(stream_, *plan_, 1, answer, body, testing::whole());
    EXPECT_TRUE(last.undone);
    for (const size_t size : {size_t{1}, size_t{50}}) {
      const MaskedStream pieces = testing::mask_stream(stream_, *plan_, 1, answer, body, cut_every(size));
      EXPECT_EQ(pieces.masked, last.masked) << size;
      EXPECT_TRUE(pieces.undone);
    }
    std::vector<std::string> found;
    inside_.clear();
    constexpr ByteView kBegin = "\"orig_elements\":\"", kText = "\"text\":\"";
    for (size_t at = 0; (at = last.masked.find(kBegin, at)) != std::string::npos;) {
      at += kBegin.size();
      const auto inside = codec::decode_base64(ByteView(last.masked).substr(at, last.masked.find('"', at) - at));
      if (!inside.has_value()) return {"not base64"};
      inside_.push_back(*inside);
      const size_t begin = inside->find(kText) + kText.size();
      found.push_back(inside->substr(begin, inside->find('"', begin) - begin));
    }
    return found;
  }

  std::vector<std::string> inside_;   // the documents of the last texts()
  std::shared_ptr<const Plan> plan_;
  Stream stream_;
};

TEST_F(CopyRow, a_value_cut_between_two_copies_is_gone_from_both) {
  const auto found = texts(
      {"my card 4111 1111 1", "111 1111 was charged, SSN 536-2", "2-8145; write to ada@exa", "mple.org or do not"});
  ASSERT_EQ(found.size(), 4u);
  std::string all;
  for (const std::string& text : found) all += text + "|";
  for (const char* piece : {"4111", "111 1", "536", "8145", "ada", "mple.org"})
    EXPECT_EQ(all.find(piece), std::string::npos) << all;
  for (const char* word : {"my card ", " was charged, SSN ", "; write to ", " or do not|"})
    EXPECT_NE(all.find(word), std::string::npos) << all;
}

// Of an account number's second part three groups are a telephone number by themselves, which is not all of it.
TEST_F(CopyRow, a_part_that_holds_another_value_is_gone_whole) {
  for (const Method method : {Method::redact, Method::partial, Method::drop}) {
    use({"m", {}, {detect::Detector::iban, detect::Detector::phone}, method});
    const auto found = texts({"to DE44 50", "01 0517 5407 3249 31 now", "x"});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[1], " now") << method_name(method);
  }
}

// What a path names is hashed once: the same in a copy as beside it, whatever goes over the copy's borders.
TEST_F(CopyRow, a_path_is_taken_once) {
  MaskRule rule{"m", {"[*].name", "**.text"}, {detect::Detector::email}, Method::hash};
  rule.hash_key = std::make_shared<const crypto::Secret>(ByteView("0123456789abcdef0123456789abcdef"));
  use(rule);
  const auto rows = texts({"Ann Bobson", "Ann Bobson", "ada@exa", "mple.org"}), one = texts({"Ann Bobson"});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0], one[0]);
  EXPECT_EQ(rows[1], one[0]);
}

// Documents of several lines stay as they are but for what is masked; where a value goes over a border and there are tabs or carriage
// returns, too, blanks stand for some of the white space.
TEST_F(CopyRow, line_ends_stay) {
  const char* const kBlanks[][2] = {{"\n ", "\n "}, {"\r\n  ", " \n  "}, {"\n\t", " \t"}};
  for (const auto& blanks : kBlanks) {
    const std::string given = blanks[0], masked = blanks[1];
    texts({std::string("to ada@exa\",") + given + "\"n\":1,\"x\":\"", std::string("mple.org or\",") + given + "\"n\":1,\"x\":\""});
    ASSERT_EQ(inside_.size(), 2u);
    EXPECT_EQ(inside_[0], std::string("[{\"type\":\"NarrativeText\",\"text\":\"to [redacted:all]\",") + masked + "\"n\":1,\"x\":\"\"}]");
    EXPECT_EQ(inside_[1], std::string("[{\"type\":\"NarrativeText\",\"text\":\" or\",") + masked + "\"n\":1,\"x\":\"\"}]");
  }
}

TEST_F(CopyRow, white_space_stays_where_nothing_goes_over_a_border) {
  texts({"to ada@example.org\",\r\n\t\"n\":1,\"x\":\"", "more of it\",\r\n\t\"n\":1,\"x\":\""});
  ASSERT_EQ(inside_.size(), 2u);
  EXPECT_EQ(inside_[0], "[{\"type\":\"NarrativeText\",\"text\":\"to [redacted:all]\",\r\n\t\"n\":1,\"x\":\"\"}]");
}

TEST_F(CopyRow, whole_values_and_copies_without_any_are_as_before) {
  EXPECT_EQ(texts({"to ada@example.org.", "Nothing here", "4111 1111 1111 1111"}),
            (std::vector<std::string>{"to [redacted:all].", "Nothing here", "[redacted:all]"}));
  EXPECT_EQ(texts({"only one: 536-22-8145"}), std::vector<std::string>{"only one: [redacted:all]"});
}

TEST_F(CopyRow, an_event_does_not_wait_for_the_next) {
  std::string body;
  for (int i = 0; i < 3; ++i) body += R"(data: {"orig_elements":")" + packed("to ada@example.org.") + "\"}\n\n";
  const MaskedStream last =
      testing::mask_stream(stream_, *plan_, 1, {"text/event-stream", {}, false}, body, cut_every(body.size() / 3));
  EXPECT_EQ(last.reason, Reason::none);
  EXPECT_LE(last.first_out, body.size() / 3);
  EXPECT_EQ(last.changes.size(), 3u);
}

TEST_F(CopyRow, copies_under_other_names_are_no_row) {
  const std::string body = R"({"a":")" + packed("card 4111 1111 1") + R"(","b":")" + packed("111 1111 and more") + "\"}";
  const MaskedStream last = testing::mask_stream(stream_, *plan_, 1, {"application/json", {}, false}, body, testing::whole());
  EXPECT_EQ(last.masked, body);
}

}  // namespace
}  // namespace gatehouse::mask
