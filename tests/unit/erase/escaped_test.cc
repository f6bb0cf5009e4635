// Secrets whose names, quotes or brackets are written as escapes: of markup, of JSON and JavaScript, CDATA, literals of Python.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "erase/erase.h"

namespace gatehouse::erase {
namespace {

/// erased gives the body as it would be recorded, in pieces of `size`, the last of them known to be that.
std::string erased(ByteView body, BodyForm form = BodyForm::text, size_t size = SIZE_MAX) {
  Eraser eraser;
  eraser.start(nullptr, form, "B");
  std::string out;
  for (size_t at = 0; at < body.size(); at += std::min(size, body.size() - at)) {
    std::string piece(body.substr(at, size));
    blank({piece.data(), piece.size()}, eraser.find(piece, body.size() - at <= size));
    eraser.release();
    out += piece;
  }
  return out;
}

struct Sample {
  ByteView body;
  BodyForm form = BodyForm::text;
};

/// expect_erased: in any pieces no byte of words that begin with s3cr3t is left, and in one piece names and what is none stay.
void expect_erased(const Sample& sample) {
  const std::string whole = erased(sample.body, sample.form);
  EXPECT_EQ(whole.find("s3cr3t"), std::string::npos) << whole;
  for (const size_t size : {1, 2, 3, 5, 7, 16, 31}) {
    const std::string out = erased(sample.body, sample.form, size);
    ASSERT_EQ(out.size(), sample.body.size());
    for (size_t at = sample.body.find("s3cr3t"); at != ByteView::npos; at = sample.body.find("s3cr3t", at + 1))
      for (size_t i = at; i < out.size() && std::isalnum(static_cast<unsigned char>(sample.body[i])) != 0; ++i)
        ASSERT_EQ(out[i], '*') << size << " " << i << " " << out;
  }
  for (size_t at = sample.body.find("kept"); at != ByteView::npos; at = sample.body.find("kept", at + 1))
    EXPECT_EQ(whole.substr(at, 4), "kept") << whole;
}

constexpr Sample kMarkup[] = {
    {"&lt;db&gt;&lt;password&gt;s3cr3tA&lt;/password&gt;&lt;x&gt;kept&lt;/x&gt;&lt;/db&gt;"},
    {R"({"xml":"&lt;password&gt;s3cr3tA&lt;/password&gt;","y":"kept"})", BodyForm::json},
    {R"(<div data-x="{&quot;password&quot;:&quot;s3cr3tA&quot;,&quot;a&quot;:&quot;kept&quot;}">kept</div>)"},
    {"<pre>\npassword = &quot;s3cr3tA&quot;\nuser = &quot;kept&quot;</pre>"},
    {"<pre>{&#39;password&#39;: &#39;s3cr3tA&#39;, &#x27;user&#x27;: &#x27;kept&#x27;}</pre>"},
    {"<feed>&amp;lt;token&amp;gt;s3cr3tA&amp;lt;/token&amp;gt; &amp;amp;lt;x&amp;amp;gt; kept</feed>"},
    {"--B\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n&lt;secret&gt;s3cr3tA&lt;/secret&gt;\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"g\"\r\n\r\nkept\r\n--B--\r\n", BodyForm::parts},
    {"x=%26lt%3Bpassword%26gt%3Bs3cr3tA%26lt%3B/password%26gt%3B&y=kept", BodyForm::form},
    {"&#60;password&#62;s3cr3tA&#60;/password&#62; kept &lt; &gt; & &; &#; &#xzz; &lt"},
    {"{&#34password&#34: &#34s3cr3tA&#34, &#x22user&#x22: &quotkept&quot}"},   // as browsers read it
    {"&ltpassword&gts3cr3tA&lt/password&gt kept"},
};

TEST(EraseEscaped, MarkupWrittenAsEntitiesIsRead) {
  for (const Sample& sample : kMarkup) expect_erased(sample);
}

constexpr Sample kJson[] = {
    {R"({"xml":"\u003cpassword\u003es3cr3tA\u003c/password\u003e\u003cx\u003ekept\u003c/x\u003e"})", BodyForm::json},
    {R"({"py":"{\u0027password\u0027: \u0027s3cr3tA\u0027, \u0027user\u0027: \u0027kept\u0027}"})", BodyForm::json},
    {R"({"js":"{\u0022password\u0022: \u0022s3cr3tA\u0022, \u0022user\u0022: \u0022kept\u0022}"})", BodyForm::json},
    {R"({"in":"{\"xml\":\"\\u003cpassword\\u003es3cr3tA\\u003c/password\\u003ekept\"}"})", BodyForm::json},
    {R"(POST /v1 {\x22password\x22:\x22s3cr3tA\x22,\x22user\x22:\x22kept\x22} 200)"},
    {R"(el.innerHTML = '\x3cpassword\x3es3cr3tA\x3c/password\x3e'; // kept)"},
    {R"(el.innerHTML = '\u{3c}password\u{00003E}s3cr3tA\u{3c}/password\u{3e}'; // kept \u{} \u{1f600} \u{)"},
    {R"(printf '\074password\076s3cr3tA\74/password\76 kept \0 \1 \8 \777')"},
    {R"(printf '\012password: s3cr3tA\012user: kept\012\011token: s3cr3tB\015\012')"},
    {R"({"c":"puts(\"{\\042password\\042: \\042s3cr3tA\\042, \\042user\\042: \\042kept\\042}\");"})", BodyForm::json},
    {R"({"go":"\u003cinput\u003e\u0026lt;password\u0026gt;s3cr3tA\u0026lt;/password\u0026gt; kept"})", BodyForm::json},
};

TEST(EraseEscaped, QuotesAndBracketsOfJsonEscapesAreRead) {
  for (const Sample& sample : kJson) expect_erased(sample);
}

constexpr Sample kAtTheEnd[] = {
    {"kept &ltpassword&gts3cr3tA&lt/password&gt"},
    {"kept &#60password&#62s3cr3tA&#60/password&#62"},
    {"kept &#x3cpassword&#x3es3cr3tA&#x3C/password&#x3E"},
    {"kept &amp;ltpassword&amp;gts3cr3tA&amp;lt/password&amp;gt"},
    {R"(kept \74password\76s3cr3tA\74/password\76)"},
    {R"(kept \074password\076s3cr3tA\074/password\076)"},
    {R"({"x":"kept","c":"\\74password\\76s3cr3tA\\74/password\\76)", BodyForm::json},
};

/// Where a body ends, so does an escape that could be longer. What is none for want of more stays none.
TEST(EraseEscaped, EscapesThatTheEndOfTheBodyEndsAreRead) {
  for (const Sample& sample : kAtTheEnd) expect_erased(sample);
  for (const char* cut : {"&", "&g", "&apos", "&#", "&#x", "&#6", "&amp", "&amp;", "&amp;apos", "\\", "\\7", "\\x3", "\\u003",
                          "\\u{3e"}) {
    const std::string body = std::string("&lt;password&gt;a&lt;/password") + cut;
    EXPECT_EQ(erased(body), body) << cut;
  }
}

constexpr Sample kSections[] = {
    {"<db><password>\n  <![CDATA[s3cr3tA]]>\n</password><x><![CDATA[kept]]></x></db>"},
    {"<db><password>s3cr3tA<![CDATA[s3cr3tB]]></password><x>kept</x></db>"},
    {"<db><password><![CDATA[s3cr3tA]]]]><![CDATA[>s3cr3tB]]></password><x>kept</x></db>"},
    {"<db><token>s3cr3tA<![CDATA[<&s3cr3tB]]>s3cr3tC</token><x>kept</x></db>"},
    {"<log><![CDATA[&lt;password&gt;s3cr3tA&lt;/password&gt; kept]]></log>"},
};

constexpr Sample kElements[] = {
    {"<db><password><!-- c -->s3cr3tA</password><token>s3cr3tB<!-- c --></token><x><!-- c -->kept</x></db>"},
    {"<db><password><b/>s3cr3tA</password><x><b/>kept</x><token>s3cr3tB<br />s3cr3tC</token><x>kept</x></db>"},
    {"<db><secret>\n<!----><i/><!-- </secret> <b> --><![CDATA[s3cr3tB]]></secret><x>kept</x></db>"},
    {R"({"xml":"<db><password><b x=\"1\"\/>s3cr3tA<\/password><x>kept<\/x><\/db>"})", BodyForm::json},
    {"<db><password>\n  <hint lang=\"en\"/>\n  s3cr3tA\n </password><x>kept</x></db>"},
    {"<db><password><b xlink:href=\"u\"/>s3cr3tA</password><token>s3cr3tB: 1<b c = '[\"d\"]'/>\n</token><x>kept</x></db>"},
    {"<db><password><!-- \"old\", see wiki -->s3cr3tA</password><x>kept</x></db>"},
    {R"({"xml":"<db><password><b x=\"1\"/>a, s3cr3tA<!-- \"c\" --></password><x>kept</x></db>"})", BodyForm::json},
    {"&lt;password&gt;&lt;!-- c --&gt;s3cr3tA&lt;b/&gt;s3cr3tB&lt;/password&gt; kept"},
};

