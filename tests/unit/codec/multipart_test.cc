#include <cstdint>
#include <string>

#include "tests/unit/codec/form_splits.h"

namespace gatehouse::codec {
namespace {

using enum MultipartError;

auto form(const MultipartOptions& options = {}, ByteView boundary = "B") {
  return [=] { return Multipart(boundary, options); };
}
constexpr MultipartOptions kMixed{.form_data = false, .closing_required = false};

MultipartError verdict(ByteView body, const MultipartOptions& options = {}) {
  return verdict_of<MultipartError>(form(options), body);
}

/// part writes a head of form-data around a value.
std::string part(ByteView name, ByteView value) {
  return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) + "\r\n";
}

TEST(Multipart, AFormAsBrowsersSendIt) {
  const std::string body = part("strategy", "fast") +
      "--B\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.txt.gz\"\r\nContent-Type: application/gzip\r\n\r\n"
      "\x1f\x8b\r\n\r--\n-\r\n--A\r\n" + "\r\n--B--\r\n";
  EXPECT_EQ(said_of(form(), body).said,
            "\nframing=--B\r\n"
            "\nhead=Content-Disposition: form-data; name=\"strategy\"\r\n\r\n"
            "\ndepth=1\nContent-Disposition=form-data; name=\"strategy\"\nname=strategy\ntype=\ntransfer=\nencoding="
            "\ndata=fast\nend=1\nframing=\r\n--B\r\n"
            "\nhead=content-disposition: form-data; name=\"files\"; filename=\"a.txt.gz\"\r\nContent-Type: application/gzip\r\n\r\n"
            "\ndepth=1\ncontent-disposition=form-data; name=\"files\"; filename=\"a.txt.gz\"\nContent-Type=application/gzip"
            "\nname=files\nfilename=a.txt.gz\ntype=application/gzip\ntransfer=\nencoding="
            "\ndata=\x1f\x8b\r\n\r--\n-\r\n--A\r\n\nend=1\nframing=\r\n--B--\r\n\nverdict=0");
}

TEST(Multipart, SmallBodies) {
  EXPECT_EQ(verdict("--B--\r\n"), none);                // a form without fields
  EXPECT_EQ(verdict("--B--"), none);
  EXPECT_EQ(verdict("\r\n--B--\r\n"), none);
  EXPECT_EQ(verdict(part("a", "") + "--B--"), none);
  EXPECT_NE(said_of(form(), part("a", "") + "--B--").said.find("encoding=\nend=1"), std::string::npos);
  EXPECT_EQ(verdict(part("", "x") + "--B--"), none);    // an empty name is a name
  EXPECT_EQ(verdict(""), incomplete);
  EXPECT_EQ(verdict("--"), incomplete);
  EXPECT_EQ(verdict("--B"), incomplete);
  EXPECT_EQ(verdict("--B-"), incomplete);
  EXPECT_EQ(verdict("--B--\r"), incomplete);
  EXPECT_EQ(verdict("--B\r\nA: b\r\n"), incomplete);
  EXPECT_EQ(verdict(part("a", "x")), incomplete);
}

TEST(Multipart, EveryCutOfTheSmallestForms) {
  said_of(form({}, "-"), "-----\r\n");
  said_of(form(kMixed), "--B\r\n\r\n\r\r\n-\r\n--\r\n--b\r\n--B--");
  said_of(form(kMixed), "--B\r\n\r\n--A\r\n\r\n\n\r\n--B--\r\n");
  said_of(form(kMixed, "BB"), "--BB\r\n\r\n\r\n--B\r\n--\r\n--BB--");
  said_of(form(kMixed), "--B\r\n\r\n-\n--B");
  said_of(form(kMixed), "--B\r\n\r\nabc\r--B\r\n");
}

TEST(Multipart, BoundariesOfRfc2046) {
  EXPECT_TRUE(is_boundary("a"));
  EXPECT_TRUE(is_boundary(std::string(70, '-')));
  EXPECT_TRUE(is_boundary("'()+_,-./:=? b"));
  for (const ByteView bad : {ByteView(""), ByteView("a "), ByteView("a\"b"), ByteView("a;b"), ByteView("a\r\nb"), ByteView("\xc3\xa4"), ByteView("a\tb")})
    EXPECT_FALSE(is_boundary(bad)) << bad;
  EXPECT_FALSE(is_boundary(std::string(71, 'a')));
  EXPECT_EQ(verdict_of<MultipartError>(form({}, "a "), "--a \r\n"), MultipartError::boundary);
  EXPECT_EQ(verdict_of<MultipartError>(form({}, ""), ""), MultipartError::boundary);
}

TEST(Multipart, DelimitersThatSomeReadersTakeForDataAreRefused) {
  const std::string end = "--B--\r\n";
  EXPECT_EQ(verdict(part("a", "x\n--B\r\n") + end), bare_line_end);
  EXPECT_EQ(verdict(part("a", "x\r--B") + end), bare_line_end);
  EXPECT_EQ(verdict(part("a", "\n--B") + end), bare_line_end);
  EXPECT_EQ(verdict(part("a", "x\r\n--B\nA: b") + end), bare_line_end);
  EXPECT_EQ(verdict(part("a", "x\r\n--B\rA") + end), bare_line_end);
  EXPECT_EQ(verdict(part("a", "x\r\n--BC") + end), longer_line);
  EXPECT_EQ(verdict(part("a", "x\r\n--B-") + end), longer_line);
  EXPECT_EQ(verdict(part("a", "x") + "--B--x"), longer_line);
  EXPECT_EQ(verdict(part("a", "x") + "--B---"), longer_line);
  EXPECT_EQ(verdict(part("a", "--B\r\n") + end), early_delimiter);
  for (const char* line : {"--B: x\r\n", "--Btent-Type: x\r\n", "--B--: x\r\n"}) {   // in a head
    const std::string name = "Content-Disposition: form-data; name=\"a\"\r\n";
    EXPECT_EQ(verdict("--B\r\n" + (line + name) + "\r\nx\r\n" + end), longer_line) << line;
    EXPECT_EQ(verdict("--B\r\n" + (name + line) + "\r\nx\r\n" + end), longer_line) << line;
  }
  EXPECT_EQ(verdict(part("a", "x--B\r\n--") + end), none);       // within a line it is data for all
  EXPECT_EQ(verdict(part("a", "x\r\n-B\r\n--A") + end), none);
}

TEST(Multipart, PaddingBehindADelimiterIsAnOption) {
  constexpr MultipartOptions padded{.padding_allowed = true};
  const std::string body = "--B \t\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B-- \r\n";
  EXPECT_EQ(verdict(body), padding);
  EXPECT_EQ(verdict(body, padded), none);
  EXPECT_EQ(verdict("--B \tx\r\n", padded), longer_line);
  EXPECT_EQ(verdict("--B --\r\n", padded), longer_line);
  EXPECT_EQ(verdict("--B-- ", padded), none);
  EXPECT_EQ(verdict("--B" + std::string(kDelimiterPaddingMax, ' ') + "\r\n", padded), incomplete);
  EXPECT_EQ(verdict("--B" + std::string(kDelimiterPaddingMax + 1, ' ') + "\r\n", padded), padding);
}

TEST(Multipart, NothingHidesBeforeOrBehind) {
  const std::string good = part("a", "x") + "--B--\r\n";
  EXPECT_EQ(verdict("preamble\r\n" + good), preamble);
  EXPECT_EQ(verdict("\r\n\r\n" + good), preamble);
  EXPECT_EQ(verdict("\n" + good), preamble);
  EXPECT_EQ(verdict("\r" + good), preamble);
  EXPECT_EQ(verdict("-" + good), preamble);
  EXPECT_EQ(verdict(good + "\r\n"), epilogue);
  EXPECT_EQ(verdict(good + "epilogue"), epilogue);
  EXPECT_EQ(verdict(good + good), epilogue);
}

/// head_verdict is that of a form whose one part has this head.
MultipartError head_verdict(ByteView head) {
  return verdict("--B\r\n" + std::string(head) + "\r\n\r\nx\r\n--B--\r\n");
}

TEST(Multipart, HeadsThatTwoReadersReadDifferently) {
  const std::string good = "Content-Disposition: form-data; name=\"a\"";
  EXPECT_EQ(head_verdict(good), none);
  EXPECT_EQ(head_verdict("Content-Disposition:form-data;name=a;filename=\"\""), none);
  EXPECT_EQ(head_verdict("Content-Disposition: Form-Data ; NAME=\"\xc3\xa4 b\" \t"), none);
  EXPECT_EQ(head_verdict(good + "\r\n folded: yes"), folded);
  EXPECT_EQ(head_verdict(" " + good), folded);
  EXPECT_EQ(head_verdict(good + "\r\nContent-Type : text/plain"), field);
  EXPECT_EQ(head_verdict(good + "\r\nno colon"), field);
  EXPECT_EQ(head_verdict(good + "\r\n: x"), field);
  EXPECT_EQ(head_verdict(good + "\r\nA: b\x01"), field);
  EXPECT_EQ(head_verdict(good + "\nA: b"), bare_line_end);
  EXPECT_EQ(head_verdict(good + "\rA: b"), bare_line_end);
  EXPECT_EQ(head_verdict(good + "\r\n" + good), duplicate);
  EXPECT_EQ(head_verdict(good + "\r\nContent-Type: a/b\r\ncontent-type: c/d"), duplicate);
  EXPECT_EQ(head_verdict(good + "\r\nContent-Type:\r\ncontent-type: c/d"), duplicate);
  EXPECT_EQ(head_verdict(good + "; name=b"), duplicate);
  EXPECT_EQ(head_verdict(good + "; Name=b"), duplicate);
  EXPECT_EQ(head_verdict(good + "; filename*=UTF-8''b"), extended_parameter);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name*=UTF-8''a"), extended_parameter);
  EXPECT_EQ(head_verdict(good + "; filename*0=b"), extended_parameter);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name=\"a\\\"b\""), odd_quoting);
  EXPECT_EQ(head_verdict(good + "; filename=\"C:\\x.txt\""), odd_quoting);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name=\"a"), odd_quoting);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name=\"a\"b"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name=a\"b\""), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name= a"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name =a"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data; name='a b'"), disposition);
  EXPECT_EQ(head_verdict(good + ";"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data, name=a"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: attachment; name=a"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition:"), disposition);
  EXPECT_EQ(head_verdict("Content-Type: text/plain"), disposition);
  EXPECT_EQ(head_verdict("Content-Disposition: form-data"), nameless);
  EXPECT_EQ(verdict("--B\r\n\r\nx\r\n--B--\r\n"), disposition);
  EXPECT_EQ(verdict("--B\r\n--B--\r\n"), incomplete);
  EXPECT_EQ(verdict("--B\r\n--B--\r\n\r\n"), field);
}

TEST(Multipart, NamesAsBrowsersEscapeThemHaveTwoReadings) {
  const std::string said = said_of(form(), part("a%22b", "x") + "--B--").said;
  EXPECT_NE(said.find("\nescaped=a%22b\n"), std::string::npos);
  EXPECT_EQ(unescape_form_name("a%22%0d%0A%41%"), "a\"\r\n%41%");
  EXPECT_FALSE(has_form_escapes("100%25 %2"));
}

TEST(Multipart, AnAnswerMayEndWithoutClosingBoundary) {
  const ByteView answer = "--B\r\nContent-Length: 6\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/json\r\n\r\nW10=\r\n";
  const FormLog log = said_of(form(kMixed), answer);
  EXPECT_TRUE(log.said.ends_with("\ntype=application/json\ntransfer=base64\nencoding=\ndata=W10=\r\n\nend=1\nverdict=0")) << log.said;
  EXPECT_EQ(verdict(answer, {.form_data = false}), incomplete);
  EXPECT_EQ(verdict("--B\r\n\r\nx\r\n--", kMixed), none);             // data, as far as anybody can tell
  EXPECT_EQ(verdict("--B\r\n\r\nx\r\n--B", kMixed), incomplete);
  EXPECT_EQ(verdict("--B\r\n\r\nx\r\n--B\r\n", kMixed), incomplete);
  EXPECT_EQ(verdict("--B\r\n\r\n", kMixed), none);
  EXPECT_EQ(verdict("", kMixed), incomplete);
}

TEST(Multipart, NestedPartsOfOneMoreLevel) {
  FormLog inner;
  inner.nested_boundary = "C";
  const std::string open = "--B\r\nContent-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n";
  const std::string body = open + "--C\r\nContent-Disposition: file; filename=x\r\n\r\none\r\n--C\r\n\r\n\r\n--C--\r\n" + part("z", "2") + "--B--";
  const FormLog log = said_of(form(), body, inner);
  EXPECT_TRUE(log.said.ends_with("verdict=0")) << log.said;
  EXPECT_NE(log.said.find("\ndepth=2\nContent-Disposition=file; filename=x\nfilename=x\ntype=\ntransfer=\nencoding=\ndata=one\nend=2"), std::string::npos);
  EXPECT_NE(log.said.find("\nend=2\nframing=\r\n--C--\nend=1\n"), std::string::npos);
  const auto nested = [&](const std::string& data) { return verdict_of<MultipartError>(form(), open + data + "\r\n--B--", inner); };
  EXPECT_EQ(nested("--C\r\n\r\nx"), incomplete);
  EXPECT_EQ(nested("x\r\n--C--"), preamble);
  EXPECT_EQ(nested("--C--\r\n\r\n"), epilogue);
  EXPECT_EQ(nested("--C\r\nContent-Type: multipart/mixed\r\n\r\n--C--"), too_deep);
  inner.nested_boundary = "C ";
  EXPECT_EQ(nested("--C \r\n"), MultipartError::boundary);
  inner.nested_boundary = "BC";                                         // the outer one begins the inner one
  EXPECT_EQ(nested("--BC\r\n"), early_delimiter);
}

TEST(Multipart, Bounds) {
  std::string thousand;
  for (uint32_t i = 0; i < kPartsMax; ++i) thousand += part("a", "x");
  EXPECT_EQ(verdict(thousand + "--B--"), none);
  EXPECT_EQ(verdict(thousand + part("a", "x") + "--B--"), too_many_parts);
  EXPECT_EQ(verdict(thousand + "--B--", {.parts_max = 999}), too_many_parts);
  FormLog inner;
  inner.nested_boundary = "C";
  std::string nested = "--B\r\nContent-Type: multipart/mixed\r\n\r\n";
  for (uint32_t i = 0; i < kPartsMax; ++i) nested += "--C\r\n\r\n\r\n";
  EXPECT_EQ(verdict_of<MultipartError>(form(kMixed), nested + "--C--\r\n--B--", inner), too_many_parts);
  nested = "--B\r\nContent-Type: multipart/mixed\r\n\r\n--C\r\n\r\n\r\n--C\r\n\r\n\r\n--C--\r\n--B\r\n\r\n\r\n--B--";
  EXPECT_EQ(verdict_of<MultipartError>(form({.form_data = false, .parts_max = 4}), nested, inner), none);
  EXPECT_EQ(verdict_of<MultipartError>(form({.form_data = false, .parts_max = 3}), nested, inner), too_many_parts);

  const std::string start = "Content-Disposition: form-data; name=a\r\nX: ";
  EXPECT_EQ(head_verdict(start + std::string(kPartHeadMax - start.size() - 4, 'x')), none);
  EXPECT_EQ(head_verdict(start + std::string(kPartHeadMax - start.size() - 3, 'x')), head_too_long);
  std::string lines = "Content-Disposition: form-data; name=a";
  for (size_t i = 1; i < kPartFieldsMax; ++i) lines += "\r\nX: y";
  EXPECT_EQ(head_verdict(lines), none);
  EXPECT_EQ(head_verdict(lines + "\r\nX: y"), too_many_fields);
}

TEST(Multipart, CostIsLinearInAnyPieces) {
  constexpr MultipartOptions many_parts{.form_data = false, .parts_max = 10'000};
  std::string many, lines = "--" + std::string(70, 'B') + "\r\n\r\n";
  for (int i = 0; i < 10'000; ++i) many += "--B\r\nA: b\r\n\r\n" + std::to_string(i) + "\r\n";
  many += "--B--\r\n";
  for (int i = 0; i < 2'000; ++i) lines += "\r\n--" + std::string(69, 'B');     // nearly, each time
  said_of(form(many_parts), many);
  EXPECT_EQ(verdict(many, {.form_data = false}), too_many_parts);
  const auto long_one = [] { return Multipart(std::string(70, 'B'), kMixed); };
  said_of(long_one, lines);
  for (const size_t piece : {1, 2, 7, 1000}) {
    EXPECT_LE(steps_per_byte(form(many_parts), many, piece), 3.0);
    EXPECT_LE(steps_per_byte(long_one, lines, piece), 3.0);
  }
}

TEST(Multipart, DataWithinAPieceIsNotCopied) {
  struct Place {
    ByteView seen;
    void framing(ByteView, uint64_t) {}
    ByteView begin(const PartHead&) { return {}; }
    void data(ByteView bytes, uint64_t) { seen = bytes; }
    void end(uint8_t) {}
  } place;
  Multipart machine("B");
  const std::string body = part("a", "x\r\n\r\ny") + "--B--";
  EXPECT_EQ(machine.feed(body, place), none);
  EXPECT_EQ(place.seen, "x\r\n\r\ny");
  EXPECT_EQ(place.seen.data(), body.data() + body.find("x\r\n"));
}

}  // namespace
}  // namespace gatehouse::codec
