// Values that are written so that who compares bytes does not see them: every form, whole and in pieces of one byte; and look-alikes.
#include <gtest/gtest.h>

#include <algorithm>

#include "mask/hidden.h"
#include "mask/mask.h"
#include "mask/stream.h"
#include "tests/support/padded.h"

namespace gatehouse::mask {
namespace {

class HiddenTest : public ::testing::Test {
 protected:
  HiddenTest() {
    detect::DetectorSet set = 0;
    EXPECT_TRUE(detect::detectors_from_name("default", &set));
    MaskRule rule{.name = "p", .fields = {}, .detectors = {}};
    for (size_t code = 0; code < detect::kDetectors; ++code)
      if (set >> code & 1) rule.detectors.push_back(static_cast<detect::Detector>(code));
    plan_ = *Plan::compile({rule});
    EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  }
  std::string streamed(ByteView body, ByteView type, size_t piece) {
    EXPECT_EQ(stream_.start(*plan_, 1, {.content_type = type, .leniency = {}}), Reason::none);
    std::string out;
    const auto take = [&] {
      for (; const Stream::Slice* slice = stream_.slice(); stream_.pop()) out += slice->masked;
    };
    for (size_t at = 0; at < body.size();) {
      size_t consumed = 0;
      EXPECT_EQ(stream_.feed(body.substr(at, std::min(piece, body.size() - at)), &consumed), Reason::none) << body;
      at += consumed;
      take();
    }
    while (!stream_.ended()) {
      EXPECT_EQ(stream_.finish(), Reason::none) << body;
      take();
    }
    return out;
  }
  std::string whole(ByteView body) {
    const testing::Padded padded(body);
    const Masker::Outcome outcome = masker_.apply(*plan_, 1, padded.view());
    EXPECT_EQ(outcome.reason, Reason::none) << body;
    return std::string(outcome.body);
  }

