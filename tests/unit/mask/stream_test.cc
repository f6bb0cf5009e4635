#include "mask/stream.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/decoder.h"
#include "crypto/secret.h"
#include "tests/support/coded.h"
#include "tests/support/masked_stream.h"
#include "tests/support/padded.h"

namespace gatehouse::mask {
namespace {

using testing::cut_every;
using testing::MaskedStream;
using testing::whole;

constexpr ByteView kEmail = "[redacted:all]";

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() { use({{"all", {}, {detect::Detector::email, detect::Detector::us_ssn, detect::Detector::payment_card}}}); }

  void use(const std::vector<MaskRule>& rules) {
    auto compiled = Plan::compile(rules);
    ASSERT_TRUE(compiled.ok()) << compiled.error().text;
    plan_ = *compiled;
    ASSERT_TRUE(stream_.prepare(*plan_));
  }

  MaskedStream run(ByteView body, const testing::Cut& cut, ByteView original = {}) {
    return testing::mask_stream(stream_, *plan_, ~Selection{0}, {type_, leniency_, best_effort_}, body, cut, original);
  }

  /// The masked body, the same for every cut; "refused" when it is.
  std::string mask(ByteView type, const std::string& body, ByteView original = {}) {
    type_ = type;
    last_ = run(body, whole(), original);
    EXPECT_TRUE(last_.undone) << body.substr(0, 300);
    for (const size_t size : {size_t{1}, size_t{2}, size_t{7}, size_t{64}, size_t{1000}}) {
      const MaskedStream pieces = run(body, cut_every(size), original);
      EXPECT_EQ(pieces.reason, last_.reason) << "pieces of " << size;
      if (pieces.reason != Reason::none || last_.reason != Reason::none) continue;
      EXPECT_EQ(pieces.masked, last_.masked) << "pieces of " << size;
      EXPECT_EQ(pieces.changes, last_.changes) << "pieces of " << size;
      EXPECT_TRUE(pieces.undone) << "pieces of " << size;
    }
    return last_.reason == Reason::none ? last_.masked : "refused";
  }

