// Copies that stand in a row: values go on from one packed copy into the next.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "codec/base64.h"
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
  CopyRow() {
    auto compiled = Plan::compile({{"all", {}, {Detector::email, Detector::us_ssn, Detector::payment_card}}});
    plan_ = *compiled;
    stream_.prepare(*plan_);
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
    constexpr ByteView kBegin = "\"orig_elements\":\"", kText = "\"text\":\"";
    for (size_t at = 0; (at = last.masked.find(kBegin, at)) != std::string::npos;) {
      at += kBegin.size();
      const auto inside = codec::decode_base64(ByteView(last.masked).substr(at, last.masked.find('"', at) - at));
      if (!inside.has_value()) return {"not base64"};
      const size_t begin = inside->find(kText) + kText.size();
      found.push_back(inside->substr(begin, inside->find('"', begin) - begin));
    }
    return found;
  }

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