  std::shared_ptr<const Plan> plan_;
  Masker masker_;
  Stream stream_;
};

struct Case {
  const char* body;
  const char* masked;
};

/// JSON writes their ends as \n, which is no base64.
TEST_F(HiddenTest, CopiesInShortLines) {
  const std::string body = "{\"copy\":\"UGxlYXNlIHdyaXRlIHRvIGFubi5zbWl0aEBleGFt\\ncGxlLm9yZyBhYm91dCB0aGUgYmlsbCwgbm90IGJl\\nZm9yZSBNb25kYXku\"}";
  const std::string masked = whole(body);
  EXPECT_EQ(masked.find("IGFubi5zbWl0aEBleGFt"), std::string::npos) << masked;
  EXPECT_EQ(masked, streamed(body, "application/json", 1));
}

TEST_F(HiddenTest, InJson) {
  constexpr Case kCases[] = {
      // nothing is shown, and stays, as tags do: zero width, soft hyphen, joiners, marks of direction and order
      {"[\"jane.\u200broe@example.org ok\"]", "[\"[redacted:p]\u200b ok\"]"},
      {"[\"jane.r\u00adoe@exam\u00adple.org ok\"]", "[\"[redacted:p]\u00ad\u00ad ok\"]"},
      {"[\"4111\u200b1111\u200b1111\u200b1111\"]", "[\"[redacted:p]\u200b\u200b\u200b\"]"},
      {"[\"4111-1111\u00ad-1111-1111\"]", "[\"[redacted:p]\u00ad\"]"},
      {"[\"536\u200b-22-\u20608731!\"]", "[\"[redacted:p]\u200b\u2060!\"]"},
      {"[\"4111\ufeff111111111111\"]", "[\"[redacted:p]\ufeff\"]"},
      {"[\"\u202a+49 30 90182045\u202c\"]", "[\"\u202a[redacted:p]\u202c\"]"},
      {R"(["jane\u00AD.roe@example.org"])", R"(["[redacted:p]\u00AD"])"},
      {R"(["4111\u200b1111\u200b1111\u200b1111"])", R"(["[redacted:p]\u200b\u200b\u200b"])"},
      // written wide
      {"[\"\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\"]", "[\"[redacted:p]\"]"},
      {"[\"jane.roe\uff20example.org\"]", "[\"[redacted:p]\"]"},
      {"[\"\uff4aane@example\uff0eorg\uff0c and\"]", "[\"[redacted:p]\uff0c and\"]"},
      {"[\"SSN \uff15\uff13\uff16\uff0d\uff12\uff12\uff0d\uff18\uff17\uff13\uff11\"]", "[\"SSN [redacted:p]\"]"},
      {R"(["jane.roe\uff20example.org"])", R"(["[redacted:p]"])"},
      // links
      {R"({"u":"https://x.org/?mail=jane.roe%40example.org&card=4111%201111%201111%201111&x=1"})", R"({"u":"https://x.org/?mail=[redacted:p]&card=[redacted:p]&x=1"})"},
      {R"({"u":"https://x.org/?q=password%3Dhunter2x9z&ip=2a02%3A7cc6%3a78d7%3A%3Acd5&to=postgres%3A%2F%2Fu%3Ahunter2x9%40db%3A5432%2fx&t=10%3A30"})",
       R"({"u":"https://x.org/?q=password%3D[redacted:p]&ip=[redacted:p]&to=postgres%3A%2F%2Fu%3A[redacted:p]%40db%3A5432%2fx&t=10%3A30"})"},
      // in links
      {R"({"u":"/go?to=https%3A%2F%2Fx.org%3Fm%3Djane.roe%2540example%252Eorg%26card%3D4111%25201111%25201111%25201111%26x"})",
       R"({"u":"/go?to=https%3A%2F%2Fx.org%3Fm%3D[redacted:p]%26card%3D[redacted:p]%26x"})"},
      {R"(["100%25 of 40%2, 50%254 and 7%25"])", nullptr},
      // JSON that is a text in JSON, and again
      {R"({"a":"{\"m\":\"jos\\u00e9@x.org\",\"c\":\"\\u0034111 \\uff111\\u200b11 1111 1111\"}"})",
       R"({"a":"{\"m\":\"[redacted:p]\",\"c\":\"[redacted:p]\\u200b\"}"})"},
      {R"({"a":"{\"\\u0070assword\":\"\\u0068unter2x9z\",\"n\":\"\\u000ajane\\u0040x.org\\n\"}"})",
       R"({"a":"{\"\\u0070assword\":\"[redacted:p]\",\"n\":\"\\u000a[redacted:p]\\n\"}"})"},
      {R"(["C:\\users\\u12 \\ud83d\\ude00 \\u00e9t\\u00e9 \\u004"])", nullptr},
      // tags, also behind the first bytes of a value
      {R"({"x":"jo<b>hn</b>@x.org"})", R"({"x":"[redacted:p]<b></b>"})"},
      {R"({"z":"4111 <b>1111</b> 1111 1111"})", R"({"z":"[redacted:p]<b></b>"})"},
      {R"({"z":"jane<wbr>.roe@example.org"})", R"({"z":"[redacted:p]<wbr>"})"},
      {R"({"z":"536-<b>22</b>-8731"})", R"({"z":"[redacted:p]<b></b>"})"},
      // and behind a blank; the next line belongs to the text
      {R"({"z":"+49 30 <wbr>90182045"})", R"({"z":"[redacted:p]<wbr>"})"},
      {R"([{"text":"Password: <b>"},{"text":"hunter2x9!"}])", R"([{"text":"Password: <b>"},{"text":"[redacted:p]"}])"},
      {R"(["born <br>1980-02-03 on <BR/>1980-02-04"])", R"(["born <br>[redacted:p] on <BR/>1980-02-04"])"},
      {R"(["mail<br class=\"x\">doe@x.org<br>or jane.<br/>roe@x.org"])", R"(["mail<br class=\"x\">[redacted:p]<br>or jane.<br/>[redacted:p]"])"},
      // comments and instructions show nothing
      {R"({"z":"jane.roe@exam<!-- x > y -->ple.org 4111 1111 <!-- a@x.org -->1111 1111"})",
       R"({"z":"[redacted:p]<!-- x > y --> [redacted:p]<!-- [redacted:p] -->"})"},
      {R"({"z":"jane<?x y?>.roe@example.org <!--<b>jane.<i>roe@</i>x.org</b>--> <!--> ok"})",
       R"({"z":"[redacted:p]<?x y?> <!--<b>[redacted:p]<i></i></b>--> <!--> ok"})"},
      // an element in a text names what stands in it, a tag alone stands for a value
      {R"({"z":"<r><password>hunter2xyz9</password> <a:db-Password type=\"x\">S3cr3t!pa55</a:db-Password></r>"})",
       R"({"z":"<r><password>[redacted:p]</password> <a:db-Password type=\"x\">[redacted:p]</a:db-Password></r>"})"},
      {R"(["cfg <pwd>hunter2xyz9</pwd> b", "<dateOfBirth>\n 1980-02-03</dateOfBirth><on>1980-02-03</on>", "<password></password>hunter2x </p>"])",
       R"(["cfg <pwd>[redacted:p]</pwd> b", "<dateOfBirth>\n [redacted:p]</dateOfBirth><on>1980-02-03</on>", "<password></password>hunter2x </p>"])"},
      {R"(["postgres at <password> hunter2 <b>x</b> <pwd/>hunter2x9</a> <pwd>hunter2x9"])", nullptr},
      // no values
      {R"(["set <password> to hunter2 and <iban> as told"])", nullptr},
      {"[\"50%20 or 60%, 70%4 and %4\"]", nullptr},
      {"[\"na\u00adtional\u200b \uff11\uff12\uff0f\uff13 100%25 <b>x</b>\"]", nullptr},
      {"[\"\uff2a\uff29\uff33 \uff38 \uff18\uff11\uff14\uff14\uff0d\uff11 @home\"]", nullptr},
      {"[\"\xe5\x80\xa4\xe6\xae\xb5\xef\xbc\x9a\xef\xbc\x91\xef\xbc\x92\xe5\x86\x86\"]", nullptr},
  };
  for (const Case& one : kCases) {
    const std::string expected = one.masked == nullptr ? one.body : one.masked;
    EXPECT_EQ(whole(one.body), expected);
    for (const size_t piece : {size_t{1}, size_t{3}, size_t{7}, size_t{1000}}) EXPECT_EQ(streamed(one.body, "application/json", piece), expected) << piece;
  }
}