  std::shared_ptr<const Plan> plan_;
  Stream stream_;
  std::string type_;
  json::Leniency leniency_;
  bool best_effort_ = false;
  MaskedStream last_;
};

TEST_F(StreamTest, Json) {
  EXPECT_EQ(mask("application/json", R"({"a":["x john@example.org y",1,null,true]})"), R"({"a":["x [redacted:all] y",1,null,true]})");
  EXPECT_EQ(last_.changes, std::vector<std::string>{"/a/0 all email john@example.org>[redacted:all]"});
  EXPECT_EQ(mask("application/json", R"([{"text":"write to john@exam"},{"text":"ple.org now"}])"), R"([{"text":"write to [redacted:all]"},{"text":" now"}])");
  EXPECT_EQ(mask("application/json", R"({"a":"\u006aohn@example.org"})"), R"({"a":"[redacted:all]"})");
  EXPECT_EQ(mask("application/json", R"({"a":)"), "refused");
  EXPECT_EQ(mask("application/json", ""), "");
}

TEST_F(StreamTest, LinesOfJson) {
  const std::string body = "{\"text\":\"a john@example.org\"}\n\n{\"text\":\" nothing\"}\r\n[\"123-45-6789\"]";
  const std::string masked = "{\"text\":\"a [redacted:all]\"}\n\n{\"text\":\" nothing\"}\r\n[\"[redacted:all]\"]";
  for (const char* type : {"application/x-ndjson", "application/vnd.elasticsearch+x-ndjson; compatible-with=9", "text/plain", "", "application/jsonl"})
    EXPECT_EQ(mask(type, body), masked) << type;
  EXPECT_EQ(last_.changes, (std::vector<std::string>{"line 1 /text all email john@example.org>[redacted:all]", "line 4 /0 all us_ssn 123-45-6789>[redacted:all]"}));
  EXPECT_EQ(mask("application/x-ndjson", "{\"a\":1}\nno json john@example.org\n"), "refused");
  EXPECT_EQ(mask("application/x-ndjson", "{\"text\":\"john@exa\"}\n{\"text\":\"mple.org\"}\n"), "{\"text\":\"[redacted:all]\"}\n{\"text\":\"\"}\n");
  EXPECT_EQ(mask("application/x-ndjson", "\"mail john@exa\"\n\"mple.org ok\"\n{\"text\":\"x\"}\n\"4111 1111 11\"\n\"11 1111\"\n"),
            "\"mail [redacted:all]\"\n\" ok\"\n{\"text\":\"x\"}\n\"[redacted:all]\"\n\"\"\n");
  EXPECT_EQ(mask("application/x-ndjson", "\"john.\"\n\"doe@example.org\"\n\"a sentence.\"\n\"doe@example.org\""),
            "\"[redacted:all]\"\n\"\"\n\"a sentence.\"\n\"[redacted:all]\"");
  EXPECT_EQ(mask("application/x-ndjson", "{\n \"a\": \"john@example.org\"\n}\n"), "{\n \"a\": \"[redacted:all]\"\n}\n");   // one document all the same
}

TEST_F(StreamTest, EventsOfJson) {
  const std::string body =
      "event: add\ndata: {\"text\":\"a john@example.org\"}\nid: 7\n\n: mail jane@example.org\n\ndata: {\"a\":\ndata: \"123-45-6789\"}\n\ndata: [DONE]\n\n";
  const std::string masked =
      "event: add\ndata: {\"text\":\"a [redacted:all]\"}\nid: 7\n\n: mail [redacted:all]\n\ndata: {\"a\":\ndata: \"[redacted:all]\"}\n\ndata: [DONE]\n\n";
  EXPECT_EQ(mask("text/event-stream", body), masked);
  ASSERT_EQ(last_.changes.size(), 3U);
  EXPECT_EQ(last_.changes[0], "event 1 /text all email john@example.org>[redacted:all]");
  EXPECT_EQ(last_.changes[1], "event 2 line all email jane@example.org>[redacted:all]");
  EXPECT_EQ(last_.changes[2], "event 3 /a all us_ssn 123-45-6789>[redacted:all]");
  std::string crlf;
  for (const char c : body) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string masked_crlf;
  for (const char c : masked) masked_crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(mask("text/event-stream", crlf), masked_crlf);
  EXPECT_EQ(mask("text/plain", body), masked);   // whatever it is called
  EXPECT_EQ(mask("", body), masked);
}

TEST_F(StreamTest, EventsThatContinueOneAnother) {
  const auto event = [](const std::string& text) { return "data: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}]}\n\n"; };
  EXPECT_EQ(mask("text/event-stream", event("write to joh") + event("n@exa") + event("mple.org please") + event(" and more")),
            event("write to [redacted:all]") + event("") + event(" please") + event(" and more"));
  EXPECT_EQ(mask("text/event-stream", "data: \"write to joh\"\n\ndata: \"n@exa\"\n\ndata: \"mple.org please\"\n\n"),
            "data: \"write to [redacted:all]\"\n\ndata: \"\"\n\ndata: \" please\"\n\n");
  // What came before belongs to the address, even though what follows would be one by itself.
  EXPECT_EQ(mask("text/event-stream", event("mail jane.r") + event("oe@example.org now")),
            event("mail [redacted:all]") + event(" now"));
  EXPECT_EQ(mask("text/event-stream", "data: write to joh\n\ndata: n@exa\n\ndata: mple.org please\n\n"),
            "data: write to [redacted:all]\n\ndata: \n\ndata:  please\n\n");
}

TEST_F(StreamTest, AnswersToOneQuestionComeByTurns) {
  const auto part = [](int turn, const std::string& text) {
    return "{\"index\":" + std::to_string(turn) + ",\"delta\":{\"content\":\"" + text + "\"}}";
  };
  const auto event = [](const std::string& parts) { return "data: {\"choices\":[" + parts + "]}\n\n"; };
  EXPECT_EQ(mask("text/event-stream", event(part(0, "to joh")) + event(part(1, "pay 4111 1111")) + event(part(0, "n@exa")) +
                                          event(part(2, "mple.org")) + event(part(1, " 1111 1111 now")) + event(part(0, "mple.org please"))),
            event(part(0, "to [redacted:all]")) + event(part(1, "pay [redacted:all]")) + event(part(0, "")) +
                event(part(2, "mple.org")) + event(part(1, " now")) + event(part(0, " please")));
  EXPECT_EQ(mask("text/event-stream", event(part(0, "to joh") + "," + part(1, "pay 4111 1111")) +
                                          event(part(0, "n@example.org") + "," + part(1, " 1111 1111 now"))),
            event(part(0, "to [redacted:all]") + "," + part(1, "pay [redacted:all]")) + event(part(0, "") + "," + part(1, " now")));
  // One that says it ended holds no other back.
  const std::string ended = "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  const std::string first = event(part(1, "write to jane")) + ended + event(part(0, "all is well here, and so it goes on. "));
  const std::string last = event(part(0, "the last one"));
  type_ = "text/event-stream";
  const MaskedStream out = run(first + last, [&](size_t left) { return left > last.size() ? first.size() : left; });
  EXPECT_EQ(out.first_out, first.size());
  // Elsewhere an index counts the texts of one document.
  EXPECT_EQ(mask("application/x-ndjson", "{\"chunks\":[{\"index\":0,\"text\":\"pay 4111 1111\"},{\"index\":1,\"text\":\" 1111 1111\"}]}\n"),
            "{\"chunks\":[{\"index\":0,\"text\":\"pay [redacted:all]\"},{\"index\":1,\"text\":\"\"}]}\n");
}

TEST_F(StreamTest, TheFirstEventGoesOutBeforeTheLastComes) {
  type_ = "text/event-stream";
  const std::string first = "data: {\"text\":\"hello there, all is well.\"}\n\n", last = "data: {\"text\":\"the last one\"}\n\n";
  const MaskedStream out = run(first + last, [&](size_t left) { return left > last.size() ? first.size() : left; });
  EXPECT_EQ(out.first_out, first.size());
}

TEST_F(StreamTest, Tables) {
  const std::string body = "id,email,note\r\n1,john@example.org,\"says \"\"123-45-6789\"\", twice\"\r\n2,,x\r\n3,jane@example.org,end";
  const std::string masked = "id,email,note\r\n1,[redacted:all],\"says \"\"[redacted:all]\"\", twice\"\r\n2,,x\r\n3,[redacted:all],end";
  for (const char* type : {"text/csv", "text/plain; charset=utf-8", "", "application/octet-stream"}) EXPECT_EQ(mask(type, body), masked) << type;
  EXPECT_EQ(last_.changes[0], "row 1 email all email john@example.org>[redacted:all]");
  EXPECT_EQ(last_.changes[1], "row 1 note all us_ssn 123-45-6789>[redacted:all]");
  EXPECT_EQ(mask("text/tab-separated-values", "a\tb\njohn@example.org\t1\n"), "a\tb\n[redacted:all]\t1\n");
}

TEST_F(StreamTest, ColumnsByName) {
  for (const char* path : {"email", "[*].email"}) {
    use({{"mail", {path}, {}}});
    EXPECT_EQ(mask("text/csv", "id,email\n1,any thing\n2,\"other, thing\"\n3,\n"), "id,email\n1,[redacted:mail]\n2,\"[redacted:mail]\"\n3,\n");
    EXPECT_EQ(mask("text/csv", "id,email\n1,a \"stray\" quote\n"), "refused");
    EXPECT_EQ(mask("text/csv", "id,email\n1,a,b\n"), "refused");
    EXPECT_EQ(mask("text/csv", "id,email\n1,\"not closed\n"), "refused");
  }
}

TEST_F(StreamTest, TextColumnsContinueFromRowToRow) {
  EXPECT_EQ(mask("text/csv", "n,text\n1,\"write to john@exa\"\n2,\"mple.org now\"\n"), "n,text\n1,\"write to [redacted:all]\"\n2,\" now\"\n");
}

TEST_F(StreamTest, Text) {
  EXPECT_EQ(mask("text/plain", "Dear john@example.org,\nyour number 123-45-6789.\n"), "Dear [redacted:all],\nyour number [redacted:all].\n");
  EXPECT_EQ(mask("text/markdown", "# Title\n\n[mail](mailto:john@example.org) and **123-45-6789**\n"), "# Title\n\n[mail](mailto:[redacted:all]) and **[redacted:all]**\n");
  EXPECT_EQ(mask("text/plain", "caf\xe9 john@example.org and some more"), "refused");   // no UTF-8
  EXPECT_EQ(mask("text/plain", "one line that ends within a character \xc3"), "refused");
}

TEST_F(StreamTest, Markup) {
  EXPECT_EQ(mask("text/html", "<p>write to john&#64;example&period;org</p>"), "<p>write to [redacted:all]</p>");
  EXPECT_EQ(mask("text/html", "<p>write to jo<b>hn@exam</b>ple.org!</p>"), "<p>write to [redacted:all]<b></b>!</p>");
  EXPECT_EQ(mask("text/html", "<a href=\"mailto:john@example.org\" title='x'>mail</a>"), "<a href=\"mailto:[redacted:all]\" title='x'>mail</a>");
  EXPECT_EQ(mask("text/html", "<td>john@example.org</td><td>Smith</td>"), "<td>[redacted:all]</td><td>Smith</td>");
  EXPECT_EQ(mask("text/html", "<!-- john@example.org --><p>a &lt; b</p>"), "<!-- [redacted:all] --><p>a &lt; b</p>");
  EXPECT_EQ(mask("text/html", "<a href=\"mailto:john%40example.org?a=1&amp;b=2\" title='john&#64;example.org'>x</a>"),
            "<a href=\"mailto:[redacted:all]?a=1&amp;b=2\" title='[redacted:all]'>x</a>");
  EXPECT_EQ(mask("application/xml", "<?xml version=\"1.0\"?><a b=\"123-45-6789\"/>"), "<?xml version=\"1.0\"?><a b=\"[redacted:all]\"/>");
  EXPECT_EQ(mask("text/plain", "<john@example.org> wrote: 1 < 2 and a&b"), "<[redacted:all]> wrote: 1 < 2 and a&b");
}

TEST_F(StreamTest, Forms) {
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "a=1&mail=john%40example.org&b=2"), "a=1&mail=[redacted:all]&b=2");
}

