// Secrets that no quoted name stands before: signatures of URLs, connection strings, lines of settings, pairs, forms and heads.
#include <gtest/gtest.h>

#include <algorithm>

#include "detect/ends.h"
#include "erase/erase.h"

namespace gatehouse::erase {
namespace {

/// erased gives the body as it would be recorded, in pieces of `size`, the last of them known to be that.
std::string erased(ByteView body, BodyForm form = BodyForm::text, size_t size = SIZE_MAX, const ErasePlan* plan = nullptr) {
  Eraser eraser;
  eraser.start(plan, form, "B");
  std::string out;
  for (size_t at = 0; at < body.size(); at += std::min(size, body.size() - at)) {
    std::string piece(body.substr(at, size));
    blank({piece.data(), piece.size()}, eraser.find(piece, body.size() - at <= size));
    out += piece;
  }
  return out;
}

/// Secrets are what begins with "s3cr3t" in these; what is recorded has asterisks for all of that word.
struct Sample {
  ByteView body;
  BodyForm form = BodyForm::text;
};

/// expected has asterisks for words of letters, digits and _ that begin with s3cr3t.
std::string expected(ByteView body) {
  std::string out(body);
  for (size_t at = out.find("s3cr3t"); at != std::string::npos; at = out.find("s3cr3t", at))
    for (; at < out.size() && (std::isalnum(static_cast<unsigned char>(out[at])) != 0 || out[at] == '_'); ++at) out[at] = '*';
  return out;
}

/// In any pieces no byte of a secret is left; elsewhere asterisks may stand where a piece ended in what may be one.
void expect_erased(const Sample& sample) {
  const std::string want = expected(sample.body);
  EXPECT_EQ(erased(sample.body, sample.form), want);
  for (const size_t size : {1, 2, 3, 5, 7, 16, 31}) {
    const std::string out = erased(sample.body, sample.form, size);
    ASSERT_EQ(out.size(), want.size());
    for (size_t i = 0; i < out.size(); ++i) ASSERT_TRUE(out[i] == want[i] || out[i] == '*') << size << " " << i << " " << out;
  }
}

constexpr Sample kSigned[] = {
    {R"({"url":"https://b.s3.eu.amazonaws.com/k?X-Amz-Algorithm=AWS4&X-Amz-Credential=s3cr3tA&X-Amz-Signature=s3cr3tB&a=b"})", BodyForm::json},
    {R"({"u":"https://h/c?sv=2022&sig=s3cr3tC&se=1","v":"https:\/\/h\/k?x=1&X-Goog-Signature=s3cr3tD"})", BodyForm::json},
    {R"({"u":"https://h/c?sv\u003d2022\u0026sig\u003ds3cr3tE\u0026se\u003d1","v":"?X-Amz-Security-Token=s3cr3tF#a"})", BodyForm::json},
    {R"({"u":"{\"v\":\"https://h/k?a=1\\u0026Signature\\u003ds3cr3tG\\u0026b=1\"}"})", BodyForm::json},
    {R"({"u":"https://h/?next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Ds3cr3tH%26b%3D1&c=d"})", BodyForm::json},
    {"see <a href='https://h/c?a=1&amp;sig=s3cr3tI&amp;se=1'>it</a> or https://h/#access_token=s3cr3tJ&state=1."},
    {"https://h/c?sig=s3cr3tK"},
};

TEST(EraseWords, SignaturesOfUrlsAreTakenOut) {
  for (const Sample& sample : kSigned) expect_erased(sample);
}

constexpr Sample kConnections[] = {
    {R"({"connect":"Server=db;User Id=u;Password=s3cr3tA;Encrypt=true"})", BodyForm::json},
    {R"({"a":"DefaultEndpointsProtocol=https;AccountName=n;AccountKey=s3cr3tB;EndpointSuffix=core.windows.net"})", BodyForm::json},
    {R"({"a":"Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=all;SharedAccessKey=s3cr3tC"})", BodyForm::json},
    {R"({"a":"h.redis.cache.windows.net:6380,password=s3cr3tD,ssl=True","b":"PWD=s3cr3tE; UID=u","c":"host=h password='s3cr3tF' user=u"})", BodyForm::json},
    {R"({"c":"x.LoginModule required username=\"u\" password=\"s3cr3tG\";","d":"[AccountKey=s3cr3tH ]"})", BodyForm::json},
    {R"({"a":"Driver={ODBC};Pwd={s3cr3tI};Uid=u","b":"Server=db;Password=s3cr3tJ"})", BodyForm::json},
};

TEST(EraseWords, PasswordsInConnectionStringsAreTakenOut) {
  for (const Sample& sample : kConnections) expect_erased(sample);
}

constexpr Sample kNames[] = {
    {R"({"passWord":"s3cr3tA","pass_word":"s3cr3tB","PASS-WORD":"s3cr3tC","db.pass.word":"s3cr3tD","Api_Key":"s3cr3tE"})", BodyForm::json},
    {R"({"client_cred":"s3cr3tA","Access-Key-Id":"s3cr3tB","connectionString":"s3cr3tC","AWSAccessKeyId":"s3cr3tD"})", BodyForm::json},
    {R"({"name":"n","type":"s3","config":{"anonymous":false,"key":"s3cr3tA","secret":"s3cr3tB","token":"s3cr3tC","remote_url":"s3://b"}})"},
    {R"([{"name":"password","value":"s3cr3tA"},{"name":"host","value":"db"},{"key":"api_key","description":"d","value":"s3cr3tB"}])", BodyForm::json},
    {R"([{"name":"credentials","value":{"s3cr3tA":["s3cr3tB"]}},{"key":"k","value":"v"},{"name":"token","value":null}])", BodyForm::json},
    {R"({"env":"[{\"name\":\"DB_PASSWORD\",\"value\":\"s3cr3tA\"},{\"name\":\"A\",\"value\":\"b\"}]","value":"kept"})", BodyForm::json},
};

TEST(EraseWords, NamesInOtherSpellingsAndPairsAreTakenOut) {
  for (const Sample& sample : kNames) expect_erased(sample);
}

/// What stands before the name that says what it is: in one piece.
TEST(EraseWords, WhatStandsBeforeItsNameIsTakenBack) {
  for (const ByteView body : {R"([{"value":"s3cr3tA","name":"password"},{"value":"v","name":"host"}])",
                              R"({"secret":"s3cr3tA","key":"s3cr3tB","x":{"key":"k"}})",
                              R"([{"key":"page"},{"secret":"s3cr3tA"},{"value":"v"},{"name":"password"}])",
                              R"([[{"value":"v","x":[1]}],[2,{"name":"password"}]])", R"({"value":"s3cr3tA","x":[{"y":{}}],"name":"token"})"})
    EXPECT_EQ(erased(body, BodyForm::json), expected(body));
}

constexpr Sample kLines[] = {
    {"db:\n  host: h\n  password: s3cr3tA\n  port: 5432\n- token: s3cr3tB # of CI\r\nuser: u\n"},
    {"[db]\npassword = \"s3cr3tA\"\nsecret_key='s3cr3tB'\nuser=u\nexport API_KEY=s3cr3tC\nAWS_SECRET_ACCESS_KEY=s3cr3tD"},
    {"password: s3cr3tA"},
    {R"({"text":"db:\n  password: s3cr3tA\n  host: h\n","more":"token=s3cr3tB"})", BodyForm::json},
    {"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.yaml\"\r\n\r\nsecret: s3cr3tA\r\npwd: s3cr3tB\r\n--B--\r\n", BodyForm::parts},
};

TEST(EraseWords, LinesOfSettingsAreTakenOut) {
  for (const Sample& sample : kLines) expect_erased(sample);
}

constexpr Sample kEncoded[] = {
    {"uri=postgres%3A%2F%2Fu%3As3cr3tA%40h%3A5432%2Fd&next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Ds3cr3tB%26a%3Db&c=http://h:8080", BodyForm::form},
    {"sig=s3cr3tA&a=b&signature=s3cr3tB&key=folder/file&conn=Server%3Ddb%3BPassword%3Ds3cr3tC%3BUid%3Du&u=pg://u:s3cr3tD@h", BodyForm::form},
    {"config=%7B%22password%22%3A%22s3cr3tA%22%2C%22host%22%3A%22h%22%7D&x=y", BodyForm::form},
    {"GET /a?b=c&u=redis%3A%2F%2F%3As3cr3tA%40h&v=https%3A%2F%2Fh%3Fsig%3Ds3cr3tB%26x HTTP/1.1\r\nHost: h:8080\r\n"
     "Referer: https://u:s3cr3tC@h/a?X-Amz-Signature=s3cr3tD&b\r\nX-Conn: Server=h;Password=s3cr3tE\r\nAccept: */*;q=0.8\r\n\r\n", BodyForm::encoded},
};

TEST(EraseWords, FormsAndHeadsAreReadWithTheirEscapes) {
  for (const Sample& sample : kEncoded) expect_erased(sample);
}

/// Nothing of these is a secret or named as one.
constexpr Sample kKept[] = {
    {"The password: it is asked for at the door. A token = something else; then secret is out. Password=", BodyForm::text},
    {"Password: the word that you type to log in.\nToken: 5\nsecret: true\npassword: ${DB_PASSWORD}\npassword:\n  old: none\n", BodyForm::text},
    {R"({"text":"def login(user=None, password=None):\n    token = read()\n    if password == stored: return True\n"})", BodyForm::json},
    {R"({"name":"max_tokens","value":"5","key":"title","password_policy":"long","key2":"a=b&c=d?e=f;g=h"})", BodyForm::json},
    {R"({"key":"page","value":"12"},{"name":"password"},{"value":"kept"},{"text":"name=value 3d3d=3d %3D \u003d"})", BodyForm::json},
    {R"({"a":"password=","b":"x","c":";Password=\"\";","d":"see http://h:8080/?page_token=5&max_tokens=7"})", BodyForm::json},
    {"a=1&page=2&text=the+password%3A+is+not+here&u=http%3A%2F%2Fh%3A80&b=%zz%4", BodyForm::form},
    {"POST /v1/chunk?size=512&u=%2Fa%3Fb HTTP/1.1\r\nHost: h:8080\r\nContent-Type: a/b; charset=utf-8\r\nX-A: b@c:d\r\n\r\n", BodyForm::encoded},
};

TEST(EraseWords, WhatOnlySpeaksOfSecretsIsKept) {
  for (const Sample& sample : kKept) EXPECT_EQ(erased(sample.body, sample.form), sample.body);
}

TEST(EraseWords, NamesAreReadWithoutTheirJoints) {
  for (const ByteView name : {"passWord", "pass_word", "PASS-WORD", "X-Pass-Word", "api.key", "ApI_KeY", "SAS-Token", "client_cred"})
    EXPECT_TRUE(names_secret(nullptr, name)) << name;
  for (const ByteView name : {"password_policy", "page_token", "next_page_token", "maxTokens", "key", "name", "word", "primary_key", "passport"})
    EXPECT_FALSE(names_secret(nullptr, name)) << name;
}

/// An escape in a name stands for another letter than the one that it ends with: \u006e for n, not for e.
TEST(EraseWords, NamesWithAnyLetterEscapedAreTakenOut) {
  for (const ByteView name : {"connectionstring", "authorization", "secret_production", "wachtwoord", "psw", "signing_key"}) {
    for (size_t i = 0; i < name.size(); ++i) {
      constexpr ByteView kHex = "0123456789abcdef";
      const auto c = static_cast<uint8_t>(name[i]);
      const std::string escape = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
      const std::string spelled = std::string(name.substr(0, i)) + escape + std::string(name.substr(i + 1));
      expect_erased({"{\"a\":1,\"" + spelled + "\":\"s3cr3tA\"}", BodyForm::json});
      expect_erased({"[{\"na\\u006de\":\"" + std::string(name) + "\",\"value\":\"s3cr3tB\"}]", BodyForm::json});
    }
  }
}

/// The quick looks are off where a plan has names, and must not make a difference.
TEST(EraseWords, QuickLooksSeeWhatTheCarefulOneSees) {
  const auto off = ErasePlan::make({std::string(2 * kErasedNameMax, 'x')});   // longer than any name that is read
  const ByteView ends[] = {"password", "pw", "sig", "signature", "key", "name", "value", "dsn", "auth", "id", "token", "secret", "str", "old_2",
                           "psw", "contrase\xc3\xb1" "a", "\"password\":\"", "\"key\":\"", "\"na\\u006de\": \"", "&dsn=", "&%73ig=", "\npwd.="};
  const ByteView parts[] = {"\"", "=", ":", "%3D", "\\u003d", "&", " ", "\n", "{", "}", "[", "]", "\\", ",", "%", "s3cr3t", "+", "?", "%2",
                            "\\u006"};
  uint32_t random = 1;
  const auto next = [&random](size_t below) { return (random = random * 1664525 + 1013904223) / 256 % below; };
  for (int round = 0; round < 20000; ++round) {
    std::string body;
    for (size_t count = 4 + next(20); count > 0; --count)
      body += next(3) == 0 ? ends[next(std::size(ends))] : parts[next(std::size(parts))];
    const auto form = static_cast<BodyForm>(next(5));
    for (const size_t size : {SIZE_MAX, 1 + next(9)})
      ASSERT_EQ(erased(body, form, size), erased(body, form, size, off.get())) << body;
  }
}

TEST(EraseWords, FourLettersTellWhatNamesNoSecret) {
  detect::Ends ends;
  for (const ByteView word : {"pass", "pw", "key"}) ends.add(word);
  EXPECT_TRUE(ends.has('p', 'a', 's', 's'));
  EXPECT_TRUE(ends.has('P', 'A', 'S', 'S'));
  EXPECT_FALSE(ends.has('l', 'a', 's', 's'));
  EXPECT_TRUE(ends.has('_', 'a', 's', 's'));   // joined: p_ass is pass
  EXPECT_TRUE(ends.has('d', 'b', 'p', 'w'));   // shorter words may stand behind any letter
  EXPECT_TRUE(ends.has('i', 'k', 'e', 'y'));
  EXPECT_FALSE(ends.has('d', 'b', 'p', 'x'));
}

TEST(EraseWords, NamesThatEndLikeSecretsAndSuchWithEscapes) {
  const Sample samples[] = {
      {R"({"words":1,"t\u006fken":"s3cr3tAbc","class":"words"})", BodyForm::json},
      {R"({"words":1,"t\u006Fken":"s3cr3tAbc","subclass":"words"})", BodyForm::json},
      {R"({"words":1,"user_\u0070ass":"s3cr3tAbc","userclass":"words"})", BodyForm::json},
      {R"({"words":1,"text":"<p class=\"words\">b</p> --pass=s3cr3tAbc"})", BodyForm::json},
      {"a line of words class=words\nuser_pass=s3cr3tAbc\nclass: words\npass: s3cr3tAbc\n"}};
  for (const Sample& sample : samples) expect_erased(sample);
}

}  // namespace
}  // namespace gatehouse::erase
