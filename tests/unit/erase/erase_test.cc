// Secrets that are taken out of what is recorded of request bodies.
#include "erase/erase.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::erase {
namespace {

/// erased gives the body as it would be recorded, in pieces of `size`; `ends`: the last of them is known to be that.
std::string erased(ByteView body, BodyForm form = BodyForm::text, const ErasePlan* plan = nullptr, size_t size = SIZE_MAX,
                   ByteView boundary = {}, bool ends = false) {
  Eraser eraser;
  eraser.start(plan, form, boundary);
  std::string out;
  for (size_t at = 0; at < body.size(); at += std::min(size, body.size() - at)) {
    std::string piece(body.substr(at, size));
    blank({piece.data(), piece.size()}, eraser.find(piece, ends && body.size() - at <= size));
    out += piece;
  }
  return out;
}

struct Sample {
  ByteView body, recorded;
  BodyForm form = BodyForm::text;
};

constexpr Sample kSamples[] = {
    {R"({"type":"postgres","config":{"host":"db","password":"hunter2","table":"t"}})",
     R"({"type":"postgres","config":{"host":"db","password":"*******","table":"t"}})"},
    {R"({"target":{"kind":"s3","access_key":"AKIA","secret_key" : "xy\"z","bucket":"b"}})",
     R"({"target":{"kind":"s3","access_key":"****","secret_key" : "*****","bucket":"b"}})"},
    {R"({"pass\u0077ord":"x","max_tokens":512,"text":"the password: is not here"})",
     R"({"pass\u0077ord":"*","max_tokens":512,"text":"the password: is not here"})"},
    {R"({"password":12345,"credentials":{"user":"u","list":["a",7]},"after":"kept"})",
     R"({"password":11111,"credentials":{"****":"*","****":["*",1]},"after":"kept"})"},
    {R"({"config":"{\"password\":\"hun\\\"ter\",\"host\":\"h\"}","x":"y"})",
     R"({"config":"{\"password\":\"**********\",\"host\":\"h\"}","x":"y"})"},
    {R"({"password":null,"api_key":true,"token":"","secret":"s"})", R"({"password":null,"api_key":true,"token":"","secret":"*"})"},
    {"user=a&password=b%26c&x=d&s3_secret=e", "user=a&password=*****&x=d&s3_secret=*", BodyForm::form},
    {"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhun\r\nter\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"file\"; filename=\"secret\"\r\nContent-Type: text/plain\r\n\r\nsay \"hi\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"config\"\r\n\r\n{\"secret_key\":\"k\"}\r\n--B--\r\n",
     "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n********\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"file\"; filename=\"secret\"\r\nContent-Type: text/plain\r\n\r\nsay \"hi\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"config\"\r\n\r\n{\"secret_key\":\"*\"}\r\n--B--\r\n",
     BodyForm::parts},
};

TEST(Erase, SecretsAreTakenOutWhateverThePieces) {
  for (const Sample& sample : kSamples) {
    EXPECT_EQ(erased(sample.body, sample.form, nullptr, SIZE_MAX, "B"), sample.recorded);
    for (const size_t size : {1, 2, 3, 5, 7, 16, 31}) {
      const std::string out = erased(sample.body, sample.form, nullptr, size, "B");
      // What looks like the end of a value may be blanked with it where a piece ends there; no byte of a secret stays.
      ASSERT_EQ(out.size(), sample.recorded.size());
      for (size_t i = 0; i < out.size(); ++i)
        if (out[i] != sample.recorded[i]) {
          EXPECT_TRUE(out[i] == '*' && ByteView("\\\r\n-B").find(sample.recorded[i]) != ByteView::npos) << size << " " << out;
        }
    }
  }
}

constexpr Sample kUrls[] = {
    {R"({"uri":"mongodb+srv://ann:hunter2@db.example/x","port":"http://h:8080/a@b"})",
     R"({"uri":"mongodb+srv://ann:*******@db.example/x","port":"http://h:8080/a@b"})"},
    {R"({"a":"redis:\/\/:p4ss@h:6379\/0","b":"{\"u\":\"amqp:\\/\\/u:pw@h\"}"})",
     R"({"a":"redis:\/\/:****@h:6379\/0","b":"{\"u\":\"amqp:\\/\\/u:**@h\"}"})"},
    {"pg://u:p/s@s:w@h:1,x mail://ann:1@h ftp://[::1]:21 http://h:80,u@h note://a:b",
     "pg://u:*******@h:1,x mail://ann:*@h ftp://[::1]:21 http://h:****@h note://a:b"},
    {"https://h:443", "https://h:443"},
    {"://u:pw@h //u:pw@h see:u:pw@h", "://u:pw@h //u:pw@h see:u:pw@h"},
};