/// The same person has the same hash in JSON and in a form, whether a path or a detector names the value.
TEST_F(StreamTest, ValuesOfFormsAreWhatTheyStandFor) {
  const auto key = std::make_shared<const crypto::Secret>(ByteView("0123456789abcdef0123456789abcdef"));
  use({{"h", {"**.name"}, {detect::Detector::email}, Method::hash, {}, key, "t", "p"}});
  const std::string json = mask("application/json", "{\"name\":\"Zo\u00eb \u6797\",\"m\":\"j\u00f6rg@x.org\"}");
  const std::string form = mask("application/x-www-form-urlencoded", "name=Zo%C3%AB+%E6%9E%97&m=j%c3%b6rg%40x.org");
  const std::string name = json.substr(9, 20), mail = json.substr(36, 20);
  EXPECT_EQ(json, "{\"name\":\"" + name + "\",\"m\":\"" + mail + "\"}");
  EXPECT_EQ(form, "name=" + name + "&m=" + mail);
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "n%61me=Zo%C3%AB%20%E6%9E%97"), "n%61me=" + name);
  // A name, too.
  use({{"h", {"**.pr\u00e9nom"}, {}, Method::redact}});
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "pr%C3%A9nom=Ann&prenom=Bob"), "pr%C3%A9nom=[redacted:h]&prenom=Bob");
  // What is shown of a value ends no field.
  use({{"h", {"**.name"}, {}, Method::partial}});
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "name=%26x%3Dlong+name%25&n=1"), "name=%26******%25&n=1");
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "name=%C3%89ric+Smith%C3%A9&n=1"), "name=%C3%89******%C3%A9&n=1");
  use({{"h&", {"**.name"}, {detect::Detector::email}, Method::replace, "a=1&b+\u00e9"}});
  EXPECT_EQ(mask("application/x-www-form-urlencoded", "name=x&n=jane@x.org"), "name=a%3D1%26b%2B%C3%A9&n=a%3D1%26b%2B%C3%A9");
}

