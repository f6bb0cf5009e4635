// Keys here are invented and open nothing; they are written in pieces so that scanners of source code pass over them.
#include "detect/secrets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/detect/found.h"

namespace gatehouse::detect {
namespace {

const std::string kHeader = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";  // {"alg":"RS256","typ":"JWT"}
const std::string kJwt = kHeader + ".eyJzdWIiOiIxMWQ3NzM0NCJ9.MYFxI8tm5U-abc_def";
const std::string kRandom = "q7Zt2LwP9xKd4VbN8mRs6TgH1cJf3YeA0uQiW5oE";

std::string repeat(ByteView text, size_t count) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

TEST(Jwt, three_parts_of_which_the_first_is_a_header) {
  EXPECT_EQ(values("Authorization: Bearer " + kJwt + ".", "jwt"), kJwt);
  EXPECT_EQ(values("a=" + kJwt + "&b; \"" + kJwt + "\"\\n" + kJwt + "\\n", "jwt"), kJwt + "|" + kJwt + "|" + kJwt);
  EXPECT_EQ(values("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMWQ3NzM0NCJ9. end", "jwt"), "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMWQ3NzM0NCJ9");
  EXPECT_EQ(values(kHeader + "..MYFxI8tm5U-abc_def", "jwt"), kHeader + "..MYFxI8tm5U-abc_def");
  const std::string jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyK.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT";
  EXPECT_EQ(values(jwe, "jwt"), jwe);
  // a header alone says nothing; neither does base64 of other JSON, nor a name with dots
  EXPECT_EQ(values(kHeader + " eyJmb28iOiJiYXIiLCJhIjoxMjN9.eyJzdWIiOiIxMWQ3NzM0NCJ9.abcdefghijk com.example.verylongnameofapackage.Class", "jwt"), "");
  EXPECT_EQ(values("x" + kJwt + " -" + kJwt, "jwt"), "") << "in the middle of base64";
}

TEST(Tokens, prefixes_of_vendors) {
  const auto found = [](const std::string& value, ByteView name) {
    const std::string text = "the key=" + value + ", and \"" + value + "\"\n" + value + "\\n" + value;
    return values(text, name) == value + "|" + value + "|" + value + "|" + value;
  };
  EXPECT_TRUE(found("AKIA" "IOSFODNN7EXAMPLE", "aws_key"));
  EXPECT_TRUE(found("ASIA" "BUA534HGYTDPC6AU", "aws_key"));
  EXPECT_TRUE(found("AIza" + kRandom.substr(0, 33) + "-_", "gcp_key"));
  EXPECT_TRUE(found("ya29" ".a0Af_" + kRandom, "gcp_key"));
  EXPECT_TRUE(found("GOCSPX" "-" + kRandom.substr(0, 28), "gcp_key"));
  EXPECT_TRUE(found("ghp" "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17", "github_token"));
  for (const char* kind : {"gho_", "ghu_", "ghs_", "ghr_"}) EXPECT_TRUE(found(kind + kRandom.substr(0, 36), "github_token")) << kind;
  EXPECT_TRUE(found("github" "_pat_" + kRandom.substr(0, 22) + "_" + kRandom + kRandom.substr(0, 19), "github_token"));
  EXPECT_TRUE(found("xoxb" "-123456789012-abcdefABCDEF", "slack_token"));
  EXPECT_TRUE(found("xapp" "-1-A0123456-1234567890-abcdef", "slack_token"));
  EXPECT_TRUE(found("xoxd" "-abc%2Bdef%3D0123456789", "slack_token"));
  for (const char* kind : {"sk_live_", "sk_test_", "rk_live_", "rk_test_"}) EXPECT_TRUE(found(kind + kRandom.substr(0, 24), "stripe_key")) << kind;
  EXPECT_TRUE(found("whsec" "_" + kRandom.substr(0, 32), "stripe_key"));
  EXPECT_TRUE(found("abc8" "Q~" + kRandom.substr(0, 34), "azure_key"));
  EXPECT_TRUE(found("a~.8" "Q~" + kRandom.substr(0, 20) + "~.-_" + kRandom.substr(0, 10), "azure_key"));
  EXPECT_TRUE(found("glpat" "-" + kRandom.substr(0, 20), "password"));
}

TEST(Tokens, checksum_of_github) {
  EXPECT_TRUE(github_checksum_holds("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"));
  EXPECT_FALSE(github_checksum_holds("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18"));
  EXPECT_FALSE(github_checksum_holds("aQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"));
  const testing::Padded padded("ghp" "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17 ghp" "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18");
  Room<Found> room;
  detect({.bytes = padded.view()}, {set_named("default")}, &room);
  ASSERT_EQ(room.size(), 2u);
  EXPECT_EQ(room[0].evidence, Evidence::checksum);
  EXPECT_EQ(room[1].evidence, Evidence::structure);
}

TEST(Tokens, what_looks_alike) {
  for (const std::string& text :
       {std::string("15ab8395-4208-434c-8bab-da4b1ed42a4e sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        std::string("commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 lodash@4.17.21 @scope/pkg@1.2.3"),
        std::string("AKIAXXXXXXXXXXXXXXXX AKIARIA ASIATICUS_AND_MORE_WORDS AKIAIOSFODNN7EXAMPLEX xAKIAIOSFODNN7EXAMPLE"),
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ghp_short gho_" + repeat("x", 40), "AIza" + repeat("x", 35) + " AIza" + kRandom,
        std::string("sk_live_xxxxxxxxxxxxxxxx sk_live_short whsec_... xoxb-your-token sk-learn-something-very-long-name"),
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==" + repeat("QUtJQUlPU0ZPRE5ON0VYQU1QTEU", 9)})
    EXPECT_EQ(values(text, "secrets"), "") << text;
}

TEST(Webhooks, and_signatures) {
  EXPECT_EQ(values("https://hooks.slack" ".com/services/T00000000/B00000000/abcdefghijkl0123", "slack_token"), "T00000000/B00000000/abcdefghijkl0123");
  EXPECT_EQ(values("hooks.slack" ".com/services/T9C4AH7A7/B13FB8D//hooks.slack" ".com/services/T9C4AH7A7/B13FB8DF4Books.", "slack_token"),
            "T9C4AH7A7/B13FB8D//hooks|T9C4AH7A7/B13FB8DF4Books");
  EXPECT_EQ(values("https://hooks.slack" ".com/services/ and hooks.slack.com/services/YOUR/WEBHOOK/URL", "slack_token"), "");
  const std::string sig = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF%2B%3D";
  EXPECT_EQ(values("https://a.blob.example/c?sv=2020&sig=" + sig + "&se=2", "azure_key"), sig);
  EXPECT_EQ(values("config=" + sig + " ?sig=short", "azure_key"), "");
  const std::string digest = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  EXPECT_EQ(values("sig=" + digest + "%3D&se=2", "azure_key"), digest + "%3D");   // a query without what is before it
  EXPECT_EQ(values("token: \"sig=" + digest + "=\"", "azure_key"), digest + "=");
  EXPECT_EQ(values("sig=" + digest + " sig=" + digest.substr(3) + "= msig=" + digest + "=", "azure_key"), "");
}

const std::string kLine = "MIIEowIBAAKCAQEAq7Zt2LwP9xKd4VbN8mRs6TgH1cJf3YeA0uQiW5oEq7Zt2LwP";

std::string pem(ByteView label, ByteView end, size_t lines) {
  std::string key = "-----BEGIN " + std::string(label) + "-----" + std::string(end);
  for (size_t i = 0; i < lines; ++i) key += kLine + std::string(end);
  return key + "q7Zt2LwP==" + std::string(end) + "-----END " + std::string(label) + "-----";
}

TEST(PrivateKey, blocks_whole) {
  for (const char* label : {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"})
    for (const char* end : {"\n", "\r\n", "\\n", "\\r\\n", "\n    ", "\n> ", "\\n\" +\n  \""})
      for (const size_t lines : {1u, 3u, 26u, 60u}) {
        const std::string key = pem(label, end, lines);
        EXPECT_TRUE(values("key: \"" + key + "\" end", "private_key") == key) << label << end << lines;
      }
  const std::string headers = "-----BEGIN RSA " "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n" + kLine + "\nabc=\n-----END RSA PRIVATE KEY-----";
  EXPECT_EQ(values("x\n" + headers + "\ny", "private_key"), headers);
  const std::string pgp = "-----BEGIN PGP " "PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\nComment: none (really)\n\n" + kLine + "\n" + kLine + "\nabcd\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----";
  EXPECT_EQ(values(pgp + "\n", "private_key"), pgp);
  const std::string ssh2 = "---- BEGIN SSH2 ENCRYPTED " "PRIVATE KEY ----\nComment: \"a\"\n" + kLine + "\nabc=\n---- END SSH2 ENCRYPTED PRIVATE KEY ----";
  EXPECT_EQ(values(ssh2 + "\n", "private_key"), ssh2);
}

/// Texts that share some of the dashes may hide how many there are.
TEST(PrivateKey, lines_with_fewer_dashes) {
  for (const std::string dashes : {"-", "--", "----"})
    for (const std::string behind : {"-", "---", "-----"}) {
      const std::string key = dashes + "BEGIN RSA " "PRIVATE KEY" + behind + "\n" + kLine + "\n" + kLine;
      EXPECT_EQ(values("a " + key + "\n\n(b)", "private_key"), key);
    }
  EXPECT_EQ(values("a - BEGIN PRIVATE KEY - " + kLine, "private_key"), "- BEGIN PRIVATE KEY - " + kLine);
  EXPECT_EQ(values("a -----BEGINRSAPRIVATEKEY-----" + kLine, "private_key"), "-----BEGINRSAPRIVATEKEY-----" + kLine);
  EXPECT_EQ(values("a BEGIN PRIVATE KEY\n" + kLine, "private_key"), "");
}

TEST(PrivateKey, cut_off_ones_and_what_is_none) {
  const std::string begin = "-----BEGIN RSA " "PRIVATE KEY-----\n";
  EXPECT_EQ(values(begin + kLine + "\n" + kLine + "\n\nThe next paragraph.", "private_key"), begin + kLine + "\n" + kLine + "\n\nThe");
  EXPECT_EQ(values(begin + kLine + "\n\n(…)", "private_key"), begin + kLine);
  EXPECT_EQ(values(begin + "...\n-----END RSA PRIVATE KEY-----", "private_key"), "");
  EXPECT_EQ(values(begin + "<your key here>\n-----END RSA PRIVATE KEY-----", "private_key"), "");
  EXPECT_EQ(values("it begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----", "private_key"), "");
  EXPECT_EQ(values("-----BEGIN CERTIFICATE-----\n" + kLine + "\n-----END CERTIFICATE-----", "private_key"), "");
  EXPECT_EQ(values("-----BEGIN PUBLIC KEY-----\n" + kLine + "\n-----END PUBLIC KEY-----", "private_key"), "");
}

struct Case {
  const char* text;
  const char* found;
};
template <size_t N>
void expect(const Case (&cases)[N], ByteView names = "password") {
  for (const Case& one : cases) EXPECT_EQ(values(one.text, names), one.found) << one.text;
}

TEST(Password, in_urls_that_a_sign_ends) {
  const auto password = [](const std::string& text) { return values(text, "password"); };
  for (const char* around : {"(U)", "[x](U)", "{url: U}", "U; then", "U!", "U&x=1", "$(curl U)", "[U]", "(U).", "U, and", "U|next", "**U**", "~~U~~"})
    for (const std::string url : {"https://u:s3cr3tA9x@h.example", "postgres://u:s3cr3tA9x@h.example:5432", "amqp://u:s3cr3tA9x@h"}) {
      std::string text = around;
      text.replace(text.find('U'), 1, url);
      EXPECT_EQ(password(text), "s3cr3tA9x") << text;
    }
  EXPECT_EQ(password("a://u:s3cr3tA9x@h.example;b"), "s3cr3tA9x");
  EXPECT_EQ(password("(https://u:p@ss;w0rdlong@h.example)"), "p@ss;w0rdlong") << "all of it";
  EXPECT_EQ(password("postgres://u:s3cr3tA9x@h;x"), "s3cr3tA9x");
  // what is behind a port is no password, nor is what holds no '@'
  EXPECT_EQ(password("(see http://h:8080;a@b.example)"), "");
  EXPECT_EQ(password("(http://h:8080) a@b.example"), "");
  EXPECT_EQ(password("(http://h:8080/a@b.example)"), "");
}

TEST(Password, in_urls) {
  constexpr Case cases[] = {
      {"DATABASE_URL=postgres://etl:bo2TZy1s2B4hYc@db.internal:5432/rag", "bo2TZy1s2B4hYc"},
      {"https://user:p%40ss@example.com/a redis://:s3cret@cache:6379 mongodb+srv://a:b-c@c.example", "p%40ss|s3cret|b-c"},
      {"amqp://u:pa@ss@host/ ftp://u:pa/ss@host/x", "pa@ss|pa/ss"},
      {"https://example.org:8443/a@b http://host:80/x?mail=a@b.c https://a/b:c@d http://user@host", ""},
      {"postgres://user:${DB_PASSWORD}@host https://user:<password>@host https://u:***@host https://u:[redacted:x]@host", ""},
      {"http://[::1]:8080/@x", ""},
  };
  expect(cases);
}

TEST(Password, assigned) {
  constexpr Case cases[] = {
      {"password=hunter2 user=x", "hunter2"},
      {"PASSWORD=hun,ter;2&x\nNEXT=1", "hun,ter;2&x"},
      {"DB_PASSWORD=hunter2\nexport MYSQL_PWD='s p4ce'\nPGPASSWORD=\"qu\\\"ote\"", "hunter2|s p4ce|qu\\\"ote"},
      {"user=a,password=b1c,host=d a=1&pwd=x2y&z=3 Server=s;Pwd=p3q;Database=d", "b1c|x2y|p3q"},
      {"password: hunter2\n  passwd:   \"a b\"\npass: letmein\n", "hunter2|a b|letmein"},
      {"{\"password\":\"hunter2\",\"secret\": \"a1b2c3d4\"} {'pwd': 'xyz'}", "hunter2|a1b2c3d4|xyz"},
      {"{\\\"password\\\":\\\"hunter2\\\",\\\"x\\\":1}", "hunter2"},
      {"<password>hunter2</password> <Pwd>x1y</Pwd>", "hunter2|x1y"},
      {"mysql -" "-password hunter2 -" "-password=hunter3 -" "-token abcd1234efgh", "hunter2|hunter3|abcd1234efgh"},
      {"config['password'] = 'hunter2'; $c[\"db_pass\"] => 'hunter3'", "hunter2|hunter3"},
      {"**Password**: hunter2.\nPassword: Hunter2 User: bob", "hunter2|Hunter2"},
      {"Passwort: geheim1 Kennwort=x1y2 mot de passe : hunter2", "geheim1|x1y2|hunter2"},
      {"x\\npassword=hunter2\\ny", "hunter2"},
      {"api_key=abcdef123456 X-Api-Key: q7Zt2LwP9xKd4VbN \"apiKey\": \"q7Zt2LwP\" API key: q7Zt2LwP9xKd", "abcdef123456|q7Zt2LwP9xKd4VbN|q7Zt2LwP|q7Zt2LwP9xKd"},
      {"client_secret=foobarbaz CLIENT-SECRET: q7Zt2LwP access_token=q7Zt2LwP9xKd token: q7Zt2LwP9xKd", "foobarbaz|q7Zt2LwP|q7Zt2LwP9xKd|q7Zt2LwP9xKd"},
      {"a_token=qwe089234lkjsdf&oauth_callback_confirmed=true&x client_secret=lsdkfolwjlksdefpwoeirutyal", "qwe089234lkjsdf|lsdkfolwjlksdefpwoeirutyal"},
      {"password=changeme password=admin", "changeme|admin"},
      {"The password is hunter2, your password is: Hunt!er and the secret is 'q7Zt2LwP'. The password is strong. It is x1y2z", "hunter2|Hunt!er|q7Zt2LwP"},
      {"password_hash=$2b$12$abcdefghijk new_password=x1y2z3", "$2b$12$abcdefghijk|x1y2z3"},
      {"Authorization: Bearer q7Zt2LwP9xKd4VbN8mRs, authorization: \"Basic YWxhZGRpbjpvcGVuc2VzYW1l\"", "q7Zt2LwP9xKd4VbN8mRs|YWxhZGRpbjpvcGVuc2VzYW1l"},
  };
  expect(cases);
}

TEST(Password, what_is_none) {
  constexpr Case cases[] = {
      {"password=*** password=xxxx password=${VAR} password=$PASS password={{ pw }} password=<password> password=%PW% password=\"\" password=null", ""},
      {"password=[redacted:x] pwd=[REDACTED] password: required, token: string, secret: none", ""},
      {"Password: must contain a digit. Your secret: they never knew. The token: a piece of text.", ""},
      {"password reset, passwords are kept; the secret of success; token_count: 128, max_tokens=512 \"tokens\": 17 next_page_token=abcd1234efgh", ""},
      {"password = getpass() pwd = os.environ[\"X\"] password=config.password password: self.password password=input('x')", ""},
      {"PWD=/srv/user1 OLDPWD=/tmp1 secret=/run/secrets/db1 token=https://x.example/y1", ""},
      {"token = Name.Namespace; authkey = manager._authkey; f(password=password, pwd=pwd) private_key: KEY_TYPES original_token=anchor_token", ""},
      {"token: '#dcdccc' passphrase: &#x3C;string> privateKey: {KeyObject} password: (bool, optional) $pass = $pass \"PWD\": \"/srv/x1\"", ""},
      {"aws_access_key_id=abcdefgh12345 primary_key=abcd1234 key=abcdefg12345 monkey=abcd1234", ""},
      {"bearer of news, Bearer <token>, a bearer token. authorization: yes", ""},
      {"your password: your-password-here api_key=your_api_key token=\"the quick brown\"", ""},
      {"\"token\":\"hello\" \"token\":\"##ing\" token: 42 \"token\": \"Aardvark\"", ""},
  };
  expect(cases);
}

TEST(Password, of_clouds) {
  EXPECT_EQ(values("aws_secret_access_key = wJalrXUtnFEMIK7MDENG" "bPxRfiCYEXAMPLEKEY00", "aws_key"), "wJalrXUtnFEMIK7MDENG" "bPxRfiCYEXAMPLEKEY00");
  EXPECT_EQ(values("\"SecretAccessKey\": \"wJalrXUtnFEMIK7MDENG" "/bPxRfiCYEXAMPLEKEY\"", "aws_key"), "wJalrXUtnFEMIK7MDENG" "/bPxRfiCYEXAMPLEKEY");
  EXPECT_EQ(values("AWS_SESSION_TOKEN=" + repeat(kRandom, 5) + "==\n", "aws_key"), repeat(kRandom, 5) + "==");
  const std::string account = kRandom + kRandom + "abcdef==";
  EXPECT_EQ(values("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + account + ";EndpointSuffix=core", "azure_key"), account);
  EXPECT_EQ(values("SharedAccessKeyName=x;SharedAccessKey=" + kRandom + "abc=", "azure_key"), kRandom + "abc=");
  // One in 64 keys in Base64 begins like a path.
  const std::string slash = "/8RiDy3QQP8cWLxwQx6RryRU/" "lmp2y8ZtKeJc9w5";
  EXPECT_EQ(values("AWS_SECRET_ACCESS_KEY=" + slash + "\n", "aws_key"), slash);
  EXPECT_EQ(values(R"({"SecretAccessKey":")" + slash + R"("})", "aws_key"), slash);
  EXPECT_EQ(values("SharedAccessKeyName=x;SharedAccessKey=/" + kRandom + "bc=", "azure_key"), "/" + kRandom + "bc=");
  EXPECT_EQ(values("AWS_SECRET_ACCESS_KEY=/run/secrets/aws SharedAccessKey=/etc/keys/Shared1", "aws_key azure_key password"), "");
  EXPECT_EQ(values("password=hunter2", "aws_key azure_key"), "");
}

TEST(Password, by_the_name_of_the_field) {
  EXPECT_EQ(values("correct horse battery", "password", "password"), "correct horse battery");
  EXPECT_EQ(values(" hunter2\n", "password", "dbPassword"), "hunter2");
  EXPECT_EQ(values("q7Zt2LwP9xKd", "default", "api_key"), "q7Zt2LwP9xKd");
  EXPECT_EQ(values("hello", "password", "token"), "");
  EXPECT_EQ(values("hunter2", "password", "password_policy"), "");
  EXPECT_EQ(values("***", "password", "password"), "");
  Found found;
  EXPECT_TRUE(detect_number("123456", "password", {set_named("default")}, &found));
  EXPECT_FALSE(detect_number("123456", "token", {set_named("default")}, &found));
  EXPECT_FALSE(detect_number("123456", "password_length", {set_named("default")}, &found));
  EXPECT_EQ(values("wJalrXUtnFEMIK7MDENG" "/bPxRfiCYEXAMPLEKEY", "aws_key", "secretAccessKey"), "wJalrXUtnFEMIK7MDENG" "/bPxRfiCYEXAMPLEKEY");
}

/// Where two tellings part, with the text around; "" when they are the same.
std::string parting(const std::string& text, const std::string& whole, const std::string& cut) {
  size_t at = 0;
  while (at < whole.size() && at < cut.size() && whole[at] == cut[at]) ++at;
  if (whole == cut) return "";
  const size_t begin = at < 30 ? 0 : at - 30;
  return std::to_string(at) + ": " + text.substr(begin, 60) + "\n" + whole.substr(begin, 60) + "\n" + cut.substr(begin, 60);
}

/// Every cut of a text gives the same, and no more is held than may be.
void expect_any_cut(const std::string& text, ByteView names, ByteView field = {}) {
  Pieces pieces(names, field);
  const std::string whole = pieces.cut(text, {});
  const size_t step = text.size() < 600 ? 1 : 37;
  for (size_t a = 0; a <= text.size(); ++a) ASSERT_EQ(parting(text, whole, pieces.cut(text, {a})), "") << a;
  for (size_t a = 0; a <= text.size(); a += step)
    for (size_t b = a; b <= text.size(); b += 1 + (a + b) % (7 * step))
      ASSERT_EQ(parting(text, whole, pieces.cut(text, {a, b})), "") << a << " " << b;
  for (const size_t size : {1u, 2u, 3u, 7u, 16u, 61u, 300u, 1000u}) {
    std::vector<size_t> cuts;
    for (size_t i = size; i < text.size(); i += size) cuts.push_back(i);
    ASSERT_EQ(parting(text, whole, pieces.cut(text, cuts)), "") << size;
  }
  EXPECT_FALSE(pieces.held_too_much) << text.substr(0, 100);
}

TEST(Secrets, cut_anywhere) {
  expect_any_cut("a " + kJwt + ". eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMWQ3NzM0NCJ9. AKIA" "IOSFODNN7EXAMPLE x ghp" "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17, "
                 "xoxb" "-123456789012-abcdefABCDEF- sk" "_live_0123456789abcdef a~.8" "Q~" + kRandom.substr(0, 34) + " ya29" ".a0Af_" + kRandom + ".", "secrets");
  expect_any_cut("postgres://etl:bo2TZy1s2B4hYc@db:5432/rag password=hun,ter;2&x\nuser=a,password=b1c,host=d {\"password\": \"hu nt\\\"er2\"} "
                 "Password: must contain, pass: letmein\nAPI key: q7Zt2LwP9xKd PWD=/home x\\npassword=hunter2\\ny <pwd>x1y</pwd> -" "-token abcd1234efgh z", "password");
  expect_any_cut("hooks.slack" ".com/services/T00000000/B00000000/abcdefghijkl0123?x&sig=abcdefghijklmnopqrstuvwxyz0123456789ABCDEF%2B%3D&se "
                 "AccountKey=" + kRandom + kRandom + "abcdef==;E=c authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l.", "secrets");
  expect_any_cut("hunter two", "password", "password");
}

TEST(Secrets, long_ones_cut_anywhere) {
  for (const size_t lines : {1u, 10u, 16u, 40u})
    for (const char* end : {"\n", "\\n", "\n> "}) expect_any_cut("x " + pem("RSA PRIVATE KEY", end, lines) + " y -----BEGIN", "private_key");
  const std::string begin = "-----BEGIN PGP " "PRIVATE KEY BLOCK-----\nComment: x\n\n";
  expect_any_cut(begin + repeat(kLine + "\n", 30) + "abc\n\n    The next paragraph.", "private_key");
  expect_any_cut(begin + repeat(kLine + "\n", 30) + "-----EN", "private_key");
  expect_any_cut(begin + repeat(kLine + "\n", 30) + "\xc3\xbc" "ber", "private_key");  // cut within a character, which is left behind the open end
  expect_any_cut(begin + repeat("word and ", 150), "private_key");
  expect_any_cut("x ---- BEGIN SSH2 " "PRIVATE KEY ----\n" + kLine + "\nabc=\n---- END SSH2 PRIVATE KEY ----", "private_key");
  expect_any_cut("x --BEGIN " "PRIVATE KEY-\n" + repeat(kLine + "\n", 30) + "-END", "private_key");
  expect_any_cut(kHeader + "." + repeat(kRandom, 60) + "." + kRandom + ". End", "jwt");
  expect_any_cut(kHeader + repeat("x", 2000) + "." + kRandom, "jwt");
  expect_any_cut("password=" + repeat("x1,", 900) + " y", "password");
  expect_any_cut("password=\"" + repeat("x1 ", 400) + "\" y", "password");
  expect_any_cut("aws_session_token=" + repeat(kRandom, 70) + "; y", "aws_key");
  expect_any_cut("Authorization: Bearer " + repeat(kRandom, 70) + "\" y", "password");
}

/// Values that overlap are one, however long that becomes.
TEST(Secrets, chains_cut_anywhere) {
  const std::string token = kHeader + "." + repeat(kRandom, 30), mails = repeat("abc@cd.", 170) + "de";
  EXPECT_EQ(values("x " + mails + " y"), mails);
  expect_any_cut("x " + mails + " y", "default");
  for (const char* end : {"+x@example.org", "_xoxd" "-abcdefghijklmnop%2B/x"}) {
    EXPECT_EQ(values("x " + token + end + " y"), token + end);
    expect_any_cut("x " + token + end + " y", "default");
  }
  EXPECT_EQ(values("token=" + token + "+/=" + kRandom + " y"), token + "+/=" + kRandom);
  expect_any_cut("token=" + token + "+/=" + kRandom + " y", "default");
  std::string chain = "DOB 1944-01-08+49 (0)30 1234567a@b.de." + repeat(kJwt, 18);
  for (int i = 0; i < 5; ++i) chain += "john.doe+x@mail.example.co.uk+44 20 7946 0958";
  expect_any_cut(chain + " y", "default");
}

const std::string kSecret = "Zx7-qwErty!9";

TEST(Passwords, whose_name_is_a_value_beside_them) {
  for (const std::string text : {
           R"(<add key="DbPassword" value="#"/>)", R"(<add key='DbPassword' value='#'/>)", R"({"name":"DB_PASSWORD","value":"#"})",
           R"({\"name\":\"DB_PASSWORD\",\n  \"value\":\"#\"})", "- name: DB_PASSWORD\n            value: #\n- name: X", "- name: \"DB_PASSWORD\"\n  value: \"#\"",
           R"({"name": "SPRING_DATASOURCE_PASSWORD",
               "value": "#"})"}) {
    const size_t at = text.find('#');
    EXPECT_EQ(values(std::string(text).replace(at, 1, kSecret), "password"), kSecret) << text;
  }
  // kinds, rules, and words beside
  EXPECT_EQ(values(R"({"name":"Password","value":"password"} {"name":"token","value":"client_secret"} the "password" value: must be long)", "password"), "");
  EXPECT_EQ(values("{\"name\":\"password\"},{\"name\":\"x\",\"value\":\"Zx7-qwErty!9\"} password\n  value: x9y8z7", "password"), "");
}

TEST(Passwords, of_statements_and_logins) {
  for (const std::string text : {"ALTER USER bob WITH PASSWORD '#';", "create user a identified by '#';", "CREATE USER a IDENTIFIED BY #;",
                                "ALTER USER 'a'@'%' IDENTIFIED WITH mysql_native_password BY '#';", "machine h login bob password #",
                                "machine h\n  login bob\n  password #\n", "requirepass #\n", "bindpw #", "wifi PSK: #"}) {
    const size_t at = text.find('#');
    EXPECT_EQ(values(std::string(text).replace(at, 1, kSecret), "password"), kSecret) << text;
  }
  EXPECT_EQ(values("CREATE USER bob IDENTIFIED BY 'tiger'", "password"), "tiger");
  EXPECT_EQ(values("risks identified by the auditor in 2024; records are identified by 'name'; RISKS IDENTIFIED BY THE AUDITOR; the password 'twice' is "
                   "asked; login page password reset; user forgot password yesterday", "password"), "");
}

TEST(Passwords, in_arguments_of_programs) {
  for (const std::string text : {"curl -u bob:# https://example.org", "curl -s --user 'bob:#' h", "curl --proxy-user \"bob:#\" h", "http -u bob:#",
                                "mysql -h db -u root -p# shop", "mysqldump -uroot -p'#' shop", "sshpass -p # ssh a@b", "sqlplus -s scott/#@orcl",
                                "jdbc:oracle:thin:scott/#@//db:1521/x"}) {
    const size_t at = text.find('#');
    EXPECT_EQ(values(std::string(text).replace(at, 1, kSecret), "password"), kSecret) << text;
  }
  EXPECT_EQ(values("connect scott/Tiger.1@//db:1521/x; curl -u bob:tiger h", "password"), "Tiger.1|tiger");
  EXPECT_EQ(values("docker run -u 1000:1000 x; docker exec -u node:node x; nc -u host:5353; git push -u origin main; mysql -u root -p shop; "
                   "mysql --port=3306; sqlplus / as sysdba; sshpass -f file; a/b@//c; see x/y@z; mysql and -parameters; tests pass = 100", "password"), "");
}

TEST(Passwords, of_links_with_signs_that_should_be_escaped) {
  EXPECT_EQ(values("postgres://u:p@ss:w/rd9@h.example.org/db amqp://u:p/ss@w0rd@h:5672/x mongodb://u:a#b?c@h1:27017,h2:27017/db", "password"),
            "p@ss:w/rd9|p/ss@w0rd|a#b?c");
  EXPECT_EQ(values("https://u:pw1@h.example.org/users/joe@example.org https://u:p@s9@h.example.org/", "password"), "pw1|p@s9");
  EXPECT_EQ(values("https://h:8080/a@b https://h/x:y@z?u=a:b@c http://h.example.org/u:joe@example.org", "password"), "");
}

TEST(Passwords, in_other_languages) {
  for (const std::string name : {"Mot de passe :", "motdepasse=", "mdp:", "contrase\u00f1a:", "senha:", "palavra-passe:", "wachtwoord:",
                                "has\u0142o:", "adgangskode:", "passord:", "\u015fifre:", "\u015eifre:",
                                "jelsz\u00f3:", "\u043f\u0430\u0440\u043e\u043b\u044c:", "\u041f\u0430\u0440\u043e\u043b\u044c:", "\u5bc6\u7801:", "\u5bc6\u7801\uff1a",
                                "\u30d1\u30b9\u30ef\u30fc\u30c9:", "\ube44\ubc00\ubc88\ud638:"})
    EXPECT_EQ(values(name + " " + kSecret, "password"), kSecret) << name;
  EXPECT_EQ(values("MDP: states; il passe: partout; has\u0142o", "password"), "");
  for (const char* field : {"mot_de_passe", "haslo", "heslo", "parola", "l\u00f6senord"}) EXPECT_EQ(values(kSecret, "password", field), kSecret) << field;
  EXPECT_EQ(values(kSecret, "password", "\u043f\u0430\u0440\u043e\u043b\u044c"), kSecret);
}

TEST(Tokens, that_say_what_they_are_within) {
  const std::string azure = kRandom + kRandom.substr(0, 12) + "JQQJ" "99BDACYeBjFXJ3w3AAABACOGx8Kq";
  ASSERT_EQ(azure.size() - 2, 82u);
  const std::string key = azure.substr(0, 82) + "Zz";
  EXPECT_EQ(values("key=" + key + ", \\n" + key + " " + key + "x", "azure_key"), key + "|" + key);
  EXPECT_EQ(values("GOOG" "TS7C7FUP3AIRVJTE2BCD GOOG" "LEBOOKS", "gcp_key"), "GOOG" "TS7C7FUP3AIRVJTE2BCD");
  const std::string account = "GOOG" "1E" + std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRSTUVW");
  EXPECT_EQ(values("id " + account, "gcp_key"), account);
  const std::string refresh = "1//0" "g" + kRandom + "-L9Ir" + kRandom;
  EXPECT_EQ(values("token " + refresh + " http://h/1//0abc 1//02", "gcp_key"), refresh);
}

TEST(Tokens, of_SendGrid) {
  const std::string key = "SG" "." + kRandom.substr(0, 22) + "." + kRandom + "a_3";
  EXPECT_EQ(values("k=" + key + ", " + key + "x " + key + ".", "password"), key + "|" + key);
}

TEST(Signatures, of_links_that_were_signed) {
  const std::string hex = repeat("a1b2c3d4", 8);
  EXPECT_EQ(values("https://b/k?X-Amz-Date=1&X-Amz-Signature=" + hex, "aws_key"), hex);
  EXPECT_EQ(values("https://b/k?X-Goog-Signature=" + repeat(hex, 8) + "&x", "gcp_key"), repeat(hex, 8));
  EXPECT_EQ(values("https://d/k?Expires=1&Signature=" + kRandom + "~&Key-Pair-Id=K", "aws_key"), kRandom + "~");
  EXPECT_EQ(values("the signature=" + hex + " def f(signature=None), ?signature=short", "aws_key gcp_key azure_key"), "");
}

TEST(PrivateKeys, as_PuTTY_keeps_them) {
  const std::string line = kRandom + kRandom.substr(0, 24), lines = line + "\n" + line + "\nq7Zt2Lw=";
  const std::string head = "PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 1\nAAAAB3Nza\nPrivate-Lines: 3\n";
  EXPECT_EQ(values(head + lines + "\nPrivate-MAC: abcdef\n", "private_key"), lines);
  EXPECT_EQ(values("no Private-Lines: 3 of text here", "private_key"), "");
}

}  // namespace
}  // namespace gatehouse::detect