TEST(Erase, PasswordsOfUrlsAreTakenOut) {
  for (const Sample& sample : kUrls) {
    // A piece that ends behind "scheme://user:" may end in a password.
    const std::string whole = erased(std::string(sample.body) + " ", sample.form);
    EXPECT_EQ(whole, std::string(sample.recorded) + " ");
    for (const size_t size : {1, 2, 3, 5, 7, 16, 31}) {
      const std::string out = erased(sample.body, sample.form, nullptr, size);
      ASSERT_EQ(out.size(), sample.recorded.size());
      for (size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(out[i] == sample.recorded[i] || out[i] == '*') << size << " " << out;
    }
  }
}

TEST(Erase, TheEndOfABodyIsNoPasswordOfAUrl) {
  for (const ByteView body : {"see http://h:8080", "see http://h:80", "see http://user:word"}) {
    EXPECT_EQ(erased(body, BodyForm::text, nullptr, SIZE_MAX, {}, true), body);
    EXPECT_NE(erased(body), body) << "more may come";
    const std::string cut = erased(body, BodyForm::text, nullptr, body.size() - 1, {}, true);
    EXPECT_EQ(cut.back(), body.back()) << cut;
  }
  EXPECT_EQ(erased("pg://u:p@w@h", BodyForm::text, nullptr, SIZE_MAX, {}, true), "pg://u:***@h");
}

TEST(Erase, WhatIsNoPasswordOfAUrlIsKeptBehindSomeBytes) {
  const std::string long_one = "http://u:" + std::string(10'000, 'a') + "@h";
  EXPECT_EQ(erased(long_one), long_one);
  const std::string cut = erased(long_one, BodyForm::text, nullptr, 100);
  EXPECT_LE(std::count(cut.begin(), cut.end(), '*'), 256);
  Eraser eraser;
  eraser.start(nullptr, BodyForm::text);
  const auto first = eraser.find("see pg://u:hun");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].name, "url password");
  const auto second = eraser.find("ter2@h and more");
  ASSERT_EQ(second.size(), 1U);
  EXPECT_TRUE(second[0].goes_on);
  EXPECT_EQ(second[0].end, 4U);
}

// ---- what a caller could hide behind a secret that is none ---------------------------------------

constexpr Sample kHiding[] = {
    // A container within a string ends with the string.
    {R"({"note":"\"secret\":[[[[\"","query":"q1","n":7})", R"({"note":"\"secret\":[[[[\"","query":"q1","n":7})", BodyForm::json},
    {R"({"note":"\"secret\":[\"ab","query":"q1","n":7})", R"({"note":"\"secret\":[\"**","query":"q1","n":7})", BodyForm::json},
    {R"({"note":"\"secret\":[1, 2","query":"q1","n":7})", R"({"note":"\"secret\":[1, 1","query":"q1","n":7})", BodyForm::json},
    {R"({"a":"{\"b\":\"{\\\"secret\\\":[\\\"x\"","query":"q1"}"})", R"({"a":"{\"b\":\"{\\\"secret\\\":[\\\"*\"","query":"q1"}"})",
     BodyForm::json},
    // The quote that ends the string which a name stands in begins no value.
    {R"({"note":"\"secret\":","query":"q1","n":7})", R"({"note":"\"secret\":","query":"q1","n":7})", BodyForm::json},
    {R"({"name":"\"name\": ","query":"q1","n":7})", R"({"name":"\"name\": ","query":"q1","n":7})", BodyForm::json},
    // A quote that is not closed ends with its line where it may be no JSON.
    {"say \"secret\":\"ab\nselect 1 from \"t\"", "say \"secret\":\"**\nselect 1 from \"t\"", BodyForm::text},
    {"{\"secret\":\"ab\nc\",\"d\":1}", "{\"secret\":\"****\",\"d\":1}", BodyForm::json},
    // Parts end containers and parts, whatever the line ends.
    {"--B\r\nContent-Disposition: form-data; name=a\r\n\r\n\"secret\":[\"x\r\n--B\r\n\r\nselect \"t\" 12",
     "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n\"secret\":[\"**\n--B\r\n\r\nselect \"t\" 12", BodyForm::parts},
    {"--B\nContent-Disposition: form-data; name=secret\n\nx\n--B\nContent-Disposition: form-data; name=q\n\nselect\n--B--\n",
     "--B\nContent-Disposition: form-data; name=secret\n\n*\n--B\nContent-Disposition: form-data; name=q\n\nselect\n--B--\n", BodyForm::parts},
    {"--B\nContent-Disposition: form-data; name=secret\n\n--B\nContent-Disposition: form-data; name=q\n\nselect\n--B--\n",
     "--B\nContent-Disposition: form-data; name=secret\n\n--B\nContent-Disposition: form-data; name=q\n\nselect\n--B--\n", BodyForm::parts},
};