TEST_F(StreamTest, AWrongTypeHidesNothing) {
  const std::string json = R"({"a":"john\u0040example.org"})", masked = R"({"a":"[redacted:all]"})";
  for (const char* type : {"text/plain", "text/csv", "text/html", "", "application/octet-stream", "no type at all", "image/png", "text/event-stream",
                           "application/x-www-form-urlencoded"})
    EXPECT_EQ(mask(type, json), masked) << type;
  EXPECT_EQ(mask("application/json", "upstream failed for john@example.org"), "upstream failed for [redacted:all]");
  for (const char* type : {"application/json", "text/plain", "image/png", ""}) {
    EXPECT_EQ(mask(type, "\x89PNG\r\n\x1a\n and what follows"), "refused") << type;
    EXPECT_EQ(last_.reason, Reason::mask_content_type);
  }
  EXPECT_EQ(mask("text/plain", "[1] is what john@example.org wrote"), "[1] is what [redacted:all] wrote");
}

TEST_F(StreamTest, BestEffortLetsPassWhatCannotBeInspected) {
  best_effort_ = true;
  const std::string image = "\x89PNG\r\n\x1a\n and what follows";
  EXPECT_EQ(mask("image/png", image), image);
  EXPECT_TRUE(last_.uninspected);
  EXPECT_EQ(mask("application/json", R"({"a":"john@example.org","b":)"), R"({"a":"[redacted:all]","b":)");
  EXPECT_TRUE(last_.uninspected);
}

