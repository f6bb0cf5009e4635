// JSON as it comes: values in any pieces, across siblings; methods; bounds.
#include "mask/json_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <tuple>

#include "crypto/secret.h"
#include "tests/support/masked_json.h"
#include "tests/support/plain_json.h"

namespace gatehouse::mask {
namespace {

using testing::JsonMasker;
using testing::MaskedJson;

const std::vector<detect::Detector> kSome = {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card, detect::Detector::private_key};

std::shared_ptr<const Plan> plan_of(const std::vector<MaskRule>& rules) {
  auto plan = Plan::compile(rules);
  GH_ASSERT(plan);
  return *plan;
}

class JsonSourceTest : public ::testing::Test {
 protected:
  void use(const std::vector<MaskRule>& rules) {
    plan_ = plan_of(rules);
    masker_ = std::make_unique<JsonMasker>(plan_);
    whole_ = std::make_unique<Masker>();
    whole_->prepare(*plan_);
  }

  /// The document in pieces of many sizes; all must agree, with the whole too, and give the original back.
  MaskedJson all(const std::string& body, json::Leniency leniency = {}) {
    const MaskedJson once = masker_->run(~Selection{0}, body, [](size_t left) { return left; }, 16384, leniency);
    for (const size_t size : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{64}, size_t{1000}})
      for (const size_t least : {size_t{1}, size_t{16384}}) {
        const MaskedJson cut = masker_->run(~Selection{0}, body, [&](size_t left) { return std::min(left, size); }, least, leniency);
        EXPECT_EQ(cut.ok, once.ok);
        if (!once.ok) continue;
        EXPECT_EQ(cut.masked, once.masked) << size << " " << least;
        EXPECT_EQ(cut.original, body);
        EXPECT_EQ(cut.count, once.count);
      }
    const testing::Padded padded(body);
    const Masker::Outcome outcome = whole_->apply(*plan_, ~Selection{0}, padded.view(), leniency);
    EXPECT_EQ(outcome.reason == Reason::none, once.ok) << body;
    if (once.ok) {
      EXPECT_EQ(outcome.body, once.masked);
    }
    return once;
  }
  std::string masked(const std::string& body) { return all(body).masked; }

  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<JsonMasker> masker_;
  std::unique_ptr<Masker> whole_;
};

TEST_F(JsonSourceTest, strings_keys_and_numbers) {
  use({{"p", {"**.pin"}, kSome, Method::redact}});
  EXPECT_EQ(masked(R"({"a@x.com": [ "to b\u0040x.com\n", 4111111111111111 , true], "pin":"1234","o":{"pin":[1,null,"x"]}} )"),
            R"({"[redacted:p]": [ "to [redacted:p]\n", 0 , true], "pin":"[redacted:p]","o":{"pin":[0,null,"[redacted:p]"]}} )");
  const MaskedJson made = all(R"({"k":{"text":["x","c@x.com"]}})");
  EXPECT_EQ(made.changes, "19 /k/text/1 p email c@x.com>[redacted:p]\n");
  EXPECT_FALSE(all(R"({"a":1,"a":2})").ok);
  EXPECT_TRUE(all(R"({"a":1,"a":"x@x.com"})", {true, true}).ok);
  EXPECT_FALSE(all(R"(["a@x.com)").ok);
}

// A word's sign stands once, at its twentieth letter, however long it is.
TEST_F(JsonSourceTest, a_key_behind_a_dash_in_a_long_word_that_ends_a_text) {
  use({{"p", {}, {detect::Detector::github_token}, Method::redact}});
  const std::string key = "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";
  for (const size_t before : {10, 60, 70, 80, 100, 300, 900, 1500}) {
    std::string word;
    while (word.size() < before) word += "qwertzuiop";
    const std::string row = R"([{"text":")" + word + "-" + key + R"("},{"text":" and more of it."}])";
    EXPECT_EQ(masked(row).find(key), std::string::npos) << before;
  }
}

/// A document as a service cuts it, `size` characters a chunk.
std::string chunked(const std::string& text, size_t size, size_t overlap, bool offsets) {
  std::string out = "[";
  for (size_t at = 0; at < text.size(); at += size - overlap) {
    const std::string part = text.substr(at, size);
    if (out.size() > 1) out += ",";
    out += "{\"text\":\"" + part + "\"";
    if (offsets) out += ",\"start_index\":" + std::to_string(at) + ",\"end_index\":" + std::to_string(at + part.size());
    out += ",\"token_count\":" + std::to_string(part.size()) + "}";
    if (at + size >= text.size()) break;
  }
  return out + "]";
}

/// All text of a masked answer, chunk after chunk.
std::string texts_of(const std::string& body) {
  const testing::PlainJson plain(body);
  std::string out;
  for (const testing::Leaf& leaf : plain.leaves())
    if (leaf.kind == 's') out += leaf.text;
  return out;
}

TEST_F(JsonSourceTest, values_cut_into_any_number_of_chunks) {
  use({{"p", {}, kSome, Method::redact}});
  // The blank in front shows where no offsets do that nothing is cut off.
  const std::string text =
      " Write to jane.doe+x@mail.example.org now. Card 4111 1111 1111 1111, SSN 123-45-6789. Versions 1.2.3.4 and 10 @ 20 stay, so do words. ";
  const std::string want = " Write to [redacted:p] now. Card [redacted:p], SSN [redacted:p]. Versions 1.2.3.4 and 10 @ 20 stay, so do words. ";
  for (const bool offsets : {true, false})
    for (size_t size = 1; size < 40; ++size) {
      const MaskedJson made = all(chunked(text, size, 0, offsets));
      ASSERT_TRUE(made.ok);
      EXPECT_EQ(texts_of(made.masked), want) << size << offsets;
    }
}

TEST_F(JsonSourceTest, overlapping_chunks_hide_both_copies) {
  use({{"p", {}, kSome, Method::redact}});
  const std::string text = " Write to jane.doe@mail.example.org. Card 4539 1488 0343 6467 and no more of it; SSN 523-45-6789 is the end.";
  for (const bool offsets : {true, false})
    for (size_t size = 6; size < 60; ++size)
      for (size_t overlap = 1; overlap < size && overlap < 24; ++overlap) {
        const MaskedJson made = masker_->run(1, chunked(text, size, overlap, offsets), [](size_t left) { return left; });
        ASSERT_TRUE(made.ok);
        for (const char* left : {"jane", "e.do", "mail", "ample", ".org", "4539", "1488", "0343", "6467", "523", "6789"})
          EXPECT_EQ(made.masked.find(left), std::string::npos) << left << " " << size << " " << overlap << " " << offsets << "\n" << made.masked;
        for (const char* kept : {"Write", "Card", "no more of it;", "the end."})
          if (std::string(kept).size() <= overlap) {
            EXPECT_NE(made.masked.find(kept), std::string::npos) << kept;
          }
      }
}

TEST_F(JsonSourceTest, what_nothing_joins_stays_whole) {
  use({{"p", {}, kSome, Method::redact}});
  // A service that trims: the blank that was between is gone, and the words are not part of the address.
  EXPECT_EQ(masked(R"([{"text":"please contact"},{"text":"jane@x.com"},{"text":"for more"}])"),
            R"([{"text":"please contact"},{"text":"[redacted:p]"},{"text":"for more"}])");
  // Rows of a table, names that are not known for texts, and jumps in offsets.
  EXPECT_EQ(masked(R"({"row":["jane@x.co","om"],"name":["4111 1111","1111 1111"]})"), R"({"row":["[redacted:p]","om"],"name":["4111 1111","1111 1111"]})");
  EXPECT_EQ(masked(R"([{"text":"4111 1111 ","start_index":0,"end_index":10},{"text":"1111 1111","start_index":500,"end_index":509}])"),
            R"([{"text":"4111 1111 ","start_index":0,"end_index":10},{"text":"1111 1111","start_index":500,"end_index":509}])");
  use({{"p", {}, kSome, Method::redact, {}, {}, {}, {}, {"**.row[*]"}}});
  EXPECT_EQ(masked(R"({"row":["4111 1111 ","1111 1111"]})"), R"({"row":["[redacted:p]",""]})");
}

/// Nothing says that the texts touch, and the second begins with a whole value: of the first goes what no sentence ends with.
TEST_F(JsonSourceTest, a_whole_value_behind_a_border_goes_on_before_it) {
  use({{"p", {}, kSome, Method::redact}});
  const auto two = [](const std::string& a, const std::string& b) {
    return R"([{"text":")" + a + R"("},{"text":")" + b + R"("}])";
  };
  for (const std::string front :
       {"john.", "j.r.", "jo\\u0068n.", "a john_", "a john-", "a john+", "a john_d", "a john+ab", "a john_d.", "a john.d", "e-mail: john.", "e-mail:john.",
        "e-mail=j.", "a <john.", "[john.", R"({\"email\": \"john.)", R"(an \"e-mail\":\"john.)", "a;john.", "\\u00e9l\\u00e9a."}) {
    const size_t last = front.find_last_of(" :=<[;\"");
    const std::string before = last == std::string::npos ? "" : front.substr(0, last + 1);
    EXPECT_EQ(masked(two(front, "doe@x.org is it")), two(before + "[redacted:p]", " is it")) << front;
  }
  EXPECT_EQ(masked(R"([{"text":"jo"},{"text":"hn."},{"text":"doe@x.org"}])"), R"([{"text":"[redacted:p]"},{"text":""},{"text":""}])");
  EXPECT_EQ(masked(R"([{"text":"a jo_"},{"text":"7@corp.konto"},{"text":"r.io is it"}])"), R"([{"text":"a [redacted:p]"},{"text":""},{"text":" is it"}])");
  for (const std::string prose :
       {"The sentence ends.", "Contact", "It is 10:30.", "1.", "a.", "On page 4.", "a (see below.", R"(He said, \"Yes.)", "_so_.",
        "it is _so_.", "an _end_", "no--", "C++", "20%", "the well-known.", "we don't.", "at 9 a.m.", "at 9 a.m", "www.example.com",
        "see www.example.com.", "Note -", "2024-01-02", "a; then."})
    EXPECT_EQ(masked(two(prose, "doe@x.org is it")), two(prose, "[redacted:p] is it")) << prose;
  // Digits go where they make a checksum right.
  EXPECT_EQ(masked(two("card 482", "4222222222222")), two("card [redacted:p]", ""));
  EXPECT_EQ(masked(two("page 48", "4222222222222")), two("page 48", "[redacted:p]"));
}

TEST_F(JsonSourceTest, offsets_in_utf16_units_and_in_an_object_beside) {
  use({{"p", {}, kSome, Method::redact}});
  const std::string clef = "\xf0\x9d\x84\x9e";
  EXPECT_EQ(masked("[{\"text\":\"" + clef + clef + " 4111 1111 11\",\"start_index\":0,\"end_index\":17},{\"text\":\" 4111 1111 1111 1111\",\"start_index\":4,\"end_index\":24}]")
                .find("1111"), std::string::npos);
  EXPECT_EQ(masked(R"([{"page_content":"mail jane@","metadata":{"start_index":0}},{"page_content":"x.org ok","metadata":{"start_index":10}}])"),
            R"([{"page_content":"mail [redacted:p]","metadata":{"start_index":0}},{"page_content":" ok","metadata":{"start_index":10}}])");
}

// An end that is not told is that of the string, with what is not shown of it, and certain only where every unit counts alike.
TEST_F(JsonSourceTest, an_end_is_reckoned_from_the_string) {
  use({{"p", {}, kSome, Method::redact}});
  for (const auto& [text, units] : std::vector<std::pair<std::string, int>>{
           {"plain", 5}, {"std::vector<int>", 16}, {"<b>x</b>", 8}, {"AT&amp;T", 8}, {"http://a/b%20c", 14}, {"a\\nb\\u0026", 4},
           {"&lt;i&gt; \\u00e9", 11}, {"f\xc3\xbcr <b>", 7}, {"f\xc3\xbcr <b>", 8}, {"\xe2\x82\xac 5, \xe2\x82\xac 7", 12}}) {
    const auto chunks = [text = text, start = units + 11](const std::string& left, const std::string& right) {
      return "[{\"page_content\":\"" + text + " SSN " + left + "\",\"metadata\":{\"start_index\":0}},{\"page_content\":\"" + right +
             " and more\",\"metadata\":{\"start_index\":" + std::to_string(start) + "}}]";
    };
    EXPECT_EQ(masked(chunks("536-22", "-8145")), chunks("[redacted:p]", "")) << text << ' ' << units;
  }
}

// Tags at a string's begin and end part its texts from no other string's; those between two texts do.
TEST_F(JsonSourceTest, a_value_goes_on_over_the_tags_at_a_border) {
  use({{"p", {}, kSome, Method::redact}});
  const auto two = [](const std::string& left, const std::string& right) {
    return R"([{"text":"a","metadata":{"text_as_html":")" + left + R"("}},{"text":"b","metadata":{"text_as_html":")" + right + R"("}}])";
  };
  for (const auto& [before, behind] : std::vector<std::pair<std::string, std::string>>{
           {"</p>", "<p>"}, {"</td></tr></table>", "<table><tr><td>"}, {"</td>\\n</tr>\\n</table>\\n", "<table>\\n <tr>\\n  <td>"}})
    EXPECT_EQ(masked(two("<p>One.</p><p>to jane@" + before, behind + "x.org</p><p>Two.</p>")),
              two("<p>One.</p><p>to [redacted:p]" + before, behind + "</p><p>Two.</p>")) << before;
  for (const auto& [left, right] : std::vector<std::pair<std::string, std::string>>{   // where no tag stands behind a word
           {"<p>", "<p>"}, {"", "<p>"}, {"", "<p><i>"}, {"<p>\\n ", "<p>"}})
    EXPECT_EQ(masked(two(left + "to jane@", right + "x.org and")), two(left + "to [redacted:p]", right + " and")) << right;
  for (const std::string tags : {"<hr>", "<hr> ", "<hr>\\n", "</p>\\n</div>\\n"})
    EXPECT_EQ(masked(two("card 4111 1111 " + tags, "1111 1111 it is")), two("card [redacted:p]" + tags, " it is")) << tags;
  masked(two("card 4111 1111", " <p>1111 1111 it is")), masked(two("card 4111 1111\\n<hr>\\n", "\\n<p>1111 1111 it is"));   // alike in any pieces
  const std::string parted = two("<p>to jane@</p><p>One.</p>", "<p>Two.</p><p>x.org</p>");
  EXPECT_EQ(masked(parted), parted);
}

TEST_F(JsonSourceTest, texts_of_services_that_stream_answers_go_on) {
  use({{"p", {}, kSome, Method::redact}});
  for (const std::string name : {"response", "thinking", "reasoning", "reasoning_content", "arguments", "partial_json", "answer", "completion",
                                 "generated_text", "output_text", "outputText", "transcript", "Text", "Content"}) {
    const std::string before = "[{\"" + name + "\":\"mail ", between = "\"},{\"" + name + "\":\"", after = " ok\"}]";
    EXPECT_EQ(masked(before + "jane@" + between + "x.org" + after), before + "[redacted:p]" + between + after);
  }
  EXPECT_EQ(masked(R"({"token_strings":["mail"," jane","@x",".org"," ok"]})"), R"({"token_strings":["mail"," [redacted:p]","",""," ok"]})");
}

TEST_F(JsonSourceTest, long_texts_and_their_borders) {
  use({{"p", {}, kSome, Method::redact}});
  std::string prose;
  for (int i = 0; prose.size() < 30'000; ++i) prose += "word" + std::to_string(i) + " and more ";
  const std::string card = "4012 8888 8888 1881";
  for (const size_t cut : {size_t{1}, size_t{5}, size_t{10}, size_t{18}}) {
    const std::string body = "{\"chunks\":[\"" + prose + card.substr(0, cut) + "\",\"" + card.substr(cut) + " end. " + prose + "\",\"x\"]}";
    const MaskedJson made = all(body);
    ASSERT_TRUE(made.ok);
    EXPECT_EQ(made.count, 2u) << cut;
    EXPECT_EQ(texts_of(made.masked), prose + "[redacted:p] end. " + prose + "x");
  }
}

TEST_F(JsonSourceTest, a_private_key_over_many_chunks_is_swallowed) {
  use({{"p", {}, kSome, Method::redact}});
  std::string key = "-----BEGIN PRIVATE KEY-----\\n";
  for (int i = 0; i < 40; ++i) key += "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n";
  key += "-----END PRIVATE KEY-----";
  const std::string text = "before " + key + " behind it";
  for (const size_t size : {size_t{60}, size_t{300}, size_t{999}, size_t{1500}, size_t{2500}}) {
    std::string body = "[";
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.size(), at + size);
      while (end < text.size() && text[end - 1] == '\\') ++end;
      body += "{\"text\":\"" + text.substr(at, end - at) + "\"},";
      at = end;
    }
    body.back() = ']';
    const MaskedJson made = all(body);
    ASSERT_TRUE(made.ok);
    EXPECT_EQ(texts_of(made.masked), "before [redacted:p] behind it") << size;
  }
}

/// Lines of base64 that never repeat.
std::string secret_lines(size_t lines, size_t length, const std::string& end) {
  static constexpr ByteView kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  uint64_t state = 7;
  for (size_t i = 0; i < lines; ++i, out += end)
    for (size_t j = 0; j < length; ++j) out += kLetters[(state = state * 6364136223846793005 + 1442695040888963407) % 1000003 % 62];
  return out;
}

TEST_F(JsonSourceTest, long_secrets_are_masked_to_their_ends_in_chunks_of_any_size_that_overlap) {
  use({{"p", {}, {detect::Detector::private_key, detect::Detector::jwt}, Method::redact}});
  const std::string lines = secret_lines(24, 64, "\\n"), token = secret_lines(1, 1200, "");
  std::string prose;
  for (int i = 0; i < 12; ++i) prose += "and words that say nothing of what comes next, ";
  const std::string secrets[] = {"-----BEGIN PRIVATE KEY-----\\n" + lines + "-----END PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9." + token + ".c2ln"};
  for (const std::string& secret : secrets)
    for (const size_t before : {size_t{0}, size_t{250}, size_t{500}})
      for (const size_t size : {size_t{100}, size_t{300}, size_t{600}, size_t{700}, size_t{1030}, size_t{1100}})
        for (const size_t overlap : {size_t{0}, size_t{10}, size_t{50}}) {
          const std::string text = prose.substr(0, before) + secret + " " + prose;
          std::string body = "[";
          for (size_t at = 0; at + overlap < text.size();) {
            size_t end = std::min(text.size(), at + size);
            if (text[end - 1] == '\\') ++end;
            body += (body.size() > 1 ? ",\"" : "\"") + text.substr(at, end - at) + "\"";
            at = end - overlap;
            if (text[at - 1] == '\\') --at;
            if (end == text.size()) break;
          }
          const MaskedJson made = all(body + "]");
          ASSERT_TRUE(made.ok);
          for (size_t at = 0; at + 8 < secret.size(); at += 4) {
            const std::string part = secret.substr(at, 8);
            if (part.find_first_of("\\- ") == std::string::npos) {
              ASSERT_EQ(made.masked.find(part), std::string::npos) << before << " " << size << " " << overlap << " " << part;
            }
          }
        }
}

TEST_F(JsonSourceTest, texts_that_repeat_a_value) {
  use({{"p", {}, kSome, Method::redact}});
  // The third begins before the second one, of which it repeats all.
  EXPECT_EQ(masked(R"(["tell john@exa","mp","xample.com now"])"), R"(["tell [redacted:p]",""," now"])");
  EXPECT_EQ(masked(R"(["mail john@example.com"," b","ample.com b now"])"), R"(["mail [redacted:p]"," b"," b now"])");
  // What repeats a value that has its replacement gets none, whenever detectors ran.
  EXPECT_EQ(masked("[\"-----BEGIN PRIVATE KEY-----\\nMIIE\",\"XXXXXXXXXXXXXXXXXX----\\nMIIE\",\"XXXXXXXXXXXX----\\nMIIE\",\"" +
                   std::string(80, 'X') + "vQIBADAN\\n--lllll---- x\"]"),
            R"(["[redacted:p]","----\nMIIE","----\nMIIE",")" + std::string(80, 'X') + R"(vQIBADAN\n--lllll---- x"])");
}

TEST_F(JsonSourceTest, drop_takes_the_comma_along) {
  use({{"d", {"**.x"}, {}, Method::drop}});
  EXPECT_EQ(masked(R"({"x":1})"), R"({})");
  EXPECT_EQ(masked(R"({ "x" : 1 , "b":2})"), R"({  "b":2})");
  EXPECT_EQ(masked(R"({"a":1, "x" : [1,{"x":2}] , "b":2 , "x2":3})"), R"({"a":1 , "b":2 , "x2":3})");
  EXPECT_EQ(masked(R"({"x":"s","a":{"x":{}},"x ":null})"), R"({"a":{},"x ":null})");
  use({{"d", {"a[*]", "b.*"}, {}, Method::drop}});
  EXPECT_EQ(masked(R"({"a":[1,"s",[2]],"b":{"c":1,"d":2},"c":0})"), R"({"a":[null,null,null],"b":{},"c":0})");
}

TEST_F(JsonSourceTest, null_takes_whole_values) {
  use({{"n", {"**.x", "z[*]"}, {}, Method::null}});
  EXPECT_EQ(masked(R"({"x":"s","a":{"x":{"y":[1,2,{"x":3}]},"b":1},"x2":1})"), R"({"x":null,"a":{"x":null,"b":1},"x2":1})");
  EXPECT_EQ(masked(R"({"x":[ ],"z":[1,true,null,"s",{}]})"), R"({"x":null,"z":[null,null,null,null,null]})");
  EXPECT_EQ(all(R"({"x":"a","b":[{"x":true}]})").changes, "5 /x n field \"a\">null\n19 /b/0/x n field true>null\n");
}

TEST_F(JsonSourceTest, drop_and_null_pass_over_long_values) {
  use({{"n", {"**.n"}, {}, Method::null}, {"d", {"**.d"}, {}, Method::drop}, {"r", {"**.r"}, {}, Method::redact}});
  std::string big = "[";
  for (int i = 0; i < 30'000; ++i) big += "{\"k" + std::to_string(i) + "\":\"some text here\"},";
  big.back() = ']';
  const std::string text(300'000, 'q');
  const std::string body = "{\"n\":" + big + ",\"d\":" + big + ",\"r\":\"" + text + "\",\"d2\":{\"d\":\"" + text + "\"},\"e\":1}";
  const MaskedJson made = masker_->run(7, body, [](size_t left) { return std::min<size_t>(left, 10'000); });
  ASSERT_TRUE(made.ok);
  EXPECT_EQ(made.masked, R"({"n":null,"r":"[redacted:r]","d2":{},"e":1})");
  EXPECT_EQ(made.original, body);
  EXPECT_LT(made.most_held, kWindowBytes);
}

TEST_F(JsonSourceTest, replace_and_what_detectors_find) {
  use({{"p", {"**.n"}, kSome, Method::replace, "<\"gone\">"}});
  EXPECT_EQ(masked(R"({"a":"to x@y.com.","n":"Ada","c":4111111111111111})"), R"({"a":"to <\"gone\">.","n":"<\"gone\">","c":0})");
  use({{"p", {}, kSome, Method::drop}});
  EXPECT_EQ(masked(R"({"a":"to x@y.com."})"), R"({"a":"to ."})");
  use({{"p", {}, kSome, Method::null}});
  EXPECT_EQ(masked(R"({"a":"to x@y.com."})"), R"({"a":"to [redacted:p]."})");
}

TEST_F(JsonSourceTest, hash_is_stable_for_tenant_and_purpose) {
  const auto key = std::make_shared<const crypto::Secret>(ByteView("0123456789abcdef0123456789abcdef"));
  const auto rule = [&](const std::string& tenant, const std::string& purpose) {
    return MaskRule{"h", {"**.id"}, kSome, Method::hash, {}, key, tenant, purpose};
  };
  const std::string body = R"(["Ann@X.com ann@x.com","4111-1111-1111-1111","4111 1111 1111 1111",{"id":" ann@x.com "},{"id":"Ann"},{"id":"ann"}])";
  use({rule("t", "p")});
  const std::string made = masked(body);
  const testing::PlainJson plain(made);
  ASSERT_EQ(plain.leaves().size(), 9u);
  const std::string mail = plain.leaves()[0].text.substr(0, 20), card = plain.leaves()[1].text;
  EXPECT_EQ(plain.leaves()[0].text, mail + " " + mail);
  EXPECT_EQ(mail.substr(0, 3), "[h:");
  EXPECT_EQ(mail.size(), 20u);
  EXPECT_EQ(plain.leaves()[2].text, card);
  EXPECT_EQ(plain.leaves()[4].text, mail) << "by path and by detector the same";
  EXPECT_NE(plain.leaves()[6].text, plain.leaves()[8].text) << "other texts are taken as they are";
  // As openssl makes it: HMAC-SHA-256 over 4-byte lengths and texts of tenant and purpose, then "ann@x.com".
  EXPECT_EQ(mail, "[h:j24lpcoylxuwoma7]");
  for (const auto& other : {rule("t2", "p"), rule("t", "p2"), rule("tp", "")}) {
    use({other});
    EXPECT_EQ(masked(body).find(mail), std::string::npos);
  }
  EXPECT_FALSE(Plan::compile({MaskRule{"h", {"a"}, {}, Method::hash}}));
  EXPECT_FALSE(Plan::compile({MaskRule{"h", {"a"}, {}, Method::hash, {}, std::make_shared<const crypto::Secret>(ByteView("short"))}}));
  EXPECT_FALSE(Plan::compile({MaskRule{"h", {"a"}, {}, Method::redact, "text"}}));
}

TEST_F(JsonSourceTest, the_stronger_method_wins) {
  use({{"part", {"a"}, kSome, Method::partial}, {"red", {}, {detect::Detector::email}, Method::redact}, {"gone", {"a.b"}, {}, Method::drop}});
  EXPECT_EQ(masked(R"({"a":{"b":1,"c":"value of c"},"d":"x@y.com 4111111111111111"})"),
            R"({"a":{"c":"v******c"},"d":"[redacted:red] ************1111"})");
}

/// Chunks of `size` bytes, with values in them, until the body has so many bytes.
std::string many_chunks(size_t bytes, size_t size) {
  std::string text = " Write to jane.doe@mail.example.org now.";
  for (const char* word : {"prose", "that", "nobody", "masks", "and", "everybody", "reads", "through", "once", "more", "today", "again", "whole"})
    text += std::string(" Here is some ") + word + " to be passed as it is,";
  text += " then a card 4539 1488 0343 6467 and the end.";
  std::string out = "[";
  for (size_t at = 0; out.size() < bytes; at = (at + size) % text.size())
    out += "{\"text\":\"" + (text + text + text).substr(at, size) + "\",\"token_count\":1},";
  out.back() = ']';
  return out;
}

/// Behind a tag no text is open: an escape that a read cuts there is held by itself, or the slice that is out goes into it.
TEST_F(JsonSourceTest, an_escape_that_is_cut_behind_a_tag) {
  use({{"p", {}, kSome, Method::redact}});
  for (const std::string body : {R"({"x":"a</p>\u00e9 b@example.org"})", R"({"text":"a<td>\ud83d\ude00"})", R"(["<b>\n<p>\u0040"])"}) {
    EXPECT_TRUE(all(body).ok);
    EXPECT_EQ(all(body).original, body);
  }
}

TEST_F(JsonSourceTest, memory_is_bounded_whatever_the_length) {
  use({{"p", {"**.r"}, kSome, Method::redact}});
  for (const std::string& body :
       {many_chunks(3'000'000, 1), many_chunks(3'000'000, 700), "[\"" + std::string(3'000'000, 'x') + "\"]",
        "{\"text\":\"" + std::string(1'500'000, '4') + "\",\"r\":\"" + std::string(1'500'000, '-') + "\"}"}) {
    const MaskedJson made = masker_->run(1, body, [](size_t left) { return std::min<size_t>(left, 50'000); });
    ASSERT_TRUE(made.ok);
    EXPECT_EQ(made.original, body);
    EXPECT_LE(made.most_held, kWindowBytes);
    EXPECT_LE(made.most_memory, 256u * 1024);
    EXPECT_GT(made.slices, 30u);
  }
}

/// What is held does not grow with the body: 100 MiB are as 3 MB are, one body fed again and again.
TEST_F(JsonSourceTest, a_body_of_100_mebibytes) {
  use({{"p", {}, {detect::Detector::email}, Method::redact}});
  const std::string part = many_chunks(1 << 20, 900), inside = part.substr(1, part.size() - 2) + ",";
  Editor editor;
  JsonSource source;
  editor.prepare(*plan_);
  source.prepare(*plan_);
  editor.start(*plan_, 1, nullptr);
  source.start(editor, *plan_, 1, {});
  uint64_t at = 0, changes = 0, original = 0;
  size_t most = 0;
  const auto feed = [&](ByteView bytes) {
    while (!bytes.empty()) {
      const ByteView some = bytes.substr(0, std::min<size_t>(editor.room(), 32 * 1024));
      ASSERT_FALSE(some.empty());
      editor.append(some);
      ASSERT_TRUE(source.feed(at, editor.raw(at, some.size())));
      at += some.size();
      bytes.remove_prefix(some.size());
      while (const Editor::Slice* slice = editor.cut(16 * 1024)) changes += slice->changes, original += slice->original_length;
      most = std::max(most, editor.memory_bytes() + source.memory_bytes());
    }
  };
  feed("[");
  for (int i = 0; i < 100; ++i) feed(inside);
  feed("0]");
  ASSERT_TRUE(source.finish());
  editor.finish();
  while (const Editor::Slice* slice = editor.cut(1)) changes += slice->changes, original += slice->original_length;
  EXPECT_EQ(original, at);
  EXPECT_GT(at, 99u << 20);
  EXPECT_GT(changes, 100'000u);
  EXPECT_LE(most, 256u * 1024);
}

/// Work is counted in time: pieces of one byte, and texts of one byte, may cost more for each byte, but the same for each whatever the
/// length. Four times the body must not take eight times as long.
TEST_F(JsonSourceTest, work_is_linear_in_pieces_and_texts_of_one_byte) {
  use({{"p", {}, kSome, Method::redact}});
  const auto took = [&](size_t bytes, size_t text, size_t piece, size_t least) {
    const std::string body = many_chunks(bytes, text);
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t start = std::clock();
      masker_->run(1, body, [&](size_t left) { return std::min(left, piece); }, least, {}, false);
      best = std::min(best, static_cast<double>(std::clock() - start));
    }
    return best;
  };
  for (const auto& [text, piece, least] : {std::tuple{size_t{1}, size_t{1000}, size_t{16384}}, {300, 1, 16384}, {1, 1, 1}, {300, 1, 1}})
    EXPECT_LT(took(400'000, text, piece, least), 8 * took(100'000, text, piece, least) + 10'000) << text << " " << piece << " " << least;
}

}  // namespace
}  // namespace gatehouse::mask
