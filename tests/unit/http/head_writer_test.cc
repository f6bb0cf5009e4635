#include "http/head_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "heads.h"

namespace gatehouse::http {
namespace {

TEST(HeadWriter, WritesCanonicalHeads) {
  std::array<char, 256> room;
  HeadWriter request(room);
  request.request_line("POST", "/v1/chunk?x=1");
  request.field("host", "a.example:80");
  request.field("content-length", uint64_t{18446744073709551615u});
  request.field("x-empty", "");
  request.finish();
  EXPECT_FALSE(request.failed());
  EXPECT_EQ(request.bytes(),
            "POST /v1/chunk?x=1 HTTP/1.1\r\nhost: a.example:80\r\ncontent-length: 18446744073709551615\r\n"
            "x-empty: \r\n\r\n");
  HeadWriter response(room);
  response.status_line(207, status_phrase(207));
  response.finish();
  EXPECT_EQ(response.bytes(), "HTTP/1.1 207 Multi-Status\r\n\r\n");
}

bool field_fails(ByteView name, ByteView value) {
  std::array<char, 256> room;
  HeadWriter writer(room);
  writer.request_line("GET", "/");
  writer.field(name, value);
  writer.finish();
  EXPECT_EQ(writer.failed(), writer.bytes().empty());
  return writer.failed();
}

TEST(HeadWriter, RefusesWhatCouldBecomeAnotherField) {
  EXPECT_FALSE(field_fails("x", "plain value\twith tab and \xc3\xa9 and enough bytes"));
  EXPECT_TRUE(field_fails("", "y"));
  EXPECT_TRUE(field_fails("x y", "z"));
  EXPECT_TRUE(field_fails("x:", "z"));
  EXPECT_TRUE(field_fails("x\r\ny", "z"));
  EXPECT_TRUE(field_fails("x", " y"));
  EXPECT_TRUE(field_fails("x", "y\t"));
  for (int c = 0; c < 256; ++c) {
    const bool control = (c < 0x20 && c != '\t') || c == 0x7f;
    for (size_t at = 1; at < 30; ++at) {
      std::string value(31, 'v');
      value[at] = static_cast<char>(c);
      ASSERT_EQ(field_fails("x", value), control) << c << " at " << at;
    }
  }
}

bool line_fails(ByteView method, ByteView target) {
  std::array<char, 256> room;
  HeadWriter writer(room);
  writer.request_line(method, target);
  return writer.failed();
}

TEST(HeadWriter, RefusesStartLinesThatWouldReadDifferently) {
  EXPECT_FALSE(line_fails("OPTIONS", "*"));
  EXPECT_FALSE(line_fails("GET", "/a?b=%20"));
  EXPECT_TRUE(line_fails("", "/"));
  EXPECT_TRUE(line_fails("GET ", "/"));
  for (const ByteView target :
       {"", "a", "/a b", "/a\r\nX: y", "/a#b", "/\xc3\xa9", "/\x7f", "http://a/", "**"})
    EXPECT_TRUE(line_fails("GET", target)) << target;
  std::array<char, 256> room;
  for (const int status : {0, 99, 600, -1}) {
    HeadWriter writer(room);
    writer.status_line(status, "x");
    EXPECT_TRUE(writer.failed()) << status;
  }
  HeadWriter writer(room);
  writer.status_line(200, "OK\r\nX: y");
  EXPECT_TRUE(writer.failed());
}

TEST(HeadWriter, RefusesPartsOutOfOrder) {
  std::array<char, 256> room;
  HeadWriter early(room);
  early.field("x", "y");
  EXPECT_TRUE(early.failed());
  HeadWriter late(room);
  late.status_line(200, "OK");
  late.finish();
  late.field("x", "y");
  EXPECT_TRUE(late.failed());
  HeadWriter twice(room);
  twice.status_line(200, "OK");
  twice.status_line(200, "OK");
  EXPECT_TRUE(twice.failed());
}

TEST(HeadWriter, NeverWritesPastItsRoom) {
  const ByteView whole = "GET / HTTP/1.1\r\nx: y\r\n\r\n";
  for (size_t size = 0; size <= whole.size(); ++size) {
    std::vector<char> room(size);  // exactly sized: one byte too many is seen by the address sanitizer
    HeadWriter writer(room);
    writer.request_line("GET", "/");
    writer.field("x", "y");
    writer.finish();
    EXPECT_EQ(writer.failed(), size < whole.size()) << size;
    EXPECT_EQ(writer.bytes(), size < whole.size() ? "" : whole);
  }
}

TEST(HeadWriter, WhatWasReadAndWrittenIsReadAlike) {
  for (const ByteView text : {
           "GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n",
           "OPTIONS * HTTP/1.1\r\nHost: [::1]:8\r\nX: \t\xff y\t z \r\nEmpty:\r\n\r\n",
           "POST /v1/%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}) {
    const auto first = read_request(text);
    ASSERT_EQ(first.result.status, ParseStatus::complete) << text;
    std::array<char, 1024> room;
    HeadWriter writer(room);
    writer.request_line(first.head->method, first.head->target);
    for (const Field& field : first.head->fields.all()) writer.field(field.name, field.value);
    writer.finish();
    ASSERT_FALSE(writer.failed());
    const auto second = read_request(writer.bytes());
    EXPECT_EQ(second.result.consumed, writer.bytes().size());
    EXPECT_TRUE(same(*first.head, *second.head)) << text;
  }
}

TEST(HeadWriter, PhrasesOfKnownStatusCodes) {
  EXPECT_EQ(status_phrase(200), "OK");
  EXPECT_EQ(status_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(status_phrase(299), "");
}

}  // namespace
}  // namespace gatehouse::http