TEST_F(StreamTest, CharacterSets) {
  const std::string plain = R"({"a":"john@example.org"})", masked = R"({"a":"[redacted:all]"})";
  EXPECT_EQ(mask("application/json", "\xef\xbb\xbf" + plain), "\xef\xbb\xbf" + masked);
  EXPECT_EQ(mask("text/csv", "\xef\xbb\xbf" "a,b\njohn@example.org,1\n"), "\xef\xbb\xbf" "a,b\n[redacted:all],1\n");
  std::string wide, wider;
  for (const char c : plain) {
    wide += c;
    wide += '\0';
    wider += std::string(3, '\0') + c;
  }
  EXPECT_EQ(mask("application/json; charset=utf-16le", wide, plain), masked);
  EXPECT_EQ(mask("application/json", "\xff\xfe" + wide, plain), masked);
  EXPECT_EQ(mask("text/plain", "\xff\xfe" + wide, plain), masked);
  EXPECT_EQ(mask("application/json; charset=utf-32be", wider, plain), masked);
  EXPECT_EQ(mask("text/plain; charset=shift_jis", "john@example.org"), "refused");
}

TEST_F(StreamTest, ABrokenCharacterHidesNothingBeforeIt) {
  // No JSON, nor lines: refused as that, in whatever pieces the half of a character behind it comes.
  constexpr char kBroken[] =
      "\x6a\x00\xbc\x00\x61\x6f\x00\x72\x00\x72\x72\x00\x72\x67\xff\xff\xd5\xff\xff\xff\x07\x14\x64\x61\x74"
      "\x61\xf7\x3f\x01\x00\x00\x00\x00\x00\x74\x22\x3a\x22\xff\xff\x0d\x00\x72\x67\xff\xff\xff\xdf\xff\x32"
      "\x67\xff\xff\xff\xff\x6a\x6f\x68\x6e\x40\x65\x78\x61\x64\x61\xff\xff\xff\xff\x0d\x00\x72\x0d\x00\x72"
      "\x74\x67";
  EXPECT_EQ(mask("application/x-ndjson", std::string(kBroken, sizeof kBroken - 1)), "refused");
}

TEST_F(StreamTest, PartsInBase64) {
  const std::string json = R"([{"text":"write to john@example.org"}])", masked = R"([{"text":"write to [redacted:all]"}])";
  for (const bool closed : {true, false})
    for (const size_t line : {0U, 76U}) {
      const codec::Base64Options options{{}, {}, line != 0};
      const auto body = [&](const std::string& text) {
        const std::string part = "--b7\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/json\r\n\r\n" + codec::encode_base64(text, options, line) + "\r\n";
        return part + part + (closed ? "--b7--\r\n" : "");
      };
      EXPECT_EQ(mask("multipart/mixed; boundary=\"b7\"", body(json)), body(masked));
      EXPECT_EQ(mask("", body(json)), body(masked));
      EXPECT_EQ(mask("multipart/mixed; boundary=b7", body(R"(["nothing to be masked"])")), body(R"(["nothing to be masked"])"));
    }
}