TEST_F(HiddenTest, InOtherForms) {
  const struct {
    const char* type;
    Case one;
  } kCases[] = {
      {"application/x-www-form-urlencoded", {"a=jane.roe%40example.org&b=4111+1111+1111+1111&c=1+1", "a=[redacted:p]&b=[redacted:p]&c=1+1"}},
      // characters of several bytes
      {"application/x-www-form-urlencoded", {"a=jane%E2%80%8B.roe%40example.org&b=4111%C2%A01111%C2%a01111+1111&c=%C2%A01",
                                             "a=[redacted:p]%E2%80%8B&b=[redacted:p]&c=%C2%A01"}},
      {"application/x-www-form-urlencoded",
       {"a=%EF%BC%94111111111111111&b=geb.+25.+M%C3%A4rz+1980&c=%C3&d=%E2%82&e=%ED%A0%80%FF%80%f4%90%80%80%",
        "a=[redacted:p]&b=geb.+[redacted:p]&c=%C3&d=%E2%82&e=%ED%A0%80%FF%80%f4%90%80%80%"}},
      // references to what shows nothing, or is written wide
      {"text/html", {"<p>jane&#8203;.ro&shy;e@exam&zwj;ple.org &#xff14;1111111&ZeroWidthSpace;11111111 a&shy;b</p>",
                     "<p>[redacted:p]&#8203;&shy;&zwj; [redacted:p]&ZeroWidthSpace; a&shy;b</p>"}},
      {"text/html", {"<p>Date of birth:<br>1980-02-03<br/>passport no.<br />C01X00T47</p><p>1980-02-04</p>",
                     "<p>Date of birth:<br>[redacted:p]<br/>passport no.<br />[redacted:p]</p><p>1980-02-04</p>"}},
      {"text/csv", {"id,m\n1,jane.\u200broe@example.org\n2,\uff14\uff11\uff11\uff11 1111 1111 1111\n", "id,m\n1,[redacted:p]\u200b\n2,[redacted:p]\n"}},
      {"text/html", {"<p>jane.roe@exam<!-- x -->ple.org, 4111 1111<!----> 1111 1111</p>", "<p>[redacted:p]<!-- x -->, [redacted:p]<!----></p>"}},
      {"text/plain", {"set <pwd>hunter2xyz9</pwd>\n", "set <pwd>[redacted:p]</pwd>\n"}},
      {"text/plain", {"to jane.r\u00adoe@example.org at once\n", "to [redacted:p]\u00ad at once\n"}},
      {"application/xml", {"<r><password>hunter2xyz9</password><n:ssn>536 22 8731</n:ssn><dateOfBirth>1980-02-03</dateOfBirth><on>1980-02-03</on></r>",
                           "<r><password>[redacted:p]</password><n:ssn>[redacted:p]</n:ssn><dateOfBirth>[redacted:p]</dateOfBirth><on>1980-02-03</on></r>"}},
  };
  for (const auto& [type, one] : kCases)
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) EXPECT_EQ(streamed(one.body, type, piece), one.masked) << type << piece;
}