TEST(Erase, WhatStandsBehindAnOpenSecretIsKept) {
  for (const Sample& sample : kHiding) {
    EXPECT_EQ(erased(sample.body, sample.form, nullptr, SIZE_MAX, "B"), sample.recorded);
    for (const size_t size : {1, 2, 3, 5, 7, 16, 31}) {
      const std::string out = erased(sample.body, sample.form, nullptr, size, "B");
      ASSERT_EQ(out.size(), sample.recorded.size());
      for (size_t i = 0; i < out.size(); ++i)
        if (out[i] != sample.recorded[i]) {
          EXPECT_TRUE(out[i] == '*' && ByteView("\\\r\n-B").find(sample.recorded[i]) != ByteView::npos) << size << " " << out;
        }
    }
  }
}

TEST(Erase, AListInSomeTextEndsAfterSomeKilobytes) {
  const std::string body = "\"secret\":[\"" + std::string(2 * kLooseMax, 'x');
  for (const BodyForm form : {BodyForm::text, BodyForm::parts}) {
    const std::string whole = erased(body, form);
    const auto stars = static_cast<uint64_t>(std::count(whole.begin(), whole.end(), '*'));
    EXPECT_GT(stars, kLooseMax - 8);
    EXPECT_LE(stars, kLooseMax);
    for (const size_t size : {1000, 4096, 20000}) EXPECT_TRUE(erased(body, form, nullptr, size) == whole) << size;
  }
  const std::string json = erased(body, BodyForm::json);
  EXPECT_EQ(std::count(json.begin(), json.end(), 'x'), 0);
}

// However long a secret is: none of it is left, in no form, and what stands behind its quote or its line is.
TEST(Erase, ALongStringIsErasedWhole) {
  for (const char end : {'"', '\n'}) {
    const std::string body = "\"secret\":\"" + std::string(3 * kLooseMax, 'x') + end + ",\"query\":\"q1\"";
    for (const BodyForm form : {BodyForm::text, BodyForm::parts, BodyForm::json}) {
      const std::string whole = erased(body, form);
      EXPECT_EQ(std::count(whole.begin(), whole.end(), 'x'), 0);
      EXPECT_EQ(std::count(whole.begin(), whole.end(), 'q'), 2);
      for (const size_t size : {1000, 20000}) EXPECT_TRUE(erased(body, form, nullptr, size) == whole) << size;
    }
  }
}

TEST(Erase, PartsAreToldOnlyWhereEveryReaderTellsThem) {
  const auto boundary = [](std::initializer_list<ByteView> types, BodyForm form) {
    http::FieldList fields;
    for (const ByteView type : types) fields.items[fields.count++] = {"Content-Type", type, http::FieldId::content_type};
    ByteView found = "-";
    EXPECT_EQ(body_form(fields, &found), form) << *types.begin();
    return found;
  };
  EXPECT_EQ(boundary({"multipart/form-data; boundary=\"B\""}, BodyForm::parts), "B");
  for (const ByteView more : {"; boundary=C", "; boundary*=C", "; a b", "; c=\"", "; boundary=\"\\C\""})
    EXPECT_EQ(boundary({"multipart/form-data; boundary=B" + std::string(more)}, BodyForm::parts), "") << more;
  EXPECT_EQ(boundary({"multipart/form-data; boundary=\"B\\C\""}, BodyForm::parts), "");
  EXPECT_EQ(boundary({"multipart/form-data; boundary=\"B \""}, BodyForm::parts), "");
  EXPECT_EQ(boundary({"multipart/mixed; boundary=B", "multipart/mixed; boundary=C"}, BodyForm::text), "");
  boundary({"application/json; charset=utf-8"}, BodyForm::json);
  boundary({"a/b+json"}, BodyForm::json);
  boundary({"application/x-ndjson"}, BodyForm::text);
  boundary({"Application/X-WWW-Form-URLencoded"}, BodyForm::form);
  const ByteView body = "--B\r\nContent-Disposition: form-data; name=secret\r\n\r\nselect 1\r\n--B--\r\n";
  EXPECT_EQ(erased(body, BodyForm::parts), body);   // none said
}