TEST_F(StreamTest, LongPartsInBase64) {
  std::string json = "[", masked = "[";
  for (int i = 0; i < 6000; ++i) {
    const std::string head = (i == 0 ? "" : ",") + std::string("{\"id\":") + std::to_string(i) + ",\"text\":\"line of some length, ";
    json += head + (i % 100 == 99 ? "john@example.org" : "nothing") + " is here\"}";
    masked += head + (i % 100 == 99 ? std::string(kEmail) : "nothing") + " is here\"}";
  }
  const auto body = [&](const std::string& text) {
    return "--b7\r\nContent-Transfer-Encoding: base64\r\n\r\n" + codec::encode_base64(text + "]") + "\r\n--b7--\r\n";
  };
  type_ = "multipart/mixed; boundary=b7";
  for (const size_t size : {size_t{100}, size_t{4096}, size_t{1} << 20}) {
    const MaskedStream out = run(body(json), cut_every(size));
    EXPECT_EQ(out.reason, Reason::none);
    EXPECT_EQ(out.masked == body(masked), true);
    EXPECT_TRUE(out.undone);
    EXPECT_LT(out.memory_most, 2 * kStreamBytes);
  }
}

TEST_F(StreamTest, PartsOfForms) {
  use({{"all", {}, {detect::Detector::email}}, {"pin", {"pin"}, {}}});
  const auto body = [](const std::string& a, const std::string& b, const std::string& c) {
    return "--x\r\nContent-Disposition: form-data; name=\"who\"\r\n\r\n" + a + "\r\n--x\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n" + b +
           "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + c + "\"\r\nContent-Type: image/png\r\n\r\n";
  };
  EXPECT_EQ(mask("multipart/form-data; boundary=x", body("john@example.org", "1234", "jane@example.org") + "\x89PNG\r\n\x1a\n...\r\n--x--\r\n"),
            body("[redacted:all]", "[redacted:pin]", "[redacted:all]") + "\r\n--x--\r\n");
}

TEST_F(StreamTest, CompressedParts) {
  const std::string json = R"([{"text":"write to john@example.org"}])";
  const std::string head = "--x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n";
  const std::string out = mask("multipart/mixed; boundary=x", head + testing::coded(codec::Coding::gzip, json) + "\r\n--x--\r\n");
  ASSERT_TRUE(out.starts_with(head) && out.ends_with("\r\n--x--\r\n"));
  codec::Decoder decoder;
  Room<char> plain;
  ASSERT_EQ(codec::decode_whole(decoder, {{codec::Coding::gzip}, 1}, ByteView(out).substr(head.size(), out.size() - head.size() - 9), {}, plain), codec::Status::done);
  EXPECT_EQ(ByteView(plain.data(), plain.size()), R"([{"text":"write to [redacted:all]"}])");
}

TEST_F(StreamTest, NumbersOfATokenizerGoWithTheirText) {
  EXPECT_EQ(mask("application/json", R"({"tokens":[[["to ",[7]],["j",[41]],["ohn@",[12,13]],["exam",[14]],["ple.org",[15]],[" x",[16]]]]})"),
            R"({"tokens":[[["to ",[7]],["[redacted:all]",[0]],["",[0,0]],["",[0]],["",[0]],[" x",[16]]]]})");
}

