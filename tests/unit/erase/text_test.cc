// Secrets in texts of other kinds: fields of heads, literals of programs, blocks of YAML, elements of XML, halves of pairs.
#include <gtest/gtest.h>

#include <algorithm>

#include "erase/erase.h"

namespace gatehouse::erase {
namespace {

struct Sample {
  ByteView body;
  BodyForm form = BodyForm::text;
};

/// erased gives the body as it would be recorded, cut into pieces of `first` and then `size` bytes, the last one known to be that.
std::string erased(ByteView body, BodyForm form, size_t first = SIZE_MAX, size_t size = SIZE_MAX) {
  Eraser eraser;
  eraser.start(nullptr, form, "B");
  std::string out;
  for (size_t at = 0, next = first; at < body.size(); next = size) {
    std::string piece(body.substr(at, next));
    at += piece.size();
    blank({piece.data(), piece.size()}, eraser.find(piece, at == body.size()));
    out += piece;
  }
  return out;
}

/// expected has asterisks for words of letters, digits and a few signs that begin with s3cr3t.
std::string expected(ByteView body) {
  std::string out(body);
  for (size_t at = out.find("s3cr3t"); at != std::string::npos; at = out.find("s3cr3t", at))
    for (; at < out.size() && (std::isalnum(static_cast<unsigned char>(out[at])) != 0 || out[at] == '_'); ++at) out[at] = '*';
  return out;
}

/// Cut at each byte, and at all of them, no byte of a secret is left; elsewhere asterisks may stand where a piece ended in what may
/// be one, as many as `more` in one cut.
void expect_erased(const Sample& sample, size_t more = 40) {
  const std::string want = expected(sample.body);
  EXPECT_EQ(erased(sample.body, sample.form), want);
  const auto check = [&](size_t first, size_t size) {
    const std::string out = erased(sample.body, sample.form, first, size);
    ASSERT_EQ(out.size(), want.size());
    size_t others = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      ASSERT_TRUE(out[i] == want[i] || out[i] == '*') << first << " " << i << " " << out;
      others += out[i] != want[i] ? 1 : 0;
    }
    if (size != SIZE_MAX) return;
    ASSERT_LE(others, more) << first << " " << out;
  };
  for (size_t first = 1; first < sample.body.size(); ++first) check(first, SIZE_MAX);
  for (const size_t size : {1, 2, 3, 7, 16}) check(size, size);
}

constexpr Sample kFields[] = {
    {"curl -u ada:s3cr3tA https://h/x && curl -s --user 'ada:s3cr3tB' h; curl -uada:s3cr3tC h\ndocker run -u kept:kept x\n"},
    {R"({"cmd":"curl --proxy-user \"ada:s3cr3tA\" -X POST -U ada:s3cr3tB https://h/","user":"--user ada:kept"})", BodyForm::json},
    {R"({"cmd":"curl -H 'Authorization: Bearer s3cr3tA' -H \"X-Api-Key: s3cr3tB\" -H 'X-Access-Token: s3cr3tC' https://h/"})", BodyForm::json},
    {R"({"headers":["Authorization: Basic s3cr3tA","Proxy-Authorization: Token s3cr3tB","Accept: */*"],"Cookie":"s3cr3tC","Proxy-Authorization":"s3cr3tD"})", BodyForm::json},
    {R"({"dump":"GET / HTTP/1.1\r\nAuthorization: ApiKey s3cr3tA\r\nHost: h\r\n\r\nX-Auth-Token: s3cr3tB\r\n"})", BodyForm::json},
    {"GET / HTTP/1.1\r\nhost: h\r\nauthorization: bearer s3cr3tA\r\naccept: */*\r\nproxy-authorization:  Negotiate s3cr3tB\r\n\r\n"},
    {"> GET / HTTP/1.1\n> Authorization: Bearer s3cr3tA\n> Host: h\n< HTTP/1.1 200 OK\n< X-Api-Key: s3cr3tB\n"},
    {"A log says headers: Authorization: Bearer s3cr3tA_0123456789abcdef and more."},
};

TEST(EraseText, FieldsOfHeadsAreTakenOut) {
  for (const Sample& sample : kFields) expect_erased(sample);
}