TEST(Hidden, At) {
  char shown[3];
  size_t length;
  const std::string before(37, 'a');
  EXPECT_EQ(hidden_at(before, 0), before.size());
  for (const ByteView one : {ByteView("\xc2\xad"), ByteView("\xe2\x80\x8b"), ByteView("\xe2\x81\xa0"), ByteView("\xef\xbb\xbf"), ByteView("\xef\xbc\x91"), ByteView("%40")})
    for (size_t at = 0; at <= before.size(); ++at) {
      const std::string text = before.substr(at) + std::string(one) + before;
      EXPECT_EQ(hidden_at(text, 0), before.size() - at);
      EXPECT_EQ(hidden_at(text, before.size() - at + 1), text.size());
      EXPECT_EQ(see_hidden(ByteView(text).substr(before.size() - at), shown, &length), one.size());
      EXPECT_EQ(see_hidden(one.substr(0, one.size() - 1), shown, &length), 0U);
    }
}

TEST_F(HiddenTest, ValuesWhoseNameStandsBesideThem) {
  const Case cases[] = {
      {R"({"env":[{"name":"HOME","value":"/root1"},{"name":"DB_PASSWORD","value":"hunter2x"},{"Key":"apiToken","a":[{"value":"q8w7e6r5t4"}],"Value":"q8w7e6r5t4"}]})",
       R"({"env":[{"name":"HOME","value":"/root1"},{"name":"DB_PASSWORD","value":"[redacted:p]"},{"Key":"apiToken","a":[{"value":"q8w7e6r5t4"}],"Value":"[redacted:p]"}]})"},
      {R"([{"name":"pin_passcode","value":48213},{"name":"count","value":48213}])", R"([{"name":"pin_passcode","value":0},{"name":"count","value":48213}])"},
      {R"([{"name":"password","x":{"y":1},"other":"hunter2x"},{"value":"hunter2x"},["password","hunter2x"],{"name":{"name":"password"},"value":"hunter2x"}])", nullptr},
      {R"({"z":"<r><password><![CDATA[hunter2xyz9]]></password><![CDATA[hunter2xyz9]]></r>"})",
       R"({"z":"<r><password><![CDATA[[redacted:p]]]></password><![CDATA[hunter2xyz9]]></r>"})"},
      {R"({"t":"<!DOCTYPE a [ <!ENTITY dbPassword \"hunter2xyz9\"> <!ENTITY copy \"hunter2xyz9\"> ]>"})",
       R"({"t":"<!DOCTYPE a [ <!ENTITY dbPassword \"[redacted:p]\"> <!ENTITY copy \"hunter2xyz9\"> ]>"})"},
      // names of any detector, of members and elements called in other ways
      {R"([{"key":"SSN","value":"078051120"},{"label":"Social security","val":"536228731"},{"Field":"dob","Value":"1980-02-03"},{"Name":"Part no.","value":"078051120"}])",
       R"([{"key":"SSN","value":"[redacted:p]"},{"label":"Social security","val":"[redacted:p]"},{"Field":"dob","Value":"[redacted:p]"},{"Name":"Part no.","value":"078051120"}])"},
      {R"([{"question":"Your SSN?","answer":78051120},{"name":"SSN","values":"078051120"},{"name":"SSN","x":{"value":"078051120"}}])",
       R"([{"question":"Your SSN?","answer":0},{"name":"SSN","values":"078051120"},{"name":"SSN","x":{"value":"078051120"}}])"},
      {R"({"t":"<env><name>DB_PASSWORD</name>\n <value>hunter2xyz9</value></env>","u":"<key>ssn</key><string>078051120</string>"})",
       R"({"t":"<env><name>DB_PASSWORD</name>\n <value>[redacted:p]</value></env>","u":"<key>ssn</key><string>[redacted:p]</string>"})"},
      {R"({"t":"<name>password</name> is <value>hunter2xyz9</value>","u":"<name>part</name><value>078051120</value>","v":"<name>ssn</name><c/>or<value>078051120</value>"})", nullptr},
      // before tags, and in the line above
      {R"({"t":"<tr><td>SSN:</td> <td>078051120</td></tr><td>078051120</td>","u":"Password: <br>hunter2xyz9<p>hunter2xyz9","v":"Password: <p>hunter2xyz9</p>"})",
       R"({"t":"<tr><td>SSN:</td> <td>[redacted:p]</td></tr><td>078051120</td>","u":"Password: <br>[redacted:p]<p>hunter2xyz9","v":"Password: <p>[redacted:p]</p>"})"},
      {R"({"t":"User:\nbob\nPassword:\nhunter2xyz9\nend","u":"password:\n  min: 8","v":"Password:\nhunter2xyz9 is what he said","w":"pay iban-DE89370400440532013000 now, not x7-DE89370400440532013000"})",
       R"({"t":"User:\nbob\nPassword:\n[redacted:p]\nend","u":"password:\n  min: 8","v":"Password:\nhunter2xyz9 is what he said","w":"pay iban-[redacted:p] now, not x7-DE89370400440532013000"})"},
      {R"({"tokens":["mail","joe",".","blo","##gg","##s","@","example",".","org","##x","#","##"]})", nullptr},
  };
  for (const Case& one : cases) {
    const std::string masked = one.masked == nullptr ? one.body : one.masked;
    const std::string all = whole(one.body);
    if (ByteView(one.body).find("##") == ByteView::npos) EXPECT_EQ(all, masked);
    else EXPECT_EQ(all.find("blo"), std::string::npos) << all;
    EXPECT_EQ(streamed(one.body, "application/json", 1), all);
  }
  EXPECT_EQ(streamed("<r><name>pass<!-- -->word</name><value>a</value><p><n:Name>SSN</n:Name>\n<n:Value x='1'>078051120</n:Value></p><value>078051120</value></r>", "application/xml", 1),
            "<r><name>pass<!-- -->word</name><value>a</value><p><n:Name>SSN</n:Name>\n<n:Value x='1'>[redacted:p]</n:Value></p><value>078051120</value></r>");
  EXPECT_EQ(streamed("<r><password><![CDATA[hunter2]]x>]]></password><a>hunter2]]x></a><add key='dbPassword' value='hunter2x'/></r>", "application/xml", 1),
            "<r><password><![CDATA[[redacted:p]]]></password><a>hunter2]]x></a><add key='dbPassword' value='[redacted:p]'/></r>");
}