TEST_F(StreamTest, StringsHoldMarkup) {
  EXPECT_EQ(mask("application/json", R"({"text_as_html":"<td>john&#64;example.org<\/td><td>jo<b>hn@exam<\/b>ple.org<\/td>"})"),
            R"({"text_as_html":"<td>[redacted:all]<\/td><td>[redacted:all]<b><\/b><\/td>"})");
  EXPECT_EQ(mask("application/json", R"({"md":"a ![p](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB \"t\") john@example.org"})"),
            R"({"md":"a ![p](data:image/png;base64, \"t\") [redacted:all]"})");
}

TEST_F(StreamTest, WhatIsTakenForBase64OfALinkGoesOn) {
  for (const char* value : {"com@tc.org", "jo.hn@tc.org", "4111 1111 1111 1111", "123 45 6789", "a@b.org"})
    for (const char* after : {"", " x", ".", "\\n"})
      for (const char* form : {R"(["a;base64,$"])", R"(["a <img src=\";base64,$\">"])", R"(["<b>a</b>;base64,$"," b"])"}) {
        std::string body(form), masked(form);
        body.replace(body.find('$'), 1, std::string(value) + after);
        masked.replace(masked.find('$'), 1, std::string("[redacted:all]") + after);
        EXPECT_EQ(mask("application/json", body), masked) << body;
      }
  const std::string copy = codec::encode_base64("write to john@example.org today");
  for (const char* behind : {"", ".", "@x", " x", "\\n", ")"}) {
    const std::string body = "[\"![p](data:text/plain;base64," + copy + behind + "\"]";
    EXPECT_EQ(mask("application/json", body).find(copy.substr(12, 20)), std::string::npos) << body;
  }
}

TEST_F(StreamTest, CopiesInStrings) {
  const std::string json = R"([{"type":"Text","text":"write to john@example.org"}])", masked = R"([{"type":"Text","text":"write to [redacted:all]"}])";
  const auto packed = [](const std::string& text) { return codec::encode_base64(testing::deflated(text, 15, 4)); };
  const auto body = [](const std::string& copy) { return R"([{"text":"x","metadata":{"orig_elements":")" + copy + R"("}}])"; };
  EXPECT_EQ(mask("application/json", body(packed(json))).size() > 0, true);
  ASSERT_EQ(last_.changes.size(), 1U);
  EXPECT_TRUE(last_.changes[0].starts_with("/0/metadata/orig_elements all copy "));
  const std::string copy = last_.masked.substr(last_.masked.find("elements\":\"") + 11, last_.masked.rfind('"') - last_.masked.find("elements\":\"") - 11);
  codec::Decoder decoder;
  Room<char> plain;
  ASSERT_EQ(codec::decode_whole(decoder, {{codec::Coding::deflate}, 1}, *codec::decode_base64(copy), {}, plain), codec::Status::done);
  EXPECT_EQ(ByteView(plain.data(), plain.size()), masked);
  EXPECT_EQ(mask("application/json", body(packed(R"(["nothing"])"))), body(packed(R"(["nothing"])")));
  EXPECT_EQ(mask("application/json", body(codec::encode_base64("\x89PNG\r\n\x1a\n and more of it"))), body(""));
  EXPECT_EQ(mask("application/json", body(codec::encode_base64("a letter to john@example.org"))), body(codec::encode_base64("a letter to [redacted:all]")));
}

TEST_F(StreamTest, PathsReachIntoCopies) {
  use({{"who", {"**.author"}, {}}});
  const std::string json = R"([{"text":"a","author":"J. Doe"}])", masked = R"([{"text":"a","author":"[redacted:who]"}])";
  const auto body = [](const std::string& copy) { return R"({"orig":")" + codec::encode_base64(copy) + R"(","id":"38aef9a940b488e19b2adc98f1f74dfc"})"; };
  EXPECT_EQ(mask("application/json", body(json)), body(masked));
  EXPECT_EQ(mask("application/json", body("\x89PNG\r\n\x1a\n and more of it")), R"({"orig":"","id":"38aef9a940b488e19b2adc98f1f74dfc"})");
  Masker masker;
  ASSERT_TRUE(masker.prepare(*plan_));
  const testing::Padded padded(body(json));
  EXPECT_EQ(masker.apply(*plan_, 1, padded.view()).body, body(masked));
}