/// A field with quoted parameters, in a line of its own and as text within JSON.
TEST(EraseText, QuotedParametersAndCookiesAreTakenOutWhole) {
  for (const ByteView field : {"Authorization: Digest username=\"ada\", realm=\"a b, c\", nonce=\"d\", response=\"fe5f\", qop=auth",
                               "Cookie: a=\"b c; d\"; e=fgh; f=\"\"", "Set-Cookie: a=\"b c\"; Path=/"}) {
    const size_t begin = field.find(field.starts_with("Auth") ? "username" : "a=");
    std::string escaped;
    for (const char c : field) escaped.append(c == '"' ? "\\\"" : ByteView(&c, 1));
    const size_t escaped_begin = escaped.find(field.starts_with("Auth") ? "username" : "a=");
    const std::string bodies[] = {"x: y\n" + std::string(field) + "\nAccept: \"*/*\"\n", "{\"a\":\"" + escaped + "\\nAccept: x\",\"b\":\"kept\"}"};
    for (const std::string& body : bodies) {
      const bool json = body.starts_with('{');
      const BodyForm form = json ? BodyForm::json : BodyForm::text;
      std::string want = body;
      const size_t open = json ? 6 + escaped_begin : 5 + begin;
      std::fill_n(want.begin() + static_cast<int64_t>(open), (json ? escaped.size() - escaped_begin : field.size() - begin), '*');
      EXPECT_EQ(erased(body, form), want);
      for (size_t first = 1; first < body.size(); ++first) {
        const std::string out = erased(body, form, first);
        for (size_t i = 0; i < out.size(); ++i) ASSERT_TRUE(out[i] == want[i] || out[i] == '*') << first << " " << out;
      }
    }
  }
}

TEST(EraseText, FieldsOfSeveralWordsAreTakenOutWhole) {
  for (const ByteView end : {"\r\n", "\n", "\\r\\n", "'", "\\\""}) {
    for (const ByteView field : {"Cookie: a=bcd; e=fgh", "Set-Cookie: a=bcd; Path=/; HttpOnly",
                                 "Authorization: AWS4-HMAC-SHA256 Credential=AK/s3, SignedHeaders=host, Signature=fe5f"}) {
      const size_t begin = field.find(field.starts_with("Auth") ? "Credential" : "a=");
      const std::string open(end == "'" ? "-H '" : end == "\\\"" ? "-H \\\"" : "");
      const std::string body = open + std::string(field) + std::string(end) + "Accept: */*";
      std::string want = body;
      std::fill_n(want.begin() + static_cast<int64_t>(open.size() + begin), field.size() - begin, '*');
      EXPECT_EQ(erased(body, BodyForm::text), want);
      for (size_t first = 1; first < body.size(); ++first) {
        const std::string out = erased(body, BodyForm::text, first);
        for (size_t i = 0; i < out.size(); ++i) ASSERT_TRUE(out[i] == want[i] || out[i] == '*') << first << " " << out;
      }
    }
  }
}

constexpr Sample kLiterals[] = {
    {"c = connect(user='u', password=b's3cr3tA', token=rb\"s3cr3tB\", x=b'kept')\npassword = b's3cr3tC'\n"},
    {R"x({"code":"d = {'token': b's3cr3tA', 'password': '', 'x': 'kept'}\nsecret = u\"s3cr3tB\"","y":"kept"})x", BodyForm::json},
    {"c = f(password='''s3cr3tC''', x='kept')\npassword = ''\nx = 'kept'\ntoken = \"\"\"s3cr3tA\"\"\"\ny = \"kept\"\n"},
    {R"x({"code":"\npassword = \"\"\"s3cr3tA\"\"\"\nx = b'kept'\n","y":"kept"})x", BodyForm::json},
    {R"x({"code":"c = {'host': 'h', 'password': 's3cr3tA', 'port': 5}\nd = connect(user='u', password='s3cr3tB')"})x", BodyForm::json},
    {R"x({"code":"c = {\"a\": {'api_key': \"s3cr3tA\"}}; f(token='s3cr3tB', x=1)"})x", BodyForm::json},
    {"{'password': 's3cr3tA', 'secret' : \"s3cr3tB\", 'x': 'y'}\n{ user: 'u', password: 's3cr3tC' }"},
    {R"({"repr":"'{\\'password\\': \\'s3cr3tA\\', \\'a\\': 1}'"})", BodyForm::json},
};

TEST(EraseText, LiteralsOfProgramsAreTakenOut) {
  for (const Sample& sample : kLiterals) expect_erased(sample);
}