TEST(EraseEscaped, ElementsThatHoldOthersAreRead) {
  for (const Sample& sample : kElements) expect_erased(sample);
}

/// An element that nobody closes is none, and neither is one that is closed behind many others: time would not be linear.
TEST(EraseEscaped, ElementsThatAreNotClosedStay) {
  std::string far = "<a><password>";
  for (int i = 0; i < 10; ++i) far += "<b/>";
  far += "</password></a>";
  const std::string some = "<password><b/><!-- c -->a<b>d</b></password><password></passwords>b</password> <token><![CDAT</token>";
  for (const std::string& body : {far, some, std::string("<a><token>b<c/></a> <!-- d -->"), std::string("<token><")})
    EXPECT_EQ(erased(body), body);
}

/// Quotes of attributes and in comments do not make a text one of JSON, but what ends its strings does.
TEST(EraseEscaped, MarkupThatEndsStringsOfJsonIsNone) {
  constexpr Sample kKept[] = {
      {R"({"a":"<password><b","x":"/>b</password>"})"},
      {R"({"a":"<password><b","x":"/>b</password>"})", BodyForm::json},
      {R"({"a":"<password><b x="/>b</password>"})", BodyForm::json},
      {R"({"a":"<password><!-- ","x":" -->b</password>"})", BodyForm::json},
  };
  for (const Sample& sample : kKept) EXPECT_EQ(erased(sample.body, sample.form), sample.body);
}