/// Texts that each repeat nearly all of the one before it: what is kept of them is bounded.
TEST_F(StreamTest, MemoryOfTextsThatRepeat) {
  const std::string line = "Write to john@example.org or call; here is prose that nobody masks, to be read through once more. ";
  type_ = "application/json";
  for (const size_t size : {size_t{9}, size_t{90}, size_t{378}}) {
    std::string text, body = "[";
    while (text.size() < 3000) text += std::to_string(text.size()) + line;
    for (size_t at = 0; at + size < text.size(); ++at) body += (at == 0 ? "{\"text\":\"" : ",{\"text\":\"") + text.substr(at, size) + "\"}";
    const MaskedStream out = run(body + "]", cut_every(16'000));
    EXPECT_EQ(out.reason, Reason::none) << size;
    EXPECT_EQ(out.masked.find("example"), std::string::npos) << size;
    EXPECT_LT(out.memory_most, kStreamBytes) << size;
  }
}

TEST_F(StreamTest, LongCopiesAreDropped) {
  std::string page = "\x89PNG\r\n\x1a\n";
  for (int i = 0; i < 100'000; ++i) page += static_cast<char>(i * 7);
  type_ = "application/json";
  const MaskedStream out = run("{\"image_base64\":\"" + codec::encode_base64(page) + "\",\"b\":1}", cut_every(5000));
  EXPECT_EQ(out.masked, R"({"image_base64":"","b":1})");
  EXPECT_TRUE(out.undone);
  EXPECT_LT(out.memory_most, kStreamBytes);
}

/// What a usual answer took is there for the next one, also when others came between.
TEST_F(StreamTest, MemoryOfAUsualAnswerStays) {
  MaskRule every{"all", {}, {}};
  detect::DetectorSet wanted = 0;
  ASSERT_TRUE(detect::detectors_from_name("default", &wanted));
  for (size_t code = 0; code < detect::kDetectors; ++code)
    if ((wanted >> code & 1) != 0) every.detectors.push_back(static_cast<detect::Detector>(code));
  use({every});
  std::string answer = "[";
  for (int i = 0; i < 11; ++i) {
    answer += std::string(i == 0 ? "" : ",") + "{\"text\":\"";
    for (int k = 0; k < 4; ++k) answer += "Of each party some prose, and john" + std::to_string(k) + "@example.org in it.\\n" + std::string(250, 'a' + k) + " ";
    answer += "\",\"start_index\":" + std::to_string(1300 * i) + "}";
  }
  answer += "]";
  type_ = "application/json";
  const MaskedStream first = run(answer, cut_every(16'000));
  ASSERT_EQ(first.reason, Reason::none);
  const size_t kept = stream_.memory_bytes();
  ASSERT_EQ(stream_.start(*plan_, ~Selection{0}, {type_, leniency_, best_effort_}), Reason::none);
  EXPECT_EQ(stream_.memory_bytes(), kept);
  const std::string others[] = {R"({"a":"cut john@exam)", R"(["a"] no end)", R"({"a":)", "plain text", ""};
  for (const std::string& other : others) {
    static_cast<void>(run(other, cut_every(5)));
    const MaskedStream again = run(answer, cut_every(16'000));
    EXPECT_EQ(again.masked, first.masked) << other;
    EXPECT_EQ(again.changes, first.changes) << other;
  }
}

TEST_F(StreamTest, MemoryIsBoundedWhateverTheLength) {
  const auto body = [](int kind) {
    std::string text;
    for (int i = 0; i < 40'000; ++i) {
      const std::string n = std::to_string(i);
      if (kind == 0) text += "data: {\"text\":\"event " + n + " of john@example.org\"}\n\n";
      if (kind == 1) text += n + ",some text,john@example.org\n";
      if (kind == 2) text += "{\"n\":" + n + ",\"text\":\"some text and john@example.org\"}\n";
      if (kind == 3) text += "<p>some text " + n + " and <b>john</b>@example.org</p>\n";
      if (kind == 4) text += "some text " + n + " without an end and john@example.org ";
    }
    return text;
  };
  const char* types[] = {"text/event-stream", "text/csv", "application/x-ndjson", "text/html", "text/plain"};
  for (int kind = 0; kind < 5; ++kind) {
    type_ = types[kind];
    const MaskedStream out = run(body(kind), cut_every(16'000));
    EXPECT_EQ(out.reason, Reason::none) << type_;
    EXPECT_EQ(out.masked.find("example.org"), std::string::npos) << type_;
    EXPECT_TRUE(out.undone) << type_;
    EXPECT_LT(out.memory_most, kStreamBytes) << type_;
    EXPECT_LT(out.first_out, 100'000U) << type_;
  }
}

}  // namespace
}  // namespace gatehouse::mask