/// What stands between a name and its value, or names that say nothing beside it; and goods that are called as values are.
TEST_F(HiddenTest, NamesBesideValuesAmongOthers) {
  const Case cases[] = {
      {R"({"name":"DB_PASSWORD","label":"Database","value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","label":"Database","value":"[redacted:p]"})"},
      {R"({"Name":"DB_PASSWORD","Label":"production","value":"hunter2xyz9"})",
       R"({"Name":"DB_PASSWORD","Label":"production","value":"[redacted:p]"})"},
      {R"({"name":"DB_PASSWORD","property":"env","value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","property":"env","value":"[redacted:p]"})"},
      {R"({"name":"DB_PASSWORD","meta":{"label":"x"},"value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","meta":{"label":"x"},"value":"[redacted:p]"})"},
      {R"({"name":"x","fields":[{"name":"DB_PASSWORD","field":"config","value":"hunter2xyz9"}]})",
       R"({"name":"x","fields":[{"name":"DB_PASSWORD","field":"config","value":"[redacted:p]"}]})"},
      {R"({"key":"DB_PASSWORD","name":"env","value":"hunter2xyz9"})",
       R"({"key":"DB_PASSWORD","name":"env","value":"[redacted:p]"})"},
      {R"({"key":"SSN","x":{"name":"part","value":"078051121"},"value":"078051120"})",
       R"({"key":"SSN","x":{"name":"part","value":"078051121"},"value":"[redacted:p]"})"},
      {R"({"key":"SSN","x":{"name":"DB_PASSWORD","value":"hunter2xyz9"},"value":"078051120"})",
       R"({"key":"SSN","x":{"name":"DB_PASSWORD","value":"[redacted:p]"},"value":"[redacted:p]"})"},
      {R"({"key":"DB_PASSWORD","x":[{"name":"SSN","y":{"label":"none"},"value":"078051120"},{"value":"hunter2xyz9"}],"value":"hunter2xyz9"})",
       R"({"key":"DB_PASSWORD","x":[{"name":"SSN","y":{"label":"none"},"value":"[redacted:p]"},{"value":"hunter2xyz9"}],"value":"[redacted:p]"})"},
      {R"({"name":"DB_PASSWORD","label":"Mobile","value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","label":"Mobile","value":"[redacted:p]"})"},
      {R"({"name":"API token","label":"Password","value":"correcthorse"})",
       R"({"name":"API token","label":"Password","value":"[redacted:p]"})"},
      {R"({"name":"DB_PASSWORD","label":"a long text of many more than so many bytes, with no name","value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","label":"a long text of many more than so many bytes, with no name","value":"[redacted:p]"})"},
      {R"({"name":"DB_PASSWORD","label":"a \u0041","value":"hunter2xyz9"})",
       R"({"name":"DB_PASSWORD","label":"a \u0041","value":"[redacted:p]"})"},
      {R"([{"series":[{"name":"Desktop","value":48213377},{"name":"Mobile","value":48213377}]},{"label":"iPhone sales","value":5551234567}])", nullptr},
      {R"([{"label":"Mobile revenue","value":123456789},{"name":"Fax machines","value":1234567},{"label":"Passports issued","value":123456789},{"name":"cell","value":2147483}])", nullptr},
      {R"([{"name":"Social","value":48213377},{"name":"Paid social","value":"48213377"},{"label":"Mobile revenue","value":"123456789"},{"label":"Passports issued","value":"123456789"}])", nullptr},
      {R"([{"field":"password","value":"required|min:8"},{"question":"How do I rotate my API key?","answer":"Settings>Keys2"},{"property":"color-token","value":"blue-500"}])", nullptr},
      {R"({"x":"<name>Mobile revenue</name><value>123456789</value>"})", nullptr},
      {R"([{"label":"SSN","value":"078-05-1120"},{"question":"What is your SSN?","answer":"078-05-1120"},{"label":"SSN of the applicant","value":"078-05-1120"},{"label":"Social security number","value":78051120}])",
       R"([{"label":"SSN","value":"[redacted:p]"},{"question":"What is your SSN?","answer":"[redacted:p]"},{"label":"SSN of the applicant","value":"[redacted:p]"},{"label":"Social security number","value":0}])"},
      {R"x([{"label":"Mobile phone","value":"5551234567"},{"label":"Phone (home)","value":"5551234567"},{"name":"phone_number","value":"5551234567"},{"label":"Telephone no.","value":"5551234567"}])x",
       R"x([{"label":"Mobile phone","value":"[redacted:p]"},{"label":"Phone (home)","value":"[redacted:p]"},{"name":"phone_number","value":"[redacted:p]"},{"label":"Telephone no.","value":"[redacted:p]"}])x"},
      {R"([{"label":"Passport number:","value":"C01X00T47"},{"field":"passport_no","value":"C01X00T47"},{"question":"What is your passport number?","answer":"C01X00T47"}])",
       R"([{"label":"Passport number:","value":"[redacted:p]"},{"field":"passport_no","value":"[redacted:p]"},{"question":"What is your passport number?","answer":"[redacted:p]"}])"},
      {R"x([{"label":"Date of birth","value":"1980-02-03"},{"label":"Date of birth (YYYY-MM-DD)","value":"1980-02-03"},{"name":"dob","value":19800203}])x",
       R"x([{"label":"Date of birth","value":"[redacted:p]"},{"label":"Date of birth (YYYY-MM-DD)","value":"[redacted:p]"},{"name":"dob","value":0}])x"},
      // what is not shown at the ends of lines and before values
      {R"({"t":"Password:\nhunter2xyz9 \nend","u":"Password:\nhunter2xyz9\t \\nend","v":"Password:\nhunter2xyz9  ","w":"Password:\nhunter2xyz9 and","x":"<td>SSN:</td><td>&nbsp;078051120</td>"})",
       R"({"t":"Password:\n[redacted:p] \nend","u":"Password:\n[redacted:p]\t \\nend","v":"Password:\n[redacted:p]  ","w":"Password:\nhunter2xyz9 and","x":"<td>SSN:</td><td>&nbsp;[redacted:p]</td>"})"},
      // unbreakable blanks, lists of terms, names with escapes, lists of values, other elements between
      {R"({"t":"Password:&nbsp;hunter2xyz9","u":"Password&#160;:&nbsp;&nbsp; hunter2xyz9 x","v":"Password:\u00a0hunter2xyz9","w":"**Password:**&nbsp;hunter2xyz9"})",
       R"({"t":"Password:&nbsp;[redacted:p]","u":"Password&#160;:&nbsp;&nbsp; [redacted:p] x","v":"Password:\u00a0[redacted:p]","w":"**Password:**&nbsp;[redacted:p]"})"},
      {R"({"t":"<dl><dt>Password</dt>\n<dd>hunter2xyz9</dd><dt>Host </dt><dd>db-internal.7</dd></dl>","u":"<DT>SSN</DT><DD>078051120</DD>"})",
       R"({"t":"<dl><dt>Password</dt>\n<dd>[redacted:p]</dd><dt>Host </dt><dd>db-internal.7</dd></dl>","u":"<DT>SSN</DT><DD>[redacted:p]</DD>"})"},
      {R"({"t":"<dl><dt>Password</dt><dd>Any word that is long.</dd><dt>Colour</dt><dd>x9y9z9</dd></dl>","u":"<td>password</td><dt></dt><dd>words</dd>"})", nullptr},
      {R"([{"name":"DB_PASS\u0057ORD","value":"hunter2xyz9"},{"\u006eame":"\u0053SN","value":78051120}])",
       R"([{"name":"DB_PASS\u0057ORD","value":"[redacted:p]"},{"\u006eame":"\u0053SN","value":0}])"},
      // lists beside a name are texts that go on, of rules, or of numbers
      {R"([{"name":"SSN","value":["078-05-","1120"]},{"name":"Phone","value":["mail me at jo","hn.doe","@corp.example now"]}])",
       R"([{"name":"SSN","value":["[redacted:p]",""]},{"name":"Phone","value":["mail me at [redacted:p]",""," now"]}])"},
      {R"([{"name":"Token","value":["the iban DE89 3704 0044 05","32 0130 00 of Jo"]},{"name":"Token","value":["his password is hunt","er2xyz9 and more"]}])",
       R"([{"name":"Token","value":["the iban [redacted:p]"," of Jo"]},{"name":"Token","value":["his password is [redacted:p]"," and more"]}])"},
      {R"({"name":"Phone","value":["-----BEGIN RSA PRIVATE KEY-----","MIIEowIBAAKCAQEAx8jQ1234567890abcdefghijklmnopqrstuvwxyzABCDEF12","Qw==","-----END RSA PRIVATE KEY-----"]})",
       R"({"name":"Phone","value":["[redacted:p]","","",""]})"},
      {R"([{"field":"password","value":["required","minlength:8","confirmed1"]},{"name":"Password","value":[4200,3000,20000,120]}])", nullptr},
      {R"({"t":"<v><name>DB_PASSWORD</name><label>of <b>it</b>, and more words than any name would be made of</label><type>s</type><br/><value>hunter2xyz9</value><value>hunter3xyz9</value></v>"})",
       R"({"t":"<v><name>DB_PASSWORD</name><label>of <b>it</b>, and more words than any name would be made of</label><type>s</type><br/><value>[redacted:p]</value><value>[redacted:p]</value></v>"})"},
      {R"({"t":"<key>ssn</key><integer>5</integer><key>label</key><string>078051120</string>","u":"<x><name>ssn</name></x><value>078051120</value>","v":"<name>ssn</name><x><value>078051120</value></x>","w":"<name>ssn</name><value/><name>x</name><value>078051120</value>"})", nullptr},
      // a line end in the tag; unbreakable blanks at ends; lines of a page; a term of which nothing is said
      {R"({"t":"<dl><dt>Password </dt\n><dd>hunter2xyz9 </dd></dl>","u":"<dl><dt>Password </d\u0074><dd>hunter2xyz9 </dd></dl>"})",
       R"({"t":"<dl><dt>Password </dt\n><dd>[redacted:p] </dd></dl>","u":"<dl><dt>Password </d\u0074><dd>[redacted:p] </dd></dl>"})"},
      {R"({"t":"<td>Password:&nbsp;</td><td>hunter2xyz9</td>","u":"<dt>Password</dt><dd>hunter2xyz9&nbsp;</dd>","v":"<p>Password:<br>hunter2xyz9&nbsp;</p>"})",
       R"({"t":"<td>Password:&nbsp;</td><td>[redacted:p]</td>","u":"<dt>Password</dt><dd>[redacted:p]&nbsp;</dd>","v":"<p>Password:<br>[redacted:p]&nbsp;</p>"})"},
      {R"({"t":"Password:\u00a0 <br>hunter2xyz9","u":"Password: \u00A0 <br>hunter2xyz9 \u00a0 \nand","v":"Password:  <br>hunter2xyz9","w":"Password:<br>hunter2xyz9 \u00a0and"})",
       R"({"t":"Password:\u00a0 <br>[redacted:p]","u":"Password: \u00A0 <br>[redacted:p] \u00a0 \nand","v":"Password:  <br>[redacted:p]","w":"Password:<br>hunter2xyz9 \u00a0and"})"},
      {R"({"t":"<dl>\n<dt>Password\n</dt>\n<dd>\n  hunter2xyz9\n</dd>\n<dt>\n SSN\n </dt>\n<dd>\n 078051120\n</dd></dl>","u":"<dt>Password:\n</dt>\n<dd>\n  hunter2xyz9\n</dd>"})",
       R"({"t":"<dl>\n<dt>Password\n</dt>\n<dd>\n  [redacted:p]\n</dd>\n<dt>\n SSN\n </dt>\n<dd>\n [redacted:p]\n</dd></dl>","u":"<dt>Password:\n</dt>\n<dd>\n  [redacted:p]\n</dd>"})"},
      {R"({"t":"<dl><dt>Password</dt></dl><h2>Chapter2</h2>","u":"<dl><dt>Password</dt><dd></dd></dl><h2>Chapter2</h2>","v":"<dt>Password</dt><p>Chapter2</p>","w":"<dt>Password</dt><dd></dl><p>Chapter2</p>","x":"<dt>Password</dt> Chapter2"})", nullptr},
      {R"({"t":"<dl><dt>Password</dt><dd><p><code>hunter2xyz9</code></p></dd></dl>","u":"<dl><dt><b>Password</b></dt><dd class='x'>hunter2xyz9</dd></dl>"})",
       R"({"t":"<dl><dt>Password</dt><dd><p><code>[redacted:p]</code></p></dd></dl>","u":"<dl><dt><b>Password</b></dt><dd class='x'>[redacted:p]</dd></dl>"})"},
      {R"({"t":"<x><name>password</name><value>hunter2xyz9</value><colour>blue</colour><value>other2xyz9</value></x>"})",
       R"({"t":"<x><name>password</name><value>[redacted:p]</value><colour>blue</colour><value>other2xyz9</value></x>"})"},
      {R"([{"attribute":"user.password","value":"must-match-1"},{"name":"Door passcode","value":48213}])",
       R"([{"attribute":"user.password","value":"[redacted:p]"},{"name":"Door passcode","value":0}])"},
  };
  for (const Case& one : cases) {
    const std::string masked = one.masked == nullptr ? one.body : one.masked;
    EXPECT_EQ(whole(one.body), masked);
    for (const size_t piece : {size_t{1}, size_t{5}, size_t{1000}}) EXPECT_EQ(streamed(one.body, "application/json", piece), masked) << piece;
  }
}

}  // namespace
}  // namespace gatehouse::mask