constexpr Sample kBlocks[] = {
    {"db:\n  password: |\n    s3cr3tA\n\n    s3cr3tB\n  host: h\n- token: >-\n    s3cr3tC\n  user: u\n"},
    {"private_key: |2- # of CI\n  s3cr3tA\n    s3cr3tB\n  s3cr3tC\nuser: |\n  kept\n"},
    {"password: >\r\n  s3cr3tA\r\n  s3cr3tB\r\nhost: h\r\n"},
    {R"({"yaml":"db:\n  password: |\n    s3cr3tA\n    s3cr3tB\n  host: h\n","x":"kept"})", BodyForm::json},
    {R"({"yaml":"secret: |\r\n  s3cr3tA\"s3cr3tB","x":" kept"})"},
    {R"({"a":"{\"yaml\":\"secret: |+\\n  s3cr3tA\\n  s3cr3tB\",\"x\":\"  kept\"}"})", BodyForm::json},
    {"--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nsecret: |\r\n  s3cr3tA\r\n--B\r\n\r\n  kept\r\n--B--\r\n", BodyForm::parts},
};

TEST(EraseText, BlocksOfLinesAreTakenOut) {
  // A quote in such a text, and what escapes it, is erased with it.
  for (const Sample& sample : kBlocks)
    if (&sample != &kBlocks[4]) expect_erased(sample);
  const std::string quote = erased(kBlocks[4].body, BodyForm::text);
  EXPECT_EQ(quote, R"({"yaml":"secret: |\r\n  ****************","x":" kept"})");
}

constexpr Sample kElements[] = {
    {"<db><password><![CDATA[s3cr3tA]]></password><token><![CDATA[s3cr3tB]]></token><x><![CDATA[kept]]></x></db>"},
    {"<a><secret id='1'><![CDATA[s3cr3tA]]></secret><b>kept</b><password>s3cr3tC</password>"},
    {R"({"xml":"<c><api-key><![CDATA[s3cr3tA]]></api-key><x><![CDATA[kept]]></x></c>","y":"kept"})", BodyForm::json},
    {"<db><host>h</host><password>s3cr3tA</password><wsse:Password Type=\"a#PasswordText\">s3cr3tB</wsse:Password></db>"},
    {R"({"xml":"<c>\n<api-key>s3cr3tA</api-key>\n<secret id=\"1\">s3cr3tB</secret></c>"})", BodyForm::json},
    {R"({"xml":"<db password=\"s3cr3tA\" user=\"u\"><x a='b' token='s3cr3tB'/></db>"})", BodyForm::json},
    {"<db password=\"s3cr3tA\" user='u'/><add key='k' connectionString=\"s3cr3tB\"/>"},
};

TEST(EraseText, ElementsAndAttributesAreTakenOut) {
  for (const Sample& sample : kElements) expect_erased(sample, 120);
}

/// An element's text goes over lines and pieces, and is one with quotes, too.
TEST(EraseText, ElementsHoldAnyText) {
  for (const std::string& text : {std::string("a\"b"), "-----BEGIN-----\n" + std::string(5000, 'x') + "\n----", std::string("p s")}) {
    const std::string body = "<a><password>" + text + "</password><b>kept</b></a>";
    std::string want = body;
    std::fill_n(want.begin() + 13, text.size(), '*');
    EXPECT_EQ(erased(body, BodyForm::text), want);
    for (const size_t size : {1, 7, 1000}) {
      const std::string out = erased(body, BodyForm::text, size, size);
      for (size_t i = 0; i < out.size(); ++i) ASSERT_TRUE(out[i] == want[i] || (out[i] == '*' && size == 1)) << i << " " << size;
    }
  }
}

constexpr Sample kWithin[] = {
    {R"x([{"name":"CONN","value":"postgres://u:s3cr3tA@h/d"},{"name":"X","value":"Server=db;Password=s3cr3tB"},{"name":"A","value":"b"}])x", BodyForm::json},
    {R"x([{"key":"c","value":"{\"password\":\"s3cr3tA\",\"x\":1}"},{"name":"password: s3cr3tB"},{"name":"token","value":"s3cr3tC"}])x", BodyForm::json},
    {R"x({"name":"c","value":"[{\"name\":\"password\",\"value\":\"s3cr3tA\"}]","more":"kept"})x", BodyForm::json},
    {"{\"name\":\"token=s3cr3tA\n\"name\":\"password\",\"x\":1,\"value\":\"s3cr3tB\"}"},
};

/// Strings that may be half of a pair are looked at as any other is, and that does not part the pair.
TEST(EraseText, WhatStandsInHalvesOfPairsIsTakenOut) {
  for (const Sample& sample : kWithin) expect_erased(sample, 80);
  for (const ByteView body : {R"x([{"value":"}}a=b;pwd=s3cr3tA","name":"password"}])x",
                              R"x([{"value":"{\"name\":\"x\",\"token\":\"s3cr3tA\"}","name":"password"}])x"}) {
    std::string want(body);
    const size_t begin = body.find(":\"") + 2;
    std::fill(want.begin() + static_cast<int64_t>(begin), want.begin() + static_cast<int64_t>(body.find("\",\"name\":\"password")), '*');
    EXPECT_EQ(erased(body, BodyForm::json), want);
  }
}