TEST(Erase, NumbersOfAContainerAreOneRun) {
  const auto plan = ErasePlan::make({"/list"});
  for (const bool pointer : {false, true}) {
    std::string body = pointer ? "{\"list\":[" : "{\"pwd\":[", recorded = body;
    while (body.size() < 60000) body += "23,-4e5, ", recorded += "11,-1e1, ";
    body += "6],\"n\":[7],\"m\":8}", recorded += "1],\"n\":[7],\"m\":8}";
    EXPECT_TRUE(erased(body, BodyForm::json, plan.get()) == recorded);
    if (!pointer) {
      EXPECT_TRUE(erased(body, BodyForm::json, plan.get(), 7) == recorded);
    }
    Eraser eraser;
    eraser.start(plan.get(), BodyForm::json);
    EXPECT_EQ(eraser.find(body).size(), 1U);
  }
  EXPECT_EQ(erased(R"({"pwd":[1],"n":2,"pwd":[3],"m":4})", BodyForm::json), R"({"pwd":[1],"n":2,"pwd":[1],"m":4})");
}

TEST(Erase, ReleaseKeepsLittleAndTheBodyGoesOn) {
  std::string body = "{\"pwd\":[";
  for (int i = 0; i < 5000; ++i) body += "\"a\",";
  Eraser eraser;
  eraser.start(nullptr, BodyForm::json);
  EXPECT_EQ(eraser.find(body).size(), 5000U);
  eraser.release();
  EXPECT_EQ(eraser.found().capacity(), 0U);
  const std::string rest = "\"b\"],\"c\":\"d\"}";
  ASSERT_EQ(eraser.find(rest).size(), 1U);
  eraser.release();
  EXPECT_TRUE(eraser.found().empty());
  EXPECT_GT(eraser.found().capacity(), 0U);
}

TEST(Erase, NamesAndPointersOfTheConfiguration) {
  const auto plan = ErasePlan::make({"PIN", "/sources/*/auth", "/list/1"});
  const ByteView body = R"({"sources":[{"auth":{"a":"b","n":12}},{"auth":"c","b":"d"}],"pin":"9","list":["x","y",{"auth":"z"}]})";
  const ByteView recorded = R"({"sources":[{"auth":{"*":"*","*":11}},{"auth":"*","b":"d"}],"pin":"*","list":["x","*",{"auth":"z"}]})";
  EXPECT_EQ(erased(body, BodyForm::text, plan.get()), recorded);
  EXPECT_EQ(erased(body, BodyForm::text, plan.get(), 16), recorded);
  EXPECT_EQ(erase_error("/a/*/b"), "");
  EXPECT_EQ(erase_error("pin"), "");
  EXPECT_NE(erase_error("/a*b"), "");
  EXPECT_NE(erase_error("a\"b"), "");
  EXPECT_NE(erase_error(""), "");
}

TEST(Erase, SaysWhatAndWhere) {
  Eraser eraser;
  eraser.start(nullptr, BodyForm::text);
  const auto first = eraser.find(R"({"db_password":"hun)");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].name, "db_password");
  EXPECT_EQ(first[0].begin, 16U);
  EXPECT_FALSE(first[0].goes_on);
  const auto second = eraser.find(R"(ter2","x":"y"})");
  ASSERT_EQ(second.size(), 1U);
  EXPECT_TRUE(second[0].goes_on);
  EXPECT_EQ(second[0].end, 4U);
}

}  // namespace
}  // namespace gatehouse::erase