TEST(EraseEscaped, SectionsBehindOtherTextAreRead) {
  for (const Sample& sample : kSections) expect_erased(sample);
}

constexpr Sample kLiterals[] = {
    {"password = f's3cr3tA'\nuser = f'kept'\n"},
    {"config = {'password': f\"s3cr3tA\", 'api_key': rf's3cr3tB', 'token': Fr's3cr3tC', 'user': f'kept'}\n"},
    {R"x({"text":"connect(password=f's3cr3tA{n}s3cr3tB', user='kept')"})x", BodyForm::json},
};

TEST(EraseEscaped, LiteralsThatHoldExpressionsAreRead) {
  for (const Sample& sample : kLiterals) expect_erased(sample);
}

TEST(EraseEscaped, WhatIsNoSecretStays) {
  constexpr Sample kKept[] = {
      {"<p>1 &lt; 2 &amp;&amp; 3 &gt; 2: the &quot;password&quot; is sent by mail &mdash; &#8212; &#0; &nbsp;</p>"},
      {R"({"text":"\u003cp\u003eThe \u0022token\u0022 of a parser is no secret\u003c/p\u003e \u00e9\u003d"})", BodyForm::json},
      {"<![CDATA[ a password: of twelve letters, at least ]]> <![CDATA["},
      {R"(\\\\\\\\\\\\\\\\\\\\u003cpassword \x \u12 \u)"},
      {R"(D:\backup\12password: kept \15token: kept \11secret=kept)"},
      {R"(C:\2024\074 s/(a)(b)/\2\1/ the password of \033[1mthe user\033[0m is sent by mail \u{22)"},
  };
  for (const Sample& sample : kKept) EXPECT_EQ(erased(sample.body, sample.form), sample.body);
}

/// Where it stops to look is no end of a piece: what might have been half of a key by itself is not hidden.
TEST(EraseEscaped, MembersBehindAnEscapeStay) {
  for (size_t size = 0; size < 400; ++size) {
    const std::string text(size, 'x');
    const std::string body = R"({"html":"\u003cp\u003e","key":"abc-1","value":"def","t":")" + text + R"("},{"a":"b"})";
    ASSERT_EQ(erased(body, BodyForm::json), body) << size;
    ASSERT_EQ(erased(body), body) << size;
  }
}

/// What is left of an escape that never came stands in the piece before: no run is beyond the piece.
TEST(EraseEscaped, NoRunIsBeyondThePiece) {
  Eraser eraser;
  eraser.start(nullptr, BodyForm::parts, "B");
  eraser.find("--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n&lt;&l");
  for (const Erased& each : eraser.find("", true)) ADD_FAILURE() << each.begin << " " << each.end;
  eraser.start(nullptr, BodyForm::parts, "B");
  eraser.find("Content-Disposition: form-data; name=\"token\"\n\n&lt;a\\u003c<!");
  for (const Erased& each : eraser.find("[CDATA[", true)) EXPECT_LE(each.end, 7U) << each.begin;
}

/// A run of digits that a list leaves open to be told as one may have a text in it that is found behind escapes.
TEST(EraseEscaped, WhatIsFoundAmongDigitsHidesNoDigit) {
  const std::string out = erased(R"({"password":[12, &quot;token&quot;:&quot;s3cr3tA&quot;, 34]})");
  EXPECT_EQ(out, R"({"password":[11, &quot;*****&quot;:&quot;*******&quot;, 11]})");
  const std::string number = R"({"password":1234,"a":"\u003cp\u003e","password":5678})";   // stays JSON
  EXPECT_EQ(erased(number, BodyForm::json), R"({"password":1111,"a":"\u003cp\u003e","password":1111})");
}

/// What is open goes on behind the last escape, and what is looked at ends some way behind it.
TEST(EraseEscaped, NamesAreReadFarBehindOtherText) {
  const std::string far = std::string(5000, 'x') + "\n";
  for (const std::string& body :
       {far + "&lt;password&gt;s3cr3tA&lt;/password&gt;" + far + "&quot;token&quot;: &quot;s3cr3tB&quot;" + far,
        "&lt;password&gt;s3cr3tA" + far + "&lt;/password&gt;"}) {
    for (const size_t size : {SIZE_MAX, size_t{1}, size_t{300}, size_t{4096}})
      EXPECT_EQ(erased(body, BodyForm::text, size).find("s3cr3t"), std::string::npos) << size;
  }
}

}  // namespace
}  // namespace gatehouse::erase