/// A value of some length that stands before its name, where a piece ends between the two: a key, but no text.
TEST(EraseText, ALongValueBeforeItsNameIsTakenOutOverABorder) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\\n" + std::string(3000, 'A') + "\\n-----END PRIVATE KEY-----";
  const std::string body = R"([{"value":")" + key + R"(","name":"password"}])";
  for (size_t first = 12 + key.size() - 1; first < body.size() - 2; ++first) {
    const std::string out = erased(body, BodyForm::json, first);
    EXPECT_EQ(out.find("AAA"), std::string::npos) << first;
  }
  std::string text;
  while (text.size() < 3000) text += "some words of a document, ";
  const std::string document = R"([{"value":")" + text + R"(","name":"title"}])";
  EXPECT_EQ(erased(document, BodyForm::json, document.size() - 10), document);
  std::string escapes;
  while (escapes.size() < 3000) escapes += "\\u65e5\\u672c";
  const std::string other = R"([{"value":")" + escapes + R"(","name":"title"}])";
  EXPECT_EQ(erased(other, BodyForm::json, other.size() - 10), other);
}

/// The quick look at heads misses nothing that Eraser finds in them.
TEST(EraseText, AQuickLookAtAHeadSeesWhatIsErasedOfIt) {
  const auto looked = [](ByteView value) {
    const std::string head = "POST /v1/chunk HTTP/1.1\r\nHost: h:8080\r\nX-A: " + std::string(value) + "\r\nAccept: */*;q=0.8\r\n\r\n";
    const bool erases = erased(head, BodyForm::encoded) != head;
    EXPECT_TRUE(may_hold_secret(nullptr, head) || !erases) << head;
    return may_hold_secret(nullptr, head) && erases;
  };
  for (const ByteView value : {"AccountName=n;AccountKey=s3cr3tA;E=h", "h:6380,password=s3cr3tB", "Server=db; Pwd=s3cr3tC", "SharedAccessKey=s3cr3tD",
                               "{\"password\":\"s3cr3tE\"}", "{'password': 's3cr3tF'}", "a=b token=s3cr3tG", "c --api-key=s3cr3tH",
                               "<db password='s3cr3tI'/>", "#access_token=s3cr3tJ", "a; passwor_d=s3cr3tK", "; pass2=s3cr3tL"})
    EXPECT_TRUE(looked(value)) << value;
  for (const ByteView value : {"a/b; charset=utf-8", "multipart/form-data; boundary=----x", "max-age=0", "k=v;a=b,c=d"})
    EXPECT_FALSE(looked(value)) << value;
  EXPECT_FALSE(may_hold_secret(nullptr, "POST /a HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nAccept: */*;q=0.8\r\n\r\n"));
  const auto pin = ErasePlan::make({"pin"});
  EXPECT_TRUE(may_hold_secret(pin.get(), "X-A: a=b;pin=9"));
}

/// Nothing of these is a secret or named as one.
constexpr Sample kKept[] = {
    {"Authorization: the process of granting access.\nAuthorization: Bearer <token>\nAuthorization: Basic access authentication is old.\n"},
    {"We send Authorization: Bearer tokens here, and Authorization: Basic. Cookie: a small text. Cookie: chips\nCookies: a=b\n"},
    {R"({"text":"headers = {'Authorization': x}\ndef f(password, token=None):\n    return {'password': password, 'n': 1}"})", BodyForm::json},
    {"password: |\nhost: h\npassword: | table |\n  kept\ntoken: > 5\n  kept\n"},
    {R"({"a":"password: |","b":"  kept","c":"secret: |\n  ","d":"  kept"})", BodyForm::json},
    {"use <password> here; std::vector<Token> all; List<Secret> b; </x> <token> and </b> -p<password> </password>"},
    {R"({"a":"<token>","b":"kept","c":"</token>","d":"\"<secret>\",\"e\":\"</secret>\""})", BodyForm::json},
    {"{\"x\":\"<token>\"}\n{\"delete\":{\"_id\":\"1\"}}\n{\"x\":\"</token>\"}\n"},
    {"<password><b>kept</b></password><passwords>kept</passwords><token_count>5</token_count>"},
};

TEST(EraseText, WhatOnlySpeaksOfSecretsIsKept) {
  for (const Sample& sample : kKept) EXPECT_EQ(erased(sample.body, sample.form), sample.body);
}

}  // namespace
}  // namespace gatehouse::erase
